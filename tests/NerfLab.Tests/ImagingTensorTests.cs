using System.Numerics;
using NerfLab.Imaging;
using TorchSharp;

namespace NerfLab.Tests;

public class ImagingTensorTests
{
    private static Image Random(int width, int height, int channels, int seed = 0)
    {
        var random = new Random(seed);
        return new Image(torch.tensor(Enumerable.Range(0, width * height * channels).Select(_ => random.NextSingle()).ToArray(), [height, width, channels]));
    }

    private static float[] Values(Image image) => image.Pixels.data<float>().ToArray();

    [Theory]
    [InlineData(8), InlineData(16)]
    public void Bitmaps_survive_the_way_through_floats(int bits)
    {
        foreach (var channels in new[] { 1, 3, 4 })
        {
            // Every 8-bit value, and 16-bit values over the whole range.
            var bitmap = new Bitmap(256, 32, channels, bits);
            if (bits == 8) for (var i = 0; i < bitmap.Samples.Length; i++) bitmap.Samples[i] = (byte)i;
            else for (var i = 0; i < bitmap.Samples16.Length; i++) bitmap.Samples16[i] = (ushort)(65535 - 7 * i);
            using var image = Image.FromBitmap(bitmap);
            Assert.Equal([32, 256, channels], image.Pixels.shape);
            Assert.Equal((256, 32, channels), (image.Width, image.Height, image.Channels));
            Assert.Equal(bitmap.Samples, image.ToBitmap(bits).Samples);
        }
    }

    [Fact]
    public void Values_are_fractions_of_white()
    {
        using var eight = Image.FromBitmap(new Bitmap(3, 1, 1, 8, [0, 51, 255]));
        Assert.Equal([0f, 0.2f, 1f], Values(eight));
        var bitmap = new Bitmap(2, 1, 1, 16);
        (bitmap.Samples16[0], bitmap.Samples16[1]) = (13107, 65535);
        using var sixteen = Image.FromBitmap(bitmap);
        Assert.Equal([0.2f, 1f], Values(sixteen));
    }

    [Fact]
    public void Grey_with_alpha_becomes_rgba()
    {
        using var image = Image.FromBitmap(new Bitmap(1, 2, 2, 8, [51, 255, 102, 0]));
        Assert.Equal([2, 1, 4], image.Pixels.shape);
        Assert.Equal([0.2f, 0.2f, 0.2f, 1f, 0.4f, 0.4f, 0.4f, 0f], Values(image));
    }

    [Fact]
    public void Rounding_is_to_nearest_and_nothing_overflows()
    {
        using var image = new Image(torch.tensor(new[] { -1f, 0.4f / 255, 0.6f / 255, 254.4f / 255, 254.6f / 255, 2f, float.NaN, float.PositiveInfinity, float.NegativeInfinity }, [9, 1, 1]));
        Assert.Equal([0, 0, 1, 254, 255, 255, 0, 255, 0], image.ToBitmap().Samples);
        Assert.Equal([0, 103, 154, 65381, 65432, 65535, 0, 65535, 0], image.ToBitmap(16).Samples16.ToArray().Select(s => (int)s));
    }

    [Fact]
    public void A_view_with_other_strides_is_written_as_it_looks()
    {
        using var image = Random(5, 4, 3);
        using var turned = new Image(image.Pixels.transpose(0, 1));
        var (a, b) = (image.ToBitmap(), turned.ToBitmap());
        for (var y = 0; y < 4; y++)
            for (var x = 0; x < 5; x++)
                Assert.Equal(a.Samples.AsSpan((y * 5 + x) * 3, 3), b.Samples.AsSpan((x * 4 + y) * 3, 3));
    }

    [Fact]
    public void Over_is_the_blend_by_alpha()
    {
        using var image = Random(6, 5, 4);
        var background = new Vector3(0.25f, 0.5f, 1f);
        using var blended = image.Over(background);
        Assert.Equal([5, 6, 3], blended.Pixels.shape);
        float[] v = Values(image), b = Values(blended);
        for (var p = 0; p < 30; p++)
            for (var c = 0; c < 3; c++)
                Assert.Equal(v[4 * p + 3] * v[4 * p + c] + (1 - v[4 * p + 3]) * background[c], b[3 * p + c], 1e-6f);
    }

