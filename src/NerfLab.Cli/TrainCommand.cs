using System.CommandLine;
using NerfLab.Data;
using NerfLab.Recipes;
using TorchSharp;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab train</c>: from photographs to a run folder.</summary>
static class TrainCommand
{
    static readonly Argument<string?> Scene = new("SCENE")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = $"A folder with {SceneFile.Formats}, or the word embedded for the scene that needs no files. [default: embedded]",
    };
    static readonly Option<string?> Field = Text("--field", string.Join('|', Presets.Fields), "The representation; docs/fields says what each is. [default: hash]");
    static readonly Option<string?> Preset = Text("--preset", "fast|small|full", "fast for the most in a minute (of the hash grid), small for a laptop, full as in the paper. [default: fast where the field has it, else small]");
    static readonly Option<string?> RecipeFile = Text("--recipe", "FILE", "A recipe.json, for example of another run, instead of --field and --preset.");
    static readonly Option<int?> Steps = Number("--steps", "N", "Steps of the whole training; the learning rate reaches its end there. [default: the preset's]", 1);
    static readonly Option<double?> Seconds = Number("--seconds", "S", "Train for S seconds. Without --steps, as many steps are planned as fit, measured on the way; with --steps, the training ends at whichever comes first. [default: no limit]", 0.001);
    static readonly Option<int?> Until = Number("--until", "N", "Stop when N steps are done, without changing the learning rates that --steps decides. [default: all steps]", 0);
    static readonly Option<long?> Seed = Number("--seed", "N", "Decides everything random. [default: 0]", 0L);
    static readonly Option<float?> Downscale = Number("--downscale", "F", "Read pictures F times smaller in each direction, 1 to 64. [default: 1]", 1f);
    static readonly Option<string[]> Set = new("--set")
    {
        HelpName = "path=value",
        Description = "Change any value of the recipe, as in optimizer.learningRate=0.01; several times if wanted. Comes last, after all other options.",
        Arity = ArgumentArity.OneOrMore,
    };
    static readonly Option<string?> Out = Text("--out", "DIR", "The run folder. [default: out/SCENE-FIELD]");
    static readonly Option<bool> Resume = Switch("--resume", "Go on from the checkpoint in --out, to the same bits as without the interruption (on a CPU). The recipe is the folder's; only --steps may be raised.");
    static readonly Option<double?> CheckpointEvery = Number("--checkpoint-every", "S", "Seconds between checkpoints; a killed training loses no more. [default: 30]", 0.0);
    static readonly Option<bool> Eval = Switch("--eval", "Measure on the test views afterwards, as nerflab eval does.");
    static readonly Option<bool> Live = Switch("--live", "Keep a page in the run folder, live.html, that shows the curves while the training goes on.");
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("train", "Train a field on a scene and leave a run folder.")
        {
            Scene, Field, Preset, RecipeFile, Steps, Seconds, Until, Seed, Downscale, Set, Where, Out, Resume, CheckpointEvery, Live, Eval, Silent,
        };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var folder = given.GetValue(Out);
        bool resume = given.GetValue(Resume);
        if (resume && folder is null && given.GetValue(RecipeFile) is not null) throw new BadInputException("--resume: give the run folder with --out");
        folder ??= DefaultFolder(given);
        var recipe = resume ? Resumed(given, folder) : Fresh(given, folder);
        recipe.Check();
        var device = Choose(given.GetValue(Where));

        var scene = SceneFile.Open(recipe.Scene, new SceneOptions(recipe.Downscale));
        foreach (var remark in scene.Remarks) screen.Note(remark);
        screen.Begin();
        using var run = Run.Start(recipe, scene, device, progress: read =>
        {
            stop.Check("nothing was trained");
            screen.Progress("pictures", (double)read / scene.Train.Count, () => $"{read}/{scene.Train.Count}");
        });
        double reading = screen.End();
        if (resume) run.Resume(folder);
        else run.Begin(folder);
        screen.Note(FormattableString.Invariant($"{recipe.Name} on {scene.Name}: {scene.Train.Count} pictures in {reading:0.0} s, {Screen.Count(run.ParameterCount)} parameters, {device}, {run.Kernels.Name} kernels{(resume ? $", on from step {run.Training.Done}" : "")}"));

        int until = int.Min(recipe.Steps, given.GetValue(Until) ?? recipe.Steps);
        if (resume && run.Training.Done >= until)
            screen.Note($"{folder}: {run.Training.Done} steps are done already; raise --steps to go on");
        var live = given.GetValue(Live) ? new LivePage(folder) : null;
        if (live is not null) screen.Note($"open {Path.GetFullPath(live.File)}");
        var session = new Session(run, folder, screen, stop)
        {
            AfterStep = live is null ? null : live.Add,
            CheckpointEvery = given.GetValue(CheckpointEvery) ?? 30,
            FitSteps = given.GetValue(Seconds) is not null && given.GetValue(Steps) is null && given.GetValue(Until) is null && !resume,
        };
        session.Train(int.Max(until, run.Training.Done), given.GetValue(Seconds) ?? double.PositiveInfinity);
        live?.End();
        stop.Check($"{folder} holds {run.Training.Done} of {run.Recipe.Steps} steps, --resume goes on");
        screen.Result(FormattableString.Invariant($"{folder}: {run.Training.Done} steps in {Screen.Time(run.Training.Seconds)}, {session.Psnr:0.00} dB on training rays, {Evaluation.PeakMemory:0} MiB at most"));
        if (given.GetValue(Eval)) EvalCommand.Measure(run, scene, "test", folder, screen, stop, pictures: true);
        return 0;
    }

    static string DefaultFolder(ParseResult given)
    {
        var scene = given.GetValue(Scene) ?? SceneFile.Embedded;
        return Path.Combine("out", $"{NameOfScene(scene)}-{given.GetValue(Field) ?? (given.GetValue(RecipeFile) is { } file ? Path.GetFileNameWithoutExtension(file) : "hash")}");
    }

    static Recipe Fresh(ParseResult given, string folder)
    {
        var file = given.GetValue(RecipeFile);
        if (file is not null && (given.GetValue(Field) ?? given.GetValue(Preset)) is not null)
            throw new BadInputException("--recipe: it already says what --field and --preset would; leave these out");
        if (file is not null && !File.Exists(file)) throw new BadInputException($"--recipe {file}: there is no such file");
        var recipe = file is not null ? RecipeJson.Read(File.ReadAllText(file), file) : Presets.Find(given.GetValue(Field) ?? "hash", given.GetValue(Preset));
        recipe = Changed(recipe, given);

        // A run is only begun anew where nothing else can be lost.
        if (File.Exists(folder)) throw new BadInputException($"--out {folder}: a file is in the way; name a folder");
        if (!Directory.Exists(folder)) return recipe;
        if (Run.IsRun(folder))
        {
            if (RecipeJson.Write(Run.ReadRecipe(folder)) != RecipeJson.Write(recipe))
                throw new BadInputException($"--out {folder}: holds a run with another recipe; go on with it by --resume, or choose another --out");
            if (Run.HasCheckpoint(folder))
                throw new BadInputException($"--out {folder}: holds this training already; go on with it by --resume, or choose another --out");
        }
        else if (Directory.EnumerateFileSystemEntries(folder).Any(f => !f.EndsWith(".tmp", StringComparison.Ordinal)))
        {
            throw new BadInputException($"--out {folder}: the folder is neither empty nor a run; choose another --out");
        }
        return recipe;
    }

    /// <summary>The recipe with the options of the command line.</summary>
    static Recipe Changed(Recipe recipe, ParseResult given)
    {
        if (given.GetValue(Scene) is { } scene) recipe = recipe with { Scene = WholePath(scene) };
        if (given.GetValue(Steps) is { } steps) recipe = recipe with { Steps = steps };
        if (given.GetValue(Seed) is { } seed) recipe = recipe with { Seed = seed };
        if (given.GetValue(Downscale) is { } downscale) recipe = recipe with { Downscale = downscale };
        foreach (var assignment in given.GetValue(Set) ?? []) recipe = RecipeJson.Set(recipe, assignment);
        return recipe;
    }

    static Recipe Resumed(ParseResult given, string folder)
    {
        if (!Directory.Exists(folder)) throw new BadInputException($"--resume: there is no folder {folder}; leave --resume out to begin");
        var kept = Run.ReadRecipe(folder);
        if (!Run.HasCheckpoint(folder)) throw new BadInputException($"--resume: {folder} holds no checkpoint; leave --resume out to begin");
        if (Run.ReadDistillation(folder) is not null) throw new BadInputException($"--resume: {folder} was distilled from another field; go on with nerflab distill --resume --out {folder}");
        var (field, size) = (kept.Name.Split('/')[0], kept.Name.Split('/')[^1]);
        if (given.GetValue(Field) is { } f && f != field) throw new BadInputException($"--resume: {folder} holds the field {field}, not {f}; leave --field out or choose another --out");
        if (given.GetValue(Preset) is { } p && p != size) throw new BadInputException($"--resume: {folder} was begun with the preset {size}, not {p}; leave --preset out or choose another --out");
        if (given.GetValue(RecipeFile) is not null) throw new BadInputException("--resume: the recipe is the folder's; leave --recipe out");
        var wanted = Changed(kept, given);
        if (wanted.Steps < kept.Steps) throw new BadInputException($"--resume: {folder} was begun for {kept.Steps} steps, which may be raised but not lowered to {wanted.Steps}; --until stops earlier");
        if (RecipeJson.Write(wanted with { Steps = kept.Steps }) != RecipeJson.Write(kept))
        {
            var option = wanted.Scene != kept.Scene ? "SCENE" : wanted.Seed != kept.Seed ? "--seed" : wanted.Downscale != kept.Downscale ? "--downscale" : "--set";
            throw new BadInputException($"--resume: {option} differs from the recipe of {folder}; leave it out or choose another --out");
        }
        return wanted;
    }
}
