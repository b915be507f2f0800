using System.Numerics;
using NerfLab.Data;
using NerfLab.Plotting;

namespace NerfLab.Tests;

/// <summary>Figures in space, and of scenes as data.</summary>
public class ScenePreviewTests
{
    const string Red = "#e00000", Green = "#00a000", Blue = "#0000e0";

    [Fact]
    public void RightAndUpAreWhereTheDirectionSays()
    {
        // Looking along +y with z upwards: x goes to the right.
        var figure = new SpaceFigure { Direction = Vector3.UnitY, AxesLength = 0 }.Points("", [Vector3.Zero], color: Red).Points("", [Vector3.UnitX], color: Green).Points("", [Vector3.UnitZ], color: Blue);
        var picture = figure.ToBitmap(1);
        Vector2 o = FigurePixels.Middle(picture, Red), x = FigurePixels.Middle(picture, Green), z = FigurePixels.Middle(picture, Blue);
        Assert.True(x.X - o.X > 100 && float.Abs(x.Y - o.Y) < 1, $"{o} {x}");
        Assert.True(o.Y - z.Y > 100 && float.Abs(z.X - o.X) < 1, $"{o} {z}");
        Assert.Equal(x.X - o.X, o.Y - z.Y, 1.5); // a unit is equally long everywhere
    }

    [Fact]
    public void NearPointsHideFarOnes()
    {
        var picture = new SpaceFigure { Direction = Vector3.UnitX, AxesLength = 0 }.Points("", [Vector3.Zero, -Vector3.UnitX, 2 * Vector3.UnitX], [new(1, 0, 0), new(0, 0, 1), new(0, 1, 0)]).ToBitmap(1);
        Assert.NotEmpty(FigurePixels.Of(picture, "#2222ff", 40));
        Assert.Empty(FigurePixels.Of(picture, "#ff2222", 40));
    }

    [Fact]
    public void ACameraLooksAlongItsPyramidAndARoofSaysWhereUpIs()
    {
        var camera = Camera.FromAngle(80, 60, 1, Pose.LookAt(new(0, -4, 0), Vector3.Zero, Vector3.UnitZ));
        var figure = new SpaceFigure { Direction = Vector3.UnitX, AxesLength = 0 }.Cameras("", [camera], Red, depth: 1).Points("", [Vector3.Zero], color: Green);
        var picture = figure.ToBitmap(2);
        var lines = FigurePixels.Of(picture, Red, 70);
        var aim = FigurePixels.Middle(picture, Green);
        Assert.True(lines.Min(p => float.Abs(p.X - aim.X)) > 50); // one of four units deep
        float top = lines.Min(p => p.Y), bottom = lines.Max(p => p.Y);
        Assert.True(aim.Y - top > bottom - aim.Y + 5, $"{top} {aim.Y} {bottom}"); // the roof is above
    }

    [Fact]
    public void OddThingsInSpaceAreDrawnAsFarAsTheyCan()
    {
        Assert.Equal("Figure in space: untitled", new SpaceFigure().Description);
        new SpaceFigure().ToPng();
        new SpaceFigure { Direction = Vector3.UnitZ }.Points("p", [new(float.NaN), Vector3.One]).Line("l", []).Box(new Box(default, default)).ToPng();
        Assert.Contains("1 colors for 2 points", Assert.Throws<BadInputException>(() => new SpaceFigure().Points("p", [default, default], [Vector3.One])).Message);
        Assert.Contains("longer than 0", Assert.Throws<BadInputException>(() => new SpaceFigure { Up = default }.ToPng()).Message);
    }

    [Fact]
    public void ACameraIsDrawnInTheColourOfItsSplit()
    {
        var scene = SceneFile.Open("embedded", new SceneOptions(8, Embedded: new EmbeddedOptions(4, 2, 2)));
        var picture = ScenePreview.Of(scene).ToBitmap(ScenePreview.Scale);
        int Near(Vector3 color) => Enumerable.Range(0, picture.Width * picture.Height).Count(i => Vector3.Distance(new Vector3(picture.Samples[3 * i], picture.Samples[3 * i + 1], picture.Samples[3 * i + 2]) / 255, color) < 0.03f);
        int train = Near(new(0.15f, 0.45f, 0.8f)), val = Near(new(0.1f, 0.6f, 0.35f)), test = Near(new(0.85f, 0.28f, 0.2f));
        Assert.True(train > 100 && val > 100 && test > 100, $"{train} {val} {test}");
        var without = Near(new(0.85f, 0.28f, 0.2f));
        picture = ScenePreview.Of(scene with { Test = [] }).ToBitmap(ScenePreview.Scale);
        Assert.True(Near(new(0.85f, 0.28f, 0.2f)) < without / 2);
    }

    [Fact]
    public void ACollectionIsDrawnAsASheet()
    {
        var scenes = new SceneCollection("some", [.. Enumerable.Range(0, 12).Select(i => $"{i:00}")], i => SceneFile.Open("embedded", new SceneOptions(8, Embedded: new EmbeddedOptions(1, 0, 0))));
        var picture = ScenePreview.Of(scenes).ToBitmap(ScenePreview.Scale);
        Assert.Equal(1600, picture.Width);
        Assert.InRange(picture.Height, 350, 470); // two rows
    }
}
