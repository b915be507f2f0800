using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="RaySteps.March"/> without a tensor over all steps: a ray walks through the grid and keeps one bit for each step.</summary>
/// <remarks>The same arithmetic in the same order as the reference. Eight steps at a time; limited by arithmetic, because the grid lies in the second-level cache.</remarks>
static unsafe class FusedMarch
{
    /// <summary>The reference takes what this does not know: other devices and dtypes.</summary>
    public static (Tensor T, Tensor Offsets) March(Rays rays, RaySteps steps, OccupancyGrid grid)
    {
        if (!AreFloats(rays.Origins, rays.Directions, steps.First, steps.Last, steps.Jitter)) return RaySteps.March(rays, steps, grid);
        int count = (int)rays.Count;
        using var scope = torch.NewDisposeScope();
        var (origins, directions, first, last, jitter) = (rays.Origins.contiguous(), rays.Directions.contiguous(), steps.First.contiguous(), steps.Last.contiguous(), steps.Jitter.contiguous());
        var walk = new Walk(Floats(origins), Floats(directions), Floats(first), Floats(last), Floats(jitter), steps.Step, steps.Spacing, grid);

        var offsets = torch.zeros([count + 1], torch.int64);
        long* running = Longs(offsets);
        int bytes = 1; // of a ray
        for (int r = 0; r < count; r++) bytes = int.Max(bytes, (walk.Steps(r) + 7) / 8);
        var met = ArrayPool<byte>.Shared.Rent(int.Max(1, count * bytes)); // a bit for each step
        RayBlocks.Run(count, (begin, end) =>
        {
            for (int r = (int)begin; r < end; r++) running[r + 1] = walk.Look(r, met.AsSpan(r * bytes, bytes));
        });
        for (int r = 0; r < count; r++) running[r + 1] += running[r];

        var t = torch.empty([running[count]]);
        float* places = Floats(t);
        RayBlocks.Run(count, (begin, end) =>
        {
            for (int r = (int)begin; r < end; r++) walk.Place(r, met.AsSpan(r * bytes, bytes), places + running[r]);
        });
        ArrayPool<byte>.Shared.Return(met);
        return (t.MoveToOuterDisposeScope(), offsets.MoveToOuterDisposeScope());
    }

    /// <summary>The box around the occupied cells of a single grid, outside of which nothing is met; the whole grid where none is occupied.</summary>
    internal static Box Around(OccupancyGrid grid)
    {
        int n = grid.Resolution, none = -1;
        var (low, high) = (new Vector3(n), new Vector3(none));
        for (int column = 0; column < n * n; column++)
        {
            var cells = new ReadOnlySpan<byte>(Bytes(grid.Occupied) + (long)column * n, n);
            int first = cells.IndexOfAnyExcept((byte)0);
            if (first < 0) continue;
            low = Vector3.Min(low, new(column / n, column % n, first));
            high = Vector3.Max(high, new(column / n, column % n, cells.LastIndexOfAnyExcept((byte)0)));
        }
        if (high.X == none) return grid.Inner;
        var size = grid.Inner.Size / n;
        return new Box(grid.Inner.Min + low * size, grid.Inner.Min + (high + Vector3.One) * size);
    }

    /// <summary>Where something can be met: beyond the grid its outermost cells go on.</summary>
    static Box Reach(OccupancyGrid grid)
    {
        var (around, inner, half) = (Around(grid), grid.Inner, grid.Inner.Size / grid.Resolution / 2);
        var (low, high) = (around.Min, around.Max);
        for (int axis = 0; axis < 3; axis++)
        {
            if (low[axis] < inner.Min[axis] + half[axis]) low[axis] = float.NegativeInfinity;
            if (high[axis] > inner.Max[axis] - half[axis]) high[axis] = float.PositiveInfinity;
        }
        return new Box(low, high);
    }

