using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Math;
using NerfLab.Recipes;
using NerfLab.Rendering;
using NerfLab.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Voxel grids and the fields and regularisers made of them: slow loops, PyTorch's own sampling, closed forms, the card's numbers.</summary>
public class VoxelTests
{
    static readonly Box Bounds = new(new(-1, -1, -1), new(1, 1, 1));

    static (Tensor Rows, Tensor Links) Sparse(VoxelLayout layout, int channels, Generator random)
    {
        var exists = rand([layout.Count], generator: random) > 0.3;
        var links = where(exists, exists.to(int64).cumsum(0) - 1, full_like(exists, -1, int64)).to(int32);
        return (rand([exists.sum().ToInt64(), channels], float64, generator: random) - 0.5, links);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void InterpolationEqualsASlowLoopAndEmptyVoxelsCountAsZero(bool corners)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var layout = new VoxelLayout(4, 3, 5, corners);
        int[] sizes = [4, 3, 5];
        var (rows, links) = Sparse(layout, 2, random);
        var u = rand([60, 3], float64, generator: random) * 1.4 - 0.2;
        var (values, index, points) = (rows.data<double>().ToArray(), links.data<int>().ToArray(), u.data<double>().ToArray());
        var mixed = VoxelGrid.Interpolate(u, rows, layout, links).data<double>().ToArray();
        for (int n = 0; n < 60; n++)
        {
            double[] sum = [0, 0];
            double total = 0;
            for (int corner = 0; corner < 8; corner++)
            {
                double weight = 1;
                var v = new int[3];
                for (int a = 0; a < 3; a++)
                {
                    double g = double.Clamp(corners ? points[3 * n + a] * (sizes[a] - 1) : points[3 * n + a] * sizes[a] - 0.5, 0, sizes[a] - 1);
                    int lower = int.Min((int)g, sizes[a] - 2), upper = (corner >> a) & 1;
                    v[a] = lower + upper;
                    weight *= upper == 1 ? g - lower : 1 - (g - lower);
                }
                total += weight;
                int row = index[(v[0] * sizes[1] + v[1]) * sizes[2] + v[2]];
                for (int c = 0; c < 2 && row >= 0; c++) sum[c] += weight * values[2 * row + c];
            }
            Assert.Equal(1, total, 1e-12);
            for (int c = 0; c < 2; c++) Assert.Equal(sum[c], mixed[2 * n + c], 1e-12);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheTwoAlignmentsAreThoseOfPyTorch(bool corners)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var layout = new VoxelLayout(4, 6, 5, corners);
        var rows = rand([layout.Count, 3], float64, generator: random);
        var u = rand([80, 3], float64, generator: random) * 1.4 - 0.2;
        // PyTorch's volume is [1,C,depth,height,width] and asks for (width, height, depth), -1 to 1: here z, y, x.
        var volume = rows.view(4, 6, 5, 3).permute(3, 0, 1, 2).unsqueeze(0);
        var grid = (u * 2 - 1).flip(-1).view(1, 80, 1, 1, 3);
        var expected = nn.functional.grid_sample(volume, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, corners).view(3, 80).t();
        Assert.True((expected - VoxelGrid.Interpolate(u, rows, layout)).abs().max().ToDouble() < 1e-12);
    }

    [Fact]
    public void TheBackwardOfTheRowsIsTheAdjointOfTheForward()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var layout = new VoxelLayout(3, 4, 3, false);
        var (rows, links) = Sparse(layout, 4, random);
        rows.requires_grad_();
        var mixed = VoxelGrid.Interpolate(rand([300, 3], float64, generator: random), rows, layout, links);
        var g = rand([300, 4], float64, generator: random);
        mixed.backward([g]);
        Assert.Equal((mixed.detach() * g).sum().ToDouble(), (rows.detach() * rows.grad!).sum().ToDouble(), 1e-9);
    }

