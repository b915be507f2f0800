using System.Globalization;

namespace TorchSharp;

/// <summary>The upper half of a single-precision number: its range with 8 bits of precision.</summary>
public readonly struct BFloat16 : IEquatable<BFloat16>, IComparable<BFloat16>
{
    readonly ushort _bits;

    BFloat16(ushort bits) => _bits = bits;

    /// <summary>Rounds to nearest, ties to even.</summary>
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        // Rounding a NaN up could carry it into infinity.
        return float.IsNaN(value) ? new BFloat16((ushort)(bits >> 16 | 0x40)) : new BFloat16((ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16));
    }

    public static implicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value._bits << 16);

    public bool Equals(BFloat16 other) => ((float)this).Equals(other);

    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    public override int GetHashCode() => ((float)this).GetHashCode();

    public int CompareTo(BFloat16 other) => ((float)this).CompareTo(other);

    public override string ToString() => ((float)this).ToString(CultureInfo.InvariantCulture);
}
