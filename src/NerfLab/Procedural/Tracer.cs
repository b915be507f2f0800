using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>
/// Takes pictures of what rays meet, be it solids or a mesh: soft shadows, ambient occlusion, highlights and one mirror bounce.
/// Deterministic: the same camera gives the same bytes whatever the number of threads.
/// </summary>
/// <remarks>
/// Colours are computed linearly and stored as sRGB; the samples of a pixel are averaged as sRGB with straight alpha, because that
/// is what a radiance field learns to composite.
/// </remarks>
public abstract class Tracer
{
    private readonly Lighting _light;
    private readonly Vector3 _sun;
    private readonly int _grid;

    private protected Tracer(Lighting light, int grid)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(grid, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(grid, 16);
        (_light, _sun, _grid) = (light, Vector3.Normalize(light.Direction), grid);
    }

    /// <summary>A box that holds everything.</summary>
    public abstract Box Bounds { get; }

    /// <summary>So far above a surface a ray starts that must not meet it again.</summary>
    private protected abstract float Hair { get; }

    /// <summary>The first surface that a ray meets; its direction has unit length.</summary>
    private protected abstract bool Meet(Vector3 origin, Vector3 direction, out Hit hit);

    /// <summary>What a ray sees where it met a surface.</summary>
    private protected abstract Surface Look(Vector3 point, Vector3 direction, in Hit hit);

    /// <summary>The share of a light's disc that is seen from a point, 0 to 1.</summary>
    /// <param name="origin">The point.</param>
    /// <param name="direction">Where the light is; unit length.</param>
    /// <param name="distance">How far it is away; may be infinite.</param>
    /// <param name="sharpness">How sharp the shadow is, see <see cref="Lighting.Sharpness"/>.</param>
    private protected abstract float Lit(Vector3 origin, Vector3 direction, float distance, float sharpness);

    /// <summary>The share of the light from all around that reaches a point, 0 to 1.</summary>
    private protected abstract float Openness(Vector3 point, Vector3 normal);

    /// <summary>The picture that a camera takes, before a transparent background.</summary>
    /// <param name="camera">The camera; its lens is respected.</param>
    /// <returns>RGBA, straight alpha; alpha is the share of a pixel's samples that meet something.</returns>
    public Bitmap Render(Camera camera)
    {
        var samples = new byte[camera.Width * camera.Height * 4];
        Parallel.For(0, camera.Height, row =>
        {
            for (var column = 0; column < camera.Width; column++)
            {
                var (sum, hits, edge) = Pixel(camera, column, row, _grid);
                var grid = _grid;
                // Four samples tell an edge from a plain surface, but not how much of the pixel each side covers.
                if (edge) (sum, hits, _) = Pixel(camera, column, row, grid *= 2);
                if (hits == 0) continue;
                var at = (row * camera.Width + column) * 4;
                sum *= 255f / hits;
                (samples[at], samples[at + 1], samples[at + 2]) = (Rounded(sum.X), Rounded(sum.Y), Rounded(sum.Z));
                samples[at + 3] = Rounded(255f * hits / (grid * grid));
            }
        });
        return new Bitmap(camera.Width, camera.Height, 4, 8, samples);
    }

    /// <summary>The exact depth of every pixel's centre.</summary>
    /// <returns>[H·W]: distance along the ray of unit direction; positive infinity where it meets nothing.</returns>
    public float[] Depth(Camera camera) => Centres(camera, float.PositiveInfinity, (_, hit) => hit.Distance);

    /// <summary>The normal at every pixel's centre.</summary>
    /// <returns>[H·W]: unit vectors in world coordinates, on the side of the camera; zero where there is nothing.</returns>
    public Vector3[] Normals(Camera camera) => Centres(camera, Vector3.Zero, (ray, hit) => Look(ray.Origin + hit.Distance * ray.Direction, ray.Direction, hit).Normal);

    /// <summary>Which object every pixel's centre shows.</summary>
    /// <returns>[H·W]: 1 to 255; 0 where there is nothing.</returns>
    public byte[] Objects(Camera camera) => Centres(camera, (byte)0, (ray, hit) => Look(ray.Origin + hit.Distance * ray.Direction, ray.Direction, hit).Object);

    /// <summary>How far it is to the first surface.</summary>
    /// <param name="origin">Where the ray starts.</param>
    /// <param name="direction">Where it goes; unit length.</param>
    /// <returns>The distance, or null where the ray meets nothing.</returns>
    public float? Trace(Vector3 origin, Vector3 direction) => Meet(origin, direction, out var hit) ? hit.Distance : null;

    private T[] Centres<T>(Camera camera, T nothing, Func<(Vector3 Origin, Vector3 Direction), Hit, T> read)
    {
        var result = new T[camera.Width * camera.Height];
        Parallel.For(0, camera.Height, row =>
        {
            for (var column = 0; column < camera.Width; column++)
            {
                var direction = camera.Direction(new Vector2(column + 0.5f, row + 0.5f));
                result[row * camera.Width + column] = Meet(camera.Pose.Position, direction, out var hit) ? read((camera.Pose.Position, direction), hit) : nothing;
            }
        });
        return result;
    }

