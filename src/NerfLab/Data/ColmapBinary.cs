using System.Numerics;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>COLMAP's binary model files. All numbers are little-endian; every list starts with its length as 64 bits.</summary>
internal static class ColmapBinary
{
    /// <summary><c>cameras.bin</c>: number u32, model i32, width and height u64, the model's parameters f64.</summary>
    public static Dictionary<uint, ColmapCamera> Cameras(BinaryFile file)
    {
        var cameras = new Dictionary<uint, ColmapCamera>();
        for (var left = file.Count("cameras", 24 + 3 * 8); left > 0; left--)
        {
            var number = file.UInt32("a camera's number");
            var place = $"{file.Path} camera {number}";
            var type = file.Int32("a camera's model");
            if (ColmapCamera.Find(type) is not { } model) throw file.Bad($"camera {number} has model {type}; 0 to 11 ({ColmapCamera.Names}) are known");
            ulong width = file.UInt64("a camera's width"), height = file.UInt64("a camera's height");
            if (width is 0 or > 1 << 16 || height is 0 or > 1 << 16) throw file.Bad($"camera {number} has pictures of {width}x{height} pixels; 1 to 65536 each are expected");
            var parameters = new double[model.Parameters];
            for (var i = 0; i < parameters.Length; i++) parameters[i] = file.Double($"parameter {i} of camera {number}");
            if (!cameras.TryAdd(number, new ColmapCamera(place, model.Name, (int)width, (int)height, parameters))) throw file.Bad($"camera {number} stands there a second time");
        }
        AtEnd(file, "cameras");
        return cameras;
    }

    /// <summary><c>images.bin</c>: number u32, quaternion 4 f64, translation 3 f64, camera u32, name up to a zero byte, and points of 24 bytes each, which are passed over.</summary>
    public static List<ColmapImage> Images(BinaryFile file)
    {
        var images = new List<ColmapImage>();
        Span<double> q = stackalloc double[4], t = stackalloc double[3];
        for (var left = file.Count("images", 4 + 7 * 8 + 4 + 1 + 8); left > 0; left--)
        {
            var number = file.UInt32("an image's number");
            foreach (ref var v in q) v = file.Double($"the quaternion of image {number}");
            foreach (ref var v in t) v = file.Double($"the translation of image {number}");
            var camera = file.UInt32("an image's camera");
            var name = file.Text($"the name of image {number}");
            var (pose, wrong) = ColmapModel.PoseOf(q, t);
            if (wrong is not null) throw file.Bad($"image {number}: {wrong}");
            file.Bytes(24 * file.Count($"points of image {number}", 24), "an image's points");
            images.Add(new ColmapImage($"{file.Path} image {number}", name, camera, pose));
        }
        AtEnd(file, "images");
        return images;
    }

    /// <summary><c>points3D.bin</c>: number u64, position 3 f64, colour 3 bytes, error f64, and a track of 8 bytes per sighting, which is passed over.</summary>
    public static List<ScenePoint> Points(BinaryFile file)
    {
        const int Least = 8 + 3 * 8 + 3 + 8 + 8;
        var count = file.Count("points", Least);
        var points = new List<ScenePoint>(count);
        for (var i = 0; i < count; i++)
        {
            file.UInt64("a point's number");
            var position = new Vector3((float)file.Double("a point's x"), (float)file.Double("a point's y"), (float)file.Double("a point's z"));
            var color = file.Bytes(3, "a point's colour");
            points.Add(new ScenePoint(position, color[0], color[1], color[2]));
            file.Bytes(8, "a point's error");
            file.Bytes(8 * file.Count(Invariant($"sightings of point {i}"), 8), "a point's sightings");
        }
        AtEnd(file, "points");
        return points;
    }

    private static void AtEnd(BinaryFile file, string what)
    {
        if (file.Left > 0) throw file.Bad(Invariant($"{file.Left} bytes follow the last of the {what}; the end of the file is expected"));
    }
}
