using System.Numerics;

namespace NerfLab.Plotting;

/// <summary>
/// Turns a sketch into pixels. What a pixel gets of a line or a disc is taken from the distance of its centre, and of a polygon from the area
/// that it covers; a line covers every pixel once, however often it crosses itself. The same sketch gives the same bytes.
/// </summary>
internal sealed class Raster
{
    const float Far = 1e7f;

    // So many shades of an edge: the eye sees no more, and files with few colours are small.
    const float Shades = 12;

    readonly Bitmap _bitmap;
    readonly float _scale;
    float[] _mask = [];
    (int X0, int Y0, int X1, int Y1) _clip, _box; // half open

    Raster(Bitmap bitmap, float scale) => (_bitmap, _scale, _clip) = (bitmap, scale, (0, 0, bitmap.Width, bitmap.Height));

    /// <summary>Draws a sketch on white.</summary>
    /// <param name="sketch">The sketch.</param>
    /// <param name="scale">Pixels of the picture for one of the sketch.</param>
    public static Bitmap Paint(Sketch sketch, float scale)
    {
        var bitmap = new Bitmap(int.Max(1, (int)float.Round(sketch.Width * scale)), int.Max(1, (int)float.Round(sketch.Height * scale)), 3);
        Array.Fill(bitmap.Samples, (byte)255);
        new Raster(bitmap, scale).Draw(sketch, Vector2.Zero);
        return bitmap;
    }

    void Draw(Sketch sketch, Vector2 offset)
    {
        foreach (var shape in sketch.Shapes)
        {
            switch (shape)
            {
                case Stroke stroke: Line([.. stroke.Points.Select(At)], stroke.Width * _scale, stroke.Ink, stroke.Dashed); break;
                case Fill fill: Polygon([.. fill.Outline.Select(At)], fill.Ink); break;
                case Dots dots: Discs(dots, At); break;
                case Label label: Text(label, At(label.At)); break;
                case Photo photo: Picture(photo.Bitmap, At(photo.Corner), _scale * photo.Size); break;
                case Part part: Within(part, At(part.Corner)); break;
            }
        }

        Vector2 At(Vector2 p) => _scale * p + offset;
    }

    void Within(Part part, Vector2 corner)
    {
        var before = _clip;
        if (part.Clipped)
        {
            var end = corner + _scale * new Vector2(part.Sketch.Width, part.Sketch.Height);
            _clip = (int.Max(before.X0, (int)float.Floor(corner.X)), int.Max(before.Y0, (int)float.Floor(corner.Y)), int.Min(before.X1, (int)float.Ceiling(end.X)), int.Min(before.Y1, (int)float.Ceiling(end.Y)));
        }
        Draw(part.Sketch, corner);
        _clip = before;
    }

    void Line(Vector2[] points, float width, Ink ink, bool dashed)
    {
        if (points.Length == 0 || !Begin(points, width / 2 + 1)) return;
        float dash = 4 * width, walked = 0;
        for (int i = 0; i + 1 < points.Length || i == 0; i++)
        {
            var (from, to) = (points[i], points[int.Min(i + 1, points.Length - 1)]);
            if (!dashed) Segment(from, to, width / 2);
            else
            {
                float length = Vector2.Distance(from, to);
                if (!(length < Far)) continue;
                for (float at = -(walked % (2 * dash)); at < length; at += 2 * dash)
                    if (float.Min(at + dash, length) is var end && end > float.Max(at, 0)) Segment(Vector2.Lerp(from, to, float.Max(at, 0) / length), Vector2.Lerp(from, to, end / length), width / 2);
                walked += length;
            }
        }
        Blend(ink);
    }

