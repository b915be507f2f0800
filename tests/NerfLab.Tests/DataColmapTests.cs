using System.Numerics;
using NerfLab.Data;

namespace NerfLab.Tests;

public class DataColmapTests
{
    private static string Complaint(string path)
    {
        var message = Assert.Throws<BadInputException>(() => SceneFile.Open(path)).Message;
        Assert.DoesNotContain("\n", message);
        return message;
    }

    [Fact]
    public void ABinaryModelIsReadWithItsPoses()
    {
        using var folder = new TemporaryFolder();
        // A quarter turn about z: world x becomes camera y. t = R (-p) for the camera at p = (1, 2, 3).
        double h = double.Sqrt(0.5);
        ColmapFiles.Scene(folder, images: ColmapFiles.Images(("p0.jpg", 7, [h, 0, 0, h], [2, -1, -3]), ("p1.JPG", 7, [-h, 0, 0, -h], [2, -1, -3]), ("p2.jpg", 7, [1, 0, 0, 0], [0, 0, 0]), ("nowhere.jpg", 7, [1, 0, 0, 0], [0, 0, 0])));
        var scene = SceneFile.Open(folder.Path, new SceneOptions(TestEvery: 0));
        Assert.Equal(["images/p0", "images/p1", "images/p2"], scene.Train.Select(v => v.Name));
        Assert.Equal(1, scene.Skipped);
        foreach (var pose in scene.Train.Take(2).Select(v => v.Camera.Pose))
        {
            Assert.True(Vector3.Distance(new Vector3(1, 2, 3), pose.Position) < 1e-6f, $"{pose.Position}");
            Assert.True(Vector3.Distance(new Vector3(0, -1, 0), pose.Right) < 1e-6f, $"{pose.Right}");
            Assert.True(Vector3.Distance(new Vector3(1, 0, 0), pose.Down) < 1e-6f, $"{pose.Down}");
            Assert.True(Vector3.Distance(Vector3.UnitZ, pose.Forward) < 1e-6f, $"{pose.Forward}");
        }
        Assert.Equal(new Camera(32, 24, 30, 31, 16, 12, scene.Train[0].Camera.Pose), scene.Train[0].Camera);
        // The same through the folder of the model and through its file.
        Assert.Equal(3, SceneFile.Open(folder["sparse/0"], new SceneOptions(TestEvery: 0)).Train.Count);
        Assert.Equal(3, SceneFile.Open(folder["sparse/0/cameras.bin"], new SceneOptions(TestEvery: 0)).Train.Count);
        Assert.Equal(2, SceneFile.Open(folder.Path).Train.Count);
    }

    [Theory]
    [InlineData(0, new double[] { 30, 16, 12 }, 30, 30, 0, 0, 0, 0, 0)]
    [InlineData(1, new double[] { 30, 31, 16, 12 }, 30, 31, 0, 0, 0, 0, 0)]
    [InlineData(2, new double[] { 30, 16, 12, 0.1 }, 30, 30, 0.1, 0, 0, 0, 0)]
    [InlineData(3, new double[] { 30, 16, 12, 0.1, 0.2 }, 30, 30, 0.1, 0.2, 0, 0, 0)]
    [InlineData(4, new double[] { 30, 31, 16, 12, 0.1, 0.2, 0.01, 0.02 }, 30, 31, 0.1, 0.2, 0.01, 0.02, 0)]
    [InlineData(6, new double[] { 30, 31, 16, 12, 0.1, 0.2, 0.01, 0.02, 0.3, 0, 0, 0 }, 30, 31, 0.1, 0.2, 0.01, 0.02, 0.3)]
    public void CameraModels(int model, double[] parameters, float fx, float fy, float k1, float k2, float p1, float p2, float k3)
    {
        using var folder = new TemporaryFolder();
        ColmapFiles.Scene(folder, ColmapFiles.Cameras((7, model, 32, 24, parameters)));
        var camera = SceneFile.Open(folder.Path).Train[0].Camera;
        Assert.Equal((fx, fy, 16f, 12f, new Distortion(k1, k2, p1, p2, k3)), (camera.Fx, camera.Fy, camera.Cx, camera.Cy, camera.Distortion));
    }

    [Theory]
    [InlineData(11, 16, "RAD_TAN_THIN_PRISM_FISHEYE")]
    [InlineData(12, 4, "camera 7 has model 12; 0 to 11")]
    [InlineData(-1, 4, "camera 7 has model -1; 0 to 11")]
    public void CameraModelsThatAreRefused(int model, int parameters, string expected)
    {
        using var folder = new TemporaryFolder();
        ColmapFiles.Scene(folder, ColmapFiles.Cameras((7, model, 32, 24, [30, 31, 16, 12, .. Enumerable.Repeat(0.01, parameters - 4)])));
        var message = Complaint(folder.Path);
        Assert.Contains(expected, message);
        Assert.Contains("cameras.bin", message);
    }

