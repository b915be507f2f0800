using System.CommandLine;
using NerfLab.Data;
using NerfLab.Recipes;
using NerfLab.Tasks;
using TorchSharp;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab distill</c>: from one field to another, without photographs.</summary>
static class DistillCommand
{
    static readonly Argument<string?> TeacherFolder = new("TEACHER")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "The --out folder of a training or of a distillation; with --resume the folder's own teacher is meant.",
    };
    static readonly Option<string?> To = Text("--to", string.Join('|', Presets.Fields), "The student's representation. [default: mlp]");
    static readonly Option<string?> Preset = Text("--preset", "student|fast|small|full", "Size of the student: student holds what a teacher of some minutes knows, the others are those of nerflab train. [default: student]");
    static readonly Option<string?> Recipe = Text("--recipe", string.Join('|', Distillations.Names) + "|FILE", "How it is taught: small for two cores, paper or code as published, or a distill.json. [default: small]");
    static readonly Option<string?> Stages = Text("--stages", "F,S[,A]", "When the stages end, as shares of the steps: features until F, samples until S, everything until A, then pixels alone. [default: the recipe's]");
    static readonly Option<int?> Steps = Number("--steps", "N", "Steps of the whole distillation. [default: the recipe's]", 1);
    static readonly Option<double?> Seconds = Number("--seconds", "S", "Distil for S seconds; without --steps as many steps are planned as fit. [default: no limit]", 0.001);
    static readonly Option<int?> Until = Number("--until", "N", "Stop when N steps are done, without changing what --steps decides. [default: all steps]", 0);
    static readonly Option<long?> Seed = Number("--seed", "N", "Decides everything random. [default: 0]", 0L);
    static readonly Option<string?> Box = Text("--box", "X,Y,Z,X,Y,Z", "Two corners of the student's box. [default: the teacher's]");
    static readonly Option<string?> Without = Text("--without", "X,Y,Z,X,Y,Z", "Take what is in this box out of the teacher first.");
    static readonly Option<string?> Move = Text("--move", "X,Y,Z,X,Y,Z,DX,DY,DZ", "Move what is in this box of the teacher by (DX, DY, DZ) first.");
    static readonly Option<bool> EncoderOnly = Switch("--encoder-only", "Train the student's encoding alone; its decoder begins as the teacher's where both have the same, and stays.");
    static readonly Option<string[]> Set = new("--set")
    {
        HelpName = "path=value",
        Description = "Change any value of the student's recipe, as in field.resolution=128, or of the distillation, as in distill.weights.colors=0.5; several times if wanted.",
        Arity = ArgumentArity.OneOrMore,
    };
    static readonly Option<string?> Out = Text("--out", "DIR", "The student's run folder. [default: TEACHER-FIELD]");
    static readonly Option<bool> Resume = Switch("--resume", "Go on from the checkpoint in --out, to the same bits as without the interruption (on a CPU).");
    static readonly Option<double?> CheckpointEvery = Number("--checkpoint-every", "S", "Seconds between checkpoints. [default: 30]", 0.0);
    static readonly Option<int?> Cache = Number("--cache", "N", "Teach nobody: keep N lessons of the teacher in --out, from which it can be distilled while it is not in memory itself.", 1);
    static readonly Option<int?> Views = Number("--views", "N", "Test views on which student and teacher are compared at the end. [default: 4]", 1);
    static readonly Option<bool> Live = Switch("--live", "Keep a page in the run folder, live.html, that shows the curves while the distillation goes on.");
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("distill", "Teach a field what another one knows, without photographs, and leave a run folder.")
        {
            TeacherFolder, To, StyleOptions.Style, StyleOptions.Scale, StyleOptions.View, Preset, Recipe, Stages, Steps, Seconds, Until, Seed, Box, Without, Move, EncoderOnly, Set, Where, Out, Resume, CheckpointEvery, Cache, Views, Live, Silent,
        };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        bool resume = given.GetValue(Resume);
        var kept = resume ? Kept(given) : null;
        var source = given.GetValue(TeacherFolder) ?? kept?.Teacher ?? throw new BadInputException("TEACHER is missing; give the --out folder of a training");
        var device = Choose(given.GetValue(Where));
        bool cached = TeacherCache.IsCache(source);
        using var teaching = cached ? null : Run.Open(source, device);
        var style = resume ? kept?.Style : StyleOptions.Choice(given);
        if (style is not null) (teaching ?? throw new BadInputException($"--style: {source} keeps answers, which are of one style; give the run that has learnt styles")).Show(style);
        var teacher = teaching is null ? TeacherCache.Open(WholePath(source), device) : Teacher.Of(teaching, WholePath(source));
        if (given.GetValue(Cache) is { } lessons) return Keep(given, teacher, lessons, screen, stop);

        string name = given.GetValue(To) ?? "mlp";
        var folder = given.GetValue(Out) ?? $"{Path.TrimEndingDirectorySeparator(source)}-{name}";
        Distillation how;
        Recipe student;
        if (kept is not null) (how, student) = (kept, Run.ReadRecipe(folder));
        else
        {
            var preset = Distillations.Student(name, given.GetValue(Preset));
            how = Chosen(given, preset) with { Style = style };
            if (given.GetValue(Box) is { } box) teacher = Boxed(teacher, box, screen);
            student = how.For(preset, teacher, screen.Note) with { Seed = given.GetValue(Seed) ?? 0 };
            if (given.GetValue(Steps) is { } steps) student = student with { Steps = steps };
            foreach (var assignment in (given.GetValue(Set) ?? []).Where(a => !IsDistill(a))) student = RecipeJson.Set(student, assignment);
            if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
                throw new BadInputException($"--out {folder}: exists already; go on with it by --resume, or choose a new or empty folder");
        }
        if (resume && Run.ReadScene(folder).Space is Rendering.BoundedSpace space && space.Bounds != teacher.Box) (teacher, _) = teacher.Into(space.Bounds);

        screen.Begin();
        using var run = Run.Distil(student, how, teacher, remark: resume ? null : screen.Note, resumed: resume);
        if (resume) run.Resume(folder);
        else run.Begin(folder);
        screen.Note(FormattableString.Invariant($"{teacher.Recipe!.Name} ({(teaching is null ? "kept answers" : $"{Screen.Count(teaching.ParameterCount)} parameters")}) to {run.Recipe.Name} ({Screen.Count(run.ParameterCount)}), recipe {how.Name}, {device}, {run.Kernels.Name} kernels, ready in {screen.End():0.0} s{(resume ? $", on from step {run.Training.Done}" : "")}"));

        int until = int.Min(run.Recipe.Steps, given.GetValue(Until) ?? run.Recipe.Steps);
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
        if (cached)
        {
            screen.Result(FormattableString.Invariant($"{folder}: {run.Training.Done} steps in {Screen.Time(run.Training.Seconds)}, {session.Psnr:0.00} dB to the teacher on rays of the cache, {Screen.Count(run.ParameterCount)} parameters, {Evaluation.PeakMemory:0} MiB at most"));
            return 0;
        }
        var report = Distillations.Measure(run, teacher.Edited(how.Edits), null, given.GetValue(Views) ?? 4);
        screen.Result(FormattableString.Invariant($"{folder}: {report.Steps} steps in {Screen.Time(report.Seconds)}, {report.PsnrToTeacher:0.00} dB to the teacher on views of neither, {Screen.Count(report.Parameters)} parameters, {report.PeakMemoryMiB:0} MiB at most"));
        return 0;
    }

    static int Keep(ParseResult given, Teacher teacher, int lessons, Screen screen, Interruption stop)
    {
        var folder = given.GetValue(Out) ?? throw new BadInputException("--cache: give a new folder with --out");
        screen.Begin();
        TeacherCache.Write(teacher, folder, lessons, seed: given.GetValue(Seed) ?? 0, progress: done =>
        {
            stop.Check($"{folder} holds {done} of {lessons} lessons");
            screen.Progress("keeping", (double)done / lessons, () => $"{done}/{lessons}");
        });
        double seconds = screen.End();
        screen.Result(FormattableString.Invariant($"{folder}: {lessons} lessons in {Screen.Time(seconds)}, {Directory.GetFiles(folder).Sum(f => new FileInfo(f).Length) / 1048576.0:0} MiB"));
        return 0;
    }

    /// <summary>The distillation of a folder to go on with.</summary>
    static Distillation Kept(ParseResult given)
    {
        var folder = given.GetValue(Out) ?? throw new BadInputException("--resume: give the student's run folder with --out");
        if (!Directory.Exists(folder)) throw new BadInputException($"--resume: there is no folder {folder}; leave --resume out to begin");
        var kept = Run.ReadDistillation(folder) ?? throw new BadInputException($"--resume: {folder} was trained on photographs; go on with nerflab train --resume");
        if (!Run.HasCheckpoint(folder)) throw new BadInputException($"--resume: {folder} holds no checkpoint; leave --resume out to begin");
        foreach (var (value, option) in new (object?, string)[] { (given.GetValue(To), "--to"), (given.GetValue(Preset), "--preset"), (given.GetValue(Recipe), "--recipe"), (given.GetValue(Stages), "--stages"), (given.GetValue(Steps), "--steps"), (given.GetValue(Seed), "--seed"), (given.GetValue(Box), "--box"), (StyleOptions.Choice(given), "--style, --scale and --view"), (given.GetValue(Without), "--without"), (given.GetValue(Move), "--move"), (given.GetValue(Set) is { Length: > 0 } set ? set : null, "--set") })
            if (value is not null) throw new BadInputException($"--resume: the recipe is the folder's; leave {option} out");
        return kept;
    }

    static bool IsDistill(string assignment) => assignment.StartsWith("distill.", StringComparison.Ordinal);

    static Distillation Chosen(ParseResult given, Recipe preset)
    {
        var name = given.GetValue(Recipe);
        var how = name is not null && File.Exists(name) ? Distillation.Read(File.ReadAllText(name), name) : Distillations.Find(name, preset.Field);
        if (given.GetValue(Stages) is { } stages) how = how with { Stages = Ends(stages) };
        if (given.GetValue(EncoderOnly)) how = how with { EncoderOnly = true, CopyDecoder = true };
        if (given.GetValue(Without) is { } without) how = how with { Edits = [.. how.Edits, new DistillEdit(Numbers(without, "--without", 6))] };
        if (given.GetValue(Move) is { } move && Numbers(move, "--move", 9) is var all) how = how with { Edits = [.. how.Edits, new DistillEdit(all[..6], all[6..])] };
        foreach (var assignment in (given.GetValue(Set) ?? []).Where(IsDistill)) how = how.Set(assignment);
        how.Check();
        return how;
    }

    static Teacher Boxed(Teacher teacher, string text, Screen screen)
    {
        var n = Numbers(text, "--box", 6);
        System.Numerics.Vector3 a = new(n[0], n[1], n[2]), b = new(n[3], n[4], n[5]);
        var (placed, outside) = teacher.Into(new Box(System.Numerics.Vector3.Min(a, b), System.Numerics.Vector3.Max(a, b)));
        if (outside > 1e-3) screen.Result(FormattableString.Invariant($"--box: {outside:P1} of the teacher's density lies outside of the student's box and will be lost"));
        return placed;
    }

    static StageEnds Ends(string text)
    {
        var parts = text.Split(',');
        var numbers = parts.Select(p => double.TryParse(p, System.Globalization.CultureInfo.InvariantCulture, out double n) ? n : double.NaN).ToList();
        if (numbers.Count is not (2 or 3) || numbers.Exists(n => !(n is >= 0 and <= 1))) throw new BadInputException($"--stages {text}: two or three shares from 0 to 1 are expected, as in 0.1,0.3");
        return new StageEnds(numbers[0], numbers[1], numbers.Count == 3 ? numbers[2] : 1);
    }

    static float[] Numbers(string text, string option, int count)
    {
        float[] numbers = [.. text.Split(',').Select(p => float.TryParse(p, System.Globalization.CultureInfo.InvariantCulture, out float n) ? n : float.NaN)];
        return numbers.Length == count && numbers.All(float.IsFinite) ? numbers : throw new BadInputException($"{option} {text}: {count} numbers with commas between them are expected");
    }
}
