using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Instant-NGP: a multiresolution hash grid with two tiny networks behind it.</summary>
/// <remarks>Müller et al. 2022. The defaults are those of the paper for NeRF: L 16, F 2, T 2¹⁹, 16 to 2048.</remarks>
/// <param name="Levels">L.</param>
/// <param name="Features">F, numbers per table row.</param>
/// <param name="Log2TableSize">log2 T.</param>
/// <param name="Coarsest">N_min, cells along the box.</param>
/// <param name="Finest">N_max, cells along the box.</param>
/// <param name="Width">Neurons of the hidden layers.</param>
/// <param name="GeometryFeatures">Outputs of the density network, the first of which is the density itself.</param>
/// <param name="DirectionDegree">Bands of spherical harmonics of the direction, 1 to 4.</param>
/// <param name="ColorLayers">Hidden layers of the colour network.</param>
/// <param name="Activation">From raw output to density.</param>
public sealed record HashSpec(int Levels = 16, int Features = 2, int Log2TableSize = 19, int Coarsest = 16, int Finest = 2048,
    int Width = 64, int GeometryFeatures = 16, int DirectionDegree = 4, int ColorLayers = 2, DensityActivation Activation = DensityActivation.Exp) : FieldSpec
{
    /// <summary>Half the levels with twice the features: the default of the reference implementation since 2022, and the faster of the two here.</summary>
    public static HashSpec L8F4 { get; } = new(Levels: 8, Features: 4);

    /// <summary>A size that a laptop trains in a minute: reduced table, resolution and networks.</summary>
    public static HashSpec Small { get; } = new(Levels: 8, Features: 4, Log2TableSize: 15, Coarsest: 16, Finest: 256, Width: 32, ColorLayers: 2, DirectionDegree: 3);

    /// <summary>What learns most on a laptop in a minute: reduced table, resolution and networks.</summary>
    public static HashSpec Fast { get; } = Small with { Log2TableSize = 16, Finest = 512, ColorLayers = 1 };

    /// <inheritdoc/>
    public override FieldSpec? WithGeometry(int size) => this with { GeometryFeatures = size };

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null)
    {
        if (Width < 1 || GeometryFeatures < 1 || ColorLayers < 0 || DirectionDegree is < 1 or > SphericalHarmonics.MaxDegree)
            throw new BadInputException($"field hash: width {Width}, geometryFeatures {GeometryFeatures}, colorLayers {ColorLayers}, directionDegree {DirectionDegree}; "
                + $"the first two must be at least 1, colorLayers at least 0 and directionDegree 1 to {SphericalHarmonics.MaxDegree}");
        var used = kernels ?? Kernels.Kernels.Reference;
        var encoding = new HashEncoding(this, random, used);
        return new EncodedField(bounds, encoding, new HashDecoder(this, encoding.Features, random, used));
    }
}

/// <summary>The trainable hash grid.</summary>
public sealed class HashEncoding : nn.Module, IEncoding
{
    readonly Kernels.Kernels _kernels;
    readonly Parameter table;

    internal HashEncoding(HashSpec spec, torch.Generator random, Kernels.Kernels kernels) : base(nameof(HashEncoding))
    {
        if (spec.Levels < 1 || spec.Features < 1 || spec.Log2TableSize is < 4 or > 28 || spec.Coarsest < 1 || spec.Finest < spec.Coarsest || spec.Finest > HashGridLayout.MostCells)
            throw new BadInputException($"field hash: levels {spec.Levels}, features {spec.Features}, log2TableSize {spec.Log2TableSize}, coarsest {spec.Coarsest}, finest {spec.Finest}; "
                + "levels and features must be at least 1, log2TableSize 4 to 28, and coarsest no larger than finest, which is at most "
                + HashGridLayout.MostCells);
        _kernels = kernels;
        Layout = new HashGridLayout(spec.Levels, spec.Features, spec.Log2TableSize, spec.Coarsest, spec.Finest);
        // Instant-NGP, section 4: uniform in ±1e-4, almost nothing, but not symmetric.
        table = nn.Parameter(torch.rand([Layout.FirstRows[^1], spec.Features], generator: random) * 2e-4 - 1e-4);
        RegisterComponents();
    }

    /// <summary>The levels and their rows.</summary>
    public HashGridLayout Layout { get; }

    /// <inheritdoc/>
    public int Features => Layout.Levels * Layout.Features;

    /// <inheritdoc/>
    public Tensor Encode(Tensor u) => _kernels.HashEncode(u, table, Layout);
}

/// <summary>A tiny network for density, and another that also sees the direction for colour; neither has biases.</summary>
/// <remarks>Instant-NGP, section 5.4.</remarks>
public sealed class HashDecoder : nn.Module, IDecoder
{
    readonly HashSpec _spec;
    readonly Kernels.Kernels _kernels;
    readonly Mlp geometry, color;

    internal HashDecoder(HashSpec spec, int features, torch.Generator random, Kernels.Kernels kernels) : base(nameof(HashDecoder))
    {
        (_spec, _kernels) = (spec, kernels);
        geometry = new Mlp([features, spec.Width, spec.GeometryFeatures], random, kernels, bias: false);
        int input = spec.GeometryFeatures + spec.DirectionDegree * spec.DirectionDegree;
        color = new Mlp([input, .. Enumerable.Repeat(spec.Width, spec.ColorLayers), 3], random, kernels, bias: false);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Tensor Density(Tensor features) => _spec.Activation.Apply(geometry.call(features).select(1, 0));

    /// <inheritdoc/>
    public Radiance Decode(Tensor features, Tensor d) => Head(d).Decode(features, _kernels.PassLayers);

    /// <inheritdoc/>
    public int GeometrySize => _spec.GeometryFeatures;

    /// <inheritdoc/>
    public Tensor Geometry(Tensor features)
    {
        var z = geometry.call(features);
        return torch.cat([_spec.Activation.LogOf(z.narrow(1, 0, 1)), z.narrow(1, 1, z.shape[1] - 1)], -1);
    }

    /// <inheritdoc/>
    public RadianceHead Head(Tensor d) => new(new RawDensity(_spec.Activation), _kernels.DirectionEncode(d, _spec.DirectionDegree))
    {
        Trunk = geometry.Weights, ColorSeesDensity = true, Color = color.Weights,
    };
}
