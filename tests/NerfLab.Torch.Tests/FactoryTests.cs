using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

public class FactoryTests
{
    static T[] Values<T>(Tensor t) where T : unmanaged => t.cpu().data<T>().ToArray();

    static Device Here => TestDevice.Current;

    public static TheoryData<string, Func<Tensor>, ScalarType, double[]> Made => new()
    {
        { "zeros", () => zeros(3, device: Here), ScalarType.Float32, [0, 0, 0] },
        { "ones", () => ones(1, 2, dtype: int8, device: Here), ScalarType.Int8, [1, 1] },
        { "full of an integer", () => full(2, 7, device: Here), ScalarType.Int64, [7, 7] },
        { "full of a truth value", () => full(1, true, device: Here), ScalarType.Bool, [1] },
        { "full of a double", () => full([2L], 0.5, device: Here), ScalarType.Float32, [0.5, 0.5] },
        { "full_like", () => full_like(zeros(2, dtype: int16, device: Here), 3), ScalarType.Int16, [3, 3] },
        { "arange", () => arange(2, 11, 3, device: Here), ScalarType.Int64, [2, 5, 8] },
        { "arange backwards", () => arange(1.0, -1.0, -0.5, device: Here), ScalarType.Float32, [1, 0.5, 0, -0.5] },
        { "linspace", () => linspace(0, 1, 5, device: Here), ScalarType.Float32, [0, 0.25, 0.5, 0.75, 1] },
        { "logspace", () => logspace(0, 3, 4, @base: 2, dtype: float64, device: Here), ScalarType.Float64, [1, 2, 4, 8] },
        { "eye", () => eye(2, 3, device: Here), ScalarType.Float32, [1, 0, 0, 0, 1, 0] },
        { "new_zeros", () => zeros(1, dtype: float64, device: Here).new_zeros(2), ScalarType.Float64, [0, 0] },
        { "new_full", () => zeros(1, dtype: int32, device: Here).new_full(1, 2, 4), ScalarType.Int32, [4, 4] },
        { "ones refilled", () => zeros(1, device: Here).ones(2), ScalarType.Float32, [1, 1] },
        { "full refilled", () => zeros(1, device: Here).full([3L], 2), ScalarType.Float32, [2, 2, 2] },
        { "eye refilled", () => zeros(1, device: Here).eye(2, 2), ScalarType.Float32, [1, 0, 0, 1] },
        { "arange refilled", () => zeros(1, device: Here).arange_out(1, 4, 1), ScalarType.Float32, [1, 2, 3] },
        { "scalar", () => tensor(2.5, device: Here), ScalarType.Float64, [2.5] },
        { "array converted", () => tensor(new[] { 1, 2 }, float64, Here), ScalarType.Float64, [1, 2] },
        { "list", () => tensor(new List<short> { 4, 5 }, device: Here), ScalarType.Int16, [4, 5] },
        { "matrix", () => tensor(new float[,] { { 1, 2 }, { 3, 4 } }, device: Here), ScalarType.Float32, [1, 2, 3, 4] },
        { "memory", () => tensor(new double[] { 0, 1, 2 }.AsMemory(1), [2, 1], device: Here), ScalarType.Float64, [1, 2] },
        { "bfloat16", () => tensor(new[] { (BFloat16)1.5f, (BFloat16)(-2f) }, device: Here), ScalarType.BFloat16, [1.5, -2] },
        { "bool", () => tensor(new[] { true, false }, device: Here), ScalarType.Bool, [1, 0] },
        { "implicit", () => new byte[] { 3, 255 }, ScalarType.Byte, [3, 255] },
        { "implicit number", () => 5L, ScalarType.Int64, [5] },
    };

    [Theory, MemberData(nameof(Made), DisableDiscoveryEnumeration = true)]
    public void Factories_give_type_and_values(string name, Func<Tensor> make, ScalarType type, double[] values)
    {
        _ = name;
        using var scope = NewDisposeScope();
        var made = make();
        Assert.Equal(type, made.dtype);
        Assert.Equal(values, Values<double>(made.to(float64)));
    }

