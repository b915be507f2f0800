using System.Diagnostics;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Metrics;
using NerfLab.Rendering;
using NerfLab.Tasks;
using NerfLab.Training;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>Distillations by name, and what comes of one.</summary>
public static class Distillations
{
    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["small", "paper", "code"];

    /// <summary>The recipe of a student.</summary>
    /// <param name="field">One of <see cref="Presets.Fields"/>.</param>
    /// <param name="size">A preset's, or <c>student</c>; null for student where the field has it, else for what suits a laptop best.</param>
    /// <exception cref="BadInputException">There is none of that name.</exception>
    public static Recipe Student(string field, string? size = null) =>
        (size is null or "student" ? Students.All.FirstOrDefault(r => r.Name == $"{field}/student") : null) ?? Presets.Find(field, size == "student" ? null : size);

    /// <summary>The distillation of a name, for a student of an architecture.</summary>
    /// <param name="name"><c>small</c> for two cores, <c>paper</c> or <c>code</c> as published; null for small.</param>
    /// <param name="student">Learning rates depend on it.</param>
    /// <exception cref="BadInputException">There is none of that name.</exception>
    public static Distillation Find(string? name, FieldSpec student) => name switch
    {
        null or "small" => Small(student),
        "paper" => Paper(student),
        "code" => Code(student),
        _ => throw new BadInputException($"--recipe {name}: unknown{Spelling.Suggest(name, Names)}; or a file distill.json"),
    };

    // Two cores: no features, whose loss costs more than it brings; what no light comes back from is left out.
    static Distillation Small(FieldSpec student) => new()
    {
        Name = "small",
        Stages = new StageEnds(0, 0.25, 1),
        Range = new DensityRange(BothSides: false),
        Weights = new DistillWeights(Density: 0.01, Colors: 0.1, Space: 0.001),
        Dark = 1e-3,
        InheritVoxels = true,
    };

    // Fang et al. 2023, section 4: 20 000 steps of Adam at 0.02, 3000 of them for features, the next 5000 for samples. How the rate falls is taken from the code.
    static Distillation Paper(FieldSpec student) => Code(student) with
    {
        Name = "paper", Steps = 20_000, Stages = new StageEnds(3.0 / 20, 8.0 / 20), FeatureDecay = 1,
        Optimizer = Published(student, 0.02),
        Weights = new DistillWeights(0.002, 0.002, 0.002, 1, PlaneL1: 1e-4, TvDensity: 1e-5, TvColor: 1e-3),
    };

    // The published code: 30 000 steps at 0.01, stages that end with the steps 2000 and 5000 of the whole. Its AdamW decays weights by the optimiser's default; Adam does not.
    static Distillation Code(FieldSpec student) => new()
    {
        Name = "code", Steps = 30_000, Stages = new StageEnds(2.0 / 30, 5.0 / 30), FeatureDecay = 0.995,
        Norm = Norm.Frobenius,
        Weights = new DistillWeights(0.002, 0.002, 0.002, 1, PlaneL1: 1e-4),
        Optimizer = Published(student, 0.01),
        Batch = new BatchSize(4096),
        Poses = PosesKind.Sphere,
        Sampler = new OccupancySpec(128, 1024),
    };

    static OptimizerSpec Published(FieldSpec student, double rate)
    {
        var usual = new OptimizerSpec(rate, 5e-5, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-15, Decay: RateDecay.Cosine);
        return student switch
        {
            MlpSpec => usual with { LearningRate = rate / 10 },
            TensorfVmSpec or TensorfCpSpec => usual with { Factors = new LearningRateFactors(("decoder", 1e-3 / rate)) },
            _ => usual,
        };
    }

    /// <summary>Makes steps for a time, as many as fit: the number of steps is measured on the way, so that learning rates and stages end with the time.</summary>
    /// <param name="run">Before its first step.</param>
    /// <param name="seconds">Training time.</param>
    public static IEnumerable<StepReport> StepsFor(this Run run, double seconds)
    {
        var training = run.Training;
        var (first, before, next, until) = (training.Done, training.Seconds, 0.05, int.MaxValue);
        var marks = new List<(double Seconds, int Step)>();
        foreach (var step in run.Steps(int.MaxValue - first))
        {
            yield return step;
            double spent = training.Seconds - before;
            if (spent >= seconds || training.Done >= until) yield break;
            if (spent < next * seconds) continue;
            marks.Add((spent, training.Done));
            next = spent / seconds + 0.05;
            if (marks.Count <= 2) continue; // the first steps look everywhere and say nothing about the others
            var (then, done) = marks[int.Max(1, marks.Count - 5)];
            until = training.Done + int.Max(1, (int)((training.Done - done) / (spent - then) * (seconds - spent)));
            run.Aim(until);
        }
    }

