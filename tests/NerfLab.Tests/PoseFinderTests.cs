using System.Numerics;
using NerfLab.Data;
using NerfLab.Imaging;
using static NerfLab.Tests.CliProgram;

namespace NerfLab.Tests;

/// <summary><c>nerflab pose</c>: a program in COLMAP's place that plays a part, and COLMAP itself where it is installed.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")] // the stand-in for COLMAP is a shell script
public class PoseFinderTests
{
    /// <summary>Four photographs, and a program that notes how it is called and puts prepared models where the mapper should.</summary>
    static string Fake(TemporaryFolder folder, string onMapper, string onFeatures = "")
    {
        for (int i = 0; i < 4; i++) ImageFile.Write(folder[$"photos/p{i}.png"], new Bitmap(32, 24, 3));
        File.WriteAllText(folder["colmap"], $$"""
            #!/bin/sh
            echo "$@" >> {{folder["calls"]}}
            test "$QT_QPA_PLATFORM" = offscreen || exit 9
            case "$1 $2" in
            "feature_extractor --help") echo "  --SiftExtraction.use_gpu arg (=1)";;
            feature_extractor*) {{onFeatures}}
                echo "Processed file [2/4]";;
            mapper*)
                while [ "$1" != --output_path ]; do shift; done
                {{onMapper}};;
            esac
            """);
        File.SetUnixFileMode(folder["colmap"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder["colmap"];
    }

    static void Model(TemporaryFolder folder, string name, int images)
    {
        Directory.CreateDirectory(folder[name]);
        File.WriteAllBytes(folder[$"{name}/cameras.bin"], ColmapFiles.Cameras((1, 1, 32, 24, [30, 31, 16, 12])));
        File.WriteAllBytes(folder[$"{name}/images.bin"], ColmapFiles.Images([.. Enumerable.Range(0, images).Select(i => ($"p{i}.png", 1u, (double[])[1, 0, 0, 0], (double[])[-0.1 * i, 0, 0]))]));
        File.WriteAllBytes(folder[$"{name}/points3D.bin"], ColmapFiles.Points(Enumerable.Range(0, 12).Select(i => new Vector3(i % 3, i % 4, 5 + i % 5))));
    }

    [Fact]
    public void TheLargestOfSeveralModelsIsKeptAndOpens()
    {
        using var folder = new TemporaryFolder();
        Model(folder, "small", 2);
        Model(folder, "large", 3);
        var colmap = Fake(folder, $"cp -r {folder["small"]} $2/0; cp -r {folder["large"]} $2/1; echo 'Registering image #3 (2)'");
        var progress = new List<(string, double)>();
        var found = new PoseFinder(Program: colmap, CameraModel: "SIMPLE_RADIAL").Find(folder["photos"], (work, f) => progress.Add((work, f)));
        Assert.Equal((4, 3, 2), (found.Photographs, found.Models[0], found.Models[1]));
        var scene = SceneFile.Open(folder["photos"]);
        Assert.Equal((3, 12), (scene.Views.Count(), scene.Points.Count));
        Assert.Equal("photos/p1", scene.Views.OrderBy(v => v.Name).ElementAt(1).Name);
        Assert.Equal([("features", 0), ("features", 0.5), ("features", 1), ("matching", 0), ("matching", 1), ("mapping", 0), ("mapping", 0.5), ("mapping", 1)], progress);
        var calls = File.ReadAllText(folder["calls"]);
        Assert.Contains("--ImageReader.camera_model SIMPLE_RADIAL --ImageReader.single_camera 1 --SiftExtraction.use_gpu 0", calls);
        Assert.Contains("exhaustive_matcher --database_path", calls);
        // A second time would overwrite it.
        Assert.Contains("sparse: exists already", Assert.Throws<BadInputException>(() => new PoseFinder(Program: colmap).Find(folder["photos"])).Message);
    }

    [Fact]
    public void TheCommandSaysWhatItFoundAndPassesItsOptionsOn()
    {
        using var folder = new TemporaryFolder();
        Model(folder, "model", 3);
        var colmap = Fake(folder, $"cp -r {folder["model"]} $2/0");
        var output = Good("pose", folder["photos"], "--colmap", colmap, "--matching", "sequential", "--camera-per-photo", "--max-size", "500");
        Assert.Contains("1 photographs have no pose", output);
        Assert.Contains("poses of 3 of 4 photographs and 12 points", output);
        var calls = File.ReadAllText(folder["calls"]);
        Assert.Contains("--ImageReader.camera_model SIMPLE_RADIAL --ImageReader.single_camera 0", calls);
        Assert.Contains("max_image_size 500", calls);
        Assert.Contains("sequential_matcher", calls);
    }

    [Fact]
    public void ACrashIsSaidInASentenceAndItsOutputKept()
    {
        using var folder = new TemporaryFolder();
        var colmap = Fake(folder, "true", onFeatures: "echo 'Check failed: everything' >&2; exit 134;");
        var message = Assert.Throws<BadInputException>(() => new PoseFinder(Program: colmap).Find(folder["photos"])).Message;
        Assert.Contains("colmap feature_extractor failed with exit code 134 (Check failed: everything)", message);
        Assert.Contains("Check failed", File.ReadAllText(folder["photos/colmap.log"]));
        Assert.False(Directory.Exists(folder["photos/sparse"]));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("echo '=> No good initial image pair found.'; exit 1")]
    public void NothingFoundIsSaidInASentence(string onMapper)
    {
        using var folder = new TemporaryFolder();
        var colmap = Fake(folder, onMapper);
        Assert.Contains("COLMAP found no poses for its 4 photographs", Assert.Throws<BadInputException>(() => new PoseFinder(Program: colmap).Find(folder["photos"])).Message);
        Assert.Equal(4, Directory.EnumerateFileSystemEntries(folder["photos"]).Count());
    }

    [Fact]
    public void AWishToStopEndsColmapAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var colmap = Fake(folder, "true", onFeatures: "sleep 60;");
        int asked = 0;
        var message = Assert.Throws<OperationCanceledException>(() => new PoseFinder(Program: colmap).Find(folder["photos"], stop: () => File.ReadAllText(folder["calls"]).Contains("--database_path") && ++asked > 1)).Message;
        Assert.Contains("interrupted", message);
        Assert.Equal(4, Directory.EnumerateFileSystemEntries(folder["photos"]).Count());
    }

    [Fact]
    public void WhatCannotBeUsed()
    {
        using var folder = new TemporaryFolder();
        var colmap = Fake(folder, "true");
        void Refused(string expected, string photos, PoseFinder? finder = null) => Assert.Contains(expected, Assert.Throws<BadInputException>(() => (finder ?? new PoseFinder(Program: colmap)).Find(photos)).Message);
        Refused("there is no such folder", folder["nowhere"]);
        Refused("no photographs", Directory.CreateDirectory(folder["empty"]).FullName);
        Refused("COLMAP cannot be started; install it (Debian and Ubuntu: apt-get install colmap", folder["photos"], new PoseFinder(Program: folder["no-colmap"]));
        Refused("camera model PINHOEL: unknown", folder["photos"], new PoseFinder("PINHOEL", Program: colmap));
        ImageFile.Write(folder["photos/p9.png"], new Bitmap(24, 32, 3));
        Refused("p9.png: the picture is 24x32, but most are 32x24; pictures of different sizes need --camera-per-photo", folder["photos"]);
        File.Delete(folder["photos/p9.png"]);
        ImageFile.Write(folder["photos/p1.jpg"], new Bitmap(32, 24, 3));
        Refused("has the same name", folder["photos"]);
        foreach (var file in (string[])["p1.jpg", "p2.png", "p3.png"]) File.Delete(folder[$"photos/{file}"]);
        Refused("2 photographs; at least 3", folder["photos"]);
        Assert.Contains("--matching all", Complaint("pose", folder["photos"], "--matching", "all"));
        Assert.Contains($"photographs but no file with their camera poses", Complaint("data", "info", folder["photos"]));
        Assert.Contains($"nerflab pose {folder["photos"]} finds them", Complaint("data", "info", folder["photos"]));
    }

    /// <summary>COLMAP's poses of a few small photographs of the fox against the known ones, after the similarity that fits them best.</summary>
    [Fact]
    public void ColmapFindsTheFoxesPoses()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(p => File.Exists(Path.Combine(p, "colmap"))), "COLMAP is not installed");
        using var folder = new TemporaryFolder();
        var fox = SceneFile.Open(RealData.Path("scenes/fox"), new SceneOptions(4, TestEvery: 0)).Train.OrderBy(v => v.Name).Take(12).Where((_, i) => i % 2 == 0).ToList();
        foreach (var view in fox) ImageFile.Write(folder[$"{Path.GetFileName(view.Name)}.png"], view.Read());
        var found = new PoseFinder("SIMPLE_RADIAL").Find(folder.Path);
        Assert.True(found.Models[0] >= 5, $"{found.Models[0]} of {found.Photographs}");
        var scene = SceneFile.Open(folder.Path, new SceneOptions(TestEvery: 0));
        var pairs = scene.Train.Select(v => (Found: v.Camera.Pose, Known: fox.Single(f => Path.GetFileName(f.Name) == Path.GetFileName(v.Name)).Camera.Pose)).ToList();
        var (degrees, distance) = PoseErrors.AfterAlignment(pairs);
        Assert.True(degrees.Max() < 3, $"{degrees.Max()} degrees");
        Assert.True(distance.Max() < 0.1, $"{distance.Max()} of the spread of the cameras");
    }
}
