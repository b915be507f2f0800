using System.Numerics;
using System.Text.Json.Nodes;

namespace NerfLab.Data;

/// <summary>
/// The Blender format of NeRF's synthetic scenes: <c>transforms_train.json</c>, <c>transforms_val.json</c> and
/// <c>transforms_test.json</c> beside the pictures, which are usually RGBA PNGs.
/// </summary>
/// <remarks>
/// <para>A file holds <c>camera_angle_x</c> (radians) and <c>frames</c>, each with <c>file_path</c> (without extension) and
/// <c>transform_matrix</c> (camera to world, OpenGL axes). The files for val and test may be missing. The keys of
/// instant-ngp's format for focal lengths and lens are understood too.</para>
/// <para>Extent: the paper's scenes are looked at from the distance 4.03 and lie in the cube of half side 1.5, with near 2 and
/// far 6 (Mildenhall et al. 2020). Where the median distance of the training cameras from the origin is another one by
/// more than a tenth, all three lengths grow in proportion and a remark says so. The keys <c>bounds</c>, <c>near</c>, <c>far</c> win.</para>
/// </remarks>
public static class BlenderScene
{
    internal const string TrainFile = "transforms_train.json";

    private const float UsualDistance = 4.0311289f; // of every camera of the paper's scenes
    private const float HalfSide = 1.5f, Near = 2, Far = 6;

    /// <summary>Reads the scene in a folder.</summary>
    /// <param name="folder">The folder with <c>transforms_train.json</c>.</param>
    /// <param name="options">How to read it.</param>
    /// <exception cref="BadInputException">Something in it cannot be used.</exception>
    public static Scene Read(string folder, SceneOptions options)
    {
        options.Check();
        var remarks = new List<string>();
        var skipped = 0;
        List<View> Split(string name)
        {
            var path = Path.Combine(folder, $"transforms_{name}.json");
            if (name != "train" && !File.Exists(path)) return [];
            var (views, listed) = FrameList.Read(JsonItem.Load(path), folder, options);
            skipped += listed - views.Count;
            remarks.AddRange(SceneFile.RemarkSkipped(path, listed - views.Count, listed));
            if (name == "train" && views.Count == 0) throw new BadInputException($"{path}: no frame is left, none of the {listed} listed pictures exists beside it");
            return views;
        }
        List<View> train = Split("train"), val = Split("val"), test = Split("test");
        if (test.Count == 0) remarks.Add(SceneFile.NoTestViews);

        var extent = FrameList.ReadExtent(JsonItem.Load(Path.Combine(folder, TrainFile))) ?? Extent(train, remarks);
        return new Scene
        {
            Name = SceneFile.FolderName(folder),
            Folder = folder,
            Bounds = extent.Bounds,
            Near = extent.Near,
            Far = extent.Far,
            Train = train,
            Val = val,
            Test = test,
            Skipped = skipped,
            Remarks = remarks,
        };
    }

    /// <summary>Writes a scene: the three JSON files and every picture as PNG below a folder of its split.</summary>
    /// <param name="scene">The scene; the format knows one focal length per split, square pixels and a centred, ideal lens.</param>
    /// <param name="folder">Where to; made when missing.</param>
    /// <exception cref="BadInputException">A camera cannot be told in this format, or the folder cannot be written.</exception>
    public static void Write(Scene scene, string folder)
    {
        foreach (var split in (string[])["train", "val", "test"])
        {
            var views = scene.Split(split);
            if (views.Count == 0 && split != "train") continue;
            var camera = views[0].Camera;
            var frames = new JsonArray();
            var nameOf = FrameList.FileNames(views);
            foreach (var view in views)
            {
                var c = view.Camera;
                var centred = c.Cx == c.Width / 2f && c.Cy == c.Height / 2f && c.Fx == c.Fy && c.Distortion.IsNone;
                if (!centred || (c.Width, c.Height, c.Fx) != (camera.Width, camera.Height, camera.Fx))
                    throw new BadInputException($"{view.Name}: the Blender format has one focal length for all views, a centred principal point and no distortion; write instant-ngp's format instead");
                var name = $"{split}/{nameOf(view)}";
                frames.Add(FrameList.Write(view, $"./{name}"));
                PictureFile.Write(Path.Combine(folder, $"{name}.png"), view.Read());
            }
            var file = new JsonObject { ["camera_angle_x"] = 2 * double.Atan(camera.Width / 2.0 / camera.Fx), ["frames"] = frames };
            FrameList.WriteExtent(file, scene);
            FrameList.Save(Path.Combine(folder, $"transforms_{split}.json"), file);
        }
    }

    private static Extent Extent(List<View> train, List<string> remarks)
    {
        var distances = train.Select(v => v.Camera.Pose.Position.Length()).Order().ToArray();
        var scale = distances[distances.Length / 2] / UsualDistance;
        if (scale is > 0.9f and < 1.1f) return new Extent(Box.Cube(HalfSide), Near, Far);
        if (!(scale > 1e-3f)) throw new BadInputException($"{TrainFile}: the cameras stand at the origin; give the keys bounds, near and far");
        remarks.Add(FormattableString.Invariant($"the cameras stand {scale:0.###} times as far from the origin as usual: near {Near * scale:0.###}, far {Far * scale:0.###}, bounds ±{HalfSide * scale:0.###} (keys near, far, bounds override this)"));
        return new Extent(Box.Cube(HalfSide * scale), Near * scale, Far * scale);
    }
}
