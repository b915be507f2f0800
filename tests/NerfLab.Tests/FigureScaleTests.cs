using System.Numerics;
using NerfLab.Plotting;

namespace NerfLab.Tests;

/// <summary>Scales, the font and the rasteriser: what figures are made of.</summary>
public class FigureScaleTests
{
    [Theory]
    [InlineData(0, 10, 5, new double[] { 0, 2, 4, 6, 8, 10 })]
    [InlineData(-0.013, 0.021, 4, new double[] { -0.01, 0, 0.01, 0.02 })]
    [InlineData(3, 1203, 3, new double[] { 500, 1000 })]
    public void TicksAreRoundNumbers(double low, double high, int atMost, double[] expected)
    {
        var ticks = new Scale(low, high).Ticks(atMost);
        Assert.Equal(expected.Length, ticks.Count);
        for (int i = 0; i < ticks.Count; i++) Assert.Equal(expected[i], ticks[i].At, 9);
    }

    [Theory]
    [InlineData(0.001, 1000, 8, new[] { "0.001", "0.01", "0.1", "1", "10", "100", "1000" })]
    [InlineData(1e-5, 1, 8, new[] { "10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1" })]
    [InlineData(1, 20, 8, new[] { "1", "2", "5", "10", "20" })]
    [InlineData(2, 5, 8, new[] { "2", "3", "4", "5" })]
    [InlineData(10, 13, 4, new[] { "10", "11", "12", "13" })]
    public void LogTicksAreDecadesOrWhatLiesBetween(double low, double high, int atMost, string[] expected) =>
        Assert.Equal(expected, new Scale(low, high, Log: true).Ticks(atMost).Select(t => t.Text));

    [Fact]
    public void AScaleIsTheLogarithmOfItsRatio()
    {
        var scale = new Scale(0.01, 100, Log: true);
        Assert.Equal([0, 0.25, 0.5, 1], ((double[])[0.01, 0.1, 1, 100]).Select(v => double.Round(scale.Part(v), 12)));
        Assert.All((double[])[0, -1, double.NaN, double.PositiveInfinity], v => Assert.True(double.IsNaN(scale.Part(v))));
        Assert.Equal(0.75, new Scale(0, 4, Down: true).Part(1));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-2.5, "−2.5")]
    [InlineData(1500, "1500")]
    [InlineData(2e-5, "2·10⁻⁵")]
    [InlineData(1e6, "10⁶")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "−∞")]
    public void NumbersAreWrittenAsAPersonWould(double value, string text) => Assert.Equal(text, Scale.Number(value));

    [Fact]
    public void TheFontHasWhatEquationsNeedAndNoTwoLettersAreEqual()
    {
        string needed = string.Concat(Enumerable.Range(32, 95).Select(c => (char)c)) + "αβγδεθλμσπτφΣΔΘΩ∇∂∞√∫∑≤≥≠≈→←±×·−°²³⁻⁶₀ᵢ…–—’“”";
        Assert.Equal("", string.Concat(needed.Where(c => !StrokeFont.Has(c))));
        // Only signs that are the same stroke may look the same.
        var shapes = needed.Where(c => c is not (' ' or '−' or '–' or '∑')).GroupBy(c => string.Join(";", StrokeFont.Of(c).Strokes.Select(s => string.Join(" ", s)))).Where(g => g.Count() > 1);
        Assert.Equal("", string.Join(" ", shapes.Select(g => string.Concat(g))));
        Assert.All("0123456789", c => Assert.Equal(StrokeFont.Of('0').Advance, StrokeFont.Of(c).Advance));
        Assert.Equal(StrokeFont.Of('\0'), StrokeFont.Of('漢')); // a box, so that the gap is seen
    }

    [Fact]
    public void TheWidthOfATextIsWhereItsInkEnds()
    {
        var sketch = new Sketch(300, 40);
        sketch.Text("Hamburgefonts", 10, 30, 20, Ink.Text);
        var ink = FigurePixels.Of(Raster.Paint(sketch, 2), "#21242b", 60);
        Assert.Equal(20, ink.Min(p => p.X), 2.5);
        Assert.Equal(20 + 2 * StrokeFont.Width("Hamburgefonts", 20), ink.Max(p => p.X), 2.5);
    }

    [Fact]
    public void LinesAndDiscsCoverWhatTheirShapeDoes()
    {
        var black = new Ink(Vector3.Zero);
        var sketch = new Sketch(40, 30);
        sketch.Line(5, 10.5f, 35, 10.5f, black, 3);
        Assert.Equal([255, 0, 0, 0, 255], Enumerable.Range(8, 5).Select(y => Raster.Paint(sketch, 1).Samples[3 * (y * 40 + 20)]));
        // The light of a disc is its area; a smooth edge is right on average.
        sketch = new Sketch(60, 60);
        sketch.Add(new Dots([new(30.3f, 29.6f)], 12.5f, [black]));
        Assert.Equal(double.Pi * 12.5 * 12.5, FigurePixels.Darkness(Raster.Paint(sketch, 1)), 3.0);
        // That of a slanted line is its length times its width.
        sketch = new Sketch(60, 60);
        sketch.Line(10, 12, 50, 37, black, 2);
        Assert.Equal(double.Sqrt(40 * 40 + 25 * 25) * 2 + double.Pi, FigurePixels.Darkness(Raster.Paint(sketch, 1)), 4.0);
        // That of a polygon is its area, whatever its edges.
        sketch = new Sketch(60, 60);
        sketch.Add(new Fill([new(5.2f, 7.7f), new(51.3f, 20.1f), new(22.8f, 55.9f)], black));
        Assert.Equal(0.5 * double.Abs((51.3 - 5.2) * (55.9 - 7.7) - (22.8 - 5.2) * (20.1 - 7.7)), FigurePixels.Darkness(Raster.Paint(sketch, 1)), 4.0);
    }

    [Fact]
    public void ALineThatCrossesItselfIsNotDarkerThere()
    {
        var sketch = new Sketch(40, 40);
        sketch.Add(new Stroke([new(5, 5), new(35, 35), new(35, 5), new(5, 35)], new Ink(Vector3.Zero, 0.5f), 4));
        Assert.InRange(Raster.Paint(sketch, 1).Samples.Min(), 127, 128);
    }

    [Fact]
    public void WhatLiesOutsideIsCutOff()
    {
        var (sketch, black) = (new Sketch(10, 10), new Ink(Vector3.Zero));
        sketch.Line(-1e9f, 0, float.NaN, 3, black);
        sketch.Add(new Dots([new(float.PositiveInfinity, 0)], 3, [black]));
        sketch.Line(-500, 5.5f, 500, 5.5f, black);
        sketch.Add(new Photo(new Bitmap(30, 30, 4), new(-5, -5), new(30, 30))); // transparent
        sketch.Text("no way", -20, 200, 12, black);
        var picture = Raster.Paint(sketch, 1);
        Assert.Equal((255, 0, 255), (picture.Samples[3 * 45], picture.Samples[3 * 55], picture.Samples[3 * 65]));
    }
}
