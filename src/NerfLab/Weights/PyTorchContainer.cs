using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace NerfLab.Weights;

/// <summary>Where a PyTorch file keeps its pickle and its storages. Complaints are <see cref="InvalidDataException"/>s with the rest of a sentence.</summary>
internal abstract class PyTorchContainer : IDisposable
{
    /// <summary>What the pickle says.</summary>
    public abstract object? Value { get; }

    /// <summary>Operations of the pickle.</summary>
    public abstract int Operations { get; }

    /// <summary>The bytes that a storage has, or -1 when it is not there.</summary>
    public abstract long StorageBytes(string key);

    /// <summary>A storage as a stream, from one of its bytes on.</summary>
    public abstract Stream OpenStorage(string key, long start);

    public abstract void Dispose();
}

/// <summary>The format since PyTorch 1.6: a zip archive with <c>data.pkl</c> and one entry <c>data/KEY</c> per storage.</summary>
internal sealed class PyTorchZip : PyTorchContainer
{
    private readonly ZipArchive _archive;
    private readonly string _prefix;
    private readonly long _mostBytes;

    /// <param name="stream">The file; it belongs to this object from now on.</param>
    /// <param name="mostBytes">No entry may declare more bytes than this.</param>
    public PyTorchZip(Stream stream, long mostBytes)
    {
        _mostBytes = mostBytes;
        _archive = new ZipArchive(stream, ZipArchiveMode.Read);
        var pickles = _archive.Entries.Where(e => e.FullName == "data.pkl" || e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal)).Take(2).ToArray();
        if (pickles.Length != 1) throw new InvalidDataException($"is a zip archive with {(pickles.Length == 0 ? "no" : "more than one")} entry data.pkl; a file that torch.save wrote has one");
        _prefix = pickles[0].FullName[..^"data.pkl".Length];
        if (_archive.GetEntry(_prefix + "byteorder") is { } order && Encoding.Latin1.GetString(ReadEntry(order, 16)).Trim() is var name && name != "little")
            throw new InvalidDataException($"has the byte order \"{WeightFile.Shorten(name)}\"; only little is read");
        using var pickle = new MemoryStream(ReadEntry(pickles[0], int.MaxValue / 2));
        (Value, Operations) = Pickle.Read(pickle, new PyTorchVocabulary());
    }

    public override object? Value { get; }

    public override int Operations { get; }

    public override long StorageBytes(string key) => _archive.GetEntry($"{_prefix}data/{key}") is { } entry ? Checked(entry).Length : -1;

    public override Stream OpenStorage(string key, long start)
    {
        var stream = Checked(_archive.GetEntry($"{_prefix}data/{key}")!).Open();
        try
        {
            Skip(stream, start);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public override void Dispose() => _archive.Dispose();

    /// <summary>What an entry promises to unpack to is bounded by what it is packed in, and by the file.</summary>
    private ZipArchiveEntry Checked(ZipArchiveEntry entry)
    {
        const int bestRatio = 1032; // of the deflate format: 258 bytes for two bits
        var most = Int128.Min(_mostBytes, (Int128)entry.CompressedLength * bestRatio + bestRatio);
        if (entry.Length < 0 || entry.Length > most) throw new InvalidDataException($"promises {entry.Length} bytes in \"{WeightFile.Shorten(entry.FullName)}\"; at most {most} are believed from its size");
        return entry;
    }

    private byte[] ReadEntry(ZipArchiveEntry entry, int mostBytes)
    {
        if (Checked(entry).Length > mostBytes) throw new InvalidDataException($"has {entry.Length} bytes in \"{WeightFile.Shorten(entry.FullName)}\"; at most {mostBytes} are expected");
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    // A compressed entry cannot seek.
    private static void Skip(Stream stream, long count)
    {
        if (stream.CanSeek)
        {
            stream.Position += count;
            return;
        }
        var buffer = new byte[long.Min(count, 1 << 16)];
        while (count > 0)
        {
            var piece = (int)long.Min(count, buffer.Length);
            stream.ReadExactly(buffer, 0, piece);
            count -= piece;
        }
    }
}

/// <summary>The format before PyTorch 1.6: a magic number, the version, facts of the machine, the value and the keys of its storages, each a pickle; then the storages.</summary>
internal sealed class PyTorchStream : PyTorchContainer
{
    private const long Version = 1001;

    private readonly Stream _stream;
    private readonly Dictionary<string, (long Start, long Length)> _storages = [];

    /// <summary>How such a file begins: the magic number as a pickle.</summary>
    public static ReadOnlySpan<byte> Magic => [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    /// <param name="stream">The file; it belongs to this object from now on.</param>
    public PyTorchStream(Stream stream)
    {
        _stream = stream;
        stream.Position = Magic.Length;
        var vocabulary = new PyTorchVocabulary();
        if (Pickle.Read(stream, vocabulary).Value is var version && version is not Version) throw new InvalidDataException($"has the version {version ?? "None"}; {Version} is expected");
        if (Pickle.Read(stream, vocabulary).Value is not PickleDictionary machine || machine["little_endian"] is not true) throw new InvalidDataException("does not say that its byte order is little; no other is read");
        (Value, Operations) = Pickle.Read(stream, vocabulary);
        if (Pickle.Read(stream, vocabulary).Value is not List<object?> keys) throw new InvalidDataException("has no list of its storages");
        Span<byte> length = stackalloc byte[8];
        foreach (var key in keys)
        {
            if (key is not string name || !vocabulary.Storages.TryGetValue(name, out var storage)) throw new InvalidDataException("lists a storage that no tensor uses");
            stream.ReadExactly(length);
            var elements = BinaryPrimitives.ReadInt64LittleEndian(length);
            var left = stream.Length - stream.Position;
            if (elements < 0 || elements > left / storage.Type.ElementSize())
                throw new InvalidDataException($"is truncated: storage \"{WeightFile.Shorten(name)}\" promises {elements} elements of {storage.Type.ElementSize()} bytes where {left} bytes are left");
            if (!_storages.TryAdd(name, (stream.Position, elements * storage.Type.ElementSize()))) throw new InvalidDataException($"lists storage \"{WeightFile.Shorten(name)}\" twice");
            stream.Position += elements * storage.Type.ElementSize();
        }
    }

    public override object? Value { get; }

    public override int Operations { get; }

    public override long StorageBytes(string key) => _storages.TryGetValue(key, out var place) ? place.Length : -1;

    public override Stream OpenStorage(string key, long start)
    {
        _stream.Position = _storages[key].Start + start;
        return _stream;
    }

    public override void Dispose() => _stream.Dispose();
}
