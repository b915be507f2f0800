using System.Text.Json.Nodes;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>
/// Focal lengths, principal point and lens in JSON. Every key may stand in the file or, with precedence, in a frame:
/// <c>w h</c>; <c>fl_x fl_y</c> in pixels, or <c>camera_angle_x/y</c> in radians, or <c>x_fov y_fov</c> in degrees;
/// <c>cx cy</c> in pixels; <c>k1 k2 p1 p2 k3</c> as OpenCV means them, or <c>k1 k2 k3 k4</c> of OpenCV's fisheye lens, where <c>is_fisheye</c> (instant-ngp) or
/// <c>camera_model</c> (nerfstudio) says so.
/// </summary>
internal static class IntrinsicsJson
{
    /// <summary>The name of OpenCV's fisheye lens.</summary>
    internal const string Fisheye = "OPENCV_FISHEYE";

    // COLMAP's names, which nerfstudio writes, and the coefficients that each of them has.
    private static readonly (string Name, string[] Lens)[] s_models =
    [
        ("SIMPLE_PINHOLE", []), ("PINHOLE", []), ("SIMPLE_RADIAL", ["k1"]), ("RADIAL", ["k1", "k2"]), ("OPENCV", ["k1", "k2", "k3", "p1", "p2"]),
        ("SIMPLE_RADIAL_FISHEYE", ["k1"]), ("RADIAL_FISHEYE", ["k1", "k2"]), (Fisheye, ["k1", "k2", "k3", "k4"]),
    ];

    private static readonly string[] s_lens = ["k1", "k2", "k3", "k4", "p1", "p2"];

    /// <summary>The camera of a frame for its picture of the given size.</summary>
    /// <remarks>
    /// Where <c>w, h</c> state another size than the picture has, the intrinsics are scaled if the picture has exactly the
    /// stated proportions (width to height), and the file is refused otherwise.
    /// </remarks>
    public static Camera Read(JsonItem file, JsonItem frame, Pose pose, string picture, int width, int height)
    {
        JsonItem? Find(string key) => frame.Find(key) ?? file.Find(key);
        double Value(string key, double otherwise) => Find(key)?.Number ?? otherwise;

        var name = Find("camera_model")?.Text ?? (Find("is_fisheye") is { IsTrue: true } ? Fisheye : "OPENCV");
        var model = Array.Find(s_models, m => m.Name == name);
        if (model.Name is null) throw Find("camera_model")!.Bad($"is \"{name}\"; {string.Join(", ", s_models.Select(m => m.Name))} are read");
        foreach (var key in s_lens.Except(model.Lens))
            if (Find(key) is { Number: not 0 } odd) throw odd.Bad(Invariant($"is {odd.Number} although the camera model is {name}, which has {(model.Lens.Length == 0 ? "no distortion" : $"only {string.Join(", ", model.Lens)}")}"));

        int w = Size(Find("w"), width), h = Size(Find("h"), height);
        if ((long)w * height != (long)h * width)
            throw new BadInputException($"{picture}: the picture is {width}x{height}, but {(Find("w") ?? Find("h"))!.Bad($"and h say {w}x{h}").Message}");

        var fx = Focal(Find, "x", w);
        var fy = Focal(Find, "y", h);
        if ((fx ?? fy) is not { } focal) throw file.Missing("fl_x", "a focal length (fl_x in pixels, or camera_angle_x in radians)");
        var distortion = new Distortion((float)Value("k1", 0), (float)Value("k2", 0), (float)Value("p1", 0), (float)Value("p2", 0), (float)Value("k3", 0))
        {
            K4 = (float)Value("k4", 0),
            Projection = name.EndsWith("FISHEYE", StringComparison.Ordinal) ? Projection.Equidistant : Projection.Perspective,
        };
        double cx = Principal(Find("cx"), w), cy = Principal(Find("cy"), h), scale = (double)width / w;
        var camera = new Camera(width, height, (float)(focal * scale), (float)((fy ?? focal) * scale), (float)(cx * scale), (float)(cy * scale), pose, distortion);
        if (distortion.Projection == Projection.Perspective && CameraCheck.Folds(camera)) throw (Find("k1") ?? Find("k2") ?? Find("k3") ?? file).Bad("and its companions describe a lens that folds the picture over before its border; check the signs");
        return camera;
    }

    /// <summary>Writes a camera's intrinsics into a file or a frame, with the keys of instant-ngp and nerfstudio alike.</summary>
    /// <exception cref="BadInputException">The formats have no keys for this lens.</exception>
    public static void Write(JsonObject to, Camera camera)
    {
        (to["w"], to["h"]) = (camera.Width, camera.Height);
        (to["fl_x"], to["fl_y"], to["cx"], to["cy"]) = (camera.Fx, camera.Fy, camera.Cx, camera.Cy);
        switch (camera.Distortion)
        {
            case { Projection: Projection.Perspective, K4: 0, D1: 0, D2: 0, D3: 0, S1: 0, S2: 0 } d:
                (to["k1"], to["k2"], to["p1"], to["p2"], to["k3"]) = (d.K1, d.K2, d.P1, d.P2, d.K3);
                break;
            case { Projection: Projection.Equidistant, P1: 0, P2: 0, D1: 0, D2: 0, D3: 0, S1: 0, S2: 0 } d:
                to["is_fisheye"] = true;
                (to["k1"], to["k2"], to["k3"], to["k4"]) = (d.K1, d.K2, d.K3, d.K4);
                break;
            case var d:
                throw new BadInputException($"the formats of instant-ngp and nerfstudio have no keys for the lens {d}; write colmap instead");
        }
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
