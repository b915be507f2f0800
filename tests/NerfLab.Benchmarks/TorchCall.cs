using System.Diagnostics;
using TorchSharp;

namespace NerfLab.Benchmarks;

/// <summary>What one call of a small operator costs, from C# through libtorch and back.</summary>
static class TorchCall
{
    const int Calls = 1000, Batches = 400;

    internal static void Run()
    {
        torch.set_num_threads(1);
        using var all = torch.NewDisposeScope();
        var a = torch.rand(16, 16);
        var b = torch.rand(16, 16);
        var leaf = torch.rand(16, 16, requires_grad: true);
        Console.WriteLine($"{"16x16, float32, one thread",-36}{"ns per call",12}{"slowest tenth",15}");
        Print("scope alone", 1, () => { });
        Print("a + b, no_grad", Calls, () => { using var off = torch.no_grad(); for (int i = 0; i < Calls; i++) _ = a + b; });
        Print("a + b", Calls, () => { for (int i = 0; i < Calls; i++) _ = a + b; });
        Print("a + b, disposed one by one", Calls, () => { for (int i = 0; i < Calls; i++) (a + b).Dispose(); });
        Print("a + leaf, with a graph", Calls, () => { for (int i = 0; i < Calls; i++) _ = a + leaf; });
        Print("a.add_(b)", Calls, () => { for (int i = 0; i < Calls; i++) a.add_(b); });
        Print("a * 2.0", Calls, () => { for (int i = 0; i < Calls; i++) _ = a * 2.0; });
        Print("a.mul(2.0): through a Scalar", Calls, () => { for (int i = 0; i < Calls; i++) _ = a.mul(2.0); });
        Print("a[3]", Calls, () => { for (int i = 0; i < Calls; i++) _ = a[3]; });
        Print("a.sum(dim: 0)", Calls, () => { for (int i = 0; i < Calls; i++) _ = a.sum(dim: 0); });
        Print("a.shape", Calls, () => { for (int i = 0; i < Calls; i++) _ = a.shape; });
    }

    /// <summary>The median over batches, each in a scope of its own.</summary>
    static void Print(string name, int calls, Action batch)
    {
        var times = new double[Batches];
        for (int k = -Batches / 4; k < Batches; k++)
        {
            long begin = Stopwatch.GetTimestamp();
            using (torch.NewDisposeScope()) batch();
            if (k >= 0) times[k] = Stopwatch.GetElapsedTime(begin).TotalNanoseconds / calls;
        }
        Array.Sort(times);
        Console.WriteLine($"{name,-36}{times[Batches / 2],12:F0}{times[Batches * 9 / 10],15:F0}");
    }
}
