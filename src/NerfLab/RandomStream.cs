namespace NerfLab;

/// <summary>Independent streams of random numbers from one seed, so that a step's draws depend on nothing before it.</summary>
public static class RandomStream
{
    /// <summary>The seed of stream <paramref name="index"/>: the finaliser of SplitMix64 (Steele et al. 2014) over both numbers.</summary>
    public static ulong Seed(long seed, long index)
    {
        unchecked
        {
            ulong z = (ulong)seed * 0x9E3779B97F4A7C15UL + (ulong)index + 0x9E3779B97F4A7C15UL;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return (z ^ (z >> 31)) >> 1;
        }
    }
}
