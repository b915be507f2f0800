using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>The same number of samples on every ray, one in each of equal pieces of its way through the space.</summary>
/// <remarks>NeRF, equation 2.</remarks>
/// <param name="space">Where rays are followed.</param>
/// <param name="samples">S, per ray.</param>
/// <param name="spacing">How the pieces are spread; null for what suits the space.</param>
public sealed class UniformSampler(Space space, int samples, Spacing? spacing = null) : ISampler
{
    /// <inheritdoc/>
    public Sampled Sample(Rays rays, IField field, torch.Generator? random)
    {
        var (entry, exit) = space.Interval(rays, field.Support);
        var (t, deltas) = Sampling.Stratified(entry, exit, samples, random, spacing ?? space.Spacing);
        return new Sampled(RaySamples.Dense(rays, t, deltas));
    }
}
