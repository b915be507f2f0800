using System.Numerics;
using NerfLab.Procedural;

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
    private const float Radius = 1.01f; // of a sphere about the origin that holds everything

    private static readonly SceneRecipe s_recipe = ReadRecipe();
    private static readonly SphereTracer s_tracer = new(Content);

    /// <summary>The things and the light.</summary>
    public static SolidScene Content => new(s_recipe.Things, s_recipe.Lighting);

    /// <summary>Makes the scene; a picture is rendered when it is read.</summary>
    /// <remarks>
    /// It is the recipe <c>still-life.json</c>. Cameras stand on a Fibonacci spiral from a little below the horizon to near the
    /// zenith and look at the middle. Val and test views are taken from the same spiral at even intervals, so that they lie
    /// between the training views. Near and far touch the sphere of radius 1.01 that holds everything.
    /// </remarks>
    /// <param name="options">Downscaling and the numbers of views.</param>
    public static Scene Create(SceneOptions? options = null)
    {
        options ??= new SceneOptions();
        options.Check();
        var how = options.Embedded ?? new EmbeddedOptions();
        how.Check();
        var cameras = (AroundCameras)s_recipe.Cameras with { Train = how.Train, Val = how.Val, Test = how.Test, Size = how.Size, Degrees = how.Degrees, Distance = how.Distance };
        var scene = new GeneratedScene(SceneFile.Embedded, s_tracer, cameras) { Bounds = Box.Cube(1) }.Open(options.Downscale);
        return scene with { Near = how.Distance - Radius, Far = how.Distance + Radius };
    }

    /// <summary>The picture that any camera takes: RGBA, straight alpha.</summary>
    public static Bitmap Render(Camera camera) => s_tracer.Render(camera);

    /// <summary>The exact depth for any camera: [H·W], distance along rays of unit direction, positive infinity where there is nothing.</summary>
    public static float[] Depth(Camera camera) => s_tracer.Depth(camera);

    /// <summary>Signed distance from a point to the nearest surface, or a lower bound of its size; negative inside.</summary>
    public static float SurfaceDistance(Vector3 point) => s_tracer.Distance(point);

    /// <summary>The outward unit normal at a point on a surface.</summary>
    public static Vector3 Normal(Vector3 point) => s_tracer.Normal(point);

    private static SceneRecipe ReadRecipe()
    {
        using var stream = typeof(EmbeddedScene).Assembly.GetManifestResourceStream("still-life.json")!;
        using var reader = new StreamReader(stream);
        return SceneRecipe.Parse(reader.ReadToEnd(), "still-life.json");
    }
}
