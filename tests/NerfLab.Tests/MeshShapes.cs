using System.Numerics;

namespace NerfLab.Tests;

/// <summary>Small meshes with everything that a file can hold.</summary>
internal static class MeshShapes
{
    /// <summary>A picture whose pixels all differ.</summary>
    public static Bitmap Picture(int width = 5, int height = 4, int seed = 1)
    {
        var bitmap = new Bitmap(width, height, 3);
        new Random(seed).NextBytes(bitmap.Samples);
        return bitmap;
    }

    /// <summary>The unit tetrahedron at three corners of the axes.</summary>
    public static Mesh Tetrahedron(bool normals = false, bool colors = false, bool texture = false)
    {
        Vector3[] positions = [new(0, 0, 0), new(1, 0, 0), new(0, 1, 0), new(0, 0, 1)];
        return new Mesh(positions, [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3])
        {
            Normals = normals ? [.. positions.Select(p => Vector3.Normalize(p - new Vector3(0.25f)))] : null,
            // Whole numbers of 255, as 8 bits hold them.
            Colors = colors ? [.. positions.Select((_, i) => new Vector3(51 * i, 255 - 51 * i, 17 * i) / 255)] : null,
            TextureCoordinates = texture ? [.. positions.Select(p => new Vector2(p.X + 0.125f, p.Y + 0.25f * p.Z))] : null,
            Texture = texture ? Picture() : null,
        };
    }

    /// <summary>A sphere of triangles: latitudes and longitudes.</summary>
    public static Mesh Sphere(int rings, float radius = 1)
    {
        var positions = new List<Vector3>();
        var triangles = new List<int>();
        for (int i = 0; i <= rings; i++)
            for (int j = 0; j < 2 * rings; j++)
            {
                var ((sin, cos), (y, x)) = (MathF.SinCos(MathF.PI * i / rings), MathF.SinCos(MathF.PI * j / rings));
                positions.Add(radius * new Vector3(sin * x, sin * y, cos));
                if (i == rings) continue;
                int right = i * 2 * rings + (j + 1) % (2 * rings), here = i * 2 * rings + j;
                triangles.AddRange([here, here + 2 * rings, right, right, here + 2 * rings, right + 2 * rings]);
            }
        return new Mesh([.. positions], [.. triangles]);
    }
}
