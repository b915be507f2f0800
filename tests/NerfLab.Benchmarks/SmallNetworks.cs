using System.Diagnostics;
using NerfLab.Kernels;
using TorchSharp;

namespace NerfLab.Benchmarks;

/// <summary>A small network forward and backward, in C# and as tensor operations, in turns; and what the machine's matrix product reaches.</summary>
static class SmallNetworks
{
    const int Turns = 25;

    internal static void Run()
    {
        double peak = Peak();
        Console.WriteLine(FormattableString.Invariant($"matrix product of 2048x2048: {peak:F0} GFLOP/s"));
        Console.WriteLine($"{"network, rows",-40}{"C#, ms",10}{"tensors, ms",13}{"ratio",8}{"GFLOP/s",10}{"of peak",9}");
        Print([32, 32, 16], 1 << 14, peak);
        Print([25, 32, 32, 3], 1 << 14, peak);
        Print([32, 64, 64, 16], 1 << 14, peak);
        Print([45, 96, 96, 96, 96], 1 << 13, peak);
        Print([63, 128, 128, 128, 128], 1 << 13, peak);
        Print([63, 256, 256, 256, 256], 1 << 12, peak);
    }

    static void Print(int[] widths, int rows, double peak)
    {
        using var all = torch.NewDisposeScope();
        var weights = Enumerable.Range(0, widths.Length - 1).Select(l => (torch.randn(widths[l + 1], widths[l]) * 0.1).requires_grad_()).ToArray();
        var biases = weights.Select(w => torch.zeros(w.shape[0]).requires_grad_()).ToArray();
        var x = torch.randn(rows, widths[0]).requires_grad_();
        var (fused, plain) = (new double[Turns], new double[Turns]);
        for (int turn = 0; turn < Turns; turn++)
        {
            fused[turn] = Once(Kernels.Kernels.Cpu);
            plain[turn] = Once(Kernels.Kernels.Reference);
        }
        Array.Sort(fused);
        Array.Sort(plain);
        double ms = fused[Turns / 2], flops = 6.0 * rows * weights.Sum(w => w.numel()) / ms / 1e6;
        Console.WriteLine(FormattableString.Invariant($"{string.Join('-', widths) + ", " + rows,-40}{ms,10:F2}{plain[Turns / 2],13:F2}{plain[Turns / 2] / ms,7:F1}x{flops,10:F0}{flops / peak,9:P0}"));

        double Once(Kernels.Kernels kernels)
        {
            using var scope = torch.NewDisposeScope();
            long begin = Stopwatch.GetTimestamp();
            kernels.PassLayers(x, weights, biases, true).sum().backward();
            return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }
    }

    static double Peak()
    {
        using var scope = torch.NewDisposeScope();
        var (a, b) = (torch.randn(2048, 2048), torch.randn(2048, 2048));
        double best = 0;
        for (int i = 0; i < 8; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            using var c = a.mm(b);
            best = double.Max(best, 2 * 2048.0 * 2048 * 2048 / Stopwatch.GetElapsedTime(begin).TotalSeconds / 1e9);
        }
        return best;
    }
}
