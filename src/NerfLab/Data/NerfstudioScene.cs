using System.Text.Json.Nodes;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>nerfstudio's format: one <c>transforms.json</c> as its <c>ns-process-data</c> writes it.</summary>
/// <remarks>
/// <para>Told from instant-ngp's file of the same name by one of the keys <c>camera_model</c>, <c>applied_transform</c>, <c>applied_scale</c>,
/// <c>ply_file_path</c>, where none of instant-ngp's <c>aabb_scale</c>, <c>scale</c>, <c>offset</c> is present.</para>
/// <para>Intrinsics <c>fl_x fl_y cx cy w h k1 k2 k3 p1 p2</c> stand in the file or in a frame. <c>camera_model</c> may be SIMPLE_PINHOLE, PINHOLE,
/// SIMPLE_RADIAL, RADIAL or OPENCV, or SIMPLE_RADIAL_FISHEYE, RADIAL_FISHEYE or OPENCV_FISHEYE (k1 k2 k3 k4); panoramic cameras are refused by name. The corners of
/// a round fisheye picture, which no ray reaches, are masked.</para>
/// <para>World units stay those of the file. <c>applied_transform</c> says how the writer has turned the poses already; it is checked and
/// not applied again. nerfstudio itself centres and scales the poses when it reads them, which needs no counterpart here.
/// <c>ply_file_path</c> and <c>depth_file_path</c> are passed over.</para>
/// <para><c>mask_path</c> of a frame names a picture of the same size: black pixels are excluded, that is neither learned from nor
/// measured. (Alpha would be another thing: it says that there is nothing, and the field would learn emptiness.)</para>
/// <para>Extent: the file says nothing about it, so that it is guessed from the cameras: with d the median distance from the point that
/// is nearest to all viewing axes, the box is the cube of half side 2d about it, and near is d/20. The keys <c>bounds</c>,
/// <c>near</c>, <c>far</c> win where they are given. Splits are those of <see cref="InstantNgpScene"/>.</para>
/// </remarks>
public static class NerfstudioScene
{
    private static readonly string[] s_own = ["camera_model", "applied_transform", "applied_scale", "ply_file_path"], s_others = ["aabb_scale", "scale", "offset"];

    /// <summary>Reads a scene.</summary>
    /// <param name="path">The JSON file; relative picture paths start at its folder.</param>
    /// <param name="options">How to read it.</param>
    /// <exception cref="BadInputException">Something in it cannot be used.</exception>
    public static Scene Read(string path, SceneOptions options)
    {
        return FrameList.ReadScene(path, options, (file, views) =>
        {
            CheckAppliedTransform(file);
            return Extent.OfCameras(views);
        });
    }

    /// <summary>Writes a scene: <c>transforms.json</c>, every picture as PNG below <c>images</c>, and masks below <c>masks</c>.</summary>
    /// <param name="scene">The scene; one camera model for all its views.</param>
    /// <param name="folder">Where to; made when missing.</param>
    /// <exception cref="BadInputException">A lens cannot be told in this format, or the folder cannot be written.</exception>
    public static void Write(Scene scene, string folder)
    {
        var models = scene.Views.Select(v => v.Camera.Distortion is { IsNone: true } ? "PINHOLE" : v.Camera.Distortion.Projection == Projection.Equidistant ? IntrinsicsJson.Fisheye : "OPENCV").Distinct().ToList();
        if (models.Count > 1) models.Remove("PINHOLE"); // a case of OPENCV
        if (scene.Views.GroupBy(v => v.Camera.Distortion.Projection).Count() > 1) throw new BadInputException($"{scene.Name}: fisheye and perspective cameras in one scene; nerfstudio's format has one camera model, write instant-ngp or colmap instead");
        FrameList.WriteScene(scene, folder, new JsonObject { ["camera_model"] = models[0] });
    }

    internal static bool Wrote(JsonItem file) => s_own.Any(k => file.Find(k) is not null) && s_others.All(k => file.Find(k) is null);

    private static void CheckAppliedTransform(JsonItem file)
    {
        if (file.Find("applied_transform") is not { } item) return;
        if (item.Items.Count is not (3 or 4)) throw item.Bad(Invariant($"has {item.Items.Count} rows; 3 rows of 4 numbers are expected"));
        foreach (var row in item.Items)
        {
            if (row.Items.Count != 4) throw row.Bad(Invariant($"has {row.Items.Count} numbers; 4 are expected"));
            foreach (var number in row.Items) _ = number.Number;
        }
    }
}
