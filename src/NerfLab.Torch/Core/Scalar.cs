using System.Numerics;

namespace TorchSharp;

/// <summary>A number with its dtype, as operators take it.</summary>
public sealed class Scalar : IDisposable
{
    readonly long _bits;
    readonly double _imaginary;

    Scalar(torch.ScalarType type, long bits, double imaginary = 0) => (Type, _bits, _imaginary) = (type, bits, imaginary);

    public torch.ScalarType Type { get; }

    static Scalar Real(torch.ScalarType type, double value, double imaginary = 0) => new(type, BitConverter.DoubleToInt64Bits(value), imaginary);

    bool IsIntegral => Type is torch.ScalarType.Byte or torch.ScalarType.Int8 or torch.ScalarType.Int16 or torch.ScalarType.Int32 or torch.ScalarType.Int64 or torch.ScalarType.Bool;

    bool IsComplex => Type is torch.ScalarType.ComplexFloat32 or torch.ScalarType.ComplexFloat64;

    internal double AsDouble => IsIntegral ? _bits : BitConverter.Int64BitsToDouble(_bits);

    internal long AsLong => IsIntegral ? _bits : (long)BitConverter.Int64BitsToDouble(_bits);

    internal Complex AsComplex => new(AsDouble, _imaginary);

    internal Arg ToArg() => IsComplex ? Arg.Complex(AsDouble, _imaginary) : Type == torch.ScalarType.Bool ? _bits != 0 : IsIntegral ? (Arg)_bits : AsDouble;

    /// <summary>Nothing to release: a scalar holds no native memory here. Present because TorchSharp's does.</summary>
    public void Dispose() { }

    public override string ToString() => IsComplex ? AsComplex.ToString() : IsIntegral ? _bits.ToString() : AsDouble.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public static implicit operator Scalar(byte value) => new(torch.ScalarType.Byte, value);
    public static implicit operator Scalar(sbyte value) => new(torch.ScalarType.Int8, value);
    public static implicit operator Scalar(short value) => new(torch.ScalarType.Int16, value);
    public static implicit operator Scalar(int value) => new(torch.ScalarType.Int32, value);
    public static implicit operator Scalar(long value) => new(torch.ScalarType.Int64, value);
    public static implicit operator Scalar(Half value) => Real(torch.ScalarType.Float16, (double)value);
    public static implicit operator Scalar(BFloat16 value) => Real(torch.ScalarType.BFloat16, value);
    public static implicit operator Scalar(float value) => Real(torch.ScalarType.Float32, value);
    public static implicit operator Scalar(double value) => Real(torch.ScalarType.Float64, value);
    public static implicit operator Scalar(bool value) => new(torch.ScalarType.Bool, value ? 1 : 0);
    public static implicit operator Scalar((float, float) value) => Real(torch.ScalarType.ComplexFloat32, value.Item1, value.Item2);
    public static implicit operator Scalar(Complex value) => Real(torch.ScalarType.ComplexFloat64, value.Real, value.Imaginary);
}
