using System.Numerics;

namespace NerfLab.Data;

/// <summary>How many pictures the embedded scene has and how they are taken.</summary>
/// <param name="Train">Views to learn from, at least 1.</param>
/// <param name="Val">Views to choose settings with.</param>
/// <param name="Test">Views to report figures on.</param>
/// <param name="Size">Columns and rows of every picture, in pixels, 8 to 4096.</param>
/// <param name="Degrees">The angle of view, in degrees, 5 to 120.</param>
/// <param name="Distance">From every camera to the middle of the scene, in world units, 1.5 to 20.</param>
public sealed record EmbeddedOptions(int Train = 100, int Val = 8, int Test = 10, int Size = 128, float Degrees = 39.5f, float Distance = 3.1f)
{
    internal void Check()
    {
        if (Train < 1 || Val < 0 || Test < 0 || (long)Train + Val + Test > 10_000) throw new BadInputException($"embedded scene: {Train} train, {Val} val and {Test} test views; at least 1 train view and at most 10000 in all are expected");
        if (Size is < 8 or > 4096) throw new BadInputException($"embedded scene: size {Size}; 8 to 4096 pixels are expected");
        if (!(Degrees is >= 5 and <= 120)) throw new BadInputException(FormattableString.Invariant($"embedded scene: angle of view {Degrees}; 5 to 120 degrees are expected"));
        if (!(Distance is >= 1.5f and <= 20)) throw new BadInputException(FormattableString.Invariant($"embedded scene: distance {Distance}; 1.5 to 20 is expected"));
    }
}

/// <summary>
/// The scene that needs no files: a still life rendered exactly from signed distances, with exact poses and depth. Pictures are
/// RGBA before a transparent background; z is up; everything lies in the cube [-1, 1]³.
/// </summary>
public static class EmbeddedScene
{
    private static readonly SphereTracer s_tracer = new(StillLife.Scene);

    /// <summary>Makes the scene; a picture is rendered when it is read.</summary>
    /// <remarks>
    /// Cameras stand on a Fibonacci spiral from a little below the horizon to near the zenith and look at the middle. Val and
    /// test views are taken from the same spiral at even intervals, so that they lie between the training views. Near and far
    /// touch the sphere of radius 1.01 that holds everything.
    /// </remarks>
    /// <param name="options">Downscaling and the numbers of views.</param>
    public static Scene Create(SceneOptions? options = null)
    {
        options ??= new SceneOptions();
        options.Check();
        var how = options.Embedded ?? new EmbeddedOptions();
        how.Check();
        var size = int.Max(1, (int)MathF.Round(how.Size / options.Downscale));
        List<View> train = [], val = [], test = [];
        var total = how.Train + how.Val + how.Test;
        var held = how.Test + how.Val;
        for (var i = 0; i < total; i++)
        {
            var (split, name) = !Takes(i, held, total) ? (train, "train") : Takes(val.Count + test.Count, how.Test, held) ? (test, "test") : (val, "val");
            var camera = Camera.FromAngle(size, size, how.Degrees * MathF.PI / 180, SpiralPose(i, total, how.Distance));
            split.Add(new View($"{name}/{split.Count:000}", camera, () => Render(camera), () => Depth(camera), hasAlpha: true));
        }
        return new Scene
        {
            Name = SceneFile.Embedded,
            Bounds = Box.Cube(1),
            Near = how.Distance - StillLife.Radius,
            Far = how.Distance + StillLife.Radius,
            Train = train,
            Val = val,
            Test = test,
            HasAlpha = true,
        };

        // Spreads some of all evenly: true where the running share, rounded, goes up.
        static bool Takes(int i, int some, int all) => (2L * (i + 1) * some + all) / (2L * all) > (2L * i * some + all) / (2L * all);
    }

    /// <summary>The picture that any camera takes: RGBA, straight alpha.</summary>
    public static Bitmap Render(Camera camera) => s_tracer.Render(camera);

    /// <summary>The exact depth for any camera: [H·W], distance along rays of unit direction, positive infinity where there is nothing.</summary>
    public static float[] Depth(Camera camera) => s_tracer.Depth(camera);

    /// <summary>Signed distance from a point to the nearest surface, or a lower bound of its size; negative inside.</summary>
    public static float SurfaceDistance(Vector3 point) => s_tracer.Distance(point);

    /// <summary>The outward unit normal at a point on a surface.</summary>
    public static Vector3 Normal(Vector3 point) => s_tracer.Normal(point);

    private static Pose SpiralPose(int i, int total, float distance)
    {
        const float Golden = 2.39996323f; // radians
        var z = 0.92f - 1.04f * (i + 0.5f) / total; // sine of the elevation
        var (sin, cos) = MathF.SinCos(i * Golden);
        var rho = MathF.Sqrt(1 - z * z);
        return Pose.LookAt(distance * new Vector3(rho * cos, rho * sin, z), Vector3.Zero, Vector3.UnitZ);
    }
}
