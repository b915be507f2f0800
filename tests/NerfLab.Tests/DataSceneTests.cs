using System.Numerics;
using NerfLab.Data;

namespace NerfLab.Tests;

public class DataSceneTests
{
    [Fact]
    public void FoxIsReadWithItsLens()
    {
        var scene = SceneFile.Open(RealData.Path("scenes/fox"));
        Assert.Equal("fox", scene.Name);
        Assert.Equal((43, 0, 7, 17), (scene.Train.Count, scene.Val.Count, scene.Test.Count, scene.Skipped));
        Assert.Contains("17 of 67", Assert.Single(scene.Remarks));
        Assert.False(scene.HasAlpha);
        Assert.Equal("images/0001", scene.Test[0].Name);

        var camera = scene.Test[0].Camera;
        Assert.Equal((1080, 1920), (camera.Width, camera.Height));
        Assert.Equal((1375.52f, 1374.49f, 554.558f, 965.268f), (camera.Fx, camera.Fy, camera.Cx, camera.Cy));
        Assert.Equal(new Distortion(0.0578421f, -0.0805099f, -0.000980296f, 0.00015575f), camera.Distortion);
        Assert.True(Vector3.Distance(camera.Pose.Position, new Vector3(3.1683594f, -5.4794899f, -0.9791661f)) < 1e-6f);
        // From the file's numbers in double precision: the lens undone by fixed-point iteration, then the matrix.
        Assert.True(Vector3.Distance(camera.Direction(new Vector2(0.5f, 0.5f)), new Vector3(-0.5753711f, 0.5371019f, 0.6168222f)) < 2e-6f);
        Assert.True(Vector3.Distance(camera.Direction(new Vector2(1000.5f, 1700.5f)), new Vector3(-0.1717758f, 0.8982932f, -0.4044285f)) < 2e-6f);

        // aabb_scale 4, scale 0.33 and offset 1/2 by default: ±2/0.33.
        Assert.True(Vector3.Distance(scene.Bounds.Max, new Vector3(2 / 0.33f)) < 1e-5f);
        Assert.True(Vector3.Distance(scene.Bounds.Min, new Vector3(-2 / 0.33f)) < 1e-5f);
        Assert.Equal(0.1 / 0.33, scene.Near, 1e-6);
        Assert.All(scene.Views, v => Assert.True(Vector3.Distance(v.Camera.Pose.Position, new Vector3(-2 / 0.33f)) <= scene.Far));
    }

    [Fact]
    public void FoxCanBeReadSmaller()
    {
        var view = SceneFile.Open(RealData.Path("scenes/fox"), new SceneOptions(Downscale: 8)).Train[0];
        var picture = view.Read();
        Assert.Equal((135, 240, 3, 8), (picture.Width, picture.Height, picture.Channels, picture.Bits));
        Assert.Equal(1375.52 / 8, view.Camera.Fx, 1e-4);
        Assert.Equal(965.268 / 8, view.Camera.Cy, 1e-4);
    }

