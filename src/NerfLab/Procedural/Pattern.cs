using System.Numerics;
using System.Text.Json.Serialization;

namespace NerfLab.Procedural;

/// <summary>Wood: growth rings of a trunk along one axis, cut lengthwise.</summary>
/// <param name="Light">The early wood, linear.</param>
/// <param name="Dark">The rings.</param>
/// <param name="Along">The axis of the trunk: 0 x, 1 y, 2 z.</param>
/// <param name="Scale">Rings per unit of length, about.</param>
/// <param name="Seed">Another trunk for every number.</param>
public sealed record Wood([property: JsonConverter(typeof(ColorJson))] Vector3 Light, [property: JsonConverter(typeof(ColorJson))] Vector3 Dark, int Along = 0, float Scale = 20, int Seed = 0) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        var (along, a, b) = Along switch { 0 => (p.X, p.Y, p.Z), 1 => (p.Y, p.Z, p.X), _ => (p.Z, p.X, p.Y) };
        var q = new Vector3(along * 0.35f + Seed * 1.7f, a + 0.4f, b - 0.9f);
        var ring = MathF.Sqrt(q.Y * q.Y + q.Z * q.Z) * Scale + 3 * Noise.Fractal(q * 2.5f, 2);
        var grain = ring - MathF.Floor(ring);
        return Vector3.Lerp(Light, Dark, 0.75f * grain * grain + 0.25f * Noise.Fractal(new Vector3(q.X * 12, a * 30, b * 30), 2));
    }

    internal override string? Complaint() => Positive("scale", Scale) ?? (Along is >= 0 and <= 2 ? null : $"along is {Along}; 0 (x), 1 (y) or 2 (z) is expected");
}

/// <summary>Stripes across a direction, in a cycle of colours.</summary>
/// <param name="Colors">The cycle, linear.</param>
/// <param name="Across">The direction in which the colours change; need not be of unit length.</param>
/// <param name="Width">The width of a stripe.</param>
public sealed record Stripes([property: JsonConverter(typeof(ColorsJson))] Vector3[] Colors, Vector3 Across, float Width) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        var at = (int)MathF.Floor(Vector3.Dot(p, Across) / (Across.Length() * Width)) % Colors.Length;
        return Colors[at < 0 ? at + Colors.Length : at];
    }

    internal override string? Complaint() => NotEmpty("colors", Colors) ?? Positive("width", Width) ?? (Across.Length() > 1e-6f ? null : "across is 0, 0, 0; a direction is expected");
}

/// <summary>Round dots in a lattice of cubes.</summary>
/// <param name="Ground">Between the dots, linear.</param>
/// <param name="Dot">The dots.</param>
/// <param name="Spacing">From dot to dot.</param>
/// <param name="R">Their radius.</param>
public sealed record Dots([property: JsonConverter(typeof(ColorJson))] Vector3 Ground, [property: JsonConverter(typeof(ColorJson))] Vector3 Dot, float Spacing, float R) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        var q = p / Spacing;
        q -= new Vector3(MathF.Round(q.X), MathF.Round(q.Y), MathF.Round(q.Z));
        return q.LengthSquared() * Spacing * Spacing < R * R ? Dot : Ground;
    }

    internal override string? Complaint() => Positive("spacing", Spacing) ?? Positive("r", R);
}

/// <summary>Bricks in rows of height 1/3 of their length, every other row shifted by half a brick; on any upright wall.</summary>
/// <param name="Brick">The mean colour of a brick, linear; each is a little lighter or darker.</param>
/// <param name="Mortar">Between them.</param>
/// <param name="Length">The length of a brick with its joint.</param>
public sealed record Bricks([property: JsonConverter(typeof(ColorJson))] Vector3 Brick, [property: JsonConverter(typeof(ColorJson))] Vector3 Mortar, float Length) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        // The wall's own direction is the one of x and y that runs: their sum does on both.
        float row = p.Z / Length * 3, along = (p.X + p.Y) / Length + (((int)MathF.Floor(row) & 1) == 0 ? 0 : 0.5f);
        float u = along - MathF.Floor(along), v = row - MathF.Floor(row);
        if (u < 0.04f || v < 0.1f) return Mortar;
        var shade = (Noise.Hash((int)MathF.Floor(along), (int)MathF.Floor(row), 3) & 255) / 255f;
        return Brick * (0.75f + 0.5f * shade);
    }

    internal override string? Complaint() => Positive("length", Length);
}

/// <summary>Square tiles on a floor, in two colours that alternate, with joints between them.</summary>
/// <param name="A">One colour, linear.</param>
/// <param name="B">The other.</param>
/// <param name="Joint">Between them.</param>
/// <param name="Side">The side of a tile with its joint.</param>
public sealed record Tiles([property: JsonConverter(typeof(ColorJson))] Vector3 A, [property: JsonConverter(typeof(ColorJson))] Vector3 B, [property: JsonConverter(typeof(ColorJson))] Vector3 Joint, float Side) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        float x = p.X / Side, y = p.Y / Side, u = x - MathF.Floor(x), v = y - MathF.Floor(y);
        if (u < 0.03f || v < 0.03f) return Joint;
        return (((int)MathF.Floor(x) + (int)MathF.Floor(y)) & 1) == 0 ? A : B;
    }

    internal override string? Complaint() => Positive("side", Side);
}

/// <summary>Soft patches between two colours, as of stone, rust or cloth.</summary>
/// <param name="A">One colour, linear.</param>
/// <param name="B">The other.</param>
/// <param name="Scale">Patches per unit of length, about.</param>
/// <param name="Seed">Other patches for every number.</param>
public sealed record Clouds([property: JsonConverter(typeof(ColorJson))] Vector3 A, [property: JsonConverter(typeof(ColorJson))] Vector3 B, float Scale, int Seed = 0) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        var t = float.Clamp(2.2f * Noise.Fractal(p * Scale + new Vector3(Seed * 17.3f), 4) - 0.6f, 0, 1);
        return Vector3.Lerp(A, B, t);
    }

    internal override string? Complaint() => Positive("scale", Scale);
}

/// <summary>Another texture in another size.</summary>
/// <param name="Body">The texture in its own size.</param>
/// <param name="Factor">How many times larger it is, above 0.</param>
public sealed record ScaledTexture(Texture Body, float Factor) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p) => Body.At(p / Factor);

    internal override string? Complaint() => Body.Complaint() is { } body ? $"body.{body}" : Positive("factor", Factor);
}
