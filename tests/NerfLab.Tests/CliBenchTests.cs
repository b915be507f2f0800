using System.Globalization;
using NerfLab.Imaging;

namespace NerfLab.Tests;

/// <summary>nerflab bench as a program: what it prints and leaves, not how fast anything is.</summary>
public class CliBenchTests
{
    [Fact]
    public void KernelsAreMeasuredBesideTheirReferences()
    {
        using var folder = new TemporaryFolder();
        var output = CliProgram.Good("bench", "--samples", "256", "--turns", "1", "--out", folder["bench"]);
        Assert.Contains("GFLOP/s", output);
        Assert.Matches(@"\| HashEncode, L8F4 +\|", output);
        Assert.Matches(@"samples/s, with the reference", output);
        var lines = File.ReadAllLines(folder["bench/kernels.csv"]);
        foreach (var name in new[] { "MarchRays", "VoxelInterpolate", "VmFeatures", "PassLayers", "CompareHead", "training" }) Assert.Contains(lines, l => l.Trim('"').StartsWith(name, StringComparison.Ordinal));
        foreach (var line in lines.Skip(1))
        {
            var figures = line[(line.StartsWith('"') ? line.LastIndexOf('"') + 2 : line.IndexOf(',', StringComparison.Ordinal) + 1)..].Split(',');
            Assert.Equal(lines[0].Count(c => c == ','), figures.Length);
            Assert.All(figures.Where(f => f.Length > 0), f => Assert.True(double.Parse(f, CultureInfo.InvariantCulture) >= 0));
            Assert.True(double.Parse(figures[0], CultureInfo.InvariantCulture) > 0);
        }
    }

    [Fact]
    public void FieldsAreTrainedAndMeasuredOnTheWay()
    {
        using var folder = new TemporaryFolder();
        var output = CliProgram.Good("bench", "embedded", "--field", "plenoxels", "--downscale", "8", "--seconds", "0.6", "--every", "0.2", "--views", "2", "--out", folder["bench"]);
        Assert.Matches(@"\| plenoxels/small +\|", output);
        var lines = File.ReadAllLines(folder["bench/training.csv"]);
        Assert.Equal("field,seconds,step,views,psnr", lines[0]);
        Assert.True(lines.Length >= 3);
        Assert.All(lines.Skip(1), l => Assert.InRange(double.Parse(l.Split(',')[4], CultureInfo.InvariantCulture), 3, 60));
        Assert.True(ImageFile.ReadBitmap(folder["bench/training.png"]).Width > 100);
        Assert.True(File.Exists(folder["bench/plenoxels/checkpoint.safetensors"]));
    }

    [Fact]
    public void EveryFieldTeachesEveryField()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["bench", "embedded", "--pairs", "--field", "hash", "tri-plane", "--teacher", "hash", "--downscale", "8", "--seconds", "0.6", "--teacher-seconds", "0.8", "--views", "1", "--out", folder["bench"]];
        Assert.Matches(@"\| hash, tri-plane +\|", CliProgram.Good(arguments));
        var lines = File.ReadAllLines(folder["bench/pairs.csv"]);
        Assert.Equal("teacher,student,psnr to teacher,psnr,steps,preparing,seconds,parameters", lines[0]);
        Assert.Equal(["pictures,hash", "pictures,tri-plane", "hash,hash", "hash,tri-plane"], lines.Skip(1).Select(l => string.Join(',', l.Split(',')[..2])));
        foreach (var figures in lines.Skip(1).Select(l => l.Split(',')))
        {
            Assert.Equal(figures[0] == "pictures", figures[2].Length == 0);
            Assert.InRange(double.Parse(figures[3], CultureInfo.InvariantCulture), 3, 60);
        }
        Assert.True(ImageFile.ReadBitmap(folder["bench/pairs.png"]).Width > 100);

        // A teacher that is there is taken as it is.
        var before = File.ReadAllBytes(folder["bench/teacher-hash/checkpoint.safetensors"]);
        CliProgram.Good(arguments);
        Assert.Equal(before, File.ReadAllBytes(folder["bench/teacher-hash/checkpoint.safetensors"]));
    }

    [Theory]
    [InlineData("--teacher: is for --pairs", "embedded", "--teacher", "hash")]
    [InlineData("--every: pairs are measured once", "embedded", "--pairs", "--every", "3")]
    [InlineData("did you mean hash", "embedded", "--pairs", "--teacher", "hsah")]
    [InlineData("needs a scene to train on", "--seconds", "3")]
    [InlineData("is for the kernels", "embedded", "--quick")]
    [InlineData("did you mean hash", "embedded", "--field", "hsah")]
    [InlineData("--turns", "--turns", "0")]
    public void WhatDoesNotFitIsRefused(string part, params string[] arguments) => Assert.Contains(part, CliProgram.Complaint(["bench", .. arguments]));
}
