using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Manners on paper: washes, lines and prints.</summary>
internal static class Prints
{
    public static void InkWash(Canvas canvas, Dice dice)
    {
        var seed = dice.Below(10_000);
        var ranges = new (float Base, float Height, float Scale, float Ink)[4];
        for (var k = 0; k < 4; k++) ranges[k] = (0.36f + 0.13f * k + dice.Between(-0.03f, 0.03f), dice.Between(0.2f, 0.36f) - 0.03f * k, dice.Between(1.6f, 3) + 0.6f * k, 0.22f + 0.17f * k);
        canvas.Cover((p, paper) =>
        {
            paper *= 1 - 0.05f * Noise.Fractal(new Vector3(p * 90, seed), 3);
            var ink = 0f;
            for (var k = 0; k < ranges.Length; k++)
            {
                var (low, height, scale, strength) = ranges[k];
                var ridge = low - height * (1.9f * Noise.Fractal(new Vector3(p.X * scale, k * 5, seed), 5) - 0.6f);
                if (p.Y < ridge) continue;
                // Wet ink gathers along the ridge and drowns in mist below it; dry streaks run down the slope.
                var below = p.Y - ridge;
                var streak = Noise.Fractal(new Vector3(p.X * 40 + 9 * below, p.Y * 6, seed + k), 3);
                var wash = strength * MathF.Exp(-below * (9 - 1.5f * k)) * (0.65f + 0.7f * streak) + 0.3f * strength * MathF.Exp(-below * 70);
                var mist = 0.75f * float.Clamp(below * 7, 0, 1);
                ink = ink * (1 - MathF.Max(mist, wash)) + wash;
            }
            return Vector3.Lerp(paper, Canvas.Hex(0x14161C), float.Clamp(ink, 0, 0.96f));
        });
        Branch(canvas, dice);
        // The seal.
        float x = dice.Between(0.08f, 0.14f), y = dice.Between(0.84f, 0.88f);
        canvas.Fill([new(x, y), new(x + 0.06f, y), new(x + 0.06f, y + 0.075f), new(x, y + 0.075f)], p => Canvas.Hex(0xB3261E) * (0.85f + 0.3f * Noise.Fractal(new Vector3(p * 60, seed), 2)));
        foreach (var (a, b) in ((Vector2, Vector2)[])[(new(0.012f, 0.015f), new(0.048f, 0.015f)), (new(0.03f, 0.015f), new(0.03f, 0.06f)), (new(0.012f, 0.038f), new(0.048f, 0.038f)), (new(0.014f, 0.06f), new(0.047f, 0.06f))])
            canvas.Stroke([new Vector2(x, y) + a, new Vector2(x, y) + b], 0.0032f, Canvas.Hex(0xF2EBDA), 0.9f, 0.2f, 1);
    }

    // A branch with leaves that reaches in from one side.
    private static void Branch(Canvas canvas, Dice dice)
    {
        var ink = Canvas.Hex(0x101218);
        var side = dice.Chance(0.5f) ? 1 : -1;
        var at = new Vector2(side > 0 ? -0.02f : 1.02f, dice.Between(0.06f, 0.2f));
        float heading = side > 0 ? 0.25f : MathF.PI - 0.25f;
        for (var i = 0; i < 9; i++)
        {
            heading += 0.3f * dice.Normal();
            var next = at + 0.055f * new Vector2(MathF.Cos(heading), MathF.Sin(heading));
            canvas.Stroke([at, next], 0.011f * (1 - 0.085f * i), ink, 0.9f, 0.8f, i, blunt: true);
            for (int k = 0, n = 2 + dice.Below(3); k < n; k++)
            {
                var angle = heading + dice.Pick(-1f, 1f) * dice.Between(0.4f, 1.1f);
                var tip = next + dice.Between(0.05f, 0.11f) * new Vector2(MathF.Cos(angle), MathF.Sin(angle));
                canvas.Stroke([next, (next + tip) / 2 + new Vector2(0, 0.006f), tip], dice.Between(0.004f, 0.009f), ink, dice.Between(0.5f, 0.95f), 0.5f, 31 * i + k);
            }
            at = next;
        }
    }

    public static void Watercolour(Canvas canvas, Dice dice)
    {
        var motif = new Motif(dice, dice.Pick(Motif.Colors.Day, Motif.Colors.Autumn, Motif.Colors.Evening));
        var seed = dice.Below(10_000);
        canvas.Cover((p, paper) =>
        {
            // Washes run: every border wanders with the water.
            Vector2 run = 0.035f * new Vector2(Noise.Fractal(new Vector3(p * 6, seed), 3) - 0.5f, Noise.Fractal(new Vector3(p * 6, seed + 50), 3) - 0.5f), q = p + run;
            var region = motif.Region(q);
            var flat = Vector3.Lerp(motif.At(q), motif.At(q + new Vector2(0.03f, 0.05f)), 0.5f);
            float bloom = Noise.Fractal(new Vector3(p * 3.2f, seed + 7), 3), grain = Noise.Fractal(new Vector3(p * 110, seed), 2);
            // Pigment: thin where water was, thick along the rim, and in the hollows of the paper.
            var rim = motif.IsEdge(q, 0.006f) ? 0.34f : motif.IsEdge(q, 0.013f) ? 0.12f : 0;
            var bare = region < 2 ? 0.3f : 0.1f;
            var pigment = 0.95f - bare - 0.75f * MathF.Max(0, bloom - 0.42f) + rim + 0.22f * (grain - 0.5f);
            // A drying bloom leaves a line.
            if (MathF.Abs(bloom - 0.56f) < 0.008f) pigment += 0.12f;
            // White borders where the sheet was taped.
            var border = MathF.Min(MathF.Min(p.X, 1 - p.X), MathF.Min(p.Y, 1 - p.Y)) - 0.025f - 0.008f * Noise.Fractal(new Vector3(p * 20, seed + 3), 2);
            paper *= 0.97f + 0.05f * grain;
            if (border < 0) return paper;
            var transmitted = Vector3.One - float.Clamp(pigment, 0, 1.3f) * (Vector3.One - Vector3.Clamp(flat, Vector3.Zero, Vector3.One));
            return paper * Vector3.Clamp(transmitted, Vector3.Zero, Vector3.One);
        });
    }

