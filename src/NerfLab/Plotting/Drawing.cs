using System.Numerics;

namespace NerfLab.Plotting;

/// <summary>A picture to draw on: smooth lines, discs, pictures and small text. Coordinates are pixels, y goes down; what lies outside is cut off.</summary>
public sealed class Drawing
{
    /// <summary>An empty picture.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="background">Its colour, 0 to 1 each.</param>
    public Drawing(int width, int height, Vector3 background)
    {
        Bitmap = new Bitmap(width, height, 3);
        for (var i = 0; i < Bitmap.Samples.Length; i += 3) Blend(i, background, 1);
    }

    /// <summary>The picture so far, RGB; not a copy.</summary>
    public Bitmap Bitmap { get; }

    /// <summary>A line with round ends.</summary>
    /// <param name="from">One end.</param>
    /// <param name="to">The other.</param>
    /// <param name="color">0 to 1 each.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="opacity">0 to 1.</param>
    public void Line(Vector2 from, Vector2 to, Vector3 color, float width = 1.5f, float opacity = 1)
    {
        if (!(from.Length() + to.Length() < 1e7f)) return;
        var along = to - from;
        var length2 = float.Max(along.LengthSquared(), 1e-12f);
        // How much of a pixel a line covers is taken from the distance of its centre: exact enough for lines of a pixel and more.
        Cover(Vector2.Min(from, to), Vector2.Max(from, to), width / 2, color, opacity,
            p => Vector2.Distance(p, from + float.Clamp(Vector2.Dot(p - from, along) / length2, 0, 1) * along));
    }

    /// <summary>A filled disc.</summary>
    /// <param name="center">Its middle.</param>
    /// <param name="radius">In pixels.</param>
    /// <param name="color">0 to 1 each.</param>
    /// <param name="opacity">0 to 1.</param>
    public void Disc(Vector2 center, float radius, Vector3 color, float opacity = 1)
    {
        if (center.Length() < 1e7f) Cover(center, center, radius, color, opacity, p => Vector2.Distance(p, center));
    }

    /// <summary>A picture, unscaled.</summary>
    /// <param name="picture">RGB or RGBA, 8 bits.</param>
    /// <param name="left">Column of its left edge.</param>
    /// <param name="top">Row of its upper edge.</param>
    public void Picture(Bitmap picture, int left, int top)
    {
        for (var y = int.Max(0, -top); y < int.Min(picture.Height, Bitmap.Height - top); y++)
            for (var x = int.Max(0, -left); x < int.Min(picture.Width, Bitmap.Width - left); x++)
            {
                var s = picture.Samples.AsSpan((y * picture.Width + x) * picture.Channels, picture.Channels);
                Blend(3 * ((top + y) * Bitmap.Width + left + x), new Vector3(s[0], s[1], s[2]) / 255, s.Length == 4 ? s[3] / 255f : 1);
            }
    }

    /// <summary>A line of text in a font of strokes; characters that it has not are shown as spaces.</summary>
    /// <param name="text">What to write.</param>
    /// <param name="at">Lower left corner.</param>
    /// <param name="color">0 to 1 each.</param>
    /// <param name="height">Of a capital letter, in pixels.</param>
    public void Text(string text, Vector2 at, Vector3 color, float height = 11)
    {
        var unit = height / StrokeFont.Capital;
        foreach (var character in text)
        {
            foreach (var stroke in StrokeFont.Of(character).Strokes)
                for (int i = 1; i < stroke.Length; i++)
                    Line(at + unit * new Vector2(stroke[i - 1].X, -stroke[i - 1].Y), at + unit * new Vector2(stroke[i].X, -stroke[i].Y), color, float.Max(1.1f, height / 9));
            at.X += unit * StrokeFont.Of(character).Advance;
        }
    }

    /// <summary>How wide a text of <see cref="Text"/> is, in pixels.</summary>
    public static float TextWidth(string text, float height = 11) => StrokeFont.Width(text, height / 0.72f);

    private void Cover(Vector2 low, Vector2 high, float radius, Vector3 color, float opacity, Func<Vector2, float> distance)
    {
        int x0 = int.Max(0, (int)(low.X - radius - 1)), x1 = int.Min(Bitmap.Width - 1, (int)(high.X + radius + 1));
        int y0 = int.Max(0, (int)(low.Y - radius - 1)), y1 = int.Min(Bitmap.Height - 1, (int)(high.Y + radius + 1));
        for (var y = y0; y <= y1; y++)
            for (var x = x0; x <= x1; x++)
            {
                var cover = radius + 0.5f - distance(new Vector2(x + 0.5f, y + 0.5f));
                if (cover > 0) Blend(3 * (y * Bitmap.Width + x), color, opacity * float.Min(cover, 1) * float.Min(1, 2 * radius));
            }
    }

    private void Blend(int at, Vector3 color, float opacity)
    {
        for (var c = 0; c < 3; c++) Bitmap.Samples[at + c] = (byte)(Bitmap.Samples[at + c] * (1 - opacity) + 255 * color[c] * opacity + 0.5f);
    }
}