    [Fact]
    public void Pictures_without_alpha_cover_the_background()
    {
        using var grey = Image.FromBitmap(new Bitmap(2, 1, 1, 8, [51, 255]));
        using var over = grey.Over(Vector3.One);
        Assert.Equal([0.2f, 0.2f, 0.2f, 1f, 1f, 1f], Values(over));
        using var rgba = Image.FromBitmap(new Bitmap(1, 1, 4, 8, [255, 51, 0, 0]));
        using var rgb = rgba.ToRgb();
        Assert.Equal([1f, 0.2f, 0f], Values(rgb));
    }

    [Theory]
    [InlineData(13, 9, 5, 4), InlineData(7, 5, 16, 11), InlineData(12, 8, 6, 4), InlineData(9, 4, 5, 10)]
    public void Resize_is_the_mean_of_the_area(int width, int height, int newWidth, int newHeight)
    {
        foreach (var channels in new[] { 1, 3, 4 })
        {
            using var image = Random(width, height, channels, seed: width);
            using var resized = image.Resize(newWidth, newHeight);
            var values = Values(image);
            var expected = ImagingResizeTests.Oracle(width, height, channels, i => values[i], newWidth, newHeight);
            Assert.Equal([newHeight, newWidth, channels], resized.Pixels.shape);
            Assert.All(Values(resized).Zip(expected), p => Assert.Equal(p.Second, p.First, 2e-6));
            if (channels < 4) Assert.Equal(values.Average(v => (double)v), Values(resized).Average(v => (double)v), 1e-6); // no light is lost or made
        }
    }

    [Fact]
    public void Resizing_and_compositing_commute()
    {
        using var image = Random(20, 14, 4);
        var background = new Vector3(1, 0.5f, 0);
        using var resized = image.Resize(7, 9);
        using var resizedFirst = resized.Over(background);
        using var composited = image.Over(background);
        using var compositedFirst = composited.Resize(7, 9);
        Assert.All(Values(resizedFirst).Zip(Values(compositedFirst)), p => Assert.Equal(p.Second, p.First, 2e-6f));
    }

    [Fact]
    public void Files_hold_what_was_written()
    {
        using var folder = new TemporaryFolder();
        using var image = Random(9, 7, 4);
        foreach (var (bits, step) in new[] { (8, 0.501f / 255), (16, 0.51f / 65535) })
        {
            ImageFile.Write(folder["a.png"], image, bits: bits);
            using var read = ImageFile.Read(folder["a.png"]);
            Assert.All(Values(read).Zip(Values(image)), p => Assert.Equal(p.Second, p.First, step));
        }
        using var rgb = image.ToRgb();
        ImageFile.Write(folder["a.jpg"], rgb, quality: 100);
        using var photo = ImageFile.Read(folder["a.jpg"]);
        Assert.Equal([7, 9, 3], photo.Pixels.shape);
    }

    [Fact]
    public void Nothing_stays_behind_in_a_scope()
    {
        using var scope = torch.NewDisposeScope();
        using var image = Random(8, 6, 4);
        var before = scope.DisposablesCount;
        image.ToBitmap();
        image.Over(Vector3.One).Dispose();
        image.ToRgb().Dispose();
        image.Resize(3, 3).Dispose();
        Assert.Equal(before, scope.DisposablesCount);
    }

    [Fact]
    public void Other_tensors_are_refused()
    {
        foreach (var shape in new long[][] { [4, 4], [4, 4, 2], [4, 4, 5], [1, 4, 4, 3] })
            Assert.Contains("[H,W,1|3|4]", Assert.Throws<ArgumentException>(() => new Image(torch.zeros(shape))).Message);
        Assert.Throws<ArgumentException>(() => new Image(torch.zeros([4, 4, 3], torch.float64)));
        using var image = Random(4, 4, 3);
        Assert.Throws<ArgumentException>(() => image.Resize(0, 4));
        Assert.Throws<ArgumentException>(() => image.ToBitmap(12));
    }
}
