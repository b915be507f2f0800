using NerfLab.Fields;
using NerfLab.Kernels;
using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>The fast planes and lines against tensor operations: values and gradients on sizes and places that are likely to go wrong.</summary>
public class FusedPlaneTests
{
    static readonly int[] Sizes = [0, 1, 2, 7, 8, 9, 127, 128, 129, 257, 3000];

    static readonly PlaneConvention[] Conventions = [.. from aligned in new[] { false, true } from padding in Enum.GetValues<PlanePadding>() select new PlaneConvention(aligned, padding)];

    static Tensor Numbers(Generator random, params long[] shape) => rand(shape, generator: random) - 0.5;

    /// <summary>Within, outside, on the boundary and on texels.</summary>
    static Tensor Positions(Generator random, long count)
    {
        var x = rand([count, 3], generator: random) * 2.6 - 1.3;
        float[][] places = [[-1, 1, 0], [1, -1, 1], [-3, 0.5f, 3], [0.5f, -0.5f, 0.25f], [-1.0001f, 1.0001f, 0.9999f]];
        for (int i = 0; i < places.Length && i < count; i++) x[i] = tensor(places[i]);
        return x;
    }

    /// <summary>The features, and the gradients of all factors, of two sets of kernels; and the same bits once more.</summary>
    static void Equal(Tensor[] factors, Tensor x, Func<Kernels.Kernels, Tensor[], Tensor> features)
    {
        var grad = Numbers(new Generator(9), features(Kernels.Kernels.Reference, factors).shape);
        var (expected, actual, again) = (Run(Kernels.Kernels.Reference), Run(Kernels.Kernels.Cpu), Run(Kernels.Kernels.Cpu));
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i].shape, actual[i].shape);
            if (expected[i].numel() == 0) continue;
            Assert.True(actual[i].equal(again[i]).all().ToBoolean());
            double error = (expected[i] - actual[i]).abs().max().ToDouble();
            Assert.True(error < 1e-5 * (1 + expected[i].abs().max().ToDouble()), $"{x.shape[0]} samples, tensor {i}: {error}");
        }

        Tensor[] Run(Kernels.Kernels kernels)
        {
            Tensor[] leaves = [.. factors.Select(f => f.detach().clone().requires_grad_())];
            var found = features(kernels, leaves);
            using (no_grad()) Assert.True(x.shape[0] == 0 || (features(kernels, leaves) - found).abs().max().ToDouble() == 0);
            found.backward([grad]);
            return [found.detach(), .. leaves.Select(l => l.grad!)];
        }
    }

    public static TheoryData<PlaneAggregation, int, string> Aggregations
    {
        get
        {
            var data = new TheoryData<PlaneAggregation, int, string>();
            foreach (var how in Enum.GetValues<PlaneAggregation>())
                foreach (var (channels, axes) in new[] { (1, "xy xz yz"), (7, "xy"), (8, "xy xz zx yz"), (9, "yx zy"), (24, "xy xz yz") }) data.Add(how, channels, axes);
            return data;
        }
    }

    [Theory, MemberData(nameof(Aggregations))]
    public void PlanesEqualTheirReference(PlaneAggregation how, int channels, string axes)
    {
        using var random = new Generator((ulong)channels);
        var pairs = PlaneAxes.Parse(axes);
        foreach (var convention in Conventions)
            foreach (int samples in Sizes)
            {
                using var scope = NewDisposeScope();
                var x = Positions(random, samples);
                Equal([Numbers(random, pairs.Length, channels, 5, 3), Numbers(random, pairs.Length, channels + 2, 2, 4), Numbers(random, pairs.Length, 1, 1, 1)], x,
                    (kernels, levels) => kernels.PlaneFeatures(levels, x, pairs, how, convention));
            }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(12, 4)]
    [InlineData(20, 9)]
    [InlineData(16, 16)]
    public void PlanesTimesLinesEqualTheirReference(int channels, int density)
    {
        using var random = new Generator((ulong)channels);
        foreach (var convention in Conventions)
            foreach (int samples in Sizes)
            {
                using var scope = NewDisposeScope();
                var x = Positions(random, samples);
                Tensor[] planes = [Numbers(random, channels, 4, 5), Numbers(random, channels, 2, 3), Numbers(random, channels + 1, 6, 4)];
                Equal([.. planes, Numbers(random, channels, 7), Numbers(random, channels, 2), Numbers(random, channels + 1, 1)], x,
                    (kernels, f) => kernels.VmFeatures(f[..3], f[3..], x, VmEncoding.TensorfPlanes, VmEncoding.TensorfLines, density, convention));
            }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(36, 12)]
    [InlineData(17, 0)]
    public void ProductsOfLinesEqualTheirReference(int channels, int density)
    {
        using var random = new Generator((ulong)channels);
        foreach (var convention in Conventions)
            foreach (int samples in Sizes)
            {
                using var scope = NewDisposeScope();
                var x = Positions(random, samples);
                Equal([Numbers(random, channels, 2), Numbers(random, channels, 9), Numbers(random, channels, 5)], x, (kernels, lines) => kernels.CpFeatures(lines, x, density, convention));
            }
    }

    [Fact]
    public void TexelsFarFromEachOtherAndManySamplesEqualTheReference()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(6);
        var x = Positions(random, 20_000);
        Equal([Numbers(random, 3, 8, 16, 16), Numbers(random, 3, 8, 90, 70)], x, (kernels, levels) =>
            kernels.PlaneFeatures(levels, x, PlaneAxes.Parse("xy xz yz"), PlaneAggregation.Product, Conventions[2]));
    }

    [Fact]
    public void TensorsAndPositionsMayBeParts()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        var x = Positions(random, 500).t().contiguous().t();
        Equal([Numbers(random, 4, 6, 5, 3)], x, (kernels, p) =>
            kernels.PlaneFeatures([p[0].transpose(2, 3).narrow(1, 1, 4)], x, PlaneAxes.Parse("xy xz yz zx"), PlaneAggregation.Sum, default));
        Equal([Numbers(random, 9, 6)], x, (kernels, l) => kernels.CpFeatures([l[0].narrow(0, 2, 3), l[0].narrow(0, 2, 3), l[0].narrow(0, 6, 3)], x, 1, default));
    }

    [Fact]
    public void FarOutsideIsNothingOrTheBorderAndNotANumberStaysOne()
    {
        using var scope = NewDisposeScope();
        var plane = arange(8, 20).to(float32).view(1, 1, 3, 4); // 8 at (-1,-1), 19 at (1,1)
        float[] far = [1e30f, float.PositiveInfinity, 5];
        var x = tensor(far.SelectMany(f => new[] { f, f, 0, -f, -f, 0 }).Concat([float.NaN, 0, 0, 0, float.NaN, 0, -1, -1, 0]).ToArray()).view(-1, 3);
        foreach (bool aligned in new[] { false, true })
        {
            var border = Sampled(new PlaneConvention(aligned, PlanePadding.Border));
            Assert.Equal([19f, 8, 19, 8, 19, 8, float.NaN, float.NaN, 8], border);
            Assert.Equal([0f, 0, 0, 0, 0, 0, float.NaN, float.NaN, aligned ? 8 : 2], Sampled(new PlaneConvention(aligned, PlanePadding.Zeros)));
        }

        float[] Sampled(PlaneConvention convention) => Kernels.Kernels.Cpu.PlaneFeatures([plane], x, [new(0, 1)], PlaneAggregation.Sum, convention).data<float>().ToArray();
    }

    [Fact]
    public void WhatTheFastPlanesDoNotKnowGoesToTheReference()
    {
        using var scope = NewDisposeScope();
        var (kernels, axes) = (Kernels.Kernels.Cpu, PlaneAxes.Parse("xy xz yz"));
        var x = (rand(100, 3) * 2 - 1).requires_grad_();
        kernels.PlaneFeatures([rand(3, 4, 5, 5)], x, axes, PlaneAggregation.Sum, default).sum().backward();
        kernels.VmFeatures([rand(4, 5, 5)], [rand(4, 5)], x, [axes[0]], [2], 2, default).sum().backward();
        kernels.CpFeatures([rand(4, 5), rand(4, 5), rand(4, 5)], x, 2, default).sum().backward();
        Assert.True(x.grad!.abs().sum().ToDouble() > 0);
        var wide = x.detach().to(float64);
        Assert.Equal(float64, kernels.PlaneFeatures([rand([3, 4, 5, 5], float64)], wide, axes, PlaneAggregation.Mean, default).dtype);
        Assert.Equal(float64, kernels.CpFeatures([rand([4, 5], float64), rand([4, 5], float64), rand([4, 5], float64)], wide, 2, default).dtype);
        var many = PlaneAxes.Parse(string.Join(' ', Enumerable.Repeat("xy", 200))); // more than there is room for on the stack
        Assert.Equal([100, 200], kernels.PlaneFeatures([rand(200, 1, 2, 2)], x.detach(), many, PlaneAggregation.Concat, default).shape);
    }

    [Fact]
    public void WrongShapesAreRefusedAsByTheReference()
    {
        using var scope = NewDisposeScope();
        var (kernels, axes, x) = (Kernels.Kernels.Cpu, PlaneAxes.Parse("xy xz yz"), rand(100, 3));
        Assert.ThrowsAny<Exception>(() => kernels.PlaneFeatures([rand(2, 4, 5, 5)], x, axes, PlaneAggregation.Sum, default));
        Assert.ThrowsAny<Exception>(() => kernels.VmFeatures([rand(4, 5, 5)], [rand(3, 5)], x, [axes[0]], [2], 2, default));
        Assert.ThrowsAny<Exception>(() => kernels.CpFeatures([rand(4, 5), rand(4, 5), rand(3, 5)], x, 2, default));
        Assert.ThrowsAny<Exception>(() => kernels.CpFeatures([rand(4, 5), rand(4, 5), rand(4, 5)], x, 5, default));
        Assert.ThrowsAny<Exception>(() => kernels.CpFeatures([rand(4, 5), rand(4, 5), rand(4, 5)], x, -1, default));
        Assert.ThrowsAny<Exception>(() => kernels.CpFeatures([rand(4, 5), rand(4, 5), rand(4, 5), rand(4, 5)], x, 2, default));
        Assert.ThrowsAny<Exception>(() => kernels.PlaneFeatures([rand(1, 4, 5, 5)], x, [new(0, 3)], PlaneAggregation.Sum, default));
        Assert.ThrowsAny<Exception>(() => kernels.PlaneFeatures([rand(1, 4, 0, 5)], x, [new(0, 1)], PlaneAggregation.Sum, default));
    }

    public static TheoryData<FieldSpec> Fields => [TriPlaneSpec.Small, MultiPlaneSpec.Small, TensorfVmSpec.Small, TensorfCpSpec.Small];

    [Theory, MemberData(nameof(Fields))]
    public void FieldsUseTheKernelsThatTheyAreGiven(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        int calls = 0;
        var cpu = Kernels.Kernels.Cpu;
        var counting = cpu with
        {
            PlaneFeatures = (levels, x, axes, how, convention) => Counted(cpu.PlaneFeatures(levels, x, axes, how, convention)),
            VmFeatures = (planes, lines, x, planeAxes, lineAxes, density, convention) => Counted(cpu.VmFeatures(planes, lines, x, planeAxes, lineAxes, density, convention)),
            CpFeatures = (lines, x, density, convention) => Counted(cpu.CpFeatures(lines, x, density, convention)),
        };
        var (fast, reference) = (spec.Build(Box.Cube(1), new Generator(1), counting), spec.Build(Box.Cube(1), new Generator(1)));
        var (at, d) = (rand(4000, 3) * 2 - 1, nn.functional.normalize(randn(4000, 3), dim: -1));
        var (expected, actual) = (reference.Query(at, d), fast.Query(at, d));
        Assert.Equal(1, calls);
        Assert.True((fast.Density(at) - reference.Density(at)).abs().max().ToDouble() < 1e-4);
        Assert.Equal(2, calls);
        Assert.True((expected.Density - actual.Density).abs().max().ToDouble() < 1e-4);
        Assert.True((expected.Color - actual.Color).abs().max().ToDouble() < 1e-4);

        Tensor Counted(Tensor features)
        {
            calls++;
            return features;
        }
    }
}
