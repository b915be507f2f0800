using NerfLab.Imaging;

namespace NerfLab.Tests;

public class ImagingPngTests
{
    private const int Width = 13, Height = 11; // no multiple of 8: Adam7 has ragged passes, low depths ragged bytes

    private static int[] Samples(int channels, int bits, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Width * Height * channels).Select(_ => random.Next(1 << bits))];
    }

    private static int[] Values(Bitmap bitmap) => bitmap.Bits == 8 ? [.. bitmap.Samples.Select(b => (int)b)] : [.. bitmap.Samples16.ToArray().Select(s => (int)s)];

    private static Bitmap Of(int channels, int bits, int[] samples)
    {
        var bitmap = new Bitmap(Width, Height, channels, bits);
        for (var i = 0; i < samples.Length; i++)
            if (bits == 8) bitmap.Samples[i] = (byte)samples[i];
            else bitmap.Samples16[i] = (ushort)samples[i];
        return bitmap;
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Every_stored_sample_is_read(int colorType, int bits, bool adam7)
    {
        var samples = Samples(PngWriter.Channels(colorType), bits);
        var bitmap = ImageFile.Decode(PngWriter.Write(Width, Height, colorType, bits, samples, adam7), "test.png");
        Assert.Equal((Width, Height, PngWriter.Channels(colorType), bits == 16 ? 16 : 8), (bitmap.Width, bitmap.Height, bitmap.Channels, bitmap.Bits));
        // Fewer than 8 bits are stretched so that black and white stay black and white.
        Assert.Equal(samples.Select(s => bits < 8 ? s * 255 / ((1 << bits) - 1) : s), Values(bitmap));
    }

    public static IEnumerable<TheoryDataRow<int, int, bool>> Kinds =>
        from kind in new[] { (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (4, 8), (4, 16), (6, 8), (6, 16) }
        from adam7 in new[] { false, true }
        select new TheoryDataRow<int, int, bool>(kind.Item1, kind.Item2, adam7);

    [Theory]
    [InlineData(1), InlineData(2), InlineData(4), InlineData(8)]
    public void A_palette_comes_as_its_colours(int bits)
    {
        var random = new Random(bits);
        var palette = new byte[3 << bits];
        random.NextBytes(palette);
        var samples = Samples(1, bits);
        foreach (var adam7 in new[] { false, true })
        {
            var opaque = ImageFile.Decode(PngWriter.Write(Width, Height, PngWriter.Palette, bits, samples, adam7, palette), "test.png");
            Assert.Equal((3, 8), (opaque.Channels, opaque.Bits));
            Assert.Equal(samples.SelectMany(s => palette[(3 * s)..(3 * s + 3)]), opaque.Samples);

            // Alpha is given for the first entry only; the others are opaque.
            var clear = ImageFile.Decode(PngWriter.Write(Width, Height, PngWriter.Palette, bits, samples, adam7, palette, [77]), "test.png");
            Assert.Equal(4, clear.Channels);
            Assert.Equal(samples.SelectMany(s => (byte[])[.. palette[(3 * s)..(3 * s + 3)], (byte)(s == 0 ? 77 : 255)]), clear.Samples);
        }
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(4), InlineData(8), InlineData(16)]
    public void A_grey_key_becomes_alpha(int bits)
    {
        var samples = Samples(1, bits);
        var key = samples[5];
        var bitmap = ImageFile.Decode(PngWriter.Write(Width, Height, PngWriter.Grey, bits, samples, transparency: [(byte)(key >> 8), (byte)key]), "test.png");
        var (top, stretch) = bits == 16 ? (65535, 1) : (255, 255 / ((1 << bits) - 1));
        Assert.Equal((4, bits == 16 ? 16 : 8), (bitmap.Channels, bitmap.Bits));
        Assert.Equal(samples.SelectMany(s => new[] { s * stretch, s * stretch, s * stretch, s == key ? 0 : top }), Values(bitmap));
    }

    [Theory]
    [InlineData(8), InlineData(16)]
    public void A_colour_key_becomes_alpha(int bits)
    {
        var samples = Samples(3, bits);
        var key = samples[3..6];
        var bitmap = ImageFile.Decode(PngWriter.Write(Width, Height, PngWriter.Rgb, bits, samples, transparency: [.. key.SelectMany(k => new[] { (byte)(k >> 8), (byte)k })]), "test.png");
        Assert.Equal((4, bits), (bitmap.Channels, bitmap.Bits));
        Assert.Equal(samples.Chunk(3).SelectMany(p => (int[])[.. p, p.SequenceEqual(key) ? 0 : (1 << bits) - 1]), Values(bitmap));
    }

    [Fact]
    public void Writing_keeps_every_bit()
    {
        for (var channels = 1; channels <= 4; channels++)
            foreach (var bits in new[] { 8, 16 })
            {
                var bitmap = Of(channels, bits, Samples(channels, bits));
                var read = ImageFile.Decode(ImageFile.Encode(bitmap, ImageFormat.Png), "test.png");
                Assert.Equal((Width, Height, channels, bits), (read.Width, read.Height, read.Channels, read.Bits));
                Assert.Equal(bitmap.Samples, read.Samples);
            }
    }

    [Fact]
    public void The_name_decides_what_is_written_and_the_content_what_is_read()
    {
        using var folder = new TemporaryFolder();
        var bitmap = Of(3, 8, Samples(3, 8));
        ImageFile.Write(folder["new/a.PNG"], bitmap);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47], File.ReadAllBytes(folder["new/a.PNG"])[..4]);
        File.Move(folder["new/a.PNG"], folder["b.jpg"]);
        Assert.Equal(bitmap.Samples, ImageFile.ReadBitmap(folder["b.jpg"]).Samples);
        Assert.Equal((Width, Height), ImageFile.ReadSize(folder["b.jpg"]));
        ImageFile.Write(folder["c.jpeg"], bitmap);
        Assert.Equal([0xFF, 0xD8, 0xFF], File.ReadAllBytes(folder["c.jpeg"])[..3]);
        Assert.Empty(Directory.GetFiles(folder["."], "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public void Sixteen_bits_become_eight_by_rounding_to_nearest()
    {
        var bitmap = new Bitmap(256, 256, 1, 16);
        for (var i = 0; i < 65536; i++) bitmap.Samples16[i] = (ushort)i;
        var eight = bitmap.To8Bit();
        for (var i = 0; i < 65536; i++) Assert.Equal((int)double.Round(i * 255.0 / 65535.0), eight.Samples[i]);
    }

    [Fact]
    public void Grey_becomes_colour_with_its_alpha()
    {
        Assert.Equal([1, 1, 1, 2, 2, 2], new Bitmap(2, 1, 1, 8, [1, 2]).ToColor().Samples);
        Assert.Equal([1, 1, 1, 200, 2, 2, 2, 100], new Bitmap(2, 1, 2, 8, [1, 200, 2, 100]).ToColor().Samples);
        Assert.Equal([1, 9, 1, 9, 1, 9, 7, 8], new Bitmap(1, 1, 2, 16, [1, 9, 7, 8]).ToColor().Samples);
    }
}
