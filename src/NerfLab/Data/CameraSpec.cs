using System.Numerics;
using System.Text.Json.Serialization;
using NerfLab.Procedural;

namespace NerfLab.Data;

/// <summary>How many pictures of a generated scene there are and how they are taken.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(AroundCameras), "around")]
[JsonDerivedType(typeof(InsideCameras), "inside")]
public abstract record CameraSpec
{
    /// <summary>Views to learn from, at least 1.</summary>
    public int Train { get; init; } = 100;

    /// <summary>Views to choose settings with.</summary>
    public int Val { get; init; } = 8;

    /// <summary>Views to report figures on.</summary>
    public int Test { get; init; } = 10;

    /// <summary>Columns and rows of every picture, in pixels, 8 to 4096.</summary>
    public int Size { get; init; } = 128;

    /// <summary>The angle of view, in degrees, 5 to 120.</summary>
    public float Degrees { get; init; } = 39.5f;

    /// <summary>What the cameras look at, or stand around, world units.</summary>
    public Vector3 Target { get; init; }

    /// <summary>What is up in the pictures.</summary>
    public Vector3 Up { get; init; } = Vector3.UnitZ;

    /// <summary>Draws the cameras at random; null spreads them evenly, always in the same way.</summary>
    public long? Seed { get; init; }

    /// <summary>All cameras in three splits. Val and test cameras lie between those for training.</summary>
    /// <param name="downscale">Pictures are this many times smaller in each direction.</param>
    public IEnumerable<(string Split, Camera Camera)> Cameras(float downscale = 1)
    {
        var size = int.Max(1, (int)MathF.Round(Size / downscale));
        int total = Train + Val + Test, held = Test + Val, others = 0, tests = 0;
        for (var i = 0; i < total; i++)
        {
            var split = !Takes(i, held, total) ? "train" : Takes(others++, Test, held) ? "test" : "val";
            if (split == "test") tests++;
            yield return (split, Camera.FromAngle(size, size, Degrees * MathF.PI / 180, PoseOf(i, total)));
        }

        // Spreads some of all evenly: true where the running share, rounded, goes up.
        static bool Takes(int i, int some, int all) => (2L * (i + 1) * some + all) / (2L * all) > (2L * i * some + all) / (2L * all);
    }

    /// <summary>The pose of camera <paramref name="i"/> of <paramref name="total"/>.</summary>
    protected abstract Pose PoseOf(int i, int total);

    /// <summary>What is wrong with it, as "key is value; x is expected"; null when nothing is.</summary>
    public virtual string? Complaint()
    {
        if (Train < 1 || Val < 0 || Test < 0 || (long)Train + Val + Test > 10_000) return $"train, val and test are {Train}, {Val} and {Test}; at least 1 train view and at most 10000 in all are expected";
        if (Size is < 8 or > 4096) return $"size is {Size}; 8 to 4096 pixels are expected";
        if (!(Up.Length() > 1e-6f)) return "up is 0, 0, 0; a direction is expected";
        return Degrees is >= 5 and <= 120 ? null : FormattableString.Invariant($"degrees is {Degrees}; an angle of view of 5 to 120 degrees is expected");
    }

    // Three numbers from 0 to 1 for a camera: drawn, or those of a sequence that fills the cube evenly.
    private protected Vector3 Place(int i)
    {
        if (Seed is { } seed)
        {
            var dice = new Dice(seed, i);
            return new Vector3(dice.Next(), dice.Next(), dice.Next());
        }
        // Powers of the root of x⁴ = x + 1 (M. Roberts 2018).
        double n = i + 1, a = n * 0.8191725133961644, b = n * 0.6710436067037893, c = n * 0.5497004779019703;
        return new Vector3((float)(a - double.Floor(a)), (float)(b - double.Floor(b)), (float)(c - double.Floor(c)));
    }

