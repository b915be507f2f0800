using System.Numerics;
using System.Text.Json.Serialization;

namespace NerfLab.Procedural;

/// <summary>A colour for every point of a solid, in the solid's own coordinates; crisp, and the same on every call.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Plain), "plain")]
[JsonDerivedType(typeof(Checker), "checker")]
[JsonDerivedType(typeof(Sectors), "sectors")]
[JsonDerivedType(typeof(Helix), "helix")]
[JsonDerivedType(typeof(Zigzag), "zigzag")]
[JsonDerivedType(typeof(Die), "die")]
[JsonDerivedType(typeof(Doughnut), "doughnut")]
[JsonDerivedType(typeof(Board), "board")]
[JsonDerivedType(typeof(Marble), "marble")]
[JsonDerivedType(typeof(Gradient), "gradient")]
[JsonDerivedType(typeof(Wood), "wood")]
[JsonDerivedType(typeof(Stripes), "stripes")]
[JsonDerivedType(typeof(Dots), "dots")]
[JsonDerivedType(typeof(Bricks), "bricks")]
[JsonDerivedType(typeof(Tiles), "tiles")]
[JsonDerivedType(typeof(Clouds), "clouds")]
[JsonDerivedType(typeof(ScaledTexture), "scaled")]
public abstract record Texture
{
    /// <summary>Linear colour at a point, 0 to 1 each.</summary>
    public abstract Vector3 At(Vector3 p);

    /// <summary>What is wrong with it, as "key is value; x is expected"; null when nothing is.</summary>
    internal virtual string? Complaint() => null;

    private protected static string? Positive(string key, float value) => value > 0 ? null : FormattableString.Invariant($"{key} is {value}; a length above 0 is expected");

    private protected static string? NotEmpty(string key, Vector3[] colors) => colors.Length > 0 ? null : $"{key} is empty; at least one colour is expected";

    private protected static float Turn(float angle) => angle / MathF.Tau - MathF.Floor(angle / MathF.Tau);
}

/// <summary>One colour.</summary>
/// <param name="Color">Linear.</param>
public sealed record Plain([property: JsonConverter(typeof(ColorJson))] Vector3 Color) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p) => Color;
}

/// <summary>A solid checkerboard: cubes in alternating colours.</summary>
/// <param name="A">One colour, linear.</param>
/// <param name="B">The other.</param>
/// <param name="Side">The side of a cube.</param>
public sealed record Checker([property: JsonConverter(typeof(ColorJson))] Vector3 A, [property: JsonConverter(typeof(ColorJson))] Vector3 B, float Side) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p) =>
        (((int)MathF.Floor(p.X / Side) + (int)MathF.Floor(p.Y / Side) + (int)MathF.Floor(p.Z / Side)) & 1) == 0 ? A : B;

    internal override string? Complaint() => Positive("side", Side);
}

/// <summary>Sectors around the z axis in a cycle of colours, with round caps at the poles: a beach ball.</summary>
/// <param name="Colors">The cycle, linear.</param>
/// <param name="Cap">The colour of the caps.</param>
/// <param name="CapRadius">Their radius, seen from above.</param>
public sealed record Sectors([property: JsonConverter(typeof(ColorsJson))] Vector3[] Colors, [property: JsonConverter(typeof(ColorJson))] Vector3 Cap, float CapRadius) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p) => p.X * p.X + p.Y * p.Y < CapRadius * CapRadius
        ? Cap
        : Colors[int.Min((int)(Turn(MathF.Atan2(p.Y, p.X)) * Colors.Length), Colors.Length - 1)];

    internal override string? Complaint() => NotEmpty("colors", Colors);
}

/// <summary>Stripes that wind around the z axis.</summary>
/// <param name="A">One colour, linear.</param>
/// <param name="B">The other.</param>
/// <param name="Count">Pairs of stripes around the axis.</param>
/// <param name="Twist">Turn per unit of height, in radians.</param>
/// <param name="Share">The share of colour B, 0 to 1.</param>
public sealed record Helix([property: JsonConverter(typeof(ColorJson))] Vector3 A, [property: JsonConverter(typeof(ColorJson))] Vector3 B, int Count, float Twist, float Share) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        var phase = Turn(Count * (MathF.Atan2(p.Y, p.X) - Twist * p.Z));
        return MathF.Abs(phase - 0.5f) < Share / 2 ? B : A;
    }
}

