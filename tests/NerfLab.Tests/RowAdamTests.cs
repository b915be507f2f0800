using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Adam over rows: the reference against the optimiser of libtorch's interface, the kernel against the reference.</summary>
public class RowAdamTests
{
    static readonly AdamNumbers s_third = new(1e-2, 0.9, 0.99, 1e-15, 3);

    /// <summary>Rows of which about two thirds have no gradient.</summary>
    static (Tensor Parameter, Tensor Gradient, Tensor Mean, Tensor Square) Tables(long rows, long width, int seed)
    {
        using var random = new Generator((ulong)seed);
        var gradient = (rand([rows, width], generator: random) - 0.5) * (rand([rows, 1], generator: random) < 0.35);
        return (rand([rows, width], generator: random), gradient, rand([rows, width], generator: random) - 0.5, rand([rows, width], generator: random));
    }

    [Fact]
    public void WhereEverythingIsTouchedItIsAdam()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var expected = nn.Parameter(rand([5, 4], generator: random));
        var (actual, mean, square) = (expected.detach().clone(), zeros(5, 4), zeros(5, 4));
        using var adam = optim.Adam([expected], 1e-2, 0.9, 0.99, 1e-8);
        for (int step = 1; step <= 5; step++)
        {
            var gradient = rand([5, 4], generator: random) - 0.5;
            adam.zero_grad();
            (expected * gradient).sum().backward();
            adam.step();
            RowAdam.Step(actual, gradient, mean, square, new AdamNumbers(1e-2, 0.9, 0.99, 1e-8, step));
        }
        Assert.True((expected - actual).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void TheFirstStepIsAsLongAsTheLearningRate()
    {
        // The mean of one gradient is the gradient, and the root of its square its size.
        using var scope = NewDisposeScope();
        var (p, g) = (zeros(2, 4), tensor(new[] { 3f, -2, 1, -1, 0, 0, 0, 0 }).reshape(2, 4));
        Kernels.Kernels.Cpu.StepRows(p, g, zeros(2, 4), zeros(2, 4), new AdamNumbers(0.5, 0.9, 0.99, 0, 1));
        Assert.Equal([-0.5f, 0.5f, -0.5f, 0.5f], p[0].data<float>().ToArray().Select(x => MathF.Round(x, 5)));
        Assert.Equal([0, 0, 0, 0], p[1].data<float>().ToArray());
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(5, 4)]
    [InlineData(10_001, 4)]
    [InlineData(7, 1)]
    [InlineData(20_001, 1)]
    [InlineData(9, 2)]
    [InlineData(33, 7)]
    [InlineData(33, 8)]
    [InlineData(33, 9)]
    [InlineData(3, 30_001)]
    public void TheKernelEqualsTheReference(int rows, int width)
    {
        using var scope = NewDisposeScope();
        var (p, g, m, v) = Tables(rows, width, rows + width);
        var (p2, m2, v2) = (p.clone(), m.clone(), v.clone());
        RowAdam.Step(p, g, m, v, s_third);
        Kernels.Kernels.Cpu.StepRows(p2, g, m2, v2, s_third);
        foreach (var (expected, actual) in new[] { (p, p2), (m, m2), (v, v2) })
            Assert.True(rows == 0 || (expected - actual).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void UntouchedRowsKeepTheirBits()
    {
        using var scope = NewDisposeScope();
        foreach (var kernels in new[] { Kernels.Kernels.Reference, Kernels.Kernels.Cpu })
        {
            var (p, g, m, v) = Tables(1001, 4, 3);
            var (p0, m0, v0) = (p.clone(), m.clone(), v.clone());
            kernels.StepRows(p, g, m, v, s_third);
            var untouched = (g == 0).all(-1);
            foreach (var (before, after) in new[] { (p0, p), (m0, m), (v0, v) })
                Assert.True(before[untouched].equal(after[untouched]).all().ToBoolean());
            Assert.True((p0 != p).any(-1)[untouched.logical_not()].all().ToBoolean());
        }
    }

    [Fact]
    public void WhatIsNotContiguousGoesToTheReference()
    {
        using var scope = NewDisposeScope();
        var (p, g, m, v) = Tables(8, 4, 5);
        var expected = p.t().contiguous();
        RowAdam.Step(expected, g.t().contiguous(), m.t().contiguous(), v.t().contiguous(), s_third);
        Kernels.Kernels.Cpu.StepRows(p.t(), g.t(), m.t(), v.t(), s_third);
        Assert.True((p.t() - expected).abs().max().ToDouble() < 1e-6);
    }
}
