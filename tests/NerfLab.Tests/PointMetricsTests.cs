using System.Numerics;
using NerfLab.Metrics;
using TorchSharp;

namespace NerfLab.Tests;

/// <summary>Measures over points against brute force and figures that can be counted by hand.</summary>
public class PointMetricsTests
{
    private static Vector3[] Cloud(int seed, int count, Func<Random, Vector3> draw)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => draw(random))];
    }

    private static Vector3 Cube(Random r) => new(r.NextSingle(), r.NextSingle(), r.NextSingle());

    private static Vector3 Sphere(Random r)
    {
        var (z, (sin, cos)) = (2 * r.NextSingle() - 1, MathF.SinCos(2 * MathF.PI * r.NextSingle()));
        return new Vector3(MathF.Sqrt(1 - z * z) * cos, MathF.Sqrt(1 - z * z) * sin, z);
    }

    // Uniform, on a sphere, on a line, all on few places, two far clusters, a single point.
    private static readonly Func<Random, Vector3>[] s_kinds =
    [
        Cube, Sphere, r => new Vector3(2, r.NextSingle(), -1), r => new Vector3(r.Next(3), r.Next(2), 0),
        r => Cube(r) * 0.001f + new Vector3(r.Next(2) * 1e4f), _ => new Vector3(1, 2, 3),
    ];

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 8)]
    [InlineData(0, 9)]
    [InlineData(0, 1500)]
    [InlineData(1, 1500)]
    [InlineData(2, 700)]
    [InlineData(3, 700)]
    [InlineData(4, 900)]
    [InlineData(5, 300)]
    public void TheTreeFindsWhatALoopFinds(int kind, int count)
    {
        var points = Cloud(kind, count, s_kinds[kind]);
        var tree = new NearestPoints(points);
        Assert.Equal(count, tree.Count);
        var places = Cloud(99, 300, r => 4 * Cube(r) - new Vector3(2)).Concat(points.Take(50)).ToArray();
        var distances = tree.Distances(places);
        for (int i = 0; i < places.Length; i++)
        {
            var (index, squared) = tree.Find(places[i]);
            Assert.Equal(points.Min(p => Vector3.DistanceSquared(p, places[i])), squared); // to the last bit
            Assert.Equal(squared, Vector3.DistanceSquared(points[index], places[i]));
            Assert.Equal(MathF.Sqrt(squared), distances[i]);
        }
    }

    [Fact]
    public void AHundredThousandPointsAreNoMatter()
    {
        var (a, b) = (Cloud(1, 100_000, s_kinds[1]), Cloud(2, 100_000, s_kinds[1]));
        var metrics = PointMetrics.Of(a, b, 0.01);
        // Between random points of density n the nearest is 1/(2√n) away on average; here n = 100 000 / 4π.
        Assert.Equal(0.5 / double.Sqrt(100_000 / (4 * double.Pi)), metrics.Chamfer, 1e-4);
        Assert.Equal(2 / (double.Pi * (100_000 / (4 * double.Pi))), metrics.SquaredChamfer, 2e-6); // 1/(πn) in each direction
        Assert.Equal(1 - double.Exp(-double.Pi * 1e-4 * 100_000 / (4 * double.Pi)), metrics.FScore, 5e-3);
    }

    [Fact]
    public void EveryFigureIsWhatCountingGives()
    {
        Vector3[] points = [new(0, 0, 0), new(1, 0, 0), new(5, 0, 0)], truth = [new(0, 0, 0), new(1, 0, 2)];
        // Here to there: 0, 1 (to the origin), 2√5; there to here: 0, 2.
        var m = PointMetrics.Of(points, truth, 1);
        Assert.Equal((0 + 1 + double.Sqrt(20)) / 3, m.Accuracy, 1e-6);
        Assert.Equal((0 + 2) / 2.0, m.Completeness, 1e-6);
        Assert.Equal((m.Accuracy + 1) / 2, m.Chamfer, 1e-6);
        Assert.Equal((0 + 1 + 20) / 3.0 + (0 + 4) / 2.0, m.SquaredChamfer, 1e-6);
        Assert.Equal(2 / 3.0, m.Precision, 1e-9); // exactly at the threshold counts
        Assert.Equal(1 / 2.0, m.Recall, 1e-9);
        Assert.Equal(2 * (2 / 3.0) * 0.5 / (2 / 3.0 + 0.5), m.FScore, 1e-9);
        var itself = PointMetrics.Of(points, points, 0);
        Assert.Equal((0.0, 0.0, 1.0), (itself.Chamfer, itself.SquaredChamfer, itself.FScore));
        Assert.Equal(0, PointMetrics.Of([new(0, 0, 0)], [new(9, 0, 0)], 1).FScore);
    }

    [Fact]
    public void PointsThatAreNoneAreRefused()
    {
        Assert.Contains("at least one", Assert.Throws<ArgumentException>(() => PointMetrics.Of([], [Vector3.Zero], 1)).Message);
        Assert.Contains("number 1 is", Assert.Throws<ArgumentException>(() => new NearestPoints([Vector3.Zero, new(float.NaN, 0, 0)])).Message);
        Assert.Throws<ArgumentException>(() => PointMetrics.Of([Vector3.Zero], [Vector3.Zero], double.NaN));
        using var scope = torch.NewDisposeScope();
        Assert.Equal([new Vector3(1, 2, 3), new Vector3(4, 5, 6)], PointMetrics.Points(torch.tensor(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } })));
        Assert.Throws<ArgumentException>(() => PointMetrics.Points(torch.zeros(3, 2)));
    }

    [Fact]
    public void TablesOfShapesHoldTheChamferDistances()
    {
        Vector3[][] a = [Cloud(1, 40, Cube), Cloud(2, 30, s_kinds[1])], b = [Cloud(3, 50, Cube), Cloud(4, 20, s_kinds[1]), Cloud(5, 10, Cube)];
        var table = ShapeSets.Distances(a, b);
        Assert.Equal((2, 3), (table.GetLength(0), table.GetLength(1)));
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 3; j++)
                Assert.Equal(a[i].Average(p => b[j].Min(q => (double)Vector3.DistanceSquared(p, q))) + b[j].Average(p => a[i].Min(q => (double)Vector3.DistanceSquared(p, q))), table[i, j], 1e-9);
        var within = ShapeSets.Distances(a, a);
        Assert.Equal(0, within[1, 1]);
        Assert.Equal(within[0, 1], within[1, 0], 1e-12);
    }

    [Fact]
    public void CoverageAndMatchingAreWhatCountingGives()
    {
        // Generated 0 and 1 are nearest to reference 0, generated 2 to reference 2; reference 1 is nobody's.
        double[,] table = { { 1, 4, 9 }, { 2, 3, 9 }, { 8, 7, 6 } };
        Assert.Equal(2 / 3.0, ShapeSets.Coverage(table), 1e-12);
        Assert.Equal((1 + 3 + 6) / 3.0, ShapeSets.MinimumMatchingDistance(table), 1e-12);
        double[,] square = { { 0, 1, 5 }, { 1, 0, 5 }, { 5, 5, 0 } };
        // With themselves: generated 0 -> generated 1 or reference 0, both at 1: the first wins. All in one list: g0 -> g1 (same), g1 -> g0 (same), g2 -> g0 at 5 (same); r0 -> g0 (1 against 1 of r1: the first, not the same), r1 -> r0 at 1 (same), r2 -> r0 at 5 (same).
        Assert.Equal(5 / 6.0, ShapeSets.NearestNeighborAccuracy(square, table, square), 1e-12);
        Assert.Throws<ArgumentException>(() => ShapeSets.NearestNeighborAccuracy(square, new double[2, 3], square));
    }

    [Fact]
    public void SetsOfOneKindAreHardToTellApartAndOthersEasy()
    {
        Vector3[][] Cubes(int seed) => [.. Enumerable.Range(0, 24).Select(i => Cloud(seed + i, 64, Cube))];
        var (a, b) = (Cubes(0), Cubes(100));
        Vector3[][] far = [.. a.Select(c => c.Select(p => p + new Vector3(3)).ToArray())];
        double Accuracy(Vector3[][] x, Vector3[][] y) => ShapeSets.NearestNeighborAccuracy(ShapeSets.Distances(x, x), ShapeSets.Distances(x, y), ShapeSets.Distances(y, y));
        Assert.InRange(Accuracy(a, b), 0.25, 0.75);
        Assert.Equal(1, Accuracy(a, far));
        Assert.Equal(1, ShapeSets.Coverage(ShapeSets.Distances(a, a)));
        Assert.Equal(0, ShapeSets.MinimumMatchingDistance(ShapeSets.Distances(a, a)));
    }
}
