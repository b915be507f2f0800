using NerfLab.Recipes;
using NerfLab.Weights;
using static NerfLab.Tests.CliProgram;

namespace NerfLab.Tests;

/// <summary><c>nerflab distill</c> as a user meets it.</summary>
public class CliDistillTests
{
    static readonly string[] Small =
    [
        "--device", "cpu", "--views", "1", "--set", "batch.rays=64", "--set", "batch.targetSamples=512", "--set", "distill.spacePoints=32",
    ];

    static readonly string[] TinyMlp = ["--to", "mlp", "--preset", "small", "--set", "field.layers=2", "--set", "field.skip=0", "--set", "field.width=16"];

    static readonly TemporaryFolder s_trained = new();
    static readonly Lazy<string> s_teacher = new(() =>
    {
        Good(["train", "embedded", .. Tiny, "--out", s_trained["teacher"], "--device", "cpu", "--steps", "40"]);
        return s_trained["teacher"];
    });

    /// <summary>A copy of one teacher for all tests.</summary>
    static string Taught(TemporaryFolder folder)
    {
        var teacher = folder["teacher"];
        Directory.CreateDirectory(teacher);
        foreach (var file in Directory.GetFiles(s_teacher.Value)) File.Copy(file, Path.Combine(teacher, Path.GetFileName(file)));
        return teacher;
    }

    [Fact]
    public void FromOneRunToAnotherAndOn()
    {
        using var folder = new TemporaryFolder();
        var teacher = Taught(folder);
        var student = folder["mlp"];
        var said = Good(["distill", teacher, .. TinyMlp, .. Small, "--steps", "12", "--stages", "0.2,0.5", "--out", student, "--live"]);
        Assert.Contains("dB to the teacher", said);
        Assert.Equal(["checkpoint.safetensors", "distill.json", "live.html", "metrics.jsonl", "recipe.json", "scene.json"], Directory.GetFiles(student).Select(Path.GetFileName).Order());
        var log = Run.ReadLog(student);
        Assert.Equal(12, log.Count);
        Assert.True(double.IsNaN(log[3].Psnr) && double.IsFinite(log[11].Psnr));
        Assert.Equal(["features"], log[0].Terms.Keys);

        // An ordinary run: rendered, measured, exported, a teacher itself, but not trained on.
        Good("render", student, "--frames", "1", "--size", "8x8", "--film", "none");
        Assert.Contains("mlp/small on embedded", Good("eval", student, "--no-pictures"));
        Good("export", student, "--to", folder["mesh.ply"], "--resolution", "12", "--threshold", "0.01", "--views", "2", "--columns", "12");
        Good(["distill", student, "--to", "plenoxels", "--preset", "small", "--set", "field.resolution=12", "--set", "growth=[]", .. Small, "--steps", "4", "--out", folder["voxels"]]);
        Assert.Contains("nerflab distill --resume", Complaint("train", "--resume", "--out", student));
    }

    [Fact]
    public void ResumingGivesTheSameBits()
    {
        using var folder = new TemporaryFolder();
        var teacher = Taught(folder);
        Good(["distill", teacher, .. TinyMlp, .. Small, "--steps", "12", "--out", folder["whole"]]);
        Good(["distill", teacher, .. TinyMlp, .. Small, "--steps", "12", "--until", "5", "--out", folder["parts"]]);
        Good("distill", "--resume", "--out", folder["parts"], "--device", "cpu", "--views", "1");
        using var whole = SafetensorsFile.Open(folder["whole/checkpoint.safetensors"]);
        using var parts = SafetensorsFile.Open(folder["parts/checkpoint.safetensors"]);
        foreach (var name in whole.Names)
        {
            using var a = whole.Read(name);
            using var b = parts.Read(name);
            Assert.True(a.bytes.SequenceEqual(b.bytes), name);
        }
    }

    [Fact]
    public void AKilledDistillationGoesOn()
    {
        using var folder = new TemporaryFolder();
        var teacher = Taught(folder);
        using (var program = Start(["distill", teacher, .. TinyMlp, .. Small, "--steps", "1000000", "--checkpoint-every", "0", "--out", folder["s"]]))
        {
            program.Await(() => Run.HasCheckpoint(folder["s"]) && Run.ReadLog(folder["s"]).Count > 5);
            program.Signal("KILL");
            program.Ended();
        }
        Good("distill", "--resume", "--out", folder["s"], "--until", "9", "--device", "cpu", "--views", "1");
        Good("render", folder["s"], "--frames", "1", "--size", "8x8", "--film", "none");
    }

    [Fact]
    public void AnswersAreKeptAndTaughtFromWithoutTheTeacher()
    {
        using var folder = new TemporaryFolder();
        var teacher = Taught(folder);
        Assert.Contains("6 lessons", Good("distill", teacher, "--cache", "6", "--out", folder["kept"], "--device", "cpu"));
        Directory.Delete(teacher, recursive: true);
        Assert.Contains("rays of the cache", Good(["distill", folder["kept"], .. TinyMlp, .. Small, "--steps", "20", "--out", folder["s"]]));
        Good("render", folder["s"], "--frames", "1", "--size", "8x8", "--film", "none");
        File.WriteAllText(folder["kept/000003.safetensors"], "hello");
        Assert.Contains("000003", Complaint(["distill", folder["kept"], .. TinyMlp, .. Small, "--steps", "60", "--out", folder["t"]]));
        Assert.Contains("only answers of it are kept", Complaint(["distill", folder["kept"], .. TinyMlp, .. Small, "--without", "0,0,0,1,1,1", "--out", folder["u"]]));
    }

    [Fact]
    public void WhatCannotBeUsedIsOneSentence()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("TEACHER is missing", Complaint("distill", "--to", "mlp"));
        Assert.Contains("there is no such folder", Complaint("distill", folder["none"], "--to", "mlp"));
        var teacher = Taught(folder);
        foreach (var (arguments, expected) in new (string[], string)[]
        {
            (["--to", "mpl"], "did you mean mlp"), (["--recipe", "papre"], "did you mean paper"), (["--stages", "2,3"], "--stages 2,3"), (["--stages", "0.5"], "--stages 0.5"), (["--box", "1,2,3"], "--box 1,2,3"),
            (["--box", "5,5,5,6,6,6"], "do not overlap"), (["--without", "x"], "--without x"), (["--set", "distill.weigths.rgb=1"], "weights"), (["--set", "field.widht=1"], "width"), (["--out", teacher], "exists already"),
        })
            Assert.Contains(expected, Complaint(["distill", teacher, .. arguments]));
        Assert.Contains("lies outside", Good(["distill", teacher, .. TinyMlp, .. Small, "--steps", "1", "--box", "-1,-1,0,1,1,1", "--out", folder["half"]]));
        var recipe = File.ReadAllText(Path.Combine(teacher, "recipe.json"));
        File.WriteAllText(Path.Combine(teacher, "recipe.json"), recipe.Replace("\"kind\": \"hash\"", "\"kind\": \"hsah\""));
        Assert.Contains("recipe.json", Complaint("distill", teacher, "--to", "mlp"));
    }
}
