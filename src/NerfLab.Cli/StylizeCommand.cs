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
    static readonly Option<string?> Out = Text("--out", "DIR", "The new run folder, or the folder of pictures. [default: RUN-STYLE]");
    static readonly Option<string?> Scene = Text("--scene", "DIR", "Where the scene is, if it was moved since the training. [default: as in the recipe]");
    static readonly Option<float?> Downscale = Number("--downscale", "F", "Look at pictures F times smaller than the field was trained on, 1 to 64. [default: 1]", 1f);
    static readonly Option<int?> StyleSize = Number("--style-size", "N", "Make the style's longer side N pixels when it is longer. [default: half the longer side of the scene's pictures, at least 128; 512 for adain-per-view]", 16);
    static readonly Option<int?> Steps = Number("--steps", "N", "Steps of matching, a view each, or of the style module. [default: 200, 1500]", 1);
    static readonly Option<bool> NoMutual = Switch("--no-mutual", "stylizednerf: the 2D network does not learn from the field.");
    static readonly Option<int?> FitSteps = Number("--fit-steps", "N", "arf: steps on the photographs in the style's colours. [default: 200]", 0);
    static readonly Option<double?> Scale = Number("--scale", "S", "stylizednerf: what renderings show unless they are asked for something else, from the mean of a style's codes, 0, to the code that a view has learnt, 1. [default: 0]", 0.0);
    static readonly Option<bool> Resume = Switch("--resume", "Go on with what --out holds of the same command after an interruption.");
    static readonly Option<double?> Content = Number("--content", "W", "arf: weight of the content term. [default: 0.005]", 0.0);
    static readonly Option<double?> Rate = Number("--rate", "F", "arf: the learning rate of matching as a share of the recipe's. [default: 0.5]", 1e-6);
    static readonly Option<string?> Recolor = Text("--recolor", "exact|published|none", "arf: how colours are brought to the style's before and after: exactly, as the paper's code does, or not at all. [default: exact]");
    static readonly Option<bool> ViewDependent = Switch("--view-dependent", "arf: let colours depend on the direction.");
    static readonly Option<bool> FreeDensity = Switch("--free-density", "arf: let densities change as well.");
    static readonly Option<string?> Along = Text("--path", "orbit|spiral|test|val|train", "The path of adain-per-view. [default: orbit; spiral in normalised device coordinates]");
    static readonly Option<int?> Frames = Number("--frames", "N", "Pictures of adain-per-view. [default: 90]", 1);
    static readonly Option<long?> Seed = Number("--seed", "K", "Decides everything random. [default: 0]", 0L);
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("stylize", "Show a trained field in the style of a picture.")
        {
            Folder, Style, Method, Out, Scene, Downscale, StyleSize, Steps, FitSteps, NoMutual, Scale, Content, Rate, Recolor, ViewDependent, FreeDensity,
            Along, Frames, Networks.Extractor, Networks.Decoder, Seed, Resume, Where, Silent,
        };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var (folder, files, method) = (given.GetRequiredValue(Folder), given.GetRequiredValue(Style), given.GetValue(Method) ?? "arf");
        if (method is not ("arf" or "stylizednerf" or "adain-per-view")) throw new BadInputException($"--method {method}: unknown{Spelling.Suggest(method, ["arf", "stylizednerf", "adain-per-view"])}");
        if (files.Length > 1 && method != "stylizednerf") throw new BadInputException($"{files[1]}: one style is expected; --method stylizednerf takes several");
        if (given.GetValue(Scale) is not null && method != "stylizednerf") throw new BadInputException("--scale: is for --method stylizednerf");
        if (given.GetValue(Scale) is > 1 and var scale) throw new BadInputException(FormattableString.Invariant($"--scale {scale}: a number from 0 to 1 is expected"));
        var into = given.GetValue(Out) ?? $"{Path.TrimEndingDirectorySeparator(folder)}-{Path.GetFileNameWithoutExtension(files[0])}";
        var device = Choose(given.GetValue(Where));
        switch (method)
        {
            case "arf": Match(given, folder, files[0], into, device, screen, stop); break;
            case "stylizednerf": Learn(given, folder, files, into, device, screen, stop); break;
            default: PerView(given, folder, files[0], into, device, screen, stop); break;
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
        var recipe = Run.ReadRecipe(folder);
        float shrink = given.GetValue(Downscale) ?? 1;
        var scene = StyleSession.Photographs(recipe, given.GetValue(Scene), shrink);
        int side = scene.Train.Max(v => int.Max(v.Camera.Width, v.Camera.Height)), styleSize = given.GetValue(StyleSize) ?? int.Max(128, side / 2);
        using var scope = NewDisposeScope();
        var style = StylePicture.Read(file, extractor, styleSize);
        var order = new StyleOrder("arf", WholePath(folder), StyleOrder.Sources([file]), [extractor.Source], styleSize, shrink, Arf: spec);
        order.Begin(into, given.GetValue(Resume));
        if (Run.IsRun(into))
        {
            screen.Result($"{into}: is complete; nothing is left to be done");
            return;
        }
        screen.Note($"{recipe.Name} on {scene.Name}: {scene.Train.Count} views of up to {side} pixels, style {style.shape[3]}x{style.shape[2]}, {extractor.Name}");
        var (first, last, seconds) = new StyleSession(screen, stop).Match(order, scene, extractor, style, into, device);
        screen.Result(FormattableString.Invariant($"{into}: distance to the nearest features of the style {first:0.000} at first, {last:0.000} at last ({extractor.Name}), {Screen.Time(seconds)}, {Evaluation.PeakMemory:0} MiB at most"));
    }

    static void Learn(ParseResult given, string folder, string[] files, string into, Device device, Screen screen, Interruption stop)
    {
        var usual = StylizedNerfSpec.Small;
        using var scope = NewDisposeScope();
        using var styler = Networks.Styler(given, device);
        int styleSize = given.GetValue(StyleSize) ?? 512;
        var styles = files.Select(f => StylePicture.Read(f, styler.Extractor, styleSize)).ToList();
        var spec = usual with
        {
            Steps = given.GetValue(Steps) ?? usual.Steps, Mutual = !given.GetValue(NoMutual), Seed = given.GetValue(Seed) ?? 0, CodeScale = given.GetValue(Scale) ?? usual.CodeScale,
        };
        var order = new StyleOrder("stylizednerf", WholePath(folder), StyleOrder.Sources(files), StyleOrder.Files(styler), styleSize, given.GetValue(Downscale) ?? 1, StylizedNerf: spec);
        order.Begin(into, given.GetValue(Resume));
        if (StyleBook.In(into) is not null)
        {
            screen.Result($"{into}: is complete; nothing is left to be done");
            return;
        }
        double seconds = new StyleSession(screen, stop).Learn(order, styler, styles, into, device);
        screen.Result(FormattableString.Invariant($"{into}: {files.Length} styles ({string.Join(", ", order.Styles.Select(s => s.File))}), {styler.Extractor.Name}, {Screen.Time(seconds)}, {Evaluation.PeakMemory:0} MiB at most"));
    }

    static void PerView(ParseResult given, string folder, string file, string into, Device device, Screen screen, Interruption stop)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var adain = Networks.Styler(given, device);
        using var run = Run.Open(folder, device);
        int styleSize = given.GetValue(StyleSize) ?? 512;
        var style = adain.Style(StylePicture.Read(file, adain.Extractor, styleSize));
        var along = given.GetValue(Along) ?? run.Scene.UsualPath();
        if (along is not ("orbit" or "spiral" or "test" or "val" or "train")) throw new BadInputException($"--path {along}: unknown{Spelling.Suggest(along, ["orbit", "spiral", "test", "val", "train"])}");
        var cameras = RenderCommand.Path(run.Scene, along, false, given.GetValue(Frames));
        if (cameras.Count == 0) throw new BadInputException($"--path {along}: the scene of {folder} has no {along} views; choose another --path");
        var order = new StyleOrder("adain-per-view", WholePath(folder), StyleOrder.Sources([file]), StyleOrder.Files(adain), styleSize, 1, Path: $"{along}, {cameras.Count} pictures");
        order.Begin(into, given.GetValue(Resume));
        screen.Begin();
        foreach (var (i, (name, camera)) in cameras.Index())
        {
            stop.Check($"{into} holds {i} of {cameras.Count} pictures; the same command with --resume goes on");
            var picture = Path.Combine(into, EvalCommand.FileName(name));
            if (File.Exists(picture)) continue; // written before an interruption; a picture is there whole or not at all
            using var inner = NewDisposeScope();
            var image = run.Render(camera);
            var there = (image.Opacity >= 0.5).to(float32); // what is empty keeps the background, and counts for no statistics
            var painted = adain.Transfer(StylePicture.Of(image.Color.to(device)), [new StyleShare(style, Mask: there)]);
            StylePicture.Write(picture, where(there.to(device) > 0, painted, run.BackgroundColor.view(1, 3, 1, 1)));
            screen.Progress("pictures", (i + 1.0) / cameras.Count, () => $"{i + 1}/{cameras.Count}");
        }
        screen.Result($"{into}: {cameras.Count} pictures, each stylised for itself with {adain.Extractor.Name}, {Screen.Time(screen.End())}");
    }
}
