using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="VolumeRendering.KeepVisible"/> in two passes over the rays: one counts, the other moves.</summary>
internal static unsafe class FusedVisible
{
    /// <summary>The reference takes what this does not know: other devices and dtypes.</summary>
    public static RaySamples Keep(Tensor density, RaySamples samples, float least)
    {
        if (!RayBlocks.Knows(samples.Offsets) || !AreFloats(density, samples.T, samples.Deltas)) return VolumeRendering.KeepVisible(density, samples, least);
        using var scope = torch.NewDisposeScope();
        var (weights, t, deltas, offsets) = (FusedWeights.Weights(density.detach(), samples), samples.T.contiguous(), samples.Deltas.contiguous(), samples.Offsets.contiguous());
        long rays = samples.Rays.Count, count = samples.Count;
        var kept = torch.zeros([rays + 1], torch.int64);
        float* w = Floats(weights), from = Floats(t), lengths = Floats(deltas);
        long* o = RayBlocks.Offsets(offsets, count), k = Longs(kept);
        RayBlocks.Run(rays, (first, last) =>
        {
            for (long r = first; r < last; r++)
                for (long i = o[r]; i < o[r + 1]; i++)
                    if (w[i] > least) k[r + 1]++;
        });
        for (long r = 0; r < rays; r++) k[r + 1] += k[r];
        var (places, pieces) = (torch.empty([k[rays]]), torch.empty([k[rays]]));
        float* to = Floats(places), pieceTo = Floats(pieces);
        RayBlocks.Run(rays, (first, last) =>
        {
            for (long r = first; r < last; r++)
                for (long i = o[r], at = k[r]; i < o[r + 1]; i++)
                    if (w[i] > least) (to[at], pieceTo[at++]) = (from[i], lengths[i]);
        });
        GC.KeepAlive((weights, t, deltas, offsets));
        return new RaySamples(samples.Rays, places.MoveToOuterDisposeScope(), pieces.MoveToOuterDisposeScope(), kept.MoveToOuterDisposeScope());
    }
}
