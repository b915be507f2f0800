using System.Numerics;

namespace NerfLab.Plotting;

/// <summary>Pictures in rows, with a line of text below each: <c>new ImageGrid("Three views").Add(first, "left").Add(second, "right")</c>.</summary>
/// <param name="Title">Above them; may be empty.</param>
[TypeFormatterSource(typeof(VisualFormatters), PreferredMimeTypes = [VisualFormatters.Png, VisualFormatters.Text])]
public sealed record ImageGrid(string Title = "") : Visual
{
    const float Gap = 10;

    /// <summary>Pictures in a row; 0 for up to four, or fewer where there are fewer.</summary>
    public int Columns { get; init; }

    /// <summary>The largest height of a picture, pixels on a page.</summary>
    public float MaxHeight { get; init; } = 420;

    internal IReadOnlyList<(Bitmap Picture, string Caption)> Pictures { get; init; } = [];

    /// <summary>The grid with one more picture.</summary>
    public ImageGrid Add(Bitmap picture, string caption = "") => this with { Pictures = [.. Pictures, (picture, caption)] };

    /// <summary>The grid with one more picture; its values are copied.</summary>
    public ImageGrid Add(Image picture, string caption = "") => Add(picture.ToBitmap(), caption);

    /// <summary>The grid with one more picture; its values are copied.</summary>
    /// <param name="picture">[H,W,1|3|4] or [H,W], 0 to 1.</param>
    /// <param name="caption">Below it.</param>
    public ImageGrid Add(Tensor picture, string caption = "") => Add(ImageView.Bitmap(picture), caption);

    /// <inheritdoc/>
    public override string Description => $"Images{(Title.Length > 0 ? $": {Title}" : "")}; " + (Pictures.Count == 0 ? "none" : Listed([.. Pictures.Select(p => $"{(p.Caption.Length > 0 ? p.Caption + " " : "")}{p.Picture.Width}x{p.Picture.Height}")]));

    /// <inheritdoc/>
    internal override Sketch Draw()
    {
        if (Columns < 0) throw new BadInputException($"Columns {Columns}: expected 1 or more, or 0 for up to four");
        int columns = Columns > 0 ? Columns : int.Clamp(Pictures.Count, 1, 4);
        float cell = (Width - Gap * (columns - 1)) / columns, tall = Pictures.Select(p => float.Min(MaxHeight, cell * p.Picture.Height / p.Picture.Width)).DefaultIfEmpty().Max();
        float row = tall + (Pictures.Any(p => p.Caption.Length > 0) ? 26 : Gap);
        int rows = (Pictures.Count + columns - 1) / columns;
        var header = new Sketch(Width, 0);
        float top = Title.Length > 0 ? FigureLayout.Title(header, Title) : 0;
        var sketch = new Sketch(Width, float.Max(10, top + rows * row));
        sketch.Shapes.AddRange(header.Shapes);
        for (int i = 0; i < Pictures.Count; i++)
        {
            var (picture, caption) = Pictures[i];
            float x = i % columns * (cell + Gap), y = top + i / columns * row, scale = float.Min(cell / picture.Width, tall / picture.Height);
            var size = scale * new Vector2(picture.Width, picture.Height);
            sketch.Add(new Photo(picture, new(x + (cell - size.X) / 2, y + (tall - size.Y) / 2), size));
            sketch.Text(Sketch.Shortened(caption, FigureLayout.TextSize, cell), x + cell / 2, y + tall + 17, FigureLayout.TextSize, Ink.Text, Anchor.Middle);
        }
        return sketch;
    }
}
