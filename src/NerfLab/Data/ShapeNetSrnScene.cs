using System.Globalization;
using System.Numerics;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>
/// An object of the ShapeNet-SRN data in pixelNeRF's layout: a folder with <c>intrinsics.txt</c>, <c>rgb/000000.png</c> ... and
/// <c>pose/000000.txt</c> .... Many of them in one folder, such as <c>cars_train</c>, are a category: <see cref="SceneCollection"/>.
/// </summary>
/// <remarks>
/// <para>Sitzmann et al. 2019, Yu et al. 2021. The first line of <c>intrinsics.txt</c> holds focal length and principal point in pixels, the last
/// one height and width; what stands between (barycentre, near plane, scale) is passed over. A pose is a camera-to-world matrix of 16
/// numbers with OpenCV axes (x right, y down, z into the scene). Pictures of another size than the stated one scale the
/// intrinsics.</para>
/// <para>Extent: ShapeNet's objects fit into the cube of half side 0.5 about the origin; near and far enclose it as seen from the nearest
/// and the farthest camera. Where other objects need other numbers, <c>near_far.txt</c> (two numbers) and <c>bbox.txt</c> (the smaller and
/// the larger corner, six numbers) give them.</para>
/// <para>Every eighth view in the order of the names is held out as test (<see cref="SceneOptions.TestEvery"/>); a category is usually split by
/// objects, and read with 0.</para>
/// </remarks>
public static class ShapeNetSrnScene
{
    private const string Intrinsics = "intrinsics.txt", NearFar = "near_far.txt", Corners = "bbox.txt";
    private const float HalfSide = 0.5f;

