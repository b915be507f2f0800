using System.Text.Json.Nodes;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>EG3D's format: pictures below a folder with <c>dataset.json</c>, whose <c>labels</c> give 25 numbers for each.</summary>
/// <remarks>
/// <para>Chan et al. 2022. The file is <c>{"labels": [["00000/img00000000.png", [25 numbers]], ...]}</c>: a 4x4 camera-to-world matrix with
/// OpenCV axes, rows first, and the 3x3 matrix of intrinsics divided by the size of the picture (focal lengths and principal point, the latter about ½).</para>
/// <para>All pictures are the views of one scene, whatever they show; <see cref="ReadObjects"/> takes every folder of the labels for an object of its own.</para>
/// <para>Extent: what the cameras see about the origin. With d their median distance from it, the box is the cube of half side d·tan(half the angle
/// of view), and near and far enclose the cube. The keys <c>bounds</c>, <c>near</c>, <c>far</c> beside <c>labels</c> win; EG3D passes over them.</para>
/// </remarks>
public static class Eg3dScene
{
    internal const string FileName = "dataset.json";

    private const int Numbers = 25;

    /// <summary>Reads all pictures as one scene.</summary>
    /// <param name="path">The JSON file; relative picture paths start at its folder.</param>
    /// <param name="options">How to read it.</param>
    /// <exception cref="BadInputException">Something in it cannot be used.</exception>
    public static Scene Read(string path, SceneOptions options)
    {
        options.Check();
        var (views, listed, extent) = Views(path, options);
        return Splits.Scene(Path.GetFileName(FolderOf(path)), FolderOf(path), views, options, _ => extent, SceneFile.RemarkSkipped(path, listed - views.Count, listed))
            with { Skipped = listed - views.Count };
    }

    /// <summary>Reads every folder of the labels as a scene: an object that was photographed from several sides.</summary>
    /// <inheritdoc cref="Read"/>
    public static SceneCollection ReadObjects(string path, SceneOptions options)
    {
        options.Check();
        var (views, _, extent) = Views(path, options);
        var objects = views.GroupBy(v => Path.GetDirectoryName(v.Name)!).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        return new SceneCollection(Path.GetFileName(FolderOf(path)), objects.ConvertAll(g => g.Key),
            i => Splits.Scene(objects[i].Key, Path.Combine(FolderOf(path), objects[i].Key), [.. objects[i]], options, _ => extent, []));
    }

    /// <summary>Writes a scene: <c>dataset.json</c> and every picture as PNG without alpha, over white.</summary>
    /// <remarks>The format has no splits: whoever reads it holds out every eighth picture, or none.</remarks>
    /// <param name="scene">The scene; the format knows no distortion.</param>
    /// <param name="folder">Where to; made when missing.</param>
    /// <exception cref="BadInputException">A camera cannot be told in this format, or the folder cannot be written.</exception>
    public static void Write(Scene scene, string folder) => Write(folder, [(scene, i => Invariant($"{i / 1000:00000}/img{i:00000000}.png"))], null);

    /// <summary>Writes a collection: every scene's pictures in a folder of its own.</summary>
    /// <inheritdoc cref="Write(Scene, string)"/>
    /// <param name="scenes">The scenes.</param>
    /// <param name="folder">Where to; made when missing.</param>
    /// <param name="progress">Told after each scene how many have been written.</param>
    public static void Write(SceneCollection scenes, string folder, Action<int>? progress = null) =>
        Write(folder, scenes.Select((s, k) => (s, (Func<int, string>)(i => Invariant($"{scenes.Names[k]}/{i:000000}.png")))), progress);

