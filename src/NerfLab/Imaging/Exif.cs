using System.Buffers.Binary;

namespace NerfLab.Imaging;

/// <summary>The one thing of EXIF that pixels depend on: how the camera was held.</summary>
internal static class Exif
{
    private const ushort OrientationTag = 0x0112, Short = 3;

    /// <summary>
    /// The orientation in the content of a JPEG APP1 segment, 1 to 8; 1 (upright) when there is none or it makes no sense:
    /// metadata is advice, and bad advice must not cost the picture.
    /// </summary>
    /// <remarks>CIPA DC-008 (Exif 2.32), 4.5 and 4.6.4: "Exif\0\0", a TIFF header, then the entries of the zeroth IFD, 12 bytes each.</remarks>
    public static int Orientation(ReadOnlySpan<byte> segment)
    {
        if (!segment.StartsWith("Exif\0\0"u8)) return 1;
        var tiff = segment[6..];
        if (tiff.Length < 8) return 1;
        var little = tiff.StartsWith("II"u8);
        if (!little && !tiff.StartsWith("MM"u8)) return 1;
        if (U16(tiff[2..], little) != 42) return 1;
        var directory = U32(tiff[4..], little);
        if (directory > tiff.Length - 2) return 1;
        var entries = tiff[(int)directory..];
        int count = U16(entries, little);
        entries = entries[2..];
        for (; count > 0 && entries.Length >= 12; count--, entries = entries[12..])
        {
            if (U16(entries, little) != OrientationTag) continue;
            var value = U16(entries[8..], little);
            return U16(entries[2..], little) == Short && U32(entries[4..], little) == 1 && value is >= 1 and <= 8 ? value : 1;
        }
        return 1;
    }

    /// <summary>The picture turned and mirrored so that it stands upright.</summary>
    public static Bitmap Upright(Bitmap bitmap, int orientation)
    {
        if (orientation == 1) return bitmap;
        var turned = orientation >= 5;
        var result = new Bitmap(turned ? bitmap.Height : bitmap.Width, turned ? bitmap.Width : bitmap.Height, bitmap.Channels, bitmap.Bits);
        int pixel = bitmap.PixelBytes, row = bitmap.Width * pixel;
        // Where the stored pixels run from the end: left-right for 2, 3, 7, 8, top-bottom for 3, 4, 6, 7.
        bool mirrorX = orientation is 2 or 3 or 7 or 8, mirrorY = orientation is 3 or 4 or 6 or 7;
        var first = (mirrorX ? row - pixel : 0) + (mirrorY ? (bitmap.Height - 1) * row : 0);
        int alongX = mirrorX ? -pixel : pixel, alongY = mirrorY ? -row : row;
        var (stepX, stepY) = turned ? (alongY, alongX) : (alongX, alongY);
        var to = 0;
        for (var y = 0; y < result.Height; y++)
            for (int x = 0, from = first + y * stepY; x < result.Width; x++, from += stepX)
                for (var b = 0; b < pixel; b++) result.Samples[to++] = bitmap.Samples[from + b];
        return result;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, bool little) => little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes, bool little) => little ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
