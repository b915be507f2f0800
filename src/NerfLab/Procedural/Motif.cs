using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>What is painted: a landscape of sky, sun, three ranges of hills, water in front and trees on its shore, in the colours of a palette.</summary>
internal sealed class Motif
{
    private readonly float[] _bases, _heights;
    private readonly Vector2 _sun;
    private readonly float _sunSize, _shore;
    private readonly int _seed;
    private readonly (Vector2 At, Vector2 Size, bool Pointed)[] _trees;

    public Motif(Dice dice, Colors colors)
    {
        Palette = colors;
        _seed = dice.Below(10_000);
        _sun = new Vector2(dice.Between(0.2f, 0.8f), dice.Between(0.14f, 0.3f));
        _sunSize = dice.Between(0.06f, 0.1f);
        _bases = [dice.Between(0.42f, 0.48f), dice.Between(0.54f, 0.6f), dice.Between(0.64f, 0.68f)];
        _heights = [dice.Between(0.2f, 0.32f), dice.Between(0.14f, 0.22f), dice.Between(0.06f, 0.12f)];
        _shore = dice.Between(0.7f, 0.76f);
        _trees = new (Vector2, Vector2, bool)[3 + dice.Below(4)];
        for (var i = 0; i < _trees.Length; i++)
        {
            var pointed = dice.Chance(0.5f);
            var height = dice.Between(0.12f, 0.3f);
            _trees[i] = (new Vector2((i + dice.Between(0.15f, 0.85f)) / _trees.Length, _shore + dice.Between(0, 0.06f)), new Vector2(height * (pointed ? 0.24f : 0.4f), height), pointed);
        }
    }

    /// <summary>Colours of a landscape, as they are displayed.</summary>
    public sealed record Colors(Vector3 SkyHigh, Vector3 SkyLow, Vector3 Sun, Vector3 Far, Vector3 Middle, Vector3 Near, Vector3 WaterFar, Vector3 WaterNear, Vector3 Tree, Vector3 Trunk)
    {
        public static Colors Of(int skyHigh, int skyLow, int sun, int far, int middle, int near, int waterFar, int waterNear, int tree, int trunk) =>
            new(Canvas.Hex(skyHigh), Canvas.Hex(skyLow), Canvas.Hex(sun), Canvas.Hex(far), Canvas.Hex(middle), Canvas.Hex(near), Canvas.Hex(waterFar), Canvas.Hex(waterNear), Canvas.Hex(tree), Canvas.Hex(trunk));

        public static Colors Day { get; } = Of(0x3F86C4, 0xCFE6F2, 0xFFF3B0, 0x8FA9CF, 0x6E9E7E, 0x4E8A3E, 0x9CC3DD, 0x3C78A8, 0x2F6B33, 0x5A3A22);
        public static Colors Evening { get; } = Of(0x3B3A86, 0xF7A65A, 0xFFE27A, 0x8A5A9A, 0x9A3F5E, 0x5A2A4A, 0xF2A56A, 0x4A3A7A, 0x2F2440, 0x1E1428);
        public static Colors Autumn { get; } = Of(0x6FA7B5, 0xF2E3C0, 0xFFF0C0, 0xA3A7B0, 0xC98A3A, 0xB5532A, 0xB9CFC9, 0x3F6F7F, 0xC4432A, 0x4A2A1E);
        public static Colors Night { get; } = Of(0x10204F, 0x3E6FB0, 0xFFE65A, 0x2A4A86, 0x1E3A6A, 0x14284A, 0x4E86C4, 0x16305F, 0x0F2A2A, 0x0A1418);
    }

    /// <summary>The colours.</summary>
    public Colors Palette { get; }

    /// <summary>Where the sun is.</summary>
    public Vector2 Sun => _sun;

    /// <summary>What a place shows: 0 sky, 1 sun, 2 to 4 hills from far to near, 5 water, 6 tree, 7 trunk.</summary>
    public int Region(Vector2 p)
    {
        foreach (var (at, size, pointed) in _trees)
        {
            var q = (p - at) / size;
            if (q.Y is > 0 or < -1.05f) { if (q.Y is > 0 and < 0.02f && MathF.Abs(q.X) < 0.08f) return 7; continue; }
            var wobble = 0.14f * (Noise.Fractal(new Vector3(p * 26, _seed + at.X), 2) - 0.5f);
            if (pointed ? MathF.Abs(q.X) < 0.5f * (1 + q.Y) + wobble && q.Y < -0.12f : (q - new Vector2(0, -0.62f)).Length() * 1.1f < 0.46f + wobble) return 6;
            if (MathF.Abs(q.X) < 0.07f && q.Y > -0.4f) return 7;
        }
        if (p.Y > Shore(p.X)) return 5;
        for (var k = 2; k >= 0; k--) if (p.Y > Ridge(k, p.X)) return k + 2;
        return Vector2.Distance(p, _sun) < _sunSize ? 1 : 0;
    }

