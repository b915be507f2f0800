using System.Text.Json;
using System.Text.Json.Nodes;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>The list <c>frames</c> that the JSON formats share: a picture's path and a camera-to-world matrix each.</summary>
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
            if (options.Downscale > 1) camera = camera.Smaller(options.Downscale);
            views.Add(new View(name, camera, () => PictureFile.Read(picture, (width, height), camera.Width, camera.Height), file: picture, hasAlpha: hasAlpha,
                mask: CameraCheck.Mask(camera, Mask(folder, frame) is { } mask ? () => PictureFile.ReadMask(mask, (width, height), camera.Width, camera.Height) : null)));
        }
        if (frames.Count == 0) throw file.Get("frames", "").Bad("is empty; at least one frame is expected");
        return (views, frames.Count);
    }

    /// <summary>Reads a whole scene of one file.</summary>
    /// <param name="path">The file; relative picture paths start at its folder.</param>
    /// <param name="options">How to read it.</param>
    /// <param name="extent">Where the scene is, if the keys <c>bounds</c>, <c>near</c>, <c>far</c> do not say.</param>
    public static Scene ReadScene(string path, SceneOptions options, Func<JsonItem, List<View>, Extent> extent)
    {
        options.Check();
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var file = JsonItem.Load(path);
        var (views, listed) = Read(file, folder, options);
        if (views.Count == 0) throw new BadInputException($"{path}: no frame is left, none of the {listed} listed pictures exists beside it");
        var (train, val, test) = Splits.Of(file, views, options.TestEvery);
        if (train.Count == 0) throw new BadInputException($"{path}: no view is left to train on ({views.Count} in all)");
        var remarks = SceneFile.RemarkSkipped(path, listed - views.Count, listed).ToList();
        if (test.Count == 0) remarks.Add(SceneFile.NoTestViews);
        remarks.AddRange(SceneFile.RemarkMasked(views));
        var where = ReadExtent(file) ?? extent(file, views);
        return new Scene
        {
            Name = Path.GetFileName(folder),
            Folder = folder,
            Bounds = where.Bounds,
            Near = where.Near,
            Far = where.Far,
            Train = train,
            Val = val,
            Test = test,
            Skipped = listed - views.Count,
            Remarks = remarks,
        };
    }

    /// <summary>Writes a whole scene of one file: its keys are added to those that are there, and pictures and masks are written as PNG below <c>images</c> and <c>masks</c>.</summary>
    public static void WriteScene(Scene scene, string folder, JsonObject file)
    {
        var camera = scene.Train[0].Camera;
        var shared = scene.Views.All(v => v.Camera with { Pose = camera.Pose } == camera);
        if (shared) IntrinsicsJson.Write(file, camera);
        WriteExtent(file, scene);
        var frames = new JsonArray();
        foreach (var split in (string[])["train", "val", "test"])
        {
            var names = new JsonArray();
            var nameOf = FileNames(scene.Split(split));
            foreach (var view in scene.Split(split))
            {
                var name = $"images/{split}_{nameOf(view)}.png";
                var frame = Write(view, name);
                if (!shared) IntrinsicsJson.Write(frame, view.Camera);
                if (view.ReadMask() is { } mask)
                {
                    frame["mask_path"] = $"masks/{split}_{nameOf(view)}.png";
                    PictureFile.WriteMask(Path.Combine(folder, $"masks/{split}_{nameOf(view)}.png"), mask, view.Camera.Width, view.Camera.Height);
                }
                frames.Add(frame);
                names.Add(name);
                PictureFile.Write(Path.Combine(folder, name), view.Read());
            }
            file[$"{split}_filenames"] = names;
        }
        file["frames"] = frames;
        Save(Path.Combine(folder, InstantNgpScene.FileName), file);
    }

    /// <summary>The keys <c>bounds</c>, <c>near</c> and <c>far</c>, which NerfLab writes and other readers pass over; null where a file has none.</summary>
    public static Extent? ReadExtent(JsonItem file)
    {
        if (file.Find("bounds") is not { } item) return null;
        var c = item.Items.SelectMany(corner => corner.Items).Select(n => (float)n.Number).ToArray();
        if (c.Length != 6 || !(c[0] < c[3] && c[1] < c[4] && c[2] < c[5])) throw item.Bad("is no box; two corners of three numbers are expected, the smaller one first");
        JsonItem near = file.Get("near", "a distance"), far = file.Get("far", "a distance");
        if (!(near.Number > 0)) throw near.Bad(Invariant($"is {near.Number}; a distance above 0 is expected"));
        if (!(far.Number > near.Number)) throw far.Bad(Invariant($"is {far.Number}; a distance above near = {near.Number} is expected"));
        return new Extent(new Box(new(c[0], c[1], c[2]), new(c[3], c[4], c[5])), (float)near.Number, (float)far.Number);
    }

    /// <summary>Writes what <see cref="ReadExtent"/> reads.</summary>
    public static void WriteExtent(JsonObject to, Extent extent)
    {
        var (min, max) = extent.Bounds;
        to["bounds"] = new JsonArray(new JsonArray(min.X, min.Y, min.Z), new JsonArray(max.X, max.Y, max.Z));
        (to["near"], to["far"]) = (extent.Near, extent.Far);
    }

    /// <inheritdoc cref="WriteExtent(JsonObject, Extent)"/>
    public static void WriteExtent(JsonObject to, Scene scene) => WriteExtent(to, new Extent(scene.Bounds, scene.Near, scene.Far));

    /// <summary>A frame with its path and matrix.</summary>
    public static JsonObject Write(View view, string path) => new() { ["file_path"] = path, ["transform_matrix"] = PoseJson.Write(view.Camera.Pose) };

    /// <summary>Names for the pictures of views in one folder: the last part of a view's name, or where two views share that, all parts.</summary>
    public static Func<View, string> FileNames(IEnumerable<View> views)
    {
        var unique = views.GroupBy(v => Path.GetFileName(v.Name)).All(g => g.Count() == 1);
        return v => unique ? Path.GetFileName(v.Name) : v.Name.Replace('/', '_');
    }

    /// <summary>Saves a file of these formats.</summary>
    public static void Save(string path, JsonObject file, bool indented = true) => AtomicFile.Write(path, file.ToJsonString(new JsonSerializerOptions { WriteIndented = indented }));

    private static string? Mask(string folder, JsonItem frame)
    {
        if (frame.Find("mask_path") is not { } path) return null;
        return path.Text != "" && !path.Text.Contains('\0') && SceneFile.FindPicture(folder, path.Text) is { } mask ? mask : throw path.Bad($"is \"{path.Text}\", which does not exist; a picture with white where pixels count is expected");
    }
}
