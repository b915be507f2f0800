using System.Numerics;

namespace NerfLab.Data;

/// <summary>
/// Renders a <see cref="SolidScene"/> exactly: sphere tracing to single precision, soft shadows, ambient occlusion, highlights
/// and one mirror bounce. Deterministic: the same camera gives the same bytes whatever the number of threads.
/// </summary>
/// <remarks>
/// Sphere tracing: J. C. Hart 1996. A ray is first cut with the things' boxes, then marched among those it meets.
/// Colours are computed linearly and stored as sRGB; the samples of a pixel are averaged as sRGB with straight alpha, because that
/// is what a radiance field learns to composite.
/// </remarks>
public sealed class SphereTracer
{
    private const int MaxSteps = 400;
    private const float Surface = 2e-5f; // a march ends this near to a surface; the last step then lands on it
    private const float ShortestStep = 1e-4f; // or a ray that grazes a surface would never get past it
    private const int MaxThings = 64;

    private readonly Placed[] _things;
    private readonly Lighting _light;
    private readonly Vector3 _sun;
    private readonly int _grid;

    /// <summary>Prepares a scene.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="grid">Samples per pixel and direction, 1 to 16: 2 means 4 samples at fixed places, and 16 where these disagree.</param>
    /// <exception cref="BadInputException">There are no things or too many.</exception>
    public SphereTracer(SolidScene scene, int grid = 2)
    {
        if (scene.Things.Count is 0 or > MaxThings) throw new BadInputException($"{scene.Things.Count} things: 1 to {MaxThings} are expected");
        ArgumentOutOfRangeException.ThrowIfLessThan(grid, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(grid, 16);
        _things = [.. scene.Things.Select(t => new Placed(t))];
        _light = scene.Lighting;
        _sun = Vector3.Normalize(_light.Direction);
        _grid = grid;
    }

    /// <summary>The picture that a camera takes, before a transparent background.</summary>
    /// <param name="camera">The camera; its lens is respected.</param>
    /// <returns>RGBA, straight alpha; alpha is the share of a pixel's samples that meet something.</returns>
    public Bitmap Render(Camera camera)
    {
        var samples = new byte[camera.Width * camera.Height * 4];
        Parallel.For(0, camera.Height, row =>
        {
            Span<int> active = stackalloc int[MaxThings];
            Span<int> shadow = stackalloc int[MaxThings];
            for (var column = 0; column < camera.Width; column++)
            {
                var (sum, hits, edge) = Pixel(camera, column, row, _grid, active, shadow);
                var grid = _grid;
                // Four samples tell an edge from a plain surface, but not how much of the pixel each side covers.
                if (edge) (sum, hits, _) = Pixel(camera, column, row, grid *= 2, active, shadow);
                if (hits == 0) continue;
                var at = (row * camera.Width + column) * 4;
                sum *= 255f / hits;
                (samples[at], samples[at + 1], samples[at + 2]) = (Rounded(sum.X), Rounded(sum.Y), Rounded(sum.Z));
                samples[at + 3] = Rounded(255f * hits / (grid * grid));
            }
        });
        return new Bitmap(camera.Width, camera.Height, 4, 8, samples);
    }

    /// <summary>Samples a pixel on a grid: the sum of its colours, how many samples meet something, and whether they disagree.</summary>
    private (Vector3 Sum, int Hits, bool Edge) Pixel(Camera camera, int column, int row, int grid, Span<int> active, Span<int> shadow)
    {
        const float Alike = 0.08f; // of white, in the largest channel
        var (sum, low, high, hits) = (Vector3.Zero, Vector3.One, Vector3.Zero, 0);
        for (var s = 0; s < grid * grid; s++)
        {
            // A slightly turned grid: edges along rows and columns get as many levels as slanted ones.
            float u = (s % grid + 0.5f) / grid - 0.5f, v = (s / grid + 0.5f) / grid - 0.5f;
            var d = camera.Direction(new Vector2(column + 0.5f + 0.894f * u - 0.447f * v, row + 0.5f + 0.447f * u + 0.894f * v));
            if (March(camera.Pose.Position, d, active, out var which) is not { } t) continue;
            var color = Encoded(Shade(camera.Pose.Position + t * d, d, which, shadow, bounce: true));
            (sum, low, high, hits) = (sum + color, Vector3.Min(low, color), Vector3.Max(high, color), hits + 1);
        }
        var spread = high - low;
        return (sum, hits, hits > 0 && (hits < grid * grid || float.Max(spread.X, float.Max(spread.Y, spread.Z)) > Alike));
    }

    /// <summary>The exact depth of every pixel's centre.</summary>
    /// <returns>[H·W]: distance along the ray of unit direction; positive infinity where it meets nothing.</returns>
    public float[] Depth(Camera camera)
    {
        var depth = new float[camera.Width * camera.Height];
        Parallel.For(0, camera.Height, row =>
        {
            for (var column = 0; column < camera.Width; column++)
                depth[row * camera.Width + column] = Trace(camera.Pose.Position, camera.Direction(new Vector2(column + 0.5f, row + 0.5f))) ?? float.PositiveInfinity;
        });
        return depth;
    }

    /// <summary>How far it is to the first surface.</summary>
    /// <param name="origin">Where the ray starts.</param>
    /// <param name="direction">Where it goes; unit length.</param>
    /// <returns>The distance, or null where the ray meets nothing.</returns>
    public float? Trace(Vector3 origin, Vector3 direction)
    {
        Span<int> active = stackalloc int[MaxThings];
        return March(origin, direction, active, out _);
    }

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

    private float? March(Vector3 origin, Vector3 direction, Span<int> active, out int which)
    {
        which = -1;
        var count = Cull(origin, direction, 0, active, out var t, out var end);
        for (var step = 0; step < MaxSteps && t <= end && count > 0; step++)
        {
            var p = origin + t * direction;
            var nearest = float.PositiveInfinity;
            for (var i = 0; i < count; i++)
            {
                var d = _things[active[i]].Distance(p);
                if (d < nearest) (nearest, which) = (d, active[i]);
            }
            if (nearest < Surface)
            {
                // Newton's step onto the surface: what is left of the distance, or was too much, seen along the ray.
                var cosine = -Vector3.Dot(_things[which].Normal(p), direction);
                return t + nearest / MathF.Max(cosine, 0.1f);
            }
            t += MathF.Max(nearest, ShortestStep);
        }
        return null;
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

    private Vector3 Shade(Vector3 p, Vector3 direction, int which, Span<int> scratch, bool bounce)
    {
        var thing = _things[which];
        var material = thing.Material;
        var n = thing.Normal(p);
        var color = material.Texture.At(thing.Local(p));
        var start = p + 2e-3f * n;
        var facing = Vector3.Dot(n, _sun);
        var sun = facing > 0 ? facing * Lit(start, scratch) : 0;
        var around = Vector3.Lerp(_light.Below, _light.Above, 0.5f + 0.5f * n.Z) * Openness(p, n, scratch);
        var half = Vector3.Normalize(_sun - direction);
        var highlight = sun > 0 ? material.Gloss * MathF.Pow(MathF.Max(Vector3.Dot(n, half), 0), material.Shininess) * MathF.Min(1, sun * 3) : 0;
        var light = color * (sun * _light.Sun + around + new Vector3(material.Glow)) * (1 - material.Mirror);
        if (material.Mirror > 0)
        {
            var reflected = Vector3.Reflect(direction, n);
            var fresnel = MathF.Pow(1 - MathF.Max(-Vector3.Dot(direction, n), 0), 5);
            var tint = Vector3.Lerp(color, Vector3.One, fresnel);
            Span<int> active = stackalloc int[MaxThings];
            var seen = bounce && March(start, reflected, active, out var other) is { } t
                ? Shade(start + t * reflected, reflected, other, scratch, bounce: false)
                : Sky(reflected);
            light += material.Mirror * tint * seen;
        }
        return light + highlight * _light.Sun;
    }

    // The share of the sun's disc that is seen: the narrowest passage on the way there, in units of the cone of half-shadow.
    private float Lit(Vector3 origin, Span<int> active)
    {
        var count = Cull(origin, _sun, 1 / _light.Sharpness, active, out var t, out var end);
        var lit = 1f;
        t = MathF.Max(t, 2e-3f);
        for (var step = 0; step < 48 && t < end && count > 0; step++)
        {
            var p = origin + t * _sun;
            var nearest = float.PositiveInfinity;
            for (var i = 0; i < count; i++) nearest = MathF.Min(nearest, _things[active[i]].Distance(p));
            lit = MathF.Min(lit, _light.Sharpness * nearest / t);
            if (lit < 0.01f) return 0;
            t += float.Clamp(nearest, 0.01f, 0.2f);
        }
        return lit * lit * (3 - 2 * lit);
    }

    // Ambient occlusion from how much nearer surfaces are along the normal than they would be above a plane.
    private float Openness(Vector3 p, Vector3 n, Span<int> near)
    {
        const float Reach = 0.24f;
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

    // What mirrors see where nothing stands: a studio with a bright window around the sun.
    private Vector3 Sky(Vector3 d)
    {
        var sky = Vector3.Lerp(new Vector3(0.30f, 0.22f, 0.17f), new Vector3(0.55f, 0.68f, 0.95f), 1 / (1 + MathF.Exp(-6 * d.Z)));
        return sky + 1.6f * MathF.Pow(MathF.Max(Vector3.Dot(d, _sun), 0), 12) * Vector3.One;
    }

    private static Vector3 Encoded(Vector3 linear)
    {
        return new Vector3(Channel(linear.X), Channel(linear.Y), Channel(linear.Z));

        // A soft shoulder keeps highlights from clipping; then the sRGB curve.
        static float Channel(float v)
        {
            v = v < 0.6f ? v : 0.6f + 0.4f * (1 - MathF.Exp(-(v - 0.6f) / 0.4f));
            return v <= 0.0031308f ? 12.92f * v : 1.055f * MathF.Pow(v, 1 / 2.4f) - 0.055f;
        }
    }

    private static byte Rounded(float v) => (byte)int.Clamp((int)MathF.Round(v), 0, 255);

    /// <summary>A thing with its rotation taken apart into axes.</summary>
    private sealed class Placed
    {
        private readonly Solid _solid;
        private readonly Vector3 _x, _y, _z;
        private readonly bool _upright;

        public Placed(Thing thing)
        {
            (_solid, Material, Position) = (thing.Solid, thing.Material, thing.Position);
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
