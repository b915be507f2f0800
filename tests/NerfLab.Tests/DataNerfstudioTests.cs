using System.Numerics;
using NerfLab.Data;
using TorchSharp;

namespace NerfLab.Tests;

public class DataNerfstudioTests
{
    private const string Keys = """ "camera_model": "OPENCV", "w": 32, "h": 24, "fl_x": 30, "fl_y": 31, "cx": 16, "cy": 12, "k1": 0.01, "k2": 0.02, "p1": 0.001, "p2": 0.002, "applied_transform": [[1,0,0,0],[0,0,1,0],[0,-1,0,0]], "ply_file_path": "nowhere.ply", """;

    /// <summary>Cameras on a circle of radius 3 about (1, 2, 3), looking at it.</summary>
    private static string[] Circle(int count, string keys = "") => [.. Enumerable.Range(0, count).Select(i =>
    {
        var middle = new Vector3(1, 2, 3);
        var (x, y, z, p) = Pose.LookAt(middle + 3 * new Vector3(MathF.Cos(6.2831853f * i / count), MathF.Sin(6.2831853f * i / count), 0), middle, Vector3.UnitZ).ToOpenGl();
        return DataFolder.Frame($"images/f{i}", keys, FormattableString.Invariant($"[[{x.X},{y.X},{z.X},{p.X}],[{x.Y},{y.Y},{z.Y},{p.Y}],[{x.Z},{y.Z},{z.Z},{p.Z}],[0,0,0,1]]"));
    })];

    [Fact]
    public void TheExtentIsGuessedFromTheCameras()
    {
        using var folder = new DataFolder(Keys, Circle(16));
        var scene = SceneFile.Open(folder.Path);
        Assert.Equal((14, 2), (scene.Train.Count, scene.Test.Count));
        Assert.True(Vector3.Distance(new(-5, -4, -3), scene.Bounds.Min) < 1e-4f, $"{scene.Bounds}");
        Assert.True(Vector3.Distance(new(7, 8, 9), scene.Bounds.Max) < 1e-4f, $"{scene.Bounds}");
        Assert.Equal(3 / 20f, scene.Near, 1e-5f);
        Assert.Equal(new Distortion(0.01f, 0.02f, 0.001f, 0.002f), scene.Train[0].Camera.Distortion);
        Assert.Equal((30f, 31f), (scene.Train[0].Camera.Fx, scene.Train[0].Camera.Fy));
        // The applied transform is not applied again.
        Assert.True(Vector3.Distance(new(4, 2, 3), scene.Test[0].Camera.Pose.Position) < 1e-5f);
    }

    [Theory]
    [InlineData(""" "camera_model": "OPENCV", """, true)]
    [InlineData(""" "applied_scale": 1.0, """, true)]
    [InlineData(""" "camera_model": "OPENCV", "aabb_scale": 4, """, false)]
    [InlineData("", false)]
    public void ItIsToldFromInstantNgpByItsKeys(string keys, bool nerfstudio)
    {
        using var folder = new DataFolder(""" "fl_x": 30, """ + keys, Circle(16));
        // instant-ngp's box is about its own middle.
        Assert.Equal(nerfstudio, Vector3.Distance(new(1, 2, 3), SceneFile.Open(folder.Path).Bounds.Center) < 1e-4f);
    }

    [Fact]
    public void FramesHaveTheirOwnIntrinsicsAndSplits()
    {
        var frames = Circle(4, """ "fl_x": 40, "fl_y": 41, "cx": 15, "cy": 11, "k1": 0.1, """);
        using var folder = new DataFolder(""" "camera_model": "OPENCV", "train_filenames": ["images/f0.png", "images/f1.png"], "val_filenames": ["images/f2.png"], "test_filenames": ["images/f3.png"], """, frames);
        var scene = SceneFile.Open(folder.Path);
        Assert.Equal((2, 1, 1), (scene.Train.Count, scene.Val.Count, scene.Test.Count));
        Assert.Equal("images/f3", scene.Test[0].Name);
        Assert.Equal((40f, 41f, 15f, 11f, 0.1f), (scene.Val[0].Camera.Fx, scene.Val[0].Camera.Fy, scene.Val[0].Camera.Cx, scene.Val[0].Camera.Cy, scene.Val[0].Camera.Distortion.K1));
    }

    [Theory]
    [InlineData(""" "camera_model": "EQUIRECTANGULAR", "fl_x": 30, """, "line 2: camera_model is \"EQUIRECTANGULAR\"; SIMPLE_PINHOLE, PINHOLE")]
    [InlineData(""" "camera_model": "OPENCV_FISHEYE", "fl_x": 30, "p1": 0.1, """, "p1 is 0.1 although the camera model is OPENCV_FISHEYE, which has only k1, k2, k3, k4")]
    [InlineData(""" "camera_model": "PINHOLE", "fl_x": 30, "k2": 0.5, """, "line 2: k2 is 0.5 although the camera model is PINHOLE, which has no distortion")]
    [InlineData(""" "camera_model": "OPENCV", "fl_x": 30, "k4": 0.5, """, "k4 is 0.5 although the camera model is OPENCV, which has only")]
    [InlineData(""" "camera_model": 3, "fl_x": 30, """, "camera_model is the number 3; a text is expected")]
    [InlineData(""" "camera_model": "OPENCV", "fl_x": 30, "applied_transform": [[1, 0, 0, 0]], """, "applied_transform has 1 rows; 3 rows")]
    [InlineData(""" "camera_model": "OPENCV", "fl_x": 30, "applied_transform": [[1, 0, 0], [1, 0, 0], [1, 0, 0]], """, "applied_transform[0] has 3 numbers; 4 are expected")]
    public void KeysThatAreRefused(string keys, string expected)
    {
        using var folder = new DataFolder(keys);
        var message = Assert.Throws<BadInputException>(() => SceneFile.Open(folder.Path)).Message;
        Assert.Contains("transforms.json", message);
        Assert.Contains(expected, message);
    }

