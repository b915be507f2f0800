using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>A square to paint on: (0,0) is the upper left corner, (1,1) the lower right; colours as they are displayed, 0 to 1 each.</summary>
internal sealed class Canvas
{
    private readonly Vector3[] _colors;
    private readonly float[] _heights; // how thick the paint lies

    public Canvas(int size, Vector3 ground)
    {
        Size = size;
        _colors = new Vector3[size * size];
        _heights = new float[size * size];
        Array.Fill(_colors, ground);
    }

    /// <summary>Rows and columns.</summary>
    public int Size { get; }

    /// <summary>The length of a pixel.</summary>
    public float Pixel => 1f / Size;

    /// <summary>A displayed colour from hexadecimal notation.</summary>
    public static Vector3 Hex(int rgb) => new Vector3(rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255) / 255;

    /// <summary>Repaints every pixel, given its place and its colour so far; the mean of four places within it.</summary>
    public void Cover(Func<Vector2, Vector3, Vector3> paint) => Parallel.For(0, Size, row =>
    {
        for (var column = 0; column < Size; column++)
        {
            ref var color = ref _colors[row * Size + column];
            var sum = Vector3.Zero;
            for (var s = 0; s < 4; s++) sum += paint(new Vector2(column + 0.25f + 0.5f * (s & 1), row + 0.25f + 0.5f * (s >> 1)) * Pixel, color);
            color = sum / 4;
        }
    });

    /// <summary>A stroke of a brush along a chain of points.</summary>
    /// <param name="path">At least two points.</param>
    /// <param name="half">Half its width in the middle; it narrows towards the ends.</param>
    /// <param name="color">The paint.</param>
    /// <param name="opacity">0 to 1.</param>
    /// <param name="bristles">How much single hairs show, 0 to 1.</param>
    /// <param name="seed">Other hairs for every number.</param>
    /// <param name="blunt">Whether it ends as wide as it is, as a knife's does.</param>
    public void Stroke(ReadOnlySpan<Vector2> path, float half, Vector3 color, float opacity, float bristles, int seed, bool blunt = false)
    {
        Vector2 low = path[0], high = path[0];
        var length = 0f;
        for (var i = 1; i < path.Length; i++)
        {
            (low, high) = (Vector2.Min(low, path[i]), Vector2.Max(high, path[i]));
            length += Vector2.Distance(path[i - 1], path[i]);
        }
        int x0 = Bound(low.X - half), x1 = Bound(high.X + half), y0 = Bound(low.Y - half), y1 = Bound(high.Y + half);
        for (var y = y0; y <= y1; y++)
            for (var x = x0; x <= x1; x++)
            {
                var p = new Vector2(x + 0.5f, y + 0.5f) * Pixel;
                var (distance, along, side) = Nearest(path, p);
                var t = along / MathF.Max(length, 1e-6f);
                var width = half * (blunt ? 1 : MathF.Sqrt(MathF.Max(1 - MathF.Pow(MathF.Abs(2 * t - 1), 3), 0.05f)));
                var cover = float.Clamp((width - distance) / Pixel + 0.5f, 0, 1);
                if (cover <= 0) continue;
                var hair = Noise.Fractal(new Vector3(9 * side / half, 6 * along / half * 0.12f, seed * 3.7f), 2);
                var at = y * Size + x;
                var a = opacity * cover * (1 - bristles * MathF.Max(0, 1.6f * hair - 0.5f));
                _colors[at] = Vector3.Lerp(_colors[at], color * (1 + 0.35f * bristles * (hair - 0.5f)), a);
                _heights[at] += a * (0.6f + bristles * hair) * (1 - 0.6f * distance * distance / (width * width)) - 0.55f * a * _heights[at];
            }
    }

