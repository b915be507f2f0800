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
/// <param name="LpipsName">Which LPIPS; null where it was not asked for.</param>
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
    public static ConsistencyScore Of(Run run, string path, int pairs, Lpips? lpips = null, Action<int>? progress = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pairs, Frames);
        List<Camera> given = [.. run.Scene.Train.Select(t => t.Camera)];
        var cameras = path switch
        {
            "orbit" => CameraPaths.Orbit(given, Frames),
            "spiral" => CameraPaths.Spiral(given, Frames),
            _ => throw new BadInputException($"path {path}: orbit or spiral is expected"),
        };
        if (lpips is not null && int.Min(cameras[0].Width, cameras[0].Height) is var size && size < lpips.LeastSize)
            throw new BadInputException($"pictures are {cameras[0].Width}x{cameras[0].Height}; {lpips.Name} takes at least {lpips.LeastSize} pixels each way, so train with a smaller --downscale");
        var (near, far) = (new List<WarpError>(), new List<WarpError>());
        for (int i = 0; i < pairs; i++)
        {
            using var scope = NewDisposeScope();
            int t = i * Frames / pairs;
            var here = Rendered(t);
            near.Add(Consistency.Between(here, Rendered(t + Near), lpips));
            far.Add(Consistency.Between(here, Rendered(t + Far), lpips));
            progress?.Invoke(i + 1);
        }
        return new ConsistencyScore(path, RangeScore.Of(Near, near), RangeScore.Of(Far, far), lpips?.Name, lpips?.Sources);

        PictureWithDepth Rendered(int frame)
        {
            var camera = cameras[frame % Frames];
            var image = run.Render(camera);
            return new PictureWithDepth(camera, image.Color, image.Depth.masked_fill(image.Opacity < 0.5, 0));
        }
    }
}
