using System.Buffers.Binary;
using NerfLab.Imaging;

namespace NerfLab.Tests;

/// <summary>Damaged files end as a picture or as one sentence. A crash in a native library would take the test process with it.</summary>
public class ImagingFuzzTests
{
    [Theory]
    [InlineData("scenes/lego_400/train/r_0.png")]
    [InlineData("scenes/llff_fern/images_8/image000.png")]
    [InlineData("styles/great_wave.jpg")]
    [InlineData("scenes/fox/images/0001.jpg")]
    public void Real_files(string name) => Damage(File.ReadAllBytes(RealData.Path(name)), 150);

    [Theory]
    [InlineData(PngWriter.Grey, 2), InlineData(PngWriter.Grey, 16), InlineData(PngWriter.Palette, 4), InlineData(PngWriter.Rgb, 8), InlineData(PngWriter.Rgba, 16)]
    public void Small_png(int colorType, int bits)
    {
        var random = new Random(bits);
        var samples = Enumerable.Range(0, 21 * 17 * PngWriter.Channels(colorType)).Select(_ => random.Next(1 << bits)).ToArray();
        Damage(PngWriter.Write(21, 17, colorType, bits, samples, adam7: true, colorType == PngWriter.Palette ? new byte[48] : null), 300);
    }

    [Theory]
    [InlineData(1), InlineData(3)]
    public void Small_jpeg(int channels)
    {
        var bitmap = new Bitmap(35, 27, channels);
        new Random(channels).NextBytes(bitmap.Samples);
        Damage(ImageFile.Encode(bitmap, ImageFormat.Jpeg, 60), 400);
    }

    private static void Damage(byte[] file, int cases)
    {
        int pictures = 0, refused = 0;
        for (var seed = 0; seed < cases; seed++)
        {
            var random = new Random(seed);
            var broken = Mutate(file, random);
            if (seed % 2 == 0 && broken.AsSpan().StartsWith<byte>([0x89, 0x50])) Repair(broken); // or only checksums are ever tested
            try
            {
                var bitmap = ImageFile.Decode(broken, "damaged");
                Assert.Equal(bitmap.Width * bitmap.Height * bitmap.PixelBytes, bitmap.Samples.Length);
                pictures++;
            }
            catch (BadInputException e)
            {
                Assert.StartsWith("damaged: ", e.Message);
                refused++;
            }
        }
        Assert.True(refused > cases / 4, $"only {refused} of {cases} damaged files were refused, {pictures} gave a picture");
    }

    /// <summary>A few bytes changed (often near the start, where the structure is), or a piece cut, removed or doubled.</summary>
    private static byte[] Mutate(byte[] file, Random random)
    {
        int Position() => random.Next(3) == 0 ? random.Next(file.Length) : random.Next(int.Min(file.Length, 700));
        var at = Position();
        var length = int.Min(random.Next(1, 40), file.Length - at);
        switch (random.Next(6))
        {
            case 0: return file[..at];
            case 1: return [.. file[..at], .. file[(at + length)..]];
            case 2: return [.. file[..(at + length)], .. file[at..]];
            default:
                var broken = (byte[])file.Clone();
                for (var k = random.Next(1, 9); k > 0; k--) broken[Position()] = random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => (byte)random.Next(256) };
                return broken;
        }
    }

    /// <summary>Makes the checksums of all chunks right, as far as the lengths make sense.</summary>
    private static void Repair(byte[] png)
    {
        for (long at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan((int)at));
            if (at + 12 + length > png.Length) return;
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan((int)(at + 8 + length)), PngWriter.Crc(png.AsSpan((int)at + 4, 4 + (int)length)));
            at += 12 + length;
        }
    }
}
