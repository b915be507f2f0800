using System.CommandLine;
using NerfLab.Data;
using NerfLab.Recipes;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab bench</c>: how fast the kernels are on this machine, how fast fields learn a scene, or what they teach each other.</summary>
static class BenchCommand
{
    static readonly Argument<string?> Scene = new("SCENE")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "A folder with a scene, or the word embedded: fields are trained on it and measured on the way. Without it the kernels are measured.",
    };
    static readonly Option<bool> Quick = Switch("--quick", "Kernels: --samples 16384 --turns 9, and no file unless --out is given; under two minutes.");
    static readonly Option<int?> Samples = Number("--samples", "N", "Kernels: samples of a call and of a training step. [default: 65536]", 64);
    static readonly Option<int?> Turns = Number("--turns", "N", "Kernels: so often each is measured. [default: 15]", 1);
    static readonly Option<string[]> Field = new("--field")
    {
        HelpName = string.Join('|', Presets.Fields), AllowMultipleArgumentsPerToken = true,
        Description = "Training: only these fields. [default: all]",
    };
    static readonly Option<bool> Pairs = Switch("--pairs", "Training: every field teaches every field, beside fields that learn from the pictures.");
    static readonly Option<string[]> Teachers = new("--teacher")
    {
        HelpName = string.Join('|', Presets.Fields), AllowMultipleArgumentsPerToken = true,
        Description = "Pairs: only these teachers; --field chooses the students. [default: those students]",
    };
    static readonly Option<double?> TeacherSeconds = Number("--teacher-seconds", "S", "Pairs: so long for each teacher that --out does not hold yet. [default: four times --seconds]", 0.001);
    static readonly Option<string?> Preset = Text("--preset", "fast|small|full", "Training: the preset of each field. [default: fast where a field has it, else small]");
    static readonly Option<double?> Seconds = Number("--seconds", "S", "Training: so long for each field; what measuring takes does not count. [default: 60]", 0.001);
    static readonly Option<double?> Every = Number("--every", "T", "Training: seconds from one measurement to the next. [default: a twelfth of --seconds]", 0.001);
    static readonly Option<int?> Views = Number("--views", "N", "Training: test views that are measured on the way; at the end all are. [default: 4]", 1);
    static readonly Option<float?> Downscale = Number("--downscale", "F", "Training: read pictures F times smaller in each direction, 1 to 64. [default: 1]", 1f);
    static readonly Option<string?> Out = Text("--out", "DIR", "The folder for kernels.csv, or for training.csv, training.png and a run folder of each field, or for pairs.csv, pairs.png and a run folder of each teacher. [default: out/bench, or out/bench-SCENE]");
    static readonly Option<string?> Where = Text("--device", "cpu|cuda|auto", "Training: where to compute. [default: auto]");
    static readonly Option<bool> Silent = Quiet();

    static readonly Option[] s_ofKernels = [Quick, Samples, Turns, Networks.Extractor, Networks.Decoder], s_ofPairs = [Teachers, TeacherSeconds], s_ofTraining = [Field, Pairs, Teachers, TeacherSeconds, Preset, Seconds, Every, Views, Downscale, Where];

    public static Command Create()
    {
        var command = new Command("bench", "Measure the kernels on this machine, how fast fields learn a scene, or what they teach each other.")
        {
            Scene, Quick, Samples, Turns, Networks.Extractor, Networks.Decoder, Field, Pairs, Teachers, TeacherSeconds, Preset, Seconds, Every, Views, Downscale, Where, Out, Silent,
        };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var path = given.GetValue(Scene);
        if ((path is null ? s_ofTraining : s_ofKernels).FirstOrDefault(o => given.GetResult(o) is { Implicit: false }) is { } other)
            throw new BadInputException(path is null ? $"{other.Name}: needs a scene to train on, as in nerflab bench embedded" : $"{other.Name}: is for the kernels, which are measured when no scene is named");
        if (path is not null) Train(given, path, screen, stop);
        else
        {
            bool quick = given.GetValue(Quick);
            var folder = given.GetValue(Out) ?? (quick ? null : Path.Combine("out", "bench"));
            new KernelBench(given.GetValue(Samples) ?? (quick ? 1 << 14 : 1 << 16), given.GetValue(Turns) ?? (quick ? 9 : 15), screen, stop, given.GetValue(Networks.Extractor) is null ? null : () => Networks.Styler(given, TorchSharp.torch.CPU)).Run(folder is null ? null : Path.Combine(folder, "kernels.csv"));
        }
        return 0;
    }

    static void Train(ParseResult given, string path, Screen screen, Interruption stop)
    {
        var folder = given.GetValue(Out) ?? Path.Combine("out", $"bench-{NameOfScene(path)}");
        var (fields, downscale) = (given.GetValue(Field) is { Length: > 0 } named ? named.Distinct() : Presets.Fields, given.GetValue(Downscale) ?? 1);
        double seconds = given.GetValue(Seconds) ?? 60;
        if (given.GetValue(Pairs))
        {
            if (given.GetResult(Every) is { Implicit: false }) throw new BadInputException("--every: pairs are measured once, at the end");
            List<string> students = [.. fields], teachers = [.. given.GetValue(Teachers) is { Length: > 0 } chosen ? chosen.Distinct() : students];
            foreach (var field in students.Concat(teachers)) _ = Chosen(field); // a misspelt one is said before anything is computed
            new PairBench(SceneFile.Open(path, new SceneOptions(downscale)), folder, Choose(given.GetValue(Where)), screen, stop)
            {
                Seconds = seconds, TeacherSeconds = given.GetValue(TeacherSeconds) ?? 4 * seconds, Views = given.GetValue(Views) ?? 4,
            }.Run(teachers, students, Chosen);
            return;
        }
        if (s_ofPairs.FirstOrDefault(o => given.GetResult(o) is { Implicit: false }) is { } pairs) throw new BadInputException($"{pairs.Name}: is for --pairs");
        List<Recipe> recipes = [.. fields.Select(Chosen)];
        foreach (var recipe in recipes) ExpectNew(TrainingBench.RunFolder(folder, recipe));
        var scene = SceneFile.Open(path, new SceneOptions(downscale));
        new TrainingBench(scene, folder, Choose(given.GetValue(Where)), screen, stop)
        {
            Seconds = seconds, Every = given.GetValue(Every) ?? seconds / 12, Views = given.GetValue(Views) ?? 4,
        }.Run(recipes);

        Recipe Chosen(string field) => Presets.Find(field, given.GetValue(Preset)) with { Scene = WholePath(path), Downscale = downscale };
    }
}
