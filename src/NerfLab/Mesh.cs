using System.Numerics;

namespace NerfLab;

/// <summary>A surface of triangles in world coordinates, counter-clockwise when seen from outside.</summary>
/// <param name="Positions">V corners, world units.</param>
/// <param name="Triangles">3T indices into <paramref name="Positions"/>, three for each triangle.</param>
public sealed record Mesh(Vector3[] Positions, int[] Triangles)
{
    /// <summary>V unit normals; null where they are not known.</summary>
    public Vector3[]? Normals { get; init; }

    /// <summary>V colours, 0 to 1, display-referred (sRGB); null where there are none.</summary>
    public Vector3[]? Colors { get; init; }

    /// <summary>V places in <see cref="Texture"/>, (0,0) its upper left corner and (1,1) its lower right; null where there are none.</summary>
    public Vector2[]? TextureCoordinates { get; init; }

    /// <summary>The picture that the surface is covered with, or null.</summary>
    public Bitmap? Texture { get; init; }

    /// <summary>T.</summary>
    public int TriangleCount => Triangles.Length / 3;

    /// <summary>The smallest box that holds all corners; empty about the origin without corners.</summary>
    public Box Bounds => Positions.Length == 0 ? default : new Box(Positions.Aggregate(Vector3.Min), Positions.Aggregate(Vector3.Max));
}
