using System.Diagnostics;
using System.Globalization;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Recipes;
using NerfLab.Stylization;
using NerfLab.Tasks;
using static System.FormattableString;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary>Milliseconds of a pass there and back.</summary>
/// <param name="Forward">Of the call.</param>
/// <param name="Backward">Of the gradients that follow; NaN where there are none.</param>
readonly record struct PassTimes(double Forward, double Backward)
{
    /// <summary>Of both.</summary>
    public double Total => Forward + (double.IsNaN(Backward) ? 0 : Backward);
}

/// <summary>Every kernel against its reference, held against what the machine reaches; then whole training steps.</summary>
/// <param name="samples">Of a call, and of a training step.</param>
/// <param name="turns">So often both are measured, one after the other.</param>
/// <param name="screen">For the table.</param>
/// <param name="stop">Ends it early.</param>
/// <param name="styler">Another network beside the embedded one to measure style transfer with; null for none.</param>
sealed class KernelBench(int samples, int turns, Screen screen, Interruption stop, Func<AdaIn>? styler = null)
{
    const int StepsOfTurn = 16; // one of so many steps looks at the occupancy grid
    static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(0.8);

    readonly List<string[]> _rows = [];

    /// <summary>Measures and shows everything.</summary>
    /// <param name="file">Where the figures are also written; null for nowhere.</param>
    public void Run(string? file)
    {
        screen.Begin();
        screen.Progress("machine", 0);
        var machine = MachineSpeed.Measure();
        var table = new MarkdownTable("kernel", "forward, ms", "backward, ms", "reference forward", "reference backward", "ratio", "MB", "MFLOP", "of bandwidth", "of sgemm");
        using (NewDisposeScope())
        {
            var cases = KernelCase.All(samples);
            foreach (var (test, i) in cases.Select((c, i) => (c, i)))
            {
                stop.Check("nothing was written");
                screen.Progress("kernels", (double)i / cases.Count, () => test.Name);
                var (fused, plain) = Times(test);
                Add(table, test, fused, plain, machine);
            }
        }
        var (fast, slow) = Steps();
        table.Add("training, a step of so many samples", Digits(fast), "", Digits(slow), "", Invariant($"{slow / fast:0.0}x"), "", "", "", "");
        _rows.Add(["training", Exact(fast), "", Exact(slow), "", Exact(slow / fast), "", "", "", "", "", ""]);
        foreach (var (name, milliseconds) in new StyleTimes(turns, screen, stop).All(styler))
        {
            table.Add(name, Digits(milliseconds), "", "", "", "", "", "", "", "");
            _rows.Add([$"\"{name}\"", Exact(milliseconds), "", "", "", "", "", "", "", "", "", ""]);
        }

        screen.Result(Invariant($"nerflab {InfoCommand.Version}, {InfoCommand.Processor}, {Environment.ProcessorCount} threads ({get_num_threads()} in libtorch), vectors: {MachineSpeed.Vectors}; sgemm {machine.Flops / 1e9:0} GFLOP/s, copy {machine.Bandwidth / 1e9:0.0} GB/s; {samples} samples, medians of {turns} turns"));
        screen.Result("");
        foreach (var line in table.Lines) screen.Result(line);
        screen.Result("");
        screen.Result(Invariant($"training a hash grid on the embedded scene: {Screen.Count(1e3 * samples / fast)} samples/s, with the reference {Screen.Count(1e3 * samples / slow)}: {slow / fast:0.0} times as fast"));
        if (file is null) return;
        string[] heading = ["kernel", "forward_ms", "backward_ms", "reference_forward_ms", "reference_backward_ms", "ratio", "forward_bytes", "backward_bytes", "forward_flops", "backward_flops", "of_bandwidth", "of_sgemm"];
        AtomicFile.Write(file, string.Concat(_rows.Prepend(heading).Select(row => string.Join(',', row) + "\n")));
        screen.Note($"{file}: the same as figures");
    }

