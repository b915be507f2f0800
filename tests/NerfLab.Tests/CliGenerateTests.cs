using System.Numerics;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Procedural;
using static NerfLab.Tests.CliProgram;

namespace NerfLab.Tests;

/// <summary><c>nerflab data generate</c> and <c>nerflab data styles</c> as programs.</summary>
public class CliGenerateTests
{
    [Fact]
    public void ACategoryIsWrittenObjectByObjectAndCompleted()
    {
        using var folder = new TemporaryFolder();
        var outcome = folder["chairs"];
        string[] settings = ["--views", "3", "--size", "16", "--to", "shapenet-srn", "--depth", "--normals", "--masks"];
        Assert.Contains("chairs: 2 chairs of 3 views in shapenet-srn's format", Good(["data", "generate", "chairs", outcome, "--objects", "2", .. settings]));
        // One more, where two are there already; another seed is another data set.
        Assert.Contains("2 of 3 objects were there already", Good(["data", "generate", "chairs", outcome, "--objects", "3", .. settings]));
        Assert.Contains("other settings", Complaint(["data", "generate", "chairs", outcome, "--objects", "3", "--seed", "1", .. settings]));
        var chairs = SceneCollection.Open(outcome, new SceneOptions(TestEvery: 0));
        Assert.Equal(["chair_000000", "chair_000001", "chair_000002"], chairs.Names);
        var made = Category.Find("chairs").Member(1, 0, new AroundCameras(3.1f, -0.1f, 0.95f) { Train = 3, Val = 0, Test = 0, Size = 16 });
        var (read, drawn) = (chairs[1].Train[2], made.Open().Train[2]);
        Assert.Equal(drawn.Camera.Fx, read.Camera.Fx, 1e-3f);
        Assert.True(Vector3.Distance(drawn.Camera.Pose.Position, read.Camera.Pose.Position) < 1e-5f);
        Assert.Equal(drawn.Read().Samples.Where((_, i) => i % 4 == 3), read.Read().Samples.Where((_, i) => i % 4 == 3));

        // Depth, normals and masks beside it are those of the tracer.
        var depth = NpyFile.Read(Path.Combine(outcome, "chair_000001", "depth", "train", "002.npy"));
        Assert.Equal([16, 16], depth.Shape);
        Assert.Equal(drawn.ReadDepth().Select(d => (double)d), depth.Values);
        var normals = ImageFile.ReadBitmap(Path.Combine(outcome, "chair_000001", "normals", "train", "002.png"));
        Assert.Equal(made.Tracer.Normals(drawn.Camera).SelectMany(n => new[] { n.X, n.Y, n.Z }).Select(v => (byte)MathF.Round((v + 1) * 127.5f)), normals.Samples);
        Assert.Equal(made.Tracer.Objects(drawn.Camera), ImageFile.ReadBitmap(Path.Combine(outcome, "chair_000001", "masks", "train", "002.png")).Samples);
    }

    [Theory]
    [InlineData("blender")]
    [InlineData("instant-ngp")]
    public void ARecipeIsWrittenAsOneScene(string format)
    {
        using var folder = new TemporaryFolder();
        var recipe = Path.Combine(RealData.Root, "data", "scenes", "still-life.json");
        Assert.Contains("6 views of still-life", Good("data", "generate", recipe, folder["x"], "--views", "5", "--size", "16", "--to", format));
        var scene = SceneFile.Open(folder["x"]);
        Assert.Equal((5, 1), (scene.Train.Count, scene.Test.Count));
        Assert.Contains("exists already", Complaint("data", "generate", recipe, folder["x"]));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder.Path), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void AMeshIsAScene()
    {
        var cow = RealData.Path("meshes/spot/cow.obj");
        var scene = SceneFile.Open(cow, new SceneOptions(4));
        Assert.Equal((100, 10), (scene.Train.Count, scene.Test.Count));
        var picture = scene.Train[30].Read();
        // All of it is in the picture, and the picture is full of it.
        var alpha = Enumerable.Range(0, 50 * 50).Where(i => picture.Samples[4 * i + 3] > 0).ToList();
        Assert.InRange(alpha.Count, 250, 2000);
        Assert.DoesNotContain(alpha, i => i % 50 is 0 or 49 || i / 50 is 0 or 49);
        Assert.All(scene.Train[30].ReadDepth().Where(float.IsFinite), d => Assert.InRange(d, scene.Near, scene.Far));
        using var folder = new TemporaryFolder();
        Assert.Contains("3 views of cow", Good("data", "generate", cow, folder["cow"], "--views", "2", "--size", "24"));
    }

    [Theory]
    [InlineData("data generate chiars out", "chiars: neither a file nor a category; did you mean chairs?")]
    [InlineData("data generate chairs out --to blendr", "--to blendr: unknown; did you mean blender?")]
    [InlineData("data generate chairs out --objects 0", "--objects 0: a whole number from 1 upwards")]
    [InlineData("data generate chairs out --size 5000", "size is 5000; 8 to 4096")]
    [InlineData("data styles out --only mosiac", "mosiac: no manner of painting; did you mean mosaic?")]
    [InlineData("data styles out --size 3", "--size 3: a whole number from 16 upwards")]
    public void WordsThatDoNotFit(string arguments, string expected) => Assert.Contains(expected, Complaint(arguments.Split(' ')));

    [Fact]
    public void StylesAreWritten()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("2 pictures", Good("data", "styles", folder["s"], "--size", "20", "--only", "mosaic", "op-art"));
        Assert.Equal(20, ImageFile.ReadBitmap(folder["s/mosaic.png"]).Width);
        Assert.True(File.Exists(folder["s/op-art.png"]));
    }
}
