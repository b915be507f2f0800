using System.Buffers.Binary;

namespace NerfLab.Imaging;

/// <summary>What the first bytes of a picture file say. Everything is checked here before a pixel is allocated.</summary>
/// <param name="Format">The kind of file, from its signature.</param>
/// <param name="Width">Columns as stored.</param>
/// <param name="Height">Rows as stored.</param>
/// <param name="Channels">Channels as stored: 1 to 4; a palette counts as 3, and where a tRNS chunk makes colours transparent, all count as 4.</param>
/// <param name="Orientation">EXIF orientation, 1 to 8; 1 is upright.</param>
internal readonly record struct ImageHeader(ImageFormat Format, int Width, int Height, int Channels, int Orientation)
{
    /// <summary>Columns and rows once the picture is turned upright.</summary>
    public (int Width, int Height) UprightSize => Orientation >= 5 ? (Height, Width) : (Width, Height);

    /// <summary>Reads a header from the start of a seekable stream.</summary>
    /// <exception cref="InvalidDataException">Not a PNG or JPEG, damaged, too large or of a colour that is not supported; the message is the reason.</exception>
    public static ImageHeader Read(Stream stream)
    {
        if (stream.Length == 0) throw new InvalidDataException("the file is empty; expected a PNG or JPEG picture");
        if (stream.Length > ImageFile.MaxBytes) throw new InvalidDataException($"the file has {stream.Length} bytes; expected at most {ImageFile.MaxBytes}");
        Span<byte> start = stackalloc byte[8];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        if (start.SequenceEqual<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])) return ReadPng(stream);
        if (start.StartsWith<byte>([0xFF, 0xD8, 0xFF])) return ReadJpeg(stream);
        throw new InvalidDataException($"the content is neither PNG nor JPEG (it begins with the bytes {Convert.ToHexString(start)}); convert it to one of them");
    }

    private static ImageHeader ReadPng(Stream stream)
    {
        Span<byte> chunk = stackalloc byte[25]; // length, "IHDR", 13 bytes, checksum
        Fill(stream, chunk, "PNG");
        if (!chunk[..8].SequenceEqual<byte>([0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R'])) throw new InvalidDataException("the PNG is damaged (it does not begin with its IHDR chunk); fetch it again");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(chunk[8..]), height = BinaryPrimitives.ReadUInt32BigEndian(chunk[12..]);
        var bits = chunk[16];
        var stored = chunk[17] switch { 0 or 3 => 1, 2 => 3, 4 => 2, 6 => 4, _ => throw new InvalidDataException($"the PNG is damaged (colour type {chunk[17]}); fetch it again") };
        var header = Checked(ImageFormat.Png, width, height, chunk[17] == 3 ? 3 : stored, 1);
        // Deflate packs at most 1032 bytes into one, so a short file cannot hold a large picture, whatever it claims.
        if ((double)width * height * stored * bits / 8 > 1032.0 * stream.Length)
            throw new InvalidDataException($"the PNG claims {width}x{height} pixels, more than its {stream.Length} bytes can hold; fetch it again");
        return header.Channels is 1 or 3 && HasTransparency(stream) ? header with { Channels = 4 } : header;
    }

    /// <summary>Whether a tRNS chunk stands before the pixels. Damage is left for the decoder to find.</summary>
    private static bool HasTransparency(Stream stream)
    {
        Span<byte> chunk = stackalloc byte[8]; // length and name
        while (stream.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false) == chunk.Length && !chunk[4..].SequenceEqual("IDAT"u8))
        {
            if (chunk[4..].SequenceEqual("tRNS"u8)) return true;
            var next = stream.Position + BinaryPrimitives.ReadUInt32BigEndian(chunk) + 4; // content and checksum
            if (next > stream.Length) return false;
            stream.Position = next;
        }
        return false;
    }

    private static ImageHeader ReadJpeg(Stream stream)
    {
        var orientation = 1;
        Span<byte> frame = stackalloc byte[6];
        stream.Position = 2;
        while (true)
        {
            int marker;
            if (stream.ReadByte() != 0xFF) throw Damaged("a marker is missing");
            do marker = stream.ReadByte(); while (marker == 0xFF); // fill bytes
            if (marker is 0x01 or (>= 0xD0 and <= 0xD7)) continue; // markers without content
            if (marker is -1 or 0x00 or 0xD8 or 0xD9 or 0xDA) throw Damaged("the frame header is missing");
            Fill(stream, frame[..2], "JPEG");
            int length = BinaryPrimitives.ReadUInt16BigEndian(frame) - 2;
            var end = stream.Position + length;
            if (length < 0 || end > stream.Length) throw Damaged("it ends inside a segment");
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                Fill(stream, frame, "JPEG"); // precision, height, width, components
                int height = BinaryPrimitives.ReadUInt16BigEndian(frame[1..]), width = BinaryPrimitives.ReadUInt16BigEndian(frame[3..]);
                if (frame[5] == 4) throw new InvalidDataException("the JPEG holds CMYK colours; save it as RGB or grey");
                if (frame[5] is not (1 or 3)) throw new InvalidDataException($"the JPEG holds {frame[5]} components; expected 1 (grey) or 3 (colour)");
                return Checked(ImageFormat.Jpeg, (uint)width, (uint)height, frame[5], orientation);
            }
            if (marker == 0xE1 && orientation == 1)
            {
                var segment = new byte[length];
                Fill(stream, segment, "JPEG");
                orientation = Exif.Orientation(segment);
            }
            stream.Position = end;
        }
    }

    private static ImageHeader Checked(ImageFormat format, uint width, uint height, int channels, int orientation)
    {
        if (width == 0 || height == 0 || (ulong)width * height > ImageFile.MaxPixels)
            throw new InvalidDataException($"the {format.ToString().ToUpperInvariant()} claims {width}x{height} pixels; expected at least 1x1 and at most {ImageFile.MaxPixels} pixels");
        return new ImageHeader(format, (int)width, (int)height, channels, orientation);
    }

    private static void Fill(Stream stream, Span<byte> buffer, string format)
    {
        if (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length) throw new InvalidDataException($"the {format} is truncated (it ends inside its header); fetch it again");
    }

    private static InvalidDataException Damaged(string why) => new($"the JPEG is damaged or truncated ({why}); fetch it again");
}
