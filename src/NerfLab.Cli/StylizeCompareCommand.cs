using System.CommandLine;
using NerfLab.Data;
using NerfLab.Metrics;
using NerfLab.Recipes;
using NerfLab.Stylization;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab stylize-compare</c>: methods of stylization on one field, in a table and in pictures.</summary>
static class StylizeCompareCommand
{
    static readonly Argument<string> Folder = new("RUN") { Description = "The --out folder of a training: the field before it is stylised." };
    static readonly Argument<string[]> Style = new("STYLE") { Arity = ArgumentArity.OneOrMore, Description = "Style pictures, PNG or JPEG." };
    static readonly Option<string[]> Method = new("--method")
    {
        HelpName = string.Join('|', StyleBench.Methods), AllowMultipleArgumentsPerToken = true,
        Description = "Only these methods; no-mutual is StylizedNeRF whose 2D network learns nothing from the field. [default: all]",
    };
    static readonly Option<string[]> Also = new("--also")
    {
        HelpName = "PATH", AllowMultipleArgumentsPerToken = true,
        Description = "Results that are there already, to be measured against the first style: run folders, or folders of pictures named frame_0000.png and so on along the path of 90 frames. [default: none]",
    };
    static readonly Option<string?> Along = Text("--path", "orbit|spiral", "The path of 90 frames. [default: orbit; spiral in normalised device coordinates]");
    static readonly Option<int?> Pairs = Number("--pairs", "N", "Pairs of neighbouring frames, and as many of frames 7 apart, 1 to 90. [default: 10]", 1);
    static readonly Option<string?> Judge = Text("--judge", "FILE", "The network that measures style and content, and, without --lpips, how alike warped pictures are. [default: --extractor]");
    static readonly Option<string?> Perceptual = MeasureOptions.Lpips();
    static readonly Option<string[]> Weights = MeasureOptions.Weights();
    static readonly Option<bool> OwnDepth = Switch("--own-depth", "Warp by the field's depth also on the embedded scene, whose exact depth is known.");
    static readonly Option<string?> Scene = Text("--scene", "DIR", "Where the scene is, if it was moved since the training. [default: as in the recipe]");
    static readonly Option<float?> Downscale = Number("--downscale", "F", "Look at pictures F times smaller than the field was trained on, 1 to 64. [default: 1]", 1f);
    static readonly Option<int?> Steps = Number("--steps", "N", "Steps of arf. [default: 200]", 1);
    static readonly Option<int?> ModuleSteps = Number("--module-steps", "N", "Steps of the style module of stylizednerf. [default: 1500]", 1);
    static readonly Option<long?> Seed = Number("--seed", "K", "Decides everything random. [default: 0]", 0L);
    static readonly Option<string?> Out = Text("--out", "DIR", "The folder for stylize-compare.json and .png, a strip of pictures of each style, and what the methods make; runs that are complete there are measured again, others are gone on with. [default: RUN-styles]");
    static readonly Option<string?> Json = Text("--json", "FILE", "Write the figures there as well; - for the standard output. [default: none]");
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("stylize-compare", "Compare methods of stylization on one field: how well views agree, how near they are to the style, and what they still show.")
        {
            Folder, Style, Method, Also, Along, Pairs, Judge, Perceptual, Weights, OwnDepth, Scene, Downscale, Steps, ModuleSteps, Networks.Extractor, Networks.Decoder, Seed, Out, Json, Where, Silent,
        };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var json = given.GetValue(Json);
        var screen = Screen.Of(given.GetValue(Silent), jsonOnOutput: json == "-");
        var (folder, files, pairs, path) = (given.GetRequiredValue(Folder), given.GetRequiredValue(Style), given.GetValue(Pairs) ?? 10, given.GetValue(Along));
        if (pairs > ConsistencyScore.Frames) throw new BadInputException($"--pairs {pairs}: 1 to {ConsistencyScore.Frames} are expected");
        if (path is not (null or "orbit" or "spiral")) throw new BadInputException($"--path {path}: unknown{Spelling.Suggest(path, ["orbit", "spiral"])}");
        var methods = given.GetValue(Method) is { Length: > 0 } some ? some.Distinct().ToList() : [.. StyleBench.Methods];
        if (methods.Find(m => !StyleBench.Methods.Contains(m)) is { } unknown) throw new BadInputException($"--method {unknown}: unknown{Spelling.Suggest(unknown, StyleBench.Methods)}");
        var names = files.Select(f => Path.GetFileNameWithoutExtension(f)).ToList();
        if (names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new BadInputException($"style {twice.Key}: given twice; styles of different names are expected");
        var device = Choose(given.GetValue(Where));
        using var lpips = MeasureOptions.Open(given, Perceptual, Weights, device);
        using var judge = given.GetValue(Judge) is { } file ? StyleExtractor.Load(file, device) : Networks.Open(given, device);
        var bench = new StyleBench(folder, given.GetValue(Out) ?? $"{Path.TrimEndingDirectorySeparator(folder)}-styles", device, screen, stop)
        {
            Styler = () => Networks.Styler(given, device), Extractor = () => Networks.Open(given, device), Judge = judge, Distance = lpips as IPictureDistance ?? new FeatureDistance(judge),
            Path = path, Pairs = pairs, ExactDepth = !given.GetValue(OwnDepth), Scene = given.GetValue(Scene), Downscale = given.GetValue(Downscale) ?? 1,
            Arf = new ArfSpec { Seed = given.GetValue(Seed) ?? 0, Steps = given.GetValue(Steps) ?? new ArfSpec().Steps },
            StylizedNerf = StylizedNerfSpec.Small with { Seed = given.GetValue(Seed) ?? 0, Steps = given.GetValue(ModuleSteps) ?? StylizedNerfSpec.Small.Steps },
        };
        var result = bench.Run(files, methods, given.GetValue(Also) ?? []).ToJson();
        if (json == "-") Console.Out.WriteLine(result);
        else if (json is not null) AtomicFile.Write(json, result);
        return 0;
    }
}
