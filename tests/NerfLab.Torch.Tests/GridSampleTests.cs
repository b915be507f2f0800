using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace NerfLab.Torch.Tests;

public class GridSampleTests
{
    static double Unnormalised(double x, long size, bool align) => align ? (x + 1) / 2 * (size - 1) : ((x + 1) * size - 1) / 2;

    static double Reflected(double x, double low, double high)
    {
        if (low == high) return 0;
        double span = high - low, away = Math.Abs(x - low);
        double extra = away % span;
        return Math.Floor(away / span) % 2 == 0 ? low + extra : high - extra;
    }

    /// <summary>grid_sample in any number of dimensions by loops over the corners.</summary>
    static double[] Slow(Tensor input, Tensor grid, GridSampleMode mode, GridSamplePaddingMode padding, bool align)
    {
        var (x, g) = (Check.Values(input), Check.Values(grid));
        var (xs, gs) = (input.shape, grid.shape);
        int d = xs.Length - 2;
        long[] outShape = [xs[0], xs[1], .. gs[1..^1]];
        var y = new List<double>();
        foreach (var at in ConvTests.Indices(outShape))
        {
            long point = ConvTests.Flat([at[0], .. at[2..]], gs[..^1]);
            var p = new double[d];
            for (int i = 0; i < d; i++)
            {
                // The grid's last dimension is x, y, z: the input's last dimension first.
                long size = xs[2 + i];
                double u = Unnormalised(g[point * d + d - 1 - i], size, align);
                if (padding == GridSamplePaddingMode.Reflection) u = align ? Reflected(u, 0, size - 1) : Reflected(u, -0.5, size - 0.5);
                if (padding != GridSamplePaddingMode.Zeros) u = Math.Clamp(u, 0, size - 1);
                p[i] = u;
            }
            double Value(long[] q) => Enumerable.Range(0, d).All(i => q[i] >= 0 && q[i] < xs[2 + i]) ? x[ConvTests.Flat([at[0], at[1], .. q], xs)] : 0;
            if (mode == GridSampleMode.Nearest)
            {
                y.Add(Value([.. p.Select(u => (long)Math.Round(u, MidpointRounding.ToEven))]));
                continue;
            }
            double sum = 0;
            for (int corner = 0; corner < 1 << d; corner++)
            {
                double weight = 1;
                var q = new long[d];
                for (int i = 0; i < d; i++)
                {
                    double floor = Math.Floor(p[i]);
                    bool upper = (corner >> i & 1) == 1;
                    q[i] = (long)floor + (upper ? 1 : 0);
                    weight *= upper ? p[i] - floor : 1 - (p[i] - floor);
                }
                sum += weight * Value(q);
            }
            y.Add(sum);
        }
        return [.. y];
    }

    public static TheoryData<int, GridSampleMode, GridSamplePaddingMode, bool> Cases()
    {
        var cases = new TheoryData<int, GridSampleMode, GridSamplePaddingMode, bool>();
        foreach (int d in new[] { 2, 3 })
            foreach (var mode in Enum.GetValues<GridSampleMode>())
                foreach (var padding in Enum.GetValues<GridSamplePaddingMode>())
                    foreach (bool align in new[] { false, true })
                        cases.Add(d, mode, padding, align);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Samples_equal_loops_over_the_corners(int d, GridSampleMode mode, GridSamplePaddingMode padding, bool align)
    {
        using var scope = NewDisposeScope();
        var x = Check.Random(1, [2, 3, .. new long[] { 4, 5, 3 }[..d]]);
        // Points inside and far outside.
        var grid = Check.Random(2, [2, .. new long[] { 3, 4, 2 }[..d], d]) * 1.2;
        var y = F.grid_sample(x, grid, mode, padding, align);
        Check.Close(Slow(x, grid, mode, padding, align), y);
        if (mode == GridSampleMode.Bilinear) Check.Gradients(t => F.grid_sample(t[0], t[1], mode, padding, align), x[..1], grid[..1]);
    }

    [Fact]
    public void Align_corners_is_off_when_it_is_not_said()
    {
        using var scope = NewDisposeScope();
        var (x, grid) = (Check.Random(1, 1, 1, 4, 4), Check.Random(2, 1, 3, 3, 2));
        Assert.Equal(Check.Values(F.grid_sample(x, grid, align_corners: false)), Check.Values(F.grid_sample(x, grid)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_affine_grid_is_the_map_of_the_pixels(bool align)
    {
        using var scope = NewDisposeScope();
        var theta = Check.Random(1, 2, 2, 3);
        var grid = F.affine_grid(theta, [2, 1, 3, 4], align);
        var expected = new List<double>();
        var t = Check.Values(theta);
        for (int n = 0; n < 2; n++)
            for (int row = 0; row < 3; row++)
                for (int column = 0; column < 4; column++)
                {
                    double u = align ? 2.0 * column / 3 - 1 : (2.0 * column + 1) / 4 - 1, v = align ? 2.0 * row / 2 - 1 : (2.0 * row + 1) / 3 - 1;
                    for (int k = 0; k < 2; k++) expected.Add(t[n * 6 + k * 3] * u + t[n * 6 + k * 3 + 1] * v + t[n * 6 + k * 3 + 2]);
                }
        Check.Close([.. expected], grid);
        // The identity resamples an image to itself.
        var same = tensor(new double[] { 1, 0, 0, 0, 1, 0 }, [1, 2, 3], device: TestDevice.Current);
        var x = Check.Random(2, 1, 2, 5, 6);
        Check.Close(Check.Values(x), F.grid_sample(x, F.affine_grid(same, [1, 2, 5, 6], align), padding_mode: GridSamplePaddingMode.Border, align_corners: align));
    }
}
