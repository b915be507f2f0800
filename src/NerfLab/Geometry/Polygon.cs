using System.Numerics;

namespace NerfLab.Geometry;

/// <summary>Polygons as triangles.</summary>
internal static class Polygon
{
    // Looking for ears takes cubic time at worst; outlines with more corners than this are taken to be convex.
    private const int MostWithEars = 256;

    /// <summary>Cuts ears off a polygon, convex or not, until a triangle is left.</summary>
    /// <remarks>Meisters 1975, Polygons have ears. A polygon that crosses itself or has no area is cut from corner to corner.</remarks>
    /// <param name="corners">At least 3, around the polygon; nearly in a plane.</param>
    /// <param name="triangles">Takes three numbers of corners for each triangle, turning as the polygon does.</param>
    public static void Triangulate(IReadOnlyList<Vector3> corners, List<int> triangles)
    {
        var normal = Vector3.Zero; // Newell's: its length is twice the area
        for (var i = 0; i < corners.Count; i++) normal += Vector3.Cross(corners[i] - corners[0], corners[(i + 1) % corners.Count] - corners[0]);
        var left = Enumerable.Range(0, corners.Count).ToList();
        while (left.Count > 3)
        {
            var ear = 1;
            if (corners.Count <= MostWithEars)
                for (var i = 1; i <= left.Count; i++)
                    if (IsEar(i % left.Count))
                    {
                        ear = i % left.Count;
                        break;
                    }
            triangles.AddRange([left[(ear + left.Count - 1) % left.Count], left[ear], left[(ear + 1) % left.Count]]);
            left.RemoveAt(ear);
        }
        triangles.AddRange(left);

        bool IsEar(int i)
        {
            Vector3 a = corners[left[(i + left.Count - 1) % left.Count]], b = corners[left[i]], c = corners[left[(i + 1) % left.Count]];
            if (!(Turn(a, b, c) > 0)) return false;
            foreach (var other in left)
            {
                var p = corners[other];
                if (p != a && p != b && p != c && Turn(a, b, p) >= 0 && Turn(b, c, p) >= 0 && Turn(c, a, p) >= 0) return false;
            }
            return true;
        }

        float Turn(Vector3 a, Vector3 b, Vector3 c) => Vector3.Dot(Vector3.Cross(b - a, c - a), normal);
    }
}
