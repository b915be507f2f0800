using System.Text.Json;
using NerfLab.Data;
using static NerfLab.Tests.CliProgram;

namespace NerfLab.Tests;

/// <summary><c>nerflab data</c> as a program.</summary>
public class CliDataTests
{
    [Fact]
    public void InfoSaysWhatASceneHolds()
    {
        var text = Good("data", "info", "embedded", "--downscale", "4");
        Assert.Contains("of 32x32 RGBA", text);
        Assert.Contains("bounds    -1 -1 -1 to 1 1 1", text);
        Assert.Contains("remarks   none", text);
        var json = JsonDocument.Parse(Good("data", "info", "embedded", "--json")).RootElement;
        Assert.Equal("embedded", json.GetProperty("scene").GetString());
        Assert.True(json.GetProperty("near").GetDouble() > 1);
    }

    [Theory]
    [InlineData("blender")]
    [InlineData("instant-ngp")]
    [InlineData("colmap")]
    [InlineData("llff")]
    [InlineData("nerfstudio")]
    [InlineData("shapenet-srn")]
    [InlineData("eg3d")]
    public void ConvertWritesWhatCanBeOpened(string format)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains($"in {format}'s format", Good("data", "convert", "embedded", folder["out"], "--to", format, "--downscale", "16"));
        var (made, copy) = (SceneFile.Open("embedded", new SceneOptions(16)), SceneFile.Open(folder["out"]));
        Assert.Equal(made.Views.Count(), copy.Views.Count());
        Assert.Equal(made.Train[0].Camera.Fx, copy.Train[0].Camera.Fx, 1e-4f);
        Assert.Equal(format != "eg3d", copy.HasAlpha);
        // Twice into the same folder is refused.
        Assert.Contains("exists already", Complaint("data", "convert", "embedded", folder["out"], "--to", format));
    }

    [Fact]
    public void CollectionsAreShownDrawnAndConverted()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["a", "b"]) Good("data", "convert", "embedded", folder[$"cups/{name}"], "--to", "shapenet-srn", "--downscale", "16", "--quiet");
        var info = Good("data", "info", folder["cups"]);
        Assert.Contains("scenes    2 in cups, from a to b", info);
        Assert.Contains("views     236, 118 each", info);
        Assert.Contains("236 of 8x8 RGBA", info);
        Assert.Contains("1600x", Good("data", "preview", folder["cups"], "--out", folder["cups.png"]));
        Assert.Contains("2 scenes, 236 views in eg3d's format", Good("data", "convert", folder["cups"], folder["gan"], "--to", "eg3d"));
        Assert.Equal(["a", "b"], SceneCollection.Open(folder["gan"]).Names);
        Good("data", "convert", folder["cups"], folder["nerfs"], "--to", "nerfstudio");
        Assert.Equal(118, SceneCollection.Open(folder["nerfs"])[1].Views.Count());
        Assert.Contains("2 scenes; one of them is expected", Complaint("train", folder["cups"]));
    }

    [Fact]
    public void PreviewWritesAPicture()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains($"{folder["p.png"]}: 1600x", Good("data", "preview", "embedded", "--out", folder["p.png"], "--downscale", "4"));
        Assert.Equal(1600, Imaging.ImageFile.ReadSize(folder["p.png"]).Width);
    }

    [Theory]
    [InlineData("data convret", "convret: unknown command; did you mean convert?")]
    [InlineData("data info nowhere", "nowhere: there is no such folder")]
    [InlineData("data info", "PATH")]
    [InlineData("data convert embedded out --to bledner", "--to bledner: unknown; did you mean blender?")]
    [InlineData("data convert embedded out", "--to")]
    [InlineData("data info embedded --downscale 0", "--downscale 0: a number from 1 upwards")]
    public void WordsThatDoNotFit(string arguments, string expected) => Assert.Contains(expected, Complaint(arguments.Split(' ')));
}
