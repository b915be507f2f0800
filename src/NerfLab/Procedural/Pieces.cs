using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Manners that are put together from pieces: glass, stones, facets.</summary>
internal static class Pieces
{
    public static void StainedGlass(Canvas canvas, Dice dice)
    {
        const int Across = 15;
        var motif = new Motif(dice, dice.Pick(Motif.Colors.Day, Motif.Colors.Evening, Motif.Colors.Autumn));
        var seed = dice.Below(10_000);
        var panes = new Vector2[Across * Across];
        for (var i = 0; i < panes.Length; i++) panes[i] = new Vector2((i % Across + dice.Between(0.1f, 0.9f)) / Across, (i / Across + dice.Between(0.1f, 0.9f)) / Across);
        canvas.Cover((p, _) =>
        {
            var (first, second, at) = (9f, 9f, 0);
            int column = (int)(p.X * Across), row = (int)(p.Y * Across);
            for (var y = int.Max(0, row - 2); y <= int.Min(Across - 1, row + 2); y++)
                for (var x = int.Max(0, column - 2); x <= int.Min(Across - 1, column + 2); x++)
                {
                    var d = Vector2.Distance(p, panes[y * Across + x]);
                    if (d < first) (first, second, at) = (d, first, y * Across + x);
                    else if (d < second) second = d;
                }
            // Lead between panes, and along what the window shows.
            var centre = panes[at];
            var lead = second - first < 0.011f || motif.IsEdge(p, 0.004f);
            if (lead) return new Vector3(0.07f, 0.07f, 0.08f) + new Vector3(0.1f * Noise.Fractal(new Vector3(p * 50, 1), 2));
            var color = motif.Region(p) == motif.Region(centre) ? motif.At(centre) : motif.At(p);
            // Purer than paint, brighter in the middle, with the streaks of drawn glass.
            var grey = Vector3.Dot(color, new Vector3(0.33f));
            color = Vector3.Lerp(new Vector3(grey), color, 1.7f);
            var streak = Noise.Fractal(new Vector3(p.X * 14 + 5 * p.Y, p.Y * 40, seed + at), 3);
            return color * (0.72f + 0.5f * streak + 0.3f * MathF.Exp(-900 * first * first) + 0.5f * ((Noise.Hash(at, seed, 1) & 255) / 255f - 0.5f));
        });
    }

    public static void Mosaic(Canvas canvas, Dice dice)
    {
        var motif = new Motif(dice, dice.Pick(Motif.Colors.Autumn, Motif.Colors.Day));
        const float Side = 0.0165f;
        // Rows that bend with the form: every stone is turned as a brush would be.
        for (var y = Side / 2; y < 1 + Side; y += Side * 0.94f)
            for (var x = Side / 2; x < 1 + Side; x += Side * 0.94f)
            {
                var p = new Vector2(x, y) + 0.16f * Side * new Vector2(dice.Normal(), dice.Normal());
                var angle = 0.9f * MathF.Sin(motif.Angle(p)) + 0.08f * dice.Normal();
                Vector2 a = Side * 0.45f * dice.Between(0.82f, 1.05f) * new Vector2(MathF.Cos(angle), MathF.Sin(angle)), b = Side * 0.45f * dice.Between(0.82f, 1.05f) * new Vector2(-MathF.Sin(angle), MathF.Cos(angle));
                var color = motif.At(p) * (1 + 0.13f * dice.Normal());
                if (dice.Chance(0.03f)) color = Canvas.Hex(0xE0B84A); // gold
                Vector2[] stone = [p - a - b, p + a - b, p + a + b, p - a + b];
                canvas.Fill(stone, q =>
                {
                    // Bevelled: light above, dark below.
                    var inside = Canvas.Inside(stone, q) / Side;
                    var v = Vector2.Dot(q - p, Vector2.Normalize(new Vector2(-0.5f, -0.8f))) / Side;
                    return color * (inside < 0.09f ? 1 + 0.9f * v : 1 + 0.12f * v);
                });
            }
    }

