using System.Numerics;

namespace NerfLab.Plotting;

/// <summary>A picture, enlarged where it is small: pixels stay squares.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Caption">Below it; may be empty.</param>
[TypeFormatterSource(typeof(VisualFormatters), PreferredMimeTypes = [VisualFormatters.Png, VisualFormatters.Text])]
public sealed record ImageView(Bitmap Picture, string Caption = "") : Visual
{
    /// <summary>A picture; its values are copied.</summary>
    public ImageView(Image picture, string caption = "") : this(picture.ToBitmap(), caption) { }

    /// <summary>A picture; its values are copied.</summary>
    /// <param name="picture">[H,W,1|3|4] or [H,W], 0 to 1.</param>
    /// <param name="caption">Below it.</param>
    public ImageView(Tensor picture, string caption = "") : this(Bitmap(picture), caption) { }

    /// <inheritdoc/>
    public override string Description => $"Image{(Caption.Length > 0 ? $": {Caption}" : "")}; {Picture.Width}x{Picture.Height}, {Picture.Channels} channel{(Picture.Channels == 1 ? "" : "s")}";

    /// <summary>The bitmap of a tensor of colours.</summary>
    internal static Bitmap Bitmap(Tensor picture)
    {
        if (picture.ndim is not (2 or 3)) throw new BadInputException($"picture: expected [H,W] or [H,W,1|3|4], got [{string.Join(',', picture.shape)}]");
        using var scope = torch.NewDisposeScope();
        return new Image((picture.ndim == 2 ? picture.unsqueeze(2) : picture).to(torch.float32)).ToBitmap();
    }

    /// <inheritdoc/>
    internal override Sketch Draw()
    {
        const float Tallest = 480, Pen = 1; // half as thick as letters are drawn, which would be cut off at the edge
        float scale = float.Min(Width / Picture.Width, Tallest / Picture.Height);
        var size = scale * new Vector2(Picture.Width, Picture.Height);
        var sketch = new Sketch(float.Max(size.X, Caption.Length > 0 ? Sketch.TextWidth(Caption, FigureLayout.TextSize) + 2 * Pen : 0), size.Y + (Caption.Length > 0 ? 24 : 0));
        sketch.Add(new Photo(Picture, Vector2.Zero, size));
        sketch.Text(Caption, Pen, size.Y + 17, FigureLayout.TextSize, Ink.Text);
        return sketch;
    }
}
