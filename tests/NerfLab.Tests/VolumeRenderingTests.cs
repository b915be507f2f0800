using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Rendering;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Compositing against golden values, closed forms, a slow loop and finite differences.</summary>
public class VolumeRenderingTests
{
    static Tensor Offsets(params long[] values) => tensor(values);

    [Fact]
    public void TheCardsThreeSamplesGiveTheCardsNumbers()
    {
        using var scope = NewDisposeScope();
        var density = tensor(new[] { 1.0, 2, 3 }).requires_grad_();
        var (delta, color) = (tensor(new[] { .5, .5, 1e10 }), tensor(new[] { .2, .5, .9 }));
        var ray = zeros(3, int64);
        var weights = VolumeRendering.Weights(density, delta, Offsets(0, 3), ray);
        Assert.Equal([0.3934693, 0.3834005, 0.2231302], weights.data<double>().ToArray(), Within(1e-7));
        var c = VolumeRendering.Accumulate(weights, color, ray, 1);
        Assert.Equal(0.4712113, c.data<double>()[0], 1e-7);
        c.sum().backward();
        Assert.Equal(-0.1356056, density.grad!.data<double>()[0], 1e-7);
    }

    [Fact]
    public void PackedRaysEqualASlowLoopOverEachRay()
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        long[] counts = [3, 0, 1, 17, 0, 64];
        var offsets = new long[counts.Length + 1];
        for (int i = 0; i < counts.Length; i++) offsets[i + 1] = offsets[i] + counts[i];
        int n = (int)offsets[^1];
        double[] sigma = Draw(4), delta = Draw(.2), value = Draw(1);
        var ray = arange(counts.Length, int64).repeat_interleave(tensor(counts));

        var weights = VolumeRendering.Weights(tensor(sigma), tensor(delta), tensor(offsets), ray);
        var sums = VolumeRendering.Accumulate(weights, tensor(value), ray, counts.Length).data<double>().ToArray();
        var flat = weights.data<double>().ToArray();
        for (int r = 0; r < counts.Length; r++)
        {
            double transmittance = 1, sum = 0;
            for (long i = offsets[r]; i < offsets[r + 1]; i++)
            {
                double alpha = 1 - double.Exp(-sigma[i] * delta[i]);
                Assert.Equal(transmittance * alpha, flat[i], 1e-6);
                sum += transmittance * alpha * value[i];
                transmittance *= 1 - alpha;
            }
            Assert.Equal(sum, sums[r], 1e-6);
        }

