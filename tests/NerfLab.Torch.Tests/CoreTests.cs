using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

/// <summary>Indexing, typed access, devices and switches.</summary>
public class CoreTests
{
    static Tensor Counted(params long[] shape) => arange(shape.Aggregate(1L, (a, b) => a * b)).view(shape);

    static (string Shape, string Values) Read(Tensor t) => (string.Join("x", t.shape), string.Join(",", t.data<long>().ToArray()));

    static Tensor Long(params long[] values) => tensor(values);

    /// <summary>Elements of 0..23 in the shape 2x3x4, by hand: element (i, j, k) is 12 i + 4 j + k.</summary>
    public static TheoryData<string, TensorIndex[], string, string> Indexed => new()
    {
        { "[1]", [1], "3x4", "12,13,14,15,16,17,18,19,20,21,22,23" },
        { "[-1, 0]", [-1, 0], "4", "12,13,14,15" },
        { "[1, 2, 3]", [1, 2, 3], "", "23" },
        { "[:, 1]", [TensorIndex.Colon, 1], "2x4", "4,5,6,7,16,17,18,19" },
        { "[..., 0]", [TensorIndex.Ellipsis, 0], "2x3", "0,4,8,12,16,20" },
        { "[0, ..., 0]", [0, TensorIndex.Ellipsis, 0], "3", "0,4,8" },
        { "[0, 1:, ::2]", [0, TensorIndex.Slice(1), TensorIndex.Slice(step: 2)], "2x2", "4,6,8,10" },
        { "[0, ..^1, ^2..]", new TensorIndex[] { 0, ..^1, ^2.. }, "2x2", "2,3,6,7" },
        { "[0, 0, ^1]", [0, 0, ^1], "", "3" },
        { "[None, 0, 0]", [TensorIndex.None, 0, 0], "1x4", "0,1,2,3" },
        { "[0, None, 0]", [0, TensorIndex.None, 0], "1x4", "0,1,2,3" },
        { "[..., None] of a row", [0, 0, TensorIndex.Ellipsis, TensorIndex.None], "4x1", "0,1,2,3" },
        { "[0, [2, 0], 1]", [0, TensorIndex.Tensor(Long(2, 0)), 1], "2", "9,1" },
        { "[:, [2, 0], 1]", [TensorIndex.Colon, TensorIndex.Tensor(Long(2, 0)), 1], "2x2", "9,1,21,13" },
        { "[[0, 1], [1, 2]]", [TensorIndex.Tensor(Long(0, 1)), TensorIndex.Tensor(Long(1, 2))], "2x4", "4,5,6,7,20,21,22,23" },
        { "[[0, 1], :, [3, 0]]", [TensorIndex.Tensor(Long(0, 1)), TensorIndex.Colon, TensorIndex.Tensor(Long(3, 0))], "2x3", "3,7,11,12,16,20" },
        { "[..., mask]", [TensorIndex.Ellipsis, TensorIndex.Tensor(tensor(new[] { true, false, false, true }))], "2x3x2", "0,3,4,7,8,11,12,15,16,19,20,23" },
        { "[mask 2x3]", [TensorIndex.Tensor(tensor(new[,] { { true, false, false }, { false, false, true } }))], "2x4", "0,1,2,3,20,21,22,23" },
        { "[mask 2x3, 1:3]", [TensorIndex.Tensor(tensor(new[,] { { true, false, false }, { false, false, true } })), 1..3], "2x2", "1,2,21,22" },
        { "[mask 2x3, [3, 0]]", [TensorIndex.Tensor(tensor(new[,] { { true, false, false }, { false, false, true } })), TensorIndex.Tensor(Long(3, 0))], "2", "3,20" },
        { "[True]", [TensorIndex.Bool(true), 0, 0], "1x4", "0,1,2,3" },
        { "[False]", [TensorIndex.Bool(false), 0, 0], "0x4", "" },
        { "empty slice", [0, 0, 2..2], "0", "" },
        { "slice beyond the end", [0, 0, 2..9], "2", "2,3" },
    };

    [Theory, MemberData(nameof(Indexed), DisableDiscoveryEnumeration = true)]
    public void Indices_select_as_in_NumPy(string name, TensorIndex[] indices, string shape, string values)
    {
        _ = name;
        using var scope = NewDisposeScope();
        var x = Counted(2, 3, 4);
        Assert.Equal((shape, values), Read(x[indices]));
        // What is read there can be written there, and nothing else changes.
        x[indices] = tensor(-1L);
        var changed = values.Length == 0 ? [] : values.Split(',').Select(long.Parse).ToHashSet();
        Assert.Equal(Enumerable.Range(0, 24).Select(i => changed.Contains(i) ? -1L : i), x.data<long>().ToArray());
        x.index_put_(-2, indices);
        Assert.Equal(changed.Count, x.eq(-2).sum().ToInt64());
    }

