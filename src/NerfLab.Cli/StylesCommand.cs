using System.CommandLine;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Procedural;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab data styles</c>: paintings for style transfer.</summary>
static class StylesCommand
{
    static readonly Argument<string> Into = new("OUT") { Description = "The folder for the pictures, one PNG for each manner; made when missing." };
    static readonly Option<int?> Size = Number("--size", "N", "Rows and columns, 16 to 4096. [default: 512]", 16);
    static readonly Option<long?> Seed = Number("--seed", "K", "Other pictures in the same manners. [default: 0]", 0L);
    static readonly Option<string[]> Only = new("--only")
    {
        HelpName = string.Join('|', Painting.All.Select(p => p.Name)), AllowMultipleArgumentsPerToken = true,
        Description = "Only these manners. [default: all]",
    };
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("styles", "Paint style images: one picture in each of a dozen manners.") { Into, Size, Seed, Only, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var into = given.GetRequiredValue(Into);
        if (File.Exists(into)) throw new BadInputException($"{into}: a file is in the way; name a folder");
        var manners = given.GetValue(Only) is { Length: > 0 } names ? names.Select(Painting.Find).ToList() : [.. Painting.All];
        screen.Begin();
        for (var i = 0; i < manners.Count; i++)
        {
            stop.Check($"{into} holds {i} of {manners.Count} pictures");
            screen.Progress("pictures", (double)i / manners.Count, () => manners[i].Name);
            ImageFile.Write(Path.Combine(into, $"{manners[i].Name}.png"), manners[i].Draw(given.GetValue(Size) ?? 512, given.GetValue(Seed) ?? 0));
        }
        screen.Result($"{into}: {manners.Count} pictures, {Screen.Time(screen.End())}");
        return 0;
    }
}
