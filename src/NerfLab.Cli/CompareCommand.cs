using System.CommandLine;
using NerfLab.Geometry;
using NerfLab.Metrics;
using NerfLab.Recipes;
using Spectre.Console;
using static NerfLab.Cli.CommandLine;
using static System.FormattableString;

namespace NerfLab.Cli;

/// <summary><c>nerflab compare</c>: pictures against pictures, surfaces against surfaces.</summary>
static class CompareCommand
{
    static readonly Argument<string> First = new("A") { Description = $"A folder of pictures, a picture, or a surface or cloud of points ({MeshFile.Formats})." };
    static readonly Argument<string> Second = new("B") { Description = "The same; what A is measured against." };
    static readonly Option<string?> Perceptual = MeasureOptions.Lpips();
    static readonly Option<string?> Features = Text("--features", "NETWORK[:LAYER]", $"Instead of pairs, compare the two sets by the distribution of features: {string.Join(", ", LayerFeatures.Networks)}. Only inception gives FID and KID. [default: none]");
    static readonly Option<string[]> Weights = MeasureOptions.Weights();
    static readonly Option<int?> Points = Number("--points", "N", "Points to draw from each surface. [default: 100000]", SurfaceComparison.LeastPoints);
    static readonly Option<double?> Threshold = Number("--threshold", "D", "Distance within which a point counts for the F-score, in the files' units. [default: 1 % of the diagonal of B's box]", 0.0);
    static readonly Option<string?> Json = Text("--json", "FILE", "Write the figures as JSON; - for the standard output. [default: none]");
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("compare", "Measure pictures against pictures of the same names (PSNR, SSIM, LPIPS), sets of pictures against each other, and surfaces against surfaces (Chamfer distance, F-score).") { First, Second, Perceptual, Features, Weights, Points, Threshold, Json, Where, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var json = given.GetValue(Json);
        var screen = Screen.Of(given.GetValue(Silent), jsonOnOutput: json == "-");
        var (a, b) = (given.GetRequiredValue(First), given.GetRequiredValue(Second));
        bool surfaces = MeshFile.Knows(a) || MeshFile.Knows(b);
        if (!surfaces && (given.GetValue(Points) is not null || given.GetValue(Threshold) is not null)) throw new BadInputException("--points and --threshold are for surfaces; leave them out for pictures");
        screen.Begin();
        var result = surfaces ? Surfaces(given, a, b, screen) : given.GetValue(Features) is { } network ? Sets(given, network, a, b, screen, Progress) : Pictures(given, a, b, screen, Progress);
        if (json == "-") Console.Out.WriteLine(result);
        else if (json is not null) AtomicFile.Write(json, result);
        return 0;

        void Progress(double fraction)
        {
            stop.Check("nothing was written");
            screen.Progress("comparing", fraction);
        }
    }

    static string Pictures(ParseResult given, string a, string b, Screen screen, Action<double> progress)
    {
        using var lpips = MeasureOptions.Open(given, Perceptual, Weights, Choose(given.GetValue(Where)));
        var c = PictureComparison.Of(a, b, lpips, progress);
        var table = new Table().Border(TableBorder.Rounded).AddColumn("picture");
        string[] headings = ["PSNR (dB)", "SSIM", .. c.Lpips is null ? [] : (string[])[c.Lpips.Name]];
        foreach (var heading in headings) table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var pair in c.Pairs) table.AddRow([Markup.Escape(pair.Name), Invariant($"{pair.Psnr:0.00}"), Invariant($"{pair.Ssim:0.0000}"), .. pair.Lpips is { } l ? (string[])[Invariant($"{l:0.0000}")] : []]);
        screen.Show(table);
        screen.Result(Invariant($"{c.Pairs.Count} {(c.Pairs.Count == 1 ? "pair" : "pairs")}: {c.Psnr:0.00} dB, SSIM {c.Ssim:0.0000}{(c.Lpips is { } p ? Invariant($", {p.Name} {p.Mean:0.0000}") : "")}"));
        if (c.Lpips is { } score) screen.Result($"{score.Name}: {string.Join(", ", score.Weights)}");
        if (c.Alone > 0) screen.Note($"{c.Alone} pictures have no counterpart");
        return c.ToJson();
    }

    static string Sets(ParseResult given, string network, string a, string b, Screen screen, Action<double> progress)
    {
        if (given.GetValue(Perceptual) is not null) throw new BadInputException("--lpips is for pairs and --features for sets; ask for one at a time");
        using var features = LayerFeatures.Load(network, MeasureOptions.Places(given, Weights), Choose(given.GetValue(Where)));
        var c = SetComparison.Of(a, b, features, progress);
        screen.Result(Invariant($"{c.FrechetName}: {c.Frechet:0.####} ({c.CountA} and {c.CountB} pictures)"));
        screen.Result(Invariant($"{c.KernelName}: {c.Kernel:0.######}"));
        screen.Result($"features: {string.Join(", ", c.Weights)}");
        if (int.Min(c.CountA, c.CountB) <= c.Dimensions) screen.Note($"there are fewer pictures than the {c.Dimensions} dimensions of the features: the Frechet distance is larger than that of large sets, and only comparable at equal numbers");
        return c.ToJson();
    }

    static string Surfaces(ParseResult given, string a, string b, Screen screen)
    {
        if (!MeshFile.Knows(a) || !MeshFile.Knows(b)) throw new BadInputException($"{(MeshFile.Knows(a) ? b : a)}: is no {MeshFile.Formats} file; two surfaces or two places of pictures are expected");
        if ((given.GetValue(Perceptual) ?? given.GetValue(Features)) is not null) throw new BadInputException("--lpips and --features are for pictures; leave them out for surfaces");
        var c = SurfaceComparison.Of(a, b, given.GetValue(Points) ?? 100_000, given.GetValue(Threshold));
        var m = c.Metrics;
        screen.Result(Invariant($"{c.PointsA} points against {c.PointsB}; the second's box has a diagonal of {c.Size:0.####}"));
        screen.Result(Invariant($"Chamfer distance {m.Chamfer:0.######} ({100 * m.Chamfer / c.Size:0.###} % of the diagonal): {m.Accuracy:0.######} from the first to the second, {m.Completeness:0.######} back; mean squares of both directions {m.SquaredChamfer:0.########}"));
        screen.Result(Invariant($"F-score {m.FScore:0.0000} within {m.Threshold:0.######}: precision {m.Precision:0.0000}, recall {m.Recall:0.0000}"));
        return c.ToJson();
    }
}