        double[] Draw(double scale) => [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() * scale)];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void AHomogeneousMediumAbsorbsTheSameHoweverFinelyItIsCut(int samples)
    {
        using var scope = NewDisposeScope();
        const double Sigma = 0.7, Length = 2.5;
        var weights = VolumeRendering.Weights(full(samples, Sigma, float64), full(samples, Length / samples, float64), Offsets(0, samples), zeros(samples, int64));
        Assert.Equal(1 - double.Exp(-Sigma * Length), weights.sum().ToDouble(), 1e-6);
    }

    [Fact]
    public void WeightsOfManyRaysNeverSumToMoreThanOne()
    {
        // The running sum over the batch reaches 1e7 here, where single precision would have lost every digit.
        using var scope = NewDisposeScope();
        const int Rays = 4096, Samples = 64;
        using var random = new Generator(3);
        var density = rand([(long)Rays * Samples], generator: random) * 1000;
        var ray = arange(Rays, int64).repeat_interleave(Samples);
        var weights = VolumeRendering.Weights(density, full_like(density, 0.05f), arange(0, Rays + 1, int64) * Samples, ray).view(Rays, Samples);
        Assert.True(weights.sum(-1).max().ToDouble() <= 1 + 1e-5);
        // Each ray on its own gives the same.
        var thickness = density.view(Rays, Samples) * 0.05f;
        var own = exp(-(thickness.cumsum(-1) - thickness)) * (1 - exp(-thickness));
        Assert.True((own - weights).abs().max().ToDouble() < 1e-4);
    }

    [Theory]
    [InlineData(1e20)]
    [InlineData(float.PositiveInfinity)]
    public void AHugeDensityHidesWhatIsBehindItAndNothingOnOtherRays(double huge)
    {
        using var scope = NewDisposeScope();
        var density = tensor(new[] { 0.5f, (float)huge, 2, 1, 2 });
        var offsets = tensor(new long[] { 0, 3, 5 });
        var rays = tensor(new long[] { 0, 0, 0, 1, 1 });
        var weights = VolumeRendering.Weights(density, full(5, 0.5f), offsets, rays).data<float>().ToArray();
        double a = double.Exp(-0.25), b = double.Exp(-0.5);
        Assert.Equal([1 - a, a, 0, 1 - b, b * (1 - double.Exp(-1))], weights.Select(w => (double)w), Within(1e-6));
    }

    [Fact]
    public void AnOpaquePlaneIsSeenAtItsDepth()
    {
        using var scope = NewDisposeScope();
        var rays = new Rays(zeros(5, 3), tensor(new float[,] { { 0, 0, 1 } }).expand(5, 3));
        var sampler = new UniformSampler(Space.Bounded(Box.Cube(4), 0.1f, 3.9f), 400);
        var rendered = new Renderer(sampler, Kernels.Kernels.Reference).Render(new Plane(2.5f), rays, zeros(3));
        Assert.True((rendered.Depth - 2.5).abs().max().ToDouble() < 2 * 3.8 / 400);
        Assert.True((rendered.Opacity - 1).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void RaysWithoutSamplesShowTheBackground()
    {
        using var scope = NewDisposeScope();
        var rays = new Rays(zeros(4, 3), tensor(new float[,] { { 0, 0, 1 } }).expand(4, 3));
        var none = new RaySamples(rays, zeros(0), zeros(0), zeros(5, int64));
        var rendered = new RenderedRays(new Plane(1), none, tensor(new[] { .1f, .2f, .3f }), Kernels.Kernels.Reference);
        Assert.Equal(0, rendered.Opacity.abs().max().ToDouble());
        Assert.True((rendered.Color - tensor(new[] { .1f, .2f, .3f })).abs().max().ToDouble() == 0);
    }

    [Fact]
    public void TheGradientOfDensityIsTheClosedForm()
    {
        // dC/dσ_i = δ_i (T_{i+1} c_i - Σ_{j>i} w_j c_j - T_end b)
        using var scope = NewDisposeScope();
        const int N = 9;
        using var random = new Generator(5);
        var density = rand([N], float64, generator: random).requires_grad_();
        var delta = rand([N], float64, generator: random);
        var color = rand([N, 3], float64, generator: random);
        var background = tensor(new[] { .3, .6, .9 });
        var ray = zeros(N, int64);
        var weights = VolumeRendering.Weights(density, delta, Offsets(0, N), ray);
        var pixel = VolumeRendering.Over(VolumeRendering.Accumulate(weights, color, ray, 1), VolumeRendering.Accumulate(weights, ones(N, float64), ray, 1), background);
        pixel.sum().backward();

        double[] s = density.detach().data<double>().ToArray(), d = delta.data<double>().ToArray();
        double[] c = color.sum(-1).data<double>().ToArray();
        var t = new double[N + 1];
        t[0] = 1;
        for (int i = 0; i < N; i++) t[i + 1] = t[i] * double.Exp(-s[i] * d[i]);
        double suffix = t[N] * (.3 + .6 + .9);
        for (int i = N - 1; i >= 0; i--)
        {
            Assert.Equal(d[i] * (t[i + 1] * c[i] - suffix), density.grad!.data<double>()[i], 1e-7);
            suffix += t[i] * (1 - double.Exp(-s[i] * d[i])) * c[i];
        }
    }

    [Fact]
    public void AskingForDensityNeitherDecodesColoursNorComposites()
    {
        using var scope = NewDisposeScope();
        var field = new Plane(1);
        var rays = new Rays(zeros(2, 3), tensor(new float[,] { { 0, 0, 1 } }).expand(2, 3));
        int composites = 0;
        var counting = Kernels.Kernels.Reference with { Weights = (density, samples) => { composites++; return VolumeRendering.Weights(density, samples); } };
        var rendered = new Renderer(new UniformSampler(Space.Bounded(Box.Cube(2), 0.1f, 2), 8), counting).Render(field, rays, zeros(3));
        _ = rendered.Density;
        Assert.Equal((0, 0), (field.Queries, composites));
        _ = rendered.Color;
        _ = rendered.Depth;
        Assert.Equal((1, 1), (field.Queries, composites));
    }

    /// <summary>Nothing in front of z, solid behind it.</summary>
    sealed class Plane(float z) : IField
    {
        public int Queries { get; private set; }

        public Radiance Query(Tensor x, Tensor d)
        {
            Queries++;
            return new Radiance(Density(x), full_like(x, 0.5));
        }

        public Tensor Density(Tensor x) => (x.select(-1, 2) > z).to(float32) * 1e4;
    }

    internal static IEqualityComparer<double> Within(double tolerance) => EqualityComparer<double>.Create((a, b) => double.Abs(a - b) <= tolerance, _ => 0);
}
