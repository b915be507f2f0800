using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Math;
using NerfLab.Rendering;
using NerfLab.Stylization;

namespace NerfLab.Tasks;

/// <summary>Weights of the terms of ARF.</summary>
/// <param name="Match">Of the distance to the nearest features of the style.</param>
/// <param name="Content">Of the squared difference of features to those of the photograph in the style's colours.</param>
/// <param name="Tv">Of the squared differences of neighbouring pixels.</param>
public sealed record MatchWeights(double Match = 1, double Content = 5e-3, double Tv = 1);

/// <summary>A photograph in the style's colours, to compare renderings with.</summary>
/// <param name="Camera">Its camera.</param>
/// <param name="Picture">[1,3,H,W], before the background.</param>
public sealed record MatchView(Camera Camera, Tensor Picture);

/// <summary>Makes every feature of whole renderings similar to some feature of a style picture.</summary>
/// <remarks>Zhang et al. 2022, ARF, section 3.1. A step takes one view, drawn at random.</remarks>
public sealed class MatchStyle : IObjective, IDisposable
{
    readonly IField _field;
    readonly Renderer _renderer;
    readonly IReadOnlyList<MatchView> _views;
    readonly StyleExtractor _extractor;
    readonly Tensor _style; // [Q,C]
    readonly Tensor _background;
    readonly MatchWeights _weights;
    readonly int _shrink;
    readonly long _seed, _block;

    /// <summary>Brings the parts together; nothing is trained yet.</summary>
    /// <param name="field">The field.</param>
    /// <param name="state">What is trained.</param>
    /// <param name="renderer">How the field is rendered; its sampler stays as it is.</param>
    /// <param name="views">At least one.</param>
    /// <param name="extractor">What sees the style.</param>
    /// <param name="style">[1,3,H,W], the style picture.</param>
    /// <param name="weights">Of the terms.</param>
    /// <param name="background">[3], behind everything.</param>
    /// <param name="shrink">How many times smaller renderings are looked at; 2 in the paper.</param>
    /// <param name="seed">Decides the order of the views.</param>
    /// <param name="block">See <see cref="FeatureMatching.Nearest"/>.</param>
    public MatchStyle(IField field, nn.Module state, Renderer renderer, IReadOnlyList<MatchView> views, StyleExtractor extractor, Tensor style, MatchWeights weights,
        Tensor background, int shrink = 1, long seed = 0, long block = FeatureMatching.UsualBlock)
    {
        if (views.Count == 0) throw new ArgumentException($"{nameof(views)}: expected at least one, got none");
        (_field, State, _renderer, _views, _extractor, _weights, _background, _shrink, _seed, _block) = (field, state, renderer, views, extractor, weights, background, shrink, seed, block);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        _style = FeatureMatching.Rows(extractor.MatchMap(style)).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public nn.Module State { get; }

    /// <inheritdoc/>
    public StepOutcome Backward(int step)
    {
        using var scope = torch.NewDisposeScope();
        int chosen = (int)(RandomStream.Seed(_seed, step) % (ulong)_views.Count);
        var view = _views[chosen];
        var (match, content, tv, total, psnr) = (0.0, 0.0, 0.0, 0.0, double.NaN);
        long samples = DeferredPicture.Backward(_field, _renderer, view.Camera, _background, seen =>
        {
            var (a, b, c) = Terms(seen, view);
            (match, content, tv) = (a.ToDouble(), b.ToDouble(), c.ToDouble());
            psnr = Metrics.ImageMetrics.PsnrOf(F.mse_loss(seen.Color.detach().clamp(0, 1), view.Picture).ToDouble());
            var sum = _weights.Match * a + _weights.Content * b + _weights.Tv * c;
            total = sum.ToDouble();
            return sum;
        });
        return new StepOutcome(new LossValues(total, [("match", match), ("content", content), ("tv", tv)]), psnr, (long)view.Camera.Width * view.Camera.Height, samples);
    }

    /// <summary>The distance to the nearest features of the style, the change of content, and the total variation, of a picture.</summary>
    (Tensor Match, Tensor Content, Tensor Tv) Terms(DeferredPicture.Seen seen, MatchView view)
    {
        var map = _extractor.MatchMap(Smaller(seen.Color));
        var rows = FeatureMatching.Rows(map);
        // Where nothing is, the background is seen, which no field can change.
        var there = F.adaptive_avg_pool2d(seen.Opacity.unsqueeze(0).unsqueeze(0), [map.shape[2], map.shape[3]]).flatten() > 0.5;
        if (there.any().ToBoolean()) rows = rows.index_select(0, there.nonzero().squeeze(-1));
        Tensor content;
        if (_weights.Content == 0) content = torch.zeros_like(rows).mean();
        else
        {
            Tensor before;
            using (torch.no_grad()) before = _extractor.MatchMap(Smaller(view.Picture));
            content = F.mse_loss(map, before);
        }
        return (FeatureMatching.Distance(rows, _style, _block), content, TotalVariation(seen.Color));
    }

    Tensor Smaller(Tensor picture) => _shrink == 1 ? picture : F.avg_pool2d(picture, [_shrink, _shrink]);

    /// <summary>Frees the features of the style.</summary>
    public void Dispose() => _style.Dispose();

    /// <summary>Half the mean square of the differences of neighbours below each other and beside each other.</summary>
    /// <param name="picture">[1,3,H,W].</param>
    static Tensor TotalVariation(Tensor picture)
    {
        long height = picture.shape[2], width = picture.shape[3];
        var down = picture.narrow(2, 1, height - 1) - picture.narrow(2, 0, height - 1);
        var across = picture.narrow(3, 1, width - 1) - picture.narrow(3, 0, width - 1);
        return 0.5 * (down.square().mean() + across.square().mean());
    }
}
