using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Fast compositing against the reference: weights, sums along rays, and their gradients.</summary>
public class FusedCompositingTests
{
    /// <summary>Rays with none, one, or up to a number of samples each; the first and the last have none.</summary>
    static RaySamples Packed(int rays, int most, int seed)
    {
        var random = new Random(seed);
        var offsets = new long[rays + 1];
        for (int r = 0; r < rays; r++)
        {
            bool none = r == 0 && rays > 1 || r == rays - 1 && rays > 2;
            offsets[r + 1] = offsets[r] + (none ? 0 : random.Next(4) switch { 0 => 0, 1 => 1, _ => random.Next(most + 1) });
        }
        using var draw = new Generator((ulong)seed);
        return new RaySamples(new Rays(zeros(rays, 3), zeros(rays, 3)), rand([offsets[rays]], generator: draw), rand([offsets[rays]], generator: draw) * 0.3, tensor(offsets));
    }

    static RaySamples One(Tensor deltas) => new(new Rays(zeros(1, 3), zeros(1, 3)), arange(deltas.shape[0], float32), deltas, tensor(new long[] { 0, deltas.shape[0] }));

    static (Tensor Weights, Tensor Gradient) Weigh(Kernels.Kernels kernels, Tensor density, RaySamples samples, Tensor grad)
    {
        var parameter = density.detach().clone().requires_grad_();
        var weights = kernels.Weights(parameter, samples);
        weights.backward([grad]);
        return (weights.detach(), parameter.grad!);
    }

