using System.Numerics;

namespace NerfLab;

/// <summary>The sRGB curve between light and the values that pictures store.</summary>
/// <remarks>IEC 61966-2-1.</remarks>
public static class Srgb
{
    private static readonly float[] s_linear = [.. Enumerable.Range(0, 256).Select(i => ToLinear(i / 255f))];

    /// <summary>Stored value, 0 to 1, to linear light.</summary>
    public static float ToLinear(float stored) => stored <= 0.04045f ? stored / 12.92f : MathF.Pow((stored + 0.055f) / 1.055f, 2.4f);

    /// <summary>Linear light, 0 to 1, to the stored value.</summary>
    public static float FromLinear(float light) => light <= 0.0031308f ? light * 12.92f : (float)(1.055 * double.Pow(light, 1 / 2.4) - 0.055); // double, so that 1 stays 1

    /// <inheritdoc cref="ToLinear(float)"/>
    public static Vector3 ToLinear(Vector3 stored) => new(ToLinear(stored.X), ToLinear(stored.Y), ToLinear(stored.Z));

    /// <inheritdoc cref="FromLinear(float)"/>
    public static Vector3 FromLinear(Vector3 light) => new(FromLinear(light.X), FromLinear(light.Y), FromLinear(light.Z));

    /// <summary>Linear light of an 8-bit sample.</summary>
    public static float OfSample(byte sample) => s_linear[sample];

    /// <summary>The linear colour of a hexadecimal notation such as 0xC83232.</summary>
    public static Vector3 OfHex(int rgb) => new(OfSample((byte)(rgb >> 16)), OfSample((byte)(rgb >> 8)), OfSample((byte)rgb));

    /// <summary>The hexadecimal notation of the nearest colour that 8 bits can store.</summary>
    public static int ToHex(Vector3 light)
    {
        var stored = Vector3.Clamp(FromLinear(Vector3.Clamp(light, Vector3.Zero, Vector3.One)), Vector3.Zero, Vector3.One) * 255;
        return (int)MathF.Round(stored.X) << 16 | (int)MathF.Round(stored.Y) << 8 | (int)MathF.Round(stored.Z);
    }
}
