using System.Text.Json;
using NerfLab.Imaging;
using NerfLab.Recipes;
using NerfLab.Weights;
using TorchSharp;
using static NerfLab.Tests.CliProgram;

namespace NerfLab.Tests;

/// <summary>The program as a user meets it: from training to films, interrupted at any moment.</summary>
public class CliTests
{
    private static IEnumerable<string> Training(string folder, params IEnumerable<string> more) => ["train", "embedded", .. Tiny, "--out", folder, "--device", "cpu", .. more];

    [Fact]
    public void FromTrainingToPictures()
    {
        using var folder = new TemporaryFolder();
        var run = folder["run"];
        Assert.Contains("12 steps", Good(Training(run, "--steps", "12")));
        Assert.Equal(["checkpoint.safetensors", "metrics.jsonl", "recipe.json", "scene.json"], Directory.GetFiles(run).Select(Path.GetFileName).Order());
        Assert.Equal(Enumerable.Range(0, 12), Run.ReadLog(run).Select(l => l.Step));

        var table = Good("eval", run, "--json", folder["eval.json"]);
        Assert.Contains("test/009", table);
        var figures = JsonDocument.Parse(File.ReadAllText(folder["eval.json"])).RootElement;
        Assert.Equal(10, figures.GetProperty("views").GetArrayLength());
        Assert.Equal(figures.GetProperty("views").EnumerateArray().Average(v => v.GetProperty("psnr").GetDouble()), figures.GetProperty("psnr").GetDouble(), 9);
        Assert.Equal(12, figures.GetProperty("trainingSteps").GetInt32());
        Assert.Equal((48, 16), ImageFile.ReadSize(Path.Combine(run, "eval", "test_009.png"))); // rendering, truth, error
        var (code, json, _) = Outcome("eval", run, "--json", "-", "--split", "val", "--no-pictures", "--quiet");
        Assert.Equal(0, code);
        Assert.Equal("val", JsonDocument.Parse(json).RootElement.GetProperty("split").GetString());

        Good("render", run, "--frames", "3", "--size", "20x14", "--depth", "--film", "none", "--out", folder["orbit"]);
        Assert.Equal(["depth_0000.png", "depth_0001.png", "depth_0002.png", "frame_0000.png", "frame_0001.png", "frame_0002.png"], Directory.GetFiles(folder["orbit"]).Select(Path.GetFileName).Order());
        Assert.Equal((20, 14), ImageFile.ReadSize(folder["orbit/frame_0002.png"]));
        Good("render", run, "--path", "test", "--frames", "2");
        Assert.Equal(["test_000.png", "test_005.png"], Directory.GetFiles(Path.Combine(run, "render", "test")).Select(Path.GetFileName).Order());

        // A folder moved elsewhere is all that rendering needs.
        Directory.Move(run, folder["moved"]);
        Good("render", folder["moved"], "--path", "spiral", "--frames", "1", "--film", "none");
    }