    // Right and left axes of the ground below "up".
    private protected (Vector3 X, Vector3 Y, Vector3 Z) Axes()
    {
        if (Up == Vector3.UnitZ) return (Vector3.UnitX, Vector3.UnitY, Vector3.UnitZ);
        var z = Vector3.Normalize(Up);
        var x = Vector3.Normalize(Vector3.Cross(MathF.Abs(z.Y) < 0.9f ? Vector3.UnitY : Vector3.UnitZ, z));
        return (x, Vector3.Cross(z, x), z);
    }
}

/// <summary>Cameras on a sphere that look at its middle.</summary>
/// <param name="Distance">From every camera to the target, in world units.</param>
/// <param name="Low">The lowest camera: its height above the target over the distance (the sine of its elevation), -1 to 1.</param>
/// <param name="High">The highest camera, at least <paramref name="Low"/>.</param>
/// <remarks>Evenly spread cameras stand on a Fibonacci spiral from <paramref name="High"/> down to <paramref name="Low"/>.</remarks>
public sealed record AroundCameras(float Distance = 3.1f, float Low = -0.12f, float High = 0.92f) : CameraSpec
{
    /// <inheritdoc/>
    protected override Pose PoseOf(int i, int total)
    {
        const float Golden = 2.39996323f; // radians
        var place = Place(i);
        var z = Seed is null ? High - (High - Low) * (i + 0.5f) / total : High - (High - Low) * place.X;
        var (sin, cos) = MathF.SinCos(Seed is null ? i * Golden : place.Y * MathF.Tau);
        var rho = MathF.Sqrt(1 - z * z);
        var axes = Axes();
        return Pose.LookAt(Target + Distance * (rho * cos * axes.X + rho * sin * axes.Y + z * axes.Z), Target, Up);
    }

    /// <inheritdoc/>
    public override string? Complaint()
    {
        if (!(Distance is > 0 and <= 1e4f)) return FormattableString.Invariant($"distance is {Distance}; a length above 0 is expected");
        if (!(Low is >= -1 and <= 1)) return FormattableString.Invariant($"low is {Low}; -1 to 1 is expected");
        return High >= Low && High <= 1 ? base.Complaint() : FormattableString.Invariant($"high is {High}; low, {Low}, to 1 is expected");
    }
}

/// <summary>Cameras on a ring within a room that look across its middle, as in the scenes of GQN.</summary>
/// <param name="Radius">The ring's radius about the target, in world units.</param>
/// <param name="Low">The lowest camera's height above the target.</param>
/// <param name="High">The highest camera's.</param>
/// <param name="Spread">How far past the target they may look, in world units.</param>
public sealed record InsideCameras(float Radius = 0.75f, float Low = -0.1f, float High = 0.35f, float Spread = 0.3f) : CameraSpec
{
    /// <inheritdoc/>
    protected override Pose PoseOf(int i, int total)
    {
        const float Golden = 2.39996323f;
        var (place, axes) = (Place(i), Axes());
        var (sin, cos) = MathF.SinCos(Seed is null ? i * Golden : place.X * MathF.Tau);
        var eye = Target + Radius * (cos * axes.X + sin * axes.Y) + (Low + (High - Low) * place.Y) * axes.Z;
        // Sideways only: what is in the middle stays in the picture.
        var aim = Target + (2 * place.Z - 1) * Spread * (cos * axes.Y - sin * axes.X);
        return Pose.LookAt(eye, aim, Up);
    }

    /// <inheritdoc/>
    public override string? Complaint()
    {
        if (!(Radius is > 0 and <= 1e4f)) return FormattableString.Invariant($"radius is {Radius}; a length above 0 is expected");
        if (!(Spread is >= 0 and <= 1e4f)) return FormattableString.Invariant($"spread is {Spread}; 0 or more is expected");
        return High >= Low ? base.Complaint() : FormattableString.Invariant($"high is {High}; at least low, {Low}, is expected");
    }
}
