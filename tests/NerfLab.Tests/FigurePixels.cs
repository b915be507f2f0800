using System.Numerics;
using NerfLab.Plotting;

namespace NerfLab.Tests;

/// <summary>Looking for colours in pictures.</summary>
internal static class FigurePixels
{
    /// <summary>The pixels of a colour, #rrggbb, in a picture.</summary>
    public static List<Vector2> Of(Bitmap picture, string color, int tolerance = 6)
    {
        var ink = Ink.Of(color);
        var found = new List<Vector2>();
        for (int i = 0; i < picture.Width * picture.Height; i++)
            if (Enumerable.Range(0, 3).All(c => int.Abs(picture.Samples[i * picture.Channels + c] - ink.Byte(c)) <= tolerance)) found.Add(new(i % picture.Width + 0.5f, i / picture.Width + 0.5f));
        return found;
    }

    /// <summary>The middle of the pixels of a colour, which may be a little transparent.</summary>
    public static Vector2 Middle(Bitmap picture, string color)
    {
        var all = Of(picture, color, 60);
        Assert.NotEmpty(all);
        return all.Aggregate(Vector2.Add) / all.Count;
    }

    /// <summary>How dark a picture on white is, in black pixels.</summary>
    public static double Darkness(Bitmap picture) => picture.Samples.Sum(s => (255 - s) / 255.0) / 3;
}
