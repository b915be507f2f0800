using System.Globalization;
using System.Numerics;

namespace NerfLab.Plotting;

/// <summary>What a shape is drawn with.</summary>
/// <param name="Color">0 to 1 each; null for the colour of text, which depends on the page around.</param>
/// <param name="Opacity">0 to 1.</param>
internal readonly record struct Ink(Vector3? Color, float Opacity = 1)
{
    /// <summary>For text and axes.</summary>
    public static Ink Text { get; } = new(null);

    /// <summary>For text of less weight.</summary>
    public static Ink Faint { get; } = new(null, 0.72f);

    /// <summary>For lines that lead the eye.</summary>
    public static Ink Grid { get; } = new(null, 0.14f);

    /// <summary>From #rrggbb.</summary>
    public static Ink Of(string color, float opacity = 1) => new(Parse(color) ?? throw new BadInputException($"color \"{color}\": expected # and six hexadecimal digits, as in #2f86d6"), opacity);

    /// <summary>As #rrggbb; only of an ink that has a colour.</summary>
    public string Hex => $"#{Byte(0):x2}{Byte(1):x2}{Byte(2):x2}";

    /// <summary>A part of the colour in 0 to 255; text is almost black where no page decides.</summary>
    public byte Byte(int channel) => (byte)(255 * (Color ?? new Vector3(0.13f, 0.14f, 0.17f))[channel] + 0.5f);

    static Vector3? Parse(string text) =>
        text.Length == 7 && text[0] == '#' && int.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int rgb)
            ? new Vector3(rgb >> 16, (rgb >> 8) & 255, rgb & 255) / 255 : null;
}

/// <summary>Where a text stands about its point.</summary>
internal enum Anchor { Start, Middle, End }

/// <summary>A thing on a sketch.</summary>
internal abstract record Shape;

/// <summary>A line through points, with round joins and ends.</summary>
internal sealed record Stroke(IReadOnlyList<Vector2> Points, Ink Ink, float Width, bool Dashed = false) : Shape;

/// <summary>The inside of a polygon.</summary>
internal sealed record Fill(IReadOnlyList<Vector2> Outline, Ink Ink) : Shape;

/// <summary>Discs of one radius; of one ink, or of one each.</summary>
internal sealed record Dots(IReadOnlyList<Vector2> Centers, float Radius, IReadOnlyList<Ink> Inks) : Shape;

/// <summary>A line of text on a base line.</summary>
internal sealed record Label(string Text, Vector2 At, float Size, Ink Ink, Anchor Anchor = Anchor.Start, bool Bold = false) : Shape;

/// <summary>A picture, stretched over a rectangle: larger by repeating its pixels, smaller by their means.</summary>
internal sealed record Photo(Bitmap Bitmap, Vector2 Corner, Vector2 Size) : Shape;

/// <summary>A sketch within a sketch; what lies outside of its size is cut off if wanted.</summary>
internal sealed record Part(Sketch Sketch, Vector2 Corner, bool Clipped = false) : Shape;

/// <summary>Shapes on a sheet, in the order in which they are drawn. Coordinates are pixels of a page, y goes down.</summary>
/// <param name="width">Pixels.</param>
/// <param name="height">Pixels.</param>
internal sealed class Sketch(float width, float height)
{
    /// <summary>The shapes, the lowest first.</summary>
    public List<Shape> Shapes { get; } = [];

    /// <summary>Pixels.</summary>
    public float Width { get; } = width;

    /// <summary>Pixels.</summary>
    public float Height { get; } = height;

    /// <summary>Adds a shape above all others; what is far outside or not a number is left out.</summary>
    public void Add(Shape shape) => Shapes.Add(shape);

    /// <summary>A straight line.</summary>
    public void Line(float x0, float y0, float x1, float y1, Ink ink, float width = 1) => Add(new Stroke([new(x0, y0), new(x1, y1)], ink, width));

    /// <summary>A filled rectangle.</summary>
    public void Rectangle(float x0, float y0, float x1, float y1, Ink ink) => Add(new Fill([new(x0, y0), new(x1, y0), new(x1, y1), new(x0, y1)], ink));

    /// <summary>A line of text.</summary>
    public void Text(string text, float x, float y, float size, Ink ink, Anchor anchor = Anchor.Start, bool bold = false)
    {
        if (text.Length > 0) Add(new Label(text, new(x, y), size, ink, anchor, bold));
    }

    /// <summary>How wide a text is, pixels.</summary>
    public static float TextWidth(string text, float size) => StrokeFont.Width(text, size);

    /// <summary>The beginning of a text that fits into a width, with … where something is missing.</summary>
    public static string Shortened(string text, float size, float width)
    {
        if (TextWidth(text, size) <= width) return text;
        int length = text.Length;
        while (length > 1 && TextWidth(text[..length] + "…", size) > width) length--;
        return text[..length].TrimEnd() + "…";
    }
}
