using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>The original NeRF: one deep network over sines and cosines of position and direction.</summary>
/// <remarks>Mildenhall et al. 2020, NeRF, section 3 and figure 7. The defaults are the paper's.</remarks>
/// <param name="Layers">Layers of the trunk.</param>
/// <param name="Width">Neurons of each.</param>
/// <param name="Skip">The encoded position is appended to the output of this many layers; 0 for never.</param>
/// <param name="PositionFrequencies">L of the position's encoding.</param>
/// <param name="DirectionFrequencies">L of the direction's encoding.</param>
/// <param name="HeadWidth">Neurons of the layer that sees the direction.</param>
/// <param name="Activation">From raw output to density.</param>
/// <param name="GeometryFeatures">Numbers that the trunk hands to the layer that sees the direction; 0 for as many as it is wide.</param>
public sealed record MlpSpec(int Layers = 8, int Width = 256, int Skip = 5, int PositionFrequencies = 10, int DirectionFrequencies = 4,
    int HeadWidth = 128, DensityActivation Activation = DensityActivation.Relu, int GeometryFeatures = 0) : FieldSpec
{
    /// <summary>A size that a laptop trains in minutes: reduced from the paper's, with a density that cannot die.</summary>
    public static MlpSpec Small { get; } = new(Layers: 4, Width: 96, Skip: 2, PositionFrequencies: 7, DirectionFrequencies: 3, HeadWidth: 48, Activation: DensityActivation.Exp);

    /// <inheritdoc/>
    public override FieldSpec? WithGeometry(int size) => this with { GeometryFeatures = size - 1 };

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null) =>
        new(bounds, new MlpEncoding(this, random, kernels ?? Kernels.Kernels.Reference), new MlpDecoder(this, random, kernels ?? Kernels.Kernels.Reference));
}

/// <summary>γ(x) through the trunk of the network.</summary>
public sealed class MlpEncoding : nn.Module, IEncoding
{
    const int MostFrequencies = 20; // beyond that a sine's argument keeps hardly a digit behind the point

    readonly MlpSpec _spec;
    readonly Mlp before, after;

    internal MlpEncoding(MlpSpec spec, torch.Generator random, Kernels.Kernels kernels) : base(nameof(MlpEncoding))
    {
        if (spec.Layers < 1 || spec.Width < 1 || spec.Skip < 0 || spec.Skip >= spec.Layers)
            throw new BadInputException($"field mlp: layers {spec.Layers}, width {spec.Width}, skip {spec.Skip}; the first two must be at least 1 and skip from 0 to layers - 1");
        if (spec.HeadWidth < 1 || spec.PositionFrequencies is < 0 or > MostFrequencies || spec.DirectionFrequencies is < 0 or > MostFrequencies)
            throw new BadInputException($"field mlp: headWidth {spec.HeadWidth}, positionFrequencies {spec.PositionFrequencies}, directionFrequencies {spec.DirectionFrequencies}; "
                + $"headWidth must be at least 1 and the others 0 to {MostFrequencies}");
        _spec = spec;
        int encoded = PositionalEncoding.Size(spec.PositionFrequencies);
        int first = spec.Skip == 0 ? spec.Layers : spec.Skip;
        before = new Mlp([encoded, .. Enumerable.Repeat(spec.Width, first)], random, kernels, activateLast: true);
        after = new Mlp([spec.Width + encoded, .. Enumerable.Repeat(spec.Width, spec.Layers - first)], random, kernels, activateLast: true);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public int Features => _spec.Width;

    /// <inheritdoc/>
    public Tensor Encode(Tensor u)
    {
        var encoded = PositionalEncoding.Encode(u * 2 - 1, _spec.PositionFrequencies);
        var hidden = before.call(encoded);
        return _spec.Skip == 0 ? hidden : after.call(torch.cat([encoded, hidden], -1));
    }
}

/// <summary>One linear neuron for density; a linear layer, the encoded direction and one hidden layer for colour.</summary>
public sealed class MlpDecoder : nn.Module, IDecoder
{
    readonly MlpSpec _spec;
    readonly int _features;
    readonly Mlp density, feature, color;

    internal MlpDecoder(MlpSpec spec, torch.Generator random, Kernels.Kernels kernels) : base(nameof(MlpDecoder))
    {
        if (spec.GeometryFeatures < 0) throw new BadInputException($"field mlp: geometryFeatures is {spec.GeometryFeatures}; a number from 0 on is expected");
        (_spec, _features) = (spec, spec.GeometryFeatures > 0 ? spec.GeometryFeatures : spec.Width);
        density = new Mlp([spec.Width, 1], random, kernels);
        feature = new Mlp([spec.Width, _features], random, kernels);
        color = new Mlp([_features + PositionalEncoding.Size(spec.DirectionFrequencies), spec.HeadWidth, 3], random, kernels);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Tensor Density(Tensor features) => _spec.Activation.Apply(density.call(features).squeeze(-1));

    /// <inheritdoc/>
    public int GeometrySize => 1 + _features;

    /// <inheritdoc/>
    public Tensor Geometry(Tensor features) => torch.cat([_spec.Activation.LogOf(density.call(features)), feature.call(features)], -1);

    /// <inheritdoc/>
    public Radiance Decode(Tensor features, Tensor d)
    {
        var seen = torch.cat([feature.call(features), PositionalEncoding.Encode(d, _spec.DirectionFrequencies)], -1);
        return new Radiance(Density(features), torch.sigmoid(color.call(seen)));
    }
}