    static double Apart(Tensor a, Tensor b) => a.numel() == 0 ? 0 : (a - b).abs().max().ToDouble();

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(3, 8)]
    [InlineData(63, 9)]
    [InlineData(64, 1)]
    [InlineData(65, 17)]
    [InlineData(700, 40)]
    public void WeightsEqualTheReference(int rays, int most)
    {
        foreach (double scale in (double[])[0.01, 3, 300]) // fog; a scene; hardly anything behind the first sample
        {
            using var scope = NewDisposeScope();
            using var random = new Generator(7);
            var samples = Packed(rays, most, rays + most);
            var density = rand([samples.Count], generator: random) * scale;
            var grad = rand([samples.Count], generator: random) - 0.5;
            var expected = Weigh(Kernels.Kernels.Reference, density, samples, grad);
            var (actual, again) = (Weigh(Kernels.Kernels.Cpu, density, samples, grad), Weigh(Kernels.Kernels.Cpu, density, samples, grad));
            Assert.Equal(expected.Weights.shape, actual.Weights.shape);
            Assert.Equal(expected.Gradient.shape, actual.Gradient.shape);
            Assert.True(Apart(expected.Weights, actual.Weights) < 5e-7);
            Assert.True(Apart(expected.Gradient, actual.Gradient) < 1e-6);
            Assert.True(samples.Count == 0 || actual.Weights.equal(again.Weights).all().ToBoolean() && actual.Gradient.equal(again.Gradient).all().ToBoolean());
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(5000)]
    public void OneRayMayHaveAnyNumberOfSamples(int count)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(8);
        var samples = One(rand([count], generator: random) * 3 / count);
        var (density, grad) = (rand([count], generator: random), rand([count], generator: random));
        var (expected, actual) = (Weigh(Kernels.Kernels.Reference, density, samples, grad), Weigh(Kernels.Kernels.Cpu, density, samples, grad));
        // Thin pieces keep their digits.
        Assert.True(((expected.Weights - actual.Weights).abs() / expected.Weights).max().ToDouble() < 2e-6);
        Assert.True(Apart(expected.Gradient, actual.Gradient) < 1e-6);
    }

    [Fact]
    public void WhatLiesBehindSomethingOpaqueHasNeitherWeightNorGradient()
    {
        using var scope = NewDisposeScope();
        var samples = One(full(20, 0.5f));
        foreach (float huge in (float[])[300, 1e20f, float.PositiveInfinity])
        {
            var density = ones(20);
            density[3] = huge;
            var (weights, gradient) = Weigh(Kernels.Kernels.Cpu, density, samples, ones(20) / 3);
            Assert.Equal(0, weights.narrow(0, 4, 16).abs().max().ToDouble());
            Assert.Equal(0, gradient.narrow(0, 4, 16).abs().max().ToDouble());
            Assert.Equal(1, weights.sum().ToDouble(), 1e-6);
            var expected = Weigh(Kernels.Kernels.Reference, density, samples, ones(20) / 3);
            Assert.True(Apart(expected.Gradient, gradient) < 1e-6);
        }
    }

    [Fact]
    public void WhatIsNotANumberStaysOnItsRay()
    {
        using var scope = NewDisposeScope();
        var samples = new RaySamples(new Rays(zeros(3, 3), zeros(3, 3)), zeros(9), ones(9), tensor(new long[] { 0, 3, 6, 9 }));
        var density = ones(9);
        density[4] = float.NaN;
        var (weights, gradient) = Weigh(Kernels.Kernels.Cpu, density, samples, ones(9));
        Assert.Equal([true, true, true, true, false, false, true, true, true], weights.isfinite().data<bool>().ToArray());
        Assert.Equal([false, false, false], gradient.narrow(0, 3, 3).isfinite().data<bool>().ToArray());
        Assert.True(gradient[tensor(new long[] { 0, 1, 2, 6, 7, 8 })].isfinite().all().ToBoolean());
    }

    [Fact]
    public void TheGradientOfWeightsIsTheirFiniteDifference()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(9);
        var samples = Packed(20, 12, 3);
        var (density, grad) = (rand([samples.Count], generator: random) * 4, rand([samples.Count], generator: random) - 0.5);
        var gradient = Weigh(Kernels.Kernels.Cpu, density, samples, grad).Gradient;
        var direction = rand([samples.Count], generator: random) - 0.5;
        double At(double h)
        {
            var moved = density.to(float64) + direction.to(float64) * h;
            return (VolumeRendering.Weights(moved, samples.Deltas.to(float64), samples.Offsets, samples.RayIndex) * grad).sum().ToDouble();
        }
        Assert.Equal((At(1e-6) - At(-1e-6)) / 2e-6, (gradient * direction).sum().ToDouble(), 1e-6);
    }

    public static TheoryData<int, int, int> Sums
    {
        get
        {
            var data = new TheoryData<int, int, int>();
            foreach (int channels in new[] { -1, 0, 1, 2, 3, 7, 8, 9, 32 }) // -1: no values; 0: one number for each sample
                foreach (var (rays, most) in new[] { (1, 0), (1, 1), (64, 5), (65, 9), (500, 30) }) data.Add(channels, rays, most);
            return data;
        }
    }

    [Theory, MemberData(nameof(Sums))]
    public void SumsEqualTheReference(int channels, int rays, int most)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)(channels + 2));
        var samples = Packed(rays, most, rays * 3 + most);
        var weights = rand([samples.Count], generator: random);
        var values = channels < 0 ? null : rand(channels == 0 ? [samples.Count] : [samples.Count, channels], generator: random) - 0.5;
        var grad = rand(channels <= 0 ? [rays] : [rays, channels], generator: random) - 0.5;
        foreach (var (ofWeights, ofValues) in new[] { (true, true), (true, false), (false, true) })
        {
            if (!ofWeights && values is null) continue;
            var (expected, actual, again) = (Run(Kernels.Kernels.Reference), Run(Kernels.Kernels.Cpu), Run(Kernels.Kernels.Cpu));
            for (int k = 0; k < 3; k++)
            {
                Assert.Equal(expected[k]?.shape, actual[k]?.shape);
                if (expected[k] is null) continue;
                Assert.True(Apart(expected[k]!, actual[k]!) < 5e-6, $"{k}: {Apart(expected[k]!, actual[k]!)}");
                Assert.True(actual[k]!.numel() == 0 || actual[k]!.equal(again[k]!).all().ToBoolean());
            }

            Tensor?[] Run(Kernels.Kernels kernels)
            {
                var (w, v) = (weights.clone().requires_grad_(ofWeights), values?.clone().requires_grad_(ofValues));
                var sums = kernels.Accumulate(w, v, samples);
                sums.backward([grad]);
                return [sums.detach(), w.grad, v?.grad];
            }
        }
    }

    [Fact]
    public void WhatTheyDoNotKnowGoesToTheReference()
    {
        using var scope = NewDisposeScope();
        var kernels = Kernels.Kernels.Cpu;
        var samples = Packed(30, 6, 1);
        long n = samples.Count;
        Assert.Equal(float64, kernels.Weights(rand([n], float64), samples).dtype);
        Assert.Equal(float64, kernels.Accumulate(rand([n], float64), rand([n, 3], float64), samples).dtype);
        var lengths = rand(n).requires_grad_();
        kernels.Weights(ones(n), new RaySamples(samples.Rays, samples.T, lengths, samples.Offsets)).sum().backward();
        Assert.True(lengths.grad!.abs().sum().ToDouble() > 0);
        // Columns of features are not contiguous.
        var features = rand(n, 5);
        var (column, columns) = (features.select(1, 0), features.narrow(1, 1, 3));
        Assert.True(Apart(kernels.Weights(column, samples), VolumeRendering.Weights(column, samples)) < 5e-7);
        Assert.True(Apart(kernels.Accumulate(column, columns, samples), VolumeRendering.Accumulate(column, columns, samples)) < 5e-6);
    }

    [Fact]
    public void OffsetsThatDoNotAscendToTheNumberOfSamplesAreRefused()
    {
        using var scope = NewDisposeScope();
        foreach (var offsets in (long[][])[[0, 3, 7], [0, 6, 5], [1, 2, 5], [0, -1, 5]])
        {
            var samples = new RaySamples(new Rays(zeros(2, 3), zeros(2, 3)), zeros(5), ones(5), tensor(offsets));
            Assert.Contains("offsets", Assert.Throws<ArgumentException>(() => Kernels.Kernels.Cpu.Weights(ones(5), samples)).Message);
            Assert.Contains("offsets", Assert.Throws<ArgumentException>(() => Kernels.Kernels.Cpu.Accumulate(ones(5), null, samples)).Message);
            Assert.Contains("offsets", Assert.Throws<ArgumentException>(() => Kernels.Kernels.Cpu.PlaceSamples(samples)).Message);
        }
    }
}
