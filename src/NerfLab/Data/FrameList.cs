using System.Text.Json;
using System.Text.Json.Nodes;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>The list <c>frames</c> that both formats share: a picture's path and a camera-to-world matrix each.</summary>
internal static class FrameList
{
    /// <summary>Reads all frames whose picture exists, in the order of the file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="folder">Where relative paths start.</param>
    /// <param name="options">How to read.</param>
    /// <returns>The views, and how many frames the file lists.</returns>
    public static (List<View> Views, int Listed) Read(JsonItem file, string folder, SceneOptions options)
    {
        var frames = file.Get("frames", "a list of frames, each with file_path and transform_matrix,").Items;
        var views = new List<View>();
        var names = new HashSet<string>();
        (int Width, int Height, string File)? first = null;
        foreach (var frame in frames)
        {
            var path = frame.Get("file_path", "the path of a picture");
            var pose = PoseJson.Read(frame);
            if (path.Text == "" || path.Text.Contains('\0')) throw path.Bad("names no file");
            if (SceneFile.FindPicture(folder, path.Text) is not { } picture) continue;
            var name = SceneFile.NameOf(path.Text);
            if (!names.Add(name)) throw path.Bad($"is \"{path.Text}\" as in an earlier frame; every picture can have one pose only");

            var (width, height, hasAlpha) = PictureFile.Measure(picture);
            // Without stated sizes the first picture is the measure of the others: one focal length cannot fit two sizes.
            first ??= (width, height, picture);
            if ((frame.Find("w") ?? file.Find("w")) is null && (width, height) != (first.Value.Width, first.Value.Height))
                throw new BadInputException($"{picture}: the picture is {width}x{height}, but {Path.GetFileName(first.Value.File)} of the same scene is {first.Value.Width}x{first.Value.Height}");
            var camera = IntrinsicsJson.Read(file, frame, pose, picture, width, height);
            if (options.Downscale > 1) camera = camera.Resized(Scaled(width, options.Downscale), Scaled(height, options.Downscale));
            views.Add(new View(name, camera, () => PictureFile.Read(picture, (width, height), camera.Width, camera.Height), file: picture, hasAlpha: hasAlpha));
        }
        if (frames.Count == 0) throw file.Get("frames", "").Bad("is empty; at least one frame is expected");
        return (views, frames.Count);
    }

    /// <summary>The keys <c>bounds</c>, <c>near</c> and <c>far</c>, which NerfLab writes and other readers pass over; null where a file has none.</summary>
    public static (Box Bounds, float Near, float Far)? ReadExtent(JsonItem file)
    {
        if (file.Find("bounds") is not { } item) return null;
        var c = item.Items.SelectMany(corner => corner.Items).Select(n => (float)n.Number).ToArray();
        if (c.Length != 6 || !(c[0] < c[3] && c[1] < c[4] && c[2] < c[5])) throw item.Bad("is no box; two corners of three numbers are expected, the smaller one first");
        JsonItem near = file.Get("near", "a distance"), far = file.Get("far", "a distance");
        if (!(near.Number > 0)) throw near.Bad(Invariant($"is {near.Number}; a distance above 0 is expected"));
        if (!(far.Number > near.Number)) throw far.Bad(Invariant($"is {far.Number}; a distance above near = {near.Number} is expected"));
        return (new Box(new(c[0], c[1], c[2]), new(c[3], c[4], c[5])), (float)near.Number, (float)far.Number);
    }

    /// <summary>Writes what <see cref="ReadExtent"/> reads.</summary>
    public static void WriteExtent(JsonObject to, Scene scene)
    {
        var (min, max) = scene.Bounds;
        to["bounds"] = new JsonArray(new JsonArray(min.X, min.Y, min.Z), new JsonArray(max.X, max.Y, max.Z));
        (to["near"], to["far"]) = (scene.Near, scene.Far);
    }

    /// <summary>A frame with its path and matrix.</summary>
    public static JsonObject Write(View view, string path) => new() { ["file_path"] = path, ["transform_matrix"] = PoseJson.Write(view.Camera.Pose) };

    /// <summary>Saves a file of either format.</summary>
    public static void Save(string path, JsonObject file) => AtomicFile.Write(path, file.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));

    private static int Scaled(int size, float factor) => int.Max(1, (int)MathF.Round(size / factor));
}
