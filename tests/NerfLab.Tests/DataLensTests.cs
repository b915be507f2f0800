using System.Numerics;
using NerfLab.Data;
using NerfLab.Math;
using TorchSharp;

namespace NerfLab.Tests;

/// <summary>Lenses of all models: against formulas written out here, there and back, and in bulk.</summary>
public class DataLensTests
{
    /// <summary>A lens of each of COLMAP's models with its numbers after focal lengths and principal point.</summary>
    public static TheoryData<string, double[]> Models => new()
    {
        { "SIMPLE_RADIAL", [-0.08] },
        { "RADIAL", [0.05, -0.02] },
        { "OPENCV", [0.06, -0.08, -0.001, 0.0015] },
        { "FULL_OPENCV", [0.3, 0.05, 0.002, -0.001, 0.01, 0.25, 0.03, 0.004] },
        { "OPENCV_FISHEYE", [0.02, -0.01, 0.003, -0.0005] },
        { "SIMPLE_RADIAL_FISHEYE", [-0.03] },
        { "RADIAL_FISHEYE", [0.04, -0.01] },
        { "THIN_PRISM_FISHEYE", [0.02, -0.01, 0.001, -0.002, 0.003, -0.0005, 0.002, -0.003] },
        { "FOV", [1.1] },
    };

    /// <summary>What COLMAP documents for each model, written out: x/z, y/z to the plane of the picture.</summary>
    static (double X, double Y) Formula(string model, double[] k, double x, double y)
    {
        double r = double.Sqrt(x * x + y * y), theta = double.Atan(r);
        if (model == "FOV") return r == 0 ? (0, 0) : (x / r * double.Atan(2 * r * double.Tan(k[0] / 2)) / k[0], y / r * double.Atan(2 * r * double.Tan(k[0] / 2)) / k[0]);
        var (u, v) = model.EndsWith("FISHEYE") && r > 0 ? (x / r * theta, y / r * theta) : (x, y);
        double r2 = u * u + v * v, p1 = 0, p2 = 0, s1 = 0, s2 = 0;
        double factor;
        switch (model)
        {
            case "SIMPLE_RADIAL" or "SIMPLE_RADIAL_FISHEYE": factor = 1 + k[0] * r2; break;
            case "RADIAL" or "RADIAL_FISHEYE": factor = 1 + k[0] * r2 + k[1] * r2 * r2; break;
            case "OPENCV": (factor, p1, p2) = (1 + k[0] * r2 + k[1] * r2 * r2, k[2], k[3]); break;
            case "OPENCV_FISHEYE": factor = 1 + k[0] * r2 + k[1] * r2 * r2 + k[2] * double.Pow(r2, 3) + k[3] * double.Pow(r2, 4); break;
            case "FULL_OPENCV":
                factor = (1 + k[0] * r2 + k[1] * r2 * r2 + k[4] * double.Pow(r2, 3)) / (1 + k[5] * r2 + k[6] * r2 * r2 + k[7] * double.Pow(r2, 3));
                (p1, p2) = (k[2], k[3]);
                break;
            default:
                factor = 1 + k[0] * r2 + k[1] * r2 * r2 + k[4] * double.Pow(r2, 3) + k[5] * double.Pow(r2, 4);
                (p1, p2, s1, s2) = (k[2], k[3], k[6], k[7]);
                break;
        }
        return (u * factor + 2 * p1 * u * v + p2 * (r2 + 2 * u * u) + s1 * r2, v * factor + 2 * p2 * u * v + p1 * (r2 + 2 * v * v) + s2 * r2);
    }

