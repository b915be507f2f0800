using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>One linear layer that density and colour share; the direction enters as spherical harmonics projected onto it.</summary>
/// <remarks>Chen et al. 2023, SSDNeRF (degree 4); Shi et al. 2024, ZeroRF (degree 3).</remarks>
/// <param name="Width">Neurons of the base.</param>
/// <param name="DirectionDegree">Bands of spherical harmonics of the direction, 1 to 4.</param>
/// <param name="Activation">From raw output to density.</param>
public sealed record SharedBaseSpec(int Width = 64, int DirectionDegree = 4, DensityActivation Activation = DensityActivation.Exp) : DecoderSpec
{
    /// <inheritdoc/>
    public override IDecoder Build(int features, torch.Generator random, Kernels.Kernels kernels) => new SharedBaseDecoder(this, features, random, kernels);

    /// <inheritdoc/>
    public override DecoderSpec WithGeometry(int size) => this with { Width = size - 1 };

    /// <summary>Refuses sizes out of range.</summary>
    internal void Check()
    {
        InRange("shared-base", Width, 1, 65536, "width");
        InRange("shared-base", DirectionDegree, 1, SphericalHarmonics.MaxDegree, "directionDegree");
    }
}

/// <summary>b = Wf; σ from SiLU(b); colour from SiLU(b + W₀ SH(d)), a little wider than 0 to 1 so that black and white can be reached.</summary>
/// <remarks>W₀ starts at 0: an untrained field looks the same from everywhere.</remarks>
public sealed class SharedBaseDecoder : nn.Module, IDecoder
{
    readonly SharedBaseSpec _spec;
    readonly Kernels.Kernels _kernels;
    readonly Mlp shared, density, direction, color;

    /// <summary>An untrained decoder.</summary>
    /// <param name="spec">Its sizes.</param>
    /// <param name="features">Length of the encoding's feature vectors.</param>
    /// <param name="random">Draws the first weights.</param>
    /// <param name="kernels">The operations to use.</param>
    /// <exception cref="BadInputException">A size is out of range.</exception>
    public SharedBaseDecoder(SharedBaseSpec spec, int features, torch.Generator random, Kernels.Kernels kernels) : base(nameof(SharedBaseDecoder))
    {
        spec.Check();
        (_spec, _kernels) = (spec, kernels);
        shared = new Mlp([features, spec.Width], random, kernels);
        density = new Mlp([spec.Width, 1], random, kernels);
        direction = new Mlp([spec.DirectionDegree * spec.DirectionDegree, spec.Width], random, kernels);
        color = new Mlp([spec.Width, 3], random, kernels);
        using (torch.no_grad())
            foreach (var parameter in direction.parameters()) parameter.zero_();
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Tensor Density(Tensor features) => BaseDensity(shared.call(features));

    Tensor BaseDensity(Tensor b) => _spec.Activation.Apply(density.call(F.silu(b)).squeeze(-1));

    /// <inheritdoc/>
    public int GeometrySize => 1 + _spec.Width;

    /// <inheritdoc/>
    public Tensor Geometry(Tensor features)
    {
        var b = shared.call(features);
        return torch.cat([_spec.Activation.LogOf(density.call(F.silu(b))), b], -1);
    }

    /// <inheritdoc/>
    public Radiance Decode(Tensor features, Tensor d)
    {
        var b = shared.call(features);
        var seen = F.silu(b + direction.call(_kernels.DirectionEncode(d, _spec.DirectionDegree)));
        return new Radiance(BaseDensity(b), torch.sigmoid(color.call(seen)) * 1.002 - 0.001);
    }
}
