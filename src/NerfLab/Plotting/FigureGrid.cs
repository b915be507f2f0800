namespace NerfLab.Plotting;

/// <summary>Several figures and views beside and below each other: <c>new FigureGrid(loss, psnr)</c>.</summary>
/// <param name="Visuals">Row by row.</param>
[TypeFormatterSource(typeof(VisualFormatters), PreferredMimeTypes = [VisualFormatters.Png, VisualFormatters.Text])]
public sealed record FigureGrid(params IReadOnlyList<Visual> Visuals) : Visual
{
    const float Gap = 18;

    /// <summary>Above them; may be empty.</summary>
    public string Title { get; init; } = "";

    /// <summary>How many stand in a row; 0 for up to two.</summary>
    public int Columns { get; init; }

    /// <summary>How wide columns are beside each other, as in 3 to 2; empty for equal widths.</summary>
    public IReadOnlyList<float> Shares { get; init; } = [];

    /// <inheritdoc/>
    public override string Description => $"{(Title.Length > 0 ? Title : "Figures")}: {string.Join(" | ", Visuals.Select(v => v.Description))}";

    /// <inheritdoc/>
    internal override Sketch Draw()
    {
        int columns = Columns > 0 ? Columns : int.Clamp(Visuals.Count, 1, 2);
        if (Shares.Count > 0 && (Shares.Count != columns || Shares.Any(s => !(s > 0)))) throw new BadInputException($"Shares: expected {columns} numbers above 0, one for each column, got {string.Join(", ", Shares)}");
        float[] shares = [.. Shares.Count > 0 ? Shares : Enumerable.Repeat(1f, columns)];
        float[] widths = [.. shares.Select(s => (Width - Gap * (columns - 1)) * s / shares.Sum())];
        var header = new Sketch(Width, 0);
        float top = Title.Length > 0 ? FigureLayout.Title(header, Title) : 0;
        var shapes = header.Shapes;
        foreach (var row in Visuals.Chunk(columns))
        {
            float left = 0, height = 0;
            for (int i = 0; i < row.Length; i++)
            {
                var part = (row[i] with { Width = widths[i] }).Draw();
                shapes.Add(new Part(part, new(left, top)));
                (left, height) = (left + widths[i] + Gap, float.Max(height, part.Height));
            }
            top += height + Gap;
        }
        var sketch = new Sketch(Width, float.Max(10, top - Gap));
        sketch.Shapes.AddRange(shapes);
        return sketch;
    }
}
