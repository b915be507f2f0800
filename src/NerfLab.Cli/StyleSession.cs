using NerfLab.Data;
using NerfLab.Recipes;
using NerfLab.Stylization;
using NerfLab.Weights;
using static System.FormattableString;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary>What a folder was asked to become; it is kept in <c>stylize.json</c>, so that only the same is gone on with.</summary>
/// <param name="Method">arf, stylizednerf or adain-per-view.</param>
/// <param name="Run">The folder of the field, its whole path.</param>
/// <param name="Styles">Name and checksum of each style picture.</param>
/// <param name="Networks">Those that see styles, and their decoder.</param>
/// <param name="StyleSize">The longer side of the styles, pixels.</param>
/// <param name="Downscale">By how much smaller pictures are looked at than the field was trained on.</param>
/// <param name="Arf">How, for arf.</param>
/// <param name="StylizedNerf">How, for stylizednerf.</param>
/// <param name="Path">Which pictures, for adain-per-view.</param>
sealed record StyleOrder(string Method, string Run, IReadOnlyList<WeightSource> Styles, IReadOnlyList<WeightSource> Networks, int StyleSize, float Downscale,
    ArfSpec? Arf = null, StylizedNerfSpec? StylizedNerf = null, string? Path = null)
{
    const string JsonFile = "stylize.json";

    /// <summary>Name and checksum of style pictures.</summary>
    public static IReadOnlyList<WeightSource> Sources(IEnumerable<string> files) => [.. files.Select(f => new WeightSource(System.IO.Path.GetFileNameWithoutExtension(f), WeightSource.Of(f).Sha256))];

    /// <summary>The files behind encoder and decoder.</summary>
    public static IReadOnlyList<WeightSource> Files(AdaIn styler) => styler.Decoder.Source is { } decoder ? [styler.Extractor.Source, decoder] : [styler.Extractor.Source];

    /// <summary>Begins a folder, or goes on with one that was asked for the same.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="resume">Whether to go on where there is something to go on from.</param>
    /// <exception cref="BadInputException">The folder is there and is not to be gone on with, or it was asked for something else.</exception>
    public void Begin(string folder, bool resume)
    {
        if (StyleBook.In(Run) is not null) throw new BadInputException($"{Run}: has learnt styles already; give the run that it was made of");
        var path = System.IO.Path.Combine(folder, JsonFile);
        if (resume && File.Exists(path))
        {
            if (File.ReadAllText(path) != StrictJson.Write(this)) throw new BadInputException($"--resume: {path} was begun with other styles or options; give the same ones, or another --out");
            return;
        }
        if (File.Exists(path)) throw new BadInputException($"{folder}: exists already; go on with it by --resume, or choose a new or empty folder");
        CommandLine.ExpectNew(folder);
        AtomicFile.Write(path, StrictJson.Write(this));
    }
}

/// <summary>A field that gets a style, with its folder: stages, progress, and going on after an interruption.</summary>
/// <param name="screen">For the progress.</param>
/// <param name="stop">Ends it early.</param>
sealed class StyleSession(Screen screen, Interruption stop)
{
    const double KeepEvery = 30; // seconds

    /// <summary>The photographs of a run, smaller.</summary>
    /// <param name="recipe">Of the run.</param>
    /// <param name="scene">Where they are; null for where the recipe says.</param>
    /// <param name="shrink">By how much smaller than the field was trained on.</param>
    public static Scene Photographs(Recipe recipe, string? scene, float shrink)
    {
        var trained = SceneFile.Open(scene ?? recipe.Scene, new SceneOptions(recipe.Downscale));
        return trained with { Train = [.. trained.Train.Select(v => v.Smaller(shrink))] };
    }

    /// <summary>ARF into a run folder.</summary>
    /// <param name="order">What to do; the folder has been begun with it.</param>
    /// <param name="scene">The scene with its pictures.</param>
    /// <param name="extractor">What sees the style.</param>
    /// <param name="style">[1,3,H,W].</param>
    /// <param name="into">The folder.</param>
    /// <param name="device">Where to compute.</param>
    /// <returns>The distance to the nearest features of the style at the first step of matching of this session and at the last, and seconds; NaN where none was made.</returns>
    public (double First, double Last, double Seconds) Match(StyleOrder order, Scene scene, StyleExtractor extractor, Tensor style, string into, Device device)
    {
        var spec = order.Arf!;
        var file = Path.Combine(into, "stage.safetensors");
        var kept = new Training.StageFile(file, KeepEvery);
        using var run = Arf.Open(order.Run, device, spec);
        screen.Begin();
        if (kept.Stage is { } stage) screen.Note($"{into}: goes on in the stage {stage}");
        double first = double.NaN, last = double.NaN;
        foreach (var step in Arf.Stylize(run, scene, extractor, style, spec, kept))
        {
            if (step is { Stage: "matching", Step.Outcome.Losses.Terms: var terms })
            {
                double match = terms.First(t => t.Name == "match").Value;
                if (double.IsNaN(first)) first = last = match;
                last = 0.9 * last + 0.1 * match;
            }
            screen.Progress(step.Stage, step.Done, () => step.Step is { } s ? Invariant($"step {s.Index + 1}  {Figures(s.Outcome.Losses.Terms)}") : "");
            if (!stop.Requested) continue;
            kept.Save();
            stop.Check(File.Exists(file) ? $"the same command with --resume goes on in the stage {step.Stage}" : "nothing was saved yet");
        }
        run.Save(into);
        kept.Delete();
        return (first, last, screen.End());
    }

    /// <summary>StylizedNeRF into a run folder that has learnt styles.</summary>
    /// <param name="order">What to do; the folder has been begun with it.</param>
    /// <param name="styler">The 2D network; its decoder is changed.</param>
    /// <param name="styles">[1,3,H,W] each.</param>
    /// <param name="into">The folder.</param>
    /// <param name="device">Where to compute.</param>
    /// <returns>Seconds of this session.</returns>
    public double Learn(StyleOrder order, AdaIn styler, IReadOnlyList<Tensor> styles, string into, Device device)
    {
        using var run = Run.Open(order.Run, device);
        var cameras = run.Scene.Train.Select(t => t.Camera.Smaller(order.Downscale)).ToList();
        var kept = new StyleKeeper(into, KeepEvery);
        using var stylized = new StylizedNerf(run, styler, order.StylizedNerf!);
        screen.Begin();
        if (kept.Stage.Stage is not null) screen.Note($"{into}: goes on in the stage style");
        var (apart, was) = (false, "");
        foreach (var step in stylized.Stages(cameras, styles, kept))
        {
            if (step.Stage == "consistency" && !apart && step.Figures.Any(f => f is { Name: "overlap", Value: 0 }) && (apart = true))
                screen.Note("some neighbouring views have no surface in common; nothing can be said about how well they agree");
            screen.Progress(step.Stage, step.Done, () => Figures(step.Figures));
            was = step.Stage;
            if (!stop.Requested) continue;
            kept.Stage.Save();
            stop.Check(was is "style" or "codes" ? $"the same command with --resume goes on in the stage {was}" : $"the same command with --resume begins the stage {was} anew");
        }
        run.Save(into);
        stylized.Book(order.Styles).Write(into);
        return screen.End();
    }

    static string Figures(IEnumerable<(string Name, double Value)> figures) => string.Join("  ", figures.Select(f => Invariant($"{f.Name} {f.Value:0.0000}")));
}
