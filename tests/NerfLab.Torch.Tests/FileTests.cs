using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

public class FileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("nerflab-files-").FullName;

    string Named(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static byte[] Saved(Tensor tensor)
    {
        using var stream = new MemoryStream();
        tensor.Save(stream);
        return stream.ToArray();
    }

    [Fact]
    public void The_bytes_are_those_of_TorchSharp()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("060201010000003F", Convert.ToHexString(Saved(full(1, 1, 0.5f))));
        // 200 takes two bytes in LEB128.
        Assert.Equal("0B01C801", Convert.ToHexString(Saved(zeros(200, dtype: @bool)))[..8]);
        Assert.Equal("04000500000000000000", Convert.ToHexString(Saved(tensor(5L))));
    }

    public static TheoryData<ScalarType> ElementTypes =>
        [uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128, @bool, bfloat16];

    [Theory, MemberData(nameof(ElementTypes))]
    public void Every_type_survives_both_formats(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var saved = randint(0, 2, [3, 4, 5], device: TestDevice.Current).to(type);
        saved.Save(Named("upper"));
        saved.save(Named("lower"));
        save(saved, Named("static"));
        foreach (var loaded in new[] { Tensor.Load(Named("upper")), Tensor.load(Named("lower")), load(Named("static")) })
        {
            Assert.Equal(type, loaded.dtype);
            Assert.Equal([3, 4, 5], loaded.shape);
            Assert.Equal(Saved(saved), Saved(loaded));
        }
        Assert.Equal(["lower", "static", "upper"], Directory.GetFiles(_folder).Select(f => Path.GetFileName(f)).Order());
    }

    [Fact]
    public void Views_are_saved_in_logical_order_and_read_into_views()
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        using var stream = new MemoryStream(Saved(matrix.t()));
        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], Tensor.Load(stream).data<float>().ToArray());
        stream.Position = 0;
        var target = zeros(2, 3);
        target.t().Load(new BinaryReader(stream));
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f], target.data<float>().ToArray());
    }

    [Fact]
    public void A_tensor_larger_than_the_chunks_survives()
    {
        using var scope = NewDisposeScope();
        var big = arange(700_001);
        big.Save(Named("big"));
        Assert.Equal(big.data<long>().ToArray(), Tensor.Load(Named("big")).data<long>().ToArray());
    }

    [Fact]
    public void Loading_into_another_type_or_shape_is_refused_and_skipping_passes_over()
    {
        using var scope = NewDisposeScope();
        var bytes = Saved(ones(2, 3));
        Assert.Throws<ArgumentException>(() => zeros(3, 2).Load(new BinaryReader(new MemoryStream(bytes))));
        Assert.Throws<ArgumentException>(() => zeros(2, 3, dtype: float64).Load(new BinaryReader(new MemoryStream(bytes))));
        var untouched = zeros(1);
        using var stream = new MemoryStream(bytes);
        untouched.Load(new BinaryReader(stream), skip: true);
        Assert.Equal(bytes.Length, stream.Position);
        Assert.Equal(0, untouched.ToSingle());
        Tensor? made = null;
        TensorExtensionMethods.Load(ref made, new BinaryReader(new MemoryStream(bytes)));
        Assert.Equal([2, 3], made!.shape);
    }

    [Theory]
    [InlineData("08", "element type")]
    [InlineData("FF01", "element type")]
    [InlineData("0641", "dimensions")]
    [InlineData("06FFFFFFFFFFFFFFFFFF01", "dimensions")]
    [InlineData("0601FFFFFFFFFFFFFFFFFF01", "size")]
    [InlineData("0603FFFFFFFFFFFFFF7FFFFFFFFFFFFFFF7F02", "multiply")]
    [InlineData("0601FFFFFFFFFFFF7F00", "needs")]
    [InlineData("060201020000003F", "needs")]
    public void Hostile_headers_are_refused_before_memory_is_taken(string hex, string part)
    {
        long before = Tensor.TotalCount;
        var error = Assert.Throws<InvalidDataException>(() => Tensor.Load(new MemoryStream(Convert.FromHexString(hex))));
        Assert.Contains(part, error.Message);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("06")]
    [InlineData("0602")]
    [InlineData("060281")]
    public void Files_that_end_in_the_header_are_refused(string hex) =>
        Assert.ThrowsAny<IOException>(() => Tensor.Load(new MemoryStream(Convert.FromHexString(hex))));

    [Fact]
    public void Missing_files_and_rubbish_are_named()
    {
        Assert.Throws<FileNotFoundException>(() => load(Named("none")));
        File.WriteAllText(Named("rubbish"), "no archive");
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => load(Named("rubbish")));
    }

    [Fact]
    public void Bytes_go_to_and_from_streams()
    {
        using var scope = NewDisposeScope();
        using var stream = new MemoryStream();
        tensor(new short[] { 1, 2, 3 }).WriteBytesToStream(stream, 2);
        Assert.Equal("010002000300", Convert.ToHexString(stream.ToArray()));
        stream.Position = 0;
        var back = zeros(3, dtype: int16, device: TestDevice.Current);
        back.ReadBytesFromStream(stream);
        Assert.Equal([1, 2, 3], back.cpu().data<short>().ToArray());
        stream.Position = 1;
        Assert.Throws<EndOfStreamException>(() => back.ReadBytesFromStream(stream));
    }

    [Fact]
    public void A_file_of_raw_bytes_is_mapped()
    {
        using var scope = NewDisposeScope();
        File.WriteAllBytes(Named("raw"), [1, 2, 3, 4]);
        Assert.Equal([1, 2, 3], from_file(Named("raw"), size: 3, dtype: uint8).data<byte>().ToArray());
    }
}
