using System.CommandLine;
using NerfLab.Recipes;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary>Which style of a run that has learnt some.</summary>
static class StyleOptions
{
    public static readonly Option<string?> Style = Text("--style", "NAME|W,W,...", "Of a run that has learnt styles: one of them, a share of each, or none for the field as it was before. [default: the first]");
    public static readonly Option<double?> Scale = Number("--scale", "S", "Of a run that has learnt styles: from the mean of a style's codes, 0, to the code that a training view has learnt, 1. [default: as the run says]", 0.0);
    public static readonly Option<int?> View = Number("--view", "K", "Of a run that has learnt styles: the training view whose code --scale goes to. [default: 0]", 0);

    /// <summary>What the user wants to see; null where nothing was said.</summary>
    public static StyleChoice? Choice(ParseResult given)
    {
        var (style, scale, view) = (given.GetValue(Style), given.GetValue(Scale), given.GetValue(View));
        return style is null && scale is null && view is null ? null : new StyleChoice(style, view ?? 0, scale);
    }
}
