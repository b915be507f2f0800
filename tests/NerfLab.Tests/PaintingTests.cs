using NerfLab.Data;
using NerfLab.Procedural;

namespace NerfLab.Tests;

public class PaintingTests
{
    public static TheoryData<string> Names => [.. Painting.All.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void APaintingIsItsSeedsAndHasSomethingOnIt(string name)
    {
        var manner = Painting.Find(name);
        var picture = manner.Draw(48, 3);
        Assert.Equal((48, 48, 3), (picture.Width, picture.Height, picture.Channels));
        Assert.Equal(picture.Samples, manner.Draw(48, 3).Samples);
        Assert.NotEqual(picture.Samples, manner.Draw(48, 4).Samples);
        double mean = picture.Samples.Average(s => (double)s);
        Assert.True(picture.Samples.Average(s => (s - mean) * (s - mean)) > 300, "hardly any contrast");
    }

    [Fact]
    public void NoTwoMannersLookAlike()
    {
        var pictures = Painting.All.Select(p => (p.Name, p.Draw(48).Samples)).ToList();
        Assert.True(pictures.Count >= 12);
        foreach (var a in pictures)
            foreach (var b in pictures)
                if (string.CompareOrdinal(a.Name, b.Name) < 0) Assert.True(a.Samples.Zip(b.Samples, (x, y) => double.Abs(x - y)).Average() > 15, $"{a.Name} and {b.Name}");
    }

    [Fact]
    public void WhatIsOutOfRangeIsRefused()
    {
        Assert.Contains("size 8", Assert.Throws<BadInputException>(() => Painting.Find("mosaic").Draw(8)).Message);
        Assert.Contains("did you mean mosaic?", Assert.Throws<BadInputException>(() => Painting.Find("mosiac")).Message);
    }
}
