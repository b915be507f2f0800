namespace NerfLab.Plotting;

/// <summary>An axis: what it counts, and how.</summary>
/// <param name="Label">What it counts; with the unit in brackets if it has one.</param>
public sealed record Axis(string Label = "")
{
    /// <summary>Whether equal distances are equal ratios; values of 0 and below are left out then.</summary>
    public bool Log { get; init; }

    /// <summary>Where the axis begins; null for the least value.</summary>
    public double? From { get; init; }

    /// <summary>Where the axis ends; null for the largest value.</summary>
    public double? To { get; init; }

    /// <summary>Names in place of numbers: the first stands at 0, the next at 1.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <summary>Whether it runs backwards: rows of a table go down.</summary>
    internal bool Down { get; init; }

    /// <summary>An axis with a label only.</summary>
    public static implicit operator Axis(string label) => new(label);
}
