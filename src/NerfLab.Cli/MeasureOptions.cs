using System.CommandLine;
using NerfLab.Metrics;
using NerfLab.Recipes;
using NerfLab.Weights;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary>The options of all commands that measure with other people's weights.</summary>
static class MeasureOptions
{
    /// <summary>Which LPIPS.</summary>
    public static Option<string?> Lpips() => Text("--lpips", "squeeze|alex|vgg", "Measure LPIPS with this backbone; its weights are looked for where --weights says. [default: none]");

    /// <summary>Where weights are.</summary>
    public static Option<string[]> Weights() => new("--weights")
    {
        HelpName = "PATH",
        Description = $"A file or folder with weights of published networks (.safetensors, .pth); several times if wanted. Files are known by what they hold. [default: the folder that ${WeightPlaces.Variable} names]",
    };

    /// <summary>LPIPS, or null where it was not asked for.</summary>
    /// <exception cref="BadInputException">There is no such backbone, or its weights are not found.</exception>
    public static Lpips? Open(ParseResult given, Option<string?> lpips, Option<string[]> weights, TorchSharp.torch.Device device)
    {
        if (given.GetValue(lpips) is not { } backbone) return null;
        if (!Metrics.Lpips.Backbones.Contains(backbone)) throw new BadInputException($"--lpips {backbone}: unknown{Spelling.Suggest(backbone, Metrics.Lpips.Backbones)}");
        return Metrics.Lpips.Load(backbone, Places(given, weights), device);
    }

    /// <summary>The places that were given.</summary>
    public static WeightPlaces Places(ParseResult given, Option<string[]> weights) => new(given.GetValue(weights) ?? []);
}
