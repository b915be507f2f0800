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
        var low = torch.tensor(new[] { box.Min.X, box.Min.Y, box.Min.Z }, device: device);
        var high = torch.tensor(new[] { box.Max.X, box.Max.Y, box.Max.Z }, device: device);
        // A direction component of zero gives ±infinity, which the minima and maxima below handle; 0/0 must not occur.
        var inverse = 1 / torch.where(rays.Directions.abs() < 1e-12, torch.full_like(rays.Directions, 1e-12), rays.Directions);
        var (a, b) = ((low - rays.Origins) * inverse, (high - rays.Origins) * inverse);
        var entry = torch.minimum(a, b).amax([-1]).clamp_min(near);
        var exit = torch.maximum(a, b).amin([-1]).clamp_max(far);
        return (entry, exit);
    }

    /// <summary>S places in S equal pieces of each interval: uniformly random within its piece, or the middle.</summary>
    /// <remarks>NeRF, equation 2.</remarks>
    /// <param name="entry">[R].</param>
    /// <param name="exit">[R]; where it is below the entry the interval is taken as empty.</param>
    /// <param name="samples">S.</param>
    /// <param name="random">Null for the middles.</param>
    /// <returns>Places [R,S], ascending, and the lengths of the pieces [R,S].</returns>
    public static (Tensor T, Tensor Deltas) Stratified(Tensor entry, Tensor exit, int samples, torch.Generator? random)
    {
        var device = entry.device;
        long rays = entry.shape[0];
        var within = random is null ? torch.full(rays, samples, 0.5f, device: device) : Uniform([rays, samples], random, device);
        var u = (torch.arange(samples, torch.float32, device) + within) / samples;
        var length = (exit - entry).clamp_min(0).unsqueeze(-1);
        return (entry.unsqueeze(-1) + u * length, (length / samples).expand(rays, samples));
    }

    /// <summary>Places drawn from a step function: more where its weights are larger.</summary>
    /// <remarks>NeRF, section 5.2: inverse transform sampling; a little weight everywhere (1e-5) keeps empty rays defined.</remarks>
    /// <param name="edges">[R,B+1], ascending.</param>
    /// <param name="weights">[R,B], at least 0.</param>
    /// <param name="samples">S.</param>
    /// <param name="random">Null for evenly spaced quantiles.</param>
    /// <returns>[R,S], ascending when <paramref name="random"/> is null; without gradient.</returns>
    public static Tensor InverseCdf(Tensor edges, Tensor weights, int samples, torch.Generator? random)
    {
        using var noGradient = torch.no_grad();
        long rays = edges.shape[0], bins = weights.shape[1];
        var pdf = weights + 1e-5f;
        pdf = pdf / pdf.sum(-1, keepdim: true);
        var cdf = torch.cat([torch.zeros(rays, 1, device: edges.device), pdf.cumsum(-1)], -1); // [R,B+1]
        var u = random is null
            ? torch.linspace(0, 1, samples, torch.float32, edges.device).expand(rays, samples)
            : Uniform([rays, samples], random, edges.device);
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

    /// <summary>Steps that are equal near the camera and grow with the distance beyond <paramref name="knee"/>: the place of the s-th unit of step.</summary>
    /// <remarks>
    /// Instant-NGP, appendix E.1, grows steps in proportion to the distance (cone stepping). Its closed form: t(s) = s up to the
    /// knee τ, then τ exp(s/τ - 1). The step at t is then max(1, t/τ) times the step at the camera.
    /// </remarks>
    /// <param name="s">[...], step coordinate in world units.</param>
    /// <param name="knee">τ, world units; infinity for equal steps everywhere.</param>
    public static Tensor ConeToDistance(Tensor s, float knee) =>
        float.IsInfinity(knee) ? s : torch.where(s <= knee, s, knee * torch.exp(s.clamp_min(knee) / knee - 1));

    /// <summary>The inverse of <see cref="ConeToDistance"/>: s(t) = t up to the knee τ, then τ (1 + ln(t/τ)).</summary>
    /// <param name="t">[...], at least 0, world units.</param>
    /// <param name="knee">τ, world units.</param>
    public static Tensor DistanceToCone(Tensor t, float knee) =>
        float.IsInfinity(knee) ? t : torch.where(t <= knee, t, knee * (1 + torch.log(t.clamp_min(knee) / knee)));

    /// <summary>Uniform numbers in [0,1) from a generator, the same on every device.</summary>
    internal static Tensor Uniform(long[] shape, torch.Generator random, torch.Device device) => torch.rand(shape, generator: random).to(device);
}
