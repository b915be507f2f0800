using System.Text.Json;
using NerfLab.Geometry;
using NerfLab.Imaging;
using NerfLab.Metrics;
using NerfLab.Recipes;
using static NerfLab.Tests.CliProgram;

namespace NerfLab.Tests;

/// <summary>Measuring as a user meets it: with weights, between folders, between surfaces.</summary>
public class CliMeasureTests
{
    [Fact]
    public void EvalMeasuresLpipsAndNamesItsWeights()
    {
        var weights = RealData.Path("weights");
        using var folder = new TemporaryFolder();
        Good(["train", "embedded", .. Tiny.Select(t => t == "8" ? "4" : t), "--steps", "3", "--out", folder["run"], "--device", "cpu"]);
        var said = Good("eval", folder["run"], "--lpips", "squeeze", "--weights", weights, "--json", folder["eval.json"], "--no-pictures");
        Assert.Contains("LPIPS-squeeze: squeezenet1_1_features.safetensors (sha256 ", said);
        var json = JsonDocument.Parse(File.ReadAllText(folder["eval.json"])).RootElement;
        var lpips = json.GetProperty("lpips");
        Assert.Equal("LPIPS-squeeze", lpips.GetProperty("name").GetString());
        Assert.Equal(json.GetProperty("views").EnumerateArray().Average(v => v.GetProperty("lpips").GetDouble()), lpips.GetProperty("mean").GetDouble(), 9);
        Assert.InRange(lpips.GetProperty("mean").GetDouble(), 0.01, 2);
        Assert.Equal(["squeezenet1_1_features.safetensors", "lpips_v0.1_lin_squeeze.safetensors"], lpips.GetProperty("weights").EnumerateArray().Select(w => w.GetProperty("file").GetString()));
        Assert.All(lpips.GetProperty("weights").EnumerateArray(), w => Assert.Equal(64, w.GetProperty("sha256").GetString()!.Length));

        Assert.Contains("torchvision's vgg16", Complaint("eval", folder["run"], "--lpips", "vgg", "--weights", weights));
        Assert.Contains("--lpips sqeeze: unknown; did you mean squeeze?", Complaint("eval", folder["run"], "--lpips", "sqeeze"));
        Assert.Contains("there is no such file or folder", Complaint("eval", folder["run"], "--lpips", "squeeze", "--weights", folder["nowhere"]));
        Good(["train", "embedded", .. Tiny, "--steps", "1", "--out", folder["smaller"], "--device", "cpu"]);
        Assert.Contains("LPIPS-squeeze takes at least 17 pixels", Complaint("eval", folder["smaller"], "--lpips", "squeeze", "--weights", weights));
    }

    [Fact]
    public void EvalMeasuresConsistencyAlongAPath()
    {
        using var folder = new TemporaryFolder();
        Good(["train", "embedded", .. Tiny, "--steps", "150", "--out", folder["run"], "--device", "cpu"]);
        var said = Good("eval", folder["run"], "--consistency", "--pairs", "4", "--json", folder["eval.json"], "--no-pictures");
        Assert.Contains("orbit, 1 of 90 frames apart: RMSE ", said);
        Assert.Contains("orbit, 7 of 90 frames apart: RMSE ", said);
        var score = JsonDocument.Parse(File.ReadAllText(folder["eval.json"])).RootElement.GetProperty("consistency");
        var (near, far) = (score.GetProperty("short"), score.GetProperty("long"));
        Assert.Equal((1, 7), (near.GetProperty("apart").GetInt32(), far.GetProperty("apart").GetInt32()));
        Assert.Equal(4, near.GetProperty("pairs").GetInt32());
        Assert.InRange(near.GetProperty("rmse").GetDouble(), 1e-6, far.GetProperty("rmse").GetDouble());
        Assert.True(near.GetProperty("overlap").GetDouble() > far.GetProperty("overlap").GetDouble());
        Assert.False(near.TryGetProperty("lpips", out _)); // not asked for
        Assert.Contains("--path obit: unknown; did you mean orbit?", Complaint("eval", folder["run"], "--consistency", "--path", "obit"));
        Assert.Contains("--pairs 91: 1 to 90", Complaint("eval", folder["run"], "--consistency", "--pairs", "91"));
    }

    [Fact]
    public void CompareMeasuresPicturesOfOneNameAndSetsByFeatures()
    {
        var weights = RealData.Path("weights");
        using var folder = new TemporaryFolder();
        Bitmap Picture(int seed, int channels = 3, int size = 24)
        {
            var bitmap = new Bitmap(size, size, channels);
            new Random(seed).NextBytes(bitmap.Samples);
            return bitmap;
        }
        for (int i = 0; i < 3; i++)
        {
            ImageFile.Write(folder[$"a/x/{i}.png"], Picture(i));
            ImageFile.Write(folder[$"b/x/{i}.jpg"], Picture(i), quality: 90);
        }
        ImageFile.Write(folder["b/more.png"], Picture(9, channels: 4));
        var said = Good("compare", folder["a"], folder["b"], "--lpips", "squeeze", "--weights", weights, "--json", folder["c.json"]);
        Assert.Contains("1 pictures have no counterpart", said);
        var json = JsonDocument.Parse(File.ReadAllText(folder["c.json"])).RootElement;
        Assert.Equal(["x/0", "x/1", "x/2"], json.GetProperty("pairs").EnumerateArray().Select(p => p.GetProperty("name").GetString()));

        // What it prints is what the library measures.
        using var scope = TorchSharp.torch.NewDisposeScope();
        var (a, b) = (ImageFile.Read(folder["a/x/1.png"]).Pixels, ImageFile.Read(folder["b/x/1.jpg"]).Pixels);
        var pair = json.GetProperty("pairs")[1];
        Assert.Equal(ImageMetrics.Psnr(a, b), pair.GetProperty("psnr").GetDouble(), 1e-9);
        Assert.Equal(ImageMetrics.Ssim(a, b), pair.GetProperty("ssim").GetDouble(), 1e-9);
        Assert.Equal(double.PositiveInfinity, PictureComparison.Of(folder["a/x/0.png"], folder["a/x/0.png"]).Psnr); // two files belong together
        Assert.Single(PictureComparison.Of(folder["a/x/0.png"], folder["b/x/1.jpg"]).Pairs);

        // As sets, names and sizes do not matter.
        var sets = Good("compare", folder["a"], folder["b"], "--features", "squeezenet:fire4", "--weights", weights, "--json", folder["s.json"]);
        Assert.Contains("Frechet distance over squeezenet1.1 fire4: ", sets);
        Assert.Contains("(3 and 4 pictures)", sets);
        Assert.Contains("fewer pictures than the 256 dimensions", sets);
        Assert.DoesNotContain("FID", sets);
        Assert.Equal("squeezenet1_1_features.safetensors", JsonDocument.Parse(File.ReadAllText(folder["s.json"])).RootElement.GetProperty("weights")[0].GetProperty("file").GetString());
    }

