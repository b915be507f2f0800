using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

/// <summary>Which dtype comes out of mixed operands.</summary>
public class PromotionTests
{
    public static TheoryData<string, ScalarType> Cases => new()
    {
        { "f32+double", float32 }, { "f32*0-d f64", float32 }, { "int/int", float32 }, { "int+int", int32 }, { "int+long tensor", int64 }, { "int+double", float32 },
        { "f32+f64 tensor", float64 }, { "int+bool", int32 }, { "f16+float", float16 }, { "int%int", int32 }, { "double-int", float32 }, { "1/int", float32 },
        { "int==int", ScalarType.Bool }, { "f32<0.5", ScalarType.Bool }, { "int//int", int32 }, { "sum of int", int64 }, { "sum of bool", int64 }, { "cumsum of byte", int64 },
        { "int pow int", int32 }, { "int pow float", float32 }, { "exp of int", float32 }, { "complex*double", complex64 }, { "f32*complex scalar", complex64 }, { "~bool", ScalarType.Bool },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Result_dtype(string name, ScalarType expected)
    {
        using var scope = NewDisposeScope();
        var i = tensor(new[] { 1, 2 });
        var f = ones(2);
        var result = name switch
        {
            "f32+double" => f + 1.0,
            "f32*0-d f64" => f * tensor(2.0),
            "int/int" => i / 2,
            "int+int" => i + 1,
            "int+long tensor" => i + tensor(new[] { 1L, 2L }),
            "int+double" => i + 0.5,
            "f32+f64 tensor" => f + ones(2, dtype: float64),
            "int+bool" => i + tensor(new[] { true, false }),
            "f16+float" => f.half() + 1f,
            "int%int" => i % 2,
            "double-int" => 0.5 - i,
            "1/int" => 1 / i,
            "int==int" => i == 1,
            "f32<0.5" => f < 0.5,
            "int//int" => i.floor_divide(2),
            "sum of int" => i.sum(),
            "sum of bool" => (i > 1).sum(),
            "cumsum of byte" => i.to(ScalarType.Byte).cumsum(0),
            "int pow int" => i.pow(2),
            "int pow float" => i.pow(0.5),
            "exp of int" => i.exp(),
            "complex*double" => f.to(complex64) * 2.0,
            "f32*complex scalar" => f * new System.Numerics.Complex(0, 1),
            "~bool" => ~(i > 1),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
        Assert.Equal(expected, result.dtype);
        Assert.Equal(new long[] { 2 }, result.ndim == 0 ? [2] : result.shape);
    }
}
