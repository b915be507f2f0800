using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>A network over features and direction, both also as sines and cosines.</summary>
/// <remarks>
/// Chen et al. 2022, TensoRF, section 4.2; the defaults are those of its synthetic scenes: 27 features, 150 inputs. Its
/// optical thickness has a factor of 25 per unit of length in a box of 3 units, which is 75 per side of the box.
/// </remarks>
/// <param name="Appearance">Features of appearance, made from the encoding's by a matrix; 0 to use the encoding's as they are.</param>
/// <param name="Width">Neurons of both hidden layers.</param>
/// <param name="FeatureFrequencies">Frequencies of the features' sines and cosines, 0 for none.</param>
/// <param name="DirectionFrequencies">Frequencies of the direction's.</param>
/// <param name="Activation">From raw output to density.</param>
/// <param name="DensityScale">Densities are multiplied by it.</param>
public sealed record FeatureMlpSpec(int Appearance = 27, int Width = 128, int FeatureFrequencies = 2, int DirectionFrequencies = 2,
    DensityActivation Activation = DensityActivation.Softplus10, double DensityScale = 75) : DecoderSpec
{
    /// <inheritdoc/>
    public override IDecoder Build(int features, torch.Generator random, Kernels.Kernels kernels) => new FeatureMlpDecoder(this, features, firstIsDensity: false, random, kernels);

    /// <inheritdoc/>
    public override DecoderSpec WithGeometry(int size) => this with { Appearance = size - 1 };

    /// <summary>Refuses sizes out of range.</summary>
    internal void Check()
    {
        InRange("feature-mlp", Appearance, 0, 4096, "appearance");
        InRange("feature-mlp", Width, 1, 65536, "width");
        InRange("feature-mlp", FeatureFrequencies, 0, 16, "featureFrequencies");
        InRange("feature-mlp", DirectionFrequencies, 0, 16, "directionFrequencies");
        if (!(DensityScale > 0 && double.IsFinite(DensityScale))) throw new BadInputException(FormattableString.Invariant($"decoder feature-mlp: densityScale is {DensityScale}; a number above 0 is expected"));
    }
}

/// <summary>Density from the first feature or from a linear neuron; colour from the features, the direction and the waves of both.</summary>
public sealed class FeatureMlpDecoder : nn.Module, IDecoder
{
    readonly FeatureMlpSpec _spec;
    readonly bool _firstIsDensity;
    readonly int _appearance;
    readonly Mlp? density, basis;
    readonly Mlp color;

    /// <summary>An untrained decoder.</summary>
    /// <param name="spec">Its sizes.</param>
    /// <param name="features">Length of the encoding's feature vectors.</param>
    /// <param name="firstIsDensity">Whether the first feature is the raw density already, as in TensoRF, and the others are for colour; else a linear neuron sees all.</param>
    /// <param name="random">Draws the first weights.</param>
    /// <param name="kernels">The operations to use.</param>
    /// <exception cref="BadInputException">A size is out of range.</exception>
    public FeatureMlpDecoder(FeatureMlpSpec spec, int features, bool firstIsDensity, torch.Generator random, Kernels.Kernels kernels) : base(nameof(FeatureMlpDecoder))
    {
        spec.Check();
        (_spec, _firstIsDensity) = (spec, firstIsDensity);
        int described = firstIsDensity ? features - 1 : features;
        if (!firstIsDensity) density = new Mlp([features, 1], random, kernels);
        if (spec.Appearance > 0) basis = new Mlp([described, spec.Appearance], random, kernels, bias: false);
        _appearance = spec.Appearance > 0 ? spec.Appearance : described;
        int inputs = _appearance * (1 + 2 * spec.FeatureFrequencies) + 3 * (1 + 2 * spec.DirectionFrequencies);
        color = new Mlp([inputs, spec.Width, spec.Width, 3], random, kernels);
        if (density is not null) register_module(nameof(density), density);
        if (basis is not null) register_module(nameof(basis), basis);
        register_module(nameof(color), color);
        Inputs = inputs;
    }

    /// <summary>Inputs of the colour network.</summary>
    public int Inputs { get; }

    /// <inheritdoc/>
    public Tensor Density(Tensor features) => _spec.Activation.Apply(Raw(features)) * _spec.DensityScale;

    /// <inheritdoc/>
    public int GeometrySize => 1 + _appearance;

    /// <inheritdoc/>
    public Tensor Geometry(Tensor features) =>
        torch.cat([_spec.Activation.LogOf(Raw(features)).unsqueeze(-1) + double.Log(_spec.DensityScale), Appearance(features)], -1);

    Tensor Raw(Tensor features) => _firstIsDensity ? features.select(1, 0) : density!.call(features).squeeze(-1);

    Tensor Appearance(Tensor features)
    {
        var described = _firstIsDensity ? features.narrow(1, 1, features.shape[1] - 1) : features;
        return basis is null ? described : basis.call(described);
    }

    /// <inheritdoc/>
    public Radiance Decode(Tensor features, Tensor d)
    {
        var appearance = Appearance(features);
        var seen = torch.cat([appearance, d, PositionalEncoding.Waves(appearance, _spec.FeatureFrequencies), PositionalEncoding.Waves(d, _spec.DirectionFrequencies)], -1);
        return new Radiance(Density(features), torch.sigmoid(color.call(seen)));
    }
}
