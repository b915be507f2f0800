using System.Xml.Linq;
using NerfLab.Plotting;
using TorchSharp;

namespace NerfLab.Tests;

public class PlottingTests
{
    public static TheoryData<string> Maps => ["Lagoon", "Ember"];

    [Theory]
    [MemberData(nameof(Maps))]
    public void LightnessGrowsEvenlyAlongAMap(string name)
    {
        var map = (ColorMap)typeof(ColorMap).GetProperty(name)!.GetValue(null)!;
        // CIE L* of the sRGB colours, by its own formula: a map made in OKLab is judged by another space.
        var lightness = Enumerable.Range(0, 256).Select(i => Lightness(map[i / 255f])).ToArray();
        Assert.True(lightness[255] - lightness[0] > 65);
        double even = (lightness[255] - lightness[0]) / 255;
        for (int i = 8; i < 256; i++) Assert.InRange((lightness[i] - lightness[i - 8]) / 8, 0.2 * even, 2.2 * even);

        static double Lightness((byte R, byte G, byte B) c)
        {
            double y = 0.2126 * Linear(c.R) + 0.7152 * Linear(c.G) + 0.0722 * Linear(c.B);
            return 116 * (y > 216.0 / 24389 ? double.Cbrt(y) : (24389.0 / 27 * y + 16) / 116) - 16;
        }

        static double Linear(byte b) => b / 255.0 is var x && x <= 0.04045 ? x / 12.92 : double.Pow((x + 0.055) / 1.055, 2.4);
    }

    [Fact]
    public void NumbersOutsideAreClamped()
    {
        Assert.Equal(ColorMap.Ember[0], ColorMap.Ember[-3]);
        Assert.Equal(ColorMap.Ember[0], ColorMap.Ember[float.NaN]);
        Assert.Equal(ColorMap.Ember[1], ColorMap.Ember[float.PositiveInfinity]);
        Assert.NotEqual(ColorMap.Ember[0], ColorMap.Ember[1]);
    }

    [Fact]
    public void NearIsBrightFarIsDarkNothingIsGrey()
    {
        using var scope = torch.NewDisposeScope();
        var depth = torch.tensor(new[] { 1f, 3f, float.PositiveInfinity, 2f }, [2, 2]);
        var opacity = torch.tensor(new[] { 1f, 1f, 1f, 0f }, [2, 2]);
        var picture = new DepthPicture(1, 3).Of(depth, opacity);
        Assert.Equal(Bytes(ColorMap.Lagoon[1]), picture.Samples[..3]);
        Assert.Equal(Bytes(ColorMap.Lagoon[0]), picture.Samples[3..6]);
        Assert.Equal([128, 128, 128, 128, 128, 128], picture.Samples[6..]);

        static byte[] Bytes((byte R, byte G, byte B) c) => [c.R, c.G, c.B];
    }

    [Fact]
    public void AFewStrayDepthsDoNotDecideTheRange()
    {
        using var scope = torch.NewDisposeScope();
        var depth = torch.linspace(2, 4, 1000);
        depth[0] = -100f;
        depth[1] = 1e6f;
        depth[2] = float.NaN;
        var range = DepthPicture.RangeOf(depth, torch.ones(1000));
        Assert.InRange(range.Near, 2f, 2.1f);
        Assert.InRange(range.Far, 3.9f, 4f);
        Assert.Equal(new DepthPicture(0, 1), DepthPicture.RangeOf(depth, torch.zeros(1000)));
    }

    [Fact]
    public void ErrorsAreMeansOverChannels()
    {
        using var scope = torch.NewDisposeScope();
        var a = torch.zeros(1, 2, 3);
        var b = torch.zeros(1, 2, 3);
        b[0, 1, 0] = 0.3f; // a mean of 0.1, half of 0.2
        var picture = ErrorPicture.Of(a, b);
        var (r, g, bl) = ColorMap.Ember[0.1f / 0.2f];
        Assert.Equal([r, g, bl], picture.Samples[3..]);
    }

    [Theory]
    [InlineData(0, 10, 5, new double[] { 0, 2, 4, 6, 8, 10 })]
    [InlineData(-0.013, 0.021, 4, new double[] { -0.01, 0, 0.01, 0.02 })]
    [InlineData(3, 1203, 3, new double[] { 500, 1000 })]
    public void TicksAreRoundNumbers(double low, double high, int atMost, double[] expected)
    {
        var ticks = LineChart.Ticks(low, high, atMost).ToArray();
        Assert.Equal(expected.Length, ticks.Length);
        for (int i = 0; i < ticks.Length; i++) Assert.Equal(expected[i], ticks[i], 9);
    }

    [Fact]
    public void ChartsAreXmlWithTheirLinesInside()
    {
        var chart = new LineChart("steps & more", "loss <log>", new ChartLine("a", [(0, 1), (1, 0.1), (2, 0), (3, 0.001)]), new ChartLine("b", [(0, double.NaN), (3, 0.01)])) { LogY = true };
        var svg = XDocument.Parse(chart.ToSvg(600, 300)).Root!;
        var lines = svg.Elements().Where(e => (string?)e.Attribute("class") == "line" && e.Attribute("d")!.Value.Contains('L')).ToList();
        var only = Assert.Single(lines); // the second has one point only
        var points = only.Attribute("d")!.Value.Split('M', 'L')[1..].Select(p => p.Split(' ').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.Equal(3, points.Length); // 0 has no logarithm
        Assert.InRange(points[2][1] - points[1][1] - 2 * (points[1][1] - points[0][1]), -0.3, 0.3); // one decade, then two
        Assert.All(points, p => Assert.True(p[0] is >= 0 and <= 600 && p[1] is >= 0 and <= 300));
        Assert.Contains("steps & more", svg.Value);
        XDocument.Parse(new LineChart("x", "y").ToSvg());
        XDocument.Parse(new LineChart("x", "y", new ChartLine("flat", [(1, 5), (2, 5)])).ToSvg());
    }

    [Fact]
    public void ChartsArePicturesToo()
    {
        var rising = new LineChart("x", "y", new ChartLine("a", [(0, 0), (1, 1), (2, double.NaN)]), new ChartLine("b", [(0, 1)])).ToBitmap(500, 300);
        Assert.Equal((500, 300), (rising.Width, rising.Height));
        // The first line's blue: to the left it is low, to the right high, and nowhere else but in the legend.
        var blue = Enumerable.Range(0, 500 * 300).Where(i => rising.Samples.AsSpan(3 * i, 3).SequenceEqual((byte[])[0x2f, 0x86, 0xd6])).Select(i => (X: i % 500, Y: i / 500)).ToList();
        var curve = blue.Where(p => p.X < 430).ToList();
        Assert.InRange(curve.MinBy(p => p.X).Y, 200, 234);
        Assert.InRange(curve.MaxBy(p => p.X).Y, 54, 90);
        Assert.Contains(blue, p => p.X > 440);
        new LineChart("x", "y").ToBitmap();
    }

    [Fact]
    public void SmoothingKeepsTheMeanOfEveryStretch()
    {
        var points = Enumerable.Range(0, 1000).Select(i => ((double)i, i % 2 == 0 ? 0.0 : 2.0)).ToList();
        var smooth = LineChart.Smoothed(points, 50);
        Assert.Equal(50, smooth.Count);
        Assert.All(smooth, p => Assert.InRange(p.Y, 0.85, 1.15));
    }
}
