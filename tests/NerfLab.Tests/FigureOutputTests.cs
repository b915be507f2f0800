using System.Text.Json;
using System.Xml.Linq;
using NerfLab.Imaging;
using NerfLab.Plotting;

namespace NerfLab.Tests;

/// <summary>What figures are written as: PNG, SVG, JSON of plotly.js, and pages.</summary>
public class FigureOutputTests
{
    static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    static Figure Rich => new Figure("a < b & \"c\" </script>") { X = "step", Y = new("loss") { Log = true } }
        .Line("one & two", [1, 2, 3, 4], [1, double.NaN, 0.1, 0.01]).Band("<band>", [1, 2], [0.1, 0.2], [0.3, 0.4]).Scatter("points", [1, 2], [0.5, 0.6]).Vertical(2, "here");

    [Fact]
    public void TheSameFigureGivesTheSameBytes() => Assert.Equal(Rich.ToPng(), Rich.ToPng());

    [Fact]
    public void TwoRunsGiveTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["a.png", "b.png"]) CliProgram.Good("data", "preview", "embedded", "--out", folder[name], "--downscale", "8");
        Assert.Equal(File.ReadAllBytes(folder["a.png"]), File.ReadAllBytes(folder["b.png"]));
    }

    [Fact]
    public void APngOfFewColoursHasAPaletteAndTheSamePixels()
    {
        var figure = new Figure("few colours").Line("a", [1, 2, 3]);
        var (file, picture) = (figure.ToPng(), figure.ToBitmap());
        Assert.Equal(3, file[25]); // the colour type: indexed
        var read = ImageFile.Decode(file, "figure").ToColor();
        Assert.Equal((picture.Width, picture.Height), (read.Width, read.Height));
        for (int i = 0; i < picture.Width * picture.Height; i++)
            if (!read.Samples.AsSpan(i * read.Channels, 3).SequenceEqual(picture.Samples.AsSpan(3 * i, 3))) Assert.Fail($"pixel {i} differs");
    }

    [Fact]
    public void APngOfManyColoursHasThemAll()
    {
        var noise = new Bitmap(64, 64, 3);
        new Random(1).NextBytes(noise.Samples);
        var view = new ImageView(noise);
        Assert.Equal(2, view.ToPng()[25]); // the colour type: three channels
        Assert.Equal(view.ToBitmap().Samples, ImageFile.Decode(view.ToPng(), "noise").Samples);
    }

    [Fact]
    public void SvgIsXmlWithItsTextsInside()
    {
        var svg = XDocument.Parse(Rich.ToSvg()).Root!;
        var texts = svg.Descendants(Svg + "text").Select(t => t.Value).ToList();
        Assert.Contains("a < b & \"c\" </script>", texts);
        Assert.Contains("one & two", texts);
        Assert.Contains("<band>", texts);
        Assert.Equal("currentColor", svg.Descendants(Svg + "text").First().Attribute("fill")!.Value);
        Assert.Equal("hidden", svg.Elements(Svg + "svg").Single().Attribute("overflow")!.Value);
        XDocument.Parse(new Figure("\0\u0001\ud800").ToSvg()); // what XML cannot hold is left out
    }

    [Fact]
    public void SvgHoldsThePointsOfALine()
    {
        var figure = new Figure { Width = 400, Height = 300 }.Line("", [0.0, 1, 2], [0.0, 1, 4], "#123456");
        var path = XDocument.Parse(figure.ToSvg()).Descendants(Svg + "path").Single(p => p.Attribute("stroke")?.Value == "#123456").Attribute("d")!.Value;
        var points = path.Split('M', 'L')[1..].Select(p => p.Split(' ').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.Equal(3, points.Length);
        Assert.Equal(points[1][0] - points[0][0], points[2][0] - points[1][0], 0.02);
        Assert.Equal(3 * (points[0][1] - points[1][1]), points[1][1] - points[2][1], 0.05);
    }

    [Fact]
    public void PicturesInSvgAreData()
    {
        var image = XDocument.Parse(new ImageView(new Bitmap(3, 2, 3)).ToSvg()).Descendants(Svg + "image").Single();
        var file = Convert.FromBase64String(image.Attribute("href")!.Value["data:image/png;base64,".Length..]);
        Assert.Equal((3, 2), (ImageFile.Decode(file, "svg").Width, ImageFile.Decode(file, "svg").Height));
    }

    [Fact]
    public void PlotlyReadsTheSameNumbers()
    {
        using var json = JsonDocument.Parse(Rich.ToPlotly());
        var (data, layout) = (json.RootElement.GetProperty("data"), json.RootElement.GetProperty("layout"));
        Assert.Equal(4, data.GetArrayLength());
        Assert.Equal(("scatter", "one & two", "lines+markers"), (Text(data[0], "type"), Text(data[0], "name"), Text(data[0], "mode")));
        Assert.Equal(["1", "null", "0.1", "0.01"], data[0].GetProperty("y").EnumerateArray().Select(v => v.GetRawText()));
        Assert.Equal(["1", "2", "2", "1"], data[1].GetProperty("x").EnumerateArray().Select(v => v.GetRawText())); // there and back
        Assert.Equal("log", Text(layout.GetProperty("yaxis"), "type"));
        var range = layout.GetProperty("yaxis").GetProperty("range").EnumerateArray().Select(v => v.GetDouble()).ToArray();
        Assert.True(range[0] is > -2.5 and <= -2 && range[1] is >= 0 and < 0.5, string.Join(" ", range));
        Assert.Equal("step", layout.GetProperty("xaxis").GetProperty("title").GetProperty("text").GetString());
        Assert.Equal("#2f86d6", Text(data[0].GetProperty("line"), "color"));
        Assert.StartsWith("rgba(47,134,214,", Text(data[1], "fillcolor"));
    }

    [Fact]
    public void PlotlyReadsTablesHeatMapsBarsAndSpace()
    {
        using var heat = JsonDocument.Parse(new Figure().HeatMap(new[,] { { 1, 2 }, { 3, 4 } }, "σ", (0, 1), (0, 3)).ToPlotly());
        Assert.Equal("[[1,2],[3,4]]", heat.RootElement.GetProperty("data")[0].GetProperty("z").GetRawText());
        Assert.Equal("[0,0.5,1]", heat.RootElement.GetProperty("data")[0].GetProperty("x").GetRawText());
        using var table = JsonDocument.Parse(Figure.Matrix("", ["r"], ["a", "b"], new[,] { { 1, 2 } }).ToPlotly());
        Assert.Equal("reversed", Text(table.RootElement.GetProperty("layout").GetProperty("yaxis"), "autorange"));
        Assert.Equal("""["a","b"]""", table.RootElement.GetProperty("data")[0].GetProperty("x").GetRawText());
        using var bars = JsonDocument.Parse(new Figure().Bars(["a", "b"], [1, 2]).ToPlotly());
        Assert.Equal("category", Text(bars.RootElement.GetProperty("layout").GetProperty("xaxis"), "type"));
        using var space = JsonDocument.Parse(new SpaceFigure("s").Line("ray", [default, System.Numerics.Vector3.One]).ToPlotly());
        Assert.Equal("[0,1,null]", space.RootElement.GetProperty("data")[0].GetProperty("z").GetRawText());
        Assert.Equal("data", Text(space.RootElement.GetProperty("layout").GetProperty("scene"), "aspectmode"));
    }

    [Fact]
    public void APageHoldsTheLibraryOnceAndNoTextEndsItsScripts()
    {
        Assert.SkipUnless(HtmlPage.LibraryPath() is not null, "plotly.js is not in artifacts/plotly; environment/setup fetches it where there is npm");
        var page = HtmlPage.Of("Two <figures>", Rich, new FigureGrid(Rich, new ImageView(new Bitmap(2, 2, 3))), new SpaceFigure());
        Assert.Equal(2, page.Split($"plotly.js v{HtmlPage.Version}").Length);
        Assert.Contains("<h1>Two &lt;figures&gt;</h1>", page);
        var data = page.Split("<script type=\"application/json\">")[1..].Select(p => p[..p.IndexOf("</script>", StringComparison.Ordinal)]).ToList();
        Assert.Equal(3, data.Count);
        Assert.All(data, d => JsonDocument.Parse(d));
        using var folder = new TemporaryFolder();
        Rich.Write(folder["figure.html"]);
        Assert.True(new FileInfo(folder["figure.html"]).Length > 4_000_000);
    }

    [Fact]
    public void APageOfPicturesNeedsNoLibrary() => Assert.True(HtmlPage.Of("pictures", new ImageView(new Bitmap(2, 2, 3))).Length < 5000);

    [Fact]
    public void AMissingOrOtherLibraryIsSaid()
    {
        Assert.Contains("environment/setup", Assert.Throws<BadInputException>(() => HtmlPage.Library(null)).Message);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["plotly.min.js"], "alert(1)");
        Assert.Contains($"not plotly.js {HtmlPage.Version} as pinned", Assert.Throws<BadInputException>(() => HtmlPage.Library(folder["plotly.min.js"])).Message);
    }

    [Fact]
    public void TheSetUpPinsTheSameLibrary()
    {
        var setup = File.ReadAllText(Path.Combine(RealData.Root, "environment", "setup"));
        Assert.Contains($"plotly={HtmlPage.Version}\n", setup);
        Assert.Contains($"plotly_sha256={HtmlPage.Sha256}\n", setup);
    }

    static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    [Fact]
    public void FewColorsMakeAPaintingSmallAndKeepWhatItShows()
    {
        var whole = new ImageGrid().Add(Procedural.Painting.Find("impasto").Draw(96));
        var few = whole with { MostColors = 256 };
        Assert.Equal(3, few.ToPng()[25]); // the colour type: a palette
        Assert.True(few.ToPng().Length < 0.6 * whole.ToPng().Length, $"{few.ToPng().Length} of {whole.ToPng().Length}");
        var (a, b) = (whole.ToBitmap(), ImageFile.Decode(few.ToPng(), "few"));
        double error = a.Samples.Zip(b.To8Bit().ToColor().Samples, (x, y) => (double)(x - y) * (x - y)).Average();
        Assert.InRange(error, 0, 40); // 32 dB
        Assert.True((whole with { MostColors = 16 }).ToPng().Length < few.ToPng().Length);
        Assert.Contains("MostColors 1: 2 to 256 are expected", Assert.Throws<BadInputException>(() => (whole with { MostColors = 1 }).ToPng()).Message);
        Assert.Equal(Rich.ToBitmap().Samples[..3], ImageFile.Decode((Rich with { MostColors = 256 }).ToPng(), "drawing").To8Bit().ToColor().Samples[..3]); // white stays white
    }
}
