using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics;
using NerfLab.Data;
using NerfLab.Kernels;
using NerfLab.Math;
using NerfLab.Recipes;
using NerfLab.Rendering;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Marching, choosing samples and whole pixels by the fused kernels, and the fused kernels on processors with less.</summary>
public class FusedMarchTests
{
    static Rays Random(long rays, Generator random)
    {
        var d = randn([rays, 3], generator: random);
        return new Rays((rand([rays, 3], generator: random) - 0.5) * 5, d / d.norm(1, true)); // some start inside, some miss
    }

    static OccupancyGrid Grid(int resolution, int cascades, double share, Generator random) =>
        new(rand([(long)cascades * resolution * resolution * resolution], generator: random) < share, new Box(new(-1, -0.8f, -1.1f), new(1, 1.2f, 0.9f)), resolution, cascades);

    [Theory]
    [InlineData(SpacingKind.Linear, 1, 0.3)]
    [InlineData(SpacingKind.Linear, 1, 0)]
    [InlineData(SpacingKind.Linear, 1, 1)]
    [InlineData(SpacingKind.Linear, 3, 0.3)]
    [InlineData(SpacingKind.Cone, 3, 0.3)]
    [InlineData(SpacingKind.Piecewise, 2, 0.3)]
    public void MarchingEqualsItsReference(SpacingKind kind, int cascades, double share)
    {
        foreach (int rays in new[] { 0, 1, 7, 8, 9, 129, 2000 })
        {
            using var scope = NewDisposeScope();
            using var random = new Generator((ulong)rays + 1);
            var (bundle, grid) = (Random(rays, random), Grid(10, cascades, share, random));
            var first = rand([rays], generator: random) * 2;
            var steps = new RaySteps(first, first + rand([rays], generator: random) * 4 - 0.5, rand([rays], generator: random), 0.037f, new Spacing(kind, 1.3f));
            var (expected, actual) = (RaySteps.March(bundle, steps, grid), Kernels.Kernels.Cpu.MarchRays(bundle, steps, grid));
            Assert.Equal(expected.Offsets.data<long>().ToArray(), actual.Offsets.data<long>().ToArray());
            if (expected.T.shape[0] == 0) continue;
            Assert.True(((expected.T - actual.T) / (1 + expected.T.abs())).abs().max().ToDouble() <= (kind == SpacingKind.Linear ? 0 : 1e-5));
        }
    }

    /// <summary>What lies outside of the box around the occupied cells is not looked at, and nothing is lost by that.</summary>
    [Fact]
    public void TheReachOfAGridChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var grid = Grid(12, 1, 0, random);
        grid.Occupied.view(12, 12, 12)[TensorIndex.Slice(3, 6), TensorIndex.Slice(5, 7), TensorIndex.Slice(2, 9)] = tensor(true);
        var around = FusedMarch.Around(grid);
        Assert.True((around.Min - (grid.Inner.Min + new Vector3(3, 5, 2) * grid.Inner.Size / 12)).Length() < 1e-6f);
        Assert.True((around.Max - (grid.Inner.Min + new Vector3(6, 7, 9) * grid.Inner.Size / 12)).Length() < 1e-6f);
        Assert.Equal(grid.Inner, FusedMarch.Around(Grid(4, 1, 0, random)));

