using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Direct voxel-grid optimisation: a dense grid of raw densities, one of features, and a small network for colour.</summary>
/// <remarks>
/// Sun et al. 2022, DVGO, whose fine stage the defaults are. The raw density is interpolated first and activated after
/// (post-activation, section 3.2), so that one cell can hold a sharp surface: density = activation(raw + shift) per side of a
/// voxel, with the shift such that a grid of zeros absorbs the share <paramref name="InitialAlpha"/> of the light over one voxel
/// (equation 9). The outer values sit on the walls of the box: <c>align_corners: true</c>. Voxels of the first resolution are meant
/// by "a voxel" for good: a grid that grows keeps its densities.
/// </remarks>
/// <param name="Resolution">Values along the box's longest side, at least 2; voxels are cubes. A recipe may let it grow.</param>
/// <param name="Color">How colour is decoded.</param>
/// <param name="Features">Numbers a voxel keeps for the network; not used with harmonics.</param>
/// <param name="Layers">Hidden layers of the network; not used with harmonics.</param>
/// <param name="Width">Neurons of each; not used with harmonics.</param>
/// <param name="DirectionFrequencies">L of the direction's encoding; not used with harmonics.</param>
/// <param name="Degree">The highest band of the harmonics, 0 to 3; not used with the network.</param>
/// <param name="InitialAlpha">Above 0 and below 1.</param>
/// <param name="Activation">From interpolated raw density, shifted, to density.</param>
public sealed record DenseSpec(int Resolution = 160, VoxelColor Color = VoxelColor.Mlp, int Features = 12, int Layers = 2, int Width = 128, int DirectionFrequencies = 4,
    int Degree = 0, double InitialAlpha = 1e-2, DensityActivation Activation = DensityActivation.Softplus) : FieldSpec
{
    /// <summary>A size that a laptop trains in a minute: reduced grid and network.</summary>
    public static DenseSpec Small { get; } = new(Resolution: 80, Features: 8, Layers: 1, Width: 32, DirectionFrequencies: 2);

    /// <inheritdoc/>
    public override FieldSpec? WithGeometry(int size) => Color == VoxelColor.Mlp ? this with { Features = size - 1 } : null;

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null)
    {
        if (Resolution is < 2 or > VoxelEncoding.MostResolution || Features < 1 || Layers < 1 || Width < 1 || DirectionFrequencies < 0 || !ShDecoder.Knows(Degree))
            throw new BadInputException($"field dense: resolution {Resolution}, features {Features}, layers {Layers}, width {Width}, directionFrequencies {DirectionFrequencies}, degree {Degree}; "
                + "resolution must be 2 to 1024, features, layers and width at least 1, directionFrequencies at least 0 and degree 0 to 3");
        if (!(InitialAlpha is > 0 and < 1)) throw new BadInputException(FormattableString.Invariant($"field dense: initialAlpha is {InitialAlpha}; a number above 0 and below 1 is expected"));
        if (Activation == DensityActivation.Relu) throw new BadInputException("field dense: activation is relu, after which no gradient reaches empty voxels; softplus or exp is expected");
        var used = kernels ?? Kernels.Kernels.Reference;
        var layout = VoxelLayout.Of(bounds, Resolution, corners: true);
        long channels = Color == VoxelColor.Mlp ? Features : 3L * ShDecoder.Coefficients(Degree);
        var encoding = new VoxelEncoding(Zeros(1), Zeros(channels), null, corners: true, used);
        return new EncodedField(bounds, encoding, Color == VoxelColor.Mlp
            ? new DenseDecoder(this, random, used) : new ShDecoder(Degree, ShColor.Sigmoid, Density, used));

        Parameter Zeros(long count) => nn.Parameter(torch.zeros(layout.X, layout.Y, layout.Z, count));
    }

    /// <summary>From raw densities to densities per length of the box's longest side.</summary>
    internal RawDensity Density => new(Activation, Activation.Inverse(-double.Log(1 - InitialAlpha)), Resolution);
}

/// <summary>Density from the first feature; colour from a small network over the others and the encoded direction.</summary>
/// <remarks>DVGO, equation 8.</remarks>
public sealed class DenseDecoder : nn.Module, IDecoder
{
    readonly DenseSpec _spec;
    readonly Kernels.Kernels _kernels;
    readonly Mlp color;

    internal DenseDecoder(DenseSpec spec, torch.Generator random, Kernels.Kernels kernels) : base(nameof(DenseDecoder))
    {
        (_spec, _kernels) = (spec, kernels);
        int input = spec.Features + PositionalEncoding.Size(spec.DirectionFrequencies);
        color = new Mlp([input, .. Enumerable.Repeat(spec.Width, spec.Layers), 3], random, kernels);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Tensor Density(Tensor features) => _spec.Density.Apply(features.select(1, 0));

    /// <inheritdoc/>
    public Radiance Decode(Tensor features, Tensor d) => Head(d).Decode(features, _kernels.PassLayers);

    /// <inheritdoc/>
    public RawDensity? FirstFeature => _spec.Density;

    /// <inheritdoc/>
    public int GeometrySize => 1 + _spec.Features;

    /// <inheritdoc/>
    public Tensor Geometry(Tensor features)
    {
        var (activation, shift, scale) = _spec.Density;
        return torch.cat([activation.LogOf(features.narrow(1, 0, 1) + shift) + double.Log(scale), features.narrow(1, 1, _spec.Features)], -1);
    }

    /// <inheritdoc/>
    public RadianceHead Head(Tensor d) => new(_spec.Density, PositionalEncoding.Encode(d, _spec.DirectionFrequencies)) { Color = color.Weights, ColorBiases = color.Biases };
}