    void Add(MarkdownTable table, KernelCase test, PassTimes fused, PassTimes plain, MachineSpeed machine)
    {
        double bytes = test.Forward.Bytes + test.Backward.Bytes, flops = test.Forward.Flops + test.Backward.Flops, ratio = plain.Total / fused.Total;
        double ofBandwidth = bytes / (fused.Total / 1e3) / machine.Bandwidth, ofProduct = flops / (fused.Total / 1e3) / machine.Flops;
        table.Add(test.Name, Digits(fused.Forward), Digits(fused.Backward), Digits(plain.Forward), Digits(plain.Backward), Invariant($"{ratio:0.0}x"),
            Invariant($"{bytes / 1e6:0.0}"), Invariant($"{flops / 1e6:0.0}"), Invariant($"{100 * ofBandwidth:0} %"), Invariant($"{100 * ofProduct:0} %"));
        _rows.Add([$"\"{test.Name}\"", Exact(fused.Forward), Exact(fused.Backward), Exact(plain.Forward), Exact(plain.Backward), Exact(ratio),
            Exact(test.Forward.Bytes), Exact(test.Backward.Bytes), Exact(test.Forward.Flops), Exact(test.Backward.Flops), Exact(ofBandwidth), Exact(ofProduct)]);
    }

    static string Digits(double milliseconds) => double.IsNaN(milliseconds) ? "" : Invariant($"{milliseconds:0.00}");

    static string Exact(double value) => double.IsNaN(value) ? "" : value.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>Medians of a case in alternating turns. Before them the fused kernel runs until the compiler has found out that it pays to optimise it.</summary>
    (PassTimes Fused, PassTimes Plain) Times(KernelCase test)
    {
        Tensor? given = null; // the gradient from above
        var (fused, plain) = (new List<PassTimes>(), new List<PassTimes>());
        Once(Kernels.Kernels.Reference);
        var warming = Stopwatch.StartNew();
        for (int call = 0; turns > 1 && (call < 60 || warming.Elapsed < s_warmUp); call++) Once(Kernels.Kernels.Cpu);
        for (int turn = 0; turn < turns; turn++)
        {
            fused.Add(Once(Kernels.Kernels.Cpu));
            plain.Add(Once(Kernels.Kernels.Reference));
        }
        return (Medians(fused), Medians(plain));

        PassTimes Once(Kernels.Kernels kernels)
        {
            using var scope = NewDisposeScope();
            foreach (var parameter in test.Trained) parameter.grad = null;
            using var gradients = set_grad_enabled(test.Trained.Length > 0);
            long begin = Stopwatch.GetTimestamp();
            var result = test.Call(kernels);
            double forward = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            if (test.Trained.Length == 0) return new(forward, double.NaN);
            given ??= ones_like(result).MoveToOuterDisposeScope();
            begin = Stopwatch.GetTimestamp();
            result.backward([given]);
            return new(forward, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }

        static PassTimes Medians(List<PassTimes> times) => new(Median(times.Select(p => p.Forward)), Median(times.Select(p => p.Backward)));
    }

    /// <summary>Milliseconds of training for as many samples as a call of a kernel has, with the fused kernels and with the reference.</summary>
    (double Fused, double Plain) Steps()
    {
        var recipe = Presets.Find("hash", "small") with
        {
            Field = HashSpec.L8F4 with { Log2TableSize = 15, Finest = 256 },
            Batch = new BatchSize(int.Max(64, samples / 32), samples),
        };
        var scene = SceneFile.Open(SceneFile.Embedded, new SceneOptions(Embedded: new EmbeddedOptions(Train: 20, Val: 0, Test: 0))); // the pixels only have to be there
        screen.Progress("training", 0, () => "photographs");
        using var fast = Recipes.Run.Start(recipe, scene, CPU, kernels: Kernels.Kernels.Cpu);
        using var slow = Recipes.Run.Start(recipe, scene, CPU, kernels: Kernels.Kernels.Reference);
        var (fused, plain) = (new List<double>(), new List<double>());
        int rounds = int.Max(1, turns / 3);
        for (int round = 0; turns > 1 && round < 8; round++) Turn(fast); // as above
        Turn(slow);
        for (int round = 0; round < rounds; round++)
        {
            fused.Add(Turn(fast));
            plain.Add(Turn(slow));
            screen.Progress("training", (round + 1.0) / rounds, () => $"{StepsOfTurn * (round + 1)} steps");
        }
        return (Median(fused), Median(plain));

        double Turn(Run run)
        {
            double before = run.Training.Seconds;
            long seen = 0;
            foreach (var step in run.Steps(StepsOfTurn))
            {
                stop.Check("nothing was written");
                seen += step.Outcome.Samples;
            }
            return 1e3 * (run.Training.Seconds - before) * samples / long.Max(seen, 1);
        }
    }

    /// <summary>The value in the middle.</summary>
    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }
}
