using NerfLab.Plotting;

namespace NerfLab.Tests;

/// <summary>Colours for numbers.</summary>
public class ColorMapTests
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
}
