using System.CommandLine;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Metrics;
using NerfLab.Plotting;
using NerfLab.Recipes;
using Spectre.Console;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab eval</c>: renderings against photographs.</summary>
static class EvalCommand
{
    static readonly Argument<string> Folder = new("RUN") { Description = "The --out folder of a training." };
    static readonly Option<string?> Split = Text("--split", "train|val|test", "Which views. [default: test]");
    static readonly Option<bool> Consistent = Switch("--consistency", "Also measure how well views along a path agree with each other: neighbouring frames and frames 7 apart of a path of 90, warped through the field's own depth.");
    static readonly Option<string?> Along = Text("--path", "orbit|spiral", "The path of --consistency. [default: orbit; spiral in normalised device coordinates, which have no other side]");
    static readonly Option<int?> Pairs = Number("--pairs", "N", "Pairs of each kind for --consistency, 1 to 90; each takes three renderings. [default: 10]", 1);
    static readonly Option<string?> Json = Text("--json", "FILE", "Write the figures as JSON; - for the standard output. [default: none]");
    static readonly Option<string?> Scene = Text("--scene", "DIR", "Where the scene is, if it was moved since the training. [default: as in the recipe]");
    static readonly Option<bool> NoPictures = Switch("--no-pictures", "Leave out the comparison pictures in RUN/eval: rendering, truth, and where they differ (brightest: by 0.2 of white).");
    static readonly Option<string?> Perceptual = MeasureOptions.Lpips();
    static readonly Option<string[]> Weights = MeasureOptions.Weights();
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("eval", "Measure a trained field: PSNR, SSIM, LPIPS and time, view by view, and how well views agree.") { Folder, Split, Perceptual, Weights, Consistent, Along, Pairs, Json, Scene, NoPictures, Where, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var (folder, json) = (given.GetRequiredValue(Folder), given.GetValue(Json));
        var screen = Screen.Of(given.GetValue(Silent), jsonOnOutput: json == "-");
        var split = given.GetValue(Split) ?? "test";
        if (split is not ("train" or "val" or "test")) throw new BadInputException($"--split {split}: train, val or test is expected");
        var (path, pairs) = (given.GetValue(Along), given.GetValue(Pairs) ?? 10);
        if (path is not (null or "orbit" or "spiral")) throw new BadInputException($"--path {path}: unknown{Spelling.Suggest(path, ["orbit", "spiral"])}");
        if (pairs > ConsistencyScore.Frames) throw new BadInputException($"--pairs {pairs}: 1 to {ConsistencyScore.Frames} are expected");
        var device = Choose(given.GetValue(Where));
        using var lpips = MeasureOptions.Open(given, Perceptual, Weights, device);
        using var run = Run.Open(folder, device);
        var scene = SceneFile.Open(given.GetValue(Scene) ?? run.Recipe.Scene, new SceneOptions(run.Recipe.Downscale));
        var evaluation = Measure(run, scene, split, folder, screen, stop, pictures: !given.GetValue(NoPictures), lpips);
        if (given.GetValue(Consistent)) evaluation = evaluation with { Consistency = MeasureConsistency(run, path ?? run.Scene.UsualPath(), pairs, screen, stop, lpips) };
        if (json == "-") Console.Out.WriteLine(evaluation.ToJson());
        else if (json is not null) AtomicFile.Write(json, evaluation.ToJson());
        return 0;
    }