/// <summary>A colour below, one above, and a zigzag band between: a painted cup.</summary>
/// <param name="Glaze">The colour of most of it, linear.</param>
/// <param name="Band">The colour of the band.</param>
/// <param name="Rim">The colour above <paramref name="Top"/>.</param>
/// <param name="Top">Where the rim begins.</param>
/// <param name="Teeth">How many teeth the band has around the cup.</param>
/// <param name="InnerRadius">Nearer to the axis than this everything has the rim's colour.</param>
public sealed record Zigzag([property: JsonConverter(typeof(ColorJson))] Vector3 Glaze, [property: JsonConverter(typeof(ColorJson))] Vector3 Band, [property: JsonConverter(typeof(ColorJson))] Vector3 Rim, float Top, int Teeth, float InnerRadius) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        var rho = MathF.Sqrt(p.X * p.X + p.Y * p.Y);
        if (p.Z > Top || rho < InnerRadius) return Rim;
        if (rho > InnerRadius * 1.2f) return Glaze; // the handle
        var wave = MathF.Abs(2 * Turn(Teeth * MathF.Atan2(p.Y, p.X)) - 1) - 0.5f;
        return MathF.Abs(p.Z + 0.09f * wave) < 0.028f || MathF.Abs(MathF.Abs(p.Z) - 0.1f) < 0.012f ? Band : Glaze;
    }
}

/// <summary>The faces of a die: opposite faces add up to seven.</summary>
/// <param name="Face">The colour of the faces, linear.</param>
/// <param name="Pip">The colour of the pips.</param>
/// <param name="Half">Half the side of the die.</param>
public sealed record Die([property: JsonConverter(typeof(ColorJson))] Vector3 Face, [property: JsonConverter(typeof(ColorJson))] Vector3 Pip, float Half) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        p /= Half;
        var a = Vector3.Abs(p);
        var (value, u, v) = a.Z >= a.X && a.Z >= a.Y ? (p.Z > 0 ? 5 : 2, p.X, p.Y)
            : a.X >= a.Y ? (p.X > 0 ? 3 : 4, p.Y, p.Z)
            : (p.Y > 0 ? 1 : 6, p.X, p.Z);
        const float Out = 0.5f;
        var hit = (value % 2 == 1 && Near(0, 0))
            || (value > 1 && (Near(-Out, -Out) || Near(Out, Out)))
            || (value > 3 && (Near(-Out, Out) || Near(Out, -Out)))
            || (value == 6 && (Near(-Out, 0) || Near(Out, 0)));
        return hit ? Pip : Face;

        bool Near(float x, float y) => (u - x) * (u - x) + (v - y) * (v - y) < 0.19f * 0.19f;
    }

    internal override string? Complaint() => Positive("half", Half);
}

/// <summary>A doughnut: icing with a wavy rim above, dough below, and sprinkles lying on the icing.</summary>
/// <param name="Dough">The colour of the dough, linear.</param>
/// <param name="Icing">The colour of the icing.</param>
/// <param name="Sprinkles">Their colours.</param>
/// <param name="Major">The ring's major radius.</param>
/// <param name="Minor">The ring's minor radius.</param>
public sealed record Doughnut([property: JsonConverter(typeof(ColorJson))] Vector3 Dough, [property: JsonConverter(typeof(ColorJson))] Vector3 Icing, [property: JsonConverter(typeof(ColorsJson))] Vector3[] Sprinkles, float Major, float Minor) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        float angle = MathF.Atan2(p.Y, p.X), rho = MathF.Sqrt(p.X * p.X + p.Y * p.Y);
        var rim = Minor * (0.12f * MathF.Sin(7 * angle) + 0.1f * MathF.Sin(3 * angle + 1));
        if (p.Z < rim) return Dough;
        // One sprinkle in each cell of a grid on the ring, turned and shifted by the cell's number.
        const float Cell = 0.055f;
        var around = angle * Major;
        var across = MathF.Atan2(p.Z, rho - Major) * Minor;
        int i = (int)MathF.Floor(around / Cell), j = (int)MathF.Floor(across / Cell);
        var hash = Noise.Hash(i, j, 7);
        float x = (around - (i + 0.5f) * Cell) * rho / Major, y = across - (j + 0.5f) * Cell, turn = (hash & 255) / 255f * MathF.PI;
        float along = x * MathF.Cos(turn) + y * MathF.Sin(turn), beside = y * MathF.Cos(turn) - x * MathF.Sin(turn);
        return MathF.Abs(along) < 0.017f && MathF.Abs(beside) < 0.0065f && p.Z > rim + 0.02f
            ? Sprinkles[(int)(hash >> 8) % Sprinkles.Length] : Icing;
    }

    internal override string? Complaint() => NotEmpty("sprinkles", Sprinkles) ?? Positive("major", Major) ?? Positive("minor", Minor);
}

