namespace NerfLab.Tests;

public class ImagingResizeTests
{
    /// <summary>The area filter by its definition: for every output pixel the overlap with every input pixel.</summary>
    internal static double[] Oracle(int width, int height, int channels, Func<int, double> sample, int newWidth, int newHeight)
    {
        static double Overlap(int i, int from, int to, int j) => System.Math.Max(0, System.Math.Min((i + 1.0) * from / to, j + 1.0) - System.Math.Max((double)i * from / to, j));
        var alpha = channels is 2 or 4;
        var result = new double[newWidth * newHeight * channels];
        for (var y = 0; y < newHeight; y++)
            for (var x = 0; x < newWidth; x++)
            {
                var sums = new double[channels];
                var area = 0.0;
                for (var v = 0; v < height; v++)
                    for (var u = 0; u < width; u++)
                    {
                        var overlap = Overlap(x, width, newWidth, u) * Overlap(y, height, newHeight, v);
                        area += overlap;
                        var at = (v * width + u) * channels;
                        for (var c = 0; c < channels; c++) sums[c] += overlap * sample(at + c) * (alpha && c < channels - 1 ? sample(at + channels - 1) : 1);
                    }
                for (var c = 0; c < channels; c++)
                    result[(y * newWidth + x) * channels + c] = !alpha || c == channels - 1 ? sums[c] / area : sums[channels - 1] > 0 ? sums[c] / sums[channels - 1] : 0;
            }
        return result;
    }

    [Theory]
    [InlineData(12, 8, 6, 4)] // half
    [InlineData(13, 9, 5, 4)] // no whole ratio
    [InlineData(7, 5, 16, 11)] // larger
    [InlineData(9, 4, 5, 10)] // narrower and taller
    [InlineData(17, 3, 1, 1)]
    [InlineData(1, 1, 3, 2)]
    [InlineData(31, 2, 30, 2)]
    public void Every_pixel_is_the_mean_of_the_area_under_it(int width, int height, int newWidth, int newHeight)
    {
        for (var channels = 1; channels <= 4; channels++)
            foreach (var bits in new[] { 8, 16 })
            {
                var bitmap = new Bitmap(width, height, channels, bits);
                new Random(width + channels).NextBytes(bitmap.Samples);
                var samples = bits == 8 ? bitmap.Samples.Select(b => (double)b).ToArray() : bitmap.Samples16.ToArray().Select(s => (double)s).ToArray();
                var resized = bitmap.Resize(newWidth, newHeight);
                var values = bits == 8 ? resized.Samples.Select(b => (double)b).ToArray() : resized.Samples16.ToArray().Select(s => (double)s).ToArray();
                var expected = Oracle(width, height, channels, i => samples[i], newWidth, newHeight);
                Assert.Equal((newWidth, newHeight, channels, bits), (resized.Width, resized.Height, resized.Channels, resized.Bits));
                for (var i = 0; i < expected.Length; i++) Assert.InRange(values[i] - expected[i], -0.5 - 1e-6 * (1 << bits), 0.5 + 1e-6 * (1 << bits)); // rounded to nearest
            }
    }

    [Fact]
    public void A_uniform_picture_stays_uniform()
    {
        foreach (byte value in new byte[] { 0, 1, 127, 254, 255 })
        {
            var bitmap = new Bitmap(97, 61, 3);
            Array.Fill(bitmap.Samples, value);
            foreach (var (w, h) in new[] { (48, 30), (7, 5), (300, 77), (1, 1) }) Assert.All(bitmap.Resize(w, h).Samples, s => Assert.Equal(value, s));
        }
    }

    [Fact]
    public void Colours_under_no_alpha_do_not_bleed()
    {
        // A red opaque pixel beside a green transparent one: half as opaque, still purely red.
        Assert.Equal([255, 0, 0, 128], new Bitmap(2, 1, 4, 8, [255, 0, 0, 255, 0, 255, 0, 0]).Resize(1, 1).Samples);
    }

    [Fact]
    public void Sizes_that_make_no_sense_are_refused()
    {
        var bitmap = new Bitmap(4, 3, 3);
        Assert.Throws<ArgumentException>(() => bitmap.Resize(0, 3));
        Assert.Throws<ArgumentException>(() => bitmap.Resize(4, -1));
        Assert.Throws<ArgumentException>(() => new Bitmap(4, 3, 3, 8, new byte[35]));
        Assert.Throws<ArgumentException>(() => new Bitmap(4, 3, 5));
        Assert.Throws<ArgumentException>(() => new Bitmap(4, 3, 3, 12));
    }
}