    /// <summary>Whether a folder is an object of this format.</summary>
    internal static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Intrinsics)) && Directory.Exists(Path.Combine(folder, "pose"));

    /// <summary>Reads an object.</summary>
    /// <param name="folder">The folder with <c>intrinsics.txt</c>.</param>
    /// <param name="options">How to read it.</param>
    /// <exception cref="BadInputException">Something in it cannot be used.</exception>
    public static Scene Read(string folder, SceneOptions options)
    {
        options.Check();
        if (!Directory.Exists(Path.Combine(folder, "rgb")) || !Directory.Exists(Path.Combine(folder, "pose"))) throw new BadInputException($"{folder}: the folders rgb and pose are expected beside {Intrinsics}");
        var lens = Lens(Path.Combine(folder, Intrinsics));
        var source = new PictureFolder(Path.Combine(folder, "rgb"), 1);
        var pictures = source.Pictures().ToDictionary(p => Path.GetFileNameWithoutExtension(p));
        var poses = Directory.EnumerateFiles(Path.Combine(folder, "pose"), "*.txt").Order(StringComparer.Ordinal).ToList();
        var views = new List<View>();
        foreach (var file in poses)
            if (pictures.Remove(Path.GetFileNameWithoutExtension(file), out var picture))
                views.Add(source.View(picture, lens with { Pose = PoseOf(file) }, options.Downscale));
        if (pictures.Count > 0) throw new BadInputException($"{pictures.Values.Order(StringComparer.Ordinal).First()}: there is no pose/{pictures.Keys.Order(StringComparer.Ordinal).First()}.txt; every picture needs its pose");
        if (views.Count == 0) throw new BadInputException($"{folder}: no picture in rgb has a pose of its name in pose");

        return Splits.Scene(SceneFile.FolderName(folder), folder, views, options, _ => ReadExtent(folder, views), SceneFile.RemarkSkipped("pose", poses.Count - views.Count, poses.Count))
            with { Skipped = poses.Count - views.Count };
    }

    /// <summary>Writes an object: intrinsics, every picture as PNG with its pose in the order of the views' names, bounds, near and far. Alpha is kept, with white under what is transparent.</summary>
    /// <remarks>The format has no splits within an object: whoever reads it holds out every eighth picture, or none.</remarks>
    /// <param name="scene">The scene; the format knows one lens for all views, with square pixels and without distortion.</param>
    /// <param name="folder">The object's folder; made when missing.</param>
    /// <exception cref="BadInputException">A camera cannot be told in this format, or the folder cannot be written.</exception>
    public static void Write(Scene scene, string folder)
    {
        var views = scene.Views.OrderBy(v => v.Name, StringComparer.Ordinal).ToList();
        var c = views[0].Camera;
        if (views.Find(v => v.Camera with { Pose = c.Pose } != c || c.Fx != c.Fy || !c.Distortion.IsNone) is { } other)
            throw new BadInputException($"{other.Name}: an object of ShapeNet-SRN has one lens for all views, with square pixels and without distortion; write instant-ngp or colmap instead");
        for (var i = 0; i < views.Count; i++)
        {
            PictureFile.Write(Path.Combine(folder, "rgb", $"{i:000000}.png"), PictureFile.WhiteUnder(views[i].Read()));
            AtomicFile.Write(Path.Combine(folder, "pose", $"{i:000000}.txt"), Numbers(RigidMotion.Rows(views[i].Camera.Pose)));
        }
        var (low, high) = scene.Bounds;
        AtomicFile.Write(Path.Combine(folder, NearFar), Numbers(scene.Near, scene.Far));
        AtomicFile.Write(Path.Combine(folder, Corners), Numbers(low.X, low.Y, low.Z, high.X, high.Y, high.Z));
        // Last, because it makes the folder an object.
        AtomicFile.Write(Path.Combine(folder, Intrinsics), $"{Numbers(c.Fx, c.Cx, c.Cy, 0)}0 0 0\n1\n{c.Height} {c.Width}\n");
    }

    private static Camera Lens(string path)
    {
        var lines = Lines(path);
        double focal = lines[0].Number(0, "the focal length"), cx = lines[0].Number(1, "the principal point"), cy = lines[0].Number(2, "the principal point");
        // The original data may end with a line that says which way the poses go.
        var last = lines.Count > 2 && lines[^1].Count == 1 ? lines[^2] : lines[^1];
        if (last != lines[^1] && lines[^1].Number(0, "the direction of the poses") != 0) throw lines[^1].Bad("the poses are said to go from world to camera; pixelNeRF's layout, with poses from camera to world, is expected");
        if (lines.Count < 2 || last.Count != 2) throw last.Bad("height and width in pixels are expected in the last line");
        int height = Pixels(last.Number(0, "the height"), last), width = Pixels(last.Number(1, "the width"), last);
        var camera = new Camera(width, height, (float)focal, (float)focal, (float)cx, (float)cy, default);
        return CameraCheck.Wrong(camera) is { } wrong ? throw lines[0].Bad(wrong) : camera;

        static int Pixels(double value, TextLine line) => value is >= 1 and <= 1 << 16 && value == double.Floor(value) ? (int)value : throw line.Bad(Invariant($"{value} pixels; a whole number from 1 to 65536 is expected"));
    }

    private static Pose PoseOf(string path)
    {
        var lines = Lines(path);
        var numbers = lines.SelectMany(l => Enumerable.Range(0, l.Count).Select(i => l.Number(i, "a number of the pose"))).ToArray();
        if (numbers.Length != 16) throw new BadInputException($"{path}: {numbers.Length} numbers; the 16 of a camera-to-world matrix are expected");
        var (pose, wrong) = RigidMotion.PoseOf(numbers);
        return wrong is null ? pose : throw new BadInputException($"{path}: the matrix {wrong}");
    }

    private static Extent ReadExtent(string folder, List<View> views)
    {
        var bounds = Box.Cube(HalfSide);
        if (File.Exists(Path.Combine(folder, Corners)))
        {
            var line = Lines(Path.Combine(folder, Corners))[0];
            float At(int i) => (float)line.Number(i, "a coordinate of a corner");
            bounds = new Box(new(At(0), At(1), At(2)), new(At(3), At(4), At(5)));
            if (!(bounds.Size.X > 0 && bounds.Size.Y > 0 && bounds.Size.Z > 0)) throw line.Bad("no box; the smaller corner and then the larger one, three numbers each, are expected");
        }
        if (File.Exists(Path.Combine(folder, NearFar)))
        {
            var line = Lines(Path.Combine(folder, NearFar))[0];
            double near = line.Number(0, "near"), far = line.Number(1, "far");
            return near > 0 && far > near ? new Extent(bounds, (float)near, (float)far) : throw line.Bad(Invariant($"near {near} and far {far}; near above 0 and far above near are expected"));
        }
        return Extent.OfBox(bounds, views);
    }

    // These files have a handful of lines.
    private static List<TextLine> Lines(string path)
    {
        var lines = TextLine.Of(path).Where(l => l.HasValues).Take(17).ToList();
        return lines.Count is >= 1 and <= 16 ? lines : throw new BadInputException($"{path}: {(lines.Count == 0 ? "no" : "more than 16")} lines of numbers; a few are expected");
    }

    private static string Numbers(params ReadOnlySpan<float> values)
    {
        var text = new System.Text.StringBuilder();
        foreach (var v in values) text.Append(text.Length == 0 ? "" : " ").Append(v.ToString("R", CultureInfo.InvariantCulture));
        return text.Append('\n').ToString();
    }
}
