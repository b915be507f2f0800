using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

public class InitTests
{
    static (double Mean, double Deviation, double Least, double Most) Summary(Tensor t)
    {
        using var scope = NewDisposeScope();
        return (t.mean().ToDouble(), t.std().ToDouble(), t.min().ToDouble(), t.max().ToDouble());
    }

    static void Uniform(double bound, Tensor t)
    {
        var (mean, deviation, least, most) = Summary(t);
        Assert.Equal(0, mean, bound * 0.02);
        Assert.Equal(bound / Math.Sqrt(3), deviation, bound * 0.02);
        Assert.InRange(least, -bound, -0.99 * bound);
        Assert.InRange(most, 0.99 * bound, bound);
    }

    static void Normal(double std, Tensor t)
    {
        var (mean, deviation, _, most) = Summary(t);
        Assert.Equal(0, mean, std * 0.02);
        Assert.Equal(std, deviation, std * 0.02);
        Assert.True(most > 3 * std);
    }

    [Fact]
    public void Spreads_are_those_of_the_papers()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var t = empty(64, 32, 5, 5, device: TestDevice.Current);
        Assert.Equal((32 * 25, 64 * 25), nn.init.CalculateFanInAndFanOut(t));
        Uniform(Math.Sqrt(6.0 / (96 * 25)), nn.init.xavier_uniform_(t));
        Normal(2 * Math.Sqrt(2.0 / (96 * 25)), nn.init.xavier_normal_(t, 2));
        Uniform(Math.Sqrt(6.0 / (32 * 25)), nn.init.kaiming_uniform_(t));
        Uniform(1 / Math.Sqrt(32 * 25), nn.init.kaiming_uniform_(t, Math.Sqrt(5)));
        Normal(Math.Sqrt(2.0 / (64 * 25)), nn.init.kaiming_normal_(t, mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU));
        Assert.Equal(5.0 / 3, nn.init.calculate_gain(nn.init.NonlinearityType.Tanh));
        Assert.Equal(Math.Sqrt(2 / 1.04), nn.init.calculate_gain(nn.init.NonlinearityType.LeakyReLU, 0.2));
        var cut = Summary(nn.init.trunc_normal_(t, 1, 2, -1, 2));
        Assert.InRange(cut.Least, -1, -0.99);
        Assert.InRange(cut.Most, 1.99, 2);
        // Mean of a normal cut at -1 and 0.5 deviations: 1 + 2 (phi(-1) - phi(0.5)) / (Phi(0.5) - Phi(-1)).
        Assert.Equal(1 + 2 * (0.2419707 - 0.3520653) / (0.6914625 - 0.1586553), cut.Mean, 0.02);
        Assert.Throws<ArgumentException>(() => nn.init.xavier_uniform_(zeros(3)));
    }

    [Fact]
    public void Special_matrices()
    {
        using var scope = NewDisposeScope();
        foreach (var (rows, columns) in new[] { (6, 4), (4, 6), (5, 5) })
        {
            var q = nn.init.orthogonal_(new Parameter(zeros(rows, columns, dtype: float64, device: TestDevice.Current)), 2);
            var product = rows < columns ? q.mm(q.t()) : q.t().mm(q);
            Assert.True(product.allclose(4 * eye(Math.Min(rows, columns), dtype: float64, device: q.device)));
        }
        var w = nn.init.dirac_(zeros(3, 3, 3, 3, device: TestDevice.Current));
        var x = rand(2, 3, 5, 5, device: TestDevice.Current);
        Assert.True(nn.functional.conv2d(x, w, padding: [1, 1]).allclose(x));
        Check.Close([1, 0, 0, 0, 1, 0], nn.init.eye_(zeros(2, 3)), 0);
        var sparse = nn.init.sparse_(zeros(10, 4), 0.25);
        Assert.Equal([3, 3, 3, 3], (sparse == 0).sum(0L).data<long>().ToArray());
        Check.Close([7, 7], nn.init.constant_(zeros(2), 7), 0);
        using var a = new Generator(9);
        using var b = new Generator(9);
        Assert.Equal(Check.Values(nn.init.normal_(zeros(4), generator: a)), Check.Values(nn.init.normal_(zeros(4), generator: b)));
        var p = new Parameter(zeros(2, 2));
        Assert.True(nn.init.uniform_(p).is_leaf);
    }

    [Fact]
    public void Gradients_are_clipped_together()
    {
        using var scope = NewDisposeScope();
        Parameter[] p = [new(ones(2)), new(ones(3))];
        (p[0].sum() * 3 + p[1].sum() * 2).backward();
        double norm = Math.Sqrt(2 * 9 + 3 * 4);
        Assert.Equal(norm, nn.utils.clip_grad_norm_(p, 1.5), 5);
        Assert.Equal(1.5, nn.utils.clip_grad_norm_(p, 100), 5);
        Check.Close([3 * 1.5 / norm, 3 * 1.5 / norm], p[0].grad!, 1e-6);
        Assert.Equal(3 * 1.5 / norm, nn.utils.clip_grad_norm_(p, 100, double.PositiveInfinity), 5);
        nn.utils.clip_grad_value_(p, 0.6);
        Assert.Equal(0.6, p[0].grad!.max().ToDouble(), 6);
        Assert.Equal(0, nn.utils.clip_grad_norm_([new Parameter(ones(1))], 1));
    }

    [Fact]
    public void Parameters_become_a_vector_and_return()
    {
        using var scope = NewDisposeScope();
        using var m = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1));
        var v = nn.utils.parameters_to_vector(m.parameters());
        Assert.Equal([13], v.shape);
        Assert.Equal(Check.Values(m.parameters().First()), Check.Values(v)[..6]);
        nn.utils.vector_to_parameters(v.detach() * 2, m.parameters());
        Check.Close(Check.Values(2 * v), nn.utils.parameters_to_vector(m.parameters()), 0);
        Assert.Throws<ArgumentException>(() => nn.utils.vector_to_parameters(ones(12), m.parameters()));
    }

    [Fact]
    public void A_norm_melts_into_the_layer_before_it()
    {
        using var scope = NewDisposeScope();
        using var conv = nn.Conv2d(2, 3, 3);
        using var linear = nn.Linear(4, 3);
        using var bn = nn.BatchNorm2d(3);
        using var bn1 = nn.BatchNorm1d(3);
        foreach (var t in new Tensor[] { bn.weight, bn.bias!, bn.running_mean!, bn1.weight, bn1.bias!, bn1.running_mean! }) nn.init.normal_(t);
        nn.init.uniform_(bn.running_var!, 0.5, 2);
        bn.eval();
        bn1.eval();
        linear.eval();
        var (w, b) = nn.utils.fuse_conv_bn_weights(conv.weight, conv.bias, bn.running_mean!, bn.running_var!, bn.eps, bn.weight, bn.bias);
        var x = rand(2, 2, 5, 5);
        Assert.True(nn.functional.conv2d(x, w, b).allclose(bn.call(conv.call(x)), 1e-4, 1e-5));
        var y = rand(5, 4);
        Assert.True(nn.utils.fuse_linear_bn_eval(linear, bn1).call(y).allclose(bn1.call(linear.call(y)), 1e-4, 1e-5));
    }
}
