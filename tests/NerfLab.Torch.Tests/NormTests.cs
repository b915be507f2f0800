using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace NerfLab.Torch.Tests;

public class NormTests
{
    /// <summary>(x - mean) / sqrt(variance + eps) over sets of elements that the key tells apart, then scale and shift by channel.</summary>
    static double[] Slow(Tensor x, Func<long[], long> key, double eps, double[]? weight = null, double[]? bias = null, Func<long[], long>? channel = null)
    {
        var v = Check.Values(x);
        var at = ConvTests.Indices(x.shape).ToArray();
        var groups = at.Select((a, i) => (Key: key(a), Value: v[i])).GroupBy(p => p.Key).ToDictionary(g => g.Key, g =>
        {
            double mean = g.Average(p => p.Value);
            return (mean, 1 / Math.Sqrt(g.Average(p => (p.Value - mean) * (p.Value - mean)) + eps));
        });
        return [.. at.Select((a, i) =>
        {
            var (mean, scale) = groups[key(a)];
            long c = channel is null ? a[1] : channel(a);
            return (v[i] - mean) * scale * (weight?[c] ?? 1) + (bias?[c] ?? 0);
        })];
    }

    [Fact]
    public void Batch_norm_over_samples_and_space()
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, 4, 3, 2, 5);
        using var m = nn.BatchNorm2d(3, momentum: 0.2).to(float64).to(TestDevice.Current);
        nn.init.normal_(m.weight);
        nn.init.normal_(m.bias!);
        Check.Close(Slow(x, a => a[1], 1e-5, Check.Values(m.weight), Check.Values(m.bias!)), m.call(x), 1e-9);
        Check.Gradients(t => F.batch_norm(t[0], null, null, t[1], t[2], true), x, Check.Random(2, 3), Check.Random(3, 3));
        // Running values: the newest batch has a share of 0.2, its variance is the unbiased one.
        var mean = x.mean([0, 2, 3]);
        var variance = x.var([0, 2, 3], unbiased: true);
        Check.Close(Check.Values(0.2 * mean), m.running_mean!);
        Check.Close(Check.Values(0.8 + 0.2 * variance), m.running_var!);
        Assert.Equal(1, m.num_batches_tracked!.ToInt64());
        m.eval();
        var shape = new long[] { 1, 3, 1, 1 };
        Check.Close(Check.Values((x - m.running_mean!.view(shape)) / (m.running_var! + 1e-5).sqrt().view(shape) * m.weight.view(shape) + m.bias!.view(shape)), m.call(x));
        Assert.Equal(1, m.num_batches_tracked!.ToInt64());
        Assert.Throws<ArgumentException>(() => m.call(x[0]));
        // Without a momentum, the plain mean of all batches.
        m.train();
        m.reset_running_stats();
        m.momentum = null;
        m.call(x);
        m.call(3 * x);
        Check.Close(Check.Values(2 * mean), m.running_mean!);
        var flat = x.view(4, 3, 10);
        Check.Close(Slow(flat, a => a[1], 1e-5), nn.BatchNorm1d(3, affine: false).to(float64).to(TestDevice.Current).call(flat), 1e-9);
        Check.Close(Slow(x, a => a[1], 1e-5), nn.BatchNorm3d(3, track_running_stats: false).to(float64).to(TestDevice.Current).call(x.unsqueeze(2)), 1e-9);
    }

    [Fact]
    public void Instance_group_and_layer_norm()
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, 3, 4, 2, 5);
        var (w, b) = (Check.Random(2, 4), Check.Random(3, 4));
        double[] weight = Check.Values(w), bias = Check.Values(b);
        Check.Close(Slow(x, a => a[0] * 4 + a[1], 1e-5, weight, bias), F.instance_norm(x, weight: w, bias: b), 1e-9);
        Check.Close(Slow(x, a => a[0] * 4 + a[1], 1e-5), nn.InstanceNorm2d(4).call(x), 1e-9);
        Check.Close(Slow(x[0].unsqueeze(0), a => a[1], 1e-5), nn.InstanceNorm2d(4).call(x[0]), 1e-9);
        Check.Close(Slow(x, a => a[0] * 4 + a[1], 1e-5), nn.InstanceNorm1d(4).call(x.view(3, 4, 10)), 1e-9);
        Check.Close(Slow(x, a => a[0] * 2 + a[1] / 2, 1e-5, weight, bias), F.group_norm(x, 2, w, b), 1e-9);
        Check.Close(Slow(x, a => a[0] * 2 + a[1] / 2, 1e-5), nn.GroupNorm(2, 4).to(float64).to(TestDevice.Current).call(x), 1e-9);
        var (w2, b2) = (Check.Random(4, 2, 5), Check.Random(5, 2, 5));
        Check.Close(Slow(x, a => a[0] * 4 + a[1], 1e-5, Check.Values(w2), Check.Values(b2), a => a[2] * 5 + a[3]), F.layer_norm(x, [2, 5], w2, b2), 1e-9);
        Check.Close(Slow(x, a => (a[0] * 4 + a[1]) * 2 + a[2], 1e-5), nn.LayerNorm(5, bias: false).to(float64).to(TestDevice.Current).call(x), 1e-9);
        Check.Gradients(t => F.instance_norm(t[0], weight: t[1], bias: t[2]), x, w, b);
        Check.Gradients(t => F.group_norm(t[0], 2, t[1], t[2]), x, w, b);
        Check.Gradients(t => F.layer_norm(t[0], [2, 5], t[1], t[2]), x, w2, b2);
        Assert.Throws<ArgumentException>(() => nn.GroupNorm(3, 4));
        Assert.Equal(["weight"], nn.LayerNorm([2, 5], bias: false).state_dict().Keys);
        Assert.Empty(nn.InstanceNorm2d(4).state_dict());
    }

    [Fact]
    public void Local_response_norm_over_neighbouring_channels()
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, 2, 6, 2, 2);
        var v = Check.Values(x);
        var at = ConvTests.Indices(x.shape).ToArray();
        var expected = at.Select((a, i) =>
        {
            double sum = 0;
            for (long c = Math.Max(0, a[1] - 1); c <= Math.Min(5, a[1] + 1); c++) sum += Math.Pow(v[ConvTests.Flat([a[0], c, a[2], a[3]], x.shape)], 2);
            return v[i] / Math.Pow(2 + 0.3 * sum / 3, 0.75);
        });
        Check.Close([.. expected], nn.LocalResponseNorm(3, 0.3, 0.75, 2).call(x));
        Check.Gradients(t => F.local_response_norm(t[0], 3, 0.3), x);
    }
}
