using System.Numerics;
using NerfLab.Plotting;
using static NerfLab.Tests.FigurePixels;

namespace NerfLab.Tests;

/// <summary>Figures with two axes: where things are drawn, and what is said about wrong input.</summary>
public class FigureTests
{
    const string Red = "#e00000", Green = "#00a000", Blue = "#0000e0";

    static Figure Square(bool logX = false, bool logY = false) => new()
    {
        Width = 400, Height = 300, X = new("x") { Log = logX, From = logX ? 1 : 0, To = 100 }, Y = new("y") { Log = logY, From = logY ? 1 : 0, To = 100 },
    };

    [Fact]
    public void EqualDistancesAreEquallyLongOnALinearAxis()
    {
        var picture = Square().Scatter("", [20.0], [20.0], Red).Scatter("", [50.0], [50.0], Green).Scatter("", [80.0], [80.0], Blue).ToBitmap();
        Vector2 a = Middle(picture, Red), b = Middle(picture, Green), c = Middle(picture, Blue);
        Assert.InRange(Vector2.Distance(b - a, c - b), 0, 1);
        Assert.True(b.X - a.X > 100 && a.Y - b.Y > 80); // to the right and upwards
    }

    [Fact]
    public void EqualRatiosAreEquallyLongOnALogAxis()
    {
        var picture = Square(logX: true, logY: true).Scatter("", [2], [50f], Red).Scatter("", [8], [12.5f], Green).Scatter("", [32], [3.125f], Blue).ToBitmap();
        Vector2 a = Middle(picture, Red), b = Middle(picture, Green), c = Middle(picture, Blue);
        Assert.InRange(Vector2.Distance(b - a, c - b), 0, 1);
        Assert.True(c.Y > a.Y);
    }

    [Fact]
    public void APointLiesOnTheLineOfItsTick()
    {
        var sketch = Square().Scatter("", [40.0], [50.0], Red).Draw();
        var label = sketch.Shapes.OfType<Label>().Single(l => l.Text == "40" && l.Anchor == Anchor.Middle);
        var level = sketch.Shapes.OfType<Label>().Single(l => l.Text == "50" && l.Anchor == Anchor.End);
        var part = sketch.Shapes.OfType<Part>().Single();
        var point = part.Corner + part.Sketch.Shapes.OfType<Dots>().Single().Centers[0];
        Assert.Equal(label.At.X, point.X, 0.01);
        Assert.Equal(level.At.Y - 4, point.Y, 0.01);
        Assert.InRange(Vector2.Distance(Middle(Raster.Paint(sketch, 2), Red), 2 * point), 0, 0.6);
    }

    [Fact]
    public void WhatLiesBeyondTheAxesIsCutOff()
    {
        var figure = Square().Line("", [-500.0, 600], [-500.0, 600], Red).Scatter("", [200.0], [50.0], Green);
        var part = figure.Draw().Shapes.OfType<Part>().Single();
        var picture = figure.ToBitmap(1);
        var line = Of(picture, Red, 90);
        Assert.NotEmpty(line);
        Assert.All(line, p => Assert.True(p.X >= part.Corner.X - 1 && p.Y >= part.Corner.Y - 1 && p.X <= part.Corner.X + part.Sketch.Width + 1 && p.Y <= part.Corner.Y + part.Sketch.Height + 1, $"{p}"));
        Assert.Empty(Of(picture, Green));
    }

    [Fact]
    public void ABandLiesBetweenItsLinesInTheColourOfTheMarkBefore()
    {
        var figure = Square().Line("", [0.0, 100], [50.0, 50], Red).Band("", [0.0, 100], [30.0, 30], [70.0, 70]);
        var pale = Of(figure.ToBitmap(1), "#f8c7c7", 3); // 22 % of the red on white
        var part = figure.Draw().Shapes.OfType<Part>().Single();
        Assert.Equal(part.Corner.Y + 0.3f * part.Sketch.Height, pale.Min(p => p.Y), 1.5);
        Assert.Equal(part.Corner.Y + 0.7f * part.Sketch.Height, pale.Max(p => p.Y), 1.5);
    }

