using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace NerfLab.Data;

/// <summary>What the head of a <c>.npy</c> file says about the numbers that follow.</summary>
/// <param name="Type">NumPy's name of their type, such as <c>&lt;f8</c>.</param>
/// <param name="IsFortran">Whether the first dimension runs fastest.</param>
/// <param name="Shape">Lengths of the dimensions.</param>
internal sealed partial record NpyHeader(string Type, bool IsFortran, int[] Shape)
{
    private static readonly string[] s_types = ["|b1", "|u1", "|i1", "<i4", "<i8", "<f4", "<f8"];

    /// <summary>Bytes of one number.</summary>
    public int ItemBytes => Type[2] - '0';

    /// <summary>One number or truth value.</summary>
    public double Value(ReadOnlySpan<byte> bytes) => Type switch
    {
        "|i1" => (sbyte)bytes[0],
        "<i4" => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "<i8" => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        "<f4" => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        "<f8" => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        _ => bytes[0],
    };

    /// <summary>Reads the head of a stream, which then stands at the first number; any type that <see cref="Value"/> can read.</summary>
    public static NpyHeader Read(string path, Stream stream)
    {
        BadInputException Bad(string what) => new($"{path}: {what}");
        var start = new byte[12];
        if (stream.ReadAtLeast(start.AsSpan(0, 10), 10, throwOnEndOfStream: false) < 10 || !start.AsSpan(0, 6).SequenceEqual(NpyFile.Magic)) throw Bad("not a .npy file; it does not start with NumPy's signature");
        if (start[6] is < 1 or > 3) throw Bad($"format version {start[6]}; 1, 2 or 3 is expected");
        if (start[6] > 1) stream.ReadAtLeast(start.AsSpan(10, 2), 2, throwOnEndOfStream: false);
        var length = start[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8)) : BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8));
        if (length > 1 << 16) throw Bad($"the header announces {length} bytes; at most 65536 are expected");
        var header = new byte[length];
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length) throw Bad("the file ends within the header");
        var parsed = Parse(Encoding.Latin1.GetString(header), Bad);
        return s_types.Contains(parsed.Type) ? parsed : throw Bad($"descr is '{Printable(parsed.Type)}'; one of {string.Join(", ", s_types)} is expected");
    }

    /// <summary>Takes the text of a header apart.</summary>
    /// <param name="header">The text.</param>
    /// <param name="bad">Makes a complaint with the place in front.</param>
    public static NpyHeader Parse(string header, Func<string, BadInputException> bad)
    {
        string Key(Regex pattern, string key, string expected) => pattern.Match(header) is { Success: true } match ? match.Groups[1].Value : throw bad($"the header has no {key}; {expected} is expected");

        var type = Key(TypePattern(), "descr", "'<f8' or '<f4'");
        var fortran = Key(OrderPattern(), "fortran_order", "True or False") == "True";
        var lengths = Key(ShapePattern(), "shape", "a list of lengths").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lengths.Length > 8) throw bad($"shape has {lengths.Length} dimensions; at most 8 are expected");
        var shape = new int[lengths.Length];
        for (var i = 0; i < shape.Length; i++)
            if (!int.TryParse(lengths[i], NumberStyles.None, CultureInfo.InvariantCulture, out shape[i])) throw bad($"shape has the length {Printable(lengths[i])}; a whole number is expected");
        return new NpyHeader(type, fortran, shape);
    }

    /// <summary>How many numbers a shape has; what is beyond any file is not counted exactly.</summary>
    public static long Count(int[] shape)
    {
        long count = 1;
        foreach (var length in shape) count = length == 0 ? 0 : count <= int.MaxValue ? count * length : count;
        return count;
    }

    /// <summary>Text of a file that may hold anything, for complaints.</summary>
    public static string Printable(string text) => string.Concat(text.Take(20).Select(c => char.IsAsciiLetterOrDigit(c) || "<>|=.-+_ ".Contains(c) ? c : '?'));

    [GeneratedRegex(@"'descr'\s*:\s*'([^']*)'")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"'fortran_order'\s*:\s*(True|False)")]
    private static partial Regex OrderPattern();

    [GeneratedRegex(@"'shape'\s*:\s*\(([^()]*)\)")]
    private static partial Regex ShapePattern();
}
