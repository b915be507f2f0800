using NerfLab.Metrics;
using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>How different two pictures look to an extractor: LPIPS without fitted weights, for where those are not at hand.</summary>
/// <remarks>Zhang et al. 2018, equation 1 with all weights 1, the mean over the style layers: mean_l mean_hw Σ_c (ŷ - ŷ0)² of features of unit length.</remarks>
/// <param name="extractor">The network; it has to live as long.</param>
public sealed class FeatureDistance(StyleExtractor extractor) : IPictureDistance
{
    /// <inheritdoc/>
    public string Name => $"features of {extractor.Name}";

    /// <inheritdoc/>
    public IReadOnlyList<WeightSource> Sources => [extractor.Source];

    /// <inheritdoc/>
    public int LeastSize => extractor.LeastSize;

    /// <inheritdoc/>
    public double Distance(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (x, y) = (extractor.StyleMaps(Batch(a)), extractor.StyleMaps(Batch(b)));
        return x.Zip(y, (p, q) => (Unit(p) - Unit(q)).square().sum(1).mean().ToDouble()).Average();

        Tensor Batch(Tensor picture) => StylePicture.Of(picture.to(float32).to(extractor.Device));

        static Tensor Unit(Tensor map) => map / (linalg.vector_norm(map, 2, [1], keepdim: true) + 1e-10);
    }
}
