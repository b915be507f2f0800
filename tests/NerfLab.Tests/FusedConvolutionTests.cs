using NerfLab.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>The convolution of Winograd's kind against a sum by hand, libtorch's operator and finite differences.</summary>
public class FusedConvolutionTests
{
    [Theory]
    [InlineData(2, 2)]
    [InlineData(5, 3)]
    [InlineData(4, 9)]
    public void AResultIsTheSumOverItsNeighboursInTheMirror(int height, int width)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        var (x, weight, bias) = (randn([1, 2, height, width], generator: random), randn([3, 2, 3, 3], generator: random), randn([3], generator: random));
        using var convolution = new FusedConvolution(weight, bias);
        var made = convolution.Apply(x, relu: false);
        for (int o = 0; o < 3; o++)
            for (int row = 0; row < height; row++)
                for (int column = 0; column < width; column++)
                {
                    double sum = bias[o].ToDouble();
                    for (int i = 0; i < 2; i++)
                        for (int dy = -1; dy <= 1; dy++)
                            for (int dx = -1; dx <= 1; dx++)
                                sum += weight[o, i, dy + 1, dx + 1].ToDouble() * x[0, i, Mirror(row + dy, height), Mirror(column + dx, width)].ToDouble();
                    Assert.Equal(sum, made[0, o, row, column].ToDouble(), 1e-4);
                }

        static int Mirror(int place, int count) => place < 0 ? -place : place >= count ? 2 * count - 2 - place : place;
    }

    [Theory]
    [InlineData(1, 3, 16, 2, 2, false)]
    [InlineData(2, 5, 7, 13, 6, true)] // channels and sizes that fill no block
    [InlineData(1, 16, 3, 4, 150, false)] // several blocks beside each other
    [InlineData(1, 8, 4, 131, 133, true)]
    [InlineData(3, 33, 12, 28, 28, true)] // several rows of tiles in a block
    public void ItIsLibtorchsConvolution(int batch, int inputs, int outputs, int height, int width, bool relu)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var (weight, bias) = (randn([outputs, inputs, 3, 3], generator: random), randn([outputs], generator: random));
        var x = randn([batch, inputs, height, width], generator: random).requires_grad_();
        var same = x.detach().clone().requires_grad_();
        var expected = FusedConvolution.Reference(x, weight, bias, relu);
        using var convolution = new FusedConvolution(weight, bias);
        var made = convolution.Apply(same, relu);
        Close(expected, made);
        using (no_grad()) Close(expected, convolution.Apply(x.transpose(2, 3).contiguous().transpose(2, 3), relu)); // not contiguous

        var gradient = randn(expected.shape, generator: random).transpose(2, 3).contiguous().transpose(2, 3); // gradients come in any order
        expected.backward([gradient]);
        made.backward([gradient]);
        Close(x.grad!, same.grad!);

        static void Close(Tensor a, Tensor b) => Assert.True((a - b).abs().max().ToDouble() <= 2e-5 * a.abs().max().ToDouble(), $"{(a - b).abs().max().ToDouble()} of {a.abs().max().ToDouble()}");
    }

    [Fact]
    public void GradientsAreThoseOfSmallSteps()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var (weight, bias, x) = (randn([2, 2, 3, 3], generator: random), randn([2], generator: random), randn([1, 2, 5, 6], generator: random).requires_grad_());
        var wanted = randn([1, 2, 5, 6], generator: random);
        using var convolution = new FusedConvolution(weight, bias);
        convolution.Apply(x, relu: false).mul(wanted).sum().backward();
        using var noGradient = no_grad();
        for (int row = 0; row < 5; row++)
            for (int column = 0; column < 6; column++)
            {
                var step = zeros_like(x);
                step[0, 1, row, column] = 1; // the map is linear, so that a step may be large
                double apart = ((convolution.Apply(x + step, false) - convolution.Apply(x - step, false)) * wanted).sum().ToDouble() / 2;
                Assert.Equal(apart, x.grad![0, 1, row, column].ToDouble(), 1e-4);
            }
    }

    [Fact]
    public void WeightsThatAreTrainedHaveGradients()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var (weight, bias, x) = (randn([2, 2, 3, 3], generator: random).requires_grad_(), randn([2], generator: random), randn([1, 2, 5, 6], generator: random));
        using var convolution = new FusedConvolution(weight, bias);
        convolution.Apply(x, relu: true).sum().backward();
        Assert.True(weight.grad!.abs().sum().ToDouble() > 0);
    }

    [Fact]
    public void WhatIsNotANumberStaysNearItsPlace()
    {
        using var scope = NewDisposeScope();
        var (weight, bias, x) = (ones(1, 1, 3, 3), zeros(1), ones(1, 1, 12, 12));
        x[0, 0, 1, 1] = float.NaN;
        using var convolution = new FusedConvolution(weight, bias);
        var made = convolution.Apply(x, relu: true);
        Assert.True(double.IsNaN(made[0, 0, 1, 1].ToDouble()));
        Assert.Equal(9, made[0, 0, 9, 9].ToDouble(), 1e-5);
    }
}
