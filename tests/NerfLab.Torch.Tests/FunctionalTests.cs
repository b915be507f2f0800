using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace NerfLab.Torch.Tests;

public class FunctionalTests
{
    static double Cubic(double t)
    {
        const double A = -0.75;
        t = Math.Abs(t);
        return t < 1 ? ((A + 2) * t - (A + 3)) * t * t + 1 : t < 2 ? ((A * t - 5 * A) * t + 8 * A) * t - 4 * A : 0;
    }

    /// <summary>The weights of all inputs for one output in one dimension.</summary>
    static double[] Row(InterpolationMode mode, long input, long output, long at, bool align)
    {
        double scale = align ? output > 1 ? (double)(input - 1) / (output - 1) : 0 : (double)input / output;
        double x = align ? at * scale : (at + 0.5) * scale - 0.5;
        var weights = new double[input];
        long Kept(double i) => (long)Math.Clamp(i, 0, input - 1);
        switch (mode)
        {
            case InterpolationMode.Nearest: weights[Kept(Math.Floor(at * scale))] = 1; break;
            case InterpolationMode.NearestExact: weights[Kept(Math.Floor((at + 0.5) * scale))] = 1; break;
            case InterpolationMode.Bicubic:
                for (double k = Math.Floor(x) - 1; k <= Math.Floor(x) + 2; k++) weights[Kept(k)] += Cubic(x - k);
                break;
            case InterpolationMode.Area:
                long start = at * input / output, end = ((at + 1) * input + output - 1) / output;
                for (long k = start; k < end; k++) weights[k] = 1.0 / (end - start);
                break;
            default:
                x = Math.Max(x, 0);
                double low = Math.Floor(x);
                weights[Kept(low)] += 1 - (x - low);
                weights[Kept(low + 1)] += x - low;
                break;
        }
        return weights;
    }

    [Theory]
    [InlineData(InterpolationMode.Nearest, 1, false)]
    [InlineData(InterpolationMode.Nearest, 2, false)]
    [InlineData(InterpolationMode.Nearest, 3, false)]
    [InlineData(InterpolationMode.NearestExact, 1, false)]
    [InlineData(InterpolationMode.NearestExact, 2, false)]
    [InlineData(InterpolationMode.NearestExact, 3, false)]
    [InlineData(InterpolationMode.Linear, 1, false)]
    [InlineData(InterpolationMode.Linear, 1, true)]
    [InlineData(InterpolationMode.Bilinear, 2, false)]
    [InlineData(InterpolationMode.Bilinear, 2, true)]
    [InlineData(InterpolationMode.Bicubic, 2, false)]
    [InlineData(InterpolationMode.Bicubic, 2, true)]
    [InlineData(InterpolationMode.Trilinear, 3, false)]
    [InlineData(InterpolationMode.Trilinear, 3, true)]
    [InlineData(InterpolationMode.Area, 1, false)]
    [InlineData(InterpolationMode.Area, 2, false)]
    [InlineData(InterpolationMode.Area, 3, false)]
    public void Interpolation_is_a_matrix_along_each_dimension(InterpolationMode mode, int d, bool align)
    {
        using var scope = NewDisposeScope();
        long[] from = new long[] { 4, 5, 3 }[..d], to = new long[] { 7, 3, 5 }[..d];
        var x = Check.Random(1, [2, 2, .. from]);
        var expected = x;
        for (int i = 0; i < d; i++)
        {
            var matrix = stack(Enumerable.Range(0, (int)to[i]).Select(at => tensor(Row(mode, from[i], to[i], at, align)))).to(x.device);
            expected = tensordot(expected, matrix, [2 + i], [1]).movedim([expected.ndim - 1], [2 + i]);
        }
        bool? aligned = mode is InterpolationMode.Nearest or InterpolationMode.NearestExact or InterpolationMode.Area ? null : align;
        Check.Close(Check.Values(expected), F.interpolate(x, to, mode: mode, align_corners: aligned));
        Check.Gradients(t => F.interpolate(t[0], to, mode: mode, align_corners: aligned), x[..1]);
    }

