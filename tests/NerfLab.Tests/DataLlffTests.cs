using System.Numerics;
using NerfLab.Data;

namespace NerfLab.Tests;

public class DataLlffTests
{
    internal static void AssertSame(Pose a, Pose b)
    {
        foreach (var (x, y) in ((Vector3, Vector3)[])[(a.Right, b.Right), (a.Down, b.Down), (a.Forward, b.Forward), (a.Position, b.Position)])
            Assert.True(Vector3.Distance(x, y) < 1e-5f * (1 + x.Length()), $"{x} {y}");
    }

    /// <summary>Rows for cameras side by side that look along -z: down, right and back are -y, x and z.</summary>
    private static double[] Rows(int count, Action<double[]>? change = null)
    {
        var values = Enumerable.Range(0, count).SelectMany(i => (double[])[0, 1, 0, i, 24, -1, 0, 0, 0, 32, 0, 0, 1, 0, 40, 3 + i, 30]).ToArray();
        change?.Invoke(values);
        return values;
    }

    private static Scene Open(int pictures, double[] values, int[]? shape = null, string images = "images")
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < pictures; i++) Imaging.ImageFile.Write(folder[$"{images}/{i:00}.png"], new Bitmap(32, 24, 3));
        new NpyFile(shape ?? [values.Length / 17, 17], values).Write(folder["poses_bounds.npy"]);
        return SceneFile.Open(folder.Path);
    }

    private static string Complaint(int pictures, double[] values, int[]? shape = null, string images = "images") =>
        Assert.Throws<BadInputException>(() => Open(pictures, values, shape, images)).Message;

    [Fact]
    public void CamerasSideBySide()
    {
        var scene = Open(5, Rows(5));
        Assert.Equal((4, 1), (scene.Train.Count, scene.Test.Count));
        // The nearest depth 3 becomes 4/3; the middle camera becomes the origin.
        var at = scene.Views.OrderBy(v => v.Name).Select(v => v.Camera.Pose).ToList();
        for (int i = 0; i < 5; i++) AssertSame(new Pose(Vector3.UnitX, -Vector3.UnitY, -Vector3.UnitZ, new((i - 2) * 4f / 9, 0, 0)), at[i]);
        Assert.Equal(1.2f, scene.Near, 1e-5f);
        // 30 deep, along the ray of a corner of 32x24 pixels with focal length 40: sqrt(1 + 0.4² + 0.3²).
        Assert.Equal(30 * 4 / 9.0 * double.Sqrt(1.25), scene.Far, 1e-4);
        // Train views are 1 to 4: the box is what they see between the depths 1.2 and 40/3.
        Assert.True(Vector3.Distance(new(-4f / 9 - 0.4f * 40 / 3, -0.3f * 40 / 3, -40f / 3), scene.Bounds.Min) < 1e-4f, $"{scene.Bounds}");
        Assert.True(Vector3.Distance(new(8f / 9 + 0.4f * 40 / 3, 0.3f * 40 / 3, -1.2f), scene.Bounds.Max) < 1e-4f, $"{scene.Bounds}");
        Assert.Equal((40f, 16f, 12f), (scene.Train[0].Camera.Fx, scene.Train[0].Camera.Cx, scene.Train[0].Camera.Cy));
    }

    [Fact]
    public void FernIsReadRecentredAndScaled()
    {
        var scene = SceneFile.Open(RealData.Path("scenes/llff_fern"), new SceneOptions(Downscale: 8));
        Assert.Equal((17, 0, 3), (scene.Train.Count, scene.Val.Count, scene.Test.Count));
        Assert.Equal(["images_8/image000", "images_8/image008", "images_8/image016"], scene.Test.Select(v => v.Name));
        Assert.Empty(scene.Remarks);
        var camera = scene.Train[0].Camera;
        Assert.Equal((504, 378, 252f, 189f), (camera.Width, camera.Height, camera.Cx, camera.Cy));
        Assert.Equal(3260.526333 / 8, camera.Fx, 1e-4);
        Assert.Equal((504, 378), (scene.Train[0].Read().Width, scene.Train[0].Read().Height));
        Assert.Equal(1.2f, scene.Near, 1e-6f);

        // The mean pose is the identity, which looks along -z with y upwards.
        var poses = scene.Views.Select(v => v.Camera.Pose).ToList();
        Vector3 Mean(Func<Pose, Vector3> of) => poses.Aggregate(Vector3.Zero, (sum, p) => sum + of(p)) / poses.Count;
        Assert.True(Mean(p => p.Position).Length() < 1e-5f);
        Assert.True(Vector3.Distance(Vector3.Normalize(Mean(p => p.Forward)), -Vector3.UnitZ) < 1e-5f);
        Assert.Equal(0, Mean(p => p.Down).X, 1e-5f);
        Assert.True(Mean(p => p.Down).Y < -0.9f);
        // Distances between cameras are those of the file times 1 / (0.75 · nearest depth).
        var file = NpyFile.Read(RealData.Path("scenes/llff_fern/poses_bounds.npy"));
        Vector3 At(int i) => new((float)file.Values[17 * i + 3], (float)file.Values[17 * i + 8], (float)file.Values[17 * i + 13]);
        var byName = scene.Views.OrderBy(v => v.Name, StringComparer.Ordinal).Select(v => v.Camera.Pose).ToList();
        for (int i = 0; i < 19; i++) Assert.Equal(Vector3.Distance(At(i), At(i + 1)) / (0.75 * 16.985296178676084), Vector3.Distance(byName[i].Position, byName[i + 1].Position), 1e-5);
    }

    [Fact]
    public void TheDownscaleFactorCountsFromThePhotographs()
    {
        var folder = RealData.Path("scenes/llff_fern");
        var large = SceneFile.Open(folder);
        Assert.Equal(504, large.Train[0].Camera.Width);
        Assert.Contains("only images_8 exists", Assert.Single(large.Remarks));
        var small = SceneFile.Open(folder, new SceneOptions(Downscale: 16)).Train[0];
        Assert.Equal((252, 189), (small.Camera.Width, small.Camera.Height));
        Assert.Equal((252, 189), (small.Read().Width, small.Read().Height));
        Assert.Equal(3260.526333 / 16, small.Camera.Fx, 1e-4);
    }

    [Theory]
    [InlineData(1, "images", 64)]
    [InlineData(2, "images_2", 32)]
    [InlineData(3, "images_2", 21)]
    [InlineData(4, "images_4", 16)]
    [InlineData(64, "images_4", 1)]
    public void TheFolderWithTheLargestFactorUpToTheWantedOneIsRead(float downscale, string images, int width)
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, factor) in ((string Name, int Factor)[])[("images", 1), ("images_2", 2), ("images_4", 4), ("images_x", 1), ("images_0", 1)])
            for (int i = 0; i < 3; i++) Imaging.ImageFile.Write(folder[$"{name}/{i}.png"], new Bitmap(64 / factor, 48 / factor, 3));
        new NpyFile([3, 17], Rows(3, v => { for (int i = 0; i < 3; i++) (v[17 * i + 4], v[17 * i + 9], v[17 * i + 14]) = (48, 64, 80); })).Write(folder["poses_bounds.npy"]);
        var view = SceneFile.Open(folder.Path, new SceneOptions(downscale)).Train[0];
        Assert.StartsWith(images + "/", view.Name);
        Assert.Equal((width, 80f * width / 64), (view.Camera.Width, view.Camera.Fx));
        Assert.Equal(width, view.Read().Width);
    }

    [Fact]
    public void WritingFernAndReadingItGivesTheSameScene()
    {
        using var folder = new TemporaryFolder();
        var scene = SceneFile.Open(RealData.Path("scenes/llff_fern"), new SceneOptions(Downscale: 24));
        LlffScene.Write(scene, folder["copy"]);
        var copy = SceneFile.Open(folder["copy"]);
        Assert.Equal((scene.Train.Count, scene.Test.Count), (copy.Train.Count, copy.Test.Count));
        Assert.Equal(scene.Near, copy.Near, 1e-5f);
        Assert.Equal(scene.Far, copy.Far, 1e-4f);
        Assert.True(Vector3.Distance(scene.Bounds.Min, copy.Bounds.Min) < 1e-4f);
        foreach (var (a, b) in scene.Views.Zip(copy.Views))
        {
            AssertSame(a.Camera.Pose, b.Camera.Pose);
            Assert.Equal(a.Camera with { Pose = default }, b.Camera with { Pose = default });
            Assert.Equal(a.Read().Samples, b.Read().Samples);
        }
        // And through the other formats.
        foreach (var (name, write) in ((string, Action<Scene, string>)[])[("ngp", InstantNgpScene.Write), ("blender", BlenderScene.Write), ("colmap", ColmapScene.Write)])
        {
            write(scene, folder[name]);
            foreach (var (a, b) in scene.Views.Zip(SceneFile.Open(folder[name]).Views))
            {
                AssertSame(a.Camera.Pose, b.Camera.Pose);
                Assert.Equal(a.Camera.Fx, b.Camera.Fx, 1e-5f * a.Camera.Fx);
            }
        }
    }

    [Fact]
    public void BadArrays()
    {
        Assert.Contains("(5, 16); (pictures, 17) is expected", Complaint(5, new double[80], [5, 16]));
        Assert.Contains("(85); (pictures, 17)", Complaint(5, Rows(5), [85]));
        Assert.Contains("5 poses, but", Complaint(4, Rows(5)));
        Assert.Contains("has 4 pictures", Complaint(4, Rows(5)));
        Assert.Contains("there is no folder images", Complaint(5, Rows(5), images: "photos"));
        Assert.Contains("row 1 has NaN in column 3", Complaint(5, Rows(5, v => v[20] = double.NaN)));
        Assert.Contains("row 0 has the depths 30 and 3 in columns 15 and 16", Complaint(5, Rows(5, v => (v[15], v[16]) = (30, 3))));
        Assert.Contains("row 2 has a matrix that is not rigid", Complaint(5, Rows(5, v => v[34] = 1)));
        Assert.Contains("row 0 has a matrix that is left-handed", Complaint(5, Rows(5, v => v[5] = 1)));
        Assert.Contains("row 0 has the picture size 32.5x24", Complaint(5, Rows(5, v => v[9] = 32.5)));
        Assert.Contains("row 3 column 14: the focal length is -1", Complaint(5, Rows(5, v => v[17 * 3 + 14] = -1)));
        Assert.Contains("proportions", Complaint(5, Rows(5, v => { for (int i = 0; i < 5; i++) v[17 * i + 4] = 320; })));
    }

    [Theory]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", 8, false)]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", 4, false)]
    [InlineData("{'shape': (2, 3), 'fortran_order': True, 'descr': '<f8'}", 8, true)]
    public void NumpysArrays(string header, int size, bool fortran)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.npy"], Npy(header, fortran ? [1, 4, 2, 5, 3, 6] : [1, 2, 3, 4, 5, 6], size));
        var array = NpyFile.Read(folder["a.npy"]);
        Assert.Equal([2, 3], array.Shape);
        Assert.Equal([1, 2, 3, 4, 5, 6], array.Values);
    }

    [Theory]
    [InlineData("{'descr': '>f8', 'fortran_order': False, 'shape': (2, 3), }", "descr is '>f8'; '<f8' or '<f4'")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", "descr is '|O'")]
    [InlineData("{'fortran_order': False, 'shape': (2, 3), }", "the header has no descr")]
    [InlineData("{'descr': '<f8', 'shape': (2, 3), }", "the header has no fortran_order")]
    [InlineData("{'descr': '<f8', 'fortran_order': False}", "the header has no shape")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 4), }", "shape (2, 4) needs 64 bytes of data, but 48 follow")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483647, 2147483647, 2147483647), }", "bytes of data, but 48 follow")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483648,), }", "shape has the length 2147483648")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -6), }", "shape has the length -1")]
    public void ArraysThatAreRefused(string header, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.npy"], Npy(header, [1, 2, 3, 4, 5, 6], 8));
        var message = Assert.Throws<BadInputException>(() => NpyFile.Read(folder["a.npy"])).Message;
        Assert.Contains("a.npy", message);
        Assert.Contains(expected, message);
    }

    private static byte[] Npy(string header, double[] values, int size)
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0]);
        writer.Write((ushort)header.Length);
        writer.Write(header.Select(c => (byte)c).ToArray());
        foreach (var value in values) if (size == 8) writer.Write(value); else writer.Write((float)value);
        return stream.ToArray();
    }
}