    [Fact]
    public void BarsAreAsHighAsTheirValuesAndStandOnZero()
    {
        var figure = new Figure { Width = 400, Height = 300 }.Bars(["a", "b", "c"], [4, -2, 2], Red);
        var sketch = figure.Draw().Shapes.OfType<Part>().Single().Sketch;
        var heights = sketch.Shapes.OfType<Fill>().Select(f => (Top: f.Outline[0].Y, Floor: f.Outline[2].Y)).ToArray();
        Assert.Equal(heights[0].Floor, heights[1].Floor, 0.01);
        Assert.Equal(2, (heights[0].Floor - heights[0].Top) / (heights[2].Floor - heights[2].Top), 0.001);
        Assert.Equal(-2, (heights[0].Floor - heights[0].Top) / (heights[1].Floor - heights[1].Top), 0.001);
    }

    [Fact]
    public void BarsOfTwoSeriesStandBesideEachOther()
    {
        var sketch = new Figure().Bars("one", ["a", "b"], [1, 2]).Bars("two", ["a", "b"], [3, 4]).Draw().Shapes.OfType<Part>().Single().Sketch;
        var bars = sketch.Shapes.OfType<Fill>().Select(f => (Left: f.Outline[0].X, Right: f.Outline[1].X)).ToArray();
        Assert.True(bars[0].Right <= bars[2].Left && bars[2].Right <= bars[1].Left && bars[1].Right <= bars[3].Left);
    }

    [Fact]
    public void AHistogramCountsEveryFiniteValueOnce()
    {
        double[] values = [0, 0.1, 0.1, 0.9, 1, double.NaN, double.PositiveInfinity];
        var stairs = Assert.IsType<StairsMark>(new Figure().Histogram(values, 2).Marks[0]);
        Assert.Equal([3.0, 2], stairs.Heights);
        Assert.Equal([0.0, 0.5, 1], stairs.Edges);
        Assert.Equal([2.0], Assert.IsType<StairsMark>(new Figure().Histogram([7f, 7f], 1).Marks[0]).Heights); // all equal
    }

    [Fact]
    public void TheFirstRowOfAHeatMapIsTheLowestAndThatOfATableTheHighest()
    {
        var values = new[,] { { 0.0, double.NaN }, { 1, 2 } };
        var cells = Photo(new Figure().HeatMap(values));
        Assert.Equal(Rgb(ColorMap.Lagoon[0.5f]), cells.Samples.AsSpan(0, 3).ToArray());
        Assert.Equal(Rgb(ColorMap.Lagoon[1]), cells.Samples.AsSpan(4, 3).ToArray());
        Assert.Equal(Rgb(ColorMap.Lagoon[0]), cells.Samples.AsSpan(8, 3).ToArray());
        Assert.Equal([255, 255, 255, 0], [cells.Samples[3], cells.Samples[7], cells.Samples[11], cells.Samples[15]]); // what is no number stays empty
        Assert.Equal(Rgb(ColorMap.Lagoon[0]), Photo(Figure.Matrix("", ["r", "s"], ["a", "b"], values)).Samples.AsSpan(0, 3).ToArray());

        static Bitmap Photo(Figure figure) => figure.Draw().Shapes.OfType<Part>().Single().Sketch.Shapes.OfType<Photo>().Single().Bitmap;
        static byte[] Rgb((byte R, byte G, byte B) c) => [c.R, c.G, c.B];
    }

    [Fact]
    public void ATableHasItsNumbersInItsCellsWithEquallyManyDigits()
    {
        var labels = Figure.Matrix("t", ["r", "s"], ["a", "b"], new[,] { { 31.2, 29.125 }, { 27, -1 } }).Draw().Shapes.OfType<Part>().Single().Sketch.Shapes.OfType<Label>().Select(l => l.Text);
        Assert.Equal(["31.20", "29.12", "27.00", "−1.00"], labels);
    }

    [Fact]
    public void ACircleIsRoundWhereUnitsAreEquallyLong()
    {
        var angles = Enumerable.Range(0, 201).Select(i => i * double.Tau / 200).ToList();
        var picture = (Square() with { SameScale = true, X = "x", Y = "y" }).Line("", angles.Select(double.Cos), angles.Select(double.Sin), Red).ToBitmap();
        var line = Of(picture, Red);
        Assert.Equal(line.Max(p => p.X) - line.Min(p => p.X), line.Max(p => p.Y) - line.Min(p => p.Y), 1.5);
    }