    /// <summary>A filled convex polygon.</summary>
    public void Fill(ReadOnlySpan<Vector2> corners, Func<Vector2, Vector3> color)
    {
        Vector2 low = corners[0], high = corners[0];
        foreach (var c in corners) (low, high) = (Vector2.Min(low, c), Vector2.Max(high, c));
        for (int y = Bound(low.Y); y <= Bound(high.Y); y++)
            for (int x = Bound(low.X); x <= Bound(high.X); x++)
            {
                var p = new Vector2(x + 0.5f, y + 0.5f) * Pixel;
                if (Inside(corners, p) is var inside && inside > -Pixel)
                    _colors[y * Size + x] = Vector3.Lerp(_colors[y * Size + x], color(p), float.Clamp(inside / Pixel + 0.5f, 0, 1));
            }
    }

    /// <summary>How far a point is within a convex polygon; negative outside.</summary>
    public static float Inside(ReadOnlySpan<Vector2> corners, Vector2 p)
    {
        float inside = float.PositiveInfinity, turn = 0;
        for (var i = 0; i < corners.Length; i++) turn += Cross(corners[i], corners[(i + 1) % corners.Length]);
        for (var i = 0; i < corners.Length; i++)
        {
            var edge = corners[(i + 1) % corners.Length] - corners[i];
            inside = MathF.Min(inside, MathF.Sign(turn) * Cross(edge, p - corners[i]) / MathF.Max(edge.Length(), 1e-6f));
        }
        return inside;

        static float Cross(Vector2 a, Vector2 b) => a.X * b.Y - a.Y * b.X;
    }

    /// <summary>Light from the upper left on the thickness of the paint.</summary>
    public void Light(float strength)
    {
        var lit = new Vector3[_colors.Length];
        for (var y = 0; y < Size; y++)
            for (var x = 0; x < Size; x++)
            {
                float dx = H(x + 1, y) - H(x - 1, y), dy = H(x, y + 1) - H(x, y - 1);
                var n = Vector3.Normalize(new Vector3(-dx * strength, -dy * strength, 1));
                var shade = Vector3.Dot(n, Vector3.Normalize(new Vector3(-0.5f, -0.6f, 0.9f))) / 0.755f;
                var shine = MathF.Pow(MathF.Max(Vector3.Dot(n, Vector3.Normalize(new Vector3(-0.35f, -0.4f, 1))), 0), 40);
                lit[y * Size + x] = _colors[y * Size + x] * (0.45f + 0.55f * shade) + new Vector3(0.08f * shine);
            }
        lit.CopyTo(_colors, 0);

        float H(int x, int y) => _heights[int.Clamp(y, 0, Size - 1) * Size + int.Clamp(x, 0, Size - 1)];
    }

    /// <summary>The picture, RGB.</summary>
    public Bitmap Finish()
    {
        var picture = new Bitmap(Size, Size, 3);
        for (var i = 0; i < _colors.Length; i++)
        {
            var c = Vector3.Clamp(_colors[i], Vector3.Zero, Vector3.One) * 255;
            (picture.Samples[3 * i], picture.Samples[3 * i + 1], picture.Samples[3 * i + 2]) = ((byte)MathF.Round(c.X), (byte)MathF.Round(c.Y), (byte)MathF.Round(c.Z));
        }
        return picture;
    }

    private int Bound(float v) => int.Clamp((int)(v * Size), 0, Size - 1);

    // Distance to a chain of points, the way along it to the nearest place, and on which side that is.
    private static (float Distance, float Along, float Side) Nearest(ReadOnlySpan<Vector2> path, Vector2 p)
    {
        var (best, along, side, walked) = (float.PositiveInfinity, 0f, 0f, 0f);
        for (var i = 1; i < path.Length; i++)
        {
            Vector2 from = path[i - 1], edge = path[i] - from, to = p - from;
            var length = edge.Length();
            var t = float.Clamp(Vector2.Dot(to, edge) / MathF.Max(length * length, 1e-12f), 0, 1);
            var distance = (to - t * edge).Length();
            if (distance < best) (best, along, side) = (distance, walked + t * length, (edge.X * to.Y - edge.Y * to.X) / MathF.Max(length, 1e-6f));
            walked += length;
        }
        return (best, along, side);
    }
}
