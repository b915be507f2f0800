using System.Numerics;
using NerfLab.Geometry;

namespace NerfLab.Exports;

/// <summary>The surface of a field as a mesh.</summary>
public static class FieldMesh
{
    const int Halvings = 5;

    /// <summary>Extracts the surface on which the field has one density.</summary>
    /// <remarks>
    /// <see cref="IsoSurface"/> finds between which samples it passes. Densities rise steeply, so that interpolating between samples would miss: each
    /// corner is moved along its edge by five halvings, to 1/64 of a cell. Normals run against the gradient of density. Colours are what a viewer sees who looks
    /// against the normal.
    /// </remarks>
    /// <param name="field">Asked at world points.</param>
    /// <param name="box">Where; the surface is closed where it meets the boundary.</param>
    /// <param name="threshold">Density per world unit, above 0.</param>
    /// <param name="resolution">Samples along the longest side of the box, at least 2.</param>
    /// <param name="largest">Keep the largest connected piece alone.</param>
    /// <param name="filled">Points that count as dense whatever the field says, or null: what no camera sees is best taken for solid, because nothing was learned there.</param>
    /// <param name="progress">Told which share of the samples is done, 0 to 1.</param>
    /// <exception cref="BadInputException">The density is nowhere as large as the threshold.</exception>
    public static Mesh Extract(FieldPoints field, Box box, float threshold, int resolution, bool largest = false, Func<Vector3, bool>? filled = null, Action<double>? progress = null)
    {
        float cell = CellOf(box, resolution);
        var samples = (X: Samples(box.Size.X), Y: Samples(box.Size.Y), Z: Samples(box.Size.Z));
        var points = new Vector3[samples.Y * samples.Z];
        float most = 0;
        var surface = IsoSurface.Extract(box, samples, threshold, (x, values) =>
        {
            var step = box.Size / new Vector3(samples.X - 1, samples.Y - 1, samples.Z - 1);
            for (int i = 0; i < points.Length; i++) points[i] = box.Min + step * new Vector3(x, i / samples.Z, i % samples.Z);
            Densities(points).CopyTo(values, 0);
            most = float.Max(most, values.Max());
            progress?.Invoke((x + 1.0) / samples.X);
        });
        if (surface.Mesh.TriangleCount == 0) throw new BadInputException(FormattableString.Invariant($"threshold {threshold}: the density is nowhere as large, {most:0.###} is the largest that was found; a smaller threshold is expected"));

        var mesh = new Mesh(Refined(Densities, surface, threshold), surface.Mesh.Triangles);
        if (largest) mesh = Components.Largest(mesh);
        var normals = field.Normals(mesh.Positions, cell / 2);
        var flat = FaceNormals(mesh); // where density is the same all around
        for (int i = 0; i < normals.Length; i++) if (normals[i] == Vector3.Zero) normals[i] = flat[i];
        return mesh with { Normals = normals, Colors = field.Colors(mesh.Positions, [.. normals.Select(n => -n)]) };

        float[] Densities(Vector3[] at)
        {
            var density = field.Densities(at);
            if (filled is not null) Parallel.For(0, at.Length, i => { if (filled(at[i])) density[i] = float.MaxValue; });
            return density;
        }

        int Samples(float side) => int.Max(2, (int)MathF.Round(side / cell) + 1);
    }

    /// <summary>The distance between samples when <paramref name="resolution"/> of them lie along the longest side of a box.</summary>
    public static float CellOf(Box box, int resolution) => float.Max(box.Size.X, float.Max(box.Size.Y, box.Size.Z)) / (resolution - 1);

    static Vector3[] Refined(Func<Vector3[], float[]> densities, IsoSurface surface, float threshold)
    {
        var (inside, outside) = (surface.Inside, surface.Outside);
        var middle = new Vector3[inside.Length];
        for (int n = 0; n <= Halvings; n++)
        {
            for (int i = 0; i < middle.Length; i++) middle[i] = (inside[i] + outside[i]) / 2;
            if (n == Halvings) break;
            var density = densities(middle);
            for (int i = 0; i < middle.Length; i++) (density[i] >= threshold ? inside : outside)[i] = middle[i];
        }
        return middle;
    }

    /// <summary>Means of the normals of the triangles around each corner, weighted by area.</summary>
    static Vector3[] FaceNormals(Mesh mesh)
    {
        var sums = new Vector3[mesh.Positions.Length];
        for (int t = 0; t < mesh.TriangleCount; t++)
        {
            var (a, b, c) = mesh.Corners(t);
            var normal = Vector3.Cross(b - a, c - a);
            for (int k = 0; k < 3; k++) sums[mesh.Triangles[3 * t + k]] += normal;
        }
        return [.. sums.Select(s => s.LengthSquared() > 0 ? Vector3.Normalize(s) : Vector3.UnitZ)];
    }
}