    [Fact]
    public void BadModels()
    {
        string With(byte[]? cameras = null, byte[]? images = null, byte[]? points = null)
        {
            using var folder = new TemporaryFolder();
            ColmapFiles.Scene(folder, cameras, images, points);
            return Complaint(folder.Path);
        }
        Assert.Contains("camera 9 does not exist; 1 cameras", With(images: ColmapFiles.Images(("p0.jpg", 9, [1, 0, 0, 0], [0, 0, 0]))));
        Assert.Contains("image 1: the quaternion has length 2", With(images: ColmapFiles.Images(("p0.jpg", 7, [2, 0, 0, 0], [0, 0, 0]))));
        Assert.Contains("the translation of image 1 is NaN", With(images: ColmapFiles.Images(("p0.jpg", 7, [1, 0, 0, 0], [0, double.NaN, 0]))));
        Assert.Contains("mean the picture images/p0", With(images: ColmapFiles.Images(("p0.jpg", 7, [1, 0, 0, 0], [0, 0, 0]), ("p0.png", 7, [1, 0, 0, 0], [0, 0, 1]))));
        Assert.Contains("the model has no images", With(images: ColmapFiles.Images()));
        Assert.Contains("none of the 1 pictures of the model is here, such as q.jpg", With(images: ColmapFiles.Images(("q.jpg", 7, [1, 0, 0, 0], [0, 0, 0]))));
        Assert.Contains("camera 7: the focal length is 0.5", With(ColmapFiles.Cameras((7, 1, 32, 24, [0.5, 31, 16, 12]))));
        Assert.Contains("camera 7: the principal point is 900", With(ColmapFiles.Cameras((7, 1, 32, 24, [30, 31, 900, 12]))));
        Assert.Contains("folds the picture", With(ColmapFiles.Cameras((7, 2, 32, 24, [30, 16, 12, -3]))));
        Assert.Contains("proportions", With(ColmapFiles.Cameras((7, 1, 40, 60, [30, 31, 16, 12]))));
        Assert.Contains("camera 7 has pictures of 0x24", With(ColmapFiles.Cameras((7, 1, 0, 24, [30, 31, 16, 12]))));
        Assert.Contains("camera 7 stands there a second time", With(ColmapFiles.Cameras((7, 1, 32, 24, [30, 31, 16, 12]), (7, 1, 32, 24, [30, 31, 16, 12]))));
        Assert.Contains("at byte 8: 18446744073709551615 points of at least 51 bytes are announced, but only 0 bytes follow", With(points: [255, 255, 255, 255, 255, 255, 255, 255]));
        Assert.Contains("1 bytes follow the last of the cameras", With([.. ColmapFiles.Cameras((7, 1, 32, 24, [30, 31, 16, 12])), 0]));
        Assert.Contains("the number of cameras needs 8 bytes, but the file ends after 0", With([]));
    }

    [Fact]
    public void FernWithoutImagesBinIsSaidInASentence()
    {
        var folder = RealData.Path("scenes/llff_fern/sparse/0");
        Assert.Contains("images.bin: the file is missing; a COLMAP model has cameras, images and points3D", Complaint(folder));
    }

    [Fact]
    public void FernsCameraAndPointsAreRead()
    {
        var folder = RealData.Path("scenes/llff_fern/sparse/0");
        var camera = ColmapBinary.Cameras(BinaryFile.Load(Path.Combine(folder, "cameras.bin"), ""))[1];
        Assert.Equal(("SIMPLE_RADIAL", 4032, 3024), (camera.Model, camera.Width, camera.Height));
        Assert.Equal([3260.5263328805895, 2016, 1512, 0.019750463822896944], camera.Parameters);
        var points = ColmapBinary.Points(BinaryFile.Load(Path.Combine(folder, "points3D.bin"), ""));
        Assert.Equal(10091, points.Count);
        Assert.All(points, p => Assert.True(p.Position.Length() < 1e4f));
    }