    [Fact]
    public void PicturesThatCannotBeCompared()
    {
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder["a/1.png"], new Bitmap(20, 20, 3));
        ImageFile.Write(folder["b/1.png"], new Bitmap(20, 21, 3));
        ImageFile.Write(folder["c/2.png"], new Bitmap(20, 20, 3));
        ImageFile.Write(folder["d/1.png"], new Bitmap(8, 8, 3));
        ImageFile.Write(folder["d/2.png"], new Bitmap(8, 8, 3));
        ImageFile.Write(folder["e/1.png"], new Bitmap(20, 20, 3));
        ImageFile.Write(folder["e/1.jpg"], new Bitmap(20, 20, 3));
        Directory.CreateDirectory(folder["empty"]);
        string Said(string a, string b) => Assert.Throws<BadInputException>(() => PictureComparison.Of(folder[a], folder[b])).Message;
        Assert.Contains("is 20x20, and ", Said("a", "b"));
        Assert.Contains("no picture of the one has the name of one of the other", Said("a", "c"));
        Assert.Contains("at least 11 pixels", Said("d", "d"));
        Assert.Contains("another picture of this name", Said("a", "e"));
        Assert.Contains("holds no pictures", Said("a", "empty"));
        Assert.Contains("there is no such file or folder", Said("a", "nowhere"));
        using var features = new LayerFeatures(ImageNetworks.SqueezeNet(new RandomWeights(1).Make()));
        Assert.Contains("holds one picture; a set has at least 2", Assert.Throws<BadInputException>(() => SetComparison.Of(folder["d"], folder["c"], features)).Message);
        Assert.Contains("takes at least 17 pixels", Assert.Throws<BadInputException>(() => SetComparison.Of(folder["d"], folder["d"], features)).Message);
        if (Environment.GetEnvironmentVariable(Weights.WeightPlaces.Variable) is null) Assert.Contains("nobody says where they are", Complaint("compare", folder["a"], folder["a"], "--lpips", "squeeze"));
        Assert.Contains("ask for one at a time", Complaint("compare", folder["a"], folder["a"], "--lpips", "squeeze", "--features", "inception"));
        Assert.Contains("fc.weight", Complaint("compare", folder["a"], folder["c"], "--features", "inception", "--weights", folder.Path));
    }

    [Fact]
    public void CompareMeasuresSurfacesAndClouds()
    {
        using var folder = new TemporaryFolder();
        MeshFile.Write(folder["a.ply"], MeshShapes.Sphere(40, 1.1f));
        MeshFile.Write(folder["b.obj"], MeshShapes.Sphere(40));
        MeshFile.Write(folder["cloud.ply"], new Mesh(MeshShapes.Sphere(40).Positions, []));
        var said = Good("compare", folder["a.ply"], folder["b.obj"], "--points", "20000", "--threshold", "0.05", "--json", folder["c.json"]);
        Assert.Contains("F-score 0.0000 within 0.05", said);
        var metrics = JsonDocument.Parse(File.ReadAllText(folder["c.json"])).RootElement.GetProperty("metrics");
        Assert.Equal(0.1, metrics.GetProperty("chamfer").GetDouble(), 0.003); // between spheres of radius 1.1 and 1
        Assert.Equal(2 * 0.01, metrics.GetProperty("squaredChamfer").GetDouble(), 0.001);
        // A surface against itself is as far as two draws of points are; its own corners, as a cloud, lie on it.
        Assert.Contains("F-score 1.0000", Good("compare", folder["b.obj"], folder["b.obj"], "--points", "60000"));
        Assert.Contains("3280 points against 20000", Good("compare", folder["cloud.ply"], folder["b.obj"], "--points", "20000"));
        Assert.Equal(SurfaceComparison.Of(folder["a.ply"], folder["b.obj"], 500), SurfaceComparison.Of(folder["a.ply"], folder["b.obj"], 500));

        Assert.Contains("is no ", Complaint("compare", folder["a.ply"], folder.Path));
        Assert.Contains("--lpips and --features are for pictures", Complaint("compare", folder["a.ply"], folder["b.obj"], "--lpips", "squeeze"));
        Assert.Contains("--points and --threshold are for surfaces", Complaint("compare", folder.Path, folder.Path, "--points", "200"));
        File.WriteAllText(folder["empty.obj"], "# nothing\n");
        Assert.Contains("empty.obj", Complaint("compare", folder["empty.obj"], folder["b.obj"]));
    }
}
