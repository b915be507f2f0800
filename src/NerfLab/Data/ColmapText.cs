using System.Globalization;
using System.Numerics;
using System.Text;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>COLMAP's model files as text: values separated by blanks, <c>#</c> before comments.</summary>
internal static class ColmapText
{
    /// <summary><c>cameras.txt</c>: number, model's name, width, height, parameters.</summary>
    public static Dictionary<uint, ColmapCamera> Cameras(string path)
    {
        var cameras = new Dictionary<uint, ColmapCamera>();
        foreach (var line in TextLine.Of(path).Where(l => l.HasValues))
        {
            var number = line.Whole(0, "the camera's number", uint.MaxValue);
            var name = line.Word(1, "the camera model's name");
            if (ColmapCamera.Find(name) is not { } model) throw line.Bad($"the camera model {name} is unknown; {ColmapCamera.Names} are known");
            int width = (int)line.Whole(2, "the width in pixels", 1 << 16), height = (int)line.Whole(3, "the height in pixels", 1 << 16);
            if (width == 0 || height == 0) throw line.Bad($"the pictures have {width}x{height} pixels; at least 1x1 is expected");
            if (line.Count != 4 + model.Parameters) throw line.Bad(Invariant($"{name} has {model.Parameters} parameters, but {line.Count - 4} stand there"));
            var parameters = Enumerable.Range(4, model.Parameters).Select(i => line.Number(i, "a parameter")).ToArray();
            if (!cameras.TryAdd(number, new ColmapCamera(line.Place, name, width, height, parameters))) throw line.Bad($"camera {number} stands there a second time");
        }
        return cameras;
    }

    /// <summary><c>images.txt</c>, two lines each: number, quaternion, translation, camera, name; then points, which are passed over and may be none.</summary>
    public static List<ColmapImage> Images(string path)
    {
        var images = new List<ColmapImage>();
        var points = false;
        foreach (var line in TextLine.Of(path))
        {
            if (points || !line.HasValues)
            {
                points = points && line.IsComment;
                continue;
            }
            points = true;
            line.Whole(0, "the image's number", uint.MaxValue);
            var q = Enumerable.Range(1, 4).Select(i => line.Number(i, "the quaternion")).ToArray();
            var t = Enumerable.Range(5, 3).Select(i => line.Number(i, "the translation")).ToArray();
            var camera = line.Whole(8, "the number of its camera", uint.MaxValue);
            line.Word(9, "the picture's name");
            var (pose, wrong) = ColmapModel.PoseOf(q, t);
            if (wrong is not null) throw line.Bad(wrong);
            images.Add(new ColmapImage(line.Place, line.From(9), camera, pose));
        }
        return images;
    }

    /// <summary><c>points3D.txt</c>: number, position, colour, error, sightings; the last two are passed over.</summary>
    public static List<ScenePoint> Points(string path)
    {
        var points = new List<ScenePoint>();
        foreach (var line in TextLine.Of(path).Where(l => l.HasValues))
        {
            var position = new Vector3((float)line.Number(1, "x"), (float)line.Number(2, "y"), (float)line.Number(3, "z"));
            points.Add(new ScenePoint(position, (byte)line.Whole(4, "red", 255), (byte)line.Whole(5, "green", 255), (byte)line.Whole(6, "blue", 255)));
        }
        return points;
    }

    /// <summary>Writes a model. Points have no sightings, and images no points: they are not kept.</summary>
    public static void Write(string folder, IReadOnlyList<(string Name, Camera Camera)> images, IReadOnlyList<ScenePoint> points)
    {
        var cameras = images.Select(i => i.Camera with { Pose = default }).Distinct().ToList();
        var text = new StringBuilder("# CAMERA_ID MODEL WIDTH HEIGHT PARAMS[]\n");
        for (var i = 0; i < cameras.Count; i++)
        {
            var c = ColmapCamera.Of(cameras[i]);
            text.Append(Invariant($"{i + 1} {c.Model} {c.Width} {c.Height} ")).AppendJoin(' ', c.Parameters.Select(Exact)).Append('\n');
        }
        AtomicFile.Write(Path.Combine(folder, "cameras.txt"), text.ToString());

        text = new StringBuilder("# IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME\n# POINTS2D[] as (X Y POINT3D_ID); none are kept\n");
        for (var i = 0; i < images.Count; i++)
        {
            var (q, t) = ColmapModel.Parts(images[i].Camera.Pose);
            var camera = cameras.IndexOf(images[i].Camera with { Pose = default }) + 1;
            text.Append(Invariant($"{i + 1} ")).AppendJoin(' ', q.Concat(t).Select(Exact)).Append(Invariant($" {camera} {images[i].Name}\n\n"));
        }
        AtomicFile.Write(Path.Combine(folder, "images.txt"), text.ToString());

        text = new StringBuilder("# POINT3D_ID X Y Z R G B ERROR TRACK[] as (IMAGE_ID POINT2D_IDX)\n");
        for (var i = 0; i < points.Count; i++)
        {
            var ((x, y, z), r, g, b) = (Axes(points[i].Position), points[i].Red, points[i].Green, points[i].Blue);
            text.Append(Invariant($"{i + 1} {Exact(x)} {Exact(y)} {Exact(z)} {r} {g} {b} 0\n"));
        }
        AtomicFile.Write(Path.Combine(folder, "points3D.txt"), text.ToString());

        static (float, float, float) Axes(Vector3 v) => (v.X, v.Y, v.Z);
        static string Exact(double v) => v.ToString("R", CultureInfo.InvariantCulture);
    }
}