    [Fact]
    public void ALinearFunctionIsInterpolatedExactlyAndVoxelsAreCubes()
    {
        using var scope = NewDisposeScope();
        var layout = VoxelLayout.Of(new Box(new(0, 0, 0), new(2, 1, 4)), 8, corners: true);
        Assert.Equal(new VoxelLayout(4, 2, 8, true), layout);
        var axes = meshgrid([linspace(0, 1, 4, float64), linspace(0, 1, 2, float64), linspace(0, 1, 8, float64)]);
        var rows = (axes[0] * 2 - axes[1] * 3 + axes[2] + 0.5).reshape(-1, 1);
        using var random = new Generator(4);
        var u = rand([50, 3], float64, generator: random);
        var expected = u.select(1, 0) * 2 - u.select(1, 1) * 3 + u.select(1, 2) + 0.5;
        Assert.True((VoxelGrid.Interpolate(u, rows, layout).squeeze(1) - expected).abs().max().ToDouble() < 1e-12);
    }

    [Fact]
    public void TotalVariationEqualsASlowLoopOverItsCells()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var layout = new VoxelLayout(4, 5, 3, false);
        var (rows, links) = Sparse(layout, 2, random);
        var (values, index) = (rows.data<double>().ToArray(), links.data<int>().ToArray());
        var cells = new List<double>();
        for (int x = 0; x < 3; x++)
            for (int y = 0; y < 4; y++)
                for (int z = 0; z < 2; z++)
                {
                    double sum = 0;
                    for (int c = 0; c < 2; c++)
                    {
                        double dx = (At(x + 1, y, z, c) - At(x, y, z, c)) * 4 / 256, dy = (At(x, y + 1, z, c) - At(x, y, z, c)) * 5 / 256, dz = (At(x, y, z + 1, c) - At(x, y, z, c)) * 3 / 256;
                        sum += double.Sqrt(dx * dx + dy * dy + dz * dz + 1e-9) - double.Sqrt(1e-9);
                    }
                    cells.Add(sum);
                }
        Assert.Equal(cells.Average(), VoxelGrid.TotalVariation(rows, layout, links).ToDouble(), 1e-12);
        // A piece that goes on from the last cell at the first one.
        var piece = Enumerable.Range(20, 7).Select(i => cells[i % 24]);
        Assert.Equal(piece.Average(), VoxelGrid.TotalVariation(rows, layout, links, 20, 7).ToDouble(), 1e-12);

