using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Positional encoding, spherical harmonics and hash grids: sizes, golden values, slow oracles, adjoints.</summary>
public class EncodingTests
{
    [Fact]
    public void PositionalEncodingHasThePapersSizes()
    {
        Assert.Equal(63, PositionalEncoding.Size(10));
        Assert.Equal(27, PositionalEncoding.Size(4));
    }

    [Fact]
    public void PositionalEncodingIsSinesThenCosinesPerFrequency()
    {
        using var scope = NewDisposeScope();
        float[] p = [0.3f, -0.7f, 1.1f];
        var encoded = PositionalEncoding.Encode(tensor(p, [1, 3]), 3).data<float>().ToArray();
        var expected = new List<float>(p);
        for (int k = 0; k < 3; k++)
        {
            expected.AddRange(p.Select(x => MathF.Sin(MathF.Pow(2, k) * x)));
            expected.AddRange(p.Select(x => MathF.Cos(MathF.Pow(2, k) * x)));
        }
        Assert.Equal(expected.Count, encoded.Length);
        for (int i = 0; i < encoded.Length; i++) Assert.Equal(expected[i], encoded[i], 1e-5f);
        Assert.Equal(p, PositionalEncoding.Encode(tensor(p, [1, 3]), 0).data<float>().ToArray());
    }

    [Fact]
    public void SphericalHarmonicsAreOrthonormal()
    {
        // Quadrature over the sphere: Gauss-Legendre in z would be exact; a fine midpoint rule in (z, φ) is enough.
        using var scope = NewDisposeScope();
        const int Nz = 400, Nphi = 64;
        var z = (arange(Nz, float64) + 0.5) / Nz * 2 - 1;
        var phi = (arange(Nphi, float64) + 0.5) / Nphi * (2 * double.Pi);
        var r = sqrt(1 - z * z).unsqueeze(1);
        var d = stack([r * cos(phi), r * sin(phi), z.unsqueeze(1).expand(Nz, Nphi)], -1).reshape(-1, 3);
        var basis = SphericalHarmonics.Encode(d, 4);
        var gram = basis.t().mm(basis) * (4 * double.Pi / (Nz * Nphi));
        Assert.True((gram - eye(16, dtype: float64)).abs().max().ToDouble() < 1e-4);
    }

