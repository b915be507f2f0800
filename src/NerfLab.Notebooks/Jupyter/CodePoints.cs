namespace NerfLab.Notebooks.Jupyter;

/// <summary>Front ends count characters as Unicode does, C# in units of UTF-16: they differ behind a picture character such as an emoji.</summary>
internal static class CodePoints
{
    /// <summary>The place in the text's units; places outside are moved to its ends.</summary>
    public static int ToUnits(string text, int points)
    {
        int units = 0;
        for (int i = 0; i < points && units < text.Length; i++) units += char.IsSurrogatePair(text, units) ? 2 : 1;
        return units;
    }

    /// <summary>The place as front ends count it.</summary>
    public static int FromUnits(string text, int units)
    {
        int points = 0;
        for (int i = 0; i < units && i < text.Length; points++) i += char.IsSurrogatePair(text, i) ? 2 : 1;
        return points;
    }
}
