using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Leaves of many sizes that cover each other: pictures without any meaning whose edges, contrasts and scales are distributed as in photographs.</summary>
/// <remarks>The dead-leaves model of Matheron, with sizes after Lee et al. 2001: radii with a density of r^-3, so that it looks alike at every scale.</remarks>
public static class Leaves
{
    const int Smallest = 16, Largest = 4096;

    /// <summary>Draws.</summary>
    /// <param name="size">Rows and columns, 16 to 4096.</param>
    /// <param name="seed">Another picture for every number.</param>
    /// <returns>RGB, 8 bits.</returns>
    /// <exception cref="BadInputException">The size is out of range.</exception>
    public static Bitmap Draw(int size, long seed = 0)
    {
        if (size is < Smallest or > Largest) throw new BadInputException($"size {size}: {Smallest} to {Largest} pixels are expected");
        var dice = new Dice(seed, 7171);
        var canvas = new Canvas(size, Srgb.FromLinear(Finish.Color(dice)));
        float least = dice.Between(0.008f, 0.03f), most = dice.Between(0.25f, 0.6f);
        // Painted from the back, so that what is drawn last lies on top; the area covered is about eight pictures.
        float covered = 0;
        Span<Vector2> corners = stackalloc Vector2[12];
        while (covered < 8)
        {
            // The inverse of the distribution function of r^-3 between two bounds.
            float u = dice.Next(), r = 1 / MathF.Sqrt((1 - u) / (least * least) + u / (most * most));
            covered += MathF.PI * r * r + 0.004f;
            var middle = new Vector2(dice.Between(-0.1f, 1.1f), dice.Between(-0.1f, 1.1f));
            int sides = dice.Pick(3, 4, 4, 5, 12, 12, 12);
            float turn = dice.Between(0, MathF.Tau), narrow = dice.Between(0.35f, 1);
            var (sin, cos) = MathF.SinCos(dice.Between(0, MathF.Tau));
            for (int k = 0; k < sides; k++)
            {
                var (s, c) = MathF.SinCos(turn + MathF.Tau * k / sides);
                var p = new Vector2(c, s * narrow) * r;
                corners[k] = middle + new Vector2(cos * p.X - sin * p.Y, sin * p.X + cos * p.Y);
            }
            canvas.Fill(corners[..sides], Skin(dice, middle, r));
        }
        var grain = dice.Chance(0.5f) ? dice.Between(0, 0.06f) : 0;
        if (grain > 0) canvas.Cover((p, color) => color + new Vector3(grain * (Noise.Hash((int)(p.X * 4096), (int)(p.Y * 4096), (int)seed) / (float)uint.MaxValue - 0.5f)));
        return canvas.Finish();
    }

    /// <summary>What a leaf is covered with: a shaded colour, or a pattern as large as the leaf allows.</summary>
    static Func<Vector2, Vector3> Skin(Dice dice, Vector2 middle, float r)
    {
        Vector3 a = Finish.Color(dice), b = dice.Chance(0.5f) ? Finish.Color(dice) : a * dice.Between(0.3f, 0.9f);
        var scale = r * dice.Between(0.15f, 0.7f);
        Texture texture = dice.Below(9) switch
        {
            0 => new Clouds(a, b, 1 / scale, dice.Below(1000)),
            1 => new Stripes([a, b], Vector3.Normalize(new Vector3(dice.Normal(), dice.Normal(), 0.01f)), scale),
            2 => new Dots(a, b, 1.6f * scale, 0.45f * scale),
            3 => new Checker(a, b, scale),
            4 => new Marble(a, b, 1 / scale),
            5 => new Wood(a, b, dice.Below(2), 3 / scale, dice.Below(1000)),
            _ => new Plain(a),
        };
        var fall = new Vector2(dice.Normal(), dice.Normal()) * (0.3f / r);
        var depth = dice.Between(-1, 1);
        return p => Srgb.FromLinear(Vector3.Clamp(texture.At(new Vector3(p, depth)) * float.Clamp(1 + Vector2.Dot(fall, p - middle), 0.2f, 1.8f), Vector3.Zero, Vector3.One));
    }
}
