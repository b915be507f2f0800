using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Feature planes at several resolutions side by side: coarse ones fill gaps, fine ones hold detail.</summary>
/// <remarks>
/// Fridovich-Keil et al. 2023, K-Planes, section 3, without the planes of time; the defaults are that paper's sizes, product
/// and corners. The decoder is free to choose; the default is TensoRF's network over the features.
/// </remarks>
/// <param name="Levels">Resolutions.</param>
/// <param name="Coarsest">Texels along a side on the first level.</param>
/// <param name="Finest">Texels along a side on the last level; in between they grow in equal ratios.</param>
/// <param name="Channels">Features of a plane.</param>
/// <param name="Axes">For each plane the coordinate along its width and the one along its height, with spaces between planes.</param>
/// <param name="Aggregation">How the planes of a level become one vector; the levels are put side by side.</param>
/// <param name="AlignCorners">Whether the boundary of the box is the middle of the outermost texels; else it is their outer edge.</param>
/// <param name="Padding">What lies beyond the outermost texels.</param>
public sealed record MultiPlaneSpec(int Levels = 4, int Coarsest = 64, int Finest = 512, int Channels = 32, string Axes = "xy xz yz",
    PlaneAggregation Aggregation = PlaneAggregation.Product, bool AlignCorners = true, PlanePadding Padding = PlanePadding.Border) : FieldSpec
{
    /// <summary>What is behind the planes.</summary>
    public DecoderSpec Decoder { get; init; } = new FeatureMlpSpec(Appearance: 0, FeatureFrequencies: 0, Activation: DensityActivation.Exp, DensityScale: 1);

    /// <summary>A size that a laptop trains in a minute: fewer levels and channels.</summary>
    public static MultiPlaneSpec Small { get; } = new(Levels: 3, Coarsest: 16, Finest: 128, Channels: 8) { Decoder = new SharedBaseSpec(Width: 32, DirectionDegree: 3) };

    /// <summary>Texels along a side on a level.</summary>
    /// <param name="level">From 0.</param>
    public int Resolution(int level) => Levels == 1 ? Coarsest : (int)double.Round(Coarsest * double.Pow((double)Finest / Coarsest, (double)level / (Levels - 1)));

    /// <inheritdoc/>
    public override FieldSpec? WithGeometry(int size) => this with { Decoder = Decoder.WithGeometry(size) };

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null)
    {
        if (Levels < 1 || Coarsest < 2 || Finest < Coarsest || Channels < 1)
            throw new BadInputException($"field multi-plane: levels {Levels}, coarsest {Coarsest}, finest {Finest}, channels {Channels}; levels and channels must be at least 1, coarsest at least 2 and no larger than finest");
        var axes = PlaneAxes.Parse(Axes);
        var levels = Enumerable.Range(0, Levels).Select(l => PlaneEncoding.Untrained(axes.Length, Channels, Resolution(l), Aggregation, random)).ToList();
        var encoding = new PlaneEncoding(levels, axes, Aggregation, new PlaneConvention(AlignCorners, Padding), kernels);
        return new EncodedField(bounds, encoding, Decoder.Build(encoding.Features, random, kernels ?? Kernels.Kernels.Reference));
    }
}
