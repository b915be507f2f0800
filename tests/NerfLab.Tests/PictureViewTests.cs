using NerfLab.Plotting;
using TorchSharp;

namespace NerfLab.Tests;

/// <summary>Views of pictures: images, depth, normals, comparisons, grids and strips.</summary>
public class PictureViewTests
{
    [Fact]
    public void NearIsBrightFarIsDarkNothingIsGrey()
    {
        using var scope = torch.NewDisposeScope();
        var depth = torch.tensor(new[] { 1f, 3f, float.PositiveInfinity, 2f }, [2, 2]);
        var opacity = torch.tensor(new[] { 1f, 1f, 1f, 0f }, [2, 2]);
        var view = new DepthView(depth, opacity) { Range = (1, 3) };
        Assert.Equal(Bytes(ColorMap.Lagoon[1]), view.Pixels().Samples[..3]);
        Assert.Equal(Bytes(ColorMap.Lagoon[0]), view.Pixels().Samples[3..6]);
        Assert.Equal([128, 128, 128, 128, 128, 128], view.Pixels().Samples[6..]);
        Assert.Equal("Depth: cup; 2x2, 1 … 3 m, 50 % hit", (view with { Caption = "cup", Unit = "m" }).Description);
        Assert.Contains("expected the nearer depth first", Assert.Throws<BadInputException>(() => (view with { Range = (2, 2) }).ToPng()).Message);
    }

    [Fact]
    public void AFewStrayDepthsDoNotDecideTheRange()
    {
        using var scope = torch.NewDisposeScope();
        var depth = torch.linspace(2, 4, 1000).clone();
        depth[0] = -100f;
        depth[1] = 1e6f;
        depth[2] = float.NaN;
        var (near, far) = new DepthView(depth.view(25, 40)).Range;
        Assert.InRange(near, 2f, 2.1f);
        Assert.InRange(far, 3.9f, 4f);
        Assert.Equal((0, 1), new DepthView(depth.view(25, 40), torch.zeros(25, 40)).Range);
    }

    [Fact]
    public void TheBarOfADepthViewSaysItsUnitAndRunsFromNearToFar()
    {
        using var scope = torch.NewDisposeScope();
        var shapes = (new DepthView(torch.ones(20, 20)) { Range = (2, 6), Unit = "m" }).Draw().Shapes;
        var labels = shapes.OfType<Label>().ToList();
        Assert.Contains(labels, l => l.Text == "m");
        Assert.True(labels.Single(l => l.Text == "3").At.Y < labels.Single(l => l.Text == "5").At.Y); // near is above, and bright
        var bar = shapes.OfType<Photo>().Last().Bitmap;
        Assert.Equal(Bytes(ColorMap.Lagoon[1]), bar.Samples[..3]);
    }

    [Fact]
    public void NormalsAreColoursAndNothingIsGrey()
    {
        using var scope = torch.NewDisposeScope();
        var normals = torch.tensor(new[] { 1f, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, float.NaN, 0, 0 }, [1, 5, 3]);
        var view = new NormalView(normals);
        Assert.Equal([255, 128, 128, 128, 255, 128, 128, 128, 255, 128, 128, 128, 128, 128, 128], view.Pixels().Samples);
        Assert.Equal("Normals; 5x1, 60 % hit", view.Description);
    }

    [Fact]
    public void ErrorsAreMeansOverChannelsAndTheirDecibelsAreKnown()
    {
        using var scope = torch.NewDisposeScope();
        var (a, b) = (torch.zeros(1, 2, 3), torch.zeros(1, 2, 3));
        b[0, 1, 0] = 0.3f; // a mean of 0.1, half of 0.2
        var (r, g, bl) = ColorMap.Ember[0.1f / 0.2f];
        Assert.Equal([r, g, bl], CompareView.Difference(a, b).Samples[3..]);
        var view = new CompareView(a, b);
        Assert.Equal(-10 * double.Log10(0.09 / 6), view.Psnr, 4);
        Assert.Equal("truth and rendering; 2x1, 18.24 dB", view.Description);
        Assert.Equal("before and after; 2x1, equal", (new CompareView(a, a) { Names = ("before", "after") }).Description);
        Assert.Equal([2, 2, 2, 1], view.Draw().Shapes.OfType<Part>().Single().Sketch.Shapes.Concat(view.Draw().Shapes).OfType<Photo>().Select(p => p.Bitmap.Width));
        Assert.Throws<ArgumentException>(() => new CompareView(a, torch.zeros(2, 2, 3)));
    }

