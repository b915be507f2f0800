using NerfLab.Data;
using NerfLab.Metrics;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>Warped errors of pairs of renderings that stand equally far apart on a path.</summary>
/// <param name="Apart">Frames between the two.</param>
/// <param name="Pairs">Those with an overlap, over which everything is a mean.</param>
/// <param name="Rmse">0 for pictures that agree; NaN without pairs.</param>
/// <param name="Lpips">Null where it was not asked for.</param>
/// <param name="Overlap">Share of the pixels that both show, 0 to 1.</param>
public sealed record RangeScore(int Apart, int Pairs, double Rmse, double? Lpips, double Overlap)
{
    internal static RangeScore Of(int apart, IReadOnlyList<WarpError> errors)
    {
        var counted = errors.Where(e => e.Overlap > 0).DefaultIfEmpty(new WarpError(double.NaN, null, 0)).ToList();
        return new RangeScore(apart, counted.Count(e => e.Overlap > 0), counted.Average(e => e.Rmse), counted.Average(e => e.Lpips), counted.Average(e => e.Overlap));
    }
}

/// <summary>How well the renderings of a field agree with each other along a path, by the field's own depth.</summary>
/// <param name="Path">orbit or spiral.</param>
/// <param name="Short">Neighbouring frames.</param>
/// <param name="Long">Frames far apart.</param>
/// <param name="LpipsName">Which LPIPS, or which other distance; null where it was not asked for.</param>
/// <param name="Weights">The files behind it.</param>
public sealed record ConsistencyScore(string Path, RangeScore Short, RangeScore Long, string? LpipsName, IReadOnlyList<Weights.WeightSource>? Weights)
{
    /// <summary>Frames of the whole path.</summary>
    public const int Frames = 90;

    const int Near = 1, Far = 7;

    /// <summary>Renders and compares.</summary>
    /// <remarks>
    /// Pairs (t, t+1) and (t, t+7) of a path of 90 frames, as in papers on stylised scenes (Huang et al. 2022), for t at even intervals. On an
    /// orbit that is 4° and 28°. What the field absorbs less than half of is no surface.
    /// </remarks>
    /// <param name="run">The trained field.</param>
    /// <param name="path">orbit or spiral.</param>
    /// <param name="pairs">Of each kind, 1 to 90.</param>
    /// <param name="lpips">Measures LPIPS as well; null leaves it out.</param>
    /// <param name="progress">Told how many of the pairs are done.</param>
    /// <exception cref="BadInputException">There is no such path, or pictures are too small for LPIPS.</exception>
    public static ConsistencyScore Of(Run run, string path, int pairs, IPictureDistance? lpips = null, Action<int>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pairs, Frames);
        var cameras = CamerasOf(run.Scene, path);
        Expect(cameras[0], lpips);
        return Of(path, pairs, Rendered, lpips, progress);

        PictureWithDepth Rendered(int frame)
        {
            var image = run.Render(cameras[frame]);
            return new PictureWithDepth(cameras[frame], image.Color, image.Depth.masked_fill(image.Opacity < 0.5, 0));
        }
    }

    /// <summary>The cameras of a path.</summary>
    /// <exception cref="BadInputException">There is no such path.</exception>
    public static IReadOnlyList<Camera> CamerasOf(SceneSummary scene, string path)
    {
        List<Camera> given = [.. scene.Train.Select(t => t.Camera)];
        return path switch
        {
            "orbit" => CameraPaths.Orbit(given, Frames),
            "spiral" => CameraPaths.Spiral(given, Frames),
            _ => throw new BadInputException($"path {path}: orbit or spiral is expected"),
        };
    }

    /// <summary>The frames that are compared: for each of the pairs one, its neighbour, and one far away.</summary>
    /// <param name="pairs">1 to 90.</param>
    public static IReadOnlyList<(int Here, int Near, int Far)> Chosen(int pairs) =>
        [.. Enumerable.Range(0, pairs).Select(i => i * Frames / pairs).Select(t => (t, (t + Near) % Frames, (t + Far) % Frames))];

    /// <summary>Complains about pictures that a distance is not made for.</summary>
    internal static void Expect(Camera camera, IPictureDistance? distance)
    {
        if (distance is not null && int.Min(camera.Width, camera.Height) < distance.LeastSize)
            throw new BadInputException($"pictures are {camera.Width}x{camera.Height}; {distance.Name} takes at least {distance.LeastSize} pixels each way, so train with a smaller --downscale");
    }

    /// <summary>Compares pictures of any kind.</summary>
    /// <param name="path">What the path is called.</param>
    /// <param name="pairs">Of each kind, 1 to 90.</param>
    /// <param name="frame">The picture of a frame, with the depth to warp by.</param>
    /// <param name="lpips">Measures LPIPS, or another distance, as well; null leaves it out.</param>
    /// <param name="progress">Told how many of the pairs are done.</param>
    public static ConsistencyScore Of(string path, int pairs, Func<int, PictureWithDepth> frame, IPictureDistance? lpips = null, Action<int>? progress = null)
    {
        var (near, far) = (new List<WarpError>(), new List<WarpError>());
        foreach (var (i, (t, next, later)) in Chosen(pairs).Index())
        {
            using var scope = NewDisposeScope();
            var here = frame(t);
            near.Add(Consistency.Between(here, frame(next), lpips));
            far.Add(Consistency.Between(here, frame(later), lpips));
            progress?.Invoke(i + 1);
        }
        return new ConsistencyScore(path, RangeScore.Of(Near, near), RangeScore.Of(Far, far), lpips?.Name, lpips?.Sources);
    }
}
