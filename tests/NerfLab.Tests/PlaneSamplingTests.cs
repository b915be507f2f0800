using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>The sampling equation of planes and lines against slow loops, and what regularisers make of them.</summary>
public class PlaneSamplingTests
{
    public static TheoryData<bool, PlanePadding> Conventions => new MatrixTheoryData<bool, PlanePadding>([false, true], [PlanePadding.Zeros, PlanePadding.Border]);

    /// <summary>The equation of the documentation, texel by texel; where the texel is outside, the padding decides.</summary>
    static double Slow(Func<int, double> texel, int n, double c, PlaneConvention convention)
    {
        double i = convention.AlignCorners ? (c + 1) / 2 * (n - 1) : ((c + 1) * n - 1) / 2;
        int low = (int)double.Floor(i);
        double t = i - low;
        return (1 - t) * At(low) + t * At(low + 1);

        double At(int k) => k >= 0 && k < n ? texel(k) : convention.Padding == PlanePadding.Zeros ? 0 : texel(int.Clamp(k, 0, n - 1));
    }

    // Corners, edges, texel middles, and places beyond the boundary, as well as anything.
    static Tensor Places()
    {
        using var random = new Generator(3);
        double[] special = [-1, 1, 0, 0.5, -0.999999, 1.3, -1.2, 3];
        var fixedPlaces = special.SelectMany(a => special.SelectMany(b => new[] { a, b, -a })).ToArray();
        return cat([tensor(fixedPlaces).view(-1, 3), rand([50, 3], float64, generator: random) * 2.4 - 1.2]);
    }

    [Theory, MemberData(nameof(Conventions))]
    public void PlanesAreSampledAsTheEquationSays(bool align, PlanePadding padding)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var convention = new PlaneConvention(align, padding);
        PlaneAxes[] axes = [new(0, 1), new(2, 0), new(1, 2)];
        var planes = randn([3, 2, 5, 4], float64, generator: random); // taller than wide: exchanged axes would be seen
        var x = Places();
        var sampled = Planes.Bilinear(planes, x, axes, convention);
        Assert.Equal([3, x.shape[0], 2], sampled.shape);
        var (p, at, got) = (planes.data<double>().ToArray(), x.data<double>().ToArray(), sampled.contiguous().data<double>().ToArray());
        int n = (int)x.shape[0];
        for (int m = 0; m < 3; m++)
            for (int i = 0; i < n; i++)
                for (int c = 0; c < 2; c++)
                {
                    double expected = Slow(row => Slow(column => p[((m * 2 + c) * 5 + row) * 4 + column], 4, at[i * 3 + axes[m].Across], convention), 5, at[i * 3 + axes[m].Down], convention);
                    Assert.Equal(expected, got[(m * n + i) * 2 + c], 1e-9);
                }
    }

    [Theory, MemberData(nameof(Conventions))]
    public void LinesAreSampledAsTheEquationSays(bool align, PlanePadding padding)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var convention = new PlaneConvention(align, padding);
        int[] axes = [2, 1, 0];
        var lines = randn([3, 2, 6], float64, generator: random);
        var x = Places();
        var (l, at, got) = (lines.data<double>().ToArray(), x.data<double>().ToArray(), Planes.Linear(lines, x, axes, convention).contiguous().data<double>().ToArray());
        int n = (int)x.shape[0];
        for (int m = 0; m < 3; m++)
            for (int i = 0; i < n; i++)
                for (int c = 0; c < 2; c++)
                    Assert.Equal(Slow(k => l[(m * 2 + c) * 6 + k], 6, at[i * 3 + axes[m]], convention), got[(m * n + i) * 2 + c], 1e-9);
    }

    [Fact]
    public void ALineChangesWithItsOwnCoordinateOnly()
    {
        // The trap that ZeroRF's release fell into: with the coordinate in the wrong place every line varies along x.
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var lines = randn([3, 1, 8], generator: random);
        var here = tensor(new[] { 0.1f, -0.3f, 0.4f }).view(1, 3);
        var before = Planes.Linear(lines, here, [0, 1, 2], default).flatten();
        for (int axis = 0; axis < 3; axis++)
        {
            var moved = here.clone();
            moved[0, axis] += 0.2f;
            var change = (Planes.Linear(lines, moved, [0, 1, 2], default).flatten() - before).abs();
            for (int line = 0; line < 3; line++) Assert.Equal(line == axis, change[line].ToDouble() > 1e-3);
        }
    }

    [Fact]
    public void AggregationIsSumMeanProductOrSideBySideWithThePlaneFastest()
    {
        using var scope = NewDisposeScope();
        var features = tensor(new[] { 1f, 2, 10, 20, 100, 200 }).view(3, 1, 2); // three planes, one point, two channels
        Assert.Equal([111f, 222], Planes.Aggregate(features, PlaneAggregation.Sum).data<float>().ToArray());
        Assert.Equal([37f, 74], Planes.Aggregate(features, PlaneAggregation.Mean).data<float>().ToArray());
        Assert.Equal([1000f, 8000], Planes.Aggregate(features, PlaneAggregation.Product).data<float>().ToArray());
        Assert.Equal([1f, 10, 100, 2, 20, 200], Planes.Aggregate(features, PlaneAggregation.Concat).data<float>().ToArray());
    }

    [Fact]
    public void AxesAreReadFromText()
    {
        Assert.Equal([new PlaneAxes(0, 1), new(0, 2), new(2, 0)], PlaneAxes.Parse("xy xz zx"));
        foreach (var wrong in new[] { "", "xx", "xyz", "xy,xz", "xw" }) Assert.Contains("axes", Assert.Throws<BadInputException>(() => PlaneAxes.Parse(wrong)).Message);
    }

    [Fact]
    public void LatticesHaveCubicVoxels()
    {
        Assert.Equal([300, 300, 300], Planes.Resolutions(Box.Cube(1.5f), 300));
        // 2 x 1 x 4: the side of a voxel is 2/8, so 8, 4 and 16 of them.
        Assert.Equal([8, 4, 16], Planes.Resolutions(new Box(new(0, 0, 0), new(2, 1, 4)), 8));
        Assert.Equal(2, Planes.Resolutions(new Box(new(0, 0, 0), new(1, 1e-3f, 1)), 4)[1]);
    }

    [Fact]
    public void TheTotalVariationOfARampIsTwiceTheSumOfItsSquaredSlopes()
    {
        using var scope = NewDisposeScope();
        var ramp = arange(5, float64).view(1, 5, 1) * 0.5 + arange(7, float64).view(1, 1, 7) * -2 + tensor(new[] { 0.0, 9 }).view(2, 1, 1);
        Assert.Equal(2 * (0.25 + 4), Planes.TotalVariation(ramp).ToDouble(), 1e-12);
        Assert.Equal(2 * 9.0, Planes.TotalVariation(arange(4, float64).view(1, 4) * 3).ToDouble(), 1e-12);
        Assert.Equal(0, Planes.TotalVariation(ones(2, 1)).ToDouble());
    }

    [Fact]
    public void OverlapIsTheMeanMagnitudeOfTheProductsOfDifferentComponents()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, Planes.Overlap(eye(3, 3)).ToDouble());
        // (1,1)·(2,1) = 3, (1,1)·(-1,1) = 0, (2,1)·(-1,1) = -1.
        Assert.Equal(4 / 3.0, Planes.Overlap(tensor(new[] { 1f, 1, 2, 1, -1, 1 }).view(3, 2)).ToDouble(), 1e-6);
        Assert.Equal(0, Planes.Overlap(ones(1, 4)).ToDouble());
    }
}
