namespace NerfLab.Plotting;

/// <summary>Colours for numbers from 0 to 1, evenly spaced to the eye.</summary>
/// <remarks>
/// A map is a path through OKLab (Ottosson 2020, "A perceptual color space for image processing"): lightness grows evenly
/// along it, so that the order of numbers is seen without a legend, in grey print too.
/// </remarks>
public sealed class ColorMap
{
    const int Entries = 256;

    readonly byte[] _rgb = new byte[3 * Entries];

    ColorMap(params ReadOnlySpan<(double Lightness, double Chroma, double Hue)> points)
    {
        for (int i = 0; i < Entries; i++)
        {
            double at = (double)i / (Entries - 1) * (points.Length - 1);
            int k = int.Min((int)at, points.Length - 2);
            var (from, to, part) = (points[k], points[k + 1], at - k);
            var (r, g, b) = FromOklch(Mix(from.Lightness, to.Lightness), Mix(from.Chroma, to.Chroma), Mix(from.Hue, to.Hue));
            (_rgb[3 * i], _rgb[3 * i + 1], _rgb[3 * i + 2]) = (r, g, b);

            double Mix(double a, double b) => a + (b - a) * part;
        }
    }

    /// <summary>Violet over blue and green to yellow: for depth and other quantities without a zero.</summary>
    public static ColorMap Lagoon { get; } = new((0.24, 0.09, 305), (0.41, 0.13, 275), (0.58, 0.11, 230), (0.75, 0.14, 165), (0.92, 0.16, 105));

    /// <summary>Black over red to pale yellow: for errors, where 0 should vanish.</summary>
    public static ColorMap Ember { get; } = new((0.10, 0.01, 330), (0.32, 0.13, 350), (0.54, 0.19, 385), (0.76, 0.16, 425), (0.97, 0.08, 465));

    /// <summary>The colour of a number.</summary>
    /// <param name="value">0 to 1; what lies outside is clamped, NaN counts as 0.</param>
    public (byte R, byte G, byte B) this[float value]
    {
        get
        {
            int i = 3 * (int)(Entries * (value > 0 ? float.Min(value, 0.9999f) : 0));
            return (_rgb[i], _rgb[i + 1], _rgb[i + 2]);
        }
    }

    /// <summary>OKLab in polar form to sRGB; colours outside of sRGB lose chroma until they fit.</summary>
    static (byte, byte, byte) FromOklch(double lightness, double chroma, double hue)
    {
        for (; ; chroma -= 0.002)
        {
            var (sin, cos) = double.SinCos(hue * double.Pi / 180);
            var (a, b) = (chroma * cos, chroma * sin);
            double l = Cube(lightness + 0.3963377774 * a + 0.2158037573 * b);
            double m = Cube(lightness - 0.1055613458 * a - 0.0638541728 * b);
            double s = Cube(lightness - 0.0894841775 * a - 1.2914855480 * b);
            double red = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
            double green = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
            double blue = -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s;
            if (chroma <= 0 || (Fits(red) && Fits(green) && Fits(blue))) return (Encoded(red), Encoded(green), Encoded(blue));
        }

        static double Cube(double x) => x * x * x;
        static bool Fits(double x) => x is >= -0.0005 and <= 1.0005;
        static byte Encoded(double x)
        {
            x = double.Clamp(x, 0, 1);
            return (byte)(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * double.Pow(x, 1 / 2.4) - 0.055) + 0.5);
        }
    }
}
