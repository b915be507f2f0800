using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace NerfLab.Plotting;

/// <summary>PNG with a palette: drawings have few colours, and are a third of the size of a picture with three channels.</summary>
/// <remarks>ISO/IEC 15948 (PNG), colour type 3; rows are not filtered, as numbers of a palette are no brightness.</remarks>
internal static class PalettePng
{
    static readonly uint[] s_crc = [.. Enumerable.Range(0, 256).Select(n => Enumerable.Range(0, 8).Aggregate((uint)n, (c, _) => (c & 1) != 0 ? 0xedb88320 ^ (c >> 1) : c >> 1))];

    /// <summary>The file; null for a picture of more than 256 colours.</summary>
    /// <param name="picture">RGB, 8 bits.</param>
    public static byte[]? Encode(Bitmap picture)
    {
        var colors = new Dictionary<int, byte>();
        var palette = new List<byte>();
        var rows = new byte[(picture.Width + 1) * picture.Height];
        for (int y = 0, i = 0, at = 0; y < picture.Height; y++)
        {
            at++; // the number of the row's filter: none
            for (int x = 0; x < picture.Width; x++, i += 3)
            {
                var s = picture.Samples;
                int color = s[i] << 16 | s[i + 1] << 8 | s[i + 2];
                if (!colors.TryGetValue(color, out byte index))
                {
                    if (colors.Count == 256) return null;
                    colors[color] = index = (byte)colors.Count;
                    palette.AddRange(s.AsSpan(i, 3));
                }
                rows[at++] = index;
            }
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, picture.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), picture.Height);
        (header[8], header[9]) = (8, 3);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) zlib.Write(rows);
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Chunk(file, "IHDR", header);
        Chunk(file, "PLTE", [.. palette]);
        Chunk(file, "IDAT", packed.ToArray());
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    static void Chunk(Stream file, string name, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] body = [.. Encoding.ASCII.GetBytes(name), .. content];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~body.Aggregate(uint.MaxValue, (crc, b) => s_crc[(crc ^ b) & 255] ^ (crc >> 8)));
        file.Write(number);
    }
}
