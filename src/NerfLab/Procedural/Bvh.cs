using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Boxes within boxes around triangles, so that a ray is tested against few of them.</summary>
/// <remarks>
/// Built top-down with the surface-area heuristic over bins (I. Wald, On fast construction of SAH-based bounding volume hierarchies,
/// 2007); rays meet triangles as in T. Möller and B. Trumbore 1997.
/// </remarks>
internal sealed class Bvh
{
    private const int Bins = 16, LeafSize = 4, Deepest = 32;

    private readonly List<Node> _nodes = [];
    private readonly int[] _order; // triangles, leaf by leaf
    private readonly (Vector3 Corner, Vector3 Edge1, Vector3 Edge2)[] _triangles; // in this order

    /// <summary>Builds the hierarchy.</summary>
    /// <param name="positions">The corners.</param>
    /// <param name="triangles">3T indices into them; at least one triangle.</param>
    public Bvh(Vector3[] positions, int[] triangles)
    {
        var count = triangles.Length / 3;
        _order = [.. Enumerable.Range(0, count)];
        var boxes = new Box[count];
        for (var i = 0; i < count; i++)
        {
            Vector3 a = positions[triangles[3 * i]], b = positions[triangles[3 * i + 1]], c = positions[triangles[3 * i + 2]];
            boxes[i] = new Box(Vector3.Min(a, Vector3.Min(b, c)), Vector3.Max(a, Vector3.Max(b, c)));
        }
        _nodes.Add(default);
        Build(0, 0, count, 0, boxes);
        _triangles = [.. _order.Select(i => (positions[triangles[3 * i]], positions[triangles[3 * i + 1]] - positions[triangles[3 * i]], positions[triangles[3 * i + 2]] - positions[triangles[3 * i]]))];
    }

    /// <summary>The nearest triangle that a ray meets, from either side.</summary>
    /// <param name="origin">Where the ray starts.</param>
    /// <param name="direction">Where it goes.</param>
    /// <param name="farthest">Beyond this nothing counts.</param>
    /// <param name="hit">Distance in lengths of the direction, the triangle, and the place on it.</param>
    public bool Meet(Vector3 origin, Vector3 direction, float farthest, out Hit hit) => Walk(origin, direction, farthest, any: false, out hit);

    /// <summary>Whether anything lies on the way.</summary>
    /// <inheritdoc cref="Meet"/>
    public bool Blocked(Vector3 origin, Vector3 direction, float farthest) => Walk(origin, direction, farthest, any: true, out _);

    /// <summary>Where a ray meets a triangle: distance and the weights of the second and third corner; null where it does not.</summary>
    internal static (float T, float U, float V)? Meets(Vector3 origin, Vector3 direction, Vector3 corner, Vector3 edge1, Vector3 edge2)
    {
        const float Rim = 1e-6f; // neighbours overlap by a hair, or rays would slip between them
        var p = Vector3.Cross(direction, edge2);
        var determinant = Vector3.Dot(edge1, p);
        if (MathF.Abs(determinant) < 1e-20f) return null;
        var inverse = 1 / determinant;
        var s = origin - corner;
        var u = Vector3.Dot(s, p) * inverse;
        if (u is < -Rim or > 1 + Rim) return null;
        var q = Vector3.Cross(s, edge1);
        var v = Vector3.Dot(direction, q) * inverse;
        if (v < -Rim || u + v > 1 + Rim) return null;
        var t = Vector3.Dot(edge2, q) * inverse;
        return t > 0 ? (t, u, v) : null;
    }

    private bool Walk(Vector3 origin, Vector3 direction, float farthest, bool any, out Hit hit)
    {
        hit = new Hit(farthest, -1);
        var nodes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_nodes);
        var inverse = new Vector3(1 / NotZero(direction.X), 1 / NotZero(direction.Y), 1 / NotZero(direction.Z));
        Span<int> stack = stackalloc int[2 * Deepest + 32];
        var depth = 0;
        if (Entry(nodes[0], origin, inverse, farthest) < float.PositiveInfinity) stack[depth++] = 0;
        while (depth > 0)
        {
            ref readonly var node = ref nodes[stack[--depth]];
            if (Entry(node, origin, inverse, hit.Distance) == float.PositiveInfinity) continue;
            if (node.Count > 0)
            {
                for (var i = node.First; i < node.First + node.Count; i++)
                {
                    var (corner, edge1, edge2) = _triangles[i];
                    if (Meets(origin, direction, corner, edge1, edge2) is not var (t, u, v) || t >= hit.Distance) continue;
                    hit = new Hit(t, _order[i], u, v);
                    if (any) return true;
                }
                continue;
            }
            // The nearer child is looked into first.
            float left = Entry(nodes[node.First], origin, inverse, hit.Distance), right = Entry(nodes[node.First + 1], origin, inverse, hit.Distance);
            var (near, far) = left <= right ? (node.First, node.First + 1) : (node.First + 1, node.First);
            if (MathF.Max(left, right) < float.PositiveInfinity) stack[depth++] = far;
            if (MathF.Min(left, right) < float.PositiveInfinity) stack[depth++] = near;
        }
        return hit.Which >= 0;

