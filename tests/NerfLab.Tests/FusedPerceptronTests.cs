using System.Runtime.Intrinsics;
using NerfLab.Kernels;
using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>The fast small network against tensor operations, and its matrix product against three loops.</summary>
public class FusedPerceptronTests
{
    public static TheoryData<int[], bool, bool> Networks => new()
    {
        { [1, 1], false, false }, { [3, 5], true, true }, { [16, 32, 16], false, false }, { [25, 33, 17, 3], true, false }, { [45, 96, 96], true, true }, { [40, 130, 7], true, false },
    };

    [Theory, MemberData(nameof(Networks))]
    public void ItEqualsItsReference(int[] widths, bool biased, bool activateLast)
    {
        using var random = new Generator(3);
        foreach (int rows in new[] { 0, 1, 7, 8, 63, 64, 65, 200, 1000 })
        {
            using var scope = NewDisposeScope();
            var weights = Enumerable.Range(0, widths.Length - 1).Select(l => rand([widths[l + 1], widths[l]], generator: random) - 0.5).ToArray();
            var biases = biased ? weights.Select(w => rand([w.shape[0]], generator: random) - 0.5).ToArray() : null;
            var x = rand([rows, widths[0]], generator: random) - 0.5;
            var grad = rand([rows, widths[^1]], generator: random) - 0.5;
            var (expected, actual, again) = (Run(Kernels.Kernels.Reference.PassLayers), Run(Kernels.Kernels.Cpu.PassLayers), Run(Kernels.Kernels.Cpu.PassLayers));
            Assert.Equal(expected.Count, actual.Count);
            for (int i = 0; i < expected.Count; i++)
            {
                Assert.Equal(expected[i].shape, actual[i].shape);
                Assert.True(actual[i].equal(again[i]).all().ToBoolean());
                if (expected[i].numel() > 0) Assert.True((expected[i] - actual[i]).abs().max().ToDouble() < 1e-5 * (1 + expected[i].abs().max().ToDouble()), $"{rows} rows, tensor {i}");
            }

            // The result, and the gradients of input, weights and biases.
            List<Tensor> Run(PassLayers pass)
            {
                Tensor Leaf(Tensor t) => t.detach().clone().requires_grad_();
                var (input, w, b) = (Leaf(x), weights.Select(Leaf).ToArray(), biases?.Select(Leaf).ToArray());
                var result = pass(input, w, b, activateLast);
                using (no_grad()) Assert.True((pass(input, w, b, activateLast) - result).abs().sum().ToDouble() == 0);
                result.backward([grad]);
                return [result.detach(), input.grad!, .. w.Select(t => t.grad!), .. b?.Select(t => t.grad!) ?? []];
            }
        }
    }

    [Fact]
    public void AnInputWithoutGradientGetsNone()
    {
        using var scope = NewDisposeScope();
        var (x, weight) = (rand(70, 5), rand(4, 5).requires_grad_());
        Kernels.Kernels.Cpu.PassLayers(x, [weight], null, false).sum().backward();
        Assert.Null(x.grad);
        Assert.True((weight.grad! - x.sum([0L]).expand(4, 5)).abs().max().ToDouble() < 1e-4);
    }

    [Fact]
    public void OtherDtypesGoToTheReference()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(float64, Kernels.Kernels.Cpu.PassLayers(rand([10, 3], float64), [rand([2, 3], float64)], null, true).dtype);
    }

    [Theory]
    [InlineData(8, 16, 1)]
    [InlineData(16, 48, 5)]
    [InlineData(24, 96, 33)]
    public unsafe void TheProductOfBlocksEqualsThreeLoopsInEveryWidthOfVector(int rows, int columns, int steps)
    {
        var random = new Random(5);
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        float[] a = Numbers(rows * steps), b = Numbers(steps * columns), start = Numbers(rows * columns), bias = Numbers(columns);
        foreach (var ending in Enum.GetValues<MatrixBlocks.Ending>())
            foreach (bool transposed in new[] { false, true })
                foreach (bool wide in new[] { true, false })
                {
                    var c = (float[])start.Clone();
                    var (row, step) = transposed ? (1, rows) : (steps, 1);
                    fixed (float* pa = a, pb = b, pc = c, pbias = bias)
                    {
                        if (wide) MatrixBlocks.Multiply<Vector512<float>, Lanes16>(pa, row, step, pb, columns, pc, columns, rows, columns, steps, ending, pbias);
                        else MatrixBlocks.Multiply<Vector256<float>, Lanes8>(pa, row, step, pb, columns, pc, columns, rows, columns, steps, ending, pbias);
                    }
                    for (int i = 0; i < rows; i++)
                        for (int j = 0; j < columns; j++)
                        {
                            float sum = ending == MatrixBlocks.Ending.Add ? start[i * columns + j] : bias[j];
                            for (int k = 0; k < steps; k++) sum += a[i * row + k * step] * b[k * columns + j];
                            Assert.Equal(ending == MatrixBlocks.Ending.BiasRelu ? float.Max(sum, 0) : sum, c[i * columns + j], 1e-4f);
                        }
                }
    }
}