    /// <summary>A folder with two frames, of which the first has a mask: its left half is black.</summary>
    private static DataFolder Masked(int width = 32, int height = 24)
    {
        var folder = new DataFolder(""" "camera_model": "OPENCV", "fl_x": 30, """, DataFolder.Frame("a", """ "mask_path": "masks/a.png", """), DataFolder.Frame("b"));
        var mask = new Bitmap(width, height, 1);
        for (int i = 0; i < mask.Samples.Length; i++) mask.Samples[i] = i % width < width / 2 ? (byte)0 : (byte)1; // any value above 0 counts
        Imaging.ImageFile.Write(Path.Combine(folder.Path, "masks/a.png"), mask);
        return folder;
    }

    [Fact]
    public void MaskedPixelsAreNeverDrawn()
    {
        using var folder = Masked();
        // The picture is red where it is masked.
        var picture = new Bitmap(32, 24, 3);
        for (int i = 0; i < 32 * 24; i++) if (i % 32 < 16) picture.Samples[3 * i] = 255;
        Imaging.ImageFile.Write(Path.Combine(folder.Path, "a.png"), picture);
        var scene = SceneFile.Open(folder.Path, new SceneOptions(TestEvery: 0));
        Assert.Contains("1 of 2 views have a mask", scene.Remarks[^1]);
        Assert.Equal((true, false), (scene.Train[0].HasMask, scene.Train[1].HasMask));
        Assert.Null(scene.Train[1].ReadMask());

        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(1);
        using var source = new RaySource(scene.Train, torch.CPU);
        var batch = source.Draw(4000, Background.White, random);
        Assert.Equal(0, batch.Rgb.max().ToDouble());
        // All others are: a quarter of all pixels is masked, so that x > 0 in two of three rays (both cameras look along -z).
        var right = (batch.Rays.Directions.select(1, 0) > 0).to(torch.float32).mean().ToDouble();
        Assert.InRange(right, 0.63, 0.70);
    }

    [Fact]
    public void ASmallerPixelCountsOnlyWhereAllThatItCoversDo()
    {
        using var folder = Masked();
        var view = SceneFile.Open(folder.Path, new SceneOptions(Downscale: 3, TestEvery: 0)).Train[0];
        Assert.Equal((11, 8), (view.Camera.Width, view.Camera.Height));
        // Column 5 covers 14.5 to 17.5 of 32 and so some of the black half, which ends at 16.
        Assert.Equal(Enumerable.Range(0, 11 * 8).Select(i => i % 11 > 5), view.ReadMask());
    }

    [Fact]
    public void MaskedPixelsAreNotMeasured()
    {
        using var folder = Masked();
        var views = SceneFile.Open(folder.Path, new SceneOptions(TestEvery: 0)).Train;
        using var scope = torch.NewDisposeScope();
        var truth = torch.zeros(24, 32, 3);
        var rendered = torch.full([24, 32, 3], 0.1f);
        rendered.narrow(1, 0, 16).fill_(1); // as wrong as can be, where the mask is black
        Assert.Equal(20, Recipes.Evaluation.Score(views[0], rendered, truth, 0).Psnr, 1e-4);
        Assert.Equal(-10 * double.Log10((1 + 0.01) / 2), Recipes.Evaluation.Score(views[1], rendered, truth, 0).Psnr, 1e-4);
        // SSIM: the same as of a rendering that is right there.
        var right = rendered.clone();
        right.narrow(1, 0, 16).fill_(0);
        Assert.Equal(Metrics.ImageMetrics.Ssim(right, truth), Recipes.Evaluation.Score(views[0], rendered, truth, 0).Ssim, 1e-9);
    }

    [Fact]
    public void MasksSurviveWriting()
    {
        using var folder = Masked();
        using var copy = new TemporaryFolder();
        var scene = SceneFile.Open(folder.Path, new SceneOptions(TestEvery: 0));
        InstantNgpScene.Write(scene, copy["x"]);
        var again = SceneFile.Open(copy["x"]);
        Assert.Equal(scene.Train[0].ReadMask(), again.Train[0].ReadMask());
        Assert.Null(again.Train[1].ReadMask());
    }

    [Fact]
    public void BadMasks()
    {
        using var small = Masked(16, 12);
        var view = SceneFile.Open(small.Path, new SceneOptions(TestEvery: 0)).Train[0];
        Assert.Contains("a.png: the mask is 16x12, but its picture 32x24", Assert.Throws<BadInputException>(() => view.ReadMask()).Message);
        using var missing = Masked();
        File.Delete(Path.Combine(missing.Path, "masks/a.png"));
        Assert.Contains("frames[0].mask_path is \"masks/a.png\", which does not exist", Assert.Throws<BadInputException>(() => SceneFile.Open(missing.Path)).Message);
    }
}
