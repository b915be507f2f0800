using System.Text.Json.Serialization;
using NerfLab.Fields;

namespace NerfLab.Rendering;

/// <summary>A sampler as data.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(UniformSpec), "uniform")]
[JsonDerivedType(typeof(PdfSpec), "pdf")]
[JsonDerivedType(typeof(OccupancySpec), "occupancy")]
public abstract record SamplerSpec
{
    /// <summary>Makes the sampler.</summary>
    /// <param name="space">Where rays are followed.</param>
    /// <param name="field">The architecture of the field that it will sample.</param>
    /// <param name="random">Draws the first weights of a network of its own.</param>
    /// <param name="kernels">The operations to use.</param>
    public abstract ISampler Build(Space space, FieldSpec field, torch.Generator random, Kernels.Kernels kernels);

    private protected static void AtLeast(int least, int value, string key)
    {
        if (value < least) throw new BadInputException($"sampler: {key} is {value}; at least {least} is expected");
    }
}

/// <summary>Stratified samples; see <see cref="UniformSampler"/>.</summary>
/// <param name="Samples">Per ray.</param>
public sealed record UniformSpec(int Samples = 128) : SamplerSpec
{
    /// <inheritdoc/>
    public override ISampler Build(Space space, FieldSpec field, torch.Generator random, Kernels.Kernels kernels)
    {
        AtLeast(1, Samples, "samples");
        return new UniformSampler(space, Samples);
    }
}

/// <summary>Coarse and fine samples; see <see cref="PdfSampler"/>. The defaults are NeRF's.</summary>
/// <param name="Coarse">Samples of the coarse pass.</param>
/// <param name="Fine">Samples added for the fine pass.</param>
public sealed record PdfSpec(int Coarse = 64, int Fine = 128) : SamplerSpec
{
    /// <inheritdoc/>
    public override ISampler Build(Space space, FieldSpec field, torch.Generator random, Kernels.Kernels kernels)
    {
        AtLeast(3, Coarse, "coarse");
        AtLeast(1, Fine, "fine");
        return new PdfSampler(space.Build(field, random, kernels), space, Coarse, Fine, kernels);
    }
}

/// <summary>Steps through occupied space; see <see cref="OccupancySampler"/>.</summary>
/// <param name="Resolution">Cells along each side of the box.</param>
/// <param name="Steps">Steps across the diagonal of the box.</param>
/// <param name="ConeAngle">Growth of steps with distance; 0 for equal steps.</param>
public sealed record OccupancySpec(int Resolution = 128, int Steps = 1024, float ConeAngle = 0) : SamplerSpec
{
    /// <inheritdoc/>
    public override ISampler Build(Space space, FieldSpec field, torch.Generator random, Kernels.Kernels kernels)
    {
        AtLeast(1, Resolution, "resolution");
        AtLeast(1, Steps, "steps");
        if (!(ConeAngle is >= 0 and < 1)) throw new BadInputException(FormattableString.Invariant($"sampler: coneAngle is {ConeAngle}; 0 or a number below 1 is expected"));
        return new OccupancySampler(space, Resolution, Steps, ConeAngle);
    }
}