    public static void Cubist(Canvas canvas, Dice dice)
    {
        var motif = new Motif(dice, Motif.Colors.Of(0x9AA3A0, 0xD9CBA3, 0xF2E3B0, 0x7A7F86, 0xA8834A, 0x6B5333, 0x8C9AA0, 0x3E4A55, 0x4A4A38, 0x2E241A));
        Vector3[] tones = [.. ((int[])[0xC9A86A, 0x8C7A55, 0x5E6A70, 0xB8B09A, 0x3F4348, 0xA0623A, 0x7F8FA0, 0xE3D6B4]).Select(Canvas.Hex)];
        List<Vector2[]> facets = [[new(-0.02f, -0.02f), new(1.02f, -0.02f), new(1.02f, 1.02f), new(-0.02f, 1.02f)]];
        for (var i = 0; i < 150; i++)
        {
            // The largest of a few is cut next, mostly along two leading directions.
            var pick = Enumerable.Range(0, 6).Select(_ => dice.Below(facets.Count)).MaxBy(k => Area(facets[k]));
            var facet = facets[pick];
            var angle = dice.Pick(0.5f, -0.9f, 1.2f, 0.1f) + 0.25f * dice.Normal();
            var middle = facet.Aggregate((a, b) => a + b) / facet.Length + 0.03f * new Vector2(dice.Normal(), dice.Normal());
            var (left, right) = Cut(facet, middle, new Vector2(MathF.Cos(angle), MathF.Sin(angle)));
            if (left.Length < 3 || right.Length < 3 || Area(left) < 0.0006f || Area(right) < 0.0006f) continue;
            facets[pick] = left;
            facets.Add(right);
        }
        var number = 0;
        foreach (var facet in facets)
        {
            var middle = facet.Aggregate((a, b) => a + b) / facet.Length;
            var tone = Vector3.Lerp(motif.At(middle), dice.Pick(tones.AsSpan()), 0.45f);
            // Each facet is shaded from one of its edges, as if it stood out.
            var edge = facet[1] - facet[0];
            var across = Vector2.Normalize(new Vector2(-edge.Y, edge.X) + new Vector2(1e-6f));
            float depth = facet.Max(c => MathF.Abs(Vector2.Dot(c - facet[0], across))) + 1e-3f, strength = dice.Between(0.3f, 0.75f);
            var seed = number++;
            canvas.Fill(facet, p =>
            {
                var t = MathF.Abs(Vector2.Dot(p - facet[0], across)) / depth;
                var brush = Noise.Fractal(new Vector3(Vector2.Dot(p, across) * 90, Vector2.Dot(p, edge) * 120, seed), 2);
                return tone * (1 - strength * (1 - t) + 0.25f * t + 0.22f * (brush - 0.5f));
            });
            for (var k = 0; k < facet.Length; k++)
                if (dice.Chance(0.6f)) canvas.Stroke([facet[k], facet[(k + 1) % facet.Length]], dice.Between(0.0015f, 0.004f), Canvas.Hex(0x1E1A16), 0.8f, 0.6f, seed + k, blunt: true);
        }
    }

    private static (Vector2[] Left, Vector2[] Right) Cut(Vector2[] corners, Vector2 through, Vector2 along)
    {
        var (left, right) = (new List<Vector2>(), new List<Vector2>());
        for (var i = 0; i < corners.Length; i++)
        {
            Vector2 a = corners[i], b = corners[(i + 1) % corners.Length];
            float da = Side(a), db = Side(b);
            (da >= 0 ? left : right).Add(a);
            if (da >= 0 == db >= 0) continue;
            var cross = a + da / (da - db) * (b - a);
            left.Add(cross);
            right.Add(cross);
        }
        return ([.. left], [.. right]);

        float Side(Vector2 p) => along.X * (p.Y - through.Y) - along.Y * (p.X - through.X);
    }

    private static float Area(Vector2[] corners)
    {
        var sum = 0f;
        for (var i = 0; i < corners.Length; i++) sum += corners[i].X * corners[(i + 1) % corners.Length].Y - corners[(i + 1) % corners.Length].X * corners[i].Y;
        return MathF.Abs(sum) / 2;
    }
}
