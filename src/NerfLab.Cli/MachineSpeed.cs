using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary>What the machine reaches when nothing but arithmetic or nothing but memory limits it: what the times of kernels are held against.</summary>
/// <param name="Flops">Of libtorch's matrix product, operations a second.</param>
/// <param name="Bandwidth">Of a large copy, bytes a second, read and written ones.</param>
sealed record MachineSpeed(double Flops, double Bandwidth)
{
    const int Rounds = 6;

    /// <summary>Measures both; about a second.</summary>
    public static MachineSpeed Measure() => new(new[] { 1024, 1536, 2048 }.Max(MatrixProduct), Copy(256L << 20));

    /// <summary>Bits of the vectors that kernels are made of.</summary>
    public static string Vectors => Vector512.IsHardwareAccelerated ? "512 bits (AVX-512)" : Vector256.IsHardwareAccelerated ? "256 bits (AVX2)"
        : Vector128.IsHardwareAccelerated ? $"128 bits ({(Sse.IsSupported ? "SSE" : "NEON")})" : "none";

    /// <summary>The fastest of several products of square matrices, float32, in operations a second.</summary>
    /// <param name="n">Rows and columns.</param>
    public static double MatrixProduct(int n)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(0);
        var (a, b) = (rand([n, n], generator: random), rand([n, n], generator: random));
        return 2.0 * n * n * n / Fastest(() =>
        {
            using var c = a.mm(b);
        });
    }

    /// <summary>The fastest of several copies, in bytes a second.</summary>
    /// <param name="bytes">Of the source: much more than the caches hold.</param>
    static double Copy(long bytes)
    {
        using var scope = NewDisposeScope();
        var (from, to) = (ones(bytes / sizeof(float)), zeros(bytes / sizeof(float)));
        return 2.0 * bytes / Fastest(() => to.copy_(from));
    }

    static double Fastest(Action work)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < Rounds; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            work();
            best = double.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }
        return best;
    }
}
