using NerfLab.Data;
using NerfLab.Plotting;
using NerfLab.Recipes;
using static System.FormattableString;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary>Fields learn a scene one after the other, each for the same time, and are measured on the way.</summary>
/// <param name="scene">With test views.</param>
/// <param name="folder">For the figures, the plot and a run folder of each field.</param>
/// <param name="device">Where to compute.</param>
/// <param name="screen">For the table.</param>
/// <param name="stop">Ends it early.</param>
sealed class TrainingBench(Scene scene, string folder, Device device, Screen screen, Interruption stop)
{
    /// <summary>A measurement.</summary>
    /// <param name="Field">Which.</param>
    /// <param name="Seconds">Of training, without what measuring took.</param>
    /// <param name="Step">Steps so far.</param>
    /// <param name="Views">How many were rendered.</param>
    /// <param name="Psnr">Their mean, decibels.</param>
    readonly record struct Point(string Field, double Seconds, int Step, int Views, double Psnr);

    readonly List<Point> _points = [];

    /// <summary>Training time of each field.</summary>
    public required double Seconds { get; init; }

    /// <summary>Training time between measurements.</summary>
    public required double Every { get; init; }

    /// <summary>Test views that are measured on the way, at most.</summary>
    public required int Views { get; init; }

    /// <summary>Where a recipe's run is kept.</summary>
    public static string RunFolder(string folder, Recipe recipe) => Path.Combine(folder, Field(recipe));

    static string Field(Recipe recipe) => recipe.Name.Split('/')[0];

    /// <summary>Trains all, and writes what there is after each.</summary>
    public void Run(IReadOnlyList<Recipe> recipes)
    {
        if (scene.Test.Count == 0) throw new BadInputException($"scene {scene.Name}: it has no test views to measure fields on");
        int count = int.Min(Views, scene.Test.Count);
        List<View> watched = [.. Enumerable.Range(0, count).Select(i => scene.Test[i * scene.Test.Count / count])];
        var table = new MarkdownTable("field", "parameters", "steps", "training, s", "PSNR, dB", "SSIM", "a view, s");
        foreach (var recipe in recipes)
        {
            var result = Train(recipe, watched);
            table.Add(recipe.Name, Screen.Count(result.Parameters), Invariant($"{result.TrainingSteps}"), Invariant($"{result.TrainingSeconds:0.0}"), Invariant($"{result.Psnr:0.00}"), Invariant($"{result.Ssim:0.0000}"), Invariant($"{result.SecondsPerView:0.00}"));
            Write();
        }
        screen.Result($"{scene.Name}: {scene.Train.Count} views to learn from, {scene.Test.Count} to measure on; {InfoCommand.Processor}, {Environment.ProcessorCount} threads, {device}");
        screen.Result("");
        foreach (var line in table.Lines) screen.Result(line);
        screen.Result("");
        screen.Note($"{folder}: training.csv, training.png, and a run folder of each field");
    }

    Evaluation Train(Recipe recipe, List<View> watched)
    {
        var (field, into) = (Field(recipe), RunFolder(folder, recipe));
        screen.Begin();
        using var run = Recipes.Run.Start(recipe, scene, device, progress: read =>
        {
            stop.Check($"{folder} holds the fields before {field}");
            screen.Progress("pictures", (double)read / scene.Train.Count, () => $"{read}/{scene.Train.Count}");
        });
        screen.Note($"{recipe.Name}: {Screen.Count(run.ParameterCount)} parameters");
        run.Begin(into);
        double next = Every;
        new Session(run, into, screen, stop)
        {
            CheckpointEvery = double.PositiveInfinity,
            FitSteps = true,
            AfterStep = step =>
            {
                if (step.Seconds < next || step.Seconds >= Seconds) return;
                Add(watched.Count, Evaluation.Of(run, scene with { Test = watched }, "test").Psnr);
                while (next <= step.Seconds) next += Every;
            },
        }.Train(int.MaxValue, Seconds);
        stop.Check($"{into} holds {run.Training.Done} steps");

        screen.Begin();
        int done = 0;
        var last = Evaluation.Of(run, scene, "test", progress: (score, _, _) =>
        {
            stop.Check($"{into} holds the training");
            screen.Progress("measuring", (double)++done / scene.Test.Count, () => Invariant($"{done}/{scene.Test.Count}  {score.Psnr:0.00} dB"));
        });
        Add(watched.Count, last.Views.Where(v => watched.Any(w => w.Name == v.Name)).Average(v => v.Psnr)); // the curve's end
        if (watched.Count < scene.Test.Count) Add(scene.Test.Count, last.Psnr);
        screen.Result(Invariant($"{recipe.Name}: {last.Psnr:0.00} dB after {run.Training.Done} steps in {Screen.Time(run.Training.Seconds)}"));
        return last;

        void Add(int views, double psnr) => _points.Add(new Point(field, run.Training.Seconds, run.Training.Done, views, psnr));
    }

    void Write()
    {
        AtomicFile.Write(Path.Combine(folder, "training.csv"), string.Concat(_points.Select(p => Invariant($"{p.Field},{p.Seconds:0.###},{p.Step},{p.Views},{p.Psnr:0.####}\n")).Prepend("field,seconds,step,views,psnr\n")));
        int watched = _points.Min(p => p.Views); // curves are of the same views from beginning to end
        var figure = new Figure { X = "seconds of training", Y = Invariant($"PSNR of {watched} test views (dB)") };
        foreach (var field in _points.Where(p => p.Views == watched).GroupBy(p => p.Field)) figure = figure.Line(field.Key, field.Select(p => (p.Seconds, p.Psnr)));
        figure.Write(Path.Combine(folder, "training.png"));
    }
}
