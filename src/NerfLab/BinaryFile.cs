using System.Buffers.Binary;
using System.Text;
using static System.FormattableString;

namespace NerfLab;

/// <summary>A little-endian binary file, read from front to back. Nothing is allocated for a count before the file has been seen to be long enough for it.</summary>
internal sealed class BinaryFile
{
    private readonly byte[] _bytes;
    private int _position;

    /// <summary>Wraps bytes without copying them.</summary>
    /// <param name="path">For complaints.</param>
    /// <param name="bytes">The whole file.</param>
    public BinaryFile(string path, byte[] bytes) => (Path, _bytes) = (path, bytes);

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be, for complaints.</param>
    /// <exception cref="BadInputException">The file is missing or larger than 2 GiB.</exception>
    public static BinaryFile Load(string path, string expected)
    {
        try
        {
            if (!File.Exists(path)) throw new BadInputException($"{path}: the file is missing; {expected} is expected");
            if (new FileInfo(path).Length > Array.MaxLength) throw new BadInputException($"{path}: larger than 2 GiB; {expected} is expected");
            return new BinaryFile(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>The file, as it was named.</summary>
    public string Path { get; }

    /// <summary>Bytes that have not been read yet.</summary>
    public int Left => _bytes.Length - _position;

    /// <summary>The complaint that <paramref name="isWrong"/>, with the file and the position in front.</summary>
    public BadInputException Bad(string isWrong) => new(Invariant($"{Path} at byte {_position}: {isWrong}"));

    /// <summary>The next bytes.</summary>
    /// <param name="count">How many.</param>
    /// <param name="what">What they are, for the complaint that the file ends before.</param>
    public ReadOnlySpan<byte> Bytes(int count, string what)
    {
        if (count > Left) throw Bad(Invariant($"{what} needs {count} bytes, but the file ends after {Left}"));
        _position += count;
        return _bytes.AsSpan(_position - count, count);
    }

    /// <summary>A signed 32-bit number.</summary>
    public int Int32(string what) => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4, what));

    /// <summary>An unsigned 32-bit number.</summary>
    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4, what));

    /// <summary>An unsigned 64-bit number.</summary>
    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8, what));

    /// <summary>A 64-bit float within the range of single precision.</summary>
    public double Double(string what)
    {
        var value = BinaryPrimitives.ReadDoubleLittleEndian(Bytes(8, what));
        return double.Abs(value) <= float.MaxValue ? value : throw Bad(Invariant($"{what} is {value}; a finite number of ordinary size is expected"));
    }

    /// <summary>A count of things that follow.</summary>
    /// <param name="what">The things, in the plural.</param>
    /// <param name="bytesEach">The fewest bytes that one of them takes, at least 1.</param>
    public int Count(string what, int bytesEach)
    {
        var count = UInt64($"the number of {what}");
        return count <= (ulong)(Left / bytesEach) ? (int)count : throw Bad(Invariant($"{count} {what} of at least {bytesEach} bytes are announced, but only {Left} bytes follow"));
    }

    /// <summary>UTF-8 text up to a zero byte, which is passed over.</summary>
    public string Text(string what)
    {
        var rest = _bytes.AsSpan(_position);
        var length = rest.IndexOf((byte)0);
        if (length is < 0 or > 4096) throw Bad($"{what} has no end; a text that ends with a zero byte is expected");
        _position += length + 1;
        return Encoding.UTF8.GetString(rest[..length]);
    }
}