    /// <summary>Samples a pixel on a grid: the sum of its colours, how many samples meet something, and whether they disagree.</summary>
    private (Vector3 Sum, int Hits, bool Edge) Pixel(Camera camera, int column, int row, int grid)
    {
        const float Alike = 0.08f; // of white, in the largest channel
        var (sum, low, high, hits) = (Vector3.Zero, Vector3.One, Vector3.Zero, 0);
        for (var s = 0; s < grid * grid; s++)
        {
            // A slightly turned grid: edges along rows and columns get as many levels as slanted ones.
            float u = (s % grid + 0.5f) / grid - 0.5f, v = (s / grid + 0.5f) / grid - 0.5f;
            var d = camera.Direction(new Vector2(column + 0.5f + 0.894f * u - 0.447f * v, row + 0.5f + 0.447f * u + 0.894f * v));
            if (!Meet(camera.Pose.Position, d, out var hit)) continue;
            var color = Encoded(Shade(camera.Pose.Position + hit.Distance * d, d, hit, bounce: true));
            (sum, low, high, hits) = (sum + color, Vector3.Min(low, color), Vector3.Max(high, color), hits + 1);
        }
        var spread = high - low;
        return (sum, hits, hits > 0 && (hits < grid * grid || float.Max(spread.X, float.Max(spread.Y, spread.Z)) > Alike));
    }

    private Vector3 Shade(Vector3 p, Vector3 direction, in Hit hit, bool bounce)
    {
        var (n, color, material, _) = Look(p, direction, hit);
        var start = p + Hair * n;
        var facing = Vector3.Dot(n, _sun);
        var sun = facing > 0 && _light.Sun != Vector3.Zero ? facing * Lit(start, _sun, float.PositiveInfinity, _light.Sharpness) : 0;
        var around = Vector3.Lerp(_light.Below, _light.Above, 0.5f + 0.5f * Vector3.Dot(n, _light.Up)) * Openness(p, n);
        var highlight = sun > 0 ? material.Gloss * MathF.Pow(MathF.Max(Vector3.Dot(n, Vector3.Normalize(_sun - direction)), 0), material.Shininess) * MathF.Min(1, sun * 3) * _light.Sun : Vector3.Zero;
        var lamps = Vector3.Zero;
        foreach (var lamp in _light.Lamps)
        {
            var to = lamp.Position - p;
            var distance = to.Length();
            to /= MathF.Max(distance, 1e-6f);
            if (Vector3.Dot(n, to) is not (> 0 and var cosine) || Lit(start, to, distance - lamp.R, MathF.Max(distance / lamp.R, 1)) is not (> 0 and var lit)) continue;
            var light = lit / MathF.Max(distance * distance, 1e-4f) * lamp.Color;
            lamps += cosine * light;
            highlight += material.Gloss * MathF.Pow(MathF.Max(Vector3.Dot(n, Vector3.Normalize(to - direction)), 0), material.Shininess) * MathF.Min(1, cosine * 3) * light;
        }
        var reflected = color * (sun * _light.Sun + around + new Vector3(material.Glow) + lamps) * (1 - material.Mirror);
        if (material.Mirror > 0)
        {
            var mirrored = Vector3.Reflect(direction, n);
            var fresnel = MathF.Pow(1 - MathF.Max(-Vector3.Dot(direction, n), 0), 5);
            var tint = Vector3.Lerp(color, Vector3.One, fresnel);
            var seen = bounce && Meet(start, mirrored, out var other)
                ? Shade(start + other.Distance * mirrored, mirrored, other, bounce: false)
                : Sky(mirrored);
            reflected += material.Mirror * tint * seen;
        }
        return reflected + highlight;
    }

    // What mirrors see where nothing stands: a studio with a bright window around the sun.
    private Vector3 Sky(Vector3 d)
    {
        var sky = Vector3.Lerp(new Vector3(0.30f, 0.22f, 0.17f), new Vector3(0.55f, 0.68f, 0.95f), 1 / (1 + MathF.Exp(-6 * Vector3.Dot(d, _light.Up))));
        return sky + 1.6f * MathF.Pow(MathF.Max(Vector3.Dot(d, _sun), 0), 12) * Vector3.One;
    }

    private static Vector3 Encoded(Vector3 linear)
    {
        return new Vector3(Channel(linear.X), Channel(linear.Y), Channel(linear.Z));

        // A soft shoulder keeps highlights from clipping; then the sRGB curve, in the precision that keeps this fast.
        static float Channel(float v)
        {
            v = v < 0.6f ? v : 0.6f + 0.4f * (1 - MathF.Exp(-(v - 0.6f) / 0.4f));
            return v <= 0.0031308f ? 12.92f * v : 1.055f * MathF.Pow(v, 1 / 2.4f) - 0.055f;
        }
    }

    private static byte Rounded(float v) => (byte)int.Clamp((int)MathF.Round(v), 0, 255);
}

/// <summary>Where a ray met something.</summary>
/// <param name="Distance">How far along the ray.</param>
/// <param name="Which">The number of the solid or triangle.</param>
/// <param name="U">The place on a triangle: the weight of its second corner.</param>
/// <param name="V">The weight of its third corner.</param>
internal readonly record struct Hit(float Distance, int Which, float U = 0, float V = 0);

/// <summary>A surface as a ray sees it.</summary>
/// <param name="Normal">Unit normal on the side of the ray.</param>
/// <param name="Color">Diffuse colour, linear.</param>
/// <param name="Material">Gloss, mirror and glow.</param>
/// <param name="Object">The number of the object, 1 to 255.</param>
internal readonly record struct Surface(Vector3 Normal, Vector3 Color, Material Material, byte Object);
