using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Fast kernels against the reference: values and gradients on sizes that are likely to go wrong.</summary>
public class FusedKernelTests
{
    public static TheoryData<int, int, int> Cases
    {
        get
        {
            var data = new TheoryData<int, int, int>();
            foreach (int features in new[] { 2, 4 })
                foreach (int bits in new[] { 5, 12 }) // hashed almost everywhere with many collisions; mostly dense
                    foreach (int samples in new[] { 0, 1, 2, 511, 512, 513, 3000 }) data.Add(features, bits, samples);
            return data;
        }
    }

    static (Tensor Encoded, Tensor Gradient) Run(Kernels.HashEncode encode, Tensor x, Tensor table, HashGridLayout layout, Tensor grad)
    {
        var parameter = table.detach().clone().requires_grad_();
        var encoded = encode(x, parameter, layout);
        encoded.backward([grad]);
        return (encoded.detach(), parameter.grad!);
    }

    [Theory, MemberData(nameof(Cases))]
    public void TheHashGridEqualsItsReference(int features, int bits, int samples)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)samples + 1);
        var layout = new HashGridLayout(5, features, bits, 4, 64);
        var table = rand([layout.FirstRows[^1], features], generator: random) - 0.5;
        var x = rand([samples, 3], generator: random) * 1.2 - 0.1; // some lie outside
        if (samples > 2) x[1] = tensor(new float[] { 0, 1, 0.5f }); // on walls of cells and of the box
        var grad = rand([samples, 5L * features], generator: random) - 0.5;
        var (expected, actual) = (Run(HashGrid.Encode, x, table, layout, grad), Run(Kernels.Kernels.Cpu.HashEncode, x, table, layout, grad));
        Assert.Equal(expected.Encoded.shape, actual.Encoded.shape);
        if (samples == 0) return;
        Assert.True((expected.Encoded - actual.Encoded).abs().max().ToDouble() < 1e-5);
        double scale = 1 + expected.Gradient.abs().max().ToDouble();
        Assert.True((expected.Gradient - actual.Gradient).abs().max().ToDouble() < 1e-5 * scale);
    }

    [Theory]
    [InlineData(1, true, false)]
    [InlineData(1, false, true)]
    [InlineData(7, false, true)]
    [InlineData(13, false, true)]
    [InlineData(8, true, true)]
    [InlineData(27, false, false)]
    [InlineData(28, false, true)]
    public void TheVoxelGridEqualsItsReference(int channels, bool corners, bool sparse)
    {
        using var random = new Generator((ulong)channels);
        var layout = new VoxelLayout(5, 2, 9, corners);
        foreach (int samples in new[] { 0, 1, 513, 3000 })
        {
            using var scope = NewDisposeScope();
            var exists = sparse ? rand([layout.Count], generator: random) > 0.4 : ones(layout.Count, @bool);
            var links = where(exists, exists.to(int64).cumsum(0) - 1, full_like(exists, -1, int64)).to(int32);
            var rows = rand([exists.sum().ToInt64(), channels], generator: random) - 0.5;
            var u = rand([samples, 3], generator: random) * 1.2 - 0.1;
            if (samples > 2) u[1] = tensor(new float[] { 0, 1, 0.5f });
            var grad = rand([samples, channels], generator: random) - 0.5;
            var (expected, actual, again) = (Run(Kernels.Kernels.Reference), Run(Kernels.Kernels.Cpu), Run(Kernels.Kernels.Cpu));
            Assert.Equal(expected.Mixed.shape, actual.Mixed.shape);
            if (samples == 0) continue;
            Assert.True((expected.Mixed - actual.Mixed).abs().max().ToDouble() < 1e-5);
            Assert.True((expected.Gradient - actual.Gradient).abs().max().ToDouble() < 1e-5 * (1 + expected.Gradient.abs().max().ToDouble()));
            Assert.True(actual.Gradient.equal(again.Gradient).all().ToBoolean());

            (Tensor Mixed, Tensor Gradient) Run(Kernels.Kernels kernels)
            {
                var parameter = rows.detach().clone().requires_grad_();
                // In two pieces where that is possible, as density and colour are.
                Tensor[] parts = channels == 1 ? [parameter] : [parameter.narrow(1, 0, 1), parameter.narrow(1, 1, channels - 1)];
                var mixed = kernels.VoxelInterpolate(u, parts, layout, sparse ? links : null);
                mixed.backward([grad]);
                return (mixed.detach(), parameter.grad!);
            }
        }
    }

    [Fact]
    public void TheHashGridGivesTheSameBitsInEveryRun()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var layout = new HashGridLayout(8, 4, 8, 4, 64);
        var table = rand([layout.FirstRows[^1], 4], generator: random);
        var x = rand([20_000, 3], generator: random);
        var grad = rand([20_000, 32], generator: random);
        var first = Run(Kernels.Kernels.Cpu.HashEncode, x, table, layout, grad);
        for (int i = 0; i < 5; i++)
        {
            var again = Run(Kernels.Kernels.Cpu.HashEncode, x, table, layout, grad);
            Assert.True(first.Encoded.equal(again.Encoded).all().ToBoolean());
            Assert.True(first.Gradient.equal(again.Gradient).all().ToBoolean());
        }
    }

    [Fact]
    public void WhatTheFastHashGridDoesNotKnowGoesToTheReference()
    {
        using var scope = NewDisposeScope();
        var layout = new HashGridLayout(2, 4, 8, 4, 8);
        var x = rand(10, 3).requires_grad_();
        Kernels.Kernels.Cpu.HashEncode(x, rand(layout.FirstRows[^1], 4), layout).sum().backward();
        Assert.True(x.grad!.abs().sum().ToDouble() > 0);
        Assert.Equal(float64, Kernels.Kernels.Cpu.HashEncode(rand([10, 3], float64), rand([layout.FirstRows[^1], 4], float64), layout).dtype);
        Assert.Equal([10, 6], Kernels.Kernels.Cpu.HashEncode(rand(10, 3), rand(new HashGridLayout(2, 3, 8, 4, 8).FirstRows[^1], 3), new HashGridLayout(2, 3, 8, 4, 8)).shape);
    }
}
