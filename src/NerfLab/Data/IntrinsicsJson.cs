using System.Text.Json.Nodes;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>
/// Focal lengths, principal point and lens in JSON. Every key may stand in the file or, with precedence, in a frame:
/// <c>w h</c>; <c>fl_x fl_y</c> in pixels, or <c>camera_angle_x/y</c> in radians, or <c>x_fov y_fov</c> in degrees;
/// <c>cx cy</c> in pixels; <c>k1 k2 p1 p2 k3</c> as OpenCV means them.
/// </summary>
internal static class IntrinsicsJson
{
    // COLMAP's names, which nerfstudio writes; each is a case of OpenCV's model.
    private static readonly string[] s_models = ["SIMPLE_PINHOLE", "PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV"];
    private static readonly string[] s_lens = ["k1", "k2", "k3", "p1", "p2"];

    /// <summary>The camera of a frame for its picture of the given size.</summary>
    /// <remarks>
    /// Where <c>w, h</c> state another size than the picture has, the intrinsics are scaled if the picture has exactly the
    /// stated proportions (width to height), and the file is refused otherwise.
    /// </remarks>
    public static Camera Read(JsonItem file, JsonItem frame, Pose pose, string picture, int width, int height)
    {
        JsonItem? Find(string key) => frame.Find(key) ?? file.Find(key);
        double Value(string key, double otherwise) => Find(key)?.Number ?? otherwise;

        if (Find("is_fisheye") is { IsTrue: true } fisheye) throw fisheye.Bad("is true; only perspective lenses with OpenCV's k1, k2, p1, p2, k3 are read");
        if (Find("camera_model") is { } model)
        {
            if (!s_models.Contains(model.Text)) throw model.Bad($"is \"{model.Text}\"; only perspective lenses are read: {string.Join(", ", s_models)}");
            if (model.Text.EndsWith("PINHOLE", StringComparison.Ordinal) && s_lens.Select(Find).FirstOrDefault(k => k is { Number: not 0 }) is { } curved)
                throw curved.Bad(Invariant($"is {curved.Number} although camera_model is {model.Text}, which has no distortion; OPENCV is the model that has"));
        }
        if (Find("k4") is { Number: not 0 } k4) throw k4.Bad("is given; only perspective lenses with OpenCV's k1, k2, p1, p2, k3 are read");

        int w = Size(Find("w"), width), h = Size(Find("h"), height);
        if ((long)w * height != (long)h * width)
            throw new BadInputException($"{picture}: the picture is {width}x{height}, but {(Find("w") ?? Find("h"))!.Bad($"and h say {w}x{h}").Message}");

        var fx = Focal(Find, "x", w);
        var fy = Focal(Find, "y", h);
        if ((fx ?? fy) is not { } focal) throw file.Missing("fl_x", "a focal length (fl_x in pixels, or camera_angle_x in radians)");
        var distortion = new Distortion((float)Value("k1", 0), (float)Value("k2", 0), (float)Value("p1", 0), (float)Value("p2", 0), (float)Value("k3", 0));
        double cx = Principal(Find("cx"), w), cy = Principal(Find("cy"), h), scale = (double)width / w;
        var camera = new Camera(width, height, (float)(focal * scale), (float)((fy ?? focal) * scale), (float)(cx * scale), (float)(cy * scale), pose, distortion);
        if (CameraCheck.Folds(camera)) throw (Find("k1") ?? Find("k2") ?? Find("k3") ?? file).Bad("and its companions describe a lens that folds the picture over before its border; check the signs");
        return camera;
    }

    /// <summary>Writes a camera's intrinsics into a file or a frame.</summary>
    public static void Write(JsonObject to, Camera camera)
    {
        (to["w"], to["h"]) = (camera.Width, camera.Height);
        (to["fl_x"], to["fl_y"], to["cx"], to["cy"]) = (camera.Fx, camera.Fy, camera.Cx, camera.Cy);
        var d = camera.Distortion;
        (to["k1"], to["k2"], to["p1"], to["p2"], to["k3"]) = (d.K1, d.K2, d.P1, d.P2, d.K3);
    }

    private static int Size(JsonItem? item, int picture)
    {
        if (item is null) return picture;
        return item.Number is >= 1 and <= 1 << 16 && item.Number == double.Floor(item.Number) ? (int)item.Number : throw item.Bad(Invariant($"is {item.Number}; a whole number of pixels is expected"));
    }

    private static double Principal(JsonItem? item, int size)
    {
        if (item is null) return size / 2.0;
        return CameraCheck.IsPrincipal(item.Number, size) ? item.Number : throw item.Bad(Invariant($"is {item.Number}; a place near the middle of {size} pixels is expected"));
    }

    private static double? Focal(Func<string, JsonItem?> find, string axis, int size)
    {
        double focal;
        JsonItem item;
        if (find($"fl_{axis}") is { } pixels) (item, focal) = (pixels, pixels.Number);
        else if (find($"camera_angle_{axis}") is { } radians) (item, focal) = (radians, OfAngle(radians, radians.Number, double.Pi));
        else if (find($"{axis}_fov") is { } degrees) (item, focal) = (degrees, OfAngle(degrees, degrees.Number * double.Pi / 180, 180));
        else return null;
        if (!CameraCheck.IsFocal(focal, size)) throw item.Bad(Invariant($"is {item.Number}, a focal length of {focal:0.###} pixels for {size} pixels of picture; {CameraCheck.FocalRange(size)}"));
        return focal;

        double OfAngle(JsonItem angle, double radian, double half) => radian > 0 && radian < double.Pi
            ? size / 2.0 / double.Tan(radian / 2)
            : throw angle.Bad(Invariant($"is {angle.Number}; an angle of view between 0 and {half:0.####} is expected"));
    }
}