    /// <summary>The colour of a place.</summary>
    public Vector3 At(Vector2 p)
    {
        var region = Region(p);
        var c = Palette;
        var cloud = Noise.Fractal(new Vector3(p.X * 3, p.Y * 9, _seed * 0.37f), 4);
        return region switch
        {
            0 => Vector3.Lerp(Vector3.Lerp(c.SkyHigh, c.SkyLow, float.Clamp(p.Y / 0.45f + 0.9f * (cloud - 0.5f), 0, 1)), c.Sun, 0.55f * MathF.Exp(-9 * MathF.Max(0, Vector2.Distance(p, _sun) - _sunSize))),
            1 => c.Sun,
            2 => Shaded(c.Far, p, 0),
            3 => Shaded(c.Middle, p, 1),
            4 => Shaded(c.Near, p, 2),
            5 => Water(p),
            6 => c.Tree * (0.75f + 0.7f * Noise.Fractal(new Vector3(p * 18, _seed), 3)),
            _ => c.Trunk,
        };
    }

    /// <summary>The lightness of a place, 0 to 1.</summary>
    public float Light(Vector2 p) => Vector3.Dot(At(p), new Vector3(0.3f, 0.59f, 0.11f));

    /// <summary>The direction in which a brush follows the form, in radians.</summary>
    public float Angle(Vector2 p) => Region(p) switch
    {
        0 => 0.5f * MathF.Sin(5 * p.X + _seed) + 1.2f * (Noise.Fractal(new Vector3(p * 2.5f, _seed), 2) - 0.5f),
        1 => MathF.Atan2(p.Y - _sun.Y, p.X - _sun.X) + MathF.PI / 2,
        2 or 3 or 4 => Slope(Region(p) - 2, p.X) + 0.3f,
        5 => 0.15f * MathF.Sin(14 * p.X),
        _ => MathF.PI / 2 + 1.4f * (Noise.Fractal(new Vector3(p * 12, _seed), 2) - 0.5f),
    };

    /// <summary>Whether the region changes within a distance.</summary>
    public bool IsEdge(Vector2 p, float within)
    {
        var here = Region(p);
        return Region(p + new Vector2(within, 0)) != here || Region(p - new Vector2(within, 0)) != here || Region(p + new Vector2(0, within)) != here || Region(p - new Vector2(0, within)) != here;
    }

    private Vector3 Water(Vector2 p)
    {
        var depth = float.Clamp((p.Y - _shore) / (1 - _shore), 0, 1);
        var wave = Noise.Fractal(new Vector3(p.X * 5, p.Y * 40, _seed), 3);
        var glitter = MathF.Exp(-18 * MathF.Abs(p.X - _sun.X)) * (wave > 0.5f ? 0.8f : 0.2f);
        return Vector3.Lerp(Vector3.Lerp(Palette.WaterFar, Palette.WaterNear, float.Clamp(depth + 0.8f * (wave - 0.5f), 0, 1)), Palette.Sun, glitter);
    }

    private Vector3 Shaded(Vector3 color, Vector2 p, int range)
    {
        // The slopes towards the sun are lighter.
        var towards = MathF.Sign(_sun.X - p.X) * -MathF.Tan(Slope(range, p.X));
        return color * (1 + 0.35f * float.Clamp(towards, -1, 1) + 0.5f * (Noise.Fractal(new Vector3(p * 9, _seed + range), 3) - 0.5f));
    }

    private float Ridge(int k, float x) => _bases[k] - _heights[k] * (Noise.Fractal(new Vector3(x * (2.2f + 1.3f * k), 7 * k, _seed), 4) * 2 - 0.75f);

    private float Slope(int k, float x) => MathF.Atan((Ridge(k, x + 0.01f) - Ridge(k, x - 0.01f)) / 0.02f);

    private float Shore(float x) => _shore + 0.03f * (Noise.Fractal(new Vector3(x * 4, 3, _seed), 3) - 0.5f);
}
