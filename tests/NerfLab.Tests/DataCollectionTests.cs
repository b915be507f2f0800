using System.Numerics;
using NerfLab.Data;
using NerfLab.Imaging;

namespace NerfLab.Tests;

/// <summary>ShapeNet-SRN, EG3D, and collections of scenes.</summary>
public class DataCollectionTests
{
    const string Matrix = "0 0 1 -1.3 -1 0 0 0 0 -1 0 0 0 0 0 1"; // at (-1.3, 0, 0), looking along x, with z upwards

    /// <summary>An object as pixelNeRF's readers expect it, written by hand.</summary>
    static void Object(TemporaryFolder folder, string name, int views = 3, string intrinsics = "131.25 64 64 0.\n0. 0. 0.\n1.\n128 128\n", int size = 32, string matrix = Matrix)
    {
        Directory.CreateDirectory(folder[$"{name}/pose"]);
        File.WriteAllText(folder[$"{name}/intrinsics.txt"], intrinsics);
        for (int i = 0; i < views; i++)
        {
            ImageFile.Write(folder[$"{name}/rgb/{i:000000}.png"], new Bitmap(size, size, 3));
            File.WriteAllText(folder[$"{name}/pose/{i:000000}.txt"], matrix);
        }
    }

    static Scene Made(bool distorted = false, bool alpha = true) => new()
    {
        Name = "made", Bounds = new Box(new(-1, -2, -3), new(1, 2, 4)), Near = 0.7f, Far = 9,
        Train = [.. Enumerable.Range(0, 5).Select(i =>
        {
            var camera = new Camera(12, 10, 11, 11, 5, 6, Pose.LookAt(new Vector3(3 + i, 2, 1), new Vector3(0.1f, 0.2f, 0.3f), Vector3.UnitZ), distorted ? new Distortion(0.01f, 0, 0, 0) : default);
            return new View($"v{i}", camera, () =>
            {
                var bitmap = new Bitmap(12, 10, alpha ? 4 : 3);
                for (int k = 0; k < bitmap.Samples.Length; k++) bitmap.Samples[k] = (byte)(37 * k + i);
                return bitmap;
            }, hasAlpha: alpha);
        })],
    };

    static void Same(Scene expected, Scene actual)
    {
        Assert.Equal((expected.Near, expected.Far), (actual.Near, actual.Far));
        Assert.Equal(expected.Bounds, actual.Bounds);
        var (a, b) = (expected.Views.OrderBy(v => v.Name).ToList(), actual.Views.OrderBy(v => v.Name).ToList());
        Assert.Equal(a.Count, b.Count);
        for (int i = 0; i < a.Count; i++)
        {
            var (c, d) = (a[i].Camera, b[i].Camera);
            Assert.Equal((c.Width, c.Height), (d.Width, d.Height));
            foreach (var (x, y) in new[] { (c.Fx, d.Fx), (c.Fy, d.Fy), (c.Cx, d.Cx), (c.Cy, d.Cy) }) Assert.Equal(x, y, 1e-4f);
            Assert.True(Vector3.Distance(c.Pose.Position, d.Pose.Position) < 1e-5f);
            Assert.True(Vector3.Distance(c.Pose.Forward, d.Pose.Forward) + Vector3.Distance(c.Pose.Down, d.Pose.Down) < 1e-5f);
        }
    }

    [Fact]
    public void AnObjectOfShapeNetSrn()
    {
        using var folder = new TemporaryFolder();
        Object(folder, "cars_train/a");
        var scene = SceneFile.Open(folder["cars_train/a"]);
        Assert.Equal((2, 1), (scene.Train.Count, scene.Test.Count));
        var camera = scene.Test[0].Camera;
        // A quarter of the stated size: so are the intrinsics.
        Assert.Equal((32, 131.25f / 4, 16f, 16f), (camera.Width, camera.Fx, camera.Cx, camera.Cy));
        Assert.Equal(new Vector3(-1.3f, 0, 0), camera.Pose.Position);
        // OpenCV's axes: the third column is where the camera looks, the second one is down.
        Assert.Equal((Vector3.UnitX, -Vector3.UnitZ, -Vector3.UnitY), (camera.Pose.Forward, camera.Pose.Down, camera.Pose.Right));
        Assert.Equal(Box.Cube(0.5f), scene.Bounds);
        Assert.Equal(1.3f - MathF.Sqrt(0.75f), scene.Near, 1e-5f);
        Assert.Equal(1.3f + MathF.Sqrt(0.75f), scene.Far, 1e-5f);
        Assert.True(camera.Project(Vector3.Zero) is { } middle && Vector2.Distance(middle, new(16, 16)) < 1e-4f);
        Assert.Equal(scene.Views.Count(), SceneFile.Open(folder["cars_train/a/intrinsics.txt"]).Views.Count());
    }

