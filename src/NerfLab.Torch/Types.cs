namespace TorchSharp;

// Element types: their names, limits and common types.
public static partial class torch
{
    public static readonly ScalarType @bool = ScalarType.Bool;
    public static readonly ScalarType uint8 = ScalarType.Byte;
    public static readonly ScalarType int8 = ScalarType.Int8;
    public static readonly ScalarType int16 = ScalarType.Int16;
    public static readonly ScalarType int32 = ScalarType.Int32;
    public static readonly ScalarType int64 = ScalarType.Int64;
    public static readonly ScalarType bfloat16 = ScalarType.BFloat16;
    public static readonly ScalarType float16 = ScalarType.Float16;
    public static readonly ScalarType float32 = ScalarType.Float32;
    public static readonly ScalarType float64 = ScalarType.Float64;
    public static readonly ScalarType complex64 = ScalarType.ComplexFloat32;
    public static readonly ScalarType complex128 = ScalarType.ComplexFloat64;
    public static readonly ScalarType @short = ScalarType.Int16;
    public static readonly ScalarType @int = ScalarType.Int32;
    public static readonly ScalarType @long = ScalarType.Int64;
    public static readonly ScalarType half = ScalarType.Float16;
    public static readonly ScalarType @float = ScalarType.Float32;
    public static readonly ScalarType @double = ScalarType.Float64;
    public static readonly ScalarType cfloat = ScalarType.ComplexFloat32;
    public static readonly ScalarType cdouble = ScalarType.ComplexFloat64;
    public static readonly ScalarType qint8 = ScalarType.QInt8;
    public static readonly ScalarType quint8 = ScalarType.QUInt8;
    public static readonly ScalarType qint32 = ScalarType.QInt32;

    public static bool is_quantized(ScalarType type) => type is ScalarType.QInt8 or ScalarType.QUInt8 or ScalarType.QInt32;

    public static bool is_integral(Tensor t) => t.is_integral();

    public static long max_int_value(ScalarType type) => type switch
    {
        ScalarType.Byte => byte.MaxValue,
        ScalarType.Int8 => sbyte.MaxValue,
        ScalarType.Int16 => short.MaxValue,
        ScalarType.Int32 => int.MaxValue,
        ScalarType.Int64 => long.MaxValue,
        _ => throw new ArgumentException($"{type} is not an integral type."),
    };

    /// <summary>The limits of a floating-point type.</summary>
    public struct FInfo
    {
        public int bits;
        public double eps, max, min, tiny, smallest_normal, resolution;
    }

    public static FInfo finfo() => finfo(s_defaultType);

    public static FInfo finfo(ScalarType dtype) => dtype switch
    {
        ScalarType.Float16 => Limits(16, 10, 15, 1e-3),
        ScalarType.BFloat16 => Limits(16, 7, 127, 1e-2),
        ScalarType.Float32 or ScalarType.ComplexFloat32 => Limits(32, 23, 127, 1e-6),
        ScalarType.Float64 or ScalarType.ComplexFloat64 => Limits(64, 52, 1023, 1e-15),
        _ => throw new ArgumentException($"{dtype} is not a floating-point type"),
    };

    static FInfo Limits(int bits, int mantissa, int exponent, double resolution)
    {
        double max = (2 - Math.ScaleB(1, -mantissa)) * Math.ScaleB(1, exponent), tiny = Math.ScaleB(1, 1 - exponent);
        return new FInfo { bits = bits, eps = Math.ScaleB(1, -mantissa), max = max, min = -max, tiny = tiny, smallest_normal = tiny, resolution = resolution };
    }

    public static ScalarType promote_types(ScalarType type1, ScalarType type2)
    {
        using var scope = NewDisposeScope();
        return result_type(empty(new long[] { 1 }, type1, CPU), empty(new long[] { 1 }, type2, CPU));
    }

    public static ScalarType result_type(Tensor tensor1, Tensor tensor2) => (ScalarType)Op.Number("result_type.Tensor", tensor1, tensor2);

    public static bool is_tensor(object obj) => obj is Tensor;

    public static long numel(Tensor input) => input.NumberOfElements;
}