        double At(int x, int y, int z, int c) => index[(x * 5 + y) * 3 + z] is >= 0 and var row ? values[2 * row + c] : 0;
    }

    [Fact]
    public void TotalVariationOfAConstantIsZeroAndOfARampItsSlope()
    {
        using var scope = NewDisposeScope();
        var layout = new VoxelLayout(6, 4, 8, true);
        Assert.Equal(0, VoxelGrid.TotalVariation(full([layout.Count, 3], 0.7, float64), layout).ToDouble(), 1e-15);
        // 0.5 from one value to the next along x, where the scale is 6/256: √ε is all that is missing.
        var ramp = (arange(6, float64) * 0.5).view(6, 1, 1, 1).expand(6, 4, 8, 1).reshape(-1, 1);
        Assert.Equal(0.5 * 6 / 256, VoxelGrid.TotalVariation(ramp, layout).ToDouble(), 5e-5);
    }

    [Fact]
    public void TheGradientOfTotalVariationIsTheFiniteDifference()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(6);
        var layout = new VoxelLayout(4, 4, 4, true);
        var (rows, links) = Sparse(layout, 3, random);
        rows.requires_grad_();
        VoxelGrid.TotalVariation(rows, layout, links, 5, 9).backward();
        var direction = rand(rows.shape, float64, generator: random) - 0.5;
        const double H = 1e-6;
        double up = VoxelGrid.TotalVariation(rows.detach() + direction * H, layout, links, 5, 9).ToDouble(), down = VoxelGrid.TotalVariation(rows.detach() - direction * H, layout, links, 5, 9).ToDouble();
        double slope = (rows.grad! * direction).sum().ToDouble();
        Assert.True(double.Abs(slope) > 1e-4);
        Assert.Equal((up - down) / (2 * H), slope, 1e-6 * (1 + double.Abs(slope)));
    }

    static Step StepOf(IField field, int index, double t = 0.5)
    {
        var rays = new Rays(zeros(2, 3), tensor(new float[,] { { 1, 0, 0 }, { 0, 1, 0 } }));
        var samples = RaySamples.Dense(rays, full([2, 3], (float)t) + arange(3) * 0.1f, full([2, 3], 0.1f));
        return new Step(index, new Batch(rays, zeros(2, 3), zeros(3)), new RenderedRays(field, samples, zeros(3), Kernels.Kernels.Reference));
    }

    [Fact]
    public void TheTermsTakeOtherCellsInEveryStepAndTheSameInTheSameStep()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        var field = new DenseSpec(12, VoxelColor.Harmonics).Build(Bounds, random);
        var grid = field.get_parameter("encoding.color")!;
        using (no_grad()) grid.copy_(rand(grid.shape, generator: random));
        double first = Regularizers.TvColor(StepOf(field, 0)).ToDouble();
        Assert.Equal(first, Regularizers.TvColor(StepOf(field, 0)).ToDouble());
        Assert.NotEqual(first, Regularizers.TvColor(StepOf(field, 1)).ToDouble());
        Assert.Equal(0, Regularizers.TvDensity(StepOf(field, 0)).ToDouble(), 1e-9);
        Regularizers.TvColor(StepOf(field, 3)).backward();
        long touched = (grid.grad!.abs().sum(-1) > 0).sum().ToInt64();
        Assert.InRange(touched, 13, 4 * 13); // 1 % of 11³ cells, with their neighbours
        var e = Assert.Throws<BadInputException>(() => Regularizers.TvDensity(StepOf(HashSpec.Small.Build(Bounds, random), 0)));
        Assert.Contains("losses.tvDensity", e.Message);
    }

    [Fact]
    public void SparsityIsCauchysPenaltyWithItsGradient()
    {
        using var scope = NewDisposeScope();
        var density = tensor(new[] { 0.0, 0.5, 2, 7, 0.1, 1 }).requires_grad_();
        var loss = Regularizers.Sparsity(StepOf(new Given(density), 0));
        double[] s = density.data<double>().ToArray();
        Assert.Equal(s.Average(x => double.Log(1 + 2 * x * x)), loss.ToDouble(), 1e-12);
        loss.backward();
        Assert.Equal([.. s.Select(x => 4 * x / (1 + 2 * x * x) / 6)], density.grad!.data<double>().ToArray(), VolumeRenderingTests.Within(1e-12));
    }

    sealed class Given(Tensor density) : IField
    {
        public Radiance Query(Tensor x, Tensor d) => new(density, zeros_like(x));

        public Tensor Density(Tensor x) => density;
    }

    [Fact]
    public void HarmonicsHaveTheCardsValues()
    {
        using var scope = NewDisposeScope();
        var basis = SphericalHarmonics.Encode(tensor(new[,] { { 0.6, 0.48, 0.64 } }), 3).data<double>().ToArray();
        double[] expected = [.2820948, -.2345292, .3127056, -.2931615, .3146540, -.3356309, .0721616, -.4195386, .0707971];
        for (int i = 0; i < 9; i++) Assert.Equal(expected[i], basis[i], 1e-6);
    }

    [Fact]
    public void TheDecoderAddsAHalfAndCutsAtZeroOnly()
    {
        using var scope = NewDisposeScope();
        var decoder = new ShDecoder(1, ShColor.Clamped, new RawDensity(DensityActivation.Relu), Kernels.Kernels.Reference);
        var d = tensor(new[,] { { 0.6, 0.48, 0.64 } });
        // Density 3; red by the constant, green by -y, blue by -x, far below 0.
        var features = tensor(new[,] { { 3.0, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 9 } }).requires_grad_();
        var (density, color) = decoder.Decode(features, d);
        Assert.Equal(3, density.ToDouble(), 1e-12);
        var c = color.data<double>().ToArray();
        Assert.Equal(0.5 + 4 * .2820948, c[0], 1e-6); // above 1: no upper bound
        Assert.Equal(0.5 - .2345292, c[1], 1e-6);
        Assert.Equal(0, c[2]);
        color.sum().backward();
        var gradient = features.grad!.data<double>().ToArray();
        Assert.Equal(.2820948, gradient[1], 1e-6);
        Assert.All(gradient[9..], g => Assert.Equal(0, g)); // masked where the colour is cut
        var sigmoid = new ShDecoder(1, ShColor.Sigmoid, new RawDensity(DensityActivation.Relu), Kernels.Kernels.Reference).Decode(features, d).Color.data<double>().ToArray();
        Assert.Equal(1 / (1 + double.Exp(-4 * .2820948)), sigmoid[0], 1e-6);
    }

    [Fact]
    public void AnUntrainedGridIsAGreySlabThatAbsorbsAsTheFormulaSays()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(8);
        // Both fields in a box of side 2; rays of length 2 along x.
        foreach (var (spec, perUnit) in new (FieldSpec, double)[] { (new PlenoxelsSpec(16), 0.1), (new DenseSpec(16, VoxelColor.Harmonics), -double.Log(0.99) * 16 / 2) })
        {
            var rays = new Rays(tensor(new float[,] { { -1, 0.2f, 0.3f } }), tensor(new float[,] { { 1, 0, 0 } }));
            var samples = RaySamples.Dense(rays, ((arange(40) + 0.5f) / 20).view(1, 40), full([1, 40], 0.05f));
            var rendered = new RenderedRays(spec.Build(Bounds, random), samples, zeros(3), Kernels.Kernels.Reference);
            double opacity = 1 - double.Exp(-2 * perUnit);
            Assert.Equal(opacity, rendered.Opacity.ToDouble(), 1e-5);
            Assert.Equal(opacity / 2, rendered.Color.mean().ToDouble(), 1e-5);
        }
    }

    [Fact]
    public void VoxelsOutsideTheSphereTakeNoMemoryAndStayEmpty()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(9);
        var (cube, ball) = (new PlenoxelsSpec(32, 1).Build(Bounds, random), new PlenoxelsSpec(32, 1, Sphere: true).Build(Bounds, random));
        double share = (double)ball.parameters().Sum(p => p.numel()) / cube.parameters().Sum(p => p.numel());
        Assert.Equal(double.Pi / 6, share, 0.01);
        var x = tensor(new float[,] { { 0.9f, 0.9f, 0.9f }, { 0.1f, 0.2f, 0.3f } });
        Assert.Equal([0, 0.1], ball.Density(x).to(float64).data<double>().ToArray(), VolumeRenderingTests.Within(1e-6));
        Assert.Equal([0.1, 0.1], cube.Density(x).to(float64).data<double>().ToArray(), VolumeRenderingTests.Within(1e-6));
    }

    [Fact]
    public void TheFullPresetsHaveThePapersNumbers()
    {
        var plenoxels = Presets.Find("plenoxels", "full");
        Assert.Equal(new PlenoxelsSpec(256, 2, 0.2), plenoxels.Field);
        Assert.Equal((5000, 128_000, 1e-5, 1e-3), (plenoxels.Batch.Rays, plenoxels.Steps, plenoxels.Losses.TvDensity, plenoxels.Losses.TvColor));
        // The card's rates: densities per unit of a box of side 2, harmonics; both fall log-linearly over 250 000 steps.
        var (density, harmonics) = (Schedules.Exponential(30, 0.05, 250_000), Schedules.Exponential(1e-2, 5e-6, 250_000));
        Assert.Equal([20.44, 11.23, 1.134], new[] { 15_000, 38_400, 128_000 }.Select(i => density(i)), (a, b) => double.Abs(a - b) < 6e-3);
        Assert.Equal([1e-2, 3.11e-3, 2.04e-4], new[] { 0, 38_400, 128_000 }.Select(i => harmonics(i)), (a, b) => double.Abs(a - b) < 6e-6);
        Assert.Equal(harmonics(64_000), plenoxels.LearningRate(64_000), 1e-5);
        Assert.Equal(2 * density(0), plenoxels.LearningRate(0) * plenoxels.Optimizer.Factors!.For("field.encoding.density"), 1e-9);
        var dense = Presets.Find("dense", "full");
        Assert.Equal(new DenseSpec(160, VoxelColor.Mlp, 12, 2, 128, 4, 0, 1e-2, DensityActivation.Softplus), ((DenseSpec)dense.Field) with { Resolution = 160, InitialAlpha = 1e-2 });
        Assert.Equal([80, 101, 127, 160], dense.Growth.Steps.Select(s => s.Resolution).Prepend(((DenseSpec)dense.Field).Resolution)); // twice as many voxels each time
        Assert.Equal([1000, 2000, 3000], dense.Growth.Steps.Select(s => s.First(dense.Steps)));
        Assert.Equal(160 * -double.Log(0.99), 80 * -double.Log(1 - ((DenseSpec)dense.Field).InitialAlpha), 1e-12);
        Assert.Equal((8192, 20_000), (dense.Batch.Rays, dense.Steps));
    }
}