    /// <summary>What all rays share.</summary>
    readonly struct Walk(float* origins, float* directions, float* first, float* last, float* jitter, float step, Spacing spacing, OccupancyGrid grid)
    {
        readonly byte* _occupied = Bytes(grid.Occupied);
        readonly Box? _reach = grid.Cascades == 1 && spacing.Kind == SpacingKind.Linear ? Reach(grid) : null;
        readonly Vector3 _center = grid.Inner.Center, _half = grid.Inner.Size / 2;
        readonly int _resolution = grid.Resolution, _cascades = grid.Cascades;

        /// <summary>How many steps lie between entry and exit, at most.</summary>
        public int Steps(int ray) => last[ray] > first[ray] ? (int)MathF.Ceiling((last[ray] - first[ray]) / step) : 0;

        /// <summary>Marks the steps that meet something, and counts them.</summary>
        public int Look(int ray, Span<byte> met)
        {
            Vector256<float> o0 = Vector256.Create(origins[3 * ray]), o1 = Vector256.Create(origins[3 * ray + 1]), o2 = Vector256.Create(origins[3 * ray + 2]);
            Vector256<float> d0 = Vector256.Create(directions[3 * ray]), d1 = Vector256.Create(directions[3 * ray + 1]), d2 = Vector256.Create(directions[3 * ray + 2]);
            int* cells = stackalloc int[8];
            float* places = stackalloc float[8];
            int count = 0;
            met.Clear();
            var (begin, steps) = Near(ray);
            for (int k = begin; k < steps; k += 8)
            {
                var s = At(ray, k);
                uint within = Vector256.LessThan(s, Vector256.Create(last[ray])).ExtractMostSignificantBits(), bits = 0;
                var t = s;
                if (spacing.Kind != SpacingKind.Linear)
                {
                    for (int i = 0; i < 8; i++) places[i] = spacing.Distance(s[i]);
                    t = Vector256.Load(places);
                }
                Cell(o0 + d0 * t, o1 + d1 * t, o2 + d2 * t).Store(cells);
                for (int i = 0; i < 8; i++) bits |= (uint)_occupied[cells[i]] << i;
                bits &= within;
                met[k >> 3] = (byte)bits;
                count += BitOperations.PopCount(bits);
            }
            return count;
        }

        /// <summary>The steps at which a ray may be where something is occupied, from a multiple of eight on; a step more at either end makes up for rounding.</summary>
        (int Begin, int End) Near(int ray)
        {
            int steps = Steps(ray);
            if (_reach is not { } reach) return (0, steps);
            float entry = first[ray], exit = last[ray];
            for (int axis = 0; axis < 3; axis++)
            {
                float o = origins[3 * ray + axis], inverse = 1 / directions[3 * ray + axis], a = (reach.Min[axis] - o) * inverse, b = (reach.Max[axis] - o) * inverse;
                // A ray along a wall has 0/0 there, which no comparison lets through: it is followed all the way.
                if (float.Min(a, b) > entry) entry = float.Min(a, b);
                if (float.Max(a, b) < exit) exit = float.Max(a, b);
            }
            if (!(entry <= exit)) return (0, 0);
            return (int.Max(0, (int)((entry - first[ray]) / step) - 2) & ~7, int.Min(steps, (int)((exit - first[ray]) / step) + 2));
        }

        /// <summary>Writes the distances of the marked steps.</summary>
        public void Place(int ray, ReadOnlySpan<byte> met, float* t)
        {
            for (int k = 0; k < 8 * met.Length; k += 8)
            {
                if (met[k >> 3] == 0) continue;
                var s = At(ray, k);
                for (uint bits = met[k >> 3]; bits != 0; bits &= bits - 1) *t++ = spacing.Distance(s[BitOperations.TrailingZeroCount(bits)]);
            }
        }

        /// <summary>Eight steps from a number on, in the coordinate of the spacing.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<float> At(int ray, int k) =>
            Vector256.Create(first[ray]) + (Vector256.ConvertToSingle(Vector256.Create(k) + Vector256<int>.Indices) + Vector256.Create(jitter[ray])) * step;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<int> Cell(Vector256<float> x, Vector256<float> y, Vector256<float> z)
        {
            (x, y, z) = ((x - Vector256.Create(_center.X)) / _half.X, (y - Vector256.Create(_center.Y)) / _half.Y, (z - Vector256.Create(_center.Z)) / _half.Z);
            var row = Vector256<int>.Zero;
            if (_cascades > 1)
            {
                var outermost = Vector256.Max(Vector256.Abs(x), Vector256.Max(Vector256.Abs(y), Vector256.Abs(z)));
                var smaller = Vector256<float>.One;
                for (int level = 0; level < _cascades - 1; level++)
                {
                    var beyond = Vector256.GreaterThan(outermost, Vector256.Create((float)(1 << level)));
                    smaller = Vector256.ConditionalSelect(beyond, smaller * 0.5f, smaller);
                    row += beyond.AsInt32() & Vector256.Create(_resolution);
                }
                (x, y, z) = (x * smaller, y * smaller, z * smaller);
            }
            return ((row + Along(x)) * _resolution + Along(y)) * _resolution + Along(z);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<int> Along(Vector256<float> u)
        {
            var place = (u + Vector256<float>.One) * (_resolution / 2f);
            return Vector256.ConvertToInt32Native(Vector256.MinNative(Vector256.Create(_resolution - 1f), Vector256.MaxNative(place, Vector256<float>.Zero)));
        }
    }
}
