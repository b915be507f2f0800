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
}