    [Fact]
    public void LegoIsReadWithoutThePicturesThatDoNotExist()
    {
        var scene = SceneFile.Open(RealData.Path("scenes/lego_400"));
        Assert.Equal((100, 0, 25), (scene.Train.Count, scene.Val.Count, scene.Test.Count));
        Assert.Contains(scene.Remarks, r => r.Contains("transforms_test.json: 175 of 200"));
        Assert.Contains(scene.Remarks, r => r.StartsWith("transforms_val.json"));
        Assert.True(scene.HasAlpha);
        Assert.Equal((2f, 6f, Box.Cube(1.5f)), (scene.Near, scene.Far, scene.Bounds));
        var camera = scene.Train[0].Camera;
        Assert.Equal((400, 400, 200f, 200f), (camera.Width, camera.Height, camera.Cx, camera.Cy));
        Assert.Equal(200 / double.Tan(0.6911112070083618 / 2), camera.Fx, 1e-4);
        Assert.Equal("train/r_0", scene.Train[0].Name);
        Assert.Equal(new[] { "test/r_0", "test/r_8", "test/r_16" }, scene.Test.Take(3).Select(v => v.Name));
        // The model stands in the middle: some of the cube projects onto the picture, and the middle of it is opaque.
        var picture = scene.Train[0].Read();
        Assert.Equal(4, picture.Channels);
        Assert.Equal(255, picture.Samples[(200 * 400 + 200) * 4 + 3]);
        Assert.Equal(0, picture.Samples[3]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WritingAndReadingGivesTheSameScene(bool blender)
    {
        using var folder = new TemporaryFolder();
        var scene = EmbeddedScene.Create(new SceneOptions(Embedded: new EmbeddedOptions(Train: 4, Val: 1, Test: 2, Size: 24)));
        if (blender) BlenderScene.Write(scene, folder["copy"]);
        else InstantNgpScene.Write(scene, folder["copy"]);
        var copy = SceneFile.Open(folder["copy"]);
        AssertSame(scene, copy);

        // And across: what was read from one format survives the other.
        if (blender) InstantNgpScene.Write(copy, folder["again"]);
        else BlenderScene.Write(copy, folder["again"]);
        AssertSame(scene, SceneFile.Open(folder["again"]));
    }

    private static void AssertSame(Scene a, Scene b)
    {
        Assert.Equal((a.Train.Count, a.Val.Count, a.Test.Count), (b.Train.Count, b.Val.Count, b.Test.Count));
        Assert.Equal((a.Bounds, a.Near, a.Far, a.HasAlpha), (b.Bounds, b.Near, b.Far, b.HasAlpha));
        Assert.Empty(b.Remarks);
        foreach (var (x, y) in a.Views.Zip(b.Views))
        {
            AssertSame(x.Camera, y.Camera);
            Assert.Equal(x.Read().Samples, y.Read().Samples);
        }
    }

    private static void AssertSame(Camera a, Camera b)
    {
        Assert.Equal((a.Width, a.Height), (b.Width, b.Height));
        foreach (var (x, y) in ((float, float)[])[(a.Fx, b.Fx), (a.Fy, b.Fy), (a.Cx, b.Cx), (a.Cy, b.Cy)]) Assert.Equal(x, y, 1e-6f * x);
        Assert.Equal(a.Distortion, b.Distortion);
        foreach (var (x, y) in ((Vector3, Vector3)[])[(a.Pose.Right, b.Pose.Right), (a.Pose.Down, b.Pose.Down), (a.Pose.Forward, b.Pose.Forward), (a.Pose.Position, b.Pose.Position)])
            Assert.True(Vector3.Distance(x, y) < 1e-6f, $"{x} {y}");
    }

    [Fact]
    public void ASmallerViewIsTheMeanOfPixelsAndCountsWhereAllOfThemDo()
    {
        var camera = Camera.FromAngle(4, 2, 1, Pose.LookAt(Vector3.UnitX, Vector3.Zero, Vector3.UnitZ));
        byte[] red = [10, 20, 30, 40, 30, 40, 50, 60];
        var view = new View("a", camera, () => new Bitmap(4, 2, 3, 8, [.. red.SelectMany(r => new byte[] { r, 0, 255 })]), () => new float[8], "a.png", mask: () => [true, true, true, false, true, true, true, true]);
        var half = view.Smaller(2);
        Assert.Equal((2, 1, camera.Fx / 2, camera.Cx / 2), (half.Camera.Width, half.Camera.Height, half.Camera.Fx, half.Camera.Cx));
        Assert.Equal([25, 0, 255, 45, 0, 255], half.Read().Samples);
        Assert.Equal([true, false], half.ReadMask()!);
        Assert.Equal(("a", "a.png", false), (half.Name, half.File, half.HasDepth));
        Assert.Equal((1, 1), (view.Smaller(9).Camera.Width, view.Smaller(9).Camera.Height));
        Assert.Equal(view.Read().Samples, view.Smaller(1).Read().Samples);
    }

    [Fact]
    public void KeptPicturesAreReadOnceAndHandedOutAsCopies()
    {
        int read = 0;
        var camera = Camera.FromAngle(2, 1, 1, Pose.LookAt(Vector3.UnitX, Vector3.Zero, Vector3.UnitZ));
        var view = new View("a", camera, () => new Bitmap(2, 1, 3, 8, [(byte)++read, 2, 3, 4, 5, 6]), () => [1, 2], "a.png", mask: () => [true, false]);
        var scene = new Scene { Name = "s", Bounds = Box.Cube(1), Near = 1, Far = 2, Train = [view], Test = [view] }.Kept();
        Assert.Equal(0, read);

        var (first, kept) = (scene.Train[0].Read(), scene.Train[0]);
        first.Samples[1] = 99;
        Assert.Equal([1, 2, 3, 4, 5, 6], kept.Read().Samples);
        Assert.Equal(1, read);
        Assert.Equal(("a", camera, "a.png", false, true, true), (kept.Name, kept.Camera, kept.File, kept.HasAlpha, kept.HasDepth, kept.HasMask));
        Assert.Equal([1f, 2f], kept.ReadDepth());
        Assert.Equal([true, false], kept.ReadMask()!);
        Assert.Equal(2, scene.Test[0].Read().Samples[0]);
    }

    [Fact]
    public void CamerasThatDifferKeepTheirLenses()
    {
        using var folder = new TemporaryFolder();
        View Make(int i) => new($"v{i}", new Camera(20 + i, 10, 21 + i, 22, 9, 6, Pose.LookAt(new Vector3(i, 3, 1), Vector3.Zero, Vector3.UnitZ), new Distortion(0.01f * i, -0.02f, 0.001f, 0.002f, 0.003f)),
            () => new Bitmap(20 + i, 10, 3));
        var scene = new Scene { Name = "x", Bounds = new Box(new(-1, -2, -3), new(1, 2, 4)), Near = 0.5f, Far = 7, Train = [Make(1), Make(2)], Test = [Make(3)] };
        InstantNgpScene.Write(scene, folder["copy"]);
        AssertSame(scene, SceneFile.Open(folder["copy"]));
        Assert.Contains("v1", Assert.Throws<BadInputException>(() => BlenderScene.Write(scene, folder["blender"])).Message);
    }

    [Fact]
    public void TheRenderBoxIsMappedBackWithScaleAndOffset()
    {
        using var folder = new DataFolder(""" "fl_x": 20, "aabb_scale": 2, "scale": 0.5, "offset": [0.5, 0.25, 1.0], """);
        var scene = SceneFile.Open(folder.Path);
        // The box is [-0.5, 1.5]: (p - offset) / 0.5 per axis of the file.
        Assert.Equal(new Box(new(-2, -1.5f, -3), new(2, 2.5f, 1)), scene.Bounds);
        Assert.Equal(0.2f, scene.Near, 1e-6f);
    }

    [Fact]
    public void FramesMayHaveTheirOwnIntrinsicsAndBareFileNames()
    {
        using var folder = new DataFolder(""" "camera_angle_x": 1.5707963267948966, "cx": 15, """,
            DataFolder.Frame("a.png"), DataFolder.Frame("images/b", """ "fl_x": 50, "fl_y": 60, "k1": 0.1, """), DataFolder.Frame("c"));
        var scene = SceneFile.Open(folder.Path, new SceneOptions(TestEvery: 0));
        Assert.Equal(new[] { "a", "images/b", "c" }, scene.Views.OrderBy(v => v.Name[^1]).Select(v => v.Name));
        var (a, b) = (scene.Views.Single(v => v.Name == "a").Camera, scene.Views.Single(v => v.Name == "images/b").Camera);
        Assert.Equal((16f, 16f, 15f, 12f), (MathF.Round(a.Fx, 4), MathF.Round(a.Fy, 4), a.Cx, a.Cy));
        Assert.Equal((50f, 60f, 0.1f), (b.Fx, b.Fy, b.Distortion.K1));
    }

    [Fact]
    public void PicturesOfHalfTheStatedSizeHalveTheIntrinsics()
    {
        using var folder = new DataFolder(""" "w": 64, "h": 48, "fl_x": 70, "cx": 30, "cy": 20, "k1": 0.01, """);
        var camera = SceneFile.Open(folder.Path).Train[0].Camera;
        Assert.Equal(new Camera(32, 24, 35, 35, 15, 10, camera.Pose, new Distortion(0.01f, 0, 0, 0)), camera);
    }

    [Theory]
    [InlineData(PngWriter.Palette)]
    [InlineData(PngWriter.Rgb)]
    [InlineData(PngWriter.Grey)]
    public void TransparencyByPaletteOrKeyIsAlpha(int colorType)
    {
        using var folder = new DataFolder("\"fl_x\": 40,", DataFolder.Frame("a"), DataFolder.Frame("b"));
        var palette = colorType == PngWriter.Palette ? (byte[])[0, 0, 0, 255, 255, 255] : null;
        byte[] transparent = colorType switch { PngWriter.Palette => [0], PngWriter.Rgb => new byte[6], _ => new byte[2] };
        File.WriteAllBytes(Path.Combine(folder.Path, "b.png"), PngWriter.Write(32, 24, colorType, 8, new int[32 * 24 * PngWriter.Channels(colorType)], palette: palette, transparency: transparent));
        var scene = SceneFile.Open(folder.Path, new SceneOptions(TestEvery: 0));
        Assert.Equal([false, true], scene.Train.Select(v => v.HasAlpha));
        Assert.All(scene.Train, view => Assert.Equal(view.HasAlpha, view.Read().HasAlpha));
        using var source = new RaySource(scene.Train, TorchSharp.torch.CPU); // pictures with and without alpha together
        Assert.Equal(2 * 32 * 24, source.Pixels);
    }

    [Fact]
    public void EveryEighthViewInTheOrderOfNamesIsHeldOut()
    {
        var names = Enumerable.Range(0, 20).Select(i => $"p{(i * 7 + 3) % 20:00}").ToArray();
        using var folder = new DataFolder(""" "fl_x": 20, """, [.. names.Select(n => DataFolder.Frame(n))]);
        var scene = SceneFile.Open(folder.Path);
        Assert.Equal(new[] { "p00", "p08", "p16" }, scene.Test.Select(v => v.Name));
        Assert.Equal(17, scene.Train.Count);
        Assert.Equal(5, SceneFile.Open(folder.Path, new SceneOptions(TestEvery: 4)).Test.Count);
        var none = SceneFile.Open(folder.Path, new SceneOptions(TestEvery: 0));
        Assert.Equal((20, 0), (none.Train.Count, none.Test.Count));
        Assert.Contains(none.Remarks, r => r.Contains("no test views"));
    }

    [Fact]
    public void SplitsInTheFileWin()
    {
        using var folder = new DataFolder(""" "fl_x": 20, "test_filenames": ["b.png"], "val_filenames": ["./c"], """, DataFolder.Frame("a"), DataFolder.Frame("b"), DataFolder.Frame("c"));
        var scene = SceneFile.Open(folder.Path);
        Assert.Equal(("a", "c", "b"), (Assert.Single(scene.Train).Name, Assert.Single(scene.Val).Name, Assert.Single(scene.Test).Name));
    }

    [Fact]
    public void SmallRoundingOfARotationIsRepaired()
    {
        using var folder = new DataFolder(""" "fl_x": 20, """, DataFolder.Frame("a", matrix: "[[1.002,0.001,0,1],[0,0.999,0.002,2],[-0.001,0,1,3],[0,0,0,1]]"));
        var pose = SceneFile.Open(folder.Path).Train[0].Camera.Pose;
        foreach (var v in (Vector3[])[pose.Right, pose.Down, pose.Forward]) Assert.Equal(1, v.Length(), 1e-6);
        Assert.Equal(0, Vector3.Dot(pose.Right, pose.Down), 1e-6);
        Assert.True(Vector3.Distance(Vector3.Cross(pose.Right, pose.Down), pose.Forward) < 1e-6f);
        // The nearest rotation shares the deviation between both axes.
        Assert.Equal(0.0005, pose.ToOpenGl().Y.X, 5e-5);
        Assert.Equal(new Vector3(1, 2, 3), pose.Position);
    }

    [Fact]
    public void BlenderScenesFromAfarGrowInProportion()
    {
        using var folder = new DataFolder(""" "camera_angle_x": 0.7, """, "transforms_train.json", DataFolder.Frame("a", matrix: "[[1,0,0,0],[0,1,0,0],[0,0,1,8.0622578],[0,0,0,1]]"));
        var scene = SceneFile.Open(folder.Path);
        Assert.Equal((4f, 12f, 3f), (MathF.Round(scene.Near, 5), MathF.Round(scene.Far, 5), MathF.Round(scene.Bounds.Max.X, 5)));
        Assert.Contains(scene.Remarks, r => r.Contains("near 4, far 12, bounds ±3"));
    }
}