    [Fact]
    public void ACategoryIsACollectionWhoseScenesAreOpenedOnceAndOnlyWhenAskedFor()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["b", "a", "c"]) Object(folder, $"cars/{name}");
        Directory.CreateDirectory(folder["cars/notes"]);
        File.WriteAllText(folder["cars/c/pose/000001.txt"], "broken");
        Assert.True(SceneCollection.IsIn(folder["cars"]));
        Assert.False(SceneCollection.IsIn(folder["cars/a"]));
        var cars = SceneCollection.Open(folder["cars"], new SceneOptions(TestEvery: 0));
        Assert.Equal(("cars", 3), (cars.Name, cars.Count));
        Assert.Equal(["a", "b", "c"], cars.Names);
        Assert.Same(cars[1], cars[1]);
        Assert.Equal(("b", 3), (cars[1].Name, cars[1].Train.Count));
        Assert.Contains("c/pose/000001.txt line 1: a number of the pose is broken", Assert.Throws<BadInputException>(() => cars[2]).Message);
        var two = cars.First(2);
        Assert.Equal(2, two.Count);
        Assert.Same(cars[0], two[0]);
        Assert.Contains("cars: 3 scenes; one of them is expected, such as", Assert.Throws<BadInputException>(() => SceneFile.Open(folder["cars"])).Message);
        Assert.Contains("a single scene", Assert.Throws<BadInputException>(() => SceneCollection.Open(folder["cars/a"])).Message);
        Assert.Contains("none of its folders is a scene", Assert.Throws<BadInputException>(() => SceneCollection.Open(folder["cars/notes"])).Message);
    }

    [Fact]
    public void AMadeCollectionOpensEachSceneOnce()
    {
        int opened = 0;
        var collection = new SceneCollection("made", ["x", "y"], i => { Interlocked.Increment(ref opened); return Made() with { Name = $"{i}" }; });
        Assert.Equal(0, opened);
        Parallel.For(0, 16, i => Assert.Equal($"{i % 2}", collection[i % 2].Name));
        Assert.Equal(2, opened);
        Assert.Equal(2, collection.Count());
        Assert.Equal(2, opened);
        Assert.Throws<BadInputException>(() => new SceneCollection("twice", ["x", "x"], _ => Made()));
        Assert.Throws<BadInputException>(() => new SceneCollection("none", [], _ => Made()));
    }

    [Fact]
    public void ShapeNetSrnComesBackAsItWasWritten()
    {
        using var folder = new TemporaryFolder();
        ShapeNetSrnScene.Write(Made(), folder["made"]);
        var again = SceneFile.Open(folder["made"]);
        Same(Made(), again);
        Assert.True(again.HasAlpha);
        // The colours as they were, but for white under what is transparent.
        var (before, after) = (Made().Train[2].Read().Samples, again.Views.Single(v => v.Name == "rgb/000002").Read().Samples);
        for (int i = 0; i < before.Length; i += 4)
            for (int c = 0; c < 4; c++) Assert.Equal(before[i + 3] == 0 && c < 3 ? 255 : before[i + c], after[i + c]);
        Assert.Contains("without distortion; write instant-ngp", Assert.Throws<BadInputException>(() => ShapeNetSrnScene.Write(Made(distorted: true), folder["no"])).Message);
    }

    [Theory]
    [InlineData("131 64\n128 128", "line 1: the principal point is expected as value 3")]
    [InlineData("131 64 64 0", "line 1: height and width in pixels are expected in the last line")]
    [InlineData("131 64 64 0\n128 128.5", "line 2: 128.5 pixels; a whole number")]
    [InlineData("0.1 64 64 0\n128 128", "line 1: the focal length is 0.1 for 128 pixels")]
    [InlineData("131 64 64 0\n0 0 0\n1\n128 128\n1", "line 5: the poses are said to go from world to camera")]
    [InlineData("", "no lines of numbers")]
    [InlineData("131 64 64 0\n64 128", "has not the proportions")]
    public void IntrinsicsThatAreRefused(string intrinsics, string expected)
    {
        using var folder = new TemporaryFolder();
        Object(folder, "a", 1, intrinsics);
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => SceneFile.Open(folder["a"])).Message);
    }

    [Fact]
    public void ObjectsThatAreRefused()
    {
        using var folder = new TemporaryFolder();
        void Refused(string name, string expected) => Assert.Contains(expected, Assert.Throws<BadInputException>(() => SceneFile.Open(folder[name])).Message);
        Object(folder, "scaled", matrix: "2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1");
        Refused("scaled", "pose/000000.txt: the matrix is scaled");
        Object(folder, "short", matrix: "1 0 0");
        Refused("short", "pose/000000.txt: 3 numbers; the 16");
        Object(folder, "more");
        File.Delete(folder["more/pose/000001.txt"]);
        Refused("more", "rgb/000001.png: there is no pose/000001.txt");
        Object(folder, "box");
        File.WriteAllText(folder["box/bbox.txt"], "0 0 0 1 1 0");
        Refused("box", "bbox.txt line 1: no box");
        Object(folder, "near");
        File.WriteAllText(folder["near/near_far.txt"], "3 2");
        Refused("near", "near_far.txt line 1: near 3 and far 2");
        Object(folder, "fewer");
        File.Delete(folder["fewer/rgb/000001.png"]);
        Assert.Equal(1, SceneFile.Open(folder["fewer"]).Skipped);
    }

    [Fact]
    public void Eg3dComesBackAsItWasWritten()
    {
        using var folder = new TemporaryFolder();
        Eg3dScene.Write(Made(), folder["made"]);
        var again = SceneFile.Open(folder["made"], new SceneOptions(TestEvery: 0));
        Same(Made(), again);
        Assert.False(again.HasAlpha);
        var (before, after) = (Made().Train[1].Read().Samples, again.Train[1].Read().Samples);
        for (int i = 0; i < after.Length; i++)
        {
            int alpha = before[i / 3 * 4 + 3], color = before[i / 3 * 4 + i % 3];
            Assert.Equal(color * alpha / 255.0 + 255 - alpha, after[i], 0.51);
        }
        Assert.Contains("EG3D's format has no distortion", Assert.Throws<BadInputException>(() => Eg3dScene.Write(Made(distorted: true), folder["no"])).Message);
    }

    [Fact]
    public void ACollectionSurvivesEg3dsFormat()
    {
        using var folder = new TemporaryFolder();
        var scenes = new SceneCollection("pair", ["x", "y"], i => Made() with { Near = 0.5f + i });
        var done = new List<int>();
        Eg3dScene.Write(scenes, folder["pair"], done.Add);
        Assert.Equal([1, 2], done);
        Assert.Equal(10, SceneFile.Open(folder["pair"]).Views.Count());
        var again = SceneCollection.Open(folder["pair"], new SceneOptions(TestEvery: 0));
        Assert.Equal(["x", "y"], again.Names);
        Same(Made() with { Near = 0.5f }, again[1]); // one extent for all: the nearest near
    }

    static string Label(string numbers) => $$"""{"labels": [["a.png", [{{numbers}}]]]}""";
    const string Eye = "1,0,0,0, 0,1,0,0, 0,0,1,-2.7, 0,0,0,1";

    [Fact]
    public void TheLabelOfEg3d()
    {
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder["a.png"], new Bitmap(64, 64, 3));
        File.WriteAllText(folder["dataset.json"], Label($"{Eye}, 4.2647, 0, 0.5, 0, 4.2647, 0.5, 0, 0, 1"));
        var camera = SceneFile.Open(folder.Path).Train[0].Camera;
        Assert.Equal(4.2647f * 64, camera.Fx, 1e-3f);
        Assert.Equal((32f, 32f, Vector3.UnitZ, new Vector3(0, 0, -2.7f)), (camera.Cx, camera.Cy, camera.Pose.Forward, camera.Pose.Position));
        Assert.Equal(2.7f / 2 / 4.2647f, SceneFile.Open(folder.Path).Bounds.Max.X, 1e-5f);
    }

    [Theory]
    [InlineData("{}", "labels is missing")]
    [InlineData("{\"labels\": null}", "labels is null; an array is expected")]
    [InlineData("{\"labels\": [[\"a.png\", 3]]}", "labels[0][1] is the number 3; an array is expected")]
    [InlineData("{\"labels\": [[\"a.png\"]]}", "labels[0] has 1 elements")]
    [InlineData("{\"labels\": [[\"b.png\", []]]}", "none of the 1 listed ones exists")]
    [InlineData("1", "labels[0][1] has 1 numbers; 25 are expected")]
    [InlineData(Eye + ", 1, 0.2, 0.5, 0, 1, 0.5, 0, 0, 1", "has the intrinsics 1, 0.2, 0.5")]
    [InlineData(Eye + ", 500, 0, 32, 0, 500, 32, 0, 0, 1", "in parts of the picture's size")]
    [InlineData("1,0,0,0, 0,1,0,0, 0,0,-1,0, 0,0,0,1, 1, 0, 0.5, 0, 1, 0.5, 0, 0, 1", "left-handed")]
    public void LabelsThatAreRefused(string labels, string expected)
    {
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder["a.png"], new Bitmap(8, 8, 3));
        File.WriteAllText(folder["dataset.json"], labels.StartsWith('{') ? labels : Label(labels));
        var message = Assert.Throws<BadInputException>(() => SceneFile.Open(folder.Path)).Message;
        Assert.Contains("dataset.json", message);
        Assert.Contains(expected, message);
    }
}