    [Fact]
    public void Complex_values_arrive()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([(1f, 2f), (3f, -4f)], Values<(float, float)>(tensor(new[] { (1f, 2f), (3f, -4f) })));
        Assert.Equal(new Complex(1, -2), tensor(1.0, -2.0).ToComplexFloat64());
        Assert.Equal((1f, -2f), tensor(1f, -2f).ToComplexFloat32());
        Assert.Equal(complex64, tensor(new Complex(1, 2), complex64).dtype);
    }

    [Fact]
    public void Shapes_come_from_every_kind_of_size()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([2, 3, 4], zeros(2, 3, 4).shape);
        Assert.Equal([2, 3, 4, 5], zeros(2L, 3L, 4L, 5L).shape);
        Assert.Equal([2, 3], zeros([2, 3]).shape);
        Assert.Equal([2, 3], tensor(new float[6], 2, 3).shape);
        Assert.Equal([1, 2, 3], tensor(new float[6], 1, 2, 3).shape);
        Assert.Equal([2, 1, 2], tensor(new int[2, 1, 2]).shape);
        Assert.Equal([2, 1, 2, 1], tensor(new bool[2, 1, 2, 1]).shape);
        Assert.Equal([2, 3], randint(0, 5, new Size((2, 3))).shape);
        Assert.Equal([], tensor(1f).shape);
        Assert.Equal([3, 1], empty_strided([2, 2], [3, 1]).stride());
    }

    [Fact]
    public void Wrong_numbers_of_values_are_refused()
    {
        Assert.Throws<ArgumentException>(() => tensor(new float[5], 2, 3));
        Assert.Throws<ArgumentException>(() => tensor(new float[5], [2, 3]));
        Assert.Throws<ArgumentException>(() => new float[5].ToTensor([2, 3]));
        Assert.Throws<NotSupportedException>(() => zeros(2, names: ["N"]));
    }

    [Fact]
    public void Requires_grad_is_set_on_a_leaf()
    {
        using var scope = NewDisposeScope();
        foreach (var t in new[] { zeros(2, requires_grad: true), tensor(new[] { 1f }, requires_grad: true), rand(2, requires_grad: true), tensor(new[] { 1 }, float32, requires_grad: true) })
            Assert.True(t.requires_grad && t.is_leaf);
    }

    [Fact]
    public void Shared_memory_is_seen_from_both_sides_and_outlives_the_array_variable()
    {
        using var scope = NewDisposeScope();
        var array = new float[,] { { 1, 2 }, { 3, 4 } };
        var shared = from_array(array);
        array[1, 0] = 9;
        Assert.Equal(9, shared[1, 0].ToSingle());
        shared[0, 0] = tensor(7f);
        Assert.Equal(7, array[0, 0]);
        array = null!;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.Equal([7f, 2f, 9f, 4f], Values<float>(shared));
        var ints = new[] { 1, 2, 3 };
        Assert.Equal(ints, Values<int>(as_tensor(ints)));
        Assert.Equal(float32, as_tensor(ints, float32).dtype);
        Assert.Equal([2, 3], Values<int>(frombuffer(ints, int32, 2, 4)));
        Assert.Throws<ArgumentException>(() => frombuffer(ints, int32, 3, 4));
        Assert.Throws<ArgumentException>(() => frombuffer(ints, int32, -1, 13));
    }

    [Fact]
    public void A_pinned_array_is_released_with_its_last_view()
    {
        var weak = Share();
        for (int i = 0; i < 10 && weak.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(weak.IsAlive);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference Share()
        {
            var array = new float[1000];
            using var shared = from_array(array);
            using var view = shared[5];
            return new WeakReference(array);
        }
    }

    [Fact]
    public void Conversions_keep_values_and_make_new_objects()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1.5f, -2.5f });
        Assert.Equal([1, -2], Values<int>(x.@int()));
        Assert.Equal([(Half)1.5f, (Half)(-2.5f)], Values<Half>(x.half()));
        Assert.Equal([true, true], Values<bool>(x.@bool()));
        Assert.Equal(float64, x.to(tensor(1.0)).dtype);
        Assert.Equal(float64, x.type_as(tensor(1.0)).dtype);
        Assert.Equal(float64, x.type(float64).dtype);
        Assert.NotSame(x, x.to(float32));
        var copy = x.to(float32, copy: true);
        copy[0] = tensor(8f);
        Assert.Equal(1.5f, x[0].ToSingle());
        x.to(float64, disposeAfter: true);
        Assert.True(x.IsInvalid);
    }

    [Fact]
    public void Numbers_convert_and_overflow_is_an_error()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(3, (int)tensor(3.7f));
        Assert.Equal((byte)200, tensor(200).ToByte());
        Assert.Throws<OverflowException>(() => tensor(300).ToByte());
        Assert.True((bool)tensor(0.5f));
        Assert.Equal((BFloat16)1.5f, tensor(1.5f).ToBFloat16());
        Assert.Equal(ScalarType.Int16, tensor((short)4).ToScalar().Type);
        Assert.Equal(4, tensor((short)4).ToScalar().ToInt32());
        Assert.Equal(2f, tensor(new[] { 1f, 2f }).ReadCpuSingle(1));
        Assert.Throws<ArgumentException>(() => zeros(2).ToSingle());
    }

    [Fact]
    public void Tolist_nests()
    {
        using var scope = NewDisposeScope();
        var rows = (System.Collections.ArrayList)tensor(new int[,] { { 1, 2, 3 }, { 4, 5, 6 } }).tolist();
        Assert.Equal(2, rows.Count);
        Assert.Equal(new object[] { 4, 5, 6 }, ((System.Collections.ArrayList)rows[1]!).ToArray());
        Assert.Equal(2.5, tensor(2.5).tolist());
    }

    [Theory, InlineData(1f), InlineData(-0f), InlineData(3.1415927f), InlineData(1e38f), InlineData(float.PositiveInfinity), InlineData(1.00390625f), InlineData(1.01171875f)]
    public void BFloat16_rounds_as_libtorch_does(float value)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(tensor(value).to(bfloat16).to(float32).ToSingle(), (float)(BFloat16)value);
    }

    [Fact]
    public void BFloat16_keeps_what_is_no_number() => Assert.True(float.IsNaN((BFloat16)float.NaN));

    [Fact]
    public void Limits_of_types_are_those_of_the_formats()
    {
        Assert.Equal((float.MaxValue, Math.Pow(2, -23), Math.Pow(2, -126)), ((float)finfo(float32).max, finfo(float32).eps, finfo(float32).tiny));
        Assert.Equal((double.MaxValue, 64), (finfo(float64).max, finfo(float64).bits));
        Assert.Equal((double)Half.MaxValue, finfo(float16).max);
        Assert.Equal(127, max_int_value(int8));
        Assert.Throws<ArgumentException>(() => max_int_value(float32));
        Assert.Equal(float32, promote_types(int64, float32));
        Assert.Equal(int64, promote_types(int64, uint8));
        using var scope = NewDisposeScope();
        Assert.Equal(float32, result_type(zeros(2), tensor(1.0)));
    }

    [Fact]
    public void Default_type_is_taken_by_factories()
    {
        try
        {
            set_default_dtype(float64);
            using var scope = NewDisposeScope();
            Assert.Equal(float64, zeros(1).dtype);
            Assert.Equal(float64, full(1, 0.5).dtype);
            Assert.Equal(float64, arange(0.0, 1.0, 0.5).dtype);
            Assert.Equal(float64, rand(1).dtype);
        }
        finally
        {
            set_default_dtype(float32);
        }
        Assert.Throws<ArgumentException>(() => set_default_dtype(int32));
    }

    [Fact]
    public void Sizes_compare_add_and_slice()
    {
        var size = new Size((2, 3, 4));
        Assert.Equal(24, size.numel());
        Assert.True(size == new Size([2, 3, 4]));
        Assert.Equal([3L], size.Slice(1, 2).Shape);
        Assert.Equal([2L, 3, 4, 5], (size + new Size(5)).Shape);
        Assert.Equal([2L, 3], size.Take(2));
        Assert.Equal(0, default(Size).Length);
        Assert.Equal(size.GetHashCode(), new Size([2, 3, 4]).GetHashCode());
    }
}
