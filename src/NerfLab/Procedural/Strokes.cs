using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Manners that are painted stroke by stroke, from coarse to fine.</summary>
internal static class Strokes
{
    public static void Impressionist(Canvas canvas, Dice dice)
    {
        var motif = new Motif(dice, dice.Pick(Motif.Colors.Day, Motif.Colors.Autumn));
        foreach (var (half, count) in ((float, int)[])[(0.028f, 1400), (0.014f, 4200), (0.008f, 5200)])
            for (var i = 0; i < count; i++)
            {
                var p = Somewhere(dice);
                // Small dabs go where something happens.
                if (half < 0.01f && !motif.IsEdge(p, 0.03f) && dice.Chance(0.6f)) continue;
                var angle = motif.Angle(p) + 0.35f * dice.Normal();
                canvas.Stroke(Line(p, angle, half * dice.Between(1.6f, 3.2f), 0.25f * dice.Normal()), half * dice.Between(0.6f, 1), Lively(motif.At(p), dice, 0.1f, 0.12f), 0.92f, 0.7f, i);
            }
        canvas.Light(0.35f);
    }

    public static void Pointillist(Canvas canvas, Dice dice)
    {
        var motif = new Motif(dice, dice.Pick(Motif.Colors.Day, Motif.Colors.Evening));
        // Pure hues that mix in the eye: each place gets those that its colour is made of, and a little of their opposite.
        Vector3[] pure = [.. ((int[])[0xE8402E, 0xF2901E, 0xF7D52E, 0x4FA83C, 0x1E8FA8, 0x2452B8, 0x6A3AA0, 0xF6F0E4, 0x1A1A3A, 0xF2A0B0]).Select(Canvas.Hex)];
        for (var i = 0; i < 34_000; i++)
        {
            var p = Somewhere(dice);
            var color = motif.At(p);
            var wanted = color + 0.22f * new Vector3(dice.Normal(), dice.Normal(), dice.Normal());
            var nearest = pure.MinBy(c => (c - wanted).LengthSquared());
            var dot = Vector3.Lerp(nearest, color, dice.Between(0.15f, 0.55f));
            var r = dice.Between(0.0036f, 0.0062f);
            canvas.Stroke([p, p + new Vector2(1e-4f, 0)], r, dot, 0.95f, 0, i, blunt: true);
        }
    }

    public static void Impasto(Canvas canvas, Dice dice)
    {
        var motif = new Motif(dice, dice.Pick(Motif.Colors.Evening, Motif.Colors.Autumn));
        foreach (var (half, count) in ((float, int)[])[(0.06f, 350), (0.034f, 900), (0.02f, 900)])
            for (var i = 0; i < count; i++)
            {
                var p = Somewhere(dice);
                if (half < 0.03f && !motif.IsEdge(p, 0.05f) && dice.Chance(0.7f)) continue;
                var angle = motif.Angle(p) + 0.5f * dice.Normal();
                canvas.Stroke(Line(p, angle, half * dice.Between(1.2f, 2.2f), 0), half * dice.Between(0.5f, 0.9f), Lively(motif.At(p), dice, 0.05f, 0.1f), 0.97f, 0.45f, i, blunt: true);
            }
        canvas.Light(2.2f);
    }

    public static void Swirls(Canvas canvas, Dice dice)
    {
        var motif = new Motif(dice, Motif.Colors.Night);
        var eddies = new (Vector2 At, float R, float Turn)[9];
        for (var i = 0; i < eddies.Length; i++)
            eddies[i] = (i == 0 ? motif.Sun : new Vector2(dice.Next(), dice.Between(0, 0.5f)), dice.Between(0.05f, i < 3 ? 0.2f : 0.1f), dice.Chance(0.5f) ? 1 : -1);
        foreach (var (half, count) in ((float, int)[])[(0.011f, 2600), (0.006f, 5200)])
            for (var i = 0; i < count; i++)
            {
                var p = Somewhere(dice);
                var path = new Vector2[9];
                var at = p;
                for (var k = 0; k < path.Length; k++)
                {
                    path[k] = at;
                    at += 0.011f * Flow(at);
                }
                var color = motif.At(p);
                // The stars are rings of light that pale with the distance.
                if (motif.Region(p) < 2)
                    foreach (var (centre, r, _) in eddies)
                    {
                        var ring = Vector2.Distance(p, centre) / r;
                        if (ring < 1.2f) color = Vector3.Lerp(color, ring < 0.3f ? Canvas.Hex(0xFFF0A0) : Canvas.Hex(0xF2D25A), MathF.Exp(-3 * ring * ring) + 0.25f * MathF.Max(0, MathF.Cos(14 * ring)) * (1.2f - ring));
                    }
                canvas.Stroke(path, half * dice.Between(0.7f, 1.2f), Lively(color, dice, 0.06f, 0.16f), 0.95f, 0.55f, i);
            }
        canvas.Light(0.6f);

        Vector2 Flow(Vector2 p)
        {
            if (motif.Region(p) > 1) return Direction(motif.Angle(p));
            var flow = new Vector2(1, 0.35f * MathF.Sin(9 * p.X + 4 * p.Y));
            foreach (var (centre, r, turn) in eddies)
            {
                var to = p - centre;
                flow += turn * 3.5f * MathF.Exp(-to.LengthSquared() / (r * r)) / r * new Vector2(-to.Y, to.X);
            }
            return Vector2.Normalize(flow + new Vector2(1e-4f));
        }
    }

    private static Vector2 Somewhere(Dice dice) => new(dice.Next(), dice.Next());

    private static Vector2 Direction(float angle)
    {
        var (sin, cos) = MathF.SinCos(angle);
        return new Vector2(cos, sin);
    }

    private static Vector2[] Line(Vector2 p, float angle, float half, float bend)
    {
        Vector2 along = half * Direction(angle), across = new(-along.Y, along.X);
        return [p - along, p + bend * across, p + along];
    }

    // A little lighter, darker, warmer or colder.
    private static Vector3 Lively(Vector3 color, Dice dice, float hue, float light) =>
        color * (1 + light * dice.Normal()) + hue * 0.6f * new Vector3(dice.Normal(), dice.Normal(), dice.Normal());
}