    [Fact]
    public void Views_share_memory_and_gathers_do_not()
    {
        using var scope = NewDisposeScope();
        var x = Counted(2, 3);
        var (view, gathered) = (x[.., 1..3], x[Long(0, 1)]);
        view.fill_(9);
        gathered.fill_(5);
        Assert.Equal("0,9,9,3,9,9", Read(x).Values);
    }

    [Fact]
    public void Indices_accumulate()
    {
        using var scope = NewDisposeScope();
        var x = zeros(3, dtype: int64);
        x.index_put_(tensor(1L), [TensorIndex.Tensor(Long(0, 0, 2))], accumulate: true);
        Assert.Equal("2,0,1", Read(x).Values);
        x.index_put_(tensor(5L), [TensorIndex.Slice(1)], accumulate: true);
        Assert.Equal("2,5,6", Read(x).Values);
        x.index_put_(tensor(1L), new[] { Long(1, 1) }, accumulate: true);
        Assert.Equal("2,7,6", Read(x).Values);
    }

    [Fact]
    public void Too_many_indices_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("too many indices", Assert.ThrowsAny<Exception>(() => Counted(2)[0, 0]).Message);
        Assert.ThrowsAny<Exception>(() => Counted(2, 2)[TensorIndex.Ellipsis, TensorIndex.Ellipsis]);
        Assert.ThrowsAny<Exception>(() => Counted(2)[2]);
    }

    [Fact]
    public void Gradients_flow_through_indices()
    {
        using var scope = NewDisposeScope();
        var x = arange(6.0).to(float32).view(2, 3).detach().requires_grad_();
        (x[.., 1..].sum() + 10 * x[0, TensorIndex.Tensor(Long(0, 0))].sum()).backward();
        Assert.Equal([20f, 1, 1, 0, 1, 1], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Elements_are_read_and_written_through_strides()
    {
        using var scope = NewDisposeScope();
        var x = Counted(2, 3);
        using var elements = x.t().data<long>();
        Assert.Equal(6, elements.Count);
        Assert.Equal(3, elements[0, 1]);
        Assert.Equal(3, elements[1]);
        elements[2, 0] = 7;
        Assert.Equal([0L, 3, 1, 4, 7, 5], elements.ToArray());
        Assert.Equal([0L, 3, 1, 4, 7, 5], elements);
        Assert.Equal(new long[,] { { 0, 3 }, { 1, 4 }, { 7, 5 } }, elements.ToNDArray());
        elements.CopyFrom([10, 11], tensorIndex: 4);
        Assert.Equal("0,1,10,3,4,11", Read(x).Values);
        var part = new long[4];
        elements.CopyTo(part, 1, 3);
        Assert.Equal([0L, 4, 10, 11], part);
        Assert.Throws<IndexOutOfRangeException>(() => elements[6]);
        Assert.Throws<IndexOutOfRangeException>(() => elements[0, 2]);
        Assert.Throws<ArgumentException>(() => elements[0, 0, 0]);
        Assert.Throws<ArgumentException>(() => x.data<int>());
        Assert.True(x.data<long>() == x.clone().data<long>());
        Assert.True(x.data<long>() != Counted(2, 3).data<long>());
    }

    [Theory]
    [InlineData("cpu", DeviceType.CPU, -1)]
    [InlineData("cuda", DeviceType.CUDA, -1)]
    [InlineData("cuda:1", DeviceType.CUDA, 1)]
    [InlineData("META", DeviceType.META, -1)]
    public void Devices_have_names(string name, DeviceType type, int index)
    {
        Assert.Equal((type, index), (device(name).type, device(name).index));
        Assert.Equal(name.ToLowerInvariant(), device(name).ToString());
    }

    [Theory, InlineData("gpu"), InlineData("cuda:x"), InlineData("cuda:0:1"), InlineData("1"), InlineData("")]
    public void Unknown_devices_are_refused_by_name(string name) => Assert.Contains($"'{name}'", Assert.Throws<ArgumentException>(() => device(name)).Message);

    [Fact]
    public void Switches_keep_what_they_are_set_to()
    {
        foreach (bool on in new[] { false, true })
        {
            backends.cuda.enable_flash_sdp(on);
            backends.cuda.enable_math_sdp(!on);
            Assert.Equal((on, !on), (backends.cuda.flash_sdp_enabled(), backends.cuda.math_sdp_enabled()));
            backends.cuda.matmul.allow_fp16_reduced_precision_reduction = on;
            Assert.Equal(on, backends.cuda.matmul.allow_fp16_reduced_precision_reduction);
        }
        backends.cuda.enable_math_sdp(true);
    }
}
