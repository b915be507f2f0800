namespace NerfLab.Cli;

/// <summary>A table as Markdown, whose columns also stand below each other as plain text; the first column is of words, the others of figures.</summary>
sealed class MarkdownTable(params string[] headings)
{
    readonly List<string[]> _rows = [];

    /// <summary>Adds a row.</summary>
    /// <param name="cells">As many as there are headings.</param>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>The lines.</summary>
    public IEnumerable<string> Lines
    {
        get
        {
            int[] widths = [.. headings.Select((h, i) => int.Max(3, _rows.Append(headings).Max(r => r[i].Length)))];
            return [Line(headings), Line([.. widths.Select((w, i) => i == 0 ? new string('-', w) : new string('-', w - 1) + ":")]), .. _rows.Select(Line)];

            string Line(string[] cells) => $"| {string.Join(" | ", cells.Select((c, i) => i == 0 ? c.PadRight(widths[i]) : c.PadLeft(widths[i])))} |";
        }
    }
}
