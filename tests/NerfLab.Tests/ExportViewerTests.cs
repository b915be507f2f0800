using System.Diagnostics;
using System.Numerics;
using NerfLab.Exports;
using NerfLab.Fields;
using NerfLab.Imaging;
using NerfLab.Recipes;
using NerfLab.Rendering;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>The page for browsers: what Chromium draws is what the renderer renders.</summary>
public class ExportViewerTests
{
    /// <summary>Two soft balls whose colours depend on place and direction.</summary>
    private sealed class Balls : IField
    {
        public Tensor Density(Tensor x) => 30 * (((0.7f - (x - tensor(new[] { 0.1f, -0.2f, 0.3f })).norm(-1)) / 0.08f).sigmoid() + ((0.4f - (x - tensor(new[] { -0.7f, 0.5f, -0.4f })).norm(-1)) / 0.08f).sigmoid());

        public Radiance Query(Tensor x, Tensor d) => new(Density(x), (0.5f + 0.35f * (4 * x).sin() - 0.2f * d.select(-1, 2).unsqueeze(-1)).clamp(0, 1));
    }

    [Fact]
    public void ChromiumShowsWhatTheRendererRenders()
    {
        var chromium = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);
        Assert.SkipWhen(chromium is null, "there is no Chromium here; install the package chromium");
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var (field, box, background) = (new Balls(), Box.Cube(1.3f), new Vector3(1, 1, 0.8f));
        // The principal point is off the middle, which a page could get wrong unseen.
        var camera = Camera.FromAngle(96, 72, 0.9f, Pose.LookAt(new(2, -3.2f, 1.5f), default, Vector3.UnitZ)) with { Cx = 44, Cy = 39 };
        var space = Space.Bounded(box, 0.05f, 20);
        var scene = new SceneSummary("two <balls>", space, [new("a", camera)], [], []);
        var volume = BakedVolume.Of(new FieldPoints(field, CPU), box, 48);
        var page = ViewerPage.Html(scene, "balls", background, volume);
        Assert.DoesNotContain("{{", page);
        Assert.Contains("two &lt;balls&gt;", page);
        Assert.DoesNotContain("http", page.Replace("http-equiv", "")); // it needs no server
        File.WriteAllText(folder["viewer.html"], page);

        var shot = Screenshot(chromium!, folder, "#ui=off&quality=4&size=96x72");
        var truth = new Renderer(new UniformSampler(space, 512), Kernels.Kernels.Reference).Image(field, camera, tensor(new[] { background.X, background.Y, background.Z }));
        using var seen = Image.FromBitmap(shot);
        double error = (seen.Pixels.narrow(0, 0, 72).narrow(1, 0, 96).narrow(2, 0, 3) - truth.Color).square().mean().ToDouble(), psnr = -10 * double.Log10(error);
        TestContext.Current.SendDiagnosticMessage($"Chromium: {psnr:0.0} dB");
        Assert.True(psnr > 33, $"{psnr:0.0} dB");
        // Something is there, and it is not all.
        Assert.InRange(truth.Opacity.mean().ToDouble(), 0.1, 0.9);
    }

    private static Bitmap Screenshot(string chromium, TemporaryFolder folder, string hash)
    {
        var shot = folder["shot.png"];
        var start = new ProcessStartInfo(chromium, ["--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", $"--user-data-dir={folder["profile"]}", "--window-size=500,400", "--hide-scrollbars", $"--screenshot={shot}", $"file://{folder["viewer.html"]}{hash}"])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(File.Exists(shot), $"Chromium made no screenshot: {error.Result}");
        return ImageFile.ReadBitmap(shot);
    }
}
