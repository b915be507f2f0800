using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>Hierarchical sampling: a coarse field is rendered first; more samples then go where it found something.</summary>
/// <remarks>NeRF, section 5.2. The final samples are the coarse ones and the drawn ones together, sorted.</remarks>
public sealed class PdfSampler : nn.Module, ISampler
{
    readonly EncodedField coarse;
    readonly Box _bounds;
    readonly float _near, _far;
    readonly int _first, _more;
    readonly Kernels.Kernels _kernels;

    /// <summary>Makes the sampler around its coarse field.</summary>
    /// <param name="coarse">Rendered to find out where to look; it is trained by a loss on its own colours.</param>
    /// <param name="bounds">Rays are followed inside this box.</param>
    /// <param name="near">Nothing nearer is looked at, world units.</param>
    /// <param name="far">Nothing farther is looked at, world units.</param>
    /// <param name="first">Samples of the coarse pass.</param>
    /// <param name="more">Samples added for the final pass.</param>
    /// <param name="kernels">How to composite the coarse pass.</param>
    public PdfSampler(EncodedField coarse, Box bounds, float near, float far, int first, int more, Kernels.Kernels kernels) : base(nameof(PdfSampler))
    {
        (this.coarse, _bounds, _near, _far, _first, _more, _kernels) = (coarse, bounds, near, far, first, more, kernels);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Sampled Sample(Rays rays, IField field, torch.Generator? random)
    {
        var (entry, exit) = Sampling.BoxInterval(rays, field.Support ?? _bounds, _near, _far);
        var (t, deltas) = Sampling.Stratified(entry, exit, _first, random);
        var background = torch.zeros(3, device: rays.Origins.device);
        var proposal = new RenderedRays(coarse, RaySamples.Dense(rays, t, deltas), background, _kernels);

        using var noGradient = torch.no_grad();
        var weights = proposal.Weights.detach().view(rays.Count, _first);
        var middles = (t.narrow(1, 0, _first - 1) + t.narrow(1, 1, _first - 1)) / 2; // [R,S-1] edges around the inner samples
        var drawn = Sampling.InverseCdf(middles, weights.narrow(1, 1, _first - 2), _more, random);
        var (all, _) = torch.cat([t, drawn], -1).sort(-1);
        return new Sampled(RaySamples.Dense(rays, all, Sampling.Spacing(all, torch.maximum(exit, entry))), proposal);
    }
}
