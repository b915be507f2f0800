using System.Text.Json.Serialization;
using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>How a sampler spreads its first samples.</summary>
public enum SampleSpread
{
    /// <summary>As suits the space: piecewise in a contracted one, else linear.</summary>
    Auto,

    /// <summary>Evenly.</summary>
    Linear,

    /// <summary>Evenly in the reciprocal of the distance.</summary>
    Disparity,

    /// <summary>Evenly up to half the box's diagonal, then evenly in the reciprocal of the distance.</summary>
    Piecewise,
}

/// <summary>A sampler as data.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(UniformSpec), "uniform")]
[JsonDerivedType(typeof(PdfSpec), "pdf")]
[JsonDerivedType(typeof(OccupancySpec), "occupancy")]
[JsonDerivedType(typeof(ProposalSpec), "proposal")]
public abstract record SamplerSpec
{
    /// <summary>Makes the sampler.</summary>
    /// <param name="space">Where rays are followed.</param>
    /// <param name="field">The architecture of the field that it will sample.</param>
    /// <param name="random">Draws the first weights of a network of its own.</param>
    /// <param name="kernels">The operations to use.</param>
    public abstract ISampler Build(Space space, FieldSpec field, torch.Generator random, Kernels.Kernels kernels);

    private protected static Spacing? Spread(SampleSpread spread, Space space) => spread switch
    {
        SampleSpread.Linear => new Spacing(SpacingKind.Linear),
        SampleSpread.Disparity => new Spacing(SpacingKind.Disparity),
        SampleSpread.Piecewise => new Spacing(SpacingKind.Piecewise, space.Bounds.Diagonal / 2),
        _ => null,
    };

    private protected static void AtLeast(int least, int value, string key)
    {
        if (value < least) throw new BadInputException($"sampler: {key} is {value}; at least {least} is expected");
    }
}

/// <summary>Stratified samples; see <see cref="UniformSampler"/>.</summary>
/// <param name="Samples">Per ray.</param>
/// <param name="Spacing">How they are spread.</param>
public sealed record UniformSpec(int Samples = 128, SampleSpread Spacing = SampleSpread.Auto) : SamplerSpec
{
    /// <inheritdoc/>
    public override ISampler Build(Space space, FieldSpec field, torch.Generator random, Kernels.Kernels kernels)
    {
        AtLeast(1, Samples, "samples");
        return new UniformSampler(space, Samples, Spread(Spacing, space));
    }
}

/// <summary>Coarse and fine samples; see <see cref="PdfSampler"/>. The defaults are NeRF's.</summary>
/// <param name="Coarse">Samples of the coarse pass.</param>
/// <param name="Fine">Samples added for the fine pass.</param>
/// <param name="Spacing">How the coarse samples are spread.</param>
public sealed record PdfSpec(int Coarse = 64, int Fine = 128, SampleSpread Spacing = SampleSpread.Auto) : SamplerSpec
{
    /// <inheritdoc/>
    public override ISampler Build(Space space, FieldSpec field, torch.Generator random, Kernels.Kernels kernels)
    {
        AtLeast(3, Coarse, "coarse");
        AtLeast(1, Fine, "fine");
        return new PdfSampler(space.Build(field, random, kernels), space, Coarse, Fine, kernels, Spread(Spacing, space));
    }
}

/// <summary>Steps through occupied space; see <see cref="OccupancySampler"/>.</summary>
/// <param name="Resolution">Cells along each side of a grid.</param>
/// <param name="Steps">Steps across the diagonal of the smallest grid.</param>
/// <param name="ConeAngle">Growth of steps with distance; 0 for what suits the space: equal steps, or in a contracted one such that grow as it does.</param>
/// <param name="Cascades">Grids, each twice as large as the one before; 0 for what suits the space: one, or in a contracted one as many as reach to its end.</param>
/// <param name="LeastWeight">Samples that contribute no more than this to their pixel are dropped, after the field was asked for its density alone; 0 keeps all.</param>
/// <param name="Refine">How many times shorter steps are where they do not lie at random, which is in rendering: training sees the mean of many random places, a picture only one.</param>
public sealed record OccupancySpec(int Resolution = 128, int Steps = 1024, float ConeAngle = 0, int Cascades = 0, float LeastWeight = 0, int Refine = 1) : SamplerSpec
{
    /// <inheritdoc/>
    public override ISampler Build(Space space, FieldSpec field, torch.Generator random, Kernels.Kernels kernels)
    {
        AtLeast(1, Resolution, "resolution");
        AtLeast(1, Steps, "steps");
        if (!(ConeAngle is >= 0 and < 1)) throw new BadInputException(FormattableString.Invariant($"sampler: coneAngle is {ConeAngle}; 0 or a number below 1 is expected"));
        if (Cascades is < 0 or > OccupancySampler.MostCascades) throw new BadInputException($"sampler: cascades is {Cascades}; 0 to {OccupancySampler.MostCascades} is expected");
        if (!(LeastWeight is >= 0 and < 1)) throw new BadInputException(FormattableString.Invariant($"sampler: leastWeight is {LeastWeight}; 0 or a number below 1 is expected"));
        AtLeast(1, Refine, "refine");
        return new OccupancySampler(space, Resolution, Steps, ConeAngle, Cascades, LeastWeight, Refine, kernels);
    }
}

/// <summary>Proposal networks; see <see cref="ProposalSampler"/>. The defaults are nerfstudio's.</summary>
/// <param name="First">Pieces that the first network weighs.</param>
/// <param name="Second">Pieces that the second network weighs; 0 for one network only.</param>
/// <param name="Final">Samples of the field.</param>
/// <param name="Annealing">Steps until the networks' weights are trusted.</param>
/// <param name="Spacing">How the first pieces are spread.</param>
public sealed record ProposalSpec(int First = 256, int Second = 96, int Final = 48, int Annealing = 1000, SampleSpread Spacing = SampleSpread.Auto) : SamplerSpec
{
    /// <summary>The first network; the second is twice as fine.</summary>
    public DensityHashSpec Network { get; init; } = new();

    /// <inheritdoc/>
    public override ISampler Build(Space space, FieldSpec field, torch.Generator random, Kernels.Kernels kernels)
    {
        AtLeast(2, First, "first");
        AtLeast(0, Second, "second");
        AtLeast(1, Final, "final");
        AtLeast(0, Annealing, "annealing");
        var first = space.Build(Network, random, kernels);
        return Second == 0 ? new ProposalSampler([first], [First], Final, Annealing, space, kernels, Spread(Spacing, space))
            : new ProposalSampler([first, space.Build(Network with { Finest = 2 * Network.Finest }, random, kernels)], [First, Second], Final, Annealing, space, kernels, Spread(Spacing, space));
    }
}
