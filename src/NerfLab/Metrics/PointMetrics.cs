using System.Numerics;
using System.Runtime.InteropServices;

namespace NerfLab.Metrics;

/// <summary>How far apart two sets of points are: a surface and the truth, both as points on them.</summary>
/// <param name="Accuracy">Mean distance from a point to the nearest of the truth.</param>
/// <param name="Completeness">Mean distance from a point of the truth to the nearest one.</param>
/// <param name="SquaredChamfer">Mean squared distance from here to the truth plus the same from there: in squared units.</param>
/// <param name="Precision">Share of the points within the threshold of the truth.</param>
/// <param name="Recall">Share of the truth within the threshold of the points.</param>
/// <param name="Threshold">In units of the coordinates.</param>
public sealed record PointMetrics(double Accuracy, double Completeness, double SquaredChamfer, double Precision, double Recall, double Threshold)
{
    /// <summary>The Chamfer distance of lengths: the mean of <see cref="Accuracy"/> and <see cref="Completeness"/>, in units of the coordinates.</summary>
    /// <remarks>
    /// Mescheder et al. 2019 ("Chamfer-L1"). The other convention, Fan et al. 2017 and Achlioptas et al. 2018, adds the mean squares
    /// of both directions: <see cref="SquaredChamfer"/>. Neither is divided by the size of anything.
    /// </remarks>
    public double Chamfer => (Accuracy + Completeness) / 2;

    /// <summary>The harmonic mean of <see cref="Precision"/> and <see cref="Recall"/>, 0 to 1; 0 where both are 0.</summary>
    /// <remarks>Knapitsch et al. 2017, equation 5.</remarks>
    public double FScore => Precision + Recall > 0 ? 2 * Precision * Recall / (Precision + Recall) : 0;

    /// <summary>Compares points with the truth.</summary>
    /// <param name="points">At least one, finite.</param>
    /// <param name="truth">At least one, finite.</param>
    /// <param name="threshold">Of the F-score, in units of the coordinates, at least 0; a point at this very distance counts.</param>
    public static PointMetrics Of(Vector3[] points, Vector3[] truth, double threshold)
    {
        if (!(threshold >= 0)) throw new ArgumentException($"{nameof(threshold)}: at least 0 is expected, got {threshold}");
        float[] there = new NearestPoints(truth).Distances(points), back = new NearestPoints(points).Distances(truth);
        return new PointMetrics(there.Average(d => (double)d), back.Average(d => (double)d), MeanSquare(there) + MeanSquare(back), Within(there), Within(back), threshold);

        double Within(float[] distances) => distances.Count(d => d <= threshold) / (double)distances.Length;
    }

    /// <summary>The rows of a tensor as points.</summary>
    /// <param name="points">[N,3].</param>
    public static Vector3[] Points(Tensor points)
    {
        using var scope = torch.NewDisposeScope();
        return MemoryMarshal.Cast<byte, Vector3>(Guard.Shape(points, [-1, 3]).detach().to(torch.float32).cpu().contiguous().bytes).ToArray();
    }

    static double MeanSquare(float[] distances) => distances.Average(d => (double)d * d);
}
