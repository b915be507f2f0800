using System.Numerics;
using NerfLab.Geometry;
using NerfLab.Metrics;

namespace NerfLab.Recipes;

/// <summary>Two surfaces, or clouds of points, against each other.</summary>
/// <param name="A">The first file.</param>
/// <param name="B">The second, taken for the truth.</param>
/// <param name="PointsA">Points drawn from the first, or those that the cloud has.</param>
/// <param name="PointsB">Points of the second.</param>
/// <param name="Size">The space diagonal of the second's box, in units of the coordinates.</param>
/// <param name="Metrics">The distances; nothing in them is divided by the size.</param>
public sealed record SurfaceComparison(string A, string B, int PointsA, int PointsB, double Size, PointMetrics Metrics)
{
    /// <summary>The least number of points that are drawn from a surface.</summary>
    public const int LeastPoints = 100;

    /// <summary>Compares. From each surface points are drawn evenly, always the same ones; a cloud is taken as it is.</summary>
    /// <param name="a">An OBJ, PLY or GLB file.</param>
    /// <param name="b">The same.</param>
    /// <param name="points">To draw from each surface.</param>
    /// <param name="threshold">Of the F-score, in units of the coordinates; null takes 1 % of <see cref="Size"/>.</param>
    /// <exception cref="BadInputException">A file cannot be read, or holds neither a surface nor points.</exception>
    public static SurfaceComparison Of(string a, string b, int points = 100_000, double? threshold = null)
    {
        var (first, second) = (Points(a, points, 0), Points(b, points, 1));
        double size = new Mesh(second, []).Bounds.Diagonal;
        return new SurfaceComparison(a, b, first.Length, second.Length, size, PointMetrics.Of(first, second, threshold ?? size / 100));
    }

    /// <summary>As indented JSON.</summary>
    public string ToJson() => ResultJson.Write(this);

    static Vector3[] Points(string path, int count, long seed)
    {
        var mesh = MeshFile.Read(path);
        if (mesh.Positions.Length == 0) throw new BadInputException($"{path}: holds no points; a surface or a cloud of points is expected");
        return mesh.TriangleCount == 0 ? mesh.Positions : SurfaceSamples.Of(mesh, count, seed).Points;
    }
}
