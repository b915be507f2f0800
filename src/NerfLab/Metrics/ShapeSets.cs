using System.Numerics;

namespace NerfLab.Metrics;

/// <summary>How alike two sets of shapes are, every shape a set of points: what generators of shapes are measured by.</summary>
/// <remarks>
/// All measures come from one table of distances between shapes, here the squared Chamfer distance
/// (<see cref="PointMetrics.SquaredChamfer"/>). Use equally many points on every shape: the distance falls with their number.
/// </remarks>
public static class ShapeSets
{
    /// <summary>The distance of every shape to every shape of another set.</summary>
    /// <param name="a">At least one shape, each with at least one point.</param>
    /// <param name="b">The same.</param>
    /// <returns>[a, b].</returns>
    public static double[,] Distances(IReadOnlyList<Vector3[]> a, IReadOnlyList<Vector3[]> b)
    {
        NearestPoints[] treesA = [.. a.Select(p => new NearestPoints(p))], treesB = ReferenceEquals(a, b) ? treesA : [.. b.Select(p => new NearestPoints(p))];
        var distances = new double[a.Count, b.Count];
        Parallel.For(0, a.Count * b.Count, pair =>
        {
            var (i, j) = int.DivRem(pair, b.Count);
            if (!ReferenceEquals(treesA[i], treesB[j])) distances[i, j] = MeanSquare(treesB[j], a[i]) + MeanSquare(treesA[i], b[j]);
        });
        return distances;

        static double MeanSquare(NearestPoints tree, Vector3[] places)
        {
            double sum = 0;
            foreach (var place in places) sum += tree.Find(place).SquaredDistance;
            return sum / places.Length;
        }
    }

    /// <summary>Coverage: the share of the reference shapes that are the nearest one to some generated shape.</summary>
    /// <remarks>Achlioptas et al. 2018, section 3.</remarks>
    /// <param name="generatedToReference">[G,R], distances.</param>
    /// <returns>0 to 1.</returns>
    public static double Coverage(double[,] generatedToReference) =>
        Enumerable.Range(0, Rows(generatedToReference)).Select(g => Nearest(Columns(generatedToReference), r => generatedToReference[g, r])).Distinct().Count() / (double)Columns(generatedToReference);

    /// <summary>Minimum matching distance: the mean distance from a reference shape to the nearest generated one.</summary>
    /// <remarks>Achlioptas et al. 2018, section 3.</remarks>
    /// <param name="generatedToReference">[G,R], distances.</param>
    public static double MinimumMatchingDistance(double[,] generatedToReference) =>
        Enumerable.Range(0, Columns(generatedToReference)).Average(r => Enumerable.Range(0, Rows(generatedToReference)).Min(g => generatedToReference[g, r]));

    /// <summary>1-nearest-neighbour accuracy: how often the shape nearest to one is of the same set; 1/2 is best, 1 where the sets have nothing in common.</summary>
    /// <remarks>Lopez-Paz and Oquab 2017; for shapes Yang et al. 2019, equation 12. Every shape is left out of its own search.</remarks>
    /// <param name="withinGenerated">[G,G].</param>
    /// <param name="generatedToReference">[G,R].</param>
    /// <param name="withinReference">[R,R].</param>
    /// <returns>0 to 1.</returns>
    public static double NearestNeighborAccuracy(double[,] withinGenerated, double[,] generatedToReference, double[,] withinReference)
    {
        int generated = Rows(generatedToReference), all = generated + Columns(generatedToReference);
        if (Rows(withinGenerated) != generated || Rows(withinReference) != all - generated) throw new ArgumentException($"tables of [{Rows(withinGenerated)},..], [{generated},{all - generated}] and [{Rows(withinReference)},..] do not belong together");
        return Enumerable.Range(0, all).Count(i => Nearest(all, j => i == j ? double.PositiveInfinity : Distance(i, j)) < generated == i < generated) / (double)all;

        double Distance(int i, int j) => (i < generated, j < generated) switch
        {
            (true, true) => withinGenerated[i, j],
            (true, false) => generatedToReference[i, j - generated],
            (false, true) => generatedToReference[j, i - generated],
            _ => withinReference[i - generated, j - generated],
        };
    }

    static int Rows(double[,] table) => table.GetLength(0);

    static int Columns(double[,] table) => table.GetLength(1);

    static int Nearest(int count, Func<int, double> distance) => Enumerable.Range(0, count).MinBy(distance);
}
