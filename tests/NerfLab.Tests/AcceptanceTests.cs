using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Rendering;
using NerfLab.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Numbers and properties of NeRF, Plenoxels, TensoRF and Instant-NGP that are of no single part of the library.</summary>
public class AcceptanceTests
{
    [Fact]
    public void TheFirstStepOfPlenoxelsIsTheLearningRateTimesTheSignOfTheGradient()
    {
        // RMSProp whose average begins with the first square: Adam without a mean, with its bias corrected.
        using var scope = NewDisposeScope();
        var rows = nn.Parameter(zeros(6));
        var gradient = tensor(new[] { 1e-6f, -1e-3f, 0.5f, -20, 3e4f, 0 });
        using var optimizer = optim.Adam([rows], 0.3, beta1: 0, beta2: 0.95, eps: 1e-8);
        rows.grad = gradient.clone();
        optimizer.step();
        Assert.Equal([-0.3f, 0.3f, -0.3f, 0.3f, -0.3f, 0], rows.data<float>().ToArray(), (a, b) => float.Abs(a - b) <= 0.011f * 0.3f); // ε is a hundredth of the first gradient
        // The second step averages the squares as RMSProp does: v = 0.95 g² + 0.05 g'², up to the corrected bias.
        var before = rows.detach().clone();
        rows.grad = gradient * 3;
        optimizer.step();
        double square = (0.95 * 0.05 + 0.05 * 9) / (1 - 0.95 * 0.95);
        Assert.Equal(0.3 * 3 / double.Sqrt(square), (before - rows)[2].ToDouble(), 1e-4);
    }

    [Fact]
    public void PlenoxelsDensityLearnsAfterADelay()
    {
        var rate = Schedules.Exponential(30, 0.05, 250_000).WarmUp(15_000);
        foreach (var (step, expected) in new[] { (0, 0.300), (7_500, 17.58), (15_000, 20.44), (38_400, 11.23), (128_000, 1.134) }) Assert.Equal(expected, rate(step), 6e-3);
    }