    [Fact]
    public void FilmsAreMadeWhereThereIsFfmpeg()
    {
        using var folder = new TemporaryFolder();
        Good(Training(folder["run"], "--steps", "1"));
        var said = Good("render", folder["run"], "--frames", "4", "--size", "33x17", "--film", "both", "--fps", "10", "--out", folder["film"]);
        Assert.True(File.Exists(folder["film/frame_0003.png"]));
        Assert.SkipWhen(said.Contains("there is no ffmpeg"), "there is no ffmpeg here");
        Assert.Equal("GIF89a", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(folder["film/orbit.gif"])[..6]));
        Assert.Equal("ftyp", System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(folder["film/orbit.mp4"])[4..8]));
    }

    [Fact]
    public void ResumingGivesTheSameBits()
    {
        using var folder = new TemporaryFolder();
        Good(Training(folder["whole"], "--steps", "20"));
        Good(Training(folder["parts"], "--steps", "20", "--until", "10"));
        Good("train", "--resume", "--out", folder["parts"], "--device", "cpu");
        using var whole = SafetensorsFile.Open(folder["whole/checkpoint.safetensors"]);
        using var parts = SafetensorsFile.Open(folder["parts/checkpoint.safetensors"]);
        Assert.Equal("20", parts.Metadata["step"]);
        SameBits(whole, parts);
        Assert.Equal(Run.ReadLog(folder["whole"]).Select(l => l with { Seconds = 0, Terms = null! }), Run.ReadLog(folder["parts"]).Select(l => l with { Seconds = 0, Terms = null! }));
    }

    private static void SameBits(WeightFile first, WeightFile second)
    {
        Assert.Equal(first.Names.Order(), second.Names.Order());
        foreach (var name in first.Names)
        {
            using var a = first.Read(name);
            using var b = second.Read(name);
            Assert.True(a.bytes.SequenceEqual(b.bytes), name);
        }
    }

    /// <summary>Of our kernels; libtorch, whose sums may depend on its own threads, keeps one.</summary>
    [Theory]
    [InlineData("hash")]
    [InlineData("mlp")]
    [InlineData("plenoxels")]
    public void TheBitsDoNotDependOnTheNumberOfThreads(string field)
    {
        using var folder = new TemporaryFolder();
        int[] counts = [1, 3];
        foreach (int count in counts)
            GoodWith([$"DOTNET_PROCESSOR_COUNT={count}", "OMP_NUM_THREADS=1"], "train", "embedded", "--field", field, "--preset", "small", "--downscale", "4", "--steps", "18", "--device", "cpu", "--out", folder[$"{count}"]);
        using var one = SafetensorsFile.Open(folder["1/checkpoint.safetensors"]);
        using var three = SafetensorsFile.Open(folder["3/checkpoint.safetensors"]);
        SameBits(one, three);
    }

    [Fact]
    public void KilledAtAnyMomentItLeavesACheckpoint()
    {
        using var folder = new TemporaryFolder();
        var (run, random, last) = (folder["run"], new Random(5), 0);
        for (int round = 0; round < 6; round++)
        {
            bool begun = Run.HasCheckpoint(run);
            using (var program = Start(Training(run, begun ? ["--checkpoint-every", "0", "--resume"] : ["--checkpoint-every", "0", "--steps", "1000000"])))
            {
                program.Await(() => File.Exists(Path.Combine(run, "metrics.jsonl")) && new FileInfo(Path.Combine(run, "metrics.jsonl")).Length > 0);
                Thread.Sleep(random.Next(700));
                program.Signal("KILL");
                Assert.Equal(137, program.Ended().Code);
            }
            using var opened = Run.Open(run, torch.CPU);
            Assert.True(opened.Training.Done >= last);
            last = opened.Training.Done;
        }
        Assert.True(last > 0);
        Assert.Contains($"on from step {last}", Good("train", "--resume", "--out", run, "--until", $"{last + 2}", "--device", "cpu"));
        var steps = Run.ReadLog(run).Select(l => l.Step).ToList();
        Assert.Equal(steps.Distinct().Order(), steps); // no line twice
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void AnInterruptedTrainingIsSaved(string signal)
    {
        using var folder = new TemporaryFolder();
        var run = folder["run"];
        using var program = Start(Training(run, "--steps", "1000000", "--checkpoint-every", "0.05"));
        program.Await(() => File.Exists(Path.Combine(run, "metrics.jsonl")) && new FileInfo(Path.Combine(run, "metrics.jsonl")).Length > 0);
        program.Signal(signal);
        var (code, _, error) = program.Ended();
        Assert.Equal(130, code);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        using var opened = Run.Open(run, torch.CPU);
        Assert.Contains($"holds {opened.Training.Done} of 1000000 steps, --resume goes on", error);
        Assert.Equal(opened.Training.Done, Run.ReadLog(run).Count); // the last step is in the log and in the checkpoint
    }

    [Fact]
    public void SecondsDecideHowManySteps()
    {
        using var folder = new TemporaryFolder();
        Good(Training(folder["run"], "--seconds", "1.5"));
        using var run = Run.Open(folder["run"], torch.CPU);
        Assert.InRange(run.Training.Done, 1, run.Recipe.Steps);
        Assert.InRange(run.Training.Seconds, 0.1, 60);
        Assert.NotEqual(Presets.Find("hash", "small").Steps, run.Recipe.Steps);
    }

    [Fact]
    public void TheTourLeavesAPageThatNeedsNothingElse()
    {
        using var folder = new TemporaryFolder();
        var said = Good("tour", "--out", folder["tour"], "--seconds", "5", "--device", "cpu");
        Assert.Contains("index.html", said);
        var page = File.ReadAllText(folder["tour/index.html"]);
        Assert.DoesNotContain("{{", page);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org", ""));
        Assert.DoesNotContain("https://", page);
        Assert.Equal(2, page.Split("<svg xmlns").Length - 1); // two curves
        Assert.True(page.Split("data:image/jpeg").Length - 1 >= 24); // at least 12 frames in colour and in depth
    }

    [Fact]
    public void InfoIsJsonToo()
    {
        var info = JsonDocument.Parse(Good("info", "--json")).RootElement;
        foreach (var key in (string[])["nerflab", "libtorch", "devices", "threads", "blas", "kernels", "ffmpeg", "memory", "simd", "pictures"]) Assert.True(info.TryGetProperty(key, out _), key);
    }

    [Theory]
    [InlineData("train")]
    [InlineData("eval")]
    [InlineData("render")]
    [InlineData("tour")]
    public void HelpNamesTheDefaultOfEveryOptionWithAValue(string command)
    {
        var help = Good(command, "--help");
        var options = help.Split('\n').Where(l => l.StartsWith("  --") && l.Contains('<') && !l.Contains("--recipe") && !l.Contains("--set")).ToList();
        Assert.True(options.Count >= 3, help);
        Assert.All(options, line => Assert.Contains("[default: ", line));
        Assert.Contains("Usage:", help);
    }

    [Fact]
    public void NerflabAloneShowsTheHelp() => Assert.Contains("nerflab [command] [options]", Good());
}