    public static TheoryData<string, double[]> OddValues => new()
    {
        { "none", [] }, { "one", [5] }, { "equal", [3, 3, 3] }, { "NaN", [double.NaN, double.NaN] }, { "infinite", [1, double.PositiveInfinity, double.NegativeInfinity, 2] },
        { "huge", [-1e300, 1e300] }, { "tiny", [1e-300, 2e-300] }, { "negative", [-3, -1] }, { "zero", [0] },
    };

    [Theory]
    [MemberData(nameof(OddValues))]
    public void OddValuesAreDrawnAsFarAsTheyCan(string name, double[] values)
    {
        int n = values.Length;
        var figure = new Figure(name) { X = "x", Y = "y" }.Line("line", values).Band("band", Enumerable.Range(0, n), values, values).Scatter("points", values, values);
        figure = figure.Histogram("counts", values, 3).Bars("bars", values.Select((_, i) => $"{i}"), values);
        if (n > 0) figure = figure.Stairs("stairs", Enumerable.Range(0, n + 1), values);
        Assert.InRange(Darkness(figure.ToBitmap(1)), 100, 800 * 420);
        Assert.Contains(name, figure.Description);
        System.Text.Json.JsonDocument.Parse(figure.ToPlotly());
        System.Xml.Linq.XDocument.Parse(figure.ToSvg());
    }

    [Fact]
    public void ALineBreaksWhereANumberIsMissing()
    {
        var strokes = new Figure().Line("", [1, 2, double.NaN, 4, 5, double.PositiveInfinity, 7]).Draw().Shapes.OfType<Part>().Single().Sketch.Shapes;
        Assert.Equal([2, 2], strokes.OfType<Stroke>().Select(s => s.Points.Count));
        Assert.Equal([2, 2, 1], strokes.OfType<Dots>().Select(s => s.Centers.Count)); // the last stands alone
    }

    [Fact]
    public void OfAMillionPointsThoseThatAreSeenAreDrawn()
    {
        var random = new Random(3);
        var y = new float[1_000_000];
        for (int i = 1; i < y.Length; i++) y[i] = y[i - 1] + random.NextSingle() - 0.5f;
        var figure = new Figure { Width = 800 }.Line("walk", y, Red);
        var points = figure.Draw().Shapes.OfType<Part>().Single().Sketch.Shapes.OfType<Stroke>().Single().Points;
        Assert.InRange(points.Count, 800, 4 * 4 * 800 + 8);
        // The highest and the lowest are among them.
        var plot = figure.Draw().Shapes.OfType<Part>().Single().Sketch;
        var scale = figure.Scales().Y;
        Assert.Equal((1 - scale.Part(y.Max())) * plot.Height, points.Min(p => p.Y), 0.01);
        Assert.Equal((1 - scale.Part(y.Min())) * plot.Height, points.Max(p => p.Y), 0.01);
        Assert.NotEmpty(Of(new Figure().Scatter("many", Enumerable.Range(0, y.Length), y, Red).ToBitmap(1), Red, 60));
    }

    [Fact]
    public void OneLineNeedsNoLegend()
    {
        var figure = new Figure { Y = "loss" }.Line("a", [1, 2]);
        Assert.DoesNotContain(figure.Draw().Shapes.OfType<Label>(), l => l.Text == "a");
        Assert.Contains(figure.Line("b", [2, 1]).Draw().Shapes.OfType<Label>(), l => l.Text == "a");
    }

    [Fact]
    public void TheDescriptionSaysWhatIsSeen()
    {
        var figure = new Figure("What the loss does").Line("hash", [12.1, 20, 28.3]).Horizontal(25, "the paper");
        Assert.Equal("Figure: What the loss does; hash: 3 points, 12.1 … 28.3; the paper: at y = 25", figure.ToString());
        Assert.Equal("Figure: untitled, empty", new Figure().Description);
        Assert.Equal("Figure in space: untitled", new SpaceFigure().Description);
    }

