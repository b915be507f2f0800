using NerfLab.Plotting;

namespace NerfLab.Recipes;

/// <summary>What a method made of a field and a style.</summary>
/// <param name="Method">arf, stylizednerf and so on; before for the field as it was.</param>
/// <param name="Style">Name of the style.</param>
/// <param name="Seconds">What it took; of several styles in one work, for all of them. Null where it had been made before.</param>
/// <param name="Score">The measures.</param>
public sealed record StyleRow(string Method, string Style, double? Seconds, StyleScore Score);

/// <summary>Methods of stylization, measured on the same frames.</summary>
/// <param name="Run">Name of the field's recipe.</param>
/// <param name="Scene">Name of the scene.</param>
/// <param name="Device">Where they were computed.</param>
/// <param name="Rows">One for each method and style.</param>
public sealed record StyleComparison(string Run, string Scene, string Device, IReadOnlyList<StyleRow> Rows)
{
    /// <summary>As indented JSON.</summary>
    public string ToJson() => ResultJson.Write(this);

    /// <summary>Bars of every measure, a group for each method and a colour for each style; and style against consistency, where the left lower corner is the best.</summary>
    public FigureGrid Plots()
    {
        var methods = Rows.Select(r => r.Method).Distinct().ToList();
        return new FigureGrid(
            Bars("Consistency, neighbouring frames", "RMSE", s => s.Consistency.Short.Rmse),
            Bars($"Consistency, {Rows[0].Score.Consistency.Long.Apart} frames apart", "RMSE", s => s.Consistency.Long.Rmse),
            Bars("Nearest features of the style", "mean cosine distance", s => s.Nearest), Bars("Style", "Gram distance", s => s.Gram),
            Bars("Content", "relative squared distance", s => s.Content), Trade())
        {
            Columns = 2, Title = $"{Run} on {Scene}",
        };

        Figure Bars(string title, string unit, Func<StyleScore, double> measure) =>
            Rows.GroupBy(r => r.Style).Aggregate(new Figure(title) { Y = new(unit) { From = 0 } },
                (figure, style) => figure.Bars(style.Key, methods, methods.Select(m => style.FirstOrDefault(r => r.Method == m) is { } row ? measure(row.Score) : double.NaN)));

        Figure Trade() =>
            Rows.GroupBy(r => r.Method).Aggregate(new Figure("Style and consistency") { X = "Gram distance", Y = new("RMSE, far") { From = 0 } },
                (figure, method) => figure.Scatter(method.Key, method.Select(r => r.Score.Gram), method.Select(r => r.Score.Consistency.Long.Rmse)));
    }
}
