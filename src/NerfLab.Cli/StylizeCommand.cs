using System.CommandLine;
using NerfLab.Data;
using NerfLab.Recipes;
using NerfLab.Stylization;
using NerfLab.Tasks;
using static NerfLab.Cli.CommandLine;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary><c>nerflab stylize</c>: a trained field in the style of a picture.</summary>
static class StylizeCommand
{
    static readonly Argument<string> Folder = new("RUN") { Description = "The --out folder of a training." };
    static readonly Argument<string[]> Style = new("STYLE") { Arity = ArgumentArity.OneOrMore, Description = "The style picture, PNG or JPEG; stylizednerf takes several." };
    static readonly Option<string?> Method = Text("--method", "arf|stylizednerf|adain-per-view", "arf matches features of one style; stylizednerf learns one or several styles from a 2D network; adain-per-view writes pictures of a path, each stylised for itself. [default: arf]");
    static readonly Option<string?> Out = Text("--out", "DIR", "The new run folder, or the folder of pictures; with several styles a folder with a run folder for each. [default: RUN-STYLE]");
    static readonly Option<string?> Scene = Text("--scene", "DIR", "Where the scene is, if it was moved since the training. [default: as in the recipe]");
    static readonly Option<float?> Downscale = Number("--downscale", "F", "Look at pictures F times smaller than the field was trained on, 1 to 64. [default: 1]", 1f);
    static readonly Option<int?> StyleSize = Number("--style-size", "N", "Make the style's longer side N pixels when it is longer. [default: half the longer side of the scene's pictures, at least 128; 512 for adain-per-view]", 16);
    static readonly Option<int?> Steps = Number("--steps", "N", "Steps of matching, a view each, or of the style module. [default: 200, 1500]", 1);
    static readonly Option<bool> NoMutual = Switch("--no-mutual", "stylizednerf: the 2D network does not learn from the field.");
    static readonly Option<int?> FitSteps = Number("--fit-steps", "N", "Steps on the photographs in the style's colours. [default: 200]", 0);
    static readonly Option<double?> Content = Number("--content", "W", "Weight of the content term. [default: 0.005]", 0.0);
    static readonly Option<double?> Rate = Number("--rate", "F", "The learning rate of matching as a share of the recipe's. [default: 0.5]", 1e-6);
    static readonly Option<string?> Recolor = Text("--recolor", "exact|published|none", "How colours are brought to the style's before and after: exactly, as the paper's code does, or not at all. [default: exact]");
    static readonly Option<bool> ViewDependent = Switch("--view-dependent", "Let colours depend on the direction.");
    static readonly Option<bool> FreeDensity = Switch("--free-density", "Let densities change as well.");
    static readonly Option<string?> Along = Text("--path", "orbit|spiral|test|val|train", "The path of adain-per-view. [default: orbit; spiral in normalised device coordinates]");
    static readonly Option<int?> Frames = Number("--frames", "N", "Pictures of adain-per-view. [default: 90]", 1);
    static readonly Option<long?> Seed = Number("--seed", "K", "Decides the order of the views. [default: 0]", 0L);
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("stylize", "Show a trained field in the style of a picture.")
        {
            Folder, Style, Method, Out, Scene, Downscale, StyleSize, Steps, FitSteps, NoMutual, Content, Rate, Recolor, ViewDependent, FreeDensity, Along, Frames, Networks.Extractor, Networks.Decoder, Seed, Where, Silent,
        };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var (folder, files) = (given.GetRequiredValue(Folder), given.GetRequiredValue(Style));
        var file = files[0];
        if (files.Length > 1 && given.GetValue(Method) != "stylizednerf") throw new BadInputException($"{files[1]}: one style is expected; --method stylizednerf takes several");
        var into = given.GetValue(Out) ?? $"{Path.TrimEndingDirectorySeparator(folder)}-{Path.GetFileNameWithoutExtension(file)}";
        ExpectNew(into);
        var device = Choose(given.GetValue(Where));
        switch (given.GetValue(Method))
        {
            case null or "arf": Match(given, folder, file, into, device, screen, stop); break;
            case "stylizednerf": Learn(given, folder, files, into, device, screen, stop); break;
            case "adain-per-view": PerView(given, folder, file, into, device, screen, stop); break;
            case var other: throw new BadInputException($"--method {other}: unknown{Spelling.Suggest(other, ["arf", "stylizednerf", "adain-per-view"])}");
        }
        return 0;
    }

    static void Match(ParseResult given, string folder, string file, string into, Device device, Screen screen, Interruption stop)
    {
        var usual = new ArfSpec();
        var spec = usual with
        {
            Steps = given.GetValue(Steps) ?? usual.Steps, FitSteps = given.GetValue(FitSteps) ?? usual.FitSteps, LearningRate = given.GetValue(Rate) ?? usual.LearningRate,
            Weights = new MatchWeights { Content = given.GetValue(Content) ?? new MatchWeights().Content },
            ViewDependent = given.GetValue(ViewDependent), FreeDensity = given.GetValue(FreeDensity), Seed = given.GetValue(Seed) ?? 0,
            Recoloring = given.GetValue(Recolor) switch
            {
                null or "exact" => Recoloring.Exact, "published" => Recoloring.Published, "none" => Recoloring.None,
                var other => throw new BadInputException($"--recolor {other}: exact, published or none is expected"),
            },
        };
        using var extractor = Networks.Open(given, device);
        using var run = Arf.Open(folder, device, spec);
        var scene = SceneFile.Open(given.GetValue(Scene) ?? run.Recipe.Scene, new SceneOptions(run.Recipe.Downscale * (given.GetValue(Downscale) ?? 1)));
        int side = scene.Train.Max(v => int.Max(v.Camera.Width, v.Camera.Height));
        using var scope = NewDisposeScope();
        var style = StylePicture.Read(file, extractor, given.GetValue(StyleSize) ?? int.Max(128, side / 2));
        screen.Note($"{run.Recipe.Name} on {scene.Name}: {scene.Train.Count} views of up to {side} pixels, style {style.shape[3]}x{style.shape[2]}, {extractor.Name}");
        screen.Begin();
        double first = double.NaN, last = double.NaN;
        foreach (var step in Arf.Stylize(run, scene, extractor, style, spec))
        {
            stop.Check("nothing was saved");
            if (step is { Stage: "matching", Step.Outcome.Losses.Terms: var terms })
            {
                double match = terms.First(t => t.Name == "match").Value;
                if (double.IsNaN(first)) first = last = match;
                last = 0.9 * last + 0.1 * match;
            }
            screen.Progress(step.Stage, step.Done, () => step.Step is { } s ? FormattableString.Invariant($"step {s.Index + 1}  {string.Join("  ", s.Outcome.Losses.Terms.Select(t => FormattableString.Invariant($"{t.Name} {t.Value:0.0000}")))}") : "");
        }
        run.Save(into);
        screen.Result(FormattableString.Invariant($"{into}: distance to the nearest features of the style {first:0.000} at first, {last:0.000} at last ({extractor.Name}), {Screen.Time(screen.End())}, {Evaluation.PeakMemory:0} MiB at most"));
    }

    static void Learn(ParseResult given, string folder, string[] files, string into, Device device, Screen screen, Interruption stop)
    {
        var usual = StylizedNerfSpec.Small;
        using var scope = NewDisposeScope();
        using var styler = Networks.Styler(given, device);
        using var run = Run.Open(folder, device);
        var shrink = given.GetValue(Downscale) ?? 1;
        var cameras = run.Scene.Train.Select(t => t.Camera).Select(c => shrink == 1 ? c : c.Framed((int)(c.Width / shrink), (int)(c.Height / shrink))).ToList();
        using var stylized = new StylizedNerf(run, styler, usual with { Steps = given.GetValue(Steps) ?? usual.Steps, Mutual = !given.GetValue(NoMutual), Seed = given.GetValue(Seed) ?? 0 });
        var styles = files.Select(f => StylePicture.Read(f, styler.Extractor, given.GetValue(StyleSize) ?? 512)).ToList();
        screen.Begin();
        bool apart = false;
        foreach (var step in stylized.Stages(cameras, styles))
        {
            stop.Check("nothing was saved");
            if (step.Stage == "consistency" && !apart && step.Figures.Any(f => f is { Name: "overlap", Value: 0 }) && (apart = true)) screen.Note("some neighbouring views have no surface in common; nothing can be said about how well they agree");
            screen.Progress(step.Stage, 0.9 * step.Done, () => string.Join("  ", step.Figures.Select(f => FormattableString.Invariant($"{f.Name} {f.Value:0.0000}"))));
        }
        foreach (var (i, file) in files.Index())
        {
            var target = files.Length == 1 ? into : Path.Combine(into, Path.GetFileNameWithoutExtension(file));
            var field = stylized.Field(i);
            using var painted = Arf.Open(folder, device, new ArfSpec());
            var views = cameras.Select((c, k) =>
            {
                using var inner = NewDisposeScope();
                var bitmap = new Image(stylized.Render(field, c).Color).ToBitmap();
                return new View($"{k:0000}", c, () => bitmap);
            }).ToList();
            foreach (var step in Arf.Repaint(painted, views, given.GetValue(FitSteps) ?? 400))
            {
                stop.Check($"{i} of {files.Length} styles are saved");
                screen.Progress("painting", 0.9 + 0.1 * (i + step.Done) / files.Length);
            }
            painted.Save(target);
        }
        screen.Result(FormattableString.Invariant($"{into}: {files.Length} styles, {styler.Extractor.Name}, {Screen.Time(screen.End())}, {Evaluation.PeakMemory:0} MiB at most"));
    }

    static void PerView(ParseResult given, string folder, string file, string into, Device device, Screen screen, Interruption stop)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var adain = Networks.Styler(given, device);
        using var run = Run.Open(folder, device);
        var style = new StyleShare(adain.Style(StylePicture.Read(file, adain.Extractor, given.GetValue(StyleSize) ?? 512)));
        var along = given.GetValue(Along) ?? run.Scene.UsualPath();
        var cameras = RenderCommand.Path(run.Scene, along, false, given.GetValue(Frames));
        if (cameras.Count == 0) throw new BadInputException($"--path {along}: the scene of {folder} has no {along} views; choose another --path");
        screen.Begin();
        foreach (var (i, (name, camera)) in cameras.Index())
        {
            stop.Check($"{into} holds {i} of {cameras.Count} pictures");
            using var inner = NewDisposeScope();
            StylePicture.Write(Path.Combine(into, EvalCommand.FileName(name)), adain.Transfer(StylePicture.Of(run.Render(camera).Color.to(device)), [style]));
            screen.Progress("pictures", (i + 1.0) / cameras.Count, () => $"{i + 1}/{cameras.Count}");
        }
        screen.Result($"{into}: {cameras.Count} pictures, each stylised for itself with {adain.Extractor.Name}, {Screen.Time(screen.End())}");
    }
}