    public static void Woodcut(Canvas canvas, Dice dice)
    {
        var motif = new Motif(dice, Motif.Colors.Day);
        var seed = dice.Below(10_000);
        Vector3 blue = Canvas.Hex(dice.Pick(0x2F5F8F, 0x2E6A6A)), warm = Canvas.Hex(dice.Pick(0xD9583A, 0xE0A03A)), black = Canvas.Hex(0x16130F);
        canvas.Cover((p, paper) =>
        {
            paper *= 0.97f + 0.06f * Noise.Fractal(new Vector3(p.X * 8, p.Y * 120, seed), 2); // the grain of the block
            // Two flat inks, printed a little beside the black.
            var shifted = p + new Vector2(0.004f, -0.003f);
            var region = motif.Region(shifted);
            var color = region switch
            {
                0 => p.Y < 0.3f ? Vector3.Lerp(blue, paper, float.Clamp(p.Y / 0.3f, 0, 1)) : paper,
                1 => warm,
                2 => Vector3.Lerp(paper, blue, 0.55f),
                4 => Vector3.Lerp(paper, warm, 0.5f),
                5 => Vector3.Lerp(blue, paper, 0.25f),
                _ => paper,
            };
            color = Vector3.Lerp(paper, color, 0.85f + 0.15f * Noise.Fractal(new Vector3(p * 60, seed), 2));
            return Carved(p) ? black : color;
        });

        // Black is left standing: outlines, and gouge lines that swell where it is dark.
        bool Carved(Vector2 p)
        {
            var region = motif.Region(p);
            if (motif.IsEdge(p, 0.0045f)) return true;
            if (region is 1) return false;
            if (region is 6 or 7)
                return MathF.Sin(120 * (p.X + 0.4f * p.Y) + 5 * Noise.Fractal(new Vector3(p * 14, seed), 2)) > -0.75f + 1.1f * Noise.Fractal(new Vector3(p * 16, seed + 9), 2);
            var angle = motif.Angle(p);
            float phase = region switch
            {
                0 => Vector2.Distance(p, motif.Sun) * 190,
                5 => p.Y * 210 + 1.5f * MathF.Sin(16 * p.X + 30 * p.Y),
                _ => (p.Y * MathF.Cos(angle) - p.X * MathF.Sin(angle) * 0.3f) * 260 + 8 * Noise.Fractal(new Vector3(p * 5, seed), 2),
            };
            var dark = region switch { 0 => 0.1f + 0.25f * p.Y, 5 => 0.48f, 2 => 0.3f, 3 => 0.55f, _ => 0.62f } + 0.5f * (Noise.Fractal(new Vector3(p * 7, seed + 4), 3) - 0.5f);
            return 0.5f + 0.5f * MathF.Sin(phase) < dark;
        }
    }

    public static void Hatching(Canvas canvas, Dice dice)
    {
        var motif = new Motif(dice, Motif.Colors.Day);
        var seed = dice.Below(10_000);
        var ink = Canvas.Hex(dice.Pick(0x1E1A22, 0x3A2414));
        canvas.Cover((p, paper) => paper * (0.97f + 0.05f * Noise.Fractal(new Vector3(p * 70, seed), 2)));
        // Layer after layer in another direction, each only where it is darker still.
        foreach (var (angle, dark, spacing) in ((float, float, float)[])[(-0.7f, 0.78f, 0.0095f), (0.55f, 0.56f, 0.0095f), (0.02f, 0.42f, 0.008f), (1.45f, 0.3f, 0.008f)])
        {
            Vector2 along = new(MathF.Cos(angle), MathF.Sin(angle)), across = new(-along.Y, along.X);
            for (var offset = -1.5f; offset < 1.5f; offset += spacing * dice.Between(0.75f, 1.25f))
                for (float t = -1.5f, step; t < 1.5f; t += step)
                {
                    step = dice.Between(0.025f, 0.06f);
                    var from = new Vector2(0.5f) + offset * across + t * along;
                    var to = from + (step - 0.004f) * along + 0.0025f * dice.Normal() * across;
                    var middle = (from + to) / 2;
                    if (middle.X is < 0.03f or > 0.97f || middle.Y is < 0.03f or > 0.97f || motif.Region(middle) == 1 || motif.Light(middle) > dark + 0.05f * dice.Normal()) continue;
                    canvas.Stroke([from, middle + 0.0012f * dice.Normal() * across, to], dice.Between(0.0011f, 0.0019f), ink, 0.85f, 0, 0);
                }
        }
        // Outlines in short wavering strokes.
        for (var i = 0; i < 60_000; i++)
        {
            var p = new Vector2(dice.Between(0.03f, 0.97f), dice.Between(0.03f, 0.97f));
            if (!motif.IsEdge(p, 0.0022f)) continue;
            canvas.Stroke([p, p + new Vector2(0.002f, 0.001f * dice.Normal())], 0.0016f, ink, 0.9f, 0, 0);
        }
    }
}
