using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace NerfLab.Torch.Tests;

public class ConvTests
{
    /// <summary>Convolution in any number of dimensions by loops over every index. Shapes: (N, C, ...), (O, C / groups, ...).</summary>
    static double[] Slow(Tensor input, Tensor weight, Tensor bias, long[] stride, long[] padding, long[] dilation, long groups, out long[] outShape)
    {
        var (x, w, b) = (Check.Values(input), Check.Values(weight), Check.Values(bias));
        var (xs, ws) = (input.shape, weight.shape);
        int d = stride.Length;
        long[] size = [.. Enumerable.Range(0, d).Select(i => (xs[2 + i] + 2 * padding[i] - dilation[i] * (ws[2 + i] - 1) - 1) / stride[i] + 1)];
        outShape = [xs[0], ws[0], .. size];
        var y = new double[outShape.Aggregate(1L, (p, q) => p * q)];
        long perGroup = ws[0] / groups;
        long o = 0;
        foreach (var at in Indices(outShape))
        {
            double sum = b[at[1]];
            foreach (var k in Indices(ws[1..]))
            {
                long[] from = [at[0], at[1] / perGroup * ws[1] + k[0], .. Enumerable.Range(0, d).Select(i => at[2 + i] * stride[i] - padding[i] + k[1 + i] * dilation[i])];
                if (Enumerable.Range(2, d).All(i => from[i] >= 0 && from[i] < xs[i])) sum += x[Flat(from, xs)] * w[Flat([at[1], .. k], ws)];
            }
            y[o++] = sum;
        }
        return y;
    }

    /// <summary>The transposed convolution: every input element adds the kernel, weighted, to the output.</summary>
    static double[] SlowTransposed(Tensor input, Tensor weight, Tensor bias, long[] stride, long[] padding, long[] extra, long[] dilation, long groups, out long[] outShape)
    {
        var (x, w, b) = (Check.Values(input), Check.Values(weight), Check.Values(bias));
        var (xs, ws) = (input.shape, weight.shape);
        int d = stride.Length;
        long[] size = [.. Enumerable.Range(0, d).Select(i => (xs[2 + i] - 1) * stride[i] - 2 * padding[i] + dilation[i] * (ws[2 + i] - 1) + extra[i] + 1)];
        outShape = [xs[0], ws[1] * groups, .. size];
        var y = new double[outShape.Aggregate(1L, (p, q) => p * q)];
        foreach (var at in Indices(outShape)) y[Flat(at, outShape)] = b[at[1]];
        foreach (var at in Indices(xs))
        {
            long group = at[1] / (xs[1] / groups);
            foreach (var k in Indices(ws[1..]))
            {
                long[] to = [at[0], group * ws[1] + k[0], .. Enumerable.Range(0, d).Select(i => at[2 + i] * stride[i] - padding[i] + k[1 + i] * dilation[i])];
                var shape = outShape;
                if (Enumerable.Range(2, d).All(i => to[i] >= 0 && to[i] < shape[i])) y[Flat(to, shape)] += x[Flat(at, xs)] * w[Flat([at[1], .. k], ws)];
            }
        }
        return y;
    }

    internal static long Flat(long[] at, long[] shape)
    {
        long flat = 0;
        for (int i = 0; i < at.Length; i++) flat = flat * shape[i] + at[i];
        return flat;
    }

    internal static IEnumerable<long[]> Indices(long[] shape)
    {
        long count = shape.Aggregate(1L, (p, q) => p * q);
        for (long i = 0; i < count; i++)
        {
            var at = new long[shape.Length];
            long rest = i;
            for (int d = shape.Length - 1; d >= 0; d--) (rest, at[d]) = Math.DivRem(rest, shape[d]);
            yield return at;
        }
    }

