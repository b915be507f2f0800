using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using static TorchSharp.torch;

namespace NerfLab.Weights;

/// <summary>
/// The safetensors format: eight bytes with the length of the header, the header as JSON (name, element type, shape and position
/// of every tensor), then the elements of all tensors without a gap. This class writes it, <see cref="SafetensorsFile"/> reads it.
/// </summary>
public static class Safetensors
{
    internal const string MetadataKey = "__metadata__";
    internal const int LargestHeader = 100_000_000; // the format's own limit

    private const int Alignment = 8;

    /// <summary>What the format calls an element type, what libtorch calls it, and its size in bytes.</summary>
    internal static readonly (string Name, ScalarType Type, int Size)[] Dtypes =
    [
        ("F64", ScalarType.Float64, 8), ("F32", ScalarType.Float32, 4), ("F16", ScalarType.Float16, 2), ("BF16", ScalarType.BFloat16, 2),
        ("I64", ScalarType.Int64, 8), ("I32", ScalarType.Int32, 4), ("I16", ScalarType.Int16, 2), ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1), ("BOOL", ScalarType.Bool, 1),
    ];

    /// <summary>
    /// Writes tensors to a file, whole or not at all. Tensors may have any layout and may be on any device; they are written one by one.
    /// The same tensors give the same bytes, in whatever order they come: wide elements first (so that all are aligned), then by name.
    /// </summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="tensors">Names and tensors of type F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL.</param>
    /// <param name="metadata">Text to keep beside the tensors.</param>
    /// <exception cref="BadInputException">The file cannot be written, a name comes twice, or the format has no such element type.</exception>
    public static void Write(string path, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var contents = Arrange(path, tensors);
        AtomicFile.Write(path, stream => Write(path, stream, contents, metadata));
    }

    /// <summary>Writes tensors to a stream, from its position on.</summary>
    /// <inheritdoc cref="Write(string, IEnumerable{ValueTuple{string, Tensor}}, IReadOnlyDictionary{string, string})"/>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="tensors">Names and tensors.</param>
    /// <param name="metadata">Text to keep beside the tensors.</param>
    public static void Write(Stream stream, IEnumerable<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write("safetensors", stream, Arrange("safetensors", tensors), metadata);

    private sealed record Item(string Name, Tensor Tensor, string Dtype, int ElementSize);

    private static List<Item> Arrange(string path, IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        var items = new List<Item>();
        var names = new HashSet<string> { MetadataKey };
        foreach (var (name, tensor) in tensors)
        {
            if (!names.Add(name)) throw new BadInputException($"{path}: two tensors cannot be called \"{name}\"{(name == MetadataKey ? ", the name is taken by the format" : "")}");
            var type = tensor.dtype;
            var dtype = Array.Find(Dtypes, d => d.Type == type);
            if (dtype.Name == null) throw new BadInputException($"{path}: tensor \"{name}\" is {type}, which safetensors cannot hold; {string.Join(", ", Dtypes.Select(d => d.Type))} are expected");
            items.Add(new(name, tensor, dtype.Name, dtype.Size));
        }
        items.Sort((a, b) => a.ElementSize != b.ElementSize ? b.ElementSize - a.ElementSize : string.CompareOrdinal(a.Name, b.Name));
        return items;
    }

    private static void Write(string path, Stream stream, List<Item> items, IReadOnlyDictionary<string, string>? metadata)
    {
        var header = Header(items, metadata);
        if (header.Length > LargestHeader) throw new BadInputException($"{path}: the names and shapes take {header.Length} bytes; the format allows {LargestHeader}");
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var item in items) TensorBytes.Write(item.Tensor, stream);
    }

    private static byte[] Header(List<Item> items, IReadOnlyDictionary<string, string>? metadata)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, text) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal)) json.WriteString(key, text);
                json.WriteEndObject();
            }
            long position = 0;
            foreach (var item in items)
            {
                json.WriteStartObject(item.Name);
                json.WriteString("dtype", item.Dtype);
                json.WriteStartArray("shape");
                foreach (var size in item.Tensor.shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(position);
                json.WriteNumberValue(position += item.Tensor.NumberOfElements * item.ElementSize);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (memory.Length % Alignment != 0) memory.WriteByte((byte)' ');
        return memory.ToArray();
    }
}
