namespace NerfLab.Geometry;

/// <summary>The 256 ways in which a surface can pass between the corners of a cube, as triangles over the cube's edges.</summary>
/// <remarks>
/// Lorensen and Cline 1987, Marching Cubes, without their table: on each face the inside corners that touch one another are cut off
/// together, and diagonal ones apart, which depends on the four corners of the face alone, so that neighbouring cubes agree. The cuts of the
/// six faces form closed loops, which are cut into triangles without a diagonal that lies in a face; so in a grid every edge of
/// the surface has exactly two triangles.
/// Corner c has the coordinates (c &amp; 1, c >> 1 &amp; 1, c >> 2 &amp; 1).
/// </remarks>
internal static class CubeCases
{
    /// <summary>Edge e runs along Axis from the corner Low.</summary>
    public static readonly (int Axis, int Low)[] Edges = [.. from axis in Enumerable.Range(0, 3) from low in Enumerable.Range(0, 8) where (low >> axis & 1) == 0 select (axis, low)];

    // Four corners each, counter-clockwise when seen from outside.
    private static readonly int[][] s_faces = [.. from axis in Enumerable.Range(0, 3) from side in Enumerable.Range(0, 2) select Face(axis, side)];

    /// <summary>For each set of inside corners (bit c for corner c) three edges for each triangle, counter-clockwise when seen from outside.</summary>
    public static readonly int[][] Triangles = [.. Enumerable.Range(0, 256).Select(inside =>
    {
        var triangles = new List<int>();
        foreach (var loop in Loops(inside))
            if (!Cut(loop, triangles)) throw new InvalidOperationException($"case {inside} has no triangles without diagonals in faces"); // a test goes through all
        return triangles.ToArray();
    })];

    private static int[] Face(int axis, int side)
    {
        int u = 1 << (axis + 1) % 3, v = 1 << (axis + 2) % 3, corner = side << axis;
        return side == 1 ? [corner, corner | u, corner | u | v, corner | v] : [corner | v, corner | u | v, corner | u, corner];
    }

    private static int Edge(int a, int b) => Array.IndexOf(Edges, (int.TrailingZeroCount(a ^ b), a & b));

    /// <summary>Where the surface meets the faces, as closed loops over edges.</summary>
    private static IEnumerable<List<int>> Loops(int inside)
    {
        var next = new SortedDictionary<int, int>();
        foreach (var face in s_faces)
            for (int k = 0; k < 4; k++)
            {
                // Around the face: each run of inside corners begins at one edge and ends at another.
                if (!Inside(face[k]) || Inside(face[(k + 3) % 4])) continue;
                int last = k;
                while (Inside(face[(last + 1) % 4])) last++;
                next.Add(Edge(face[(k + 3) % 4], face[k]), Edge(face[last % 4], face[(last + 1) % 4]));
            }
        while (next.Count > 0)
        {
            var loop = new List<int>();
            for (int edge = next.Keys.First(); next.Remove(edge, out int following); edge = following) loop.Add(edge);
            yield return loop;
        }

        bool Inside(int corner) => (inside >> corner & 1) != 0;
    }

    /// <summary>Cuts a loop into triangles none of whose diagonals joins two edges of one face.</summary>
    private static bool Cut(List<int> loop, List<int> triangles)
    {
        if (loop.Count < 3) return true;
        int before = triangles.Count;
        for (int k = 1; k < loop.Count - 1; k++)
        {
            if ((k > 1 && ShareFace(loop[0], loop[k])) || (k < loop.Count - 2 && ShareFace(loop[^1], loop[k]))) continue;
            if (Cut(loop[..(k + 1)], triangles) && Cut(loop[k..], triangles))
            {
                triangles.AddRange([loop[0], loop[k], loop[^1]]);
                return true;
            }
            triangles.RemoveRange(before, triangles.Count - before);
        }
        return false;
    }

    private static bool ShareFace(int a, int b) => Array.Exists(s_faces, f => On(f, a) && On(f, b));

    private static bool On(int[] face, int edge) => face.Contains(Edges[edge].Low) && face.Contains(Edges[edge].Low | 1 << Edges[edge].Axis);
}
