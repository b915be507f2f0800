using System.Numerics;

namespace NerfLab.Metrics;

/// <summary>Answers which of a set of points is nearest to a place, exactly: a k-d tree over a copy of the points.</summary>
/// <remarks>Bentley 1975: every cell is halved at the median of its longest side until few points are left. Safe to be asked by many threads.</remarks>
public sealed class NearestPoints
{
    const int LeafSize = 8;
    const int MostDepth = 64; // of the stack: halving 2^31 points takes 31

    readonly Vector3[] _points;
    readonly int[] _order; // from a place in _points to the number in the caller's list
    readonly (int Axis, float Middle)[] _splits; // node k has the children 2k+1 and 2k+2; axis -1 is a leaf

    /// <summary>Builds the tree.</summary>
    /// <param name="points">At least one.</param>
    /// <exception cref="ArgumentException">There are none, or one is not finite.</exception>
    public NearestPoints(ReadOnlySpan<Vector3> points)
    {
        if (points.Length == 0) throw new ArgumentException($"{nameof(points)}: at least one is expected");
        for (int i = 0; i < points.Length; i++)
            if (!(float.IsFinite(points[i].X) && float.IsFinite(points[i].Y) && float.IsFinite(points[i].Z))) throw new ArgumentException($"{nameof(points)}: number {i} is {points[i]}; finite coordinates are expected");
        _points = points.ToArray();
        _order = [.. Enumerable.Range(0, points.Length)];
        int nodes = 1;
        for (int size = points.Length; size > LeafSize; size = (size + 1) / 2) nodes = 2 * nodes + 1;
        _splits = new (int, float)[nodes];
        Build(0, 0, _points.Length);
    }

    /// <summary>How many points there are.</summary>
    public int Count => _points.Length;

    /// <summary>The nearest point.</summary>
    /// <param name="place">Finite.</param>
    /// <returns>Its number in the list, and the square of its distance. Of several at the same distance, any.</returns>
    public (int Index, float SquaredDistance) Find(Vector3 place)
    {
        Span<(int Node, int Begin, int End, float Gap)> stack = stackalloc (int, int, int, float)[MostDepth];
        int depth = 0, best = -1;
        float nearest = float.PositiveInfinity;
        stack[depth++] = (0, 0, _points.Length, 0);
        while (depth > 0)
        {
            var (node, begin, end, gap) = stack[--depth];
            if (gap >= nearest) continue;
            var (axis, middle) = _splits[node];
            if (axis < 0)
            {
                for (int i = begin; i < end; i++)
                {
                    float squared = Vector3.DistanceSquared(_points[i], place);
                    if (squared < nearest) (nearest, best) = (squared, i);
                }
                continue;
            }
            int half = begin + (end - begin + 1) / 2;
            float beyond = place[axis] - middle;
            var (low, high) = ((2 * node + 1, begin, half), (2 * node + 2, half, end));
            var (near, far) = beyond <= 0 ? (low, high) : (high, low);
            stack[depth++] = (far.Item1, far.Item2, far.Item3, float.Max(gap, beyond * beyond));
            stack[depth++] = (near.Item1, near.Item2, near.Item3, gap);
        }
        return (_order[best], nearest);
    }

    /// <summary>The distance from each of some places to its nearest point, on all cores.</summary>
    /// <param name="places">Finite.</param>
    /// <returns>As many, in units of the coordinates.</returns>
    public float[] Distances(Vector3[] places)
    {
        var distances = new float[places.Length];
        const int Piece = 1024;
        Parallel.For(0, (places.Length + Piece - 1) / Piece, piece =>
        {
            int end = int.Min(places.Length, (piece + 1) * Piece);
            for (int i = piece * Piece; i < end; i++) distances[i] = MathF.Sqrt(Find(places[i]).SquaredDistance);
        });
        return distances;
    }

    void Build(int node, int begin, int end)
    {
        if (end - begin <= LeafSize)
        {
            _splits[node] = (-1, 0);
            return;
        }
        var (low, high) = (_points[begin], _points[begin]);
        for (int i = begin + 1; i < end; i++) (low, high) = (Vector3.Min(low, _points[i]), Vector3.Max(high, _points[i]));
        var size = high - low;
        int axis = size.X >= size.Y && size.X >= size.Z ? 0 : size.Y >= size.Z ? 1 : 2;
        int half = begin + (end - begin + 1) / 2;
        Select(begin, end, half - 1, axis);
        _splits[node] = (axis, _points[half - 1][axis]);
        Build(2 * node + 1, begin, half);
        Build(2 * node + 2, half, end);
    }

    /// <summary>Brings the point of a rank to its place, with none above it before and none below it after.</summary>
    /// <remarks>Hoare 1961, with the median of three as pivot and equal values spread over both sides.</remarks>
    void Select(int begin, int end, int rank, int axis)
    {
        int left = begin, right = end - 1;
        while (left < right)
        {
            float a = _points[left][axis], b = _points[(left + right) / 2][axis], c = _points[right][axis];
            float pivot = float.Max(float.Min(a, b), float.Min(float.Max(a, b), c));
            int i = left, j = right;
            while (i <= j)
            {
                while (_points[i][axis] < pivot) i++;
                while (_points[j][axis] > pivot) j--;
                if (i > j) break;
                (_points[i], _points[j], _order[i], _order[j]) = (_points[j], _points[i], _order[j], _order[i]);
                (i, j) = (i + 1, j - 1);
            }
            if (rank <= j) right = j;
            else if (rank >= i) left = i;
            else return;
        }
    }
}
