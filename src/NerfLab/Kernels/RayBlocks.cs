namespace NerfLab.Kernels;

/// <summary>Work on packed samples, ray by ray: a thread takes 64 rays at a time, so that no two threads write the same number and no sum depends on their number.</summary>
internal static unsafe class RayBlocks
{
    const int Block = 64;

    /// <summary>Whether these are the offsets of a packed layout in memory that can be read here.</summary>
    public static bool Knows(Tensor offsets) => offsets.device_type == DeviceType.CPU && offsets.dtype == torch.ScalarType.Int64 && offsets.ndim == 1;

    /// <summary>The memory of contiguous offsets, which are trusted from here on.</summary>
    /// <param name="offsets">[R+1], contiguous.</param>
    /// <param name="samples">N.</param>
    /// <exception cref="ArgumentException">They do not ascend from 0 to N.</exception>
    public static long* Offsets(Tensor offsets, long samples)
    {
        long* first = TensorMemory.Longs(offsets);
        long rays = offsets.shape[0] - 1;
        bool good = rays >= 0 && first[0] == 0 && first[rays] == samples;
        for (long r = 0; r < rays && good; r++) good = first[r] <= first[r + 1];
        return good ? first : throw new ArgumentException($"offsets: expected numbers that ascend from 0 to {samples}, the number of samples");
    }

    /// <summary>Calls for every block of rays, at once: the first ray, and the one after the last.</summary>
    public static void Run(long rays, Action<long, long> work) =>
        Parallel.For(0, (rays + Block - 1) / Block, block => work(block * Block, long.Min(rays, (block + 1) * Block)));
}
