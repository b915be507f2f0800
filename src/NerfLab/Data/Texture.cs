using System.Numerics;

namespace NerfLab.Data;

/// <summary>A colour for every point of a solid, in the solid's own coordinates; crisp, and the same on every call.</summary>
public abstract record Texture
{
    /// <summary>Linear colour at a point, 0 to 1 each.</summary>
    public abstract Vector3 At(Vector3 p);

    /// <summary>A linear colour from the usual hexadecimal sRGB notation.</summary>
    /// <param name="rgb">Such as 0xC83232.</param>
    public static Vector3 Srgb(int rgb) => new(Linear(rgb >> 16), Linear(rgb >> 8), Linear(rgb));

    private static float Linear(int sample)
    {
        var v = (sample & 255) / 255f;
        return v <= 0.04045f ? v / 12.92f : MathF.Pow((v + 0.055f) / 1.055f, 2.4f);
    }

    private protected static float Turn(float angle) => angle / MathF.Tau - MathF.Floor(angle / MathF.Tau);
}

/// <summary>One colour.</summary>
/// <param name="Color">Linear.</param>
public sealed record Plain(Vector3 Color) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p) => Color;
}

/// <summary>A solid checkerboard: cubes in alternating colours.</summary>
/// <param name="A">One colour, linear.</param>
/// <param name="B">The other.</param>
/// <param name="Side">The side of a cube.</param>
public sealed record Checker(Vector3 A, Vector3 B, float Side) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p) =>
        (((int)MathF.Floor(p.X / Side) + (int)MathF.Floor(p.Y / Side) + (int)MathF.Floor(p.Z / Side)) & 1) == 0 ? A : B;
}

/// <summary>Sectors around the z axis in a cycle of colours, with round caps at the poles: a beach ball.</summary>
/// <param name="Colors">The cycle, linear.</param>
/// <param name="Cap">The colour of the caps.</param>
/// <param name="CapRadius">Their radius, seen from above.</param>
public sealed record Sectors(Vector3[] Colors, Vector3 Cap, float CapRadius) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p) => p.X * p.X + p.Y * p.Y < CapRadius * CapRadius
        ? Cap
        : Colors[int.Min((int)(Turn(MathF.Atan2(p.Y, p.X)) * Colors.Length), Colors.Length - 1)];
}

/// <summary>Stripes that wind around the z axis.</summary>
/// <param name="A">One colour, linear.</param>
/// <param name="B">The other.</param>
/// <param name="Count">Pairs of stripes around the axis.</param>
/// <param name="Twist">Turn per unit of height, in radians.</param>
/// <param name="Share">The share of colour B, 0 to 1.</param>
public sealed record Helix(Vector3 A, Vector3 B, int Count, float Twist, float Share) : Texture
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
public sealed record Zigzag(Vector3 Glaze, Vector3 Band, Vector3 Rim, float Top, int Teeth, float InnerRadius) : Texture
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
public sealed record Die(Vector3 Face, Vector3 Pip, float Half) : Texture
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
}

/// <summary>A doughnut: icing with a wavy rim above, dough below, and sprinkles lying on the icing.</summary>
/// <param name="Dough">The colour of the dough, linear.</param>
/// <param name="Icing">The colour of the icing.</param>
/// <param name="Sprinkles">Their colours.</param>
/// <param name="Major">The ring's major radius.</param>
/// <param name="Minor">The ring's minor radius.</param>
public sealed record Doughnut(Vector3 Dough, Vector3 Icing, Vector3[] Sprinkles, float Major, float Minor) : Texture
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
}

/// <summary>A round board: the grain of wood, an inlaid ring of checkers, and a plain edge.</summary>
/// <param name="Light">Light wood, linear.</param>
/// <param name="Dark">Dark wood.</param>
/// <param name="InlayA">One colour of the inlay.</param>
/// <param name="InlayB">The other.</param>
/// <param name="R">The radius of the board.</param>
public sealed record Board(Vector3 Light, Vector3 Dark, Vector3 InlayA, Vector3 InlayB, float R) : Texture
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
}

/// <summary>Marble: veins where a noisy wave crosses zero.</summary>
/// <param name="Stone">The colour of the stone, linear.</param>
/// <param name="Vein">The colour of the veins.</param>
/// <param name="Scale">Veins per unit of length, about.</param>
public sealed record Marble(Vector3 Stone, Vector3 Vein, float Scale) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p)
    {
        var wave = MathF.Sin(Scale * (p.X + 0.6f * p.Y + 0.8f * p.Z) * MathF.PI + 6 * Noise.Fractal(p * Scale, 4));
        return Vector3.Lerp(Vein, Stone, MathF.Pow(MathF.Abs(wave), 0.45f));
    }
}

/// <summary>From one colour below to another above.</summary>
/// <param name="Low">At <paramref name="From"/> and below, linear.</param>
/// <param name="High">At <paramref name="To"/> and above.</param>
/// <param name="From">A height.</param>
/// <param name="To">A greater height.</param>
public sealed record Gradient(Vector3 Low, Vector3 High, float From, float To) : Texture
{
    /// <inheritdoc/>
    public override Vector3 At(Vector3 p) => Vector3.Lerp(Low, High, float.Clamp((p.Z - From) / (To - From), 0, 1));
}

/// <summary>Smooth noise from hashed lattice points; integers only, so that it is the same everywhere.</summary>
internal static class Noise
{
    public static uint Hash(int x, int y, int z)
    {
        unchecked
        {
            var h = (uint)x * 0x9E3779B1u ^ (uint)y * 0x85EBCA77u ^ (uint)z * 0xC2B2AE3Du;
            h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
            h = (h ^ (h >> 12)) * 0x297A2D39u;
            return h ^ (h >> 15);
        }
    }

    /// <summary>Octaves of value noise, each of half the size and strength of the one before; 0 to 1.</summary>
    public static float Fractal(Vector3 p, int octaves)
    {
        float sum = 0, weight = 0.5f, total = 0;
        for (var i = 0; i < octaves; i++, weight /= 2, p *= 2)
        {
            sum += weight * Value(p);
            total += weight;
        }
        return sum / total;
    }

    private static float Value(Vector3 p)
    {
        int x = (int)MathF.Floor(p.X), y = (int)MathF.Floor(p.Y), z = (int)MathF.Floor(p.Z);
        var f = p - new Vector3(x, y, z);
        f = f * f * (new Vector3(3) - 2 * f);
        return Mix(Mix(Mix(At(0, 0, 0), At(1, 0, 0), f.X), Mix(At(0, 1, 0), At(1, 1, 0), f.X), f.Y),
            Mix(Mix(At(0, 0, 1), At(1, 0, 1), f.X), Mix(At(0, 1, 1), At(1, 1, 1), f.X), f.Y), f.Z);

        float At(int i, int j, int k) => Hash(x + i, y + j, z + k) * (1f / uint.MaxValue);
        static float Mix(float a, float b, float t) => a + t * (b - a);
    }
}
