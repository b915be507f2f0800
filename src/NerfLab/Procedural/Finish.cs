using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Surfaces of made things, drawn at random.</summary>
internal static class Finish
{
    private static readonly (int Light, int Dark)[] s_woods = [(0xBC8449, 0x8A562B), (0xD9AF73, 0xA97840), (0x6B3F22, 0x3B2012), (0xA8713C, 0x69401E), (0x8E4A2B, 0x5A2814), (0xE4CDA0, 0xC09C66), (0x4A3426, 0x2A1C14)];

    /// <summary>A wood, with its grain along an axis.</summary>
    public static Func<int, Material> Timber(Dice dice)
    {
        var (light, dark) = dice.Pick(s_woods.AsSpan());
        float gloss = dice.Between(0.1f, 0.5f), scale = dice.Between(16, 30);
        var seed = dice.Below(1000);
        return along => new Material(new Wood(Srgb.OfHex(light), Srgb.OfHex(dark), along, scale, seed), gloss, 50);
    }

    /// <summary>Any lively colour, or a quiet one.</summary>
    public static Vector3 Color(Dice dice) => dice.Chance(0.25f)
        ? Dice.Hsv(dice.Next(), dice.Between(0, 0.15f), dice.Between(0.15f, 0.95f))
        : Dice.Hsv(dice.Next(), dice.Between(0.45f, 0.9f), dice.Between(0.4f, 0.95f));

    /// <summary>A smooth coat of paint or plastic.</summary>
    public static Material Paint(Dice dice) => new(new Plain(Color(dice)), dice.Between(0.3f, 0.9f), dice.Between(30, 120));

    /// <summary>Bright or dark metal.</summary>
    public static Material Metal(Dice dice) => new(new Plain(Srgb.OfHex(dice.Pick(0xC9D2DA, 0x8C9298, 0x3A3D42, 0xD8B25A, 0xB87A4A))), 0.7f, 110, dice.Between(0.15f, 0.6f));

    /// <summary>Cloth: plain, mottled, striped, dotted or checked.</summary>
    public static Material Fabric(Dice dice)
    {
        Vector3 a = Color(dice), b = Color(dice);
        var size = dice.Between(0.04f, 0.12f);
        Texture texture = dice.Below(5) switch
        {
            0 => new Plain(a),
            1 => new Clouds(a, Vector3.Lerp(a, b, 0.4f), dice.Between(8, 30), dice.Below(1000)),
            2 => new Stripes([a, b, a, a], dice.Chance(0.5f) ? Vector3.UnitX : Vector3.UnitY, size),
            3 => new Dots(a, b, 1.6f * size, 0.45f * size),
            _ => new Checker(a, Vector3.Lerp(a, b, 0.6f), size),
        };
        return new Material(texture, 0.06f, 8);
    }

    /// <summary>Wood, paint or metal: what frames are made of; the grain runs along an axis.</summary>
    public static Func<int, Material> Frame(Dice dice)
    {
        var kind = dice.Next();
        if (kind < 0.55f) return Timber(dice);
        var same = kind < 0.8f ? Paint(dice) : Metal(dice);
        return _ => same;
    }

    /// <summary>Stone.</summary>
    public static Material Marble(Dice dice)
    {
        var (stone, vein) = dice.Pick((0xE9E6E1, 0x6E7078), (0x2C2E33, 0xB8B2A6), (0xC9B79A, 0x7A6248), (0x9DB0A4, 0x4A5A52), (0xD9B8B0, 0x8A5A52));
        return new Material(new Marble(Srgb.OfHex(stone), Srgb.OfHex(vein), dice.Between(2, 5)), 0.5f, 80, dice.Between(0, 0.08f));
    }
}
