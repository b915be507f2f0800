using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>Hierarchical sampling: a coarse field is rendered first; more samples then go where it found something.</summary>
/// <remarks>NeRF, section 5.2. The final samples are the coarse ones and the drawn ones together, sorted.</remarks>
public sealed class PdfSampler : nn.Module, ISampler
{
    readonly EncodedField coarse;
    readonly Space _space;
    readonly Spacing _spacing;
    readonly int _first, _more;
    readonly Kernels.Kernels _kernels;

    /// <summary>Makes the sampler around its coarse field.</summary>
    /// <param name="coarse">Rendered to find out where to look; it is trained by a loss on its own colours.</param>
    /// <param name="space">Where rays are followed.</param>
    /// <param name="first">Samples of the coarse pass.</param>
    /// <param name="more">Samples added for the final pass.</param>
    /// <param name="kernels">How to composite the coarse pass.</param>
    /// <param name="spacing">How coarse samples are spread; null for what suits the space.</param>
    public PdfSampler(EncodedField coarse, Space space, int first, int more, Kernels.Kernels kernels, Spacing? spacing = null) : base(nameof(PdfSampler))
    {
        (this.coarse, _space, _spacing, _first, _more, _kernels) = (coarse, space, spacing ?? space.Spacing, first, more, kernels);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public Sampled Sample(Rays rays, IField field, torch.Generator? random)
    {
        var (entry, exit) = _space.Interval(rays, field.Support);
        var (t, deltas) = Sampling.Stratified(entry, exit, _first, random, _spacing);
        var proposal = new RenderedRays(coarse, RaySamples.Dense(rays, t, deltas), torch.zeros(3, device: rays.Origins.device), _kernels, _space);
        if (random is not null) _ = proposal.Colors; // training wants them too, and with gradients
        _ = proposal.Weights;

        using var noGradient = torch.no_grad();
        var weights = proposal.Weights.detach().view(rays.Count, _first);
        var s = _spacing.Coordinate(t);
        var middles = (s.narrow(1, 0, _first - 1) + s.narrow(1, 1, _first - 1)) / 2; // [R,S-1] edges around the inner samples
        var drawn = Sampling.InverseCdf(middles, weights.narrow(1, 1, _first - 2), _more, random);
        var (all, _) = torch.cat([t, _spacing.Distance(drawn)], -1).sort(-1);
        return new Sampled(RaySamples.Dense(rays, all, Sampling.Spacing(all, torch.maximum(exit, entry))), proposal);
    }
}
