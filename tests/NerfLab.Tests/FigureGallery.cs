using System.Numerics;
using System.Text.RegularExpressions;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Metrics;
using NerfLab.Plotting;
using TorchSharp;

namespace NerfLab.Tests;

/// <summary>The pictures of docs/figures.md and the code that makes them, which that page shows. With NERFLAB_GALLERY=write the pictures are made anew.</summary>
public partial class FigureGallery
{
    static readonly string s_docs = Path.Combine(RealData.Root, "docs");

    static readonly int[] steps = [.. Enumerable.Range(0, 28).Select(i => 100 * i)];
    static readonly double[] hash = [.. steps.Select(s => 28.3 - 16 * double.Exp(-s / 500.0))], low = [.. hash.Select(p => p - 0.9)], high = [.. hash.Select(p => p + 0.9)], mlp = [.. steps.Select(s => 25.1 - 14 * double.Exp(-s / 900.0))];
    static readonly Scene scene = SceneFile.Open("embedded", new SceneOptions(2, Embedded: new EmbeddedOptions(12, 0, 4)));
    static readonly Bitmap photograph = scene.Test[2].Read();

    public static TheoryData<string> Names => [.. Kinds.Keys];

    static Dictionary<string, Func<Visual>> Kinds { get; } = new()
    {
        ["line"] = () => new Figure("What a step is worth") { X = "step", Y = "PSNR (dB)" }
            .Line("hash grid", steps, hash).Band("±1σ of five seeds", steps, low, high).Line("network", steps, mlp).Horizontal(27, "the paper"),
        ["log"] = () => new Figure("Two ways to fall") { X = "x", Y = new("f(x)") { Log = true } }
            .Line("1 / x²", x => 1 / (x * x), 1, 50).Line("exp(−x / 8)", x => double.Exp(-x / 8), 1, 50, dashed: true),
        ["scatter"] = () => new Figure("Samples along a ray") { X = "t", Y = "weight" }
            .Scatter("uniform", Enumerable.Range(0, 64).Select(i => i / 64.0), Enumerable.Range(0, 64).Select(i => double.Exp(-double.Pow((i - 40) / 6.0, 2))))
            .Vertical(0.62, "the surface"),
        ["bars"] = () => new Figure("Which field is best?") { Y = "PSNR (dB)" }
            .Bars("one minute", ["hash", "mlp", "plenoxels"], [31.2, 24.3, 29.2]).Bars("one hour", ["hash", "mlp", "plenoxels"], [33.2, 31, 31.7]),
        ["histogram"] = () => new Figure("A thousand sums of sines") { X = "the sum", Y = "how often" }
            .Histogram(Enumerable.Range(1, 1000).Select(i => double.Sin(i) + double.Sin(1.7 * i) + double.Sin(0.31 * i * i)), 30),
        ["stairs"] = () => new Figure("A ray dissected") { X = "t", Y = "per unit of length, and part" }
            .Stairs("density σ", Enumerable.Range(0, 17), Enumerable.Range(0, 16).Select(i => i is > 6 and < 11 ? 0.8 : 0.05))
            .Line("transmittance T", t => double.Exp(-0.05 * t - 0.75 * double.Clamp(t - 7, 0, 4)), 0, 16),
        ["heatmap"] = () => new Figure("One frequency of the encoding") { X = "x", Y = "y", Width = 560 }
            .HeatMap(Waves(48, 64), "sin(2πx) cos(2πy)", x: (0, 2), y: (0, 1.5)),
        ["matrix"] = () => Figure.Matrix("What a student learns from a teacher (dB)", ["hash", "mlp", "plenoxels"], ["hash", "mlp", "plenoxels"],
            new[,] { { 31.2, 29.1, 28.0 }, { 27.0, 26.5, 26.1 }, { 29.3, 28.2, 29.0 } }),
        ["space"] = () => new SpaceFigure("Where the cameras stand")
            .Points("the scene", Seen(scene.Train[0])).Cameras("training", scene.Train.Select(v => v.Camera)).Cameras("test", scene.Test.Select(v => v.Camera)).Box(scene.Bounds),
        ["grid"] = () => new ImageGrid("Three of the photographs")
            .Add(scene.Train[0].Read(), "train/000").Add(scene.Train[4].Read(), "train/004").Add(scene.Test[1].Read(), "test/001"),
        ["figures"] = () => new FigureGrid(
            new Figure("Linear") { X = "x" }.Line("x²", x => x * x, 0.1, 10),
            new Figure("Logarithmic") { X = new("x") { Log = true }, Y = new("") { Log = true } }.Line("x²", x => x * x, 0.1, 10)),
        ["depth"] = () => new DepthView(Depth(scene.Test[2]), caption: "how far the surface is") { Unit = "m" },
        ["normals"] = () => new NormalView(Bumps(96, 128), "a field of bumps"),
        ["compare"] = () => new CompareView(Image.FromBitmap(photograph), Image.FromBitmap(photograph.Resize(16, 16).Resize(photograph.Width, photograph.Height))) { Names = ("sharp", "blurred") },
        ["film"] = () => Enumerable.Range(1, 20).Aggregate(new FilmStrip("A picture comes into focus"), (film, i) => film.Add(photograph.Resize(3 * i, 3 * i), $"{3 * i} pixels")),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void ThePageShowsWhatTheCodeDraws(string name)
    {
        var path = Path.Combine(s_docs, "figures", name + ".png");
        using var scope = torch.NewDisposeScope();
        var file = Kinds[name]().ToPng(1);
        if (Environment.GetEnvironmentVariable("NERFLAB_GALLERY") == "write") AtomicFile.Write(path, stream => stream.Write(file));
        Assert.InRange(new FileInfo(path).Length, 1000, 60_000);
        var (kept, drawn) = (Image.FromBitmap(ImageFile.ReadBitmap(path)), Image.FromBitmap(ImageFile.Decode(file, name)));
        Assert.InRange(ImageMetrics.Psnr(kept.Pixels, drawn.Pixels), 45, double.PositiveInfinity);
        Assert.Contains($"](figures/{name}.png)", File.ReadAllText(Path.Combine(s_docs, "figures.md")));
    }

    [Fact]
    public void TheCodeOnThePageIsTheCodeThatIsRun()
    {
        var source = Blank().Replace(File.ReadAllText(Path.Combine(RealData.Root, "tests", "NerfLab.Tests", "FigureGallery.cs")), "");
        var blocks = File.ReadAllText(Path.Combine(s_docs, "figures.md")).Split("```csharp\n")[1..].Select(b => b[..b.IndexOf("```", StringComparison.Ordinal)]).ToList();
        Assert.True(blocks.Count >= Kinds.Count);
        Assert.All(blocks, b => Assert.True(source.Contains(Blank().Replace(b.TrimEnd().TrimEnd(';'), ""), StringComparison.Ordinal) || b.Contains("// not drawn here"), b));
    }

    static double[,] Waves(int rows, int columns)
    {
        var values = new double[rows, columns];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) values[r, c] = double.Sin(double.Tau * 2 * (c + 0.5) / columns) * double.Cos(double.Tau * 1.5 * (r + 0.5) / rows);
        return values;
    }

    static torch.Tensor Depth(View view) => torch.tensor(view.ReadDepth()).view(view.Camera.Height, view.Camera.Width);

    static IEnumerable<Vector3> Seen(View view)
    {
        var (depth, camera) = (view.ReadDepth(), view.Camera);
        return from i in Enumerable.Range(0, depth.Length) where float.IsFinite(depth[i]) select camera.Pose.Position + depth[i] * camera.Direction(new(i % camera.Width + 0.5f, i / camera.Width + 0.5f));
    }

    static torch.Tensor Bumps(int rows, int columns)
    {
        var normals = new float[rows, columns, 3];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++)
            {
                var n = Vector3.Normalize(new(float.Sin(0.2f * c), float.Sin(0.2f * r), 1));
                (normals[r, c, 0], normals[r, c, 1], normals[r, c, 2]) = (n.X, n.Y, n.Z);
            }
        return torch.tensor(normals);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