        static float NotZero(float v) => MathF.Abs(v) < 1e-20f ? 1e-20f : v;
    }

    // Where a ray enters a node's box; infinity where it misses it or comes too late.
    private static float Entry(in Node node, Vector3 origin, Vector3 inverse, float farthest)
    {
        Vector3 a = (node.Min - origin) * inverse, b = (node.Max - origin) * inverse, enter = Vector3.Min(a, b), leave = Vector3.Max(a, b);
        var first = MathF.Max(MathF.Max(enter.X, enter.Y), MathF.Max(enter.Z, 0));
        // Rounding must not cut flat boxes off.
        var last = MathF.Min(leave.X, MathF.Min(leave.Y, leave.Z)) * (1 + 1e-6f);
        return first <= last && first < farthest ? first : float.PositiveInfinity;
    }

    private void Build(int node, int from, int count, int depth, Box[] boxes)
    {
        var (box, middles) = (boxes[_order[from]], new Box(boxes[_order[from]].Center, boxes[_order[from]].Center));
        for (var i = from; i < from + count; i++)
        {
            var (b, c) = (boxes[_order[i]], boxes[_order[i]].Center);
            box = Around(box, b);
            middles = new Box(Vector3.Min(middles.Min, c), Vector3.Max(middles.Max, c));
        }
        if (count <= LeafSize || Split(from, count, depth, box, middles, boxes) is not { } half)
        {
            _nodes[node] = new Node(box.Min, box.Max, from, count);
            return;
        }
        var children = _nodes.Count;
        _nodes.Add(default);
        _nodes.Add(default);
        _nodes[node] = new Node(box.Min, box.Max, children, 0);
        Build(children, from, half, depth + 1, boxes);
        Build(children + 1, from + half, count - half, depth + 1, boxes);
    }

    // Orders the triangles and says how many go to the left; null where it does not pay.
    private int? Split(int from, int count, int depth, Box box, Box middles, Box[] boxes)
    {
        var size = middles.Size;
        var axis = size.X >= size.Y && size.X >= size.Z ? 0 : size.Y >= size.Z ? 1 : 2;
        if (!(size[axis] > 0) || depth >= Deepest)
        {
            // All in one place, or pathologically nested: halves keep the depth logarithmic.
            if (count <= 4 * LeafSize) return null;
            Array.Sort(_order, from, count, Comparer<int>.Create((a, b) => boxes[a].Center[axis].CompareTo(boxes[b].Center[axis])));
            return count / 2;
        }
        int BinOf(int triangle) => int.Min((int)((boxes[triangle].Center[axis] - middles.Min[axis]) / size[axis] * Bins), Bins - 1);
        var bins = new (int Count, Box Box)[Bins];
        for (var i = from; i < from + count; i++)
        {
            ref var bin = ref bins[BinOf(_order[i])];
            bin = bin.Count == 0 ? (1, boxes[_order[i]]) : (bin.Count + 1, Around(bin.Box, boxes[_order[i]]));
        }
        var right = new float[Bins]; // the cost of all bins from here on
        (int Count, Box Box) sum = default;
        for (var b = Bins - 1; b > 0; b--)
        {
            if (bins[b].Count > 0) sum = sum.Count == 0 ? bins[b] : (sum.Count + bins[b].Count, Around(sum.Box, bins[b].Box));
            right[b] = sum.Count * Area(sum.Box);
        }
        var (best, at) = (float.PositiveInfinity, 0);
        sum = default;
        for (var b = 0; b < Bins - 1; b++)
        {
            if (bins[b].Count > 0) sum = sum.Count == 0 ? bins[b] : (sum.Count + bins[b].Count, Around(sum.Box, bins[b].Box));
            var cost = sum.Count * Area(sum.Box) + right[b + 1];
            if (sum.Count > 0 && sum.Count < count && cost < best) (best, at) = (cost, b);
        }
        if (best >= count * Area(box) && count <= 4 * LeafSize) return null;
        // Two-sided partition by bin.
        int i0 = from, i1 = from + count - 1;
        while (i0 <= i1)
        {
            if (BinOf(_order[i0]) <= at) i0++;
            else
            {
                (_order[i0], _order[i1]) = (_order[i1], _order[i0]);
                i1--;
            }
        }
        return i0 - from;
    }

    private static Box Around(Box a, Box b) => new(Vector3.Min(a.Min, b.Min), Vector3.Max(a.Max, b.Max));

    private static float Area(Box box) => box.Size.X * box.Size.Y + box.Size.Y * box.Size.Z + box.Size.Z * box.Size.X;

    /// <summary>A box with either two children (at <paramref name="First"/>) or triangles.</summary>
    private readonly record struct Node(Vector3 Min, Vector3 Max, int First, int Count);
}
