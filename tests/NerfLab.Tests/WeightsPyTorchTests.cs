using System.IO.Compression;
using NerfLab.Weights;
using TorchSharp;
using static NerfLab.Tests.WeightsPickleWriter;
using static TorchSharp.torch;

namespace NerfLab.Tests;

public sealed class WeightsPyTorchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    private static Dictionary<string, byte[]> Storages => new() { ["0"] = Bytes(1f, 2f, 3f, 4f, 5f, 6f), ["1"] = Bytes(-1L, 99L) };

    public static TheoryData<string, byte[]> Checkpoints => new()
    {
        { "protocol 2", Zip(WeightsPythonFiles.Protocol2, Storages) },
        { "protocol 2, deflated", Zip(WeightsPythonFiles.Protocol2, Storages, CompressionLevel.SmallestSize) },
        { "protocol 2, without byte order", Zip(WeightsPythonFiles.Protocol2, Storages, order: null) },
        { "protocol 4", Zip(WeightsPythonFiles.Protocol4, Storages) },
        { "before 1.6", WeightsPythonFiles.Legacy },
    };

    [Theory, MemberData(nameof(Checkpoints), DisableDiscoveryEnumeration = true)]
    public void A_checkpoint_that_python_wrote(string name, byte[] content)
    {
        Assert.NotEmpty(name);
        using var file = Open(content);
        Assert.Equal(["model.conv.weight", "model.conv.bias", "model.steps", "opt.state.0.exp_avg"], file.Names);
        Equal([1, 2, 3, 4, 5, 6], [2, 3], file.Read("model.conv.weight"));
        Equal([5, 6], [2], file.Read("model.conv.bias")); // a part of the same storage
        Assert.Equal(ScalarType.Int64, file.Dtype("model.steps"));
        Assert.Equal(99, file.Read("model.steps").item<long>());
        Assert.Empty(file.Shape("model.steps"));
        Equal([1, 4, 2, 5, 3, 6], [3, 2], file.Read("opt.state.0.exp_avg")); // transposed
        Assert.Equal("12", file.Metadata["epoch"]);
        Assert.Equal("0.25", file.Metadata["lr"]);
        Assert.Equal("x", file.Metadata["name"]);
        Assert.Equal("7", file.Metadata["opt.state.0.step"]);
        Assert.Equal("1", file.Metadata["opt.param_groups.0.params.1"]);
        Assert.Equal("0.999", file.Metadata["opt.param_groups.0.betas.1"]);
        Assert.Equal("False", file.Metadata["opt.param_groups.0.amsgrad"]);
        Assert.Equal("5", file.Metadata["seen.0"]);
        Assert.Equal("1180591620717411303424", file.Metadata["big"]);
        Assert.Equal("3", file.Metadata["shape.1"]);
        Assert.Equal("cuda:1", file.Metadata["dev"]);
        Assert.DoesNotContain("raw", file.Metadata.Keys);
        Assert.DoesNotContain("none", file.Metadata.Keys);
        // The state dict's versions are an attribute, not an entry.
        Assert.DoesNotContain(file.Metadata.Keys, k => k.Contains("version"));
        Assert.Equal(4, file.ReadAll().Count);
    }

    public static TheoryData<string, ScalarType, byte[]> Types => new()
    {
        { "DoubleStorage", ScalarType.Float64, Bytes(1.0, -2.0, 3.0) },
        { "FloatStorage", ScalarType.Float32, Bytes(1f, -2f, 3f) },
        { "HalfStorage", ScalarType.Float16, Bytes((Half)1, (Half)(-2), (Half)3) },
        { "BFloat16Storage", ScalarType.BFloat16, [0x80, 0x3F, 0x00, 0xC0, 0x40, 0x40] },
        { "LongStorage", ScalarType.Int64, Bytes(1L, -2L, 3L) },
        { "IntStorage", ScalarType.Int32, Bytes(1, -2, 3) },
        { "ShortStorage", ScalarType.Int16, Bytes<short>(1, -2, 3) },
        { "CharStorage", ScalarType.Int8, Bytes<sbyte>(1, -2, 3) },
    };

    [Theory, MemberData(nameof(Types))]
    public void Every_type(string storage, ScalarType type, byte[] bytes)
    {
        using var file = Open(Zip(new WeightsPickleWriter().Tensor(storage, "k", 3, 0, [3], [1]).Stop(), new() { ["k"] = bytes }));
        Assert.Equal(["tensor"], file.Names);
        Assert.Equal(type, file.Dtype("tensor"));
        Equal([1, -2, 3], [3], file.Read("tensor").to(ScalarType.Float32));
    }

    [Fact]
    public void Bytes_and_truth_values()
    {
        var pickle = new WeightsPickleWriter().Raw("}(").Text("u8").Tensor("ByteStorage", "0", 2, 0, [2], [1]).Text("raw").Tensor("UntypedStorage", "0", 2, 1, [1], [1]).Text("yes").Tensor("BoolStorage", "1", 2, 0, [2], [1]).Text("odd").Tensor("BoolStorage", "2", 1, 0, [1], [1]).Raw("u").Stop();
        using var file = Open(Zip(pickle, new() { ["0"] = [200, 7], ["1"] = [1, 0], ["2"] = [2] }));
        Equal([200, 7], [2], file.Read("u8").to(ScalarType.Float32));
        Assert.Equal(7, file.Read("raw").item<byte>());
        Equal([1, 0], [2], file.Read("yes").to(ScalarType.Float32));
        Assert.Contains("byte 2 as a truth value", Assert.Throws<BadInputException>(() => file.Read("odd")).Message);
    }

    // The oracle: libtorch's own view of the whole storage.
    [Theory]
    [InlineData(0, new long[] { 2, 3, 4 }, new long[] { 12, 4, 1 })]
    [InlineData(3, new long[] { 4, 3 }, new long[] { 1, 4 })]
    [InlineData(1, new long[] { 5 }, new long[] { 4 })]
    [InlineData(7, new long[] { 3, 4 }, new long[] { 0, 1 })]
    [InlineData(2, new long[] { 3, 3 }, new long[] { 1, 1 })]
    [InlineData(23, new long[] { 1, 1 }, new long[] { 99, 5 })]
    [InlineData(24, new long[] { 0, 3 }, new long[] { 3, 1 })]
    [InlineData(5, new long[] { }, new long[] { })]
    [InlineData(4, new long[] { 2, 1, 2 }, new long[] { 10, 77, 5 })]
    public void Views(long offset, long[] shape, long[] strides)
    {
        var values = Enumerable.Range(0, 24).Select(k => (float)k * k).ToArray();
        var expected = tensor(values).as_strided(shape, strides, offset);
        foreach (var level in new[] { CompressionLevel.NoCompression, CompressionLevel.Fastest })
        {
            using var file = Open(Zip(new WeightsPickleWriter().Tensor("FloatStorage", "0", 24, offset, shape, strides).Stop(), new() { ["0"] = Bytes(values) }, level));
            var read = file.Read("tensor");
            Assert.True(read.is_contiguous());
            Equal(expected.contiguous().data<float>().ToArray(), shape, read);
        }
    }

    [Fact]
    public void Parameters_and_what_python_2_left()
    {
        var pickle = new WeightsPickleWriter().Global("collections", "OrderedDict").Raw("(](")
            .Raw("](U\x01").Raw("w").Global("torch._utils", "_rebuild_parameter").Raw("(").Tensor("FloatStorage", "0", 6, 0, [6], [1]).Raw(0x88).Global("collections", "OrderedDict").Raw(")RtRe")
            .Raw("etR").Stop();
        using var file = Open(Zip(pickle, Storages));
        Equal([1, 2, 3, 4, 5, 6], [6], file.Read("w"));
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        var before = _scope.DisposablesCount;
        using (var file = Open(WeightsPythonFiles.Legacy))
            foreach (var tensor in file.ReadAll().Values) tensor.Dispose();
        Assert.Equal(before, _scope.DisposablesCount);
    }

    private PyTorchFile Open(byte[] content)
    {
        File.WriteAllBytes(_folder["a.pt"], content);
        return Assert.IsType<PyTorchFile>(WeightFile.Open(_folder["a.pt"]));
    }

    private static void Equal(float[] values, long[] shape, Tensor tensor)
    {
        Assert.Equal(shape, tensor.shape);
        Assert.Equal(values, tensor.data<float>().ToArray());
    }
}
