using System.CommandLine;
using NerfLab.Metrics;
using NerfLab.Recipes;
using Spectre.Console;
using static NerfLab.Cli.CommandLine;
using static System.FormattableString;

namespace NerfLab.Cli;

/// <summary><c>nerflab compare</c>: pictures against pictures.</summary>
static class CompareCommand
{
    static readonly Argument<string> First = new("A") { Description = "A folder of pictures, or a picture." };
    static readonly Argument<string> Second = new("B") { Description = "The same; what A is measured against." };
    static readonly Option<string?> Perceptual = MeasureOptions.Lpips();
    static readonly Option<string?> Features = Text("--features", "NETWORK[:LAYER]", $"Also compare the two sets by the distribution of features: {string.Join(", ", LayerFeatures.Networks)}. Only inception gives FID and KID. [default: none]");
    static readonly Option<string[]> Weights = MeasureOptions.Weights();
    static readonly Option<string?> Json = Text("--json", "FILE", "Write the figures as JSON; - for the standard output. [default: none]");
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("compare", "Measure pictures against pictures of the same names (PSNR, SSIM, LPIPS), and sets of pictures against each other.") { First, Second, Perceptual, Features, Weights, Json, Where, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var json = given.GetValue(Json);
        var screen = Screen.Of(given.GetValue(Silent), jsonOnOutput: json == "-");
        var device = Choose(given.GetValue(Where));
        using var lpips = MeasureOptions.Open(given, Perceptual, Weights, device);
        using var features = given.GetValue(Features) is { } name ? LayerFeatures.Load(name, MeasureOptions.Places(given, Weights), device) : null;
        screen.Begin();
        var comparison = PictureComparison.Of(given.GetRequiredValue(First), given.GetRequiredValue(Second), lpips, features, fraction =>
        {
            stop.Check("nothing was written");
            screen.Progress("comparing", fraction);
        });
        Show(comparison, screen);
        if (json == "-") Console.Out.WriteLine(comparison.ToJson());
        else if (json is not null) AtomicFile.Write(json, comparison.ToJson());
        return 0;
    }

    static void Show(PictureComparison c, Screen screen)
    {
        if (c.Pairs.Count > 0)
        {
            var table = new Table().Border(TableBorder.Rounded).AddColumn("picture");
            string[] headings = ["PSNR (dB)", "SSIM", .. c.Lpips is null ? [] : (string[])[c.Lpips.Name]];
            foreach (var heading in headings) table.AddColumn(new TableColumn(heading).RightAligned());
            foreach (var pair in c.Pairs) table.AddRow([Markup.Escape(pair.Name), Invariant($"{pair.Psnr:0.00}"), Invariant($"{pair.Ssim:0.0000}"), .. pair.Lpips is { } l ? (string[])[Invariant($"{l:0.0000}")] : []]);
            screen.Show(table);
            screen.Result(Invariant($"{c.Pairs.Count} {(c.Pairs.Count == 1 ? "pair" : "pairs")}: {c.Psnr:0.00} dB, SSIM {c.Ssim:0.0000}{(c.Lpips is { } p ? Invariant($", {p.Name} {p.Mean:0.0000}") : "")}"));
            if (c.Lpips is { } score) screen.Result($"{score.Name}: {string.Join(", ", score.Weights)}");
        }
        if (c.CountA + c.CountB - 2 * c.Pairs.Count is > 0 and var alone) screen.Note($"{alone} of {c.CountA} and {c.CountB} pictures have no counterpart");
        if (c.Sets is not { } sets) return;
        screen.Result(Invariant($"{sets.FrechetName}: {sets.Frechet:0.####} ({c.CountA} and {c.CountB} pictures)"));
        screen.Result(Invariant($"{sets.KernelName}: {sets.Kernel:0.######}"));
        screen.Result($"features: {string.Join(", ", sets.Weights)}");
        if (int.Min(c.CountA, c.CountB) <= sets.Dimensions) screen.Note($"there are fewer pictures than the {sets.Dimensions} dimensions of the features: the Frechet distance is larger than that of large sets, and only comparable at equal numbers");
    }
}
