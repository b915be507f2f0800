using System.Runtime.InteropServices;

namespace NerfLab.Kernels;

/// <summary>Aligned memory of floats outside of the collector's reach.</summary>
sealed unsafe class Scratch(long count) : IDisposable
{
    [ThreadStatic]
    static Scratch? s_ofThread;

    float* _first = (float*)NativeMemory.AlignedAlloc((nuint)long.Max(count, 1) * sizeof(float), 64);
    readonly long _count = count;

    public float* First => _first;

    /// <summary>New memory full of zeros.</summary>
    public static Scratch Zeros(long count)
    {
        var scratch = new Scratch(count);
        NativeMemory.Clear(scratch._first, (nuint)long.Max(count, 1) * sizeof(float));
        return scratch;
    }

    /// <summary>Memory that belongs to the calling thread until it asks again: fresh pages cost more than what is computed on them. It holds what was left there.</summary>
    public static float* OfThread(long count)
    {
        if (s_ofThread is null || s_ofThread._count < count)
        {
            s_ofThread?.Dispose();
            s_ofThread = new Scratch(count);
        }
        return s_ofThread._first;
    }

    // A thread of the pool may end at any time, and what it owns with it.
    ~Scratch() => Dispose();

    public void Dispose()
    {
        NativeMemory.AlignedFree(_first);
        _first = null;
        GC.SuppressFinalize(this);
    }
}
