using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace NerfLab.Tests;

/// <summary>
/// A PNG encoder written from the specification (W3C PNG, 2nd edition), independent of the library under test. It writes
/// every colour type and depth, palettes, transparency, all five row filters and Adam7.
/// </summary>
internal static class PngWriter
{
    public const int Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, Rgba = 6;

    public static int Channels(int colorType) => colorType switch { Grey or Palette => 1, GreyAlpha => 2, Rgb => 3, _ => 4 };

    /// <param name="samples">[height, width, channels of the file], each below 2^bits.</param>
    public static byte[] Write(int width, int height, int colorType, int bits, int[] samples, bool adam7 = false, byte[]? palette = null, byte[]? transparency = null)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)bits, (byte)colorType, (byte)(adam7 ? 1 : 0));

        var raw = new MemoryStream();
        if (!adam7) WritePass(raw, width, height, colorType, bits, samples, 0, 0, 1, 1);
        else
            foreach (var (x, y, dx, dy) in new[] { (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2) })
                WritePass(raw, width, height, colorType, bits, samples, x, y, dx, dy);
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(raw.ToArray());

        var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        file.Write(Chunk("IHDR", header));
        if (palette != null) file.Write(Chunk("PLTE", palette));
        if (transparency != null) file.Write(Chunk("tRNS", transparency));
        file.Write(Chunk("IDAT", packed.ToArray()));
        file.Write(Chunk("IEND", []));
        return file.ToArray();
    }

    public static byte[] Chunk(string type, byte[] content)
    {
        var chunk = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        Encoding.ASCII.GetBytes(type).CopyTo(chunk, 4);
        content.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), Crc(chunk.AsSpan(4, 4 + content.Length)));
        return chunk;
    }

    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0u;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var k = 0; k < 8; k++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
        }
        return ~crc;
    }

    private static void WritePass(Stream raw, int width, int height, int colorType, int bits, int[] samples, int x0, int y0, int dx, int dy)
    {
        var channels = Channels(colorType);
        var columns = (width - x0 + dx - 1) / dx;
        if (columns <= 0) return;
        var bytes = (columns * channels * bits + 7) / 8;
        var step = int.Max(1, channels * bits / 8);
        byte[] above = new byte[bytes], row = new byte[bytes];
        for (var y = y0; y < height; y += dy)
        {
            Array.Clear(row);
            for (int x = x0, bit = 0; x < width; x += dx)
                for (var c = 0; c < channels; c++, bit += bits)
                {
                    var value = samples[(y * width + x) * channels + c];
                    if (bits == 16) BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(bit / 8), (ushort)value);
                    else row[bit / 8] |= (byte)(value << (8 - bits - bit % 8));
                }
            var filter = y % 5;
            raw.WriteByte((byte)filter);
            for (var i = 0; i < bytes; i++)
            {
                int a = i >= step ? row[i - step] : 0, b = above[i], c = i >= step ? above[i - step] : 0;
                raw.WriteByte((byte)(row[i] - filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => Paeth(a, b, c) }));
            }
            (above, row) = (row, above);
        }
    }

    private static int Paeth(int a, int b, int c)
    {
        int p = a + b - c, pa = int.Abs(p - a), pb = int.Abs(p - b), pc = int.Abs(p - c);
        return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
}
