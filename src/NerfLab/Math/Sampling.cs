namespace NerfLab.Math;

/// <summary>Where along a ray to look.</summary>
public static class Sampling
{
    /// <summary>The part of each ray inside a box: entry and exit distances by the slab method.</summary>
    /// <remarks>Kay and Kajiya 1986. A ray that misses gets an exit no greater than its entry.</remarks>
    /// <param name="rays">R rays.</param>
    /// <param name="box">In world units.</param>
    /// <param name="near">Nothing nearer than this is looked at, in world units.</param>
    /// <param name="far">Nothing farther than this is looked at, in world units.</param>
    /// <returns>Two tensors [R].</returns>
    public static (Tensor Entry, Tensor Exit) BoxInterval(Rays rays, Box box, float near, float far)
    {
        var device = rays.Origins.device;
        var low = box.Min.ToTensor(device);
        var high = box.Max.ToTensor(device);
        // A direction component of zero gives ±infinity, which the minima and maxima below handle; 0/0 must not occur.
        var inverse = 1 / torch.where(rays.Directions.abs() < 1e-12, torch.full_like(rays.Directions, 1e-12), rays.Directions);
        var (a, b) = ((low - rays.Origins) * inverse, (high - rays.Origins) * inverse);
        var entry = torch.minimum(a, b).amax([-1]).clamp_min(near);
        var exit = torch.maximum(a, b).amin([-1]).clamp_max(far);
        return (entry, exit);
    }

    /// <summary>S places in S equal pieces of each interval: uniformly random within its piece, or the middle.</summary>
    /// <remarks>NeRF, equation 2; pieces are equal in the coordinate of the spacing.</remarks>
    /// <param name="entry">[R].</param>
    /// <param name="exit">[R]; where it is below the entry the interval is taken as empty.</param>
    /// <param name="samples">S.</param>
    /// <param name="random">Null for the middles.</param>
    /// <param name="spacing">How places are spread.</param>
    /// <returns>Places [R,S], ascending, and the lengths of the pieces [R,S].</returns>
    public static (Tensor T, Tensor Deltas) Stratified(Tensor entry, Tensor exit, int samples, torch.Generator? random, Spacing spacing = default)
    {
        var device = entry.device;
        long rays = entry.shape[0];
        var within = random is null ? torch.full(rays, samples, 0.5f, device: device) : Uniform([rays, samples], random, device);
        var u = (torch.arange(samples, torch.float32, device) + within) / samples;
        var first = spacing.Coordinate(entry).unsqueeze(-1);
        var length = spacing.Coordinate(torch.maximum(entry, exit)).unsqueeze(-1) - first;
        var t = spacing.Distance(first + u * length);
        if (spacing.Kind == SpacingKind.Linear) return (t, (length / samples).expand(rays, samples));
        return (t, torch.diff(spacing.Distance(first + torch.arange(samples + 1, torch.float32, device) / samples * length), dim: -1));
    }

    /// <summary>Places drawn from a step function: more where its weights are larger.</summary>
    /// <remarks>NeRF, section 5.2.</remarks>
    /// <param name="edges">[R,B+1], ascending.</param>
    /// <param name="weights">[R,B], at least 0.</param>
    /// <param name="samples">S.</param>
    /// <param name="random">Null for evenly spaced quantiles.</param>
    /// <returns>[R,S], ascending when <paramref name="random"/> is null; without gradient.</returns>
    public static Tensor InverseCdf(Tensor edges, Tensor weights, int samples, torch.Generator? random)
    {
        long rays = edges.shape[0];
        return InverseCdf(edges, weights, random is null
            ? torch.linspace(0, 1, samples, torch.float32, edges.device).expand(rays, samples)
            : Uniform([rays, samples], random, edges.device));
    }

    /// <summary>The places in a step function that have given shares of its weight before them.</summary>
    /// <remarks>Inverse transform sampling; a little weight everywhere (1e-5) keeps empty rays defined.</remarks>
    /// <param name="edges">[R,B+1], ascending.</param>
    /// <param name="weights">[R,B], at least 0.</param>
    /// <param name="u">[R,S], 0 to 1.</param>
    /// <returns>[R,S], without gradient.</returns>
    public static Tensor InverseCdf(Tensor edges, Tensor weights, Tensor u)
    {
        using var noGradient = torch.no_grad();
        long rays = edges.shape[0], bins = weights.shape[1];
        var pdf = weights + 1e-5f;
        pdf = pdf / pdf.sum(-1, keepdim: true);
        var cdf = torch.cat([torch.zeros(rays, 1, device: edges.device), pdf.cumsum(-1)], -1); // [R,B+1]
        u = u.contiguous();
        var above = torch.searchsorted(cdf, u, right: true).clamp(1, bins); // [R,S], the edge behind each place
        var below = above - 1;
        var (c0, c1) = (cdf.gather(-1, below), cdf.gather(-1, above));
        var (e0, e1) = (edges.gather(-1, below), edges.gather(-1, above));
        var span = c1 - c0;
        var fraction = ((u - c0) / torch.where(span < 1e-5, torch.ones_like(span), span)).clamp(0, 1);
        return e0 + fraction * (e1 - e0);
    }

    /// <summary>Lengths of the pieces of ray that sorted places stand for: from one to the next; the last reaches to the end.</summary>
    /// <param name="t">[R,S], ascending.</param>
    /// <param name="exit">[R], the end of the ray.</param>
    public static Tensor Spacing(Tensor t, Tensor exit) => torch.diff(torch.cat([t, exit.unsqueeze(-1)], -1), dim: -1).clamp_min(0);

    /// <summary>Uniform numbers in [0,1) from a generator, the same on every device.</summary>
    internal static Tensor Uniform(long[] shape, torch.Generator random, torch.Device device) => torch.rand(shape, generator: random).to(device);

    /// <summary>Normal numbers of mean 0 and deviation 1 from a generator, the same on every device.</summary>
    internal static Tensor Normal(long[] shape, torch.Generator random, torch.Device device) => torch.randn(shape, generator: random).to(device);
}
