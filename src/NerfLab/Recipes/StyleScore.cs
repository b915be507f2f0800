using NerfLab.Data;
using NerfLab.Metrics;
using NerfLab.Stylization;
using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>What stylised pictures of a scene are worth: how well they agree with each other, how near they are to the style, and how much they still show.</summary>
/// <param name="Consistency">Between neighbouring frames and frames far apart of a path, masked by the depth of the field before it was stylised, or by exact depth.</param>
/// <param name="Nearest">See <see cref="StyleFigures"/>; mean over the frames.</param>
/// <param name="Gram">See <see cref="StyleFigures"/>; mean over the frames.</param>
/// <param name="Content">See <see cref="StyleFigures"/>; mean over the frames.</param>
/// <param name="Extractor">The network behind style and content.</param>
/// <param name="Weights">The file behind it.</param>
/// <param name="Frames">Pictures that were measured.</param>
/// <param name="ExactDepth">Whether depth is the scene's own, not the field's.</param>
public sealed record StyleScore(ConsistencyScore Consistency, double Nearest, double Gram, double Content, string Extractor, WeightSource Weights, int Frames, bool ExactDepth);

/// <summary>A frame of a path as a field shows it before it is stylised.</summary>
/// <param name="Number">On the path.</param>
/// <param name="View">Camera, picture and depth.</param>
/// <param name="There">[H,W], where there is something, 0 or 1.</param>
public sealed record StyleFrame(int Number, PictureWithDepth View, Tensor There);

/// <summary>The frames that stylised pictures of a field are measured on, rendered once for all methods.</summary>
public sealed class StyleFrames : IDisposable
{
    readonly SortedDictionary<int, StyleFrame> _frames = [];
    readonly Tensor _background;
    readonly string _path;
    readonly int _pairs;
    readonly bool _exact;

    /// <summary>Renders them.</summary>
    /// <param name="run">The field before it is stylised.</param>
    /// <param name="path">orbit or spiral; null for the scene's usual one.</param>
    /// <param name="pairs">Of each kind that is compared, 1 to 90: three frames for each.</param>
    /// <param name="exactDepth">Takes the depth of the embedded scene itself, where the run is of that scene.</param>
    /// <param name="progress">Told how many frames are done, of how many.</param>
    public StyleFrames(Run run, string? path = null, int pairs = 10, bool exactDepth = true, Action<int, int>? progress = null)
    {
        (_path, _pairs, _exact) = (path ?? run.Scene.UsualPath(), pairs, exactDepth && run.Recipe.Scene == SceneFile.Embedded);
        _background = run.BackgroundColor.cpu();
        var cameras = ConsistencyScore.CamerasOf(run.Scene, _path);
        var numbers = ConsistencyScore.Chosen(pairs).SelectMany(c => new[] { c.Here, c.Near, c.Far }).Distinct().ToList();
        foreach (var number in numbers)
        {
            using var scope = NewDisposeScope();
            var image = run.Render(cameras[number]);
            var depth = image.Depth.masked_fill(image.Opacity < 0.5, 0);
            if (_exact)
            {
                depth = tensor(EmbeddedScene.Depth(cameras[number])).view(depth.shape);
                depth = depth.masked_fill(depth.isfinite().logical_not() | (image.Opacity < 0.5), 0); // what the field does not show has no style
            }
            var there = (image.Opacity >= 0.5).to(float32);
            _frames[number] = new StyleFrame(number, new PictureWithDepth(cameras[number], Kept(image.Color), Kept(depth)), Kept(there));
            progress?.Invoke(_frames.Count, numbers.Count);
        }

        static Tensor Kept(Tensor made) => made.DetachFromDisposeScope();
    }

    /// <summary>The frames in the order of the path.</summary>
    public IReadOnlyCollection<StyleFrame> All => _frames.Values;

    /// <summary>Measures stylised pictures.</summary>
    /// <param name="picture">What a frame looks like, [H,W,3], 0 to 1, on the CPU; it is asked once for each. Places without a surface are taken to show the background.</param>
    /// <param name="style">The style to measure against.</param>
    /// <param name="distance">LPIPS, or the features of an extractor; null leaves it out.</param>
    /// <param name="progress">Told how many frames have been asked for.</param>
    /// <exception cref="BadInputException">A picture has another size than the field's, or is too small for the networks.</exception>
    public StyleScore Measure(Func<StyleFrame, Tensor> picture, StyleDistance style, IPictureDistance? distance = null, Action<int>? progress = null)
    {
        using var scope = NewDisposeScope();
        var first = _frames.Values.First().View.Camera;
        ConsistencyScore.Expect(first, distance);
        ConsistencyScore.Expect(first, new FeatureDistance(style.Extractor));
        var (pictures, figures) = (new Dictionary<int, Tensor>(), new List<StyleFigures>());
        foreach (var frame in _frames.Values)
        {
            using var inner = NewDisposeScope();
            var shown = Before(picture(frame), frame);
            figures.Add(style.Of(shown, Before(frame.View.Color, frame), frame.There));
            pictures[frame.Number] = shown.MoveToOuterDisposeScope();
            progress?.Invoke(figures.Count);
        }
        var consistency = ConsistencyScore.Of(_path, _pairs, n => _frames[n].View with { Color = pictures[n] }, distance);
        return new StyleScore(consistency, figures.Average(f => f.Nearest), figures.Average(f => f.Gram), figures.Average(f => f.Content),
            style.Extractor.Name, style.Extractor.Source, figures.Count, _exact);
    }

    Tensor Before(Tensor picture, StyleFrame frame)
    {
        if (!picture.shape.SequenceEqual(frame.View.Color.shape)) throw new BadInputException($"frame {frame.Number}: the picture is {picture.shape[1]}x{picture.shape[0]}; {frame.View.Camera.Width}x{frame.View.Camera.Height}, as the field shows it, is expected");
        return where(frame.There.unsqueeze(-1) > 0, picture.to(float32), _background);
    }

    /// <summary>Frees the frames.</summary>
    public void Dispose()
    {
        foreach (var frame in _frames.Values)
        {
            frame.View.Color.Dispose();
            frame.View.Depth.Dispose();
            frame.There.Dispose();
        }
    }
}
