using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NerfLab.Kernels;

/// <summary>Exponentials of eight floats at once, to a few units in the last place over the whole range; what is not a number stays so.</summary>
/// <remarks>
/// x = n ln 2 + r with |r| at most ½ ln 2, so that eˣ = 2ⁿ eʳ (Cody and Waite 1980, Software Manual for the Elementary Functions): ln 2 is subtracted in
/// two parts, of which the first has so few digits that its multiples are exact. The polynomial for eʳ - 1 is that of Cephes' expf (Moshier).
/// </remarks>
internal static class Exponential
{
    const float Log2E = 1.44269504f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>eˣ: 0 from about -104 down, infinite from 88.73 up, and with few digits where single precision has few.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        // e^-104 rounds to 0 and e^89.5 to infinity. The power is multiplied in two parts, because 2ⁿ alone has no float at either end.
        var fraction = Reduced(x, -104, 89.5f, out var n);
        var half = n >> 1;
        return NumberOr(x, (fraction + Vector256<float>.One) * Power(half) * Power(n - half));
    }

    /// <summary>eˣ - 1, with all its digits also near 0: -1 from about -17 down, infinite from 88.73 up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ExpMinusOne(Vector256<float> x)
    {
        // 2ⁿ (eʳ - 1) + (2ⁿ - 1), of which each is half as large here until the end, because 2¹²⁸ has no float.
        var fraction = Reduced(x, -80, 88.8f, out var n);
        var power = Power(n - Vector256<int>.One);
        return NumberOr(x, Vector256.FusedMultiplyAdd(power, fraction, power - Vector256.Create(0.5f)) * 2);
    }

    /// <summary>1 / (1 + e⁻ˣ): 0 from -88.73 down, where e⁻ˣ is infinite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sigmoid(Vector256<float> x) => Vector256<float>.One / (Vector256<float>.One + Exp(-x));

    /// <summary>eʳ - 1 and n for x within bounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Reduced(Vector256<float> x, float low, float high, out Vector256<int> n)
    {
        x = Vector256.MinNative(Vector256.MaxNative(x, Vector256.Create(low)), Vector256.Create(high));
        var whole = Vector256.Round(x * Log2E);
        var r = Vector256.FusedMultiplyAdd(whole, Vector256.Create(-Ln2Low), Vector256.FusedMultiplyAdd(whole, Vector256.Create(-Ln2High), x));
        n = Vector256.ConvertToInt32Native(whole);
        var p = Vector256.Create(1.9875691500e-4f);
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.3981999507e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(8.3334519073e-3f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(4.1665795894e-2f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(1.6666665459e-1f));
        p = Vector256.FusedMultiplyAdd(p, r, Vector256.Create(5.0000001201e-1f));
        return Vector256.FusedMultiplyAdd(p, r * r, r);
    }

    /// <summary>2ⁿ for n from -126 to 127.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Power(Vector256<int> n) => ((n + Vector256.Create(127)) << 23).AsSingle();

    /// <summary>The value where x is a number, otherwise x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> NumberOr(Vector256<float> x, Vector256<float> value) => Vector256.ConditionalSelect(Vector256.Equals(x, x), value, x);
}
