using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>A small hash grid for densities alone, as a proposal network; its colour is black.</summary>
/// <remarks>After the proposal fields of Tancik et al. 2023, nerfstudio, whose sizes are the defaults.</remarks>
/// <param name="Levels">L.</param>
/// <param name="Features">F, numbers per table row.</param>
/// <param name="Log2TableSize">log2 T.</param>
/// <param name="Coarsest">Cells along the box on the first level.</param>
/// <param name="Finest">Cells along the box on the last level.</param>
/// <param name="Width">Neurons of the hidden layer.</param>
/// <param name="Activation">From raw output to density.</param>
public sealed record DensityHashSpec(int Levels = 5, int Features = 2, int Log2TableSize = 17, int Coarsest = 16, int Finest = 128,
    int Width = 16, DensityActivation Activation = DensityActivation.Exp) : FieldSpec
{
    /// <inheritdoc/>
    public override FieldSpec? WithGeometry(int size) => null;

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null)
    {
        if (Width < 1) throw new BadInputException($"field density-hash: width {Width}; at least 1 is expected");
        var used = kernels ?? Kernels.Kernels.Reference;
        var encoding = new HashEncoding(new HashSpec(Levels, Features, Log2TableSize, Coarsest, Finest), random, used);
        return new EncodedField(bounds, encoding, new DensityDecoder(encoding.Features, Width, Activation, random, used));
    }
}

/// <summary>One hidden layer, then the density.</summary>
public sealed class DensityDecoder : nn.Module, IDecoder
{
    readonly DensityActivation _activation;
    readonly Mlp network;

    internal DensityDecoder(int features, int width, DensityActivation activation, torch.Generator random, Kernels.Kernels kernels) : base(nameof(DensityDecoder))
    {
        _activation = activation;
        network = new Mlp([features, width, 1], random, kernels, bias: false);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Tensor Density(Tensor features) => _activation.Apply(network.call(features).select(1, 0));

    /// <inheritdoc/>
    public Radiance Decode(Tensor features, Tensor d) => new(Density(features), torch.zeros_like(d));
}
