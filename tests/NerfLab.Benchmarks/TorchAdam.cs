using System.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;

namespace NerfLab.Benchmarks;

/// <summary>One step of Adam in native code against the same step written with tensor operators, in turns.</summary>
static class TorchAdam
{
    const int Steps = 60;

    internal static void Run()
    {
        Console.WriteLine($"{"parameters",-44}{"native, ms",12}{"operators, ms",15}{"ratio",8}");
        Print("64 matrices of 64x64", [.. Enumerable.Repeat<long[]>([64, 64], 64)]);
        Print("MLP: 8 layers of 256, with biases", [.. Enumerable.Repeat<long[]>([256, 256], 8), .. Enumerable.Repeat<long[]>([256], 8)]);
        Print("hash grid 16 x 2^15 x 2 and three small layers", [[1 << 19, 2], [64, 32], [64, 64], [3, 64]]);
    }

    static void Print(string name, long[][] shapes)
    {
        using var all = torch.NewDisposeScope();
        var parameters = shapes.Select(shape => new Parameter(torch.rand(shape))).ToList();
        var byHand = shapes.Select(shape => (P: torch.rand(shape), M: torch.zeros(shape), V: torch.zeros(shape), G: torch.rand(shape))).ToList();
        foreach (var (parameter, hand) in parameters.Zip(byHand)) parameter.grad = hand.G;
        using var adam = torch.optim.Adam(parameters);
        var (native, operators) = (new double[Steps], new double[Steps]);
        using var off = torch.no_grad();
        for (int step = 0; step < Steps; step++)
        {
            using var scope = torch.NewDisposeScope();
            long begin = Stopwatch.GetTimestamp();
            adam.step();
            native[step] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            begin = Stopwatch.GetTimestamp();
            double correction1 = 1 - double.Pow(0.9, step + 1), correction2 = 1 - double.Pow(0.999, step + 1);
            foreach (var (p, m, v, g) in byHand)
            {
                m.mul_(0.9).add_(g, 0.1);
                v.mul_(0.999).addcmul_(g, g, 0.001);
                p.addcdiv_(m, v.sqrt().div_(double.Sqrt(correction2)).add_(1e-8), -1e-3 / correction1);
            }
            operators[step] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }
        Array.Sort(native);
        Array.Sort(operators);
        Console.WriteLine($"{name,-44}{native[Steps / 2],12:F3}{operators[Steps / 2],15:F3}{operators[Steps / 2] / native[Steps / 2],7:F1}x");
    }
}