    /// <summary>The points of the real model and the poses of the same photographs, which stand in poses_bounds.npy in the same frame, must fit.</summary>
    [Fact]
    public void FernsPointsLieBetweenTheDepthsOfItsCameras()
    {
        var scene = RealData.Path("scenes/llff_fern");
        using var folder = new TemporaryFolder();
        var poses = NpyFile.Read(Path.Combine(scene, "poses_bounds.npy"));
        var images = Enumerable.Range(0, 20).Select(i =>
        {
            var v = poses.Values.AsSpan(17 * i, 17);
            var pose = new Pose(new((float)v[1], (float)v[6], (float)v[11]), new((float)v[0], (float)v[5], (float)v[10]), -new Vector3((float)v[2], (float)v[7], (float)v[12]), new((float)v[3], (float)v[8], (float)v[13]));
            var (q, t) = ColmapModel.Parts(pose);
            return ($"IMG_{4026 + i}.JPG", 1u, q, t);
        }).ToArray();
        Directory.CreateDirectory(folder["sparse/0"]);
        File.WriteAllBytes(folder["sparse/0/images.bin"], ColmapFiles.Images(images));
        foreach (var name in (string[])["cameras.bin", "points3D.bin"]) File.Copy(Path.Combine(scene, "sparse/0", name), folder[$"sparse/0/{name}"]);
        Directory.CreateSymbolicLink(folder["images_8"], Path.Combine(scene, "images_8"));

        var colmap = SceneFile.Open(folder.Path);
        Assert.Equal((17, 3, 10091), (colmap.Train.Count, colmap.Test.Count, colmap.Points.Count));
        Assert.Contains(colmap.Remarks, r => r.Contains("IMG_4026.JPG is taken to be image000.png"));
        // LLFF's depths are quantiles of the same points, so that the distances must be about these: 17 to 80.
        Assert.InRange(colmap.Near, 10, 17);
        Assert.InRange(colmap.Far, 60, 120);
        var inside = colmap.Points.Count(p => colmap.Bounds.Contains(p.Position));
        Assert.InRange(inside, 0.97 * 10091, 10091);
        // And most points appear within the pictures.
        foreach (var view in colmap.Views)
        {
            var seen = colmap.Points.Count(p => view.Camera.Project(p.Position) is { } q && q.X >= 0 && q.Y >= 0 && q.X <= 504 && q.Y <= 378);
            Assert.True(seen > 5000, $"{view.Name} sees {seen} points");
        }
    }