    [Fact]
    public void SphericalHarmonicsOfADegreeOutOfRangeAreRefused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => SphericalHarmonics.Encode(zeros(1, 3), 5));
    }

    [Theory]
    [InlineData(1, 2, 3, 2892625372, 1500, 13788, 128476)]
    [InlineData(100, 200, 300, 3655970992, 176, 12464, 110768)]
    [InlineData(7, 0, 5, 4027299310, 1518, 13806, 243182)]
    public void TheHashHasTheCardsValues(int x, int y, int z, long whole, long mod12, long mod14, long mod19)
    {
        using var scope = NewDisposeScope();
        Assert.Equal((uint)whole, HashGrid.Hash((uint)x, (uint)y, (uint)z));
        foreach (var (bits, expected) in new[] { (12, mod12), (14, mod14), (19, mod19) })
        {
            // One level that is too fine for its table, so that it is hashed.
            var layout = new HashGridLayout(1, 2, bits, 2048, 2048);
            Assert.False(layout.IsDense(0));
            Assert.Equal(expected, HashGrid.Rows(tensor(new long[] { x, y, z }), layout, 0).ToInt64());
        }
    }

    [Fact]
    public void LevelsHaveThePapersResolutions()
    {
        var paper = new HashGridLayout(16, 2, 19, 16, 2048);
        Assert.Equal(1.3819129, paper.Growth, 1e-6);
        Assert.Equal([16, 22, 30, 42, 58, 80, 111, 153, 212, 294, 406, 561, 776, 1072, 1482, 2048], paper.Resolutions);
        Assert.Equal(5, Enumerable.Range(0, 16).Count(paper.IsDense));
        Assert.Equal(2.0, new HashGridLayout(8, 4, 19, 16, 2048).Growth, 1e-12);
    }

    [Fact]
    public void ADenseLevelGivesEveryCornerARowOfItsOwn()
    {
        using var scope = NewDisposeScope();
        var layout = new HashGridLayout(2, 1, 14, 5, 11);
        for (int level = 0; level < 2; level++)
        {
            long side = layout.Resolutions[level] + 1;
            var axis = arange(side, int64);
            var grid = stack([.. meshgrid([axis, axis, axis])], -1).reshape(-1, 3);
            var rows = HashGrid.Rows(grid, layout, level).data<long>().ToArray();
            Assert.Equal(side * side * side, rows.Distinct().Count());
            Assert.Equal(layout.FirstRows[level], rows.Min());
            Assert.Equal(layout.FirstRows[level + 1] - 1, rows.Max());
        }
    }

    [Fact]
    public void AnEncodedCornerIsItsTableRow()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var layout = new HashGridLayout(1, 3, 12, 8, 8);
        var table = rand([layout.FirstRows[^1], 3], generator: random);
        var corner = tensor(new long[,] { { 0, 0, 0 }, { 3, 5, 1 }, { 8, 8, 8 }, { 8, 0, 4 } });
        var encoded = HashGrid.Encode(corner.to(float32) / 8, table, layout);
        var rows = table.index_select(0, HashGrid.Rows(corner, layout, 0));
        Assert.True((encoded - rows).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void EncodingEqualsASlowLoop()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        var layout = new HashGridLayout(5, 2, 9, 4, 40);
        Assert.Contains(Enumerable.Range(0, 5), l => !layout.IsDense(l));
        var table = rand([layout.FirstRows[^1], 2], float64, generator: random);
        var x = rand([50, 3], float64, generator: random);
        var encoded = HashGrid.Encode(x, table, layout);
        var (points, rows, result) = (x.data<double>().ToArray(), table.data<double>().ToArray(), encoded.data<double>().ToArray());
        for (int n = 0; n < 50; n++)
        {
            for (int l = 0; l < 5; l++)
            {
                int resolution = layout.Resolutions[l];
                double[] sum = [0, 0];
                for (int corner = 0; corner < 8; corner++)
                {
                    double weight = 1;
                    var c = new long[3];
                    for (int axis = 0; axis < 3; axis++)
                    {
                        double u = points[n * 3 + axis] * resolution;
                        long cell = long.Min((long)u, resolution - 1);
                        int upper = (corner >> axis) & 1;
                        c[axis] = cell + upper;
                        weight *= upper == 1 ? u - cell : 1 - (u - cell);
                    }
                    long side = resolution + 1;
                    long row = layout.FirstRows[l] + (layout.IsDense(l) ? c[0] + side * (c[1] + side * c[2]) : HashGrid.Hash((uint)c[0], (uint)c[1], (uint)c[2]) % layout.TableSize);
                    for (int f = 0; f < 2; f++) sum[f] += weight * rows[row * 2 + f];
                }
                for (int f = 0; f < 2; f++) Assert.Equal(sum[f], result[n * 10 + l * 2 + f], 1e-9);
            }
        }
    }

    [Fact]
    public void TheBackwardOfTheTableIsTheAdjointOfTheForward()
    {
        // Encoding is linear in the table: <encode(t), g> = <t, grad(g)>. Many points share rows, so collisions must add up.
        using var scope = NewDisposeScope();
        using var random = new Generator(6);
        var layout = new HashGridLayout(3, 2, 6, 4, 32);
        var table = rand([layout.FirstRows[^1], 2], float64, generator: random).requires_grad_();
        var x = rand([500, 3], float64, generator: random);
        var encoded = HashGrid.Encode(x, table, layout);
        var g = rand_like(encoded);
        encoded.backward([g]);
        Assert.Equal((encoded.detach() * g).sum().ToDouble(), (table.detach() * table.grad!).sum().ToDouble(), 1e-8);
    }

    [Fact]
    public void TheGradientOfThePositionIsTheFiniteDifferenceInsideACell()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        var layout = new HashGridLayout(3, 2, 8, 4, 16);
        var table = rand([layout.FirstRows[^1], 2], float64, generator: random);
        var x = (rand([20, 3], float64, generator: random) * 0.8 + 0.1).requires_grad_();
        var direction = rand([20, 3], float64, generator: random) - 0.5;
        HashGrid.Encode(x, table, layout).sum().backward();
        const double H = 1e-7;
        var difference = (HashGrid.Encode(x.detach() + direction * H, table, layout).sum(-1) - HashGrid.Encode(x.detach() - direction * H, table, layout).sum(-1)) / (2 * H);
        var slope = (x.grad! * direction).sum(-1);
        // A point may sit within H of a cell's wall; all but such a one must agree.
        Assert.True(((difference - slope).abs() < 1e-5).sum().ToInt64() >= 19);
    }

    [Fact]
    public void PointsOutsideAreMovedToTheBoundaryAndNoneAtAllAreFine()
    {
        using var scope = NewDisposeScope();
        var layout = new HashGridLayout(2, 2, 8, 4, 8);
        var table = rand(layout.FirstRows[^1], 2);
        var outside = HashGrid.Encode(tensor(new float[,] { { -3, 0.5f, 9 } }), table, layout);
        var boundary = HashGrid.Encode(tensor(new float[,] { { 0, 0.5f, 1 } }), table, layout);
        Assert.True((outside - boundary).abs().max().ToDouble() == 0);
        Assert.Equal([0, 4], HashGrid.Encode(zeros(0, 3), table, layout).shape);
    }
}
