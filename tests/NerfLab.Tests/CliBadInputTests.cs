using System.Diagnostics;
using NerfLab.Recipes;
using static NerfLab.Tests.CliProgram;

namespace NerfLab.Tests;

/// <summary>What cannot be used ends in exit code 2 and one line that says what and where, and leaves nothing half-written.</summary>
public class CliBadInputTests
{
    [Theory]
    [InlineData("trian", "trian: unknown command; did you mean train?")]
    [InlineData("train --stpes 3", "--stpes: unknown option; did you mean --steps?")]
    [InlineData("train --steps abc", "--steps abc: a whole number from 1 upwards is expected")]
    [InlineData("train --steps 0", "--steps 0: a whole number from 1 upwards is expected")]
    [InlineData("train --seconds nan", "--seconds nan: a number")]
    [InlineData("train a b", "b: one word too many")]
    [InlineData("train --field hahs", "--field hahs: unknown; did you mean hash?")]
    [InlineData("train --preset smal", "--preset smal: unknown for hash; did you mean small?")]
    [InlineData("train --set optimizer.learningrat=0.1", "no key learningrat; did you mean learningRate?")]
    [InlineData("train --set field.levels=many", "field.levels: the value does not fit")]
    [InlineData("train --set field.width=wide", "; a whole number is expected")]
    [InlineData("train --set space.kind=ndx", "; there are auto, bounded, ndc, contracted")]
    [InlineData("train --set optimizer.restarts=maybe", "; true or false is expected")]
    [InlineData("train --set steps", "path=value is expected")]
    [InlineData("train --device tpu", "--device tpu: cpu, cuda or auto is expected")]
    [InlineData("train --downscale 100", "downscale 100: a factor from 1 to 64 is expected")]
    [InlineData("train --resume --out nowhere", "there is no folder nowhere")]
    [InlineData("train --recipe nowhere.json", "there is no such file")]
    [InlineData("train nowhere", "nowhere: there is no such folder")]
    [InlineData("eval nowhere", "nowhere: there is no such folder")]
    [InlineData("render nowhere --size 12by12", "--size 12by12: columns and rows")]
    [InlineData("render nowhere --path orbti", "--path orbti: unknown; did you mean orbit?")]
    [InlineData("render nowhere --path test --film mp4", "--film mp4: views of a split are no path")]
    [InlineData("eval", "RUN")]
    public void WordsThatDoNotFit(string arguments, string expected) => Assert.Contains(expected, Complaint(arguments.Split(' ')));

