using System.Numerics;
using System.Text.Json.Nodes;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>instant-ngp's format: one <c>transforms.json</c> with intrinsics per file or per frame and OpenCV lenses.</summary>
/// <remarks>
/// <para>World units stay those of the file. instant-ngp maps a point x of the file to scale·x + offset (defaults 0.33 and ½ in each
/// axis), then cycles the axes (x, y, z) to (y, z, x), and renders the unit cube enlarged <c>aabb_scale</c> times about its
/// middle. <see cref="Scene.Bounds"/> is that cube mapped back: ((½ ± aabb_scale/2) - offset) / scale. Since the offset is
/// added before the axes are cycled and the cube looks the same in every axis, an offset given per axis needs no reordering.</para>
/// <para>Near is instant-ngp's near distance of 0.1 in the units of its unit cube; far is the longest way from a camera to a corner
/// of the bounds. The keys <c>bounds</c>, <c>near</c>, <c>far</c> win where they are given.</para>
/// <para>Splits: <c>train_filenames</c>, <c>val_filenames</c>, <c>test_filenames</c> where the file has them (lists of <c>file_path</c>s);
/// otherwise every eighth view in the order of the names is held out as test (<see cref="SceneOptions.TestEvery"/>).</para>
/// </remarks>
public static class InstantNgpScene
{
    internal const string FileName = "transforms.json";

    private const double DefaultScale = 0.33, DefaultOffset = 0.5, NearInUnitCube = 0.1;

    /// <summary>Reads a scene.</summary>
    /// <param name="path">The JSON file; relative picture paths start at its folder.</param>
    /// <param name="options">How to read it.</param>
    /// <exception cref="BadInputException">Something in it cannot be used.</exception>
    public static Scene Read(string path, SceneOptions options) => FrameList.ReadScene(path, options, Extent);

    /// <summary>Writes a scene: <c>transforms.json</c>, every picture as PNG below <c>images</c>, and masks below <c>masks</c>.</summary>
    /// <remarks>Scale and offset are chosen so that the scene's bounds fill instant-ngp's unit cube (<c>aabb_scale</c> 1).</remarks>
    /// <param name="scene">The scene.</param>
    /// <param name="folder">Where to; made when missing.</param>
    /// <exception cref="BadInputException">A lens cannot be told in this format, or the folder cannot be written.</exception>
    public static void Write(Scene scene, string folder)
    {
        var size = scene.Bounds.Size;
        var scale = 1 / MathF.Max(size.X, MathF.Max(size.Y, size.Z));
        var offset = new Vector3(0.5f) - scale * scene.Bounds.Center;
        FrameList.WriteScene(scene, folder, new JsonObject { ["aabb_scale"] = 1, ["scale"] = scale, ["offset"] = new JsonArray(offset.X, offset.Y, offset.Z) });
    }

    private static Extent Extent(JsonItem file, List<View> views)
    {
        var aabb = 1.0;
        if (file.Find("aabb_scale") is { } a) aabb = a.Number is > 0 and <= 128 ? a.Number : throw a.Bad(Invariant($"is {a.Number}; a factor above 0, at most 128, is expected"));
        var scale = DefaultScale;
        if (file.Find("scale") is { } s) scale = s.Number is > 1e-6 and < 1e6 ? s.Number : throw s.Bad(Invariant($"is {s.Number}; a factor above 0 is expected"));
        var offset = new Vector3((float)DefaultOffset);
        if (file.Find("offset") is { } o) offset = o.Items.Count == 3 ? new((float)o.Items[0].Number, (float)o.Items[1].Number, (float)o.Items[2].Number) : throw o.Bad("is no point; three numbers are expected");

        Vector3 Back(double corner) => (new Vector3((float)corner) - offset) / (float)scale;
        var bounds = new Box(Back(0.5 - aabb / 2), Back(0.5 + aabb / 2));
        return new Extent(bounds, (float)(NearInUnitCube / scale), Data.Extent.FarthestCorner(bounds, views));
    }
}
