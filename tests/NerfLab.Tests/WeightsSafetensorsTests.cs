using System.Buffers.Binary;
using System.Text;
using NerfLab.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

public sealed class WeightsSafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<ScalarType> Types => [ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool];

    [Theory, MemberData(nameof(Types))]
    public void Every_type_and_shape_comes_back(ScalarType type)
    {
        var matrix = Numbers(type, 12).view(3, 4);
        (string, Tensor)[] tensors =
        [
            ("scalar", Numbers(type, 1).view()), ("empty", empty([0, 3], type)), ("matrix", matrix),
            ("transposed", matrix.transpose(0, 1)), ("expanded", Numbers(type, 2).view(2, 1).expand(2, 5)), ("part", matrix.narrow(1, 1, 2)),
        ];
        Safetensors.Write(_folder["a.safetensors"], tensors);
        using var file = new SafetensorsFile(_folder["a.safetensors"]);
        Assert.Equal(tensors.Select(t => t.Item1).Order(StringComparer.Ordinal), file.Names);
        foreach (var (name, expected) in tensors)
        {
            Assert.Equal(expected.shape, file.Shape(name));
            Assert.Equal(type, file.Dtype(name));
            var read = file.Read(name);
            Assert.Equal(type, read.dtype);
            Assert.Equal(expected.shape, read.shape);
            Assert.True(read.is_contiguous());
            Assert.Equal(expected.contiguous().bytes.ToArray(), read.bytes.ToArray());
        }
    }

    [Fact]
    public void Special_floats_keep_their_bits()
    {
        var values = tensor(new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, -0f, float.Epsilon });
        Safetensors.Write(_folder["a"], [("x", values)]);
        using var file = new SafetensorsFile(_folder["a"]);
        Assert.Equal(values.bytes.ToArray(), file.Read("x").bytes.ToArray());
    }

    [Fact]
    public void Golden_bytes_written()
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, [("b", tensor(new byte[] { 7 })), ("a", tensor(new[] { 1f, -2f }).view(1, 2))], new Dictionary<string, string> { ["k"] = "v" });
        var header = """{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}""";
        var padded = header.PadRight((header.Length + 7) / 8 * 8);
        Assert.Equal(Convert.ToHexString([.. Length(padded.Length), .. Encoding.ASCII.GetBytes(padded), 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 7]), Convert.ToHexString(stream.ToArray()));
    }

    [Fact]
    public void Golden_bytes_read()
    {
        // Spaces, escapes and another order of keys than ours, as other writers may leave.
        var file = Open(""" { "caf\u00e9" : {"data_offsets":[1,5], "shape":[2], "dtype":"I16"}, "z":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]} }   """.TrimStart(), 1, 0x34, 0x12, 0xFF, 0xFF);
        Assert.Equal(["café", "z"], file.Names);
        Assert.Equal([0x1234, -1], file.Read("café").data<short>().ToArray());
        Assert.True(file.Read("z").item<bool>());
        Assert.Empty(file.Metadata);
        file.Dispose();
    }

    [Fact]
    public void The_order_of_the_tensors_does_not_matter()
    {
        (string, Tensor)[] tensors = [("z", ones(2)), ("a", ones(3)), ("wide", ones(1, dtype: ScalarType.Float64)), ("byte", ones(5, dtype: ScalarType.Byte))];
        using MemoryStream one = new(), other = new();
        Safetensors.Write(one, tensors, new Dictionary<string, string> { ["p"] = "1", ["q"] = "\"é\n" });
        Safetensors.Write(other, tensors.Reverse(), new Dictionary<string, string> { ["q"] = "\"é\n", ["p"] = "1" });
        Assert.Equal(one.ToArray(), other.ToArray());
        File.WriteAllBytes(_folder["a"], one.ToArray());
        using var file = new SafetensorsFile(_folder["a"]);
        Assert.Equal(["wide", "a", "z", "byte"], file.Names);
        Assert.Equal("\"é\n", file.Metadata["q"]);
        Assert.Equal(4, file.ReadAll().Count);
    }

    [Fact]
    public void Tensors_of_many_pieces()
    {
        // One more than two pieces, so that the last piece has one element.
        var large = arange((2L << 22) + 1, ScalarType.Int32).remainder(251).to(ScalarType.Byte);
        Safetensors.Write(_folder["large"], [("x", large), ("y", arange(10))]);
        using var file = new SafetensorsFile(_folder["large"]);
        Assert.True(file.Read("x").eq(large).all().item<bool>());
        Assert.True(file.Read("y").eq(arange(10)).all().item<bool>());
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        Safetensors.Write(_folder["a"], [("x", ones(4)), ("t", ones(2, 3).transpose(0, 1))]);
        var before = _scope.DisposablesCount;
        using (var file = WeightFile.Open(_folder["a"]))
            for (var k = 0; k < 10; k++)
                foreach (var tensor in file.ReadAll().Values) tensor.Dispose();
        Assert.Equal(before, _scope.DisposablesCount);
    }

    [Fact]
    public void Parameters_are_written_and_read_without_gradient()
    {
        Safetensors.Write(_folder["a"], [("x", ones(4, requires_grad: true))]);
        using var file = WeightFile.Open(_folder["a"]);
        Assert.False(file.Read("x").requires_grad);
    }

    [Fact]
    public void Names_that_cannot_be_written()
    {
        Refused("two tensors cannot be called \"x\"", () => Safetensors.Write(_folder["a"], [("x", ones(1)), ("x", ones(1))]));
        Refused("__metadata__", () => Safetensors.Write(_folder["a"], [("__metadata__", ones(1))]));
        Refused("\"c\" is ComplexFloat32", () => Safetensors.Write(_folder["a"], [("c", ones(1, dtype: ScalarType.ComplexFloat32))]));
        Assert.False(File.Exists(_folder["a"]));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file()
    {
        Safetensors.Write(_folder["a"], [("x", ones(4))]);
        var before = File.ReadAllBytes(_folder["a"]);
        IEnumerable<(string, Tensor)> Broken()
        {
            yield return ("x", ones(8));
            throw new InvalidOperationException("the source broke");
        }
        Assert.Throws<InvalidOperationException>(() => Safetensors.Write(_folder["a"], Broken()));
        Assert.Equal(before, File.ReadAllBytes(_folder["a"]));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(_folder["a"])!));
    }

    [Fact]
    public void Unknown_types_are_refused_when_read()
    {
        using var file = Open("""{"f8":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},"x":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", 1, 2, 3);
        Assert.Equal(["f8", "x"], file.Names);
        Assert.Equal([2], file.Shape("f8"));
        Assert.Equal(3, file.Read("x").item<byte>());
        Refused("tensor \"f8\" is F8_E4M3", () => file.Read("f8"));
        Refused("F8_E4M3", () => file.Dtype("f8"));
        Refused("holds no tensor \"y\"", () => file.Read("y"));
    }

    [Fact]
    public void A_truth_value_of_two_is_refused()
    {
        using var file = Open("""{"b":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}""", 1, 2);
        Refused("tensor \"b\" has the byte 2", () => file.Read("b"));
    }

    private const string A = """ "a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]} """;

    [Theory]
    [InlineData("[]", "does not begin with {")]
    [InlineData("", "does not begin with {")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{} x", "not valid JSON")]
    [InlineData("{" + A + "," + A + "}", "names \"a\" twice")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", "dtype twice")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"},""" + A + "}", "names \"k\" twice")]
    [InlineData("""{"__metadata__":{"k":1},""" + A + "}", "\"k\" is not a text")]
    [InlineData("""{"__metadata__":[],""" + A + "}", "not an object of texts")]
    [InlineData("""{"__metadata__":{},"__metadata__":{},""" + A + "}", "names \"__metadata__\" twice")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", "not valid JSON")]
    [InlineData("""{"a":3}""", "something else than an object")]
    [InlineData("""{"a":{"dtype":7,"shape":[2],"data_offsets":[0,2]}}""", "dtype that is not a text")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,2]}}""", "lacks dtype")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,2]}}""", "lacks shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2]}}""", "lacks data_offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"more":1}}""", "unknown key \"more\"")]
    [InlineData("""{"a":{"dtype":"U8","shape":2,"data_offsets":[0,2]}}""", "shape that is not a list")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2.5],"data_offsets":[0,2]}}""", "2.5 in its shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":["2"],"data_offsets":[0,2]}}""", "in its shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,2]}}""", "in its shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}}""", "negative size -2")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1,-2],"data_offsets":[0,2]}}""", "negative size -1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,2]}}""", "more elements than can be counted")]
    [InlineData("""{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,2]}}""", "more elements than can be counted")]
    [InlineData("""{"a":{"dtype":"F64","shape":[0,9223372036854775807,9223372036854775807],"data_offsets":[0,0]}}""", "more elements than can be counted")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0]}}""", "data_offsets [0]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1,2]}}""", "data_offsets [0,1,2]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}""", "data_offsets [2,0]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[-2,0]}}""", "data_offsets [-2,0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,2]}}""", "needs 8 bytes and has 2")]
    [InlineData("""{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "is truncated")]
    [InlineData("""{"a":{"dtype":"F8_E5M2","shape":[3],"data_offsets":[0,9223372036854775807]}}""", "is truncated")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", "1 bytes after the last tensor")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", "hole of 1 bytes before tensor \"a\"")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", "inside the tensor before it")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", "inside the tensor before it")]
    [InlineData("""{"a":{"b":{"c":{"d":{"e":1}}}}}""", "not valid JSON")]
    public void Hostile_headers(string header, string sentence) => Refused(sentence, () => Open(header, 1, 2).Dispose());

    [Fact]
    public void Hostile_lengths()
    {
        void Bytes(string sentence, params byte[] bytes)
        {
            File.WriteAllBytes(_folder["b"], bytes);
            Refused(sentence, () => new SafetensorsFile(_folder["b"]).Dispose());
        }
        Bytes("has 0 bytes");
        Bytes("has 7 bytes", 1, 2, 3, 4, 5, 6, 7);
        Bytes("the header needs 108 bytes and the file has 9", [.. Length(100), (byte)'{']);
        Bytes("header of 100000001 bytes", [.. Length(100_000_001), (byte)'{']);
        Bytes("header of 18446744073709551615 bytes", [.. Length(-1), (byte)'{']);
        Bytes("not valid UTF-8", [.. Length(4), (byte)'{', (byte)'"', 0xFF, (byte)'"']);
    }

    [Fact]
    public void A_cut_file_says_how_much_is_missing()
    {
        Safetensors.Write(_folder["a"], [("x", ones(100))]);
        var whole = File.ReadAllBytes(_folder["a"]);
        File.WriteAllBytes(_folder["a"], whole[..^40]);
        Refused($"the tensors need {whole.Length} bytes and the file has {whole.Length - 40}", () => new SafetensorsFile(_folder["a"]));
    }

    [Fact]
    public void The_front_door_tells_formats_by_content()
    {
        Safetensors.Write(_folder["weights.pt"], [("x", ones(1))]);
        using (var file = WeightFile.Open(_folder["weights.pt"])) Assert.IsType<SafetensorsFile>(file);
        File.WriteAllBytes(_folder["legacy"], WeightsPythonFiles.Legacy);
        using (var file = WeightFile.Open(_folder["legacy"])) Assert.IsType<PyTorchFile>(file);
        Refused("cannot be read", () => WeightFile.Open(_folder["none"]));
        File.WriteAllText(_folder["text"], "Dear reader, this is a letter.");
        Refused("holds no weights", () => WeightFile.Open(_folder["text"]));
        File.WriteAllText(_folder["nothing"], "");
        Refused("it is empty", () => WeightFile.Open(_folder["nothing"]));
    }

    private static Tensor Numbers(ScalarType type, int count) => type == ScalarType.Bool
        ? arange(count, ScalarType.Int32).remainder(2).to(type)
        : arange(count, ScalarType.Float32).mul(type == ScalarType.Byte ? 3 : -1.5f).to(type);

    private SafetensorsFile Open(string header, params byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(_folder["h"], [.. Length(text.Length), .. text, .. data]);
        return new SafetensorsFile(_folder["h"]);
    }

    private static byte[] Length(long length)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        return bytes;
    }

    private static void Refused(string sentence, Action action)
    {
        var message = Assert.Throws<BadInputException>(action).Message;
        Assert.Contains(sentence, message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void AHeaderWhoseLengthBeginsLikeAPickleIsNoPickle()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "x.safetensors");
        int pickles = 0;
        for (int length = 500; length < 1500; length += 8)
        {
            Safetensors.Write(path, [("a", ones(2))], new Dictionary<string, string> { ["note"] = new('x', length) });
            if (File.ReadAllBytes(path)[0] == 0x80) pickles++;
            using var file = WeightFile.Open(path);
            Assert.Equal("a", file.Names.Single());
        }
        Assert.True(pickles > 2);
    }
}
