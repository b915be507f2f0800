using System.Text.Json;
using NerfLab.Imaging;
using static NerfLab.Tests.CliProgram;

namespace NerfLab.Tests;

/// <summary>The commands of stylization as a user meets them.</summary>
public class CliStyleTests
{
    static readonly TemporaryFolder s_trained = new();
    static readonly Lazy<string> s_run = new(() =>
    {
        Good("data", "styles", s_trained["styles"], "--size", "32", "--only", "swirls", "mosaic");
        Good(["train", "embedded", .. Tiny[2..], "--downscale", "4", "--out", s_trained["run"], "--device", "cpu", "--steps", "60"]);
        return s_trained["run"];
    });

    static string Field => s_run.Value;

    static string Style(string name) => s_trained[$"styles/{name}.png"];

    [Fact]
    public void APictureGetsAStyle()
    {
        using var folder = new TemporaryFolder();
        _ = Field;
        Assert.Contains("32x32, nerflab-mini", Good("style2d", Style("mosaic"), Style("swirls"), "--out", folder["a.png"], "--device", "cpu"));
        Assert.Equal(32, ImageFile.ReadBitmap(folder["a.png"]).Width);
        Assert.Contains("its decoder is missing", Complaint("style2d", Style("mosaic"), Style("swirls"), "--extractor", folder["a.png"]));
        Assert.Contains("2 given for 1 styles", Complaint("style2d", Style("mosaic"), Style("swirls"), "--weights", "1", "2"));
    }

    [Fact]
    public void ArfIsARunLikeAnyOtherAndCanBeInterrupted()
    {
        using var folder = new TemporaryFolder();
        string[] command = ["stylize", Field, Style("swirls"), "--out", folder["styled"], "--device", "cpu", "--fit-steps", "5", "--steps"];
        using (var program = Start([.. command, "100000"]))
        {
            program.Await(() => File.Exists(folder["styled/stylize.json"]));
            program.Signal("INT");
            var (code, _, error) = program.Ended();
            Assert.Equal(130, code);
            Assert.Contains("interrupted", error);
        }
        Assert.Contains("exists already", Complaint([.. command, "100000"]));
        Assert.Contains("begun with other styles or options", Complaint([.. command, "6", "--resume"]));
        Directory.Delete(folder["styled"], recursive: true);
        Assert.Contains("distance to the nearest features", Good([.. command, "4"]));
        Assert.False(File.Exists(folder["styled/stage.safetensors"]));
        Assert.Contains("is complete", Good([.. command, "4", "--resume"]));
        Good("render", folder["styled"], "--frames", "1", "--size", "8x8", "--film", "none");
        Assert.Contains("has learnt no styles", Complaint("render", folder["styled"], "--style", "swirls"));
    }

    [Fact]
    public void StylesAreLearntRenderedMixedAndCompared()
    {
        using var folder = new TemporaryFolder();
        var into = folder["styles"];
        string[] command = ["stylize-compare", Field, Style("swirls"), Style("mosaic"), "--out", into, "--device", "cpu", "--pairs", "1", "--steps", "2", "--module-steps", "300", "--method", "stylizednerf", "adain-per-view", "arf"];
        var said = Good(command);
        foreach (var row in new[] { "before, swirls", "before, mosaic", "stylizednerf, swirls", "stylizednerf, mosaic", "adain-per-view, swirls", "arf, mosaic" }) Assert.Contains($"| {row} ", said);
        Assert.Contains("exact depth", said);
        using (var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(into, "stylize-compare.json"))))
        {
            var rows = json.RootElement.GetProperty("rows").EnumerateArray().ToList();
            Assert.Equal(8, rows.Count);
            Assert.All(rows, r => Assert.True(r.GetProperty("score").GetProperty("consistency").GetProperty("short").GetProperty("rmse").GetDouble() >= 0));
            Assert.Equal("nerflab-mini", rows[0].GetProperty("score").GetProperty("extractor").GetString());
        }
        Assert.True(ImageFile.ReadBitmap(Path.Combine(into, "strip-swirls.png")).Height > 100);
        Assert.True(ImageFile.ReadBitmap(Path.Combine(into, "stylize-compare.png")).Height > 100);

        // What is there is measured again, and results of elsewhere with it.
        var learnt = Path.Combine(into, "stylizednerf");
        Assert.Contains("is complete", Good("stylize", Field, Style("swirls"), Style("mosaic"), "--method", "stylizednerf", "--steps", "300", "--out", learnt, "--resume", "--device", "cpu"));
        var before = File.ReadAllBytes(Path.Combine(learnt, "styles.safetensors"));
        Good("stylize", Field, Style("swirls"), "--method", "adain-per-view", "--out", folder["pictures"], "--device", "cpu");
        Assert.Contains("| pictures, swirls ", Good([.. command[..^1], "--also", folder["pictures"], learnt]));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(learnt, "styles.safetensors")));

        // Renderings of the styles differ, and a mixture lies between them.
        Bitmap Shown(params string[] options)
        {
            Good(["render", learnt, "--frames", "1", "--film", "none", "--out", folder["shown"], "--device", "cpu", .. options]);
            return ImageFile.ReadBitmap(folder["shown/frame_0000.png"]);
        }
        static double Apart(Bitmap a, Bitmap b) => a.Samples.Zip(b.Samples, (x, y) => double.Abs(x - y)).Average();
        var (first, second, mixed) = (Shown(), Shown("--style", "mosaic"), Shown("--style", "1,1"));
        Assert.True(Apart(first, second) > 0 && Apart(first, mixed) <= Apart(first, second) && Apart(second, mixed) <= Apart(first, second), $"{Apart(first, second)}, {Apart(first, mixed)}, {Apart(second, mixed)}");
        Assert.Equal((0, 0), (Apart(first, Shown("--style", "1,0")), Apart(second, Shown("--style", "0,2"))));
        Shown("--style", "swirls", "--scale", "1", "--view", "2");
        Assert.Contains("did you mean mosaic", Complaint("render", learnt, "--style", "mosaik"));
        Assert.Contains("3 weights are given", Complaint("render", learnt, "--style", "1,2,3"));
        Assert.Contains("has learnt styles already", Complaint("stylize", learnt, Style("swirls"), "--out", folder["twice"]));
        Assert.Contains("has no frame_0000.png", Complaint([.. command[..^1], "--also", folder.Path]));

        // A style can be taught to another kind of field, which is interrupted and goes on with the same style.
        string[] teach = ["distill", learnt, "--style", "mosaic", "--to", "hash", "--preset", "small", "--steps", "4", "--set", "batch.rays=64", "--set", "batch.targetSamples=1024", "--out", folder["taught"], "--device", "cpu"];
        Good([.. teach, "--until", "2", "--views", "1"]);
        using (var json = JsonDocument.Parse(File.ReadAllText(folder["taught/distill.json"]))) Assert.Equal("mosaic", json.RootElement.GetProperty("style").GetProperty("style").GetString());
        Assert.Contains("4 steps", Good("distill", "--resume", "--out", folder["taught"], "--device", "cpu", "--views", "1"));
        Assert.Contains("leave --style, --scale and --view out", Complaint("distill", "--resume", "--style", "swirls", "--out", folder["taught"]));
        Assert.Contains("has learnt no styles", Complaint("distill", Field, "--style", "swirls", "--out", folder["untaught"]));
    }
}