    void Text(Label label, Vector2 at)
    {
        float size = label.Size * _scale, unit = StrokeFont.Unit(size), width = size / (label.Bold ? 7.6f : 10.8f);
        at.X -= StrokeFont.Width(label.Text, size) * (label.Anchor == Anchor.Start ? 0 : label.Anchor == Anchor.Middle ? 0.5f : 1);
        foreach (char character in label.Text)
        {
            var letter = StrokeFont.Of(character);
            if (letter.Strokes.Length > 0 && Begin([at + unit * new Vector2(-1, 7), at + unit * new Vector2(letter.Advance, -18)], size / 2))
            {
                foreach (var stroke in letter.Strokes)
                    for (int i = 1; i < stroke.Length; i++) Segment(at + unit * new Vector2(stroke[i - 1].X, -stroke[i - 1].Y), at + unit * new Vector2(stroke[i].X, -stroke[i].Y), width / 2);
                Blend(label.Ink);
            }
            at.X += unit * letter.Advance;
        }
    }

    void Discs(Dots dots, Func<Vector2, Vector2> at)
    {
        float radius = dots.Radius * _scale;
        for (int i = 0; i < dots.Centers.Count; i++)
        {
            var c = at(dots.Centers[i]);
            if (!(c.Length() < Far)) continue;
            var brush = Brush.Of(dots.Inks[i % dots.Inks.Count]);
            int x0 = int.Max(_clip.X0, (int)(c.X - radius - 1)), x1 = int.Min(_clip.X1 - 1, (int)(c.X + radius + 1));
            int y0 = int.Max(_clip.Y0, (int)(c.Y - radius - 1)), y1 = int.Min(_clip.Y1 - 1, (int)(c.Y + radius + 1));
            for (int y = y0; y <= y1; y++)
                for (int x = x0; x <= x1; x++)
                    if (radius + 0.5f - Vector2.Distance(new(x + 0.5f, y + 0.5f), c) is > 0 and var cover) Mix(x, y, brush, float.Min(cover, 1));
        }
    }

    /// <summary>The area of a polygon in every pixel: sixteen rows of samples in each, exact across. Where it overlaps itself an even number of times is outside.</summary>
    void Polygon(Vector2[] outline, Ink ink)
    {
        const int Rows = 16;
        if (!Begin(outline, 1)) return;
        int wide = _box.X1 - _box.X0;
        var crossings = new List<float>();
        for (int row = _box.Y0 * Rows; row < _box.Y1 * Rows; row++)
        {
            float y = (row + 0.5f) / Rows;
            crossings.Clear();
            for (int i = 0; i < outline.Length; i++)
            {
                var (a, b) = (outline[i], outline[(i + 1) % outline.Length]);
                if (a.Y <= y != b.Y <= y) crossings.Add(a.X + (y - a.Y) / (b.Y - a.Y) * (b.X - a.X));
            }
            crossings.Sort();
            var line = _mask.AsSpan((row / Rows - _box.Y0) * wide, wide);
            for (int k = 0; k + 1 < crossings.Count; k += 2)
            {
                float from = float.Max(crossings[k], _box.X0), to = float.Min(crossings[k + 1], _box.X1);
                for (int x = (int)from; x < to; x++) line[x - _box.X0] += (float.Min(to, x + 1) - float.Max(from, x)) / Rows;
            }
        }
        Blend(ink);
    }

    void Picture(Bitmap picture, Vector2 corner, Vector2 size)
    {
        // Whole pixels, so that edges are sharp and equal pictures look equal.
        int left = (int)float.Round(corner.X), top = (int)float.Round(corner.Y), width = int.Max(1, (int)float.Round(size.X)), height = int.Max(1, (int)float.Round(size.Y));
        picture = picture.To8Bit().ToColor();
        if (width < picture.Width || height < picture.Height) picture = picture.Resize(int.Min(width, picture.Width), int.Min(height, picture.Height));
        for (int y = int.Max(_clip.Y0, top); y < int.Min(_clip.Y1, top + height); y++)
            for (int x = int.Max(_clip.X0, left); x < int.Min(_clip.X1, left + width); x++)
            {
                long row = (long)(y - top) * picture.Height / height, column = (long)(x - left) * picture.Width / width;
                var s = picture.Samples.AsSpan((int)(row * picture.Width + column) * picture.Channels, picture.Channels);
                int at = 3 * (y * _bitmap.Width + x);
                for (int c = 0; c < 3; c++) _bitmap.Samples[at + c] = s.Length == 4 ? (byte)((_bitmap.Samples[at + c] * (255 - s[3]) + s[c] * s[3] + 127) / 255) : s[c];
            }
    }

