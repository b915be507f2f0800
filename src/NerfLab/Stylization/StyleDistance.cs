using NerfLab.Math;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>How far a picture is from a style, and from what it should show.</summary>
/// <param name="Nearest">Mean cosine distance of its features to the nearest ones of the style, 0 to 2: ARF's, at the layers that are matched.</param>
/// <param name="Gram">Mean over the style layers of ‖G - Gₛ‖ / ‖Gₛ‖ of the Gram matrices: 0 for the same texture.</param>
/// <param name="Content">‖F - F₀‖² / ‖F₀‖² of the features of the content layer against those of the picture before: 0 for the same things.</param>
public readonly record struct StyleFigures(double Nearest, double Gram, double Content);

/// <summary>Measures pictures against a style, with a network that results have to name.</summary>
/// <remarks>Gram matrices as in Gatys et al. 2016, divided by the number of places, so that pictures may have any size.</remarks>
/// <param name="extractor">The network; it has to live as long.</param>
/// <param name="style">[1,3,H,W], the style picture.</param>
public sealed class StyleDistance(StyleExtractor extractor, Tensor style) : IDisposable
{
    readonly Tensor _rows = Made(() => FeatureMatching.Rows(extractor.MatchMap(style)));
    readonly List<Tensor> _grams = [.. Enumerable.Range(0, extractor.StyleLayers.Count).Select(l => Made(() => Gram(FeatureMatching.Rows(extractor.StyleMaps(style)[l]))))];

    /// <summary>The network.</summary>
    public StyleExtractor Extractor => extractor;

    /// <summary>Measures a picture.</summary>
    /// <param name="picture">[H,W,3], 0 to 1.</param>
    /// <param name="before">[H,W,3], what it showed before.</param>
    /// <param name="there">[H,W], 0 to 1: where something is to be seen; a background that no method changes does not count. Null for everywhere.</param>
    public StyleFigures Of(Tensor picture, Tensor before, Tensor? there = null)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (made, was) = (Batch(picture), Batch(before));
        double nearest = FeatureMatching.Distance(Rows(extractor.MatchMap(made)), _rows).ToDouble();
        var maps = extractor.StyleMaps(made);
        double gram = maps.Select((m, l) => (Norm(Gram(Rows(m)) - _grams[l]) / Norm(_grams[l]))).Average();
        var (content, wanted) = (Rows(maps[^1]), Rows(extractor.ContentMap(was)));
        return new StyleFigures(nearest, gram, (content - wanted).square().sum().ToDouble() / double.Max(wanted.square().sum().ToDouble(), 1e-12));

        Tensor Batch(Tensor pixels) => StylePicture.Of(pixels.to(float32).to(extractor.Device));

        Tensor Rows(Tensor map)
        {
            var rows = FeatureMatching.Rows(map);
            if (there is null) return rows;
            var seen = nn.functional.adaptive_avg_pool2d(there.to(float32).to(extractor.Device).unsqueeze(0).unsqueeze(0), [map.shape[2], map.shape[3]]).flatten() > 0.5;
            return seen.any().ToBoolean() ? rows.index_select(0, seen.nonzero().squeeze(-1)) : rows;
        }
    }

    /// <summary>[C,C] of [N,C].</summary>
    static Tensor Gram(Tensor rows) => rows.t().matmul(rows) / rows.shape[0];

    static double Norm(Tensor matrix) => matrix.square().sum().sqrt().ToDouble();

    static Tensor Made(Func<Tensor> make)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return make().DetachFromDisposeScope();
    }

    /// <summary>Frees the features of the style.</summary>
    public void Dispose()
    {
        _rows.Dispose();
        _grams.ForEach(g => g.Dispose());
    }
}