    [Fact]
    public void AVoxelOfDegreeTwoHas28Numbers()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var field = new PlenoxelsSpec(8).Build(Box.Cube(1), random);
        long perVoxel = field.parameters().Sum(p => p.numel()) / (8 * 8 * 8);
        Assert.Equal(28, perVoxel);
        Assert.Equal(14.8, 44e6 * perVoxel * 3 * sizeof(float) / 1e9, 0.05); // values, gradients and squares of 44 million
    }

    [Fact]
    public void TensorfsScheduleGrowsByEqualRatiosFrom128To300()
    {
        var growth = NerfLab.Recipes.Presets.Find("tensorf-vm", "full").Growth.Steps;
        int[] steps = [2000, 3000, 4000, 5500, 7000];
        long[] voxels = [3_496_048, 5_828_059, 9_715_621, 16_196_350, 27_000_000];
        Assert.Equal(steps, growth.Select(s => s.First(30_000)));
        foreach (var (step, count) in growth.Zip(voxels)) Assert.Equal(double.Cbrt(count), step.Resolution, 0.6);
        Assert.True(growth[0].Shrink > 0 && growth.Skip(1).All(s => s.Shrink == 0));
        Assert.Equal(4e-5, growth[0].Losses!.PlaneL1);
        // 0.1^(1/30 000) from step to step, from the beginning again after each change.
        var rate = NerfLab.Recipes.Presets.Find("tensorf-vm", "full").LearningRate;
        Assert.Equal(0.99992325, rate(1) / rate(0), 1e-8);
        Assert.All(steps, s => Assert.Equal(0.02, rate(s), 1e-12));
        Assert.True(rate(6999) < rate(5500));
    }

    [Fact]
    public void PlenoxelsDoublesItsResolutionAndPrunesAsThePaperDoes()
    {
        var growth = Assert.Single(NerfLab.Recipes.Presets.Find("plenoxels", "full").Growth.Steps);
        Assert.Equal((38_400, 512, 44_000_000), (growth.First(128_000), growth.Resolution, growth.MostVoxels));
        Assert.Equal(0.0005, growth.PruneWeight / growth.Resolution, 1e-12);
        Assert.Equal((0, 0), (growth.Losses!.TvDensity, growth.Losses.TvColor)); // total variation early only
    }

    [Fact]
    public void TheSmallestStepOfInstantNgpIsTheDiagonalOver1024()
    {
        using var scope = NewDisposeScope();
        var unit = new Box(new(0, 0, 0), new(1, 1, 1));
        using var sampler = new OccupancySampler(Space.Bounded(unit, 0.01f, 10), 4, 1024, 0);
        var rays = new Rays(tensor(new float[,] { { 0.5f, 0.5f, -1 } }), tensor(new float[,] { { 0, 0, 1 } }));
        var samples = sampler.Sample(rays, new Fog(), null).Samples;
        Assert.Equal(0.00169146, samples.Deltas[0].ToDouble(), 1e-8);
        Assert.InRange(samples.Count, 590, 592); // 1 / 0.00169146
    }

    [Fact]
    public void NoCellAboveTheThresholdIsEmptyAfterAFullUpdate()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        using var sampler = new OccupancySampler(Space.Bounded(Box.Cube(1), 0.01f, 10), 16, 256, 0);
        var field = new Cells(rand([16, 16, 16], generator: random).pow(8) * 40);
        sampler.Update(field, 0, random);
        double step = double.Sqrt(12) / 256;
        var above = field.Values * step > 0.01;
        Assert.InRange(above.to(float32).mean().ToDouble(), 0.05, 0.95);
        Assert.False(above.logical_and(sampler.Occupied.logical_not()).any().ToBoolean());
    }

    sealed class Fog : IField
    {
        public Radiance Query(Tensor x, Tensor d) => new(Density(x), zeros_like(x));

        public Tensor Density(Tensor x) => ones(x.shape[..^1]);
    }

    /// <summary>One density in each cell.</summary>
    sealed class Cells(Tensor values) : IField
    {
        public Tensor Values => values;

        public Radiance Query(Tensor x, Tensor d) => new(Density(x), zeros_like(x));

        public Tensor Density(Tensor x)
        {
            var cell = ((x + 1) * 8).clamp(0, 15).to(int64);
            return values.flatten().index_select(0, ((cell.select(-1, 0) * 16 + cell.select(-1, 1)) * 16 + cell.select(-1, 2)).flatten()).view(x.shape[..^1]);
        }
    }

    [Fact]
    public void TheGradientOfCompositingIsTheFiniteDifference()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var density = rand([7], float64, generator: random).requires_grad_();
        var (delta, color, direction) = (rand([7], float64, generator: random), rand([7, 3], float64, generator: random), rand([7], float64, generator: random) - 0.5);
        Composite(density).backward();
        const double H = 1e-6;
        double difference = (Composite(density.detach() + direction * H) - Composite(density.detach() - direction * H)).ToDouble() / (2 * H);
        Assert.Equal(difference, (density.grad! * direction).sum().ToDouble(), 1e-7);

        Tensor Composite(Tensor sigma)
        {
            var (offsets, ray) = (tensor(new long[] { 0, 4, 7 }), tensor(new long[] { 0, 0, 0, 0, 1, 1, 1 }));
            var weights = VolumeRendering.Weights(sigma, delta, offsets, ray);
            return VolumeRendering.Over(VolumeRendering.Accumulate(weights, color, ray, 2), VolumeRendering.Accumulate(weights, ones(7, float64), ray, 2), tensor(new[] { 1.0, 1, 1 })).square().sum();
        }
    }

    [Fact]
    public void APictureWithAlphaIsPutOnWhiteAsARenderingIs()
    {
        // A pixel with colour c and alpha a, and a ray that met one sample of colour c with opacity a.
        using var scope = NewDisposeScope();
        using var random = new Generator(6);
        var pixels = rand([9, 4], generator: random);
        var (color, alpha) = (pixels.narrow(1, 0, 3), pixels.select(1, 3));
        foreach (var background in new[] { ones(3), tensor(new[] { 0.2f, 0.5f, 0 }) })
        {
            var weights = VolumeRendering.Weights(-(1 - alpha).log(), ones(9), arange(0, 10, int64), arange(9, int64));
            var rendered = VolumeRendering.Over(VolumeRendering.Accumulate(weights, color, arange(9, int64), 9), weights, background);
            Assert.True((Pixels.OverBackground(pixels, background) - rendered).abs().max().ToDouble() < 1e-5);
        }
    }
}