    [Fact]
    public void ADescriptionOfManyLinesStaysShort()
    {
        var figure = Enumerable.Range(0, 20).Aggregate(new Figure("grid"), (f, i) => f.Line($"line {i}", [1.0, i]));
        Assert.Contains("line 7: ", figure.Description);
        Assert.EndsWith("; and 12 more", figure.Description);
        Assert.DoesNotContain("line 8", figure.Description);
        var space = Enumerable.Range(0, 9).Aggregate(new SpaceFigure(), (f, i) => f.Line($"ray {i}", [default, System.Numerics.Vector3.One]));
        Assert.EndsWith("ray 7: a line through 2 points; and 1 more", space.Description);
    }

    [Fact]
    public void FiguresAreNotChangedByAddingToThem()
    {
        var figure = new Figure("a").Line("x", [1, 2]);
        _ = figure.Line("y", [3, 4]);
        Assert.Single(figure.Marks);
    }

    [Fact]
    public void SmoothingKeepsTheMeanOfEveryStretch()
    {
        var points = Enumerable.Range(0, 1000).Select(i => ((double)i, i % 2 == 0 ? 0.0 : 2.0)).ToList();
        var smooth = Figure.Smoothed(points, 50);
        Assert.Equal(50, smooth.Count);
        Assert.All(smooth, p => Assert.InRange(p.Y, 0.85, 1.15));
    }

    public static TheoryData<string, Action> Wrong => new()
    {
        { "line \"a\": 3 numbers in x and 2 in y; expected as many", () => new Figure().Line("a", [1, 2, 3], [1, 2]) },
        { "band \"b\": 2 numbers in x and 1 in high; expected as many", () => new Figure().Band("b", [1, 2], [1, 2], [1]) },
        { "scatter: 1 numbers in x and 0 in y; expected as many", () => new Figure().Scatter("", [1.0], Array.Empty<double>()) },
        { "bars: 2 names for 1 values", () => new Figure().Bars(["a", "b"], [1]) },
        { "bars \"s\": other names than the bars before have", () => new Figure().Bars("r", ["a"], [1]).Bars("s", ["b"], [1]) },
        { "histogram: -3 bins; expected 1 to 100000", () => new Figure().Histogram([1, 2], -3) },
        { "histogram: 0 bins", () => new Figure().Histogram([1, 2], 0) },
        { "stairs \"w\": 2 edges for 2 levels; expected one edge more than levels", () => new Figure().Stairs("w", [0, 1], [1, 2]) },
        { "stairs: edge 2 is 1 and the one before 2; expected edges that grow", () => new Figure().Stairs("", [0, 2, 1], [1, 2]) },
        { "y axis \"loss\": none of its 2 values is above 0, and a log axis shows no others; make it linear", () => new Figure { Y = new("loss") { Log = true } }.Line("a", [0, -1]) },
        { "x axis: it cannot begin or end at 0; expected a number above 0 for a log axis", () => new Figure { X = new("") { Log = true, From = 0 } }.Line("a", [1, 2], [1, 2]) },
        { "y axis: it would run from 5 to 2; expected From below To", () => new Figure { Y = new("") { From = 5, To = 2 } }.Line("a", [1, 2]) },
        { "heat map \"h\": values are [0,2]; expected at least one row and one column", () => new Figure().HeatMap(new double[0, 2], "h") },
        { "heat map: its cells are equally wide, and so both axes must be linear", () => new Figure { X = new("") { Log = true } }.HeatMap(new double[1, 2]) },
        { "heat map: range (2, 1); expected the lower number first", () => new Figure().HeatMap(new double[1, 2], range: (2, 1)) },
        { "matrix \"m\": 1 names of rows and 2 of columns for values [2,2]; expected one name each", () => Figure.Matrix("m", ["a"], ["a", "b"], new double[2, 2]) },
        { "color \"red\": expected # and six hexadecimal digits", () => new Figure().Line("a", [1, 2], color: "red") },
        { "Width 50: expected 120 to 4000 pixels", () => new Figure { Width = 50 }.ToPng() },
        { "Height 20: expected 80 to 4000 pixels, or 0", () => new Figure { Height = 20 }.ToPng() },
        { "every 0: expected 1 or more points", () => Figure.Live("", "", "", every: 0) },
        { "a figure is written as .png, .jpg, .svg or .html, not as \".bmp\"", () => new Figure().Write("x.bmp") },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void WrongInputIsSaidInASentence(string sentence, Action act) => Assert.Contains(sentence, Assert.Throws<BadInputException>(act).Message);
}
