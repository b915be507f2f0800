using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>The same number of samples on every ray, one in each of equal pieces of its way through the box.</summary>
/// <remarks>NeRF, equation 2.</remarks>
/// <param name="bounds">Rays are followed inside this box.</param>
/// <param name="near">Nothing nearer is looked at, world units.</param>
/// <param name="far">Nothing farther is looked at, world units.</param>
/// <param name="samples">S, per ray.</param>
public sealed class UniformSampler(Box bounds, float near, float far, int samples) : ISampler
{
    /// <inheritdoc/>
    public Sampled Sample(Rays rays, IField field, torch.Generator? random)
    {
        var (entry, exit) = Sampling.BoxInterval(rays, field.Support ?? bounds, near, far);
        var (t, deltas) = Sampling.Stratified(entry, exit, samples, random);
        return new Sampled(RaySamples.Dense(rays, t, deltas));
    }
}
