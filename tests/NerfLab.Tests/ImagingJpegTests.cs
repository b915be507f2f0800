using System.Buffers.Binary;
using NerfLab.Imaging;

namespace NerfLab.Tests;

public class ImagingJpegTests
{
    private const int Width = 40, Height = 24;

    /// <summary>A smooth picture without symmetry, as photographs are.</summary>
    private static Bitmap Smooth(int channels, int width = Width, int height = Height)
    {
        var bitmap = new Bitmap(width, height, channels);
        for (var i = 0; i < bitmap.Samples.Length; i++)
        {
            int c = i % channels, x = i / channels % width, y = i / channels / width;
            bitmap.Samples[i] = (byte)(127.5 + 60 * System.Math.Sin(0.11 * x + 0.05 * y + c) + 60 * System.Math.Cos(0.13 * y - 0.02 * x * c));
        }
        return bitmap;
    }

    private static double Psnr(Bitmap a, Bitmap b) =>
        -10 * System.Math.Log10(a.Samples.Zip(b.Samples, (p, q) => (p - q) * (double)(p - q)).Average() / (255.0 * 255.0));

    [Theory]
    [InlineData(1), InlineData(3)]
    public void Quality_trades_size_for_fidelity(int channels)
    {
        var bitmap = Smooth(channels, 200, 120);
        byte[] fine = ImageFile.Encode(bitmap, ImageFormat.Jpeg, 95), coarse = ImageFile.Encode(bitmap, ImageFormat.Jpeg, 20);
        Bitmap fineRead = ImageFile.Decode(fine, "fine"), coarseRead = ImageFile.Decode(coarse, "coarse");
        Assert.Equal((200, 120, channels, 8), (fineRead.Width, fineRead.Height, fineRead.Channels, fineRead.Bits));
        Assert.InRange(Psnr(bitmap, fineRead), 42, 80);
        Assert.InRange(Psnr(bitmap, coarseRead), 25, Psnr(bitmap, fineRead) - 5);
        Assert.True(coarse.Length < 0.6 * fine.Length);
    }

    [Fact]
    public void Channels_keep_their_order()
    {
        var bitmap = new Bitmap(16, 16, 3);
        for (var i = 0; i < bitmap.Samples.Length; i += 3) (bitmap.Samples[i], bitmap.Samples[i + 1], bitmap.Samples[i + 2]) = (220, 90, 30);
        var read = ImageFile.Decode(ImageFile.Encode(bitmap, ImageFormat.Jpeg, 100), "test");
        for (var i = 0; i < read.Samples.Length; i++) Assert.InRange(read.Samples[i] - bitmap.Samples[i], -2, 2);
    }

    [Fact]
    public void Sixteen_bits_are_rounded_to_eight()
    {
        var bitmap = new Bitmap(16, 16, 1, 16);
        bitmap.Samples16.Fill(200 * 257 + 100);
        Assert.All(ImageFile.Decode(ImageFile.Encode(bitmap, ImageFormat.Jpeg, 100), "test").Samples, s => Assert.InRange(s, 199, 201));
    }

    /// <summary>A JPEG with an EXIF segment of one entry, or whatever else the arguments make of it.</summary>
    private static byte[] WithExif(byte[] jpeg, int value, bool little, int type = 3, uint directory = 8, int tag = 0x0112, int cut = 0)
    {
        var segment = new byte[6 + 26];
        "Exif\0\0"u8.CopyTo(segment);
        var tiff = segment.AsSpan(6);
        (little ? "II"u8 : "MM"u8).CopyTo(tiff);
        void U16(int at, int v) { if (little) BinaryPrimitives.WriteUInt16LittleEndian(segment.AsSpan(6 + at), (ushort)v); else BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(6 + at), (ushort)v); }
        void U32(int at, uint v) { if (little) BinaryPrimitives.WriteUInt32LittleEndian(segment.AsSpan(6 + at), v); else BinaryPrimitives.WriteUInt32BigEndian(segment.AsSpan(6 + at), v); }
        U16(2, 42);
        U32(4, directory);
        U16(8, 1);
        U16(10, tag);
        U16(12, type);
        U32(14, 1);
        U16(18, value);
        segment = segment[..^cut];
        return [0xFF, 0xD8, 0xFF, 0xE1, (byte)((segment.Length + 2) >> 8), (byte)(segment.Length + 2), .. segment, .. jpeg[2..]];
    }

    // What the standard says: at which side of the upright picture the stored row 0 and the stored column 0 are.
    [Theory]
    [InlineData(1, "top", "left")]
    [InlineData(2, "top", "right")]
    [InlineData(3, "bottom", "right")]
    [InlineData(4, "bottom", "left")]
    [InlineData(5, "left", "top")]
    [InlineData(6, "right", "top")]
    [InlineData(7, "right", "bottom")]
    [InlineData(8, "left", "bottom")]
    public void Orientation_turns_the_picture_upright(int orientation, string row0, string column0)
    {
        using var folder = new TemporaryFolder();
        foreach (var channels in new[] { 1, 3 })
            foreach (var little in new[] { true, false })
            {
                var jpeg = ImageFile.Encode(Smooth(channels), ImageFormat.Jpeg);
                var stored = ImageFile.Decode(jpeg, "stored");
                var file = folder[$"{channels}{little}.jpg"];
                File.WriteAllBytes(file, WithExif(jpeg, orientation, little));
                var upright = ImageFile.ReadBitmap(file);
                var (width, height) = orientation >= 5 ? (Height, Width) : (Width, Height);
                Assert.Equal((width, height), (upright.Width, upright.Height));
                Assert.Equal((width, height), ImageFile.ReadSize(file));
                for (var row = 0; row < Height; row++)
                    for (var column = 0; column < Width; column++)
                    {
                        int x = -1, y = -1;
                        foreach (var (side, at) in new[] { (row0, row), (column0, column) })
                            if (side == "top") y = at;
                            else if (side == "left") x = at;
                            else if (side == "bottom") y = height - 1 - at;
                            else x = width - 1 - at;
                        for (var c = 0; c < channels; c++)
                            Assert.Equal(stored.Samples[(row * Width + column) * channels + c], upright.Samples[(y * width + x) * channels + c]);
                    }
            }
    }

    [Fact]
    public void Metadata_without_sense_leaves_the_picture_as_stored()
    {
        var jpeg = ImageFile.Encode(Smooth(3), ImageFormat.Jpeg);
        var stored = ImageFile.Decode(jpeg, "stored").Samples;
        byte[][] odd = [
            WithExif(jpeg, 0, true), WithExif(jpeg, 9, false), WithExif(jpeg, 6, true, type: 4), WithExif(jpeg, 6, true, tag: 0x0113),
            WithExif(jpeg, 6, true, directory: uint.MaxValue), WithExif(jpeg, 6, true, directory: 25), WithExif(jpeg, 6, false, directory: 0x80000000),
            .. Enumerable.Range(5, 28).Select(cut => WithExif(jpeg, 6, false, cut: cut))];
        foreach (var file in odd) Assert.Equal(stored, ImageFile.Decode(file, "odd").Samples);
        Assert.NotEqual(stored, ImageFile.Decode(WithExif(jpeg, 6, false, cut: 4), "whole entry, no next directory").Samples);
    }
}
