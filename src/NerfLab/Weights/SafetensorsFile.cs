using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using static TorchSharp.torch;

namespace NerfLab.Weights;

/// <summary>A safetensors file, opened for reading. The header is checked completely when the file is opened, so that reading a tensor can only fail with the disk.</summary>
public sealed class SafetensorsFile : WeightFile
{
    private readonly Stream _stream;
    private readonly long _dataStart;
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly List<string> _names = [];
    private readonly Dictionary<string, string> _metadata = [];

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">The file is missing, truncated, or its header is wrong.</exception>
    public SafetensorsFile(string path) : this(path, OpenStream(path)) { }

    /// <summary>Takes a file that is in memory and checks its header.</summary>
    /// <param name="name">What an error message calls it.</param>
    /// <param name="stream">The bytes, from position 0 on; closed with this object.</param>
    /// <exception cref="BadInputException">The file is truncated, or its header is wrong.</exception>
    public SafetensorsFile(string name, Stream stream) : base(name)
    {
        _stream = stream;
        try
        {
            var header = ReadHeader();
            _dataStart = 8 + header.Length;
            Parse(header);
            CheckPositions();
        }
        catch (Exception e)
        {
            _stream.Dispose();
            if (e is JsonException or IOException or InvalidOperationException) throw Bad($"the header is not valid JSON or cannot be read ({e.Message.TrimEnd('.')})", e);
            throw;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names => _names;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <inheritdoc/>
    public override long[] Shape(string name) => [.. Find(name).Shape];

    /// <inheritdoc/>
    public override ScalarType Dtype(string name) => Find(name) is var entry && entry.Type is { } type ? type
        : throw Bad($"tensor \"{Shorten(name)}\" is {Shorten(entry.Dtype)}, which cannot be read; {string.Join(", ", Safetensors.Dtypes.Select(d => d.Name))} can");

    /// <inheritdoc/>
    public override Tensor Read(string name)
    {
        var dtype = Dtype(name);
        var entry = Find(name);
        try
        {
            _stream.Position = _dataStart + entry.Begin;
            return TensorBytes.Read(_stream, entry.Shape, dtype);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw Bad($"tensor \"{Shorten(name)}\" {(e is InvalidDataException ? e.Message : $"cannot be read ({e.Message.TrimEnd('.')})")}", e);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _stream.Dispose();

    /// <param name="Dtype">The type as the file calls it.</param>
    /// <param name="Type">The same in libtorch, or null where it has none: such a tensor may stand in a file that is otherwise useful.</param>
    /// <param name="Shape">Its sizes.</param>
    /// <param name="Begin">First byte after the header.</param>
    /// <param name="End">One past the last byte.</param>
    private sealed record Entry(string Dtype, ScalarType? Type, long[] Shape, long Begin, long End);

    private Entry Find(string name) => _entries.GetValueOrDefault(name) ?? throw Missing(name);

    private byte[] ReadHeader()
    {
        var size = _stream.Length;
        if (size < 8) throw Bad($"has {size} bytes; a safetensors file has at least 8 for the length of its header");
        Span<byte> start = stackalloc byte[8];
        _stream.ReadExactly(start);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > Safetensors.LargestHeader) throw Bad($"names a header of {length} bytes; at most {Safetensors.LargestHeader} are expected, so this is no safetensors file");
        if ((long)length > size - 8) throw Bad($"is truncated: the header needs {8 + length} bytes and the file has {size}");
        var header = new byte[length];
        _stream.ReadExactly(header);
        if (!Utf8.IsValid(header)) throw Bad("the header is not valid UTF-8");
        if (length == 0 || header[0] != '{') throw Bad("the header does not begin with {; a JSON object is expected");
        return header;
    }

    private void Parse(byte[] header)
    {
        using var json = JsonDocument.Parse(header, new JsonDocumentOptions { MaxDepth = 4 });
        var keys = new HashSet<string>();
        foreach (var member in json.RootElement.EnumerateObject())
        {
            var name = member.Name;
            if (!keys.Add(name)) throw Bad($"the header names \"{Shorten(name)}\" twice");
            if (name == Safetensors.MetadataKey)
            {
                ParseMetadata(member.Value);
                continue;
            }
            _entries.Add(name, ParseEntry(name, member.Value));
            _names.Add(name);
        }
    }

    private void ParseMetadata(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Bad($"{Safetensors.MetadataKey} is not an object of texts");
        foreach (var item in value.EnumerateObject())
        {
            if (item.Value.ValueKind != JsonValueKind.String) throw Bad($"{Safetensors.MetadataKey} \"{Shorten(item.Name)}\" is not a text");
            if (!_metadata.TryAdd(item.Name, item.Value.GetString()!)) throw Bad($"{Safetensors.MetadataKey} names \"{Shorten(item.Name)}\" twice");
        }
    }

    private Entry ParseEntry(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Bad($"tensor \"{Shorten(name)}\" is described by something else than an object");
        string? dtype = null;
        long[]? shape = null, offsets = null;
        var keys = new HashSet<string>();
        foreach (var member in value.EnumerateObject())
        {
            if (!keys.Add(member.Name)) throw Bad($"tensor \"{Shorten(name)}\" has {Shorten(member.Name)} twice");
            switch (member.Name)
            {
                case "dtype": dtype = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : throw Bad($"tensor \"{Shorten(name)}\" has a dtype that is not a text"); break;
                case "shape": shape = Integers(name, member); break;
                case "data_offsets": offsets = Integers(name, member); break;
                default: throw Bad($"tensor \"{Shorten(name)}\" has the unknown key \"{Shorten(member.Name)}\"; dtype, shape and data_offsets are expected");
            }
        }
        if (dtype == null || shape == null || offsets == null) throw Bad($"tensor \"{Shorten(name)}\" lacks {(dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets")}");
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
            throw Bad($"tensor \"{Shorten(name)}\" has data_offsets [{string.Join(',', offsets)}]; a begin from 0 and an end not before it are expected");
        var known = Array.Find(Safetensors.Dtypes, d => d.Name == dtype);
        if (!TensorBytes.TrySize(shape, known.Name == null ? 1 : known.Size, out var bytes, out var complaint)) throw Bad($"tensor \"{Shorten(name)}\" {complaint}");
        if (known.Name != null && bytes != offsets[1] - offsets[0])
            throw Bad($"tensor \"{Shorten(name)}\" of type {dtype} and shape [{string.Join(',', shape)}] needs {bytes} bytes and has {offsets[1] - offsets[0]}");
        return new(dtype, known.Name == null ? null : known.Type, shape, offsets[0], offsets[1]);
    }

    private long[] Integers(string name, JsonProperty member)
    {
        if (member.Value.ValueKind != JsonValueKind.Array) throw Bad($"tensor \"{Shorten(name)}\" has a {member.Name} that is not a list");
        var numbers = new long[member.Value.GetArrayLength()];
        var k = 0;
        foreach (var item in member.Value.EnumerateArray())
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out numbers[k++])) throw Bad($"tensor \"{Shorten(name)}\" has {Shorten(item.GetRawText())} in its {member.Name}; a whole number is expected");
        return numbers;
    }

    /// <summary>Every byte after the header belongs to exactly one tensor: nothing can hide in a gap, and no tensor reads another's bytes.</summary>
    private void CheckPositions()
    {
        long end = 0, available = _stream.Length - _dataStart;
        foreach (var (name, entry) in _entries.OrderBy(e => e.Value.Begin).ThenBy(e => e.Value.End))
        {
            if (entry.Begin < end) throw Bad($"tensor \"{Shorten(name)}\" begins at byte {entry.Begin} inside the tensor before it, which ends at {end}");
            if (entry.Begin > end) throw Bad($"there is a hole of {entry.Begin - end} bytes before tensor \"{Shorten(name)}\"");
            end = entry.End;
        }
        if (end > available) throw Bad($"is truncated: the tensors need {(Int128)_dataStart + end} bytes and the file has {_stream.Length}");
        if (end < available) throw Bad($"has {available - end} bytes after the last tensor; the header accounts for {_dataStart + end} of {_stream.Length}");
    }
}
