using System.Numerics;
using System.Text.Json.Serialization;

namespace NerfLab.Procedural;

/// <summary>How a surface answers light: diffuse colour, a Blinn-Phong highlight, a mirror image, and light of its own.</summary>
/// <param name="Texture">The diffuse colour; for a mirror the tint of what it reflects.</param>
/// <param name="Gloss">Strength of the highlight, 0 to 1.</param>
/// <param name="Shininess">Its exponent: the larger, the smaller the spot.</param>
/// <param name="Mirror">The share of the mirror image, 0 to 1.</param>
/// <param name="Glow">Light of its own, in multiples of the colour.</param>
public sealed record Material(Texture Texture, float Gloss = 0.25f, float Shininess = 40, float Mirror = 0, float Glow = 0)
{
    internal string? Complaint()
    {
        if (Texture.Complaint() is { } texture) return $"texture.{texture}";
        if (!(Gloss is >= 0 and <= 1)) return FormattableString.Invariant($"gloss is {Gloss}; 0 to 1 is expected");
        if (!(Shininess is >= 1 and <= 10_000)) return FormattableString.Invariant($"shininess is {Shininess}; 1 to 10000 is expected");
        if (!(Mirror is >= 0 and <= 1)) return FormattableString.Invariant($"mirror is {Mirror}; 0 to 1 is expected");
        return Glow is >= 0 and <= 100 ? null : FormattableString.Invariant($"glow is {Glow}; 0 to 100 is expected");
    }
}

/// <summary>
/// Lighting: one sun with soft shadows, light from all around that is bluish from above and warm from below, and any number of lamps.
/// </summary>
/// <param name="Direction">Where the sun stands; need not be of unit length.</param>
/// <param name="Sun">Its linear colour.</param>
/// <param name="Above">Linear colour of the light from above.</param>
/// <param name="Below">Linear colour of the light from below.</param>
/// <param name="Sharpness">How sharp the shadows are: distance over the width of the half-shadow.</param>
public sealed record Lighting(Vector3 Direction, [property: JsonConverter(typeof(ColorJson))] Vector3 Sun, [property: JsonConverter(typeof(ColorJson))] Vector3 Above,
    [property: JsonConverter(typeof(ColorJson))] Vector3 Below, float Sharpness = 9)
{
    /// <summary>Where "above" is; unit length.</summary>
    public Vector3 Up { get; init; } = Vector3.UnitZ;

    /// <summary>Lamps within the scene; at most 16.</summary>
    public IReadOnlyList<Lamp> Lamps { get; init; } = [];

    /// <summary>Daylight from the upper left, as good for one thing as for another.</summary>
    /// <param name="up">Where "above" is; unit length.</param>
    public static Lighting Daylight(Vector3 up)
    {
        // The same sun whatever is up: turned with it.
        var side = Vector3.Normalize(Vector3.Cross(up, MathF.Abs(up.X) < 0.9f ? Vector3.UnitX : Vector3.UnitY));
        return new Lighting(0.9f * up - 0.45f * side - 0.55f * Vector3.Cross(side, up), new(1.1f, 1.02f, 0.9f), new(0.34f, 0.38f, 0.46f), new(0.22f, 0.18f, 0.14f)) { Up = up };
    }

    internal string? Complaint()
    {
        if (!(Direction.Length() > 1e-6f)) return "direction is 0, 0, 0; where the sun stands is expected";
        if (!(Sharpness is >= 1 and <= 1000)) return FormattableString.Invariant($"sharpness is {Sharpness}; 1 to 1000 is expected");
        if (!(MathF.Abs(Up.Length() - 1) < 1e-3f)) return "up is not of length 1; a unit vector is expected";
        for (var i = 0; i < Lamps.Count; i++)
            if (!(Lamps[i].R > 0)) return FormattableString.Invariant($"lamps[{i}].r is {Lamps[i].R}; a length above 0 is expected");
        return Lamps.Count <= 16 ? null : $"lamps has {Lamps.Count} lamps; at most 16 are expected";
    }
}

/// <summary>A small lamp that shines in all directions, with soft shadows.</summary>
/// <param name="Position">Where it is, world units.</param>
/// <param name="Color">Linear colour of its light at the distance 1; it falls with the square of the distance.</param>
/// <param name="R">The radius of the lamp, which makes its shadows soft; things within it cast none.</param>
public sealed record Lamp(Vector3 Position, [property: JsonConverter(typeof(ColorJson))] Vector3 Color, float R = 0.05f);

/// <summary>A solid somewhere in the world.</summary>
/// <param name="Solid">The shape.</param>
/// <param name="Material">Its surface.</param>
/// <param name="Position">Where its origin lies.</param>
/// <param name="Rotation">How it is turned; null leaves it upright.</param>
public sealed record Thing(Solid Solid, Material Material, Vector3 Position = default, Quaternion? Rotation = null)
{
    /// <summary>The number of the object that it belongs to in masks, 1 to 255; null for one of its own.</summary>
    public byte? Object { get; init; }
}

/// <summary>Things and light: all that a picture needs besides a camera.</summary>
/// <param name="Things">At most 256.</param>
/// <param name="Lighting">The light.</param>
public sealed record SolidScene(IReadOnlyList<Thing> Things, Lighting Lighting);
