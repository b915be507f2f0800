using System.Numerics;
using NerfLab.Geometry;
using NerfLab.Procedural;

namespace NerfLab.Data;

/// <summary>Meshes as scenes: cameras all around, daylight, and the coordinates of the file.</summary>
public static class MeshScene
{
    private const float Degrees = 39.5f;

    /// <summary>Reads a mesh and puts cameras around it.</summary>
    /// <remarks>Up is y in <c>.obj</c> and <c>.glb</c> files, z in others. Nothing is scaled or turned.</remarks>
    /// <param name="path">A file that <see cref="MeshFile"/> reads.</param>
    /// <exception cref="BadInputException">The file cannot be used.</exception>
    public static GeneratedScene Read(string path)
    {
        var up = Path.GetExtension(path).ToLowerInvariant() is ".obj" or ".glb" ? Vector3.UnitY : Vector3.UnitZ;
        try
        {
            return Of(Path.GetFileNameWithoutExtension(path), MeshFile.Read(path), up);
        }
        catch (BadInputException e) when (!e.Message.StartsWith(path, StringComparison.Ordinal) && e.Message.StartsWith("the mesh", StringComparison.Ordinal))
        {
            throw new BadInputException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>A mesh with cameras around it, as near as they may be to have all of it in the picture.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="mesh">The mesh, with at least one triangle.</param>
    /// <param name="up">Where up is; unit length.</param>
    /// <param name="material">Its surface where the mesh has no colours; null for grey.</param>
    /// <exception cref="BadInputException">The mesh has no triangles or no size.</exception>
    public static GeneratedScene Of(string name, Mesh mesh, Vector3 up, Material? material = null)
    {
        var tracer = new MeshTracer(mesh, Lighting.Daylight(up), material);
        var middle = tracer.Bounds.Center;
        var radius = MathF.Sqrt(mesh.Triangles.Max(i => (mesh.Positions[i] - middle).LengthSquared()));
        var cameras = new AroundCameras(Distance: 1.03f * radius / MathF.Sin(Degrees / 2 * MathF.PI / 180), Low: -0.35f, High: 0.95f) { Target = middle, Up = up, Size = 200, Degrees = Degrees };
        return new GeneratedScene(name, tracer, cameras);
    }
}
