using System.Numerics;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="RaySamples.Positions"/> and <see cref="RaySamples.Directions"/> in one pass over the rays, to the same bits.</summary>
internal static unsafe class FusedPlaces
{
    /// <summary>Both; the reference takes what this does not know: other devices and dtypes, and gradients of rays and distances.</summary>
    public static (Tensor Positions, Tensor Directions) Place(RaySamples samples)
    {
        Tensor[] needed = [samples.Rays.Origins, samples.Rays.Directions, samples.Rays.World.Directions, samples.T];
        if (!RayBlocks.Knows(samples.Offsets) || !AreFloats(needed) || needed.Any(t => t.requires_grad)) return (samples.Positions, samples.Directions);
        var (origins, directions, seen) = (needed[0].contiguous(), needed[1].contiguous(), needed[2].contiguous());
        var (t, offsets) = (needed[3].contiguous(), samples.Offsets.contiguous());
        var (positions, along) = (torch.empty([samples.Count, 3]), torch.empty([samples.Count, 3]));
        Vector3* o = (Vector3*)Floats(origins), d = (Vector3*)Floats(directions), s = (Vector3*)Floats(seen), x = (Vector3*)Floats(positions), a = (Vector3*)Floats(along);
        float* distances = Floats(t);
        long* begins = RayBlocks.Offsets(offsets, samples.Count);
        RayBlocks.Run(samples.Rays.Count, (first, last) => Fill(o, d, s, distances, begins, x, a, first, last));
        GC.KeepAlive((origins, directions, seen, t, offsets)); // copies that contiguous() made would otherwise be free to go
        return (positions, along);
    }

    static void Fill(Vector3* origins, Vector3* directions, Vector3* seen, float* t, long* offsets, Vector3* positions, Vector3* along, long first, long last)
    {
        for (long r = first; r < last; r++)
        {
            var (origin, direction, world) = (origins[r], directions[r], seen[r]);
            for (long i = offsets[r], end = offsets[r + 1]; i < end; i++)
            {
                positions[i] = origin + direction * t[i];
                along[i] = world;
            }
        }
    }
}