    /// <summary>How near a student comes to its teacher: PSNR of its renderings against the teacher's, the mean over cameras, in decibels.</summary>
    /// <param name="run">The student.</param>
    /// <param name="teacher">The teacher.</param>
    /// <param name="cameras">Seen from here.</param>
    /// <param name="progress">Told after each how many are done.</param>
    public static double PsnrToTeacher(Run run, Teacher teacher, IReadOnlyList<Camera> cameras, Action<int>? progress = null)
    {
        double sum = 0;
        for (int i = 0; i < cameras.Count; i++)
        {
            using var scope = NewDisposeScope();
            var wanted = (teacher.Renderer ?? run.Renderer).Image(teacher.Field, cameras[i], run.BackgroundColor).Color;
            sum += ImageMetrics.Psnr(run.Render(cameras[i]).Color, wanted);
            progress?.Invoke(i + 1);
        }
        return sum / cameras.Count;
    }

    /// <summary>Distils for a time and measures what came of it.</summary>
    /// <param name="teacher">The field to learn from.</param>
    /// <param name="student">A recipe of the student's architecture, such as a preset.</param>
    /// <param name="seconds">Training time.</param>
    /// <param name="how">How it is taught; null for <c>small</c>.</param>
    /// <param name="truth">The scene, where the student is to be measured against its test pictures as well.</param>
    /// <param name="views">So many of the teacher's test views are looked at, evenly chosen.</param>
    /// <param name="each">Told every step.</param>
    /// <param name="remark">Told what is not as one might think.</param>
    /// <returns>The trained student, which belongs to the caller, and the figures.</returns>
    /// <exception cref="BadInputException">A value is out of range, or the teacher cannot teach.</exception>
    public static (Run Run, DistillReport Report) Distil(Teacher teacher, Recipe student, double seconds, Distillation? how = null, Scene? truth = null, int views = 4, Action<StepReport>? each = null, Action<string>? remark = null)
    {
        how ??= Find(null, student.Field);
        long begin = Stopwatch.GetTimestamp();
        var run = Run.Distil(how.For(student, teacher, remark), how, teacher, remark: remark);
        double preparing = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        foreach (var step in run.StepsFor(seconds)) each?.Invoke(step);
        return (run, Measure(run, teacher, truth, views) with { PreparingSeconds = preparing });
    }

    /// <summary>Measures a student.</summary>
    /// <param name="run">The student.</param>
    /// <param name="teacher">Its teacher.</param>
    /// <param name="truth">The scene, where it is to be measured against test pictures as well.</param>
    /// <param name="views">So many test views are looked at, evenly chosen.</param>
    public static DistillReport Measure(Run run, Teacher teacher, Scene? truth = null, int views = 4)
    {
        var test = run.Scene.Test.Count > 0 ? run.Scene.Test : run.Scene.Train;
        double near = PsnrToTeacher(run, teacher, [.. Some(test, views).Select(c => c.Camera)]);
        double? photographed = truth is { Test.Count: > 0 } ? Evaluation.Of(run, truth with { Test = [.. Some(truth.Test, views)] }, "test").Psnr : null;
        return new DistillReport(teacher.Name, run.Recipe.Name, near, photographed, run.Training.Done, run.Training.Seconds, run.ParameterCount, Evaluation.PeakMemory);

        static IEnumerable<T> Some<T>(IReadOnlyList<T> all, int count) => count >= all.Count ? all : Enumerable.Range(0, count).Select(i => all[i * all.Count / count]);
    }
}

/// <summary>What came of a distillation.</summary>
/// <param name="Teacher">Its name.</param>
/// <param name="Student">Name of its recipe.</param>
/// <param name="PsnrToTeacher">Of renderings against the teacher's, decibels.</param>
/// <param name="Psnr">Of renderings against test pictures, decibels; null where there were none.</param>
/// <param name="Steps">Made.</param>
/// <param name="Seconds">In steps.</param>
/// <param name="Parameters">Numbers of the student, 4 bytes each.</param>
/// <param name="PeakMemoryMiB">Largest resident memory of the process so far.</param>
public sealed record DistillReport(string Teacher, string Student, double PsnrToTeacher, double? Psnr, int Steps, double Seconds, long Parameters, double PeakMemoryMiB)
{
    /// <summary>Until the first step: what is occupied, and voxels that begin with the teacher's densities.</summary>
    public double PreparingSeconds { get; init; }
}