    [Fact]
    public void AGpuThatIsNotThere()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda_is_available(), "there is a GPU here");
        Assert.Contains("--device cuda: this libtorch finds no GPU", Complaint("train", "--device", "cuda"));
    }

    [Theory]
    [InlineData("broken", "transforms.json", "line 2")]
    [InlineData("no matrix", "transforms.json", "transform_matrix")]
    [InlineData("NaN", "transforms.json", "transform_matrix")]
    [InlineData("not rigid", "transforms.json", "transform_matrix")]
    [InlineData("zero focal length", "transforms.json", "fl_x")]
    [InlineData("another size", "b.png", "16x16")]
    [InlineData("truncated", "b.png", "truncated")]
    [InlineData("text", "a.jpg", "JPEG")]
    public void ScenesThatCannotBeUsed(string what, string file, string key)
    {
        using var scene = new DataFolder(what == "zero focal length" ? """ "fl_x": 0, """ : """ "fl_x": 20, """, what switch
        {
            "no matrix" => ["""{ "file_path": "a" }""", DataFolder.Frame("b")],
            "NaN" => [DataFolder.Frame("b", matrix: "[[1,0,0,NaN],[0,1,0,0],[0,0,1,4],[0,0,0,1]]")],
            "not rigid" => [DataFolder.Frame("a"), DataFolder.Frame("b", matrix: "[[2,0,0,0],[0,1,0,0],[0,0,1,4],[0,0,0,1]]")],
            "text" => [DataFolder.Frame("a.jpg"), DataFolder.Frame("b")],
            _ => [DataFolder.Frame("a"), DataFolder.Frame("b")],
        });
        if (what == "broken") File.WriteAllText(scene.File, "{\n\"frames\" [");
        if (what == "another size") scene.Picture("b", 16, 16);
        if (what == "truncated") File.WriteAllBytes(Path.Combine(scene.Path, "b.png"), File.ReadAllBytes(Path.Combine(scene.Path, "b.png"))[..60]);
        if (what == "text") File.WriteAllText(Path.Combine(scene.Path, "a.jpg"), "this is no picture");
        using var folder = new TemporaryFolder();
        var message = Complaint("train", scene.Path, "--out", folder["run"], "--steps", "1");
        Assert.Contains(file, message);
        Assert.Contains(key, message);
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Fact]
    public void RunFoldersThatDoNotFit()
    {
        using var folder = new TemporaryFolder();
        var run = folder["run"];
        string[] train = ["train", .. Tiny, "--steps", "2", "--device", "cpu"];
        Good([.. train, "--out", run]);
        var checkpoint = File.ReadAllBytes(Path.Combine(run, "checkpoint.safetensors"));

        Assert.Contains("holds a run with another recipe", Complaint([.. train, "--seed", "1", "--out", run]));
        Assert.Contains("--seed differs from the recipe", Complaint("train", "--resume", "--out", run, "--seed", "1"));
        Assert.Contains("--set differs from the recipe", Complaint("train", "--resume", "--out", run, "--set", "batch.rays=99"));
        Assert.Contains("holds the field hash, not mlp", Complaint("train", "--resume", "--out", run, "--field", "mlp"));
        Assert.Contains("may be raised but not lowered to 1", Complaint("train", "--resume", "--out", run, "--steps", "1"));
        Assert.Contains("has no val", ComplaintWithoutVal(run));
        Assert.Equal(checkpoint, File.ReadAllBytes(Path.Combine(run, "checkpoint.safetensors")));

        // Another architecture than the checkpoint's.
        var recipe = File.ReadAllText(Path.Combine(run, "recipe.json"));
        File.WriteAllText(Path.Combine(run, "recipe.json"), recipe.Replace("\"width\": 16", "\"width\": 24"));
        var other = Complaint("eval", run);
        Assert.Contains("checkpoint.safetensors", other);
        Assert.Contains("where the recipe's architecture has", other);
        File.WriteAllText(Path.Combine(run, "recipe.json"), recipe.Replace("\"width\"", "\"widht\""));
        Assert.Contains("did you mean width?", Complaint("eval", run));
        File.WriteAllText(Path.Combine(run, "recipe.json"), recipe);

        // A checkpoint cut off.
        File.WriteAllBytes(Path.Combine(run, "checkpoint.safetensors"), checkpoint[..(checkpoint.Length / 2)]);
        Assert.Contains("checkpoint.safetensors", Complaint("eval", run));
        Assert.Contains("checkpoint.safetensors", Complaint("train", "--resume", "--out", run));
        File.Delete(Path.Combine(run, "checkpoint.safetensors"));
        Assert.Contains("holds no checkpoint", Complaint("train", "--resume", "--out", run));

        // Folders that are something else.
        File.WriteAllText(folder["letter.txt"], "");
        Assert.Contains("a file is in the way", Complaint([.. train, "--out", folder["letter.txt"]]));
        Assert.Contains("neither empty nor a run", Complaint([.. train, "--out", folder["."]]));
        Assert.Contains("cannot be written", Complaint([.. train, "--out", "/proc/nerflab"]));
    }

    private static string ComplaintWithoutVal(string run)
    {
        // What the scene does not have cannot be rendered: the summary in the folder decides.
        var path = Path.Combine(run, "scene.json");
        var scene = SceneSummary.Read(path);
        (scene with { Val = [] }).Write(path);
        var message = Complaint("render", run, "--path", "val");
        scene.Write(path);
        return message;
    }

    [Fact]
    public void AFullDiskLeavesTheOldCheckpoint()
    {
        using var folder = new TemporaryFolder();
        var disk = Directory.CreateDirectory(folder["disk"]).FullName;
        Assert.SkipUnless(Shell($"mount -t tmpfs -o size=512k tmpfs '{disk}'") == 0, "a small disk cannot be mounted here");
        try
        {
            string[] train = ["train", .. Tiny, "--steps", "1000", "--out", Path.Combine(disk, "run"), "--device", "cpu"];
            Good([.. train, "--until", "3"]);
            var checkpoint = File.ReadAllBytes(Path.Combine(disk, "run", "checkpoint.safetensors"));
            Shell($"dd if=/dev/zero of='{disk}/filler' bs=1k 2>/dev/null"); // until nothing more fits
            var message = Complaint("train", "--resume", "--out", Path.Combine(disk, "run"), "--device", "cpu", "--until", "6");
            Assert.Contains("free some space or choose another folder", message);
            Assert.Equal(checkpoint, File.ReadAllBytes(Path.Combine(disk, "run", "checkpoint.safetensors")));
            Assert.Empty(Directory.GetFiles(Path.Combine(disk, "run"), "*.tmp"));
            File.Delete(Path.Combine(disk, "filler"));
            Assert.Contains("on from step 3", Good("train", "--resume", "--out", Path.Combine(disk, "run"), "--device", "cpu", "--until", "6"));
        }
        finally
        {
            Shell($"umount '{disk}'");
        }
    }

    private static int Shell(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardError = true })!;
        shell.WaitForExit();
        return shell.ExitCode;
    }
}
