using static TorchSharp.torch;

namespace NerfLab.Weights;

/// <summary>The elements of a tensor to and from a stream, little-endian and row by row. In pieces, because a span ends at 2 GB and tensors do not.</summary>
internal static class TensorBytes
{
    private const long Piece = 1 << 22; // elements
    private const int MostDimensions = 64; // libtorch's own limit

    /// <summary>Bytes of a tensor, or a complaint about its shape. Empty tensors must have sensible other sizes too: libtorch multiplies them into strides.</summary>
    public static bool TrySize(ReadOnlySpan<long> shape, int elementSize, out long bytes, out string complaint)
    {
        (bytes, complaint) = (0, "");
        if (shape.Length > MostDimensions) complaint = $"has {shape.Length} dimensions; at most {MostDimensions} are expected";
        Int128 product = 1;
        var empty = false;
        foreach (var size in shape)
        {
            if (size < 0) complaint = $"has the negative size {size}";
            if (complaint != "") return false;
            empty |= size == 0;
            product *= long.Max(size, 1);
            if (product * elementSize > long.MaxValue)
            {
                complaint = $"has the shape [{string.Join(',', shape.ToArray())}], more elements than can be counted";
                return false;
            }
        }
        bytes = empty ? 0 : (long)product * elementSize;
        return complaint == "";
    }

    /// <summary>A new tensor filled from a stream.</summary>
    /// <exception cref="EndOfStreamException">The stream ends before the tensor does.</exception>
    /// <exception cref="InvalidDataException">A truth value is neither 0 nor 1.</exception>
    public static Tensor Read(Stream stream, long[] shape, ScalarType dtype)
    {
        var tensor = empty(shape, dtype, CPU);
        try
        {
            using var flat = tensor.view(-1);
            for (long start = 0, count = flat.NumberOfElements; start < count; start += Piece)
            {
                using var piece = flat.narrow(0, start, long.Min(Piece, count - start));
                stream.ReadExactly(piece.bytes);
                // Any other byte would make a bool that is both true and unequal to true.
                if (dtype == ScalarType.Bool && piece.bytes.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and var at)
                    throw new InvalidDataException($"has the byte {piece.bytes[at]} as a truth value; 0 or 1 is expected");
            }
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Writes a tensor of any layout on any device.</summary>
    public static void Write(Tensor tensor, Stream stream)
    {
        using var detached = tensor.detach();
        using var here = detached.cpu();
        using var whole = here.contiguous();
        using var flat = whole.view(-1);
        for (long start = 0, count = flat.NumberOfElements; start < count; start += Piece)
        {
            using var piece = flat.narrow(0, start, long.Min(Piece, count - start));
            stream.Write(piece.bytes);
        }
    }
}