    static Camera Of(string model, double[] lens, Pose pose = default)
    {
        bool one = model.StartsWith("SIMPLE") || model.StartsWith("RADIAL");
        return new ColmapCamera("here", model, 64, 48, [40, .. one ? (double[])[] : [41], 31, 25, .. lens]).At(pose);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void ALensDoesWhatItsModelSays(string model, double[] lens)
    {
        var camera = Of(model, lens);
        for (double y = -0.7; y <= 0.7; y += 0.1)
            for (double x = -0.8; x <= 0.8; x += 0.1)
            {
                var (u, v) = Formula(model, lens, x, y);
                var q = camera.Distortion.Project(new((float)(3 * x), (float)(3 * y), 3))!.Value;
                Assert.Equal(u, q.X, 1e-6);
                Assert.Equal(v, q.Y, 1e-6);
            }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void ProjectionAndDirectionAreInverseOverTheWholePicture(string model, double[] lens)
    {
        var pose = Pose.LookAt(new(2, -1, 0.5f), new(0, 0.2f, 0), Vector3.UnitZ);
        var camera = Of(model, lens, pose);
        Assert.False(CameraCheck.Folds(camera));
        for (float y = 0; y <= 48; y += 4)
            for (float x = 0; x <= 64; x += 4)
            {
                var direction = camera.Direction(new(x, y));
                Assert.Equal(1, direction.Length(), 1e-6);
                Assert.True(Vector2.Distance(camera.Project(pose.Position + 1.7f * direction)!.Value, new(x, y)) < 1e-3f, $"{x} {y}");
            }
        for (float a = -1.3f; a <= 1.3f; a += 0.13f)
        {
            var p = new Vector2(0.8f * a, -0.5f * a);
            Assert.True(Vector2.Distance(camera.Distortion.Undistort(camera.Distortion.Distort(p)), p) < 1e-5f, $"{p}");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void RaysInBulkAreTheCamerasOwn(string model, double[] lens)
    {
        using var scope = torch.NewDisposeScope();
        var camera = Of(model, lens, Pose.LookAt(new(2, -1, 0.5f), new(0, 0.2f, 0), Vector3.UnitZ));
        var rays = Cameras.Rays(camera, torch.CPU);
        var directions = rays.Directions.data<float>().ToArray();
        // And back: points along the rays are projected to the pixels' centres.
        var (column, row, depth) = Cameras.Project(camera, rays.Origins + 1.7f * rays.Directions);
        var pixel = torch.arange(64 * 48);
        Assert.True((column - (pixel % 64 + 0.5f)).abs().max().ToDouble() < 1e-3);
        Assert.True((row - (pixel.div(64, torch.RoundingMode.floor) + 0.5f)).abs().max().ToDouble() < 1e-3);
        Assert.True(depth.min().ToDouble() > 0);
        for (int p = 0; p < 64 * 48; p++)
        {
            var expected = camera.Direction(new(p % 64 + 0.5f, p / 64 + 0.5f));
            Assert.True(Vector3.Distance(expected, new(directions[3 * p], directions[3 * p + 1], directions[3 * p + 2])) < 5e-6f, $"{p}: {expected}");
        }
    }

    [Fact]
    public void LensesOfAllKindsMayBeMixed()
    {
        using var scope = torch.NewDisposeScope();
        Camera[] cameras = [.. Models.Select(m => Of(m.Data.Item1, m.Data.Item2, Pose.LookAt(new(3, 0, 0), Vector3.Zero, Vector3.UnitZ))), Camera.FromAngle(64, 48, 1, Pose.LookAt(new(3, 0, 0), Vector3.Zero, Vector3.UnitZ))];
        var view = torch.arange(cameras.Length, torch.int64);
        var rays = Cameras.Rays(Cameras.Pack(cameras), view, torch.full([cameras.Length], 60f), torch.full([cameras.Length], 3f), true).Directions.data<float>().ToArray();
        for (int i = 0; i < cameras.Length; i++)
            Assert.True(Vector3.Distance(cameras[i].Direction(new(60.5f, 3.5f)), new(rays[3 * i], rays[3 * i + 1], rays[3 * i + 2])) < 5e-6f, $"{i}");
    }

    [Fact]
    public void AFisheyeLensSeesBehindItselfAndAPerspectiveOneDoesNot()
    {
        var fisheye = new Distortion { Projection = Projection.Equidistant };
        var backwards = Vector3.Normalize(new(1, 0, -0.5f));
        var q = fisheye.Project(backwards)!.Value;
        Assert.Equal(double.Atan2(1, -0.5), q.X, 1e-6);
        Assert.True(Vector3.Distance(backwards, fisheye.Direction(q)) < 1e-6f);
        Assert.Null(fisheye.Project(-Vector3.UnitZ));
        Assert.True(float.IsNaN(fisheye.Direction(new(3.2f, 0)).X)); // beyond straight behind
        Assert.Null(new Distortion(0.1f, 0, 0, 0).Project(backwards));
        Assert.Null(new Distortion { Projection = Projection.Fov, Omega = 1 }.Project(backwards));
        Assert.True(float.IsNaN(new Distortion { Projection = Projection.Fov, Omega = 1 }.Direction(new(1.6f, 0)).X));
        // Beyond the fold of a lens nothing is shown: x(1 - x²/2) turns at sqrt(2/3).
        Assert.NotNull(new Distortion(-0.5f, 0, 0, 0).Project(new(0.8f, 0, 1)));
        Assert.Null(new Distortion(-0.5f, 0, 0, 0).Project(new(0.83f, 0, 1)));
    }

    /// <summary>A circular picture: the corners lie more than half a turn away from the axis.</summary>
    static Scene Round(Distortion lens) => new()
    {
        Name = "round", Bounds = Box.Cube(1), Near = 0.1f, Far = 5,
        Train = [.. Enumerable.Range(0, 3).Select(i =>
        {
            var camera = new Camera(32, 32, 5.5f, 5.5f, 16, 16, Pose.LookAt(new(3, i, 1), Vector3.Zero, Vector3.UnitZ), lens);
            return new View($"v{i}", camera, () => new Bitmap(32, 32, 3), mask: CameraCheck.Mask(camera, null));
        })],
    };

    [Theory]
    [InlineData("colmap")]
    [InlineData("nerfstudio")]
    [InlineData("instant-ngp")]
    public void ARoundFisheyePictureIsMaskedWhereItHasNoRays(string format)
    {
        using var folder = new TemporaryFolder();
        var scene = Round(new Distortion(0.01f, -0.002f, 0, 0, 0.0001f) { K4 = 0.00002f, Projection = Projection.Equidistant });
        Action<Scene, string> write = format switch { "colmap" => ColmapScene.Write, "nerfstudio" => NerfstudioScene.Write, _ => InstantNgpScene.Write };
        write(scene, folder["x"]);
        Directory.Delete(folder["x/masks"], recursive: true);
        if (format != "colmap")
        {
            var file = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(folder["x/transforms.json"]))!;
            foreach (var frame in file["frames"]!.AsArray()) frame!.AsObject().Remove("mask_path");
            File.WriteAllText(folder["x/transforms.json"], file.ToJsonString());
        }
        var view = SceneFile.Open(folder["x"], new SceneOptions(TestEvery: 0)).Train[0];
        Assert.Equal(scene.Train[0].Camera.Distortion, view.Camera.Distortion);
        var mask = view.ReadMask()!;
        Assert.Equal(scene.Train[0].ReadMask(), mask);
        Assert.False(mask[0]);
        Assert.True(mask[16 * 32 + 16]);
        for (int i = 0; i < mask.Length; i++) Assert.Equal(mask[i], !float.IsNaN(view.Camera.Direction(new(i % 32 + 0.5f, i / 32 + 0.5f)).X));
        // No ray of such a scene is without direction, and rendering the whole picture stays finite.
        using var scope = torch.NewDisposeScope();
        Assert.True(Cameras.Rays(view.Camera, torch.CPU).Directions.isfinite().all().ToBoolean());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void EveryLensSurvivesColmapsFormat(string model, double[] lens)
    {
        using var folder = new TemporaryFolder();
        var pose = Pose.LookAt(new(3, 1, 1), Vector3.Zero, Vector3.UnitZ);
        var camera = Of(model, lens, pose);
        ColmapScene.Write(new Scene { Name = "x", Bounds = Box.Cube(1), Near = 0.1f, Far = 5, Train = [new View("v", camera, () => new Bitmap(64, 48, 3))] }, folder["x"]);
        Assert.Equal(camera.Distortion, SceneFile.Open(folder["x"]).Train[0].Camera.Distortion);
    }

    [Fact]
    public void LensesThatAFormatCannotHoldAreRefused()
    {
        using var folder = new TemporaryFolder();
        Scene With(Distortion lens) => new() { Name = "x", Bounds = Box.Cube(1), Near = 0.1f, Far = 5, Train = [new View("v", new Camera(64, 48, 40, 41, 31, 25, Pose.LookAt(Vector3.UnitX, Vector3.Zero, Vector3.UnitZ), lens), () => new Bitmap(64, 48, 3))] };
        void Refused(string expected, Action<Scene, string> write, Distortion lens) => Assert.Contains(expected, Assert.Throws<BadInputException>(() => write(With(lens), folder["no"])).Message);
        var fisheye = new Distortion(0.01f, 0, 0, 0) { Projection = Projection.Equidistant };
        Refused("no keys for the lens", InstantNgpScene.Write, new Distortion(0.1f, 0, 0, 0) { D1 = 0.1f });
        Refused("no keys for the lens", NerfstudioScene.Write, fisheye with { S1 = 0.01f });
        Refused("no keys for the lens", NerfstudioScene.Write, new Distortion { Projection = Projection.Fov, Omega = 1 });
        Refused("COLMAP has no camera model for the lens", ColmapScene.Write, new Distortion(0.1f, 0, 0, 0) { S1 = 0.1f });
        Refused("COLMAP has no camera model for the lens", ColmapScene.Write, fisheye with { D1 = 0.1f });
        foreach (var write in (Action<Scene, string>[])[BlenderScene.Write, LlffScene.Write, ShapeNetSrnScene.Write, Eg3dScene.Write]) Refused("distortion", write, fisheye);
        var mixed = With(fisheye) with { Test = With(default).Train };
        Assert.Contains("one camera model", Assert.Throws<BadInputException>(() => NerfstudioScene.Write(mixed, folder["no"])).Message);
        InstantNgpScene.Write(mixed, folder["yes"]);
        var again = SceneFile.Open(folder["yes"]);
        Assert.Equal((fisheye, default(Distortion)), (again.Train[0].Camera.Distortion, again.Test[0].Camera.Distortion));
    }

    [Fact]
    public void ARunRemembersItsLens()
    {
        using var folder = new TemporaryFolder();
        var summary = Recipes.SceneSummary.Of(Round(new Distortion(0.01f, 0, 0, 0) { K4 = 0.5f, Projection = Projection.Equidistant }), new Recipes.SpaceSpec());
        summary.Write(folder["scene.json"]);
        Assert.Equal(summary.Train[1].Camera, Recipes.SceneSummary.Read(folder["scene.json"]).Train[1].Camera);
    }
}
