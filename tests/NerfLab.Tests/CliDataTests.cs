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

    [Theory]
    [InlineData("data convret", "convret: unknown command; did you mean convert?")]
    [InlineData("data info nowhere", "nowhere: there is no such folder")]
    [InlineData("data info", "PATH")]
    [InlineData("data convert embedded out --to bledner", "--to bledner: unknown; did you mean blender?")]
    [InlineData("data convert embedded out", "--to")]
    [InlineData("data info embedded --downscale 0", "--downscale 0: a number from 1 upwards")]
    public void WordsThatDoNotFit(string arguments, string expected) => Assert.Contains(expected, Complaint(arguments.Split(' ')));
}
