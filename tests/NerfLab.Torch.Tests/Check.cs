using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

/// <summary>Comparisons that the tests of modules and functions share.</summary>
static class Check
{
    public static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, float64, generator: generator).to(TestDevice.Current);
    }

    public static double[] Values(Tensor t)
    {
        using var plain = t.detach().cpu().to(float64);
        return plain.data<double>().ToArray();
    }

    public static void Close(double[] expected, Tensor actual, double tolerance = 1e-10)
    {
        var values = Values(actual);
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
            Assert.True(Math.Abs(expected[i] - values[i]) <= tolerance * (1 + Math.Abs(expected[i])), $"element {i}: expected {expected[i]:R}, got {values[i]:R}");
    }

    /// <summary>Gradients of a random weighting of the outputs against central differences, for every element of every input.</summary>
    public static void Gradients(Func<Tensor[], Tensor> f, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        var leaves = Array.ConvertAll(inputs, x => x.detach().clone().requires_grad_());
        var y = f(leaves);
        var weights = Random(99, y.shape);
        var gradients = autograd.grad([(y * weights).sum()], leaves);
        using var still = no_grad();
        const double H = 1e-6;
        for (int k = 0; k < inputs.Length; k++)
        {
            var flat = leaves[k].detach().view(-1);
            var expected = new double[flat.numel()];
            for (long i = 0; i < expected.Length; i++)
            {
                using var inner = NewDisposeScope();
                double x = flat[i].ToDouble();
                flat[i] = x + H;
                double up = (f(leaves) * weights).sum().ToDouble();
                flat[i] = x - H;
                double down = (f(leaves) * weights).sum().ToDouble();
                flat[i] = x;
                expected[i] = (up - down) / (2 * H);
            }
            Close(expected, gradients[k], 2e-6);
        }
    }
}
