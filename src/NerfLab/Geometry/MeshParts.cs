using System.Numerics;

namespace NerfLab.Geometry;

/// <summary>What a part of a mesh is covered with.</summary>
/// <param name="Color">Display-referred; it multiplies texture and colours of corners.</param>
/// <param name="Texture">The picture, or null.</param>
internal sealed record MeshMaterial(Vector3 Color, Bitmap? Texture)
{
    public static readonly MeshMaterial White = new(Vector3.One, null);
}

/// <summary>A mesh of one material.</summary>
internal sealed record MeshPart(Mesh Mesh, MeshMaterial Material);

/// <summary>Meshes of several materials as one mesh: colours of materials go to the corners, several textures into one picture.</summary>
internal static class MeshParts
{
    /// <summary>Joins parts. Normals are kept where all have them.</summary>
    public static Mesh Join(IReadOnlyList<MeshPart> parts)
    {
        var textured = parts.Where(IsTextured).ToList();
        Bitmap? texture = null;
        if (textured.Count > 0)
        {
            if (textured.Count == parts.Count && textured.TrueForAll(p => p.Material.Texture == textured[0].Material.Texture)) texture = textured[0].Material.Texture;
            else (parts, texture) = TextureAtlas.Of(parts);
        }
        var colored = parts.Any(p => p.Mesh.Colors is not null || p.Material.Color != Vector3.One);
        var first = 0;
        var triangles = new List<int>(parts.Sum(p => p.Mesh.Triangles.Length));
        foreach (var (mesh, _) in parts)
        {
            foreach (var i in mesh.Triangles) triangles.Add(first + i);
            first += mesh.Positions.Length;
        }
        return new Mesh([.. parts.SelectMany(p => p.Mesh.Positions)], [.. triangles])
        {
            Normals = parts.All(p => p.Mesh.Normals is not null) ? [.. parts.SelectMany(p => p.Mesh.Normals!)] : null,
            Colors = colored ? [.. parts.SelectMany(p => p.Mesh.Colors?.Select(c => c * p.Material.Color) ?? Enumerable.Repeat(p.Material.Color, p.Mesh.Positions.Length))] : null,
            TextureCoordinates = texture is null ? null : [.. parts.SelectMany(p => p.Mesh.TextureCoordinates!)],
            Texture = texture,
        };
    }

    /// <summary>Whether a part shows its texture: it has one, and knows where.</summary>
    public static bool IsTextured(MeshPart part) => part is { Material.Texture: not null, Mesh.TextureCoordinates: not null };
}