    [Fact]
    public void WritingTextAndReadingItGivesTheSameScene()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(3);
        float Next() => random.NextSingle() * 2 - 1;
        // All four cases of the largest component of a quaternion.
        var views = Enumerable.Range(0, 40).Select(i =>
        {
            var pose = Pose.LookAt(4 * new Vector3(Next(), Next(), Next()), new Vector3(Next(), Next(), Next()), new Vector3(Next(), Next(), Next()));
            var lens = (i % 3) switch { 0 => default, 1 => new Distortion(0.01f, -0.02f, 0.001f, 0.002f), _ => new Distortion(0.01f, -0.02f, 0.001f, 0.002f, 0.003f) };
            return new View($"a/v{i:00}", new Camera(20, 10, 21 + i % 2, 22, 9, 6, pose, lens), () => new Bitmap(20, 10, 3));
        }).ToList();
        var points = Enumerable.Range(0, 100).Select(i => new ScenePoint(new(Next(), Next(), Next()), (byte)i, 2, 255)).ToList();
        var (train, test) = Splits.Every(views, 8);
        var scene = new Scene { Name = "x", Bounds = Box.Cube(1), Near = 1, Far = 9, Train = train, Test = test, Points = points };
        ColmapScene.Write(scene, folder["copy"]);
        var copy = SceneFile.Open(folder["copy"]);
        Assert.Equal(points, copy.Points);
        Assert.Equal((train.Count, test.Count), (copy.Train.Count, copy.Test.Count));
        foreach (var (a, b) in scene.Views.Zip(copy.Views))
        {
            Assert.EndsWith(Path.GetFileName(a.Name), b.Name);
            Assert.Equal(a.Camera with { Pose = default }, b.Camera with { Pose = default });
            DataLlffTests.AssertSame(a.Camera.Pose, b.Camera.Pose);
        }
        // The extent is found again, from the points.
        Assert.Empty(copy.Remarks);
        Assert.All(points, p => Assert.True(copy.Bounds.Contains(p.Position)));
        ColmapScene.Write(copy, folder["again"]);
        var again = SceneFile.Open(folder["again"]);
        Assert.Equal((copy.Bounds, copy.Near, copy.Far), (again.Bounds, again.Near, again.Far));
    }

    [Theory]
    [InlineData("cameras", "1 PINHOLE 32 24 30 31 16", "cameras.txt line 2: PINHOLE has 4 parameters, but 3 stand there")]
    [InlineData("cameras", "1 PINHOLEE 32 24 30 31 16 12", "line 2: the camera model PINHOLEE is unknown; SIMPLE_PINHOLE,")]
    [InlineData("cameras", "1 PINHOLE 32 24 30 31 16 x", "line 2: a parameter is x; a finite number is expected as value 8")]
    [InlineData("cameras", "-1 PINHOLE 32 24 30 31 16 12", "line 2: the camera's number is -1")]
    [InlineData("cameras", "1", "line 2: the camera model's name is expected as value 2, but the line has only 1")]
    [InlineData("cameras", "1 PINHOLE 99999999 24 30 31 16 12", "the width in pixels is 99999999; a whole number up to 65536")]
    [InlineData("images", "1 1 0 0 0 0 0 nan 1 p0.jpg", "images.txt line 2: the translation is nan")]
    [InlineData("images", "1 1 1 0 0 0 0 0 1 p0.jpg", "images.txt line 2: the quaternion has length 1.4142")]
    [InlineData("images", "1 1 0 0 0 0 0 0 1", "the picture's name is expected as value 10")]
    [InlineData("images", "1 1 0 0 0 0 0 0 2 p0.jpg", "images.txt line 2: camera 2 does not exist")]
    [InlineData("points3D", "1 1 2 3 256 0 0 0", "points3D.txt line 2: red is 256; a whole number up to 255")]
    public void TextThatIsNoModel(string file, string line, string expected)
    {
        using var folder = new TemporaryFolder();
        Imaging.ImageFile.Write(folder["images/p0.png"], new Bitmap(32, 24, 3));
        Directory.CreateDirectory(folder["sparse/0"]);
        foreach (var (name, good) in ((string Name, string Good)[])[("cameras", "1 PINHOLE 32 24 30 31 16 12"), ("images", "1 1 0 0 0 0 0 0 1 p0.jpg"), ("points3D", "1 1 2 3 255 0 0 0")])
            File.WriteAllText(folder[$"sparse/0/{name}.txt"], $"# a comment\n{(name == file ? line : good)}\n");
        Assert.Contains(expected, Complaint(folder.Path));
    }

    [Fact]
    public void LinesOfPointsMayBeEmptyOrLong()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 3; i++) Imaging.ImageFile.Write(folder[$"images/a b{i}.png"], new Bitmap(32, 24, 3));
        Directory.CreateDirectory(folder["sparse"]);
        File.WriteAllText(folder["sparse/cameras.txt"], "1 SIMPLE_PINHOLE 64 48 60 32 24\n");
        File.WriteAllText(folder["sparse/images.txt"], "# x\n\n1 1 0 0 0 0 0 0 1 a b0.jpg\n\n2 1 0 0 0 1 0 0 1 a b1.jpg\n" + string.Concat(Enumerable.Repeat("1.5 2.5 -1 ", 5000)) + "\n3 1 0 0 0 2 0 0 1 a b2.jpg\n1 2 3");
        var scene = SceneFile.Open(folder.Path, new SceneOptions(TestEvery: 0));
        Assert.Equal([0, -1, -2], scene.Train.Select(v => v.Camera.Pose.Position.X));
        // The pictures are half as large as COLMAP's.
        Assert.Equal((32, 30f, 16f), (scene.Train[0].Camera.Width, scene.Train[0].Camera.Fx, scene.Train[0].Camera.Cx));
        Assert.Contains(scene.Remarks, r => r.Contains("guessed from the cameras"));
    }

    [Fact]
    public void MasksAndPhotographsBesideTheModelWithoutAFolder()
    {
        using var folder = new TemporaryFolder();
        var camera = new Camera(6, 4, 7, 7, 3, 2, Pose.LookAt(new(3, 1, 1), Vector3.Zero, Vector3.UnitZ));
        var mask = Enumerable.Range(0, 24).Select(i => i % 3 == 0).ToArray();
        ColmapScene.Write(new Scene { Name = "x", Bounds = Box.Cube(1), Near = 0.1f, Far = 5, Train = [new View("a", camera, () => new Bitmap(6, 4, 3), mask: () => mask), new View("b", camera, () => new Bitmap(6, 4, 3))] }, folder["x"]);
        Assert.True(File.Exists(folder["x/masks/a.png.png"])); // COLMAP's own rule
        var scene = SceneFile.Open(folder["x"], new SceneOptions(TestEvery: 0));
        Assert.Equal(mask, scene.Train[0].ReadMask());
        Assert.False(scene.Train[1].HasMask);
        Assert.Contains("1 of 2 views have a mask", scene.Remarks[0]);
        foreach (var name in (string[])["a.png", "b.png"]) File.Move(folder[$"x/images/{name}"], folder[$"x/{name}"]);
        Directory.Delete(folder["x/images"]);
        scene = SceneFile.Open(folder["x"], new SceneOptions(TestEvery: 0));
        Assert.Equal((2, true), (scene.Train.Count, scene.Train[0].HasMask));
    }
}
