using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Renders a <see cref="SolidScene"/> exactly: sphere tracing to single precision.</summary>
/// <remarks>
/// Sphere tracing: J. C. Hart 1996. A ray is first cut with the things' boxes, then marched among those it meets.
/// </remarks>
public sealed class SphereTracer : Tracer
{
    private const int MaxSteps = 400;
    private const float Touch = 2e-5f; // a march ends this near to a surface; the last step then lands on it
    private const float ShortestStep = 1e-4f; // or a ray that grazes a surface would never get past it
    private const int MaxThings = 256;

    private readonly Placed[] _things;

    /// <summary>Prepares a scene.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="grid">Samples per pixel and direction, 1 to 16: 2 means 4 samples at fixed places, and 16 where these disagree.</param>
    /// <exception cref="BadInputException">There are no things or too many.</exception>
    public SphereTracer(SolidScene scene, int grid = 2) : base(scene.Lighting, grid)
    {
        if (scene.Things.Count is 0 or > MaxThings) throw new BadInputException($"{scene.Things.Count} things: 1 to {MaxThings} are expected");
        _things = [.. scene.Things.Select((t, i) => new Placed(t, t.Object ?? (byte)int.Min(i + 1, 255)))];
        Bounds = new Box(_things.Select(t => t.Position - t.Extent).Aggregate(Vector3.Min), _things.Select(t => t.Position + t.Extent).Aggregate(Vector3.Max));
    }

    /// <inheritdoc/>
    public override Box Bounds { get; }

    /// <summary>Signed distance to the nearest surface, or a lower bound of its size: negative inside of a thing.</summary>
    public float Distance(Vector3 point)
    {
        var nearest = float.PositiveInfinity;
        foreach (var thing in _things)
        {
            // A thing that is farther away than what we have cannot win.
            var reach = nearest + thing.Radius;
            if (reach > 0 && (point - thing.Position).LengthSquared() >= reach * reach) continue;
            nearest = MathF.Min(nearest, thing.Distance(point));
        }
        return nearest;
    }

    /// <summary>The outward unit normal at a point on a surface.</summary>
    public Vector3 Normal(Vector3 point)
    {
        var nearest = _things.MinBy(t => MathF.Abs(t.Distance(point)))!;
        return nearest.Normal(point);
    }

    private protected override float Hair => 2e-3f;

    private protected override bool Meet(Vector3 origin, Vector3 direction, out Hit hit)
    {
        Span<int> active = stackalloc int[MaxThings];
        Span<float> before = stackalloc float[MaxThings];
        var count = Cull(origin, direction, 0, active, out var t, out var end);
        for (var step = 0; step < MaxSteps && t <= end && count > 0; step++)
        {
            var p = origin + t * direction;
            var nearest = Nearest(p, t, active[..count], before, out var which);
            if (nearest < Touch)
            {
                // Newton's step onto the surface: what is left of the distance, or was too much, seen along the ray.
                var cosine = -Vector3.Dot(_things[which].Normal(p), direction);
                hit = new Hit(t + nearest / MathF.Max(cosine, 0.1f), which);
                return true;
            }
            t += MathF.Max(nearest, ShortestStep);
        }
        hit = default;
        return false;
    }

    private protected override Surface Look(Vector3 point, Vector3 direction, in Hit hit)
    {
        var thing = _things[hit.Which];
        return new Surface(thing.Normal(point), thing.Material.Texture.At(thing.Local(point)), thing.Material, thing.Object);
    }

    // The things whose box, widened in proportion to the way there, the ray meets; and the way from the first to the last.
    private int Cull(Vector3 origin, Vector3 direction, float widening, Span<int> active, out float start, out float end)
    {
        var count = 0;
        (start, end) = (float.PositiveInfinity, 0);
        var inverse = new Vector3(1 / NotZero(direction.X), 1 / NotZero(direction.Y), 1 / NotZero(direction.Z));
        for (var i = 0; i < _things.Length; i++)
        {
            var thing = _things[i];
            var to = thing.Position - origin;
            var half = thing.Extent;
            if (widening > 0) half += new Vector3(widening * MathF.Max(Vector3.Dot(to, direction) + thing.Radius, 0));
            // Slabs: the ray is inside the box between the last entry and the first exit.
            Vector3 middle = to * inverse, reach = Vector3.Abs(half * inverse), enter = middle - reach, leave = middle + reach;
            var first = MathF.Max(MathF.Max(enter.X, enter.Y), MathF.Max(enter.Z, 0));
            var last = MathF.Min(leave.X, MathF.Min(leave.Y, leave.Z));
            if (first > last) continue;
            start = MathF.Min(start, first);
            end = MathF.Max(end, last);
            active[count++] = i;
        }
        return count;

        static float NotZero(float v) => MathF.Abs(v) < 1e-20f ? 1e-20f : v;
    }

