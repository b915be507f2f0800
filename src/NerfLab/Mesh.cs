using System.Numerics;

namespace NerfLab;

/// <summary>A surface of triangles in world coordinates, counter-clockwise when seen from outside; a cloud of points where it has none.</summary>
/// <param name="Positions">V corners, world units.</param>
/// <param name="Triangles">3T indices into <paramref name="Positions"/>, three for each triangle.</param>
public sealed record Mesh(Vector3[] Positions, int[] Triangles)
{
    /// <summary>V unit normals; null where they are not known.</summary>
    public Vector3[]? Normals { get; init; }

    /// <summary>V colours, 0 to 1, display-referred (sRGB); null where there are none. Where there is a texture as well, the surface shows their product.</summary>
    public Vector3[]? Colors { get; init; }

    /// <summary>V places in <see cref="Texture"/>, (0,0) its upper left corner and (1,1) its lower right, beyond which it repeats; null where there are none.</summary>
    public Vector2[]? TextureCoordinates { get; init; }

    /// <summary>The picture that the surface is covered with, 8 bits per sample, RGB or RGBA; or null.</summary>
    public Bitmap? Texture { get; init => field = value?.To8Bit().ToColor(); }

    /// <summary>T.</summary>
    public int TriangleCount => Triangles.Length / 3;

    /// <summary>The smallest box that holds all corners; empty about the origin without corners.</summary>
    public Box Bounds => Positions.Length == 0 ? default : new Box(Positions.Aggregate(Vector3.Min), Positions.Aggregate(Vector3.Max));

    /// <summary>The corners of a triangle, counter-clockwise when seen from outside.</summary>
    public (Vector3 A, Vector3 B, Vector3 C) Corners(int triangle) => (Positions[Triangles[3 * triangle]], Positions[Triangles[3 * triangle + 1]], Positions[Triangles[3 * triangle + 2]]);

    /// <summary>The colour of a point of a triangle; white where the mesh has neither colours nor a texture.</summary>
    /// <param name="triangle">Its number, from 0.</param>
    /// <param name="weights">The point as weights of the three corners (barycentric coordinates), which sum to 1.</param>
    /// <returns>0 to 1, display-referred; alpha is ignored.</returns>
    public Vector3 ColorAt(int triangle, Vector3 weights)
    {
        int a = Triangles[3 * triangle], b = Triangles[3 * triangle + 1], c = Triangles[3 * triangle + 2];
        var color = Colors is { } of ? weights.X * of[a] + weights.Y * of[b] + weights.Z * of[c] : Vector3.One;
        if (Texture is { } texture && TextureCoordinates is { } at) color *= Sample(texture, weights.X * at[a] + weights.Y * at[b] + weights.Z * at[c]);
        return color;
    }

    // Bilinear between the centres of pixels, repeating.
    static Vector3 Sample(Bitmap texture, Vector2 at)
    {
        float x = (at.X - MathF.Floor(at.X)) * texture.Width - 0.5f, y = (at.Y - MathF.Floor(at.Y)) * texture.Height - 0.5f;
        int left = (int)MathF.Floor(x), top = (int)MathF.Floor(y);
        var upper = Vector3.Lerp(Pixel(left, top), Pixel(left + 1, top), x - left);
        var lower = Vector3.Lerp(Pixel(left, top + 1), Pixel(left + 1, top + 1), x - left);
        return Vector3.Lerp(upper, lower, y - top) / 255;

        Vector3 Pixel(int i, int j)
        {
            var samples = texture.Samples.AsSpan((Wrapped(j, texture.Height) * texture.Width + Wrapped(i, texture.Width)) * texture.Channels);
            return new Vector3(samples[0], samples[1], samples[2]);
        }

        static int Wrapped(int i, int count) => i < 0 ? i + count : i >= count ? i - count : i;
    }
}