    [Fact]
    public void PixelsOfASmallPictureStaySquares()
    {
        var picture = new Bitmap(2, 1, 3, 8, [250, 0, 0, 0, 0, 250]);
        var shown = (new ImageView(picture) { Width = 200 }).ToBitmap(1);
        Assert.Equal((200, 100), (shown.Width, shown.Height));
        Assert.Equal(10_000, FigurePixels.Of(shown, "#fa0000", 0).Count);
        Assert.Equal(10_000, FigurePixels.Of(shown, "#0000fa", 0).Count);
    }

    [Fact]
    public void ALargePictureIsShrunkByMeans()
    {
        var picture = new Bitmap(400, 400, 1);
        for (int i = 0; i < picture.Samples.Length; i++) picture.Samples[i] = (byte)((i % 400 + i / 400) % 2 * 200);
        Assert.All((new ImageView(picture) { Width = 200 }).ToBitmap(1).Samples, s => Assert.Equal(100, s));
    }

    [Fact]
    public void PicturesAreTensorsImagesAndBitmapsOfAnyDepth()
    {
        using var scope = torch.NewDisposeScope();
        Assert.Equal("Image: a; 4x3, 1 channel", new ImageView(torch.ones(3, 4), "a").Description);
        Assert.Equal(128, new ImageView(new Bitmap(4, 3, 4, 16)).ToBitmap(1).Samples[0] / 2 + 1); // transparent on white
        Assert.Contains("expected [H,W] or [H,W,1|3|4], got [3]", Assert.Throws<BadInputException>(() => new ImageView(torch.ones(3))).Message);
    }

    [Fact]
    public void AGridHasACellForEachPicture()
    {
        var grid = new ImageGrid("g") { Columns = 3 };
        for (int i = 0; i < 5; i++) grid = grid.Add(new Bitmap(10, 10 + i, 3), $"number {i}");
        var photos = grid.Draw().Shapes.OfType<Photo>().ToList();
        Assert.Equal(5, photos.Count);
        Assert.True(photos[3].Corner.Y > photos[0].Corner.Y + photos[0].Size.Y && photos[3].Corner.X < photos[1].Corner.X);
        Assert.All(photos, p => Assert.Equal((float)p.Bitmap.Width / p.Bitmap.Height, p.Size.X / p.Size.Y, 1e-4));
        Assert.Equal("Images: g; number 0 10x10; number 1 10x11; number 2 10x12; number 3 10x13; number 4 10x14", grid.Description);
        Assert.NotEmpty(new ImageGrid().ToPng());
    }

    [Fact]
    public void AStripShowsTheFirstTheLastAndSomeBetween()
    {
        var strip = new FilmStrip("t") { Most = 4 };
        for (int i = 0; i < 10; i++) strip = strip.Add(new Bitmap(4, 4, 3), $"step {i}");
        Assert.Equal(["step 0", "step 3", "step 6", "step 9"], strip.Draw().Shapes.OfType<Label>().Skip(1).Select(l => l.Text));
        Assert.Equal("Film: t; 10 pictures from step 0 to step 9", strip.Description);
        Assert.NotEmpty(new FilmStrip().ToPng());
    }

    [Fact]
    public void FiguresStandBesideEachOther()
    {
        var grid = new FigureGrid(new Figure("a"), new Figure("b"), new Figure("c")) { Title = "all", Shares = [3, 1] };
        var parts = grid.Draw().Shapes.OfType<Part>().ToList();
        Assert.Equal(3, parts[0].Sketch.Width / parts[1].Sketch.Width, 0.001);
        Assert.Equal(0, parts[2].Corner.X);
        Assert.True(parts[2].Corner.Y >= parts[0].Corner.Y + parts[0].Sketch.Height);
        Assert.Contains("expected 2 numbers above 0", Assert.Throws<BadInputException>(() => (grid with { Shares = [1] }).ToPng()).Message);
    }

    static byte[] Bytes((byte R, byte G, byte B) c) => [c.R, c.G, c.B];
}
