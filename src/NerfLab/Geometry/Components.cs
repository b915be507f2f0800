using System.Numerics;

namespace NerfLab.Geometry;

/// <summary>The connected pieces of a mesh.</summary>
public static class Components
{
    /// <summary>The piece with the largest area. What floats around it goes, and so do hollows inside of it, which have surfaces of their own.</summary>
    /// <param name="mesh">Triangles are connected where they share a corner's number.</param>
    public static Mesh Largest(Mesh mesh)
    {
        if (mesh.TriangleCount == 0) return mesh;
        var parent = Enumerable.Range(0, mesh.Positions.Length).ToArray();
        for (int i = 0; i < mesh.Triangles.Length; i += 3)
        {
            int a = Root(mesh.Triangles[i]);
            parent[Root(mesh.Triangles[i + 1])] = a;
            parent[Root(mesh.Triangles[i + 2])] = a;
        }
        var area = new double[parent.Length];
        for (int t = 0; t < mesh.TriangleCount; t++)
        {
            var (a, b, c) = mesh.Corners(t);
            area[Root(mesh.Triangles[3 * t])] += Vector3.Cross(b - a, c - a).Length();
        }
        int largest = Array.IndexOf(area, area.Max());
        return Only(mesh, [.. Enumerable.Range(0, parent.Length).Select(v => Root(v) == largest)]);

        int Root(int v)
        {
            while (parent[v] != v) v = parent[v] = parent[parent[v]];
            return v;
        }
    }

    /// <summary>The mesh without the corners that are not kept, and without their triangles.</summary>
    static Mesh Only(Mesh mesh, bool[] kept)
    {
        var numbers = new int[kept.Length];
        int count = 0;
        for (int v = 0; v < kept.Length; v++) numbers[v] = kept[v] ? count++ : -1;
        return new Mesh(Of(mesh.Positions)!, [.. mesh.Triangles.Chunk(3).Where(t => Array.TrueForAll(t, v => kept[v])).SelectMany(t => t).Select(v => numbers[v])])
        {
            Normals = Of(mesh.Normals), Colors = Of(mesh.Colors), TextureCoordinates = Of(mesh.TextureCoordinates), Texture = mesh.Texture,
        };

        T[]? Of<T>(T[]? values) => values is null ? null : [.. values.Where((_, v) => kept[v])];
    }
}