    /// <summary>Clears the mask over the pixels that points and a margin reach; false if there is none.</summary>
    bool Begin(ReadOnlySpan<Vector2> points, float margin)
    {
        Vector2 low = new(Far), high = new(-Far);
        foreach (var p in points)
            if (p.Length() < Far) (low, high) = (Vector2.Min(low, p), Vector2.Max(high, p));
        if (!(low.X <= high.X)) return false;
        _box = (int.Max(_clip.X0, (int)float.Floor(low.X - margin)), int.Max(_clip.Y0, (int)float.Floor(low.Y - margin)), int.Min(_clip.X1, (int)float.Ceiling(high.X + margin)), int.Min(_clip.Y1, (int)float.Ceiling(high.Y + margin)));
        if (_box.X0 >= _box.X1 || _box.Y0 >= _box.Y1) return false;
        int size = (_box.X1 - _box.X0) * (_box.Y1 - _box.Y0);
        if (_mask.Length < size) _mask = new float[size];
        Array.Clear(_mask, 0, size);
        return true;
    }

    void Segment(Vector2 from, Vector2 to, float radius)
    {
        if (!(from.Length() + to.Length() < Far)) return;
        var along = to - from;
        float length2 = float.Max(along.LengthSquared(), 1e-12f), reach = radius + 0.5f, thin = float.Min(1, 2 * radius);
        int wide = _box.X1 - _box.X0;
        int y0 = int.Max(_box.Y0, (int)float.Floor(float.Min(from.Y, to.Y) - reach)), y1 = int.Min(_box.Y1 - 1, (int)float.Ceiling(float.Max(from.Y, to.Y) + reach));
        for (int y = y0; y <= y1; y++)
        {
            // Only the columns that the part of the line near this row can reach.
            float middle = y + 0.5f, a = 0, b = 1;
            if (float.Abs(along.Y) > 1e-6f)
            {
                float s = (middle - reach - from.Y) / along.Y, t = (middle + reach - from.Y) / along.Y;
                (a, b) = (float.Clamp(float.Min(s, t), 0, 1), float.Clamp(float.Max(s, t), 0, 1));
            }
            float xa = from.X + a * along.X, xb = from.X + b * along.X;
            int x0 = int.Max(_box.X0, (int)float.Floor(float.Min(xa, xb) - reach)), x1 = int.Min(_box.X1 - 1, (int)float.Ceiling(float.Max(xa, xb) + reach));
            for (int x = x0; x <= x1; x++)
            {
                var p = new Vector2(x + 0.5f, middle);
                float distance = Vector2.Distance(p, from + float.Clamp(Vector2.Dot(p - from, along) / length2, 0, 1) * along);
                float cover = float.Min(reach - distance, 1) * thin;
                ref float mask = ref _mask[(y - _box.Y0) * wide + x - _box.X0];
                if (cover > mask) mask = cover;
            }
        }
    }

    void Blend(Ink ink)
    {
        int wide = _box.X1 - _box.X0;
        var brush = Brush.Of(ink);
        for (int y = _box.Y0; y < _box.Y1; y++)
            for (int x = _box.X0; x < _box.X1; x++)
                if (_mask[(y - _box.Y0) * wide + x - _box.X0] is > 0 and var cover) Mix(x, y, brush, float.Min(cover, 1));
    }

    void Mix(int x, int y, Brush brush, float cover)
    {
        float opacity = (int)(cover * Shades + 0.5f) / Shades * brush.Opacity;
        var pixel = _bitmap.Samples.AsSpan(3 * (y * _bitmap.Width + x), 3);
        pixel[0] = Mixed(pixel[0], brush.R);
        pixel[1] = Mixed(pixel[1], brush.G);
        pixel[2] = Mixed(pixel[2], brush.B);

        byte Mixed(byte below, byte above) => (byte)(below * (1 - opacity) + above * opacity + 0.5f);
    }

    readonly record struct Brush(byte R, byte G, byte B, float Opacity)
    {
        public static Brush Of(Ink ink) => new(ink.Byte(0), ink.Byte(1), ink.Byte(2), ink.Opacity);
    }
}