        var rays = Random(3000, random);
        rays = new Rays(rays.Origins, cat([tensor(new float[] { 0, 0, 1 }).expand(20, 3), rays.Directions.narrow(0, 20, 2980)])); // some along an axis
        var steps = new RaySteps(zeros(3000), full([3000], 8f), rand([3000], generator: random), 0.02f, default);
        var (expected, actual) = (RaySteps.March(rays, steps, grid), Kernels.Kernels.Cpu.MarchRays(rays, steps, grid));
        Assert.InRange(expected.T.shape[0], 100, 100_000);
        Assert.Equal(expected.Offsets.data<long>().ToArray(), actual.Offsets.data<long>().ToArray());
        Assert.True(expected.T.equal(actual.T).all().ToBoolean());
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(1e-3f)]
    [InlineData(0.2f)]
    public void SamplesThatContributeAreKeptAsInTheReference(float least)
    {
        foreach (var counts in new long[][] { [], [0], [1], [7, 0, 8, 9], [.. Enumerable.Range(0, 500).Select(i => (long)(i * 5 % 17))] })
        {
            using var scope = NewDisposeScope();
            using var random = new Generator((ulong)counts.Length);
            long rays = counts.Length, count = counts.Sum();
            var samples = new RaySamples(new Rays(zeros(rays, 3), ones(rays, 3)), rand([count], generator: random), rand([count], generator: random) * 0.1, tensor(counts.Prepend(0L).ToArray()).cumsum(0));
            var density = rand([count], generator: random) * 20 - 2;
            density = density.clamp_min(0);
            var (expected, actual) = (VolumeRendering.KeepVisible(density, samples, least), Kernels.Kernels.Cpu.KeepVisible(density, samples, least));
            Assert.Equal(expected.Offsets.data<long>().ToArray(), actual.Offsets.data<long>().ToArray());
            Assert.True(expected.T.equal(actual.T).all().ToBoolean());
            Assert.True(expected.Deltas.equal(actual.Deltas).all().ToBoolean());
            Assert.True(actual.Count <= count);
        }
    }

    static readonly SceneOptions Tiny = new(Embedded: new EmbeddedOptions(4, 1, 1, 24));

    public static TheoryData<string> Fused => ["hash/fast", "hash/small", "dense/small", "plenoxels/small"];

    /// <summary>Everything behind the encoding at once gives the gradients that autograd gives.</summary>
    [Theory, MemberData(nameof(Fused))]
    public void WholePixelsHaveTheGradientsOfAutograd(string name)
    {
        using var scope = NewDisposeScope();
        var scene = SceneFile.Open("embedded", Tiny);
        using var run = Run.Start(Presets.Find(name.Split('/')[0], name.Split('/')[1]), scene, CPU);
        foreach (var _ in run.Steps(5)) { }
        using var source = new RaySource(scene.Train, CPU);
        var (together, apart) = (Gradients(true), Gradients(false));
        Assert.Contains(together, g => g.abs().max().ToDouble() > 0);
        foreach (var (a, b) in together.Zip(apart)) Assert.True((a - b).abs().max().ToDouble() <= 2e-4 * b.abs().max().ToDouble() + 1e-9);

        Tensor[] Gradients(bool onlyPixels)
        {
            using var random = new Generator(7);
            var batch = source.Draw(200, Background.Random, random);
            run.Task.State.zero_grad();
            run.Renderer.Render(run.Field, batch.Rays, batch.Background, random, onlyPixels).Error(batch.Rgb, ColorError.Squared).backward();
            return [.. run.Field.parameters().Select(p => p.grad!.clone())];
        }
    }

    /// <summary>Pictures by the fused kernels and by the reference, in every space.</summary>
    [Theory]
    [InlineData("bounded")]
    [InlineData("contracted")]
    public void PicturesEqualThoseOfTheReference(string space)
    {
        using var scope = NewDisposeScope();
        var scene = SceneFile.Open("embedded", Tiny);
        using var run = Run.Start(RecipeJson.Set(Presets.Find("hash", "fast"), $"space.kind={space}"), scene, CPU);
        foreach (var _ in run.Steps(10)) { }
        var plain = run.Renderer with { Kernels = Kernels.Kernels.Reference };
        var (a, b) = (run.Renderer.Image(run.Field, scene.Test[0].Camera, ones(3)), plain.Image(run.Field, scene.Test[0].Camera, ones(3)));
        Assert.True((a.Color - b.Color).abs().max().ToDouble() < 1e-3);
        Assert.True((a.Opacity - b.Opacity).abs().max().ToDouble() < 1e-3);
        Assert.True(((a.Depth - b.Depth).abs() / b.Depth.clamp_min(1)).max().ToDouble() < 2e-3);
    }

    /// <summary>The pixels of a training step know their depth where samples are not spread evenly, too.</summary>
    [Fact]
    public void TheDepthOfAStepIsThatOfAPicture()
    {
        using var scope = NewDisposeScope();
        var scene = SceneFile.Open("embedded", Tiny);
        using var run = Run.Start(RecipeJson.Set(Presets.Find("hash", "fast"), "space.kind=contracted"), scene, CPU);
        foreach (var _ in run.Steps(10)) { }
        using var source = new RaySource(scene.Train, CPU);
        using var random = new Generator(7);
        var batch = source.Draw(50, Background.White, random);
        var (trained, shown) = (run.Renderer.Render(run.Field, batch.Rays, ones(3), null, true), run.Renderer.Render(run.Field, batch.Rays, ones(3), null, true));
        trained.Error(batch.Rgb, ColorError.Squared).backward();
        using var noGradient = no_grad();
        Assert.True(shown.Depth.max().ToDouble() > 0.1);
        Assert.True((trained.Depth - shown.Depth).abs().max().ToDouble() < 1e-5);
    }

    /// <summary>A step's managed memory does not follow the size of its batch.</summary>
    [Fact]
    public void AStepTakesNoManagedMemoryThatGrowsWithIt()
    {
        using var scope = NewDisposeScope();
        long Taken(int rays)
        {
            using var run = Run.Start(Presets.Find("hash", "fast") with { Batch = new Tasks.BatchSize(rays) }, SceneFile.Open("embedded", Tiny), CPU);
            long least = long.MaxValue, before = 0;
            foreach (var step in run.Steps(24))
            {
                long now = GC.GetAllocatedBytesForCurrentThread();
                if (step.Index > 4) least = long.Min(least, now - before); // not the steps that refresh the grid
                before = GC.GetAllocatedBytesForCurrentThread();
            }
            return least;
        }
        const int rays = 16384;
        long few = Taken(16), many = Taken(rays);
        Assert.True(many <= few + 3 * rays, $"{few} bytes for 16 rays, {many} for {rays}"); // less than a float for each ray, more than what the thread pool of a busy machine takes
    }

    /// <summary>The same tests on a processor that has less: the vectors' width and the multiply-add are chosen at run time.</summary>
    [Theory]
    [InlineData("DOTNET_EnableAVX512", 256)]
    [InlineData("DOTNET_EnableAVX2", 128)]
    [InlineData("DOTNET_EnableHWIntrinsic", 0)]
    public async Task TheKernelsAgreeOnProcessorsWithLess(string without, int bits)
    {
        string[] classes = ["FusedKernelTests", "FusedPerceptronTests", "FusedRaysTests", "FusedCompositingTests", "FusedRayTests", "FusedPlaneTests", "RowAdamTests"];
        string[] methods = [nameof(MarchingEqualsItsReference), nameof(SamplesThatContributeAreKeptAsInTheReference), nameof(NoVectorIsWiderThanAllowed)];
        var filters = classes.Select(c => $"*.{c}.*").Concat(methods.Select(m => $"*.{nameof(FusedMarchTests)}.{m}")).SelectMany(f => new[] { "-method", f });
        using var child = Process.Start(new ProcessStartInfo("dotnet", [typeof(FusedMarchTests).Assembly.Location, "-noLogo", "-noColor", .. filters])
        {
            Environment = { [without] = "0", ["NERFLAB_WIDEST_VECTOR"] = $"{bits}" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.ExitCode == 0, output + await error);
        Assert.Matches(@"Total: [1-9]\d\d,", output);
    }

    /// <summary>Means something in a child process of the test above only: there the switch must have worked.</summary>
    [Fact]
    public void NoVectorIsWiderThanAllowed()
    {
        int widest = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;
        Assert.True(widest <= int.Parse(Environment.GetEnvironmentVariable("NERFLAB_WIDEST_VECTOR") ?? "512"), $"{widest} bits");
    }
}