    /// <summary>The distance to the nearest of some things from the point at <paramref name="t"/> of a ray.</summary>
    /// <param name="p">The point.</param>
    /// <param name="t">How far it is along the ray.</param>
    /// <param name="active">The things.</param>
    /// <param name="before">Where the ray could meet each of them at the earliest, as far as is known.</param>
    /// <param name="which">The nearest one.</param>
    private float Nearest(Vector3 p, float t, ReadOnlySpan<int> active, Span<float> before, out int which)
    {
        var nearest = float.PositiveInfinity;
        which = -1;
        for (var i = 0; i < active.Length; i++)
        {
            // A thing cannot have come nearer than the way that was walked since it was last asked.
            if (before[i] - t >= nearest) continue;
            var d = _things[active[i]].Distance(p);
            before[i] = t + d;
            if (d < nearest) (nearest, which) = (d, active[i]);
        }
        return nearest;
    }

    // The narrowest passage on the way there, in units of the cone of half-shadow.
    private protected override float Lit(Vector3 origin, Vector3 direction, float distance, float sharpness)
    {
        Span<int> active = stackalloc int[MaxThings];
        Span<float> before = stackalloc float[MaxThings];
        var count = Cull(origin, direction, 1 / sharpness, active, out var t, out var end);
        end = MathF.Min(end, distance);
        var lit = 1f;
        t = MathF.Max(t, 2e-3f);
        for (var step = 0; step < 48 && t < end && count > 0; step++)
        {
            var p = origin + t * direction;
            var nearest = Nearest(p, t, active[..count], before, out _);
            lit = MathF.Min(lit, sharpness * nearest / t);
            if (lit < 0.01f) return 0;
            t += float.Clamp(nearest, 0.01f, 0.2f);
        }
        return lit * lit * (3 - 2 * lit);
    }

    // Ambient occlusion from how much nearer surfaces are along the normal than they would be above a plane.
    private protected override float Openness(Vector3 p, Vector3 n)
    {
        const float Reach = 0.24f;
        Span<int> near = stackalloc int[MaxThings];
        var count = 0;
        for (var i = 0; i < _things.Length; i++)
        {
            var reach = _things[i].Radius + 2 * Reach;
            if ((p - _things[i].Position).LengthSquared() < reach * reach) near[count++] = i;
        }
        float closed = 0, weight = 1;
        for (var h = Reach / 8; h <= Reach; h *= 2, weight *= 0.6f)
        {
            var nearest = h;
            for (var i = 0; i < count; i++) nearest = MathF.Min(nearest, _things[near[i]].Distance(p + h * n));
            closed += weight * (h - nearest) / h;
        }
        return MathF.Exp(-0.9f * closed);
    }

    /// <summary>A thing with its rotation taken apart into axes.</summary>
    private sealed class Placed
    {
        private readonly Solid _solid;
        private readonly Vector3 _x, _y, _z;
        private readonly bool _upright;

        public Placed(Thing thing, byte number)
        {
            (_solid, Material, Position, Object) = (thing.Solid, thing.Material, thing.Position, number);
            var q = thing.Rotation is { } r ? Quaternion.Normalize(r) : Quaternion.Identity;
            _upright = q.IsIdentity;
            (_x, _y, _z) = (Vector3.Transform(Vector3.UnitX, q), Vector3.Transform(Vector3.UnitY, q), Vector3.Transform(Vector3.UnitZ, q));
            var e = _solid.Extent;
            // A hair wider than the solid, so that rounding never cuts it.
            Extent = e.X * Vector3.Abs(_x) + e.Y * Vector3.Abs(_y) + e.Z * Vector3.Abs(_z) + new Vector3(1e-3f);
            Radius = Extent.Length();
        }

        public Material Material { get; }
        public Vector3 Position { get; }
        public Vector3 Extent { get; }
        public byte Object { get; }
        public float Radius { get; }

        public Vector3 Local(Vector3 p)
        {
            p -= Position;
            return _upright ? p : new Vector3(Vector3.Dot(p, _x), Vector3.Dot(p, _y), Vector3.Dot(p, _z));
        }

        public float Distance(Vector3 p) => _solid.Distance(Local(p));

        // Central differences: their error is of second order, and single precision leaves 1e-4 of it.
        public Vector3 Normal(Vector3 p)
        {
            const float H = 1e-3f;
            p = Local(p);
            var n = Vector3.Normalize(new Vector3(
                _solid.Distance(p with { X = p.X + H }) - _solid.Distance(p with { X = p.X - H }),
                _solid.Distance(p with { Y = p.Y + H }) - _solid.Distance(p with { Y = p.Y - H }),
                _solid.Distance(p with { Z = p.Z + H }) - _solid.Distance(p with { Z = p.Z - H })));
            return _upright ? n : n.X * _x + n.Y * _y + n.Z * _z;
        }
    }
}
