using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>EG3D's decoder: one hidden layer, a density and a vector of features of which the first three are the colour; no direction.</summary>
/// <remarks>Chan et al. 2022, section 3.2 and the supplement: 32 -> 64 -> 1 + 32.</remarks>
/// <param name="Width">Neurons of the hidden layer.</param>
/// <param name="Channels">Length of the vector that is rendered, at least 3.</param>
/// <param name="Activation">From raw output to density; the paper's is softplus(z - 1).</param>
public sealed record Eg3dSpec(int Width = 64, int Channels = 32, DensityActivation Activation = DensityActivation.Softplus) : DecoderSpec
{
    /// <inheritdoc/>
    public override IDecoder Build(int features, torch.Generator random, Kernels.Kernels kernels) => new Eg3dDecoder(this, features, random, kernels);

    /// <inheritdoc/>
    public override DecoderSpec WithGeometry(int size) => this with { Channels = size - 1 };

    /// <summary>Refuses sizes out of range.</summary>
    internal void Check()
    {
        InRange("eg3d", Width, 1, 65536, "width");
        InRange("eg3d", Channels, 3, 4096, "channels");
    }
}

/// <summary>Linear, softplus, linear.</summary>
/// <remarks>
/// The original averages raw densities of neighbouring samples before the activation; here each sample has its own density,
/// as with every field.
/// </remarks>
public sealed class Eg3dDecoder : nn.Module, IDecoder
{
    readonly Eg3dSpec _spec;
    readonly Mlp hidden, output;

    /// <summary>An untrained decoder.</summary>
    /// <param name="spec">Its sizes.</param>
    /// <param name="features">Length of the encoding's feature vectors.</param>
    /// <param name="random">Draws the first weights.</param>
    /// <param name="kernels">The operations to use.</param>
    /// <exception cref="BadInputException">A size is out of range.</exception>
    public Eg3dDecoder(Eg3dSpec spec, int features, torch.Generator random, Kernels.Kernels kernels) : base(nameof(Eg3dDecoder))
    {
        spec.Check();
        _spec = spec;
        hidden = new Mlp([features, spec.Width], random, kernels);
        output = new Mlp([spec.Width, 1 + spec.Channels], random, kernels);
        RegisterComponents();
    }

    /// <summary>The raw density and the whole vector, for renderers of feature pictures.</summary>
    /// <param name="features">[N,F].</param>
    /// <returns>[N], before the activation, and [N,Channels], -0.001 to 1.001.</returns>
    public (Tensor RawDensity, Tensor Channels) Describe(Tensor features)
    {
        var described = output.call(F.softplus(hidden.call(features)));
        return (described.select(1, 0), torch.sigmoid(described.narrow(1, 1, _spec.Channels)) * 1.002 - 0.001);
    }

    /// <inheritdoc/>
    public Tensor Density(Tensor features) => _spec.Activation.Apply(Describe(features).RawDensity);

    /// <inheritdoc/>
    public int GeometrySize => 1 + _spec.Channels;

    /// <inheritdoc/>
    public Tensor Geometry(Tensor features)
    {
        var (raw, channels) = Describe(features);
        return torch.cat([_spec.Activation.LogOf(raw).unsqueeze(-1), channels], -1);
    }

    /// <inheritdoc/>
    public Radiance Decode(Tensor features, Tensor d)
    {
        var (raw, channels) = Describe(features);
        return new Radiance(_spec.Activation.Apply(raw), channels.narrow(1, 0, 3));
    }
}
