using System.Numerics;

namespace NerfLab.Geometry;

/// <summary>The surface on which numbers over space have one value, with the places on either side of it.</summary>
/// <param name="Mesh">Closed: every edge has exactly two triangles. Counter-clockwise when seen from where the numbers are smaller.</param>
/// <param name="Inside">For each corner of the mesh the neighbouring sample with a number of at least the level.</param>
/// <param name="Outside">For each corner of the mesh the neighbouring sample with a smaller number; the corner lies between the two.</param>
public sealed record IsoSurface(Mesh Mesh, Vector3[] Inside, Vector3[] Outside)
{
    /// <summary>Extracts the surface by marching cubes; see <see cref="CubeCases"/>. Two layers of samples are in memory at a time.</summary>
    /// <remarks>What lies outside of the box counts as empty: where the numbers reach the level at its boundary, the surface is closed by a piece of that boundary.</remarks>
    /// <param name="box">Where the samples are; the outermost ones lie on its boundary.</param>
    /// <param name="samples">X, Y, Z: samples along each axis, at least 2.</param>
    /// <param name="level">The value that the surface has; inside is what is at least as large.</param>
    /// <param name="layer">Writes the Y·Z numbers of the layer with the given number along x, z running fastest. Called once for each, in order.</param>
    public static IsoSurface Extract(Box box, (int X, int Y, int Z) samples, float level, Action<int, float[]> layer)
    {
        if (samples.X < 2 || samples.Y < 2 || samples.Z < 2) throw new ArgumentException($"samples: expected at least 2 along each axis, got {samples.X}, {samples.Y} and {samples.Z}");
        return new Marching(box, samples, level).March(layer);
    }

    private sealed class Marching
    {
        private readonly List<Vector3> _positions = [], _inside = [], _outside = [];
        private readonly List<int> _triangles = [];
        private readonly float _level;
        private readonly float[] _x, _y, _z;
        private readonly int _depth;

        // The layer before and the one at hand, with an empty sample around; their edges along y and z, and those along x between them.
        private float[] _last, _this;
        private int[] _lastY, _thisY, _lastZ, _thisZ;
        private readonly int[] _edgeX;

        public Marching(Box box, (int X, int Y, int Z) samples, float level)
        {
            _level = level;
            (_x, _y, _z) = (Axis(box.Min.X, box.Max.X, samples.X), Axis(box.Min.Y, box.Max.Y, samples.Y), Axis(box.Min.Z, box.Max.Z, samples.Z));
            _depth = _z.Length;
            int size = _y.Length * _depth;
            (_last, _this) = (new float[size], new float[size]);
            (_lastY, _thisY, _lastZ, _thisZ, _edgeX) = (new int[size], new int[size], new int[size], new int[size], new int[size]);
        }

        // The empty samples around stand on the boundary too.
        private static float[] Axis(float low, float high, int count) =>
            [low, .. Enumerable.Range(0, count).Select(i => low + (high - low) * (i / (float)(count - 1))), high];

        public IsoSurface March(Action<int, float[]> layer)
        {
            int rows = _y.Length - 2, columns = _z.Length - 2;
            var given = new float[rows * columns];
            Array.Fill(_this, float.NegativeInfinity);
            Array.Fill(_last, float.NegativeInfinity);
            for (int i = 1; i < _x.Length; i++)
            {
                (_last, _this, _lastY, _thisY, _lastZ, _thisZ) = (_this, _last, _thisY, _lastY, _thisZ, _lastZ);
                if (i < _x.Length - 1)
                {
                    layer(i - 1, given);
                    for (int j = 0; j < rows; j++) given.AsSpan(j * columns, columns).CopyTo(_this.AsSpan((j + 1) * _depth + 1));
                }
                else
                {
                    Array.Fill(_this, float.NegativeInfinity);
                }
                Layer(i);
                Cubes();
            }
            return new IsoSurface(new Mesh([.. _positions], [.. _triangles]), [.. _inside], [.. _outside]);
        }

        /// <summary>The corners of the mesh on the edges that end in layer i.</summary>
        private void Layer(int i)
        {
            for (int j = 0; j < _y.Length; j++)
                for (int k = 0; k < _depth; k++)
                {
                    int at = j * _depth + k;
                    var here = new Vector3(_x[i], _y[j], _z[k]);
                    Cross(_edgeX, at, _last[at], _this[at], here with { X = _x[i - 1] }, here);
                    if (j + 1 < _y.Length) Cross(_thisY, at, _this[at], _this[at + _depth], here, here with { Y = _y[j + 1] });
                    if (k + 1 < _depth) Cross(_thisZ, at, _this[at], _this[at + 1], here, here with { Z = _z[k + 1] });
                }
        }

        private void Cross(int[] edges, int at, float a, float b, Vector3 from, Vector3 to)
        {
            bool inside = a >= _level;
            if (inside == b >= _level) return;
            float along = (_level - a) / (b - a);
            edges[at] = _positions.Count;
            _positions.Add(along is >= 0 and <= 1 ? Vector3.Lerp(from, to, along) : inside ? from : to); // beside an empty sample
            _inside.Add(inside ? from : to);
            _outside.Add(inside ? to : from);
        }

        private void Cubes()
        {
            for (int j = 0; j + 1 < _y.Length; j++)
                for (int k = 0; k + 1 < _depth; k++)
                {
                    int at = j * _depth + k, inside = 0;
                    for (int c = 0; c < 8; c++)
                        if (((c & 1) == 0 ? _last : _this)[at + (c >> 1 & 1) * _depth + (c >> 2)] >= _level) inside |= 1 << c;
                    if (inside is 0 or 255) continue;
                    foreach (int edge in CubeCases.Triangles[inside])
                    {
                        var (axis, low) = CubeCases.Edges[edge];
                        int place = at + (low >> 1 & 1) * _depth + (low >> 2);
                        bool first = (low & 1) == 0;
                        _triangles.Add((axis switch { 0 => _edgeX, 1 => first ? _lastY : _thisY, _ => first ? _lastZ : _thisZ })[place]);
                    }
                }
        }
    }
}
