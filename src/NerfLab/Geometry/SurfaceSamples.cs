using System.Numerics;

namespace NerfLab.Geometry;

/// <summary>Points drawn evenly from a surface.</summary>
/// <param name="Points">Positions, world units.</param>
/// <param name="Normals">The unit normals of the triangles that they lie on.</param>
/// <param name="Triangles">The numbers of these triangles.</param>
public sealed record SurfaceSamples(Vector3[] Points, Vector3[] Normals, int[] Triangles)
{
    /// <summary>Draws points of which every piece of the surface gets as many as its area calls for.</summary>
    /// <remarks>
    /// Osada et al. 2002, Shape Distributions, equation 1: P = (1 - √r₁) A + √r₁ (1 - r₂) B + √r₁ r₂ C is uniform on the triangle ABC. Which
    /// triangle is drawn by a stratified number each: the count on any set of triangles that stand together in the mesh is right to within 1.
    /// </remarks>
    /// <param name="mesh">A mesh with triangles.</param>
    /// <param name="count">Points, at least 1.</param>
    /// <param name="seed">The same number gives the same points.</param>
    /// <exception cref="BadInputException">The mesh has no area.</exception>
    public static SurfaceSamples Of(Mesh mesh, int count, long seed)
    {
        var until = new double[mesh.TriangleCount]; // the area up to and with each triangle
        double area = 0;
        for (int t = 0; t < until.Length; t++) until[t] = area += Area(mesh, t);
        if (!(area > 0 && double.IsFinite(area))) throw new BadInputException($"the mesh has {mesh.TriangleCount} triangles and no area; a surface is expected");

        var samples = new SurfaceSamples(new Vector3[count], new Vector3[count], new int[count]);
        var random = new Random((int)(RandomStream.Seed(seed, 0) & int.MaxValue));
        for (int i = 0; i < count; i++)
        {
            int found = Array.BinarySearch(until, (i + random.NextDouble()) / count * area);
            int t = int.Min(found < 0 ? ~found : found + 1, until.Length - 1); // one without area is never found
            while (t > 0 && until[t] == until[t - 1]) t--;
            var (a, b, c) = mesh.Corners(t);
            float along = MathF.Sqrt(random.NextSingle()), across = random.NextSingle();
            samples.Points[i] = (1 - along) * a + along * (1 - across) * b + along * across * c;
            samples.Normals[i] = Vector3.Normalize(Vector3.Cross(b - a, c - a));
            samples.Triangles[i] = t;
        }
        return samples;
    }

    /// <summary>The area of a mesh, in square world units.</summary>
    public static double Area(Mesh mesh)
    {
        double area = 0;
        for (int t = 0; t < mesh.TriangleCount; t++) area += Area(mesh, t);
        return area;
    }

    static double Area(Mesh mesh, int triangle)
    {
        var (a, b, c) = mesh.Corners(triangle);
        return Vector3.Cross(b - a, c - a).Length() / 2.0;
    }
}