    /// <summary>Measures, shows the table and writes the comparison pictures.</summary>
    public static Evaluation Measure(Run run, Scene scene, string split, string folder, Screen screen, Interruption stop, bool pictures, Lpips? lpips = null)
    {
        var into = Path.Combine(folder, "eval");
        int count = scene.Split(split).Count, done = 0;
        screen.Begin();
        var evaluation = Evaluation.Of(run, scene, split, lpips, (score, rendered, truth) =>
        {
            stop.Check($"{done} of {count} views were measured");
            if (pictures) ImageFile.Write(Path.Combine(into, FileName(score.Name)), Beside(rendered.Color, truth));
            screen.Progress("measuring", (double)++done / count, () => FormattableString.Invariant($"{done}/{count}  {score.Psnr:0.00} dB"));
        });

        var table = new Table().Border(TableBorder.Rounded).AddColumn("view");
        string[] headings = ["PSNR (dB)", "SSIM", .. lpips is null ? [] : (string[])[lpips.Name], "seconds"];
        foreach (var heading in headings) table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var view in evaluation.Views) table.AddRow(Row(Markup.Escape(view.Name), view.Psnr, view.Ssim, view.Lpips, view.Seconds));
        if (evaluation.Views.Count > 1)
        {
            table.AddEmptyRow();
            table.AddRow(Row("mean", evaluation.Psnr, evaluation.Ssim, evaluation.Lpips?.Mean, evaluation.SecondsPerView));
        }
        screen.Show(table);
        var perceptual = evaluation.Lpips is { } p ? FormattableString.Invariant($", {p.Name} {p.Mean:0.0000}") : "";
        screen.Result(FormattableString.Invariant($"{run.Recipe.Name} on {scene.Name}, {split}: {evaluation.Psnr:0.00} dB, SSIM {evaluation.Ssim:0.0000}{perceptual}; {evaluation.TrainingSteps} steps in {Screen.Time(evaluation.TrainingSeconds)}, {Screen.Count(evaluation.Parameters)} parameters, {evaluation.PeakMemoryMiB:0} MiB at most"));
        if (evaluation.Lpips is { } score) screen.Result($"{score.Name}: {string.Join(", ", score.Weights)}");
        if (pictures) screen.Note($"{into}: rendering, truth and error of every view");
        return evaluation;

        static string[] Row(string name, double psnr, double ssim, double? lpips, double seconds) =>
            [name, FormattableString.Invariant($"{psnr:0.00}"), FormattableString.Invariant($"{ssim:0.0000}"), .. lpips is { } l ? (string[])[FormattableString.Invariant($"{l:0.0000}")] : [], FormattableString.Invariant($"{seconds:0.00}")];
    }

    static ConsistencyScore MeasureConsistency(Run run, string path, int pairs, Screen screen, Interruption stop, Lpips? lpips)
    {
        screen.Begin();
        var score = ConsistencyScore.Of(run, path, pairs, lpips, done =>
        {
            stop.Check($"{done} of {pairs} pairs were compared");
            screen.Progress("comparing", (double)done / pairs, () => $"{done}/{pairs}");
        });
        foreach (var range in (RangeScore[])[score.Short, score.Long])
            screen.Result(range.Pairs == 0 ? $"{path}, {range.Apart} of {ConsistencyScore.Frames} frames apart: no two views show the same surface, so that nothing can be said about how well they agree"
                : FormattableString.Invariant($"{path}, {range.Apart} of {ConsistencyScore.Frames} frames apart: RMSE {range.Rmse:0.0000}{(range.Lpips is { } l ? FormattableString.Invariant($", {score.LpipsName} {l:0.0000}") : "")} where both see the surface ({range.Overlap:P0} of the pixels, {range.Pairs} pairs)"));
        return score;
    }

    /// <summary>A file's name for a view: names of views are paths.</summary>
    public static string FileName(string view) => string.Concat(view.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')).TrimStart('.') + ".png";

    /// <summary>Rendering, truth and error side by side.</summary>
    static Bitmap Beside(Tensor rendered, Tensor truth)
    {
        Bitmap[] parts = [new Image(rendered).ToBitmap(), new Image(truth).ToBitmap(), CompareView.Difference(rendered, truth)];
        var row = parts[0].Width * 3;
        var whole = new Bitmap(3 * parts[0].Width, parts[0].Height, 3);
        for (int y = 0; y < whole.Height; y++)
            for (int k = 0; k < 3; k++)
                parts[k].Samples.AsSpan(y * row, row).CopyTo(whole.Samples.AsSpan((3 * y + k) * row));
        return whole;
    }
}