    private static void Write(string folder, IEnumerable<(Scene Scene, Func<int, string> Name)> scenes, Action<int>? progress)
    {
        var labels = new JsonArray();
        Extent? all = null;
        var done = 0;
        foreach (var (scene, nameOf) in scenes)
        {
            var i = 0;
            foreach (var view in scene.Views.OrderBy(v => v.Name, StringComparer.Ordinal))
            {
                var c = view.Camera;
                if (!c.Distortion.IsNone) throw new BadInputException($"{view.Name}: EG3D's format has no distortion; write instant-ngp or colmap instead");
                var name = nameOf(i++);
                PictureFile.Write(Path.Combine(folder, name), PictureFile.OverWhite(view.Read()));
                float[] numbers = [.. RigidMotion.Rows(c.Pose), c.Fx / c.Width, 0, c.Cx / c.Width, 0, c.Fy / c.Height, c.Cy / c.Height, 0, 0, 1];
                labels.Add(new JsonArray(name, new JsonArray([.. numbers.Select(n => (JsonNode)n)])));
            }
            var extent = new Extent(scene.Bounds, scene.Near, scene.Far);
            all = all is { } before ? before.With(extent) : extent;
            progress?.Invoke(++done);
        }
        var file = new JsonObject { ["labels"] = labels };
        FrameList.WriteExtent(file, all!.Value);
        FrameList.Save(Path.Combine(folder, FileName), file, indented: false);
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static (List<View> Views, int Listed, Extent Extent) Views(string path, SceneOptions options)
    {
        var file = JsonItem.Load(path);
        var labels = file.Get("labels", "a list of pictures with 25 numbers each").Items;
        var views = new List<View>();
        var names = new HashSet<string>();
        foreach (var label in labels)
        {
            var pair = label.Items;
            if (pair.Count != 2) throw label.Bad($"has {pair.Count} elements; a picture's path and {Numbers} numbers are expected");
            var name = pair[0].Text;
            if (name == "" || name.Contains('\0')) throw pair[0].Bad("names no file");
            if (SceneFile.FindPicture(FolderOf(path), name) is not { } picture) continue;
            if (!names.Add(SceneFile.NameOf(name))) throw pair[0].Bad($"is \"{name}\" a second time; every picture can have one pose only");
            var (width, height, hasAlpha) = PictureFile.Measure(picture);
            var camera = Camera(pair[1], width, height);
            if (options.Downscale > 1) camera = camera.Smaller(options.Downscale);
            views.Add(new View(SceneFile.NameOf(name), camera, () => PictureFile.Read(picture, (width, height), camera.Width, camera.Height), file: picture, hasAlpha: hasAlpha));
        }
        if (views.Count == 0) throw new BadInputException($"{path}: no picture is left, none of the {labels.Count} listed ones exists beside it");
        return (views, labels.Count, FrameList.ReadExtent(file) ?? Guess(path, views));
    }

    private static Camera Camera(JsonItem item, int width, int height)
    {
        var numbers = item.Items;
        if (numbers.Count != Numbers) throw item.Bad($"has {numbers.Count} numbers; {Numbers} are expected, a camera-to-world matrix of 16 and intrinsics of 9");
        var v = numbers.Select(n => n.Number).ToArray();
        var (pose, wrong) = RigidMotion.PoseOf(v.AsSpan(0, 16));
        if (wrong is not null) throw item.Bad($"has a matrix that {wrong}");
        var k = v.AsSpan(16);
        if (double.Abs(k[1]) + double.Abs(k[3]) + double.Abs(k[6]) + double.Abs(k[7]) + double.Abs(k[8] - 1) > 1e-4)
            throw item.Bad(Invariant($"has the intrinsics {string.Join(", ", k.ToArray())}; fx, 0, cx, 0, fy, cy, 0, 0, 1 in parts of the picture's size are expected"));
        var camera = new Camera(width, height, (float)(k[0] * width), (float)(k[4] * height), (float)(k[2] * width), (float)(k[5] * height), pose);
        return CameraCheck.Wrong(camera) is { } impossible ? throw item.Bad($"has intrinsics, in parts of the picture's size, of which {impossible}") : camera;
    }

    private static Extent Guess(string path, List<View> views)
    {
        var sorted = views.Select(v => v.Camera.Pose.Position.Length()).Order().ToArray();
        var distance = sorted[sorted.Length / 2];
        if (!(distance > 1e-3f)) throw new BadInputException($"{path}: the cameras stand at the origin; give the keys bounds, near and far");
        var halfView = views.Max(v => v.Camera.Width / 2f / v.Camera.Fx);
        return Extent.OfBox(Box.Cube(distance * halfView), views);
    }
}
