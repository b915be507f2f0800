using NerfLab.Data;
using NerfLab.Geometry;
using static NerfLab.Tests.CliProgram;

namespace NerfLab.Tests;

/// <summary><c>nerflab export</c> and what <c>render</c> writes besides pictures, as programs.</summary>
public class CliExportTests
{
    [Fact]
    public void ATinyRunIsExportedAndRenderedAlongAPath()
    {
        using var folder = new TemporaryFolder();
        var run = folder["run"];
        Good(["train", .. Tiny, "--steps", "40", "--device", "cpu", "--out", run, "--quiet"]);

        // A threshold that this field reaches, whatever it has learned so far.
        string[] small = ["--resolution", "24", "--columns", "16", "--views", "4", "--device", "cpu", "--quiet"];
        Assert.Contains("triangles", Good(["export", run, "--to", folder["mesh.glb"], "--threshold", "0.2", "--largest", .. small]));
        var mesh = MeshFile.Read(folder["mesh.glb"]);
        Assert.True(mesh is { TriangleCount: > 0, Colors: not null, Normals: not null });
        Assert.Contains("points", Good(["export", run, "--to", folder["points.ply"], "--threshold", "0.0001", "--opacity", "0.01", .. small]));
        Assert.Equal(0, MeshFile.Read(folder["points.ply"]).TriangleCount);
        Assert.Contains("bricks at resolution 16", Good("export", run, "--to", folder["viewer.html"], "--resolution", "16", "--device", "cpu", "--quiet"));
        Assert.StartsWith("<!doctype html>", File.ReadAllText(folder["viewer.html"]));

        Good("render", run, "--path", "orbit", "--frames", "3", "--size", "16x16", "--film", "none", "--write-path", folder["orbit.json"], "--device", "cpu", "--quiet", "--out", folder["first"]);
        Good("render", run, "--path", folder["orbit.json"], "--frames", "3", "--size", "16x16", "--film", "none", "--depth-npy", "--normals", "--device", "cpu", "--quiet", "--out", folder["second"]);
        // The same cameras, but for rounding.
        for (int i = 0; i < 3; i++)
        {
            var (a, b) = (Imaging.ImageFile.ReadBitmap(folder[$"first/frame_{i:0000}.png"]), Imaging.ImageFile.ReadBitmap(folder[$"second/frame_{i:0000}.png"]));
            Assert.All(a.Samples.Zip(b.Samples), p => Assert.InRange(p.First - p.Second, -3, 3));
            Assert.Equal([16, 16], NpyFile.Read(folder[$"second/depth_{i:0000}.npy"]).Shape);
            Assert.True(File.Exists(folder[$"second/normals_{i:0000}.png"]));
        }

        Assert.Contains("the density is nowhere as large", Complaint(["export", run, "--to", folder["no.ply"], "--threshold", "1e9", .. small]));
        Assert.False(File.Exists(folder["no.ply"]));
    }

    [Theory]
    [InlineData("export nowhere --to mesh.stl", "--to mesh.stl: a name that ends in .obj, .ply or .glb, or in .html, is expected")]
    [InlineData("export nowhere --to mesh.ply", "nowhere: there is no such folder")]
    [InlineData("export nowhere --to mesh.ply --resolution 4", "--resolution 4: a whole number from 8 upwards")]
    [InlineData("export nowhere --to mesh.ply --box 1,2,3", "--box 1,2,3: six numbers")]
    [InlineData("export nowhere --to mesh.ply --box 1,2,3,1,3,4", "two corners of a box")]
    [InlineData("export nowhere --to points.ply --opacity 2", "--opacity 2: 0 to 1 is expected")]
    [InlineData("export nowhere", "--to")]
    public void WordsThatDoNotFit(string arguments, string expected) => Assert.Contains(expected, Complaint(arguments.Split(' ')));
}
