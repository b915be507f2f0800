using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>A stream of random draws that is the same on every machine: SplitMix64 over a counter.</summary>
/// <param name="seed">Decides the stream.</param>
/// <param name="stream">Another stream of the same seed for every number.</param>
public sealed class Dice(long seed, long stream = 0)
{
    private readonly long _stream = (long)RandomStream.Seed(seed, stream);
    private long _drawn;

    /// <summary>A number from 0 to below 1.</summary>
    public float Next() => (RandomStream.Seed(_stream, _drawn++) >> 39) / (float)(1 << 24);

    /// <summary>A number between two.</summary>
    public float Between(float low, float high) => low + (high - low) * Next();

    /// <summary>A whole number from 0 to below <paramref name="count"/>.</summary>
    public int Below(int count) => int.Min((int)(Next() * count), count - 1);

    /// <summary>One of several.</summary>
    public T Pick<T>(params ReadOnlySpan<T> from) => from[Below(from.Length)];

    /// <summary>True with a probability.</summary>
    public bool Chance(float probability) => Next() < probability;

    /// <summary>A bell-shaped number of mean 0 and deviation 1 (Box and Muller 1958).</summary>
    public float Normal() => MathF.Sqrt(-2 * MathF.Log(1 - Next())) * MathF.Cos(MathF.Tau * Next());

    /// <summary>A linear colour of a hue in turns, with saturation and value in their display-referred meaning, 0 to 1 each.</summary>
    public static Vector3 Hsv(float hue, float saturation, float value)
    {
        Vector3 ramp = Vector3.Abs(new Vector3(Turn(hue), Turn(hue + 2 / 3f), Turn(hue + 1 / 3f)) * 6 - new Vector3(3)) - Vector3.One;
        var color = value * Vector3.Lerp(Vector3.One, Vector3.Clamp(ramp, Vector3.Zero, Vector3.One), saturation);
        return Srgb.ToLinear(color);

        static float Turn(float t) => t - MathF.Floor(t);
    }
}
