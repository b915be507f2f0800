using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Manners without a motif: planes and cloth.</summary>
internal static class Patterns
{
    public static void OpArt(Canvas canvas, Dice dice)
    {
        Vector3 black = Canvas.Hex(0x0C0C10), white = Canvas.Hex(0xF8F6F0), accent = Canvas.Hex(dice.Pick(0xE0402E, 0x2452B8, 0xF2A81E, 0x1E9A6A));
        var bulges = new (Vector2 At, float R, float Strength)[3];
        for (var i = 0; i < bulges.Length; i++) bulges[i] = (new Vector2(dice.Between(0.15f, 0.85f), dice.Between(0.15f, 0.85f)), dice.Between(0.18f, i == 0 ? 0.42f : 0.28f), dice.Between(0.55f, 0.9f) * (i == 2 ? -0.6f : 1));
        float turn = dice.Between(-0.5f, 0.5f), cells = dice.Between(13, 18);
        canvas.Cover((p, _) =>
        {
            var (q, near) = (p, 0f);
            foreach (var (at, r, strength) in bulges)
            {
                var to = q - at;
                var d = to.Length() / r;
                if (d >= 1) continue;
                // As if drawn on a ball that comes out of the plane: the middle is magnified, the rim squeezed.
                var magnified = 1 - strength * (1 - d * d) * (1 - d * d);
                q = at + to * magnified;
                near = MathF.Max(near, strength * (1 - d * d));
            }
            var (sin, cos) = MathF.SinCos(turn);
            var u = new Vector2(q.X * cos - q.Y * sin, q.X * sin + q.Y * cos) * cells;
            u += 0.35f * new Vector2(MathF.Sin(u.Y * 0.55f), MathF.Sin(u.X * 0.55f));
            int i = (int)MathF.Floor(u.X), j = (int)MathF.Floor(u.Y);
            var dark = ((i + j) & 1) == 0;
            // In every field a disc of the other colour that grows towards the bulges.
            var disc = (u - new Vector2(i + 0.5f, j + 0.5f)).Length() < 0.1f + 0.28f * near;
            if (disc) return near > 0.45f && dark ? accent : dark ? white : black;
            return dark ? black : white;
        });
    }

    public static void Batik(Canvas canvas, Dice dice)
    {
        var seed = dice.Below(10_000);
        Vector3 indigo = Canvas.Hex(0x16295A), mid = Canvas.Hex(dice.Pick(0x3F6FB0, 0x2F7F86)), rust = Canvas.Hex(dice.Pick(0xB5602E, 0x9A3F2E)), wax = Canvas.Hex(0xF0E3C4);
        int tiles = 3 + dice.Below(2), petals = 6 + dice.Below(4);
        canvas.Cover((p, _) =>
        {
            // Hands do not draw straight.
            var q = p + 0.008f * new Vector2(Noise.Fractal(new Vector3(p * 9, seed), 2) - 0.5f, Noise.Fractal(new Vector3(p * 9, seed + 9), 2) - 0.5f);
            var color = indigo * (0.85f + 0.3f * Noise.Fractal(new Vector3(p * 30, seed), 3));
            var border = MathF.Min(MathF.Min(q.X, 1 - q.X), MathF.Min(q.Y, 1 - q.Y));
            if (border < 0.085f)
            {
                // A border of triangles between two lines of dots.
                var along = (border == q.X || border == 1 - q.X ? q.Y : q.X) * 26;
                var saw = MathF.Abs(along - MathF.Floor(along) - 0.5f) * 2;
                color = border is > 0.02f and < 0.065f && saw < (border - 0.02f) / 0.045f ? rust : color;
                var dot = new Vector2(along * 1.5f - MathF.Round(along * 1.5f), (border - 0.075f) * 39);
                if (dot.Length() < 0.3f || MathF.Abs(border - 0.014f) < 0.004f) color = wax;
            }
            else
            {
                var u = (q - new Vector2(0.085f)) / 0.83f * tiles;
                int i = (int)MathF.Floor(u.X), j = (int)MathF.Floor(u.Y);
                var c = u - new Vector2(i + 0.5f, j + 0.5f);
                float r = c.Length(), angle = MathF.Atan2(c.Y, c.X), odd = ((i + j) & 1) == 0 ? 0 : MathF.PI / petals;
                var petal = MathF.Abs(MathF.Cos(petals / 2f * (angle + odd)));
                if (r < 0.1f) color = r < 0.05f ? wax : rust;
                else if (r < 0.14f + 0.24f * petal && r > 0.13f) color = r > 0.1f + 0.24f * petal ? wax : r > 0.06f + 0.22f * petal ? mid : petal > 0.93f ? wax : rust;
                else if (MathF.Abs(r - 0.44f) < 0.014f) color = wax;
                else if (Dotted(r, angle, 0.485f, 40)) color = wax;
                // Leaves in the corners between the flowers.
                var corner = new Vector2(0.5f) - Vector2.Abs(c);
                if (corner.Length() < 0.19f && corner.Length() > 0.03f && MathF.Abs(corner.X - corner.Y) < 0.05f * MathF.Sin(corner.Length() / 0.19f * MathF.PI)) color = mid;
            }
            // Where the wax broke, dye ran into the cracks.
            var crack = MathF.Min(Crack(p, 5, seed), Crack(p, 11, seed + 20));
            return Vector3.Lerp(color, indigo * 0.7f, 0.8f * float.Clamp(1 - crack / 0.035f, 0, 1)) * (0.93f + 0.1f * MathF.Sin(p.X * 700) * MathF.Sin(p.Y * 700));
        });

        static bool Dotted(float r, float angle, float ring, int count)
        {
            var t = angle / MathF.Tau * count;
            return new Vector2((t - MathF.Round(t)) * MathF.Tau * ring / count, r - ring).Length() < 0.018f;
        }

        // Zero lines of noise wander and branch as cracks do.
        static float Crack(Vector2 p, float scale, int seed) =>
            MathF.Abs(Noise.Fractal(new Vector3(p * scale, seed), 4) - 0.5f) * (1 + 3 * Noise.Fractal(new Vector3(p * 4, seed + 40), 2));
    }
}
