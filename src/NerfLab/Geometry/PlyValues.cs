using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using static System.FormattableString;

namespace NerfLab.Geometry;

/// <summary>The body of a file as values, one after the other.</summary>
internal interface IPlyValues
{
    /// <summary>Refuses an element for which the rest of the file is too short.</summary>
    void Expect(PlyElement element);

    /// <summary>Goes on to the next vertex or face.</summary>
    void Begin();

    /// <summary>The length of a list, for which the file is long enough.</summary>
    int Length(PlyType type, PlyType items);

    double Number(PlyType type, string what);

    void Skip(PlyType type, int count);
}

/// <summary>Values as words, a vertex or face on each line.</summary>
internal sealed class PlyText(TextFile file) : IPlyValues
{
    public void Expect(PlyElement element)
    {
        // A value is a digit and a blank at least.
        if (2L * element.Count * element.Properties.Count > file.Left + 1L) throw new BadInputException(Invariant($"{file.Path}: {element.Count} {element.Name} elements are announced, but only {file.Left} bytes follow"));
    }

    public void Begin()
    {
        if (!file.NextLine()) throw file.Bad("the file ends before the last of the elements that its header announces");
    }

    public int Length(PlyType type, PlyType items)
    {
        var length = file.Whole("the length of a list");
        return length >= 0 ? length : throw file.Bad($"the length of a list is {length}; 0 or more is expected");
    }

    public double Number(PlyType type, string what) => type.IsReal ? file.Number(what) : file.Whole(what);

    public void Skip(PlyType type, int count)
    {
        for (var i = 0; i < count; i++)
            if (file.Word().IsEmpty) throw file.Bad("the line ends before the last of its values");
    }
}

/// <summary>Values as bytes, without anything between them.</summary>
internal sealed class PlyBinary : IPlyValues
{
    private readonly BinaryFile _file;
    private readonly bool _bigEndian;

    /// <summary>Over the bytes that follow the header.</summary>
    public PlyBinary(string path, byte[] bytes, int start, bool bigEndian)
    {
        (_file, _bigEndian) = (new BinaryFile(path, bytes), bigEndian);
        _file.Bytes(int.Min(start, bytes.Length), "the header");
    }

    public void Expect(PlyElement element)
    {
        var each = element.Properties.Sum(p => (p.Count ?? p.Type).Bytes);
        if ((long)each * element.Count > _file.Left) throw _file.Bad(Invariant($"{element.Count} {element.Name} elements of at least {each} bytes are announced, but only {_file.Left} bytes follow"));
    }

    public void Begin() { }

    public int Length(PlyType type, PlyType items)
    {
        var length = Number(type, "the length of a list");
        return length >= 0 && length * items.Bytes <= _file.Left ? (int)length : throw _file.Bad(Invariant($"a list of {length} values is announced, but only {_file.Left} bytes follow"));
    }

    public double Number(PlyType type, string what)
    {
        var bytes = _file.Bytes(type.Bytes, what);
        switch (type.Name)
        {
            case "char": return (sbyte)bytes[0];
            case "uchar": return bytes[0];
            case "short": return _bigEndian ? BinaryPrimitives.ReadInt16BigEndian(bytes) : BinaryPrimitives.ReadInt16LittleEndian(bytes);
            case "ushort": return _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            case "int": return _bigEndian ? BinaryPrimitives.ReadInt32BigEndian(bytes) : BinaryPrimitives.ReadInt32LittleEndian(bytes);
            case "uint": return _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            case "float": return Finite(_bigEndian ? BinaryPrimitives.ReadSingleBigEndian(bytes) : BinaryPrimitives.ReadSingleLittleEndian(bytes), what);
            default: return Finite(_bigEndian ? BinaryPrimitives.ReadDoubleBigEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes), what);
        }
    }

    public void Skip(PlyType type, int count) => _file.Bytes(type.Bytes * count, "a list"); // its length has been checked

    private double Finite(double value, string what) => double.Abs(value) <= float.MaxValue ? value : throw _file.Bad(Invariant($"{what} is {value}; a finite number is expected"));
}

/// <summary>Writes vertices and faces, one after the other.</summary>
internal sealed class PlyRow(Stream stream, PlyFormat format)
{
    private readonly StringBuilder _line = new();
    private readonly byte[] _number = new byte[4];

    public void Real(params ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (format == PlyFormat.Ascii) _line.Append(CultureInfo.InvariantCulture, $"{value} ");
            else Number(BitConverter.SingleToInt32Bits(value));
        }
    }

    public void Real(Vector3 v) => Real(v.X, v.Y, v.Z);

    public void Bytes(Vector3 v)
    {
        Byte((byte)v.X);
        Byte((byte)v.Y);
        Byte((byte)v.Z);
    }

    public void Byte(byte value)
    {
        if (format == PlyFormat.Ascii) Word(value);
        else stream.WriteByte(value);
    }

    public void Whole(int value)
    {
        if (format == PlyFormat.Ascii) Word(value);
        else Number(value);
    }

    /// <summary>Ends the line, where there are lines.</summary>
    public void End()
    {
        if (format != PlyFormat.Ascii) return;
        _line[^1] = '\n';
        foreach (var chunk in _line.GetChunks()) foreach (var c in chunk.Span) stream.WriteByte((byte)c);
        _line.Clear();
    }

    private void Word(int value) => _line.Append(CultureInfo.InvariantCulture, $"{value} ");

    private void Number(int bits)
    {
        if (format == PlyFormat.BigEndian) BinaryPrimitives.WriteInt32BigEndian(_number, bits);
        else BinaryPrimitives.WriteInt32LittleEndian(_number, bits);
        stream.Write(_number);
    }
}