    [Theory]
    [InlineData(1, 1, 0, 1, 1)]
    [InlineData(1, 2, 1, 2, 2)]
    [InlineData(2, 1, 1, 1, 1)]
    [InlineData(2, 2, 1, 2, 2)]
    [InlineData(3, 1, 1, 1, 2)]
    [InlineData(3, 2, 2, 1, 1)]
    public void Convolutions_equal_loops(int d, long stride, long padding, long dilation, long groups)
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, [2, 4, .. new long[] { 7, 6, 5 }[..d]]);
        var w = Check.Random(2, [6, 4 / groups, .. new long[] { 3, 2, 3 }[..d]]);
        var b = Check.Random(3, 6);
        long[] s = [.. Enumerable.Repeat(stride, d)], p = [.. Enumerable.Repeat(padding, d)], l = [.. Enumerable.Repeat(dilation, d)];
        if (d == 3 && dilation > 1) l[2] = 1;
        Tensor Run(Tensor x, Tensor w, Tensor b) => d switch
        {
            1 => F.conv1d(x, w, b, stride, padding, dilation, groups),
            2 => F.conv2d(x, w, b, s, p, l, groups),
            _ => F.conv3d(x, w, b, s, p, l, groups),
        };
        var y = Run(x, w, b);
        Check.Close(Slow(x, w, b, s, p, l, groups, out var shape), y);
        Assert.Equal(shape, y.shape);
        if (d < 3) Check.Gradients(t => Run(t[0], t[1], t[2]), x, w, b);
        else Check.Gradients(t => Run(t[0][.., .., ..3, ..3, ..3], t[1], t[2]), x[..1, .., ..4, ..4, ..4], w, b);
    }

    [Theory]
    [InlineData(1, 1, 0, 0, 1, 1)]
    [InlineData(1, 3, 1, 2, 2, 2)]
    [InlineData(2, 2, 1, 1, 1, 1)]
    [InlineData(2, 2, 0, 1, 2, 2)]
    [InlineData(3, 2, 1, 1, 1, 2)]
    public void Transposed_convolutions_equal_loops(int d, long stride, long padding, long extra, long dilation, long groups)
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, [2, 4, .. new long[] { 4, 3, 2 }[..d]]);
        var w = Check.Random(2, [4, 6 / groups, .. new long[] { 3, 2, 3 }[..d]]);
        var b = Check.Random(3, 6);
        long[] s = [.. Enumerable.Repeat(stride, d)], p = [.. Enumerable.Repeat(padding, d)], e = [.. Enumerable.Repeat(extra, d)], l = [.. Enumerable.Repeat(dilation, d)];
        Tensor Run(Tensor x, Tensor w, Tensor b) => d switch
        {
            1 => F.conv_transpose1d(x, w, b, stride, padding, extra, dilation, groups),
            2 => F.conv_transpose2d(x, w, b, s, p, e, l, groups),
            _ => F.conv_transpose3d(x, w, b, s, p, e, l, groups),
        };
        var y = Run(x, w, b);
        Check.Close(SlowTransposed(x, w, b, s, p, e, l, groups, out var shape), y);
        Assert.Equal(shape, y.shape);
        if (d < 3) Check.Gradients(t => Run(t[0], t[1], t[2]), x, w, b);
    }

    [Theory]
    [InlineData(PaddingModes.Zeros)]
    [InlineData(PaddingModes.Reflect)]
    [InlineData(PaddingModes.Replicate)]
    [InlineData(PaddingModes.Circular)]
    public void A_module_pads_and_then_convolves(PaddingModes mode)
    {
        using var scope = NewDisposeScope();
        using var m = nn.Conv2d(2, 3, (3, 2), padding: (2, 1), padding_mode: mode).to(float64).to(TestDevice.Current);
        var x = Check.Random(1, 2, 2, 5, 6);
        // Last dimension first.
        var padded = F.pad(x, [1, 1, 2, 2], mode);
        Check.Close(Slow(padded, m.weight, m.bias!, [1, 1], [0, 0], [1, 1], 1, out var shape), m.call(x));
        Assert.Equal(shape, m.call(x).shape);

        using var same = nn.Conv2d(2, 3, 4, Padding.Same, padding_mode: mode).to(float64).to(TestDevice.Current);
        Assert.Equal([2, 3, 5, 6], same.call(x).shape);
        // An even kernel needs three more rows and columns: one before, two behind.
        Check.Close(Slow(F.pad(x, [1, 2, 1, 2], mode), same.weight, same.bias!, [1, 1], [0, 0], [1, 1], 1, out _), same.call(x));
        using var valid = nn.Conv2d(2, 3, 4, Padding.Valid, padding_mode: mode).to(float64).to(TestDevice.Current);
        Assert.Equal([2, 3, 2, 3], valid.call(x).shape);
        Assert.Throws<ArgumentException>(() => m.call(ones(1, 3, 5, 6)));
    }

    [Fact]
    public void Modules_in_one_and_three_dimensions_and_transposed_equal_their_functions()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Check.Random(1, 2, 4, 9), Check.Random(2, 2, 4, 5, 5, 5));
        using var c1 = nn.Conv1d(4, 6, 3, stride: 2, padding: 1, dilation: 2, groups: 2).to(float64);
        using var c3 = nn.Conv3d(4, 2, (3, 2, 1), stride: (2, 1, 1), padding: (1, 0, 1)).to(float64);
        if (TestDevice.Current.type == DeviceType.CUDA) { c1.cuda(); c3.cuda(); }
        Check.Close(Slow(a, c1.weight, c1.bias!, [2], [1], [2], 2, out _), c1.call(a));
        Check.Close(Slow(b, c3.weight, c3.bias!, [2, 1, 1], [1, 0, 1], [1, 1, 1], 1, out _), c3.call(b));
        using var t = nn.ConvTranspose2d(4, 2, 3, stride: 2, padding: 1).to(float64).to(TestDevice.Current);
        var x = Check.Random(3, 1, 4, 3, 3);
        Assert.Equal([1, 2, 5, 5], t.call(x).shape);
        Assert.Equal([1, 2, 6, 6], t.forward(x, [6, 6]).shape);
        Check.Close(SlowTransposed(x, t.weight, t.bias!, [2, 2], [1, 1], [1, 1], [1, 1], 1, out _), t.forward(x, [6, 6]));
        Assert.Throws<ArgumentException>(() => t.forward(x, [7, 7]));
    }

    [Fact]
    public void Initial_weights_are_drawn_as_PyTorch_draws_them()
    {
        manual_seed(3);
        using var m = nn.Conv2d(4, 8, 3);
        // kaiming_uniform with a = sqrt(5): both bounds are 1 / sqrt(fan in).
        manual_seed(3);
        using var weight = (rand(8, 4, 3, 3) * 2 - 1) / 6;
        using var bias = (rand(8) * 2 - 1) / 6;
        Assert.True(m.weight.allclose(weight, 1e-5, 1e-6));
        Assert.True(m.bias!.allclose(bias, 1e-5, 1e-6));
    }

    [Fact]
    public void Unfold_is_the_matrix_of_a_convolution_and_fold_its_transpose()
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, 2, 3, 6, 5);
        var w = Check.Random(2, 4, 3, 3, 2);
        var columns = F.unfold(x, (3, 2), stride: (2, 1), padding: (1, 0));
        var y = F.conv2d(x, w, strides: [2, 1], padding: [1, 0]);
        Check.Close(Check.Values(y), w.view(4, -1).matmul(columns).view(y.shape), 1e-12);
        // <unfold(x), c> = <x, fold(c)>
        var c = Check.Random(3, columns.shape);
        var back = F.fold(c, (6, 5), (3, 2), stride: (2, 1), padding: (1, 0));
        Assert.Equal((columns * c).sum().ToDouble(), (x * back).sum().ToDouble(), 10);
    }
}
