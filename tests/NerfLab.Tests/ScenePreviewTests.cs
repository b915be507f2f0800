using System.Numerics;
using NerfLab.Data;
using NerfLab.Plotting;

namespace NerfLab.Tests;

/// <summary>The small canvas, and pictures of scenes as data.</summary>
public class ScenePreviewTests
{
    static byte At(Drawing canvas, int x, int y, int channel = 0) => canvas.Bitmap.Samples[3 * (y * canvas.Bitmap.Width + x) + channel];

    [Fact]
    public void LinesAndDiscsCoverWhatTheirShapeDoes()
    {
        var canvas = new Drawing(40, 30, Vector3.Zero);
        canvas.Line(new(5, 10.5f), new(35, 10.5f), Vector3.One, width: 3);
        Assert.Equal([0, 255, 255, 255, 0], Enumerable.Range(8, 5).Select(y => At(canvas, 20, y)));
        Assert.Equal((0, 255), (At(canvas, 1, 10), At(canvas, 6, 10)));
        // The light of a disc is its area; a smooth edge is right on average.
        canvas = new Drawing(60, 60, Vector3.Zero);
        canvas.Disc(new(30.3f, 29.6f), 12.5f, Vector3.UnitX);
        Assert.Equal(double.Pi * 12.5 * 12.5, canvas.Bitmap.Samples.Where((_, i) => i % 3 == 0).Sum(s => s / 255.0), 3.0);
        Assert.Equal(0, canvas.Bitmap.Samples.Where((_, i) => i % 3 != 0).Sum(s => s));
        // The light of a slanted line is its length times its width.
        canvas = new Drawing(60, 60, Vector3.Zero);
        canvas.Line(new(10, 12), new(50, 37), Vector3.One, width: 2);
        Assert.Equal(double.Sqrt(40 * 40 + 25 * 25) * 2 + double.Pi, canvas.Bitmap.Samples.Sum(s => s / 255.0) / 3, 4.0);
    }

    [Fact]
    public void WhatLiesOutsideIsCutOff()
    {
        var canvas = new Drawing(10, 10, Vector3.Zero);
        canvas.Line(new(-1e9f, 0), new(float.NaN, 3), Vector3.One);
        canvas.Disc(new(float.PositiveInfinity, 0), 3, Vector3.One);
        canvas.Line(new(-500, 5.5f), new(500, 5.5f), Vector3.One, width: 1);
        canvas.Picture(new Bitmap(30, 30, 4), -5, -5); // transparent
        canvas.Text("no way", new(-20, 200), Vector3.One);
        Assert.Equal((0, 255, 0), (At(canvas, 5, 4), At(canvas, 5, 5), At(canvas, 5, 6)));
    }

    [Fact]
    public void ACameraIsDrawnInTheColourOfItsSplit()
    {
        var scene = SceneFile.Open("embedded", new SceneOptions(8, Embedded: new EmbeddedOptions(4, 2, 2)));
        var picture = ScenePreview.Of(scene);
        int Near(Vector3 color) => Enumerable.Range(0, picture.Width * picture.Height).Count(i => Vector3.Distance(new Vector3(picture.Samples[3 * i], picture.Samples[3 * i + 1], picture.Samples[3 * i + 2]) / 255, color) < 0.03f);
        int train = Near(new(0.15f, 0.45f, 0.8f)), val = Near(new(0.1f, 0.6f, 0.35f)), test = Near(new(0.85f, 0.28f, 0.2f));
        Assert.True(train > 100 && val > 100 && test > 100, $"{train} {val} {test}");
        var without = Near(new(0.85f, 0.28f, 0.2f));
        picture = ScenePreview.Of(scene with { Test = [] });
        Assert.True(Near(new(0.85f, 0.28f, 0.2f)) < without / 2);
    }

    [Fact]
    public void ACollectionIsDrawnAsASheet()
    {
        var scenes = new SceneCollection("some", [.. Enumerable.Range(0, 12).Select(i => $"{i:00}")], i => SceneFile.Open("embedded", new SceneOptions(8, Embedded: new EmbeddedOptions(1, 0, 0))));
        var picture = ScenePreview.Of(scenes);
        Assert.Equal(1600, picture.Width);
        Assert.InRange(picture.Height, 350, 450); // two rows
    }
}
