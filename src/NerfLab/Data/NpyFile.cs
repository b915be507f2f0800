using System.Buffers.Binary;
using System.Text;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>An array of NumPy's <c>.npy</c> format, versions 1 to 3: little-endian float32 or float64 in up to 8 dimensions.</summary>
/// <param name="Shape">Lengths of the dimensions; empty for a single number.</param>
/// <param name="Values">All values, the last dimension running fastest. They may be NaN or infinite.</param>
public sealed record NpyFile(IReadOnlyList<int> Shape, double[] Values)
{
    internal static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">It is no such array, or its length does not fit its shape.</exception>
    public static NpyFile Read(string path) => Read(BinaryFile.Load(path, "an array in NumPy's format"));

    internal static NpyFile Read(BinaryFile file)
    {
        if (file.Left < 10 || !file.Bytes(6, "the signature").SequenceEqual(Magic)) throw new BadInputException($"{file.Path}: not a .npy file; it does not start with NumPy's signature");
        int major = file.Bytes(2, "the version")[0];
        if (major is < 1 or > 3) throw file.Bad($"format version {major}; 1, 2 or 3 is expected");
        var length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(file.Bytes(2, "the header's length")) : file.UInt32("the header's length");
        if (length > 1 << 16) throw file.Bad($"the header announces {length} bytes; at most 65536 are expected");
        var header = Encoding.Latin1.GetString(file.Bytes((int)length, "the header"));

        var (type, fortran, shape) = NpyHeader.Parse(header, file.Bad);
        var size = type switch { "<f8" => 8, "<f4" => 4, _ => throw file.Bad($"descr is '{NpyHeader.Printable(type)}'; '<f8' or '<f4' (little-endian float64 or float32) is expected") };
        var count = NpyHeader.Count(shape);
        if ((Int128)count * size != file.Left) throw file.Bad(Invariant($"shape ({string.Join(", ", shape)}) needs {(Int128)count * size} bytes of data, but {file.Left} follow"));

        var data = file.Bytes(file.Left, "the data");
        var values = new double[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = size == 8 ? BinaryPrimitives.ReadDoubleLittleEndian(data[(8 * i)..]) : BinaryPrimitives.ReadSingleLittleEndian(data[(4 * i)..]);
        return new NpyFile(shape, fortran ? FromFortran(shape, values) : values);
    }

    /// <summary>Writes a file of version 1.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="single">As float32 and not as float64.</param>
    /// <exception cref="BadInputException">It cannot be written.</exception>
    public void Write(string path, bool single = false)
    {
        var text = $"{{'descr': '<f{(single ? 4 : 8)}', 'fortran_order': False, 'shape': ({string.Concat(Shape.Select(n => Invariant($"{n}, "))).TrimEnd()}), }}";
        var header = text.PadRight((10 + text.Length + 1 + 63) / 64 * 64 - 11) + '\n'; // the data starts at a multiple of 64
        AtomicFile.Write(path, stream =>
        {
            Span<byte> number = stackalloc byte[8];
            stream.Write(Magic);
            stream.Write([1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
            stream.Write(Encoding.Latin1.GetBytes(header));
            foreach (var value in Values)
            {
                if (single) BinaryPrimitives.WriteSingleLittleEndian(number, (float)value);
                else BinaryPrimitives.WriteDoubleLittleEndian(number, value);
                stream.Write(number[..(single ? 4 : 8)]);
            }
        });
    }

    // The first dimension runs fastest in the file.
    private static double[] FromFortran(int[] shape, double[] values)
    {
        var result = new double[values.Length];
        var index = new int[shape.Length];
        foreach (var value in values)
        {
            var to = 0;
            for (var d = 0; d < shape.Length; d++) to = to * shape[d] + index[d];
            result[to] = value;
            for (var d = 0; d < shape.Length && ++index[d] == shape[d]; d++) index[d] = 0;
        }
        return result;
    }
}