/// <summary>A round board: the grain of wood, an inlaid ring of checkers, and a plain edge.</summary>
/// <param name="Light">Light wood, linear.</param>
/// <param name="Dark">Dark wood.</param>
/// <param name="InlayA">One colour of the inlay.</param>
/// <param name="InlayB">The other.</param>
/// <param name="R">The radius of the board.</param>
public sealed record Board([property: JsonConverter(typeof(ColorJson))] Vector3 Light, [property: JsonConverter(typeof(ColorJson))] Vector3 Dark, [property: JsonConverter(typeof(ColorJson))] Vector3 InlayA, [property: JsonConverter(typeof(ColorJson))] Vector3 InlayB, float R) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        var rho = MathF.Sqrt(p.X * p.X + p.Y * p.Y) / R;
        if (rho is > 0.74f and < 0.93f && p.Z > 0)
        {
            if (rho is < 0.752f or > 0.918f) return InlayB;
            return (((int)(Turn(MathF.Atan2(p.Y, p.X)) * 40) + (rho > 0.835f ? 1 : 0)) & 1) == 0 ? InlayA : InlayB;
        }
        // Growth rings of a trunk that lay along x, cut lengthwise: long, slightly wavy lines.
        var q = new Vector3(p.X * 0.35f, p.Y + 0.4f, p.Z - 0.9f);
        var ring = MathF.Sqrt(q.Y * q.Y + q.Z * q.Z) * 22 + 3 * Noise.Fractal(q * 2.5f, 2);
        var grain = ring - MathF.Floor(ring);
        return Vector3.Lerp(Light, Dark, 0.75f * grain * grain + 0.25f * Noise.Fractal(new Vector3(p.X * 4, p.Y * 30, p.Z * 30), 2));
    }

    internal override string? Complaint() => Positive("r", R);
}

/// <summary>Marble: veins where a noisy wave crosses zero.</summary>
/// <param name="Stone">The colour of the stone, linear.</param>
/// <param name="Vein">The colour of the veins.</param>
/// <param name="Scale">Veins per unit of length, about.</param>
public sealed record Marble([property: JsonConverter(typeof(ColorJson))] Vector3 Stone, [property: JsonConverter(typeof(ColorJson))] Vector3 Vein, float Scale) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        var wave = MathF.Sin(Scale * (p.X + 0.6f * p.Y + 0.8f * p.Z) * MathF.PI + 6 * Noise.Fractal(p * Scale, 4));
        return Vector3.Lerp(Vein, Stone, MathF.Pow(MathF.Abs(wave), 0.45f));
    }

    internal override string? Complaint() => Positive("scale", Scale);
}

/// <summary>From one colour below to another above.</summary>
/// <param name="Low">At <paramref name="From"/> and below, linear.</param>
/// <param name="High">At <paramref name="To"/> and above.</param>
/// <param name="From">A height.</param>
/// <param name="To">A greater height.</param>
public sealed record Gradient([property: JsonConverter(typeof(ColorJson))] Vector3 Low, [property: JsonConverter(typeof(ColorJson))] Vector3 High, float From, float To) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p) => Vector3.Lerp(Low, High, float.Clamp((p.Z - From) / (To - From), 0, 1));

    internal override string? Complaint() => To > From ? null : FormattableString.Invariant($"to is {To}; more than from, {From}, is expected");
}