    [Theory]
    [InlineData(InterpolationMode.Bilinear, 1.0)]
    [InlineData(InterpolationMode.Bicubic, 2.0)]
    public void Antialiasing_widens_the_kernel_by_the_scale(InterpolationMode mode, double support)
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, 1, 2, 12, 9);
        var expected = x;
        foreach (var (dim, input, output) in new[] { (2, 12, 5), (3, 9, 4) })
        {
            double scale = (double)input / output;
            var rows = Enumerable.Range(0, output).Select(at =>
            {
                double centre = (at + 0.5) * scale;
                var row = Enumerable.Range(0, input).Select(k =>
                {
                    double t = Math.Abs((k + 0.5 - centre) / scale);
                    // The filter of PIL: a triangle, or Keys' cubic with a = -1/2.
                    return support == 1 ? Math.Max(0, 1 - t) : t < 1 ? (1.5 * t - 2.5) * t * t + 1 : t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
                }).ToArray();
                double sum = row.Sum();
                return tensor(row.Select(w => w / sum).ToArray());
            });
            expected = tensordot(expected, stack(rows).to(x.device), [dim], [1]).movedim([expected.ndim - 1], [dim]);
        }
        Check.Close(Check.Values(expected), F.interpolate(x, [5, 4], mode: mode, align_corners: false, antialias: true), 1e-6);
    }

    [Fact]
    public void Scale_factors_give_sizes_and_wrong_requests_are_refused()
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, 1, 1, 4, 6);
        Assert.Equal([1, 1, 10, 15], F.interpolate(x, scale_factor: [2.5, 2.5], mode: InterpolationMode.Bilinear).shape);
        Assert.Equal([1, 1, 10, 15], F.interpolate(x, scale_factor: [2.5], recompute_scale_factor: true).shape);
        Assert.Equal([1, 1, 8, 12], nn.Upsample(scale_factor: [2, 2], mode: UpsampleMode.Bicubic, align_corners: true).call(x).shape);
        Assert.Throws<ArgumentException>(() => F.interpolate(x));
        Assert.Throws<ArgumentException>(() => F.interpolate(x, [3, 3], [2, 2]));
        Assert.Throws<ArgumentException>(() => F.interpolate(x, [3, 3], mode: InterpolationMode.Trilinear));
        Assert.Throws<ArgumentException>(() => F.interpolate(x, [3, 3], mode: InterpolationMode.Nearest, align_corners: true));
    }

    [Theory]
    [InlineData(PaddingModes.Constant)]
    [InlineData(PaddingModes.Zeros)]
    [InlineData(PaddingModes.Reflect)]
    [InlineData(PaddingModes.Replicate)]
    [InlineData(PaddingModes.Circular)]
    public void Borders_repeat_what_their_mode_says(PaddingModes mode)
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, 2, 3, 4, 5);
        var v = Check.Values(x);
        var expected = new List<double>();
        long Source(long i, long n) => mode switch
        {
            PaddingModes.Reflect => i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i,
            PaddingModes.Replicate => Math.Clamp(i, 0, n - 1),
            PaddingModes.Circular => (i + n) % n,
            _ => i,
        };
        for (long nc = 0; nc < 6; nc++)
            for (long row = -2; row < 4 + 3; row++)
                for (long column = -1; column < 5 + 2; column++)
                {
                    var (r, c) = (Source(row, 4), Source(column, 5));
                    expected.Add(r < 0 || r >= 4 || c < 0 || c >= 5 ? mode == PaddingModes.Constant ? 1.5 : 0 : v[(nc * 4 + r) * 5 + c]);
                }
        Check.Close([.. expected], F.pad(x, [1, 2, 2, 3], mode, 1.5));
        Check.Close([.. expected], F.pad(x, (1, 2, 2, 3), mode, 1.5));
        Check.Gradients(t => F.pad(t[0], [1, 2, 2, 3], mode, 1.5), x[..1]);
    }

    [Fact]
    public void Pools_equal_loops()
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, 2, 3, 7, 6);
        var v = Check.Values(x);
        List<double> max = [], mean = [], inside = [], adaptive = [];
        for (int nc = 0; nc < 6; nc++)
        {
            for (int r = 0; r < 4; r++)
                for (int c = 0; c < 3; c++)
                {
                    var window = new List<double>();
                    for (int i = -1; i < 2; i++)
                        for (int j = 0; j < 2; j++)
                            if (2 * r + i is >= 0 and < 7) window.Add(v[(nc * 7 + 2 * r + i) * 6 + 2 * c + j]);
                    max.Add(window.Max());
                    mean.Add(window.Sum() / 6);
                    inside.Add(window.Average());
                }
            for (int r = 0; r < 3; r++)
                for (int c = 0; c < 4; c++)
                {
                    var window = new List<double>();
                    for (int i = r * 7 / 3; i < Math.Ceiling((r + 1) * 7 / 3.0); i++)
                        for (int j = c * 6 / 4; j < Math.Ceiling((c + 1) * 6 / 4.0); j++) window.Add(v[(nc * 7 + i) * 6 + j]);
                    adaptive.Add(window.Average());
                }
        }
        Check.Close([.. max], F.max_pool2d(x, (3, 2), (2, 2), (1, 0)));
        Check.Close([.. max], nn.MaxPool2d([3, 2], [2, 2], [1, 0]).call(x));
        Check.Close([.. mean], F.avg_pool2d(x, (3, 2), (2, 2), (1, 0)));
        Check.Close([.. inside], nn.AvgPool2d((3, 2), (2, 2), (1, 0), count_include_pad: false).call(x));
        Check.Close([.. adaptive], F.adaptive_avg_pool2d(x, (3, 4)));
        Check.Close([.. adaptive], nn.AdaptiveAvgPool2d([3, 4]).call(x));
        Check.Close(Check.Values(F.max_pool2d(x, [1, 3])), F.max_pool1d(x.view(-1, 7, 6), 3).view(2, 3, 7, 2));
        Check.Close(Check.Values(F.avg_pool2d(x, [7, 2])), F.avg_pool3d(x.view(1, 1, 6, 7, 6), [1, 7, 2]).view(2, 3, 1, 3));
        Check.Close(Check.Values(F.max_pool2d(x, 2)), F.max_pool3d(x.view(1, 1, 6, 7, 6), [1, 2, 2]).view(2, 3, 3, 3));
        Check.Gradients(t => F.max_pool2d(t[0], (3, 2), (2, 2), (1, 0)), x);
        Check.Gradients(t => F.avg_pool2d(t[0], (3, 2), (2, 2), (1, 0)), x);
        Check.Gradients(t => F.adaptive_avg_pool2d(t[0], (3, 4)), x);
    }

    [Fact]
    public void Pixels_are_shuffled_as_the_paper_says()
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, 2, 8, 3, 4);
        var y = F.pixel_shuffle(x, 2);
        // Shi et al. 2016, equation 4.
        for (int c = 0; c < 2; c++)
            for (int i = 0; i < 6; i++)
                for (int j = 0; j < 8; j++)
                    Assert.Equal(x[1, c * 4 + i % 2 * 2 + j % 2, i / 2, j / 2].ToDouble(), y[1, c, i, j].ToDouble());
        Check.Close(Check.Values(x), nn.PixelUnshuffle(2).call(nn.PixelShuffle(2).call(x)), 0);
    }

    public static TheoryData<string, Func<double, double>, Func<Tensor, Tensor>> Activations() => new()
    {
        { "celu", x => x > 0 ? x : 1.3 * (Math.Exp(x / 1.3) - 1), x => nn.CELU(1.3).call(x) },
        { "elu", x => x > 0 ? x : 1.3 * (Math.Exp(x) - 1), x => nn.ELU(1.3).call(x) },
        { "gelu tanh", x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))), x => nn.GELU(TorchSharp.Modules.GELU.Approximate.tanh).call(x) },
        { "hardshrink", x => Math.Abs(x) > 0.5 ? x : 0, x => nn.Hardshrink().call(x) },
        { "softshrink", x => x > 0.5 ? x - 0.5 : x < -0.5 ? x + 0.5 : 0, x => nn.Softshrink().call(x) },
        { "hardsigmoid", x => Math.Clamp(x / 6 + 0.5, 0, 1), x => nn.Hardsigmoid().call(x) },
        { "hardswish", x => x * Math.Clamp(x / 6 + 0.5, 0, 1), x => nn.Hardswish().call(x) },
        { "hardtanh", x => Math.Clamp(x, -0.7, 1.1), x => nn.Hardtanh(-0.7, 1.1).call(x) },
        { "leaky_relu", x => x > 0 ? x : 0.2 * x, x => nn.LeakyReLU(0.2).call(x) },
        { "logsigmoid", x => -Math.Log(1 + Math.Exp(-x)), x => nn.LogSigmoid().call(x) },
        { "mish", x => x * Math.Tanh(Math.Log(1 + Math.Exp(x))), x => nn.Mish().call(x) },
        { "prelu", x => x > 0 ? x : 0.25 * x, x => nn.PReLU(1, dtype: float64, device: TestDevice.Current).call(x) },
        { "relu", x => Math.Max(x, 0), x => nn.ReLU().call(x) },
        { "relu6", x => Math.Clamp(x, 0, 6), x => nn.ReLU6().call(x) },
        { "rrelu", x => x > 0 ? x : (0.125 + 1.0 / 3) / 2 * x, x => F.rrelu(x) },
        { "selu", x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1)), x => nn.SELU().call(x) },
        { "sigmoid", x => 1 / (1 + Math.Exp(-x)), x => nn.Sigmoid().call(x) },
        { "silu", x => x / (1 + Math.Exp(-x)), x => nn.SiLU().call(x) },
        { "softplus", x => 3 * x > 2 ? x : Math.Log(1 + Math.Exp(3 * x)) / 3, x => nn.Softplus(3, 2).call(x) },
        { "softsign", x => x / (1 + Math.Abs(x)), x => nn.Softsign().call(x) },
        { "tanh", Math.Tanh, x => nn.Tanh().call(x) },
        { "tanhshrink", x => x - Math.Tanh(x), x => nn.Tanhshrink().call(x) },
        { "threshold", x => x > 0.3 ? x : -1.2, x => nn.Threshold(0.3, -1.2).call(x) },
        { "relu in place", x => Math.Max(x, 0), x => nn.ReLU(true).call(x * 1) },
        { "elu in place", x => x > 0 ? x : Math.Exp(x) - 1, x => nn.ELU(1, true).call(x * 1) },
        { "softsign in place", x => x / (1 + Math.Abs(x)), x => nn.Softsign(true).call(x * 1) },
    };

    [Theory]
    [MemberData(nameof(Activations), DisableDiscoveryEnumeration = true)]
    public void Activations_equal_their_formulas(string name, Func<double, double> formula, Func<Tensor, Tensor> module)
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(name.Length, 4, 15) * 2;
        Check.Close([.. Check.Values(x).Select(formula)], module(x), 1e-9);
        Check.Gradients(t => module(t[0]), x);
    }

    [Fact]
    public void Softmax_and_its_relatives()
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, 2, 5, 3, 3);
        var e = x.exp();
        var expected = Check.Values(e / e.sum(1, true));
        Check.Close(expected, F.softmax(x, 1));
        Check.Close(expected, nn.Softmax2d().call(x));
        Check.Close(expected, nn.LogSoftmax(1).call(x).exp());
        Check.Close(expected, nn.Softmin(1).call(-x));
        Check.Close(Check.Values(x[.., ..2] * x[.., 2..4].sigmoid()), nn.GLU(1).call(x[.., ..4]));
    }

    [Fact]
    public void Losses_equal_their_formulas()
    {
        using var scope = NewDisposeScope();
        var (x, t) = (Check.Random(1, 4, 5) * 2, Check.Random(2, 4, 5));
        double[] a = Check.Values(x), b = Check.Values(t);
        double[] Zip(Func<double, double, double> f) => [.. a.Zip(b, f)];
        void All(Func<double, double, double> f, Func<Tensor, Tensor, nn.Reduction, Tensor> loss, Tensor? input = null)
        {
            var e = input is null ? Zip(f) : [.. Check.Values(input).Zip(b, f)];
            Check.Close(e, loss(input ?? x, t, nn.Reduction.None));
            Check.Close([e.Average()], loss(input ?? x, t, nn.Reduction.Mean));
            Check.Close([e.Sum()], loss(input ?? x, t, nn.Reduction.Sum));
            Check.Gradients(z => loss(z[0], t, nn.Reduction.Mean), input ?? x);
        }
        All((x, t) => (x - t) * (x - t), (x, t, r) => nn.MSELoss(r).call(x, t));
        All((x, t) => Math.Abs(x - t), (x, t, r) => nn.L1Loss(r).call(x, t));
        All((x, t) => Math.Abs(x - t) < 0.7 ? 0.5 * (x - t) * (x - t) / 0.7 : Math.Abs(x - t) - 0.35, (x, t, r) => nn.SmoothL1Loss(r, 0.7).call(x, t));
        All((x, t) => Math.Abs(x - t) < 0.7 ? 0.5 * (x - t) * (x - t) : 0.7 * (Math.Abs(x - t) - 0.35), (x, t, r) => nn.HuberLoss(0.7, r).call(x, t));
        All((x, t) => Math.Log(1 + Math.Exp(-t * x)), (x, t, r) => nn.SoftMarginLoss(r).call(x, t));
        All((x, t) => Math.Exp(t) * (t - x), (x, t, r) => nn.KLDivLoss(true, r).call(x, t));
        All((x, t) => (1 - t) * x + Math.Log(1 + Math.Exp(-x)), (x, t, r) => nn.BCEWithLogitsLoss(reduction: r).call(x, t));
        t = t.sigmoid();
        b = Check.Values(t);
        All((x, t) => -t * Math.Log(x) - (1 - t) * Math.Log(1 - x), (x, t, r) => nn.BCELoss(reduction: r).call(x, t), x.sigmoid());
        var v = x.exp();
        var gauss = 0.5 * (v.log() + (x - t).square() / v);
        Check.Close([gauss.mean().ToDouble()], nn.GaussianNLLLoss().call(x, t, v), 1e-7);
        Check.Close([gauss.sum().ToDouble() + 20 * 0.5 * Math.Log(2 * Math.PI)], F.gaussian_nll_loss(x, t, v, true, reduction: nn.Reduction.Sum));
        Assert.Throws<ArgumentException>(() => F.gaussian_nll_loss(x, t, -v));

        var labels = tensor(new long[] { 1, 0, 4, -100 }, device: TestDevice.Current);
        var logs = Check.Values(x.log_softmax(1));
        Check.Close([-(logs[1] + logs[5] + logs[14]) / 3], nn.CrossEntropyLoss().call(x, labels));
        Check.Close([-(logs[1] + logs[5] + logs[14])], nn.NLLLoss(reduction: nn.Reduction.Sum).call(x.log_softmax(1), labels));
        double smooth = Enumerable.Range(0, 3).Average(r => 0.9 * -logs[r * 5 + new[] { 1, 0, 4 }[r]] + 0.1 * Enumerable.Range(0, 5).Average(c => -logs[r * 5 + c]));
        Check.Close([smooth], F.cross_entropy(x, labels, label_smoothing: 0.1));
    }

    [Fact]
    public void Distances_and_normalisation()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Check.Random(1, 3, 4, 2), Check.Random(2, 3, 4, 2));
        Check.Close(Check.Values((x * y).sum(1) / (x.norm(1) * y.norm(1))), nn.CosineSimilarity().call(x, y));
        Check.Close(Check.Values((x - y + 1e-6).square().sum(-1).sqrt()), nn.PairwiseDistance().call(x, y));
        Check.Close(Check.Values(x / x.square().sum(1, true).sqrt()), F.normalize(x));
        Check.Close(Check.Values(x / x.abs().sum(2, true)), F.normalize(x, 1, 2));
        Assert.Equal(0, F.normalize(zeros(2, 3)).sum().ToDouble());
        Check.Gradients(t => F.normalize(t[0]), x);
        Check.Close([1, 0, 0, 0, 0, 1], F.one_hot(tensor(new long[] { 0, 2 })));
        Check.Close(Check.Values(einsum("bi,oij,bj->bo", x[.., .., 0], Check.Random(3, 5, 4, 4), y[.., .., 0]) + 1), F.bilinear(x[.., .., 0], y[.., .., 0], Check.Random(3, 5, 4, 4), ones(5, dtype: float64, device: x.device)));
    }

    [Fact]
    public void Dropout_keeps_the_mean_and_drops_whole_channels_where_it_should()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var x = ones(200, 50, 4, device: TestDevice.Current);
        var y = F.dropout(x, 0.3);
        Assert.InRange(y.mean().ToDouble(), 0.97, 1.03);
        Assert.InRange((y == 0).to(float32).mean().ToDouble(), 0.28, 0.32);
        Assert.Equal(1 / 0.7, y.max().ToDouble(), 5);
        Assert.Equal(1, F.dropout(x, 0.3, training: false).min().ToDouble());
        var channels = nn.Dropout1d(0.3).call(x);
        Assert.Equal(0, (channels.amax([2]) - channels.amin([2])).abs().max().ToDouble());
        Assert.InRange((channels[.., .., 0] == 0).to(float32).mean().ToDouble(), 0.28, 0.32);
        Assert.Equal([5, 4, 4], nn.Dropout2d().call(ones(5, 4, 4)).shape);
        Assert.InRange(F.alpha_dropout(randn(100_000), 0.2, true).std().ToDouble(), 0.97, 1.03);
        var embedded = nn.Embedding(5, 3, padding_idx: 0);
        Assert.Equal(0, embedded.call(tensor(new long[] { 0 })).abs().sum().ToDouble());
        embedded.call(tensor(new long[] { 0, 2, 2 })).sum().backward();
        Check.Close([0, 0, 0, 0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0], embedded.weight!.grad!);
    }
}
