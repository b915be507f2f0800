using System.Numerics;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>The LLFF format of forward-facing scenes: <c>poses_bounds.npy</c> beside <c>images</c>, <c>images_4</c>, <c>images_8</c>.</summary>
/// <remarks>
/// <para>Mildenhall et al. 2019. A row of the array belongs to a picture in the order of the file names and holds 17 numbers: a 3x5 matrix, rows
/// first, whose columns are the camera's axes down, right and back, its position, and (height, width, focal length in pixels); then
/// the depths of the nearest and the farthest thing that the camera sees. There is no lens and no principal point: pictures are
/// taken to be ideal and centred.</para>
/// <para>As in NeRF (Mildenhall et al. 2020, published code) poses are recentred, so that the mean camera stands at the origin, looks along -z and
/// has y upwards, and scaled, so that the nearest depth of all becomes 1/0.75. Near is 0.9 of that, which is 1.2; far is the largest depth,
/// measured along the picture's corner rays. Bounds are the smallest box around everything that training cameras see between these
/// depths. The scene stays in world space; whether a field is laid into NeRF's normalised device coordinates is not the reader's to decide.</para>
/// <para>Every eighth picture is held out as test (<see cref="SceneOptions.TestEvery"/>).</para>
/// </remarks>
public static class LlffScene
{
    internal const string FileName = "poses_bounds.npy";

    private const float NearestDepth = 1 / 0.75f, NearShare = 0.9f;
    private const float MostTurned = 0.7f; // the cosine of 45 degrees: LLFF's format also holds scenes that are photographed all around

    /// <summary>Reads a scene.</summary>
    /// <param name="folder">The folder with <c>poses_bounds.npy</c>.</param>
    /// <param name="options">How to read it; the downscale factor counts from the photographs, whatever folder of smaller pictures is read.</param>
    /// <exception cref="BadInputException">Something in it cannot be used.</exception>
    public static Scene Read(string folder, SceneOptions options)
    {
        options.Check();
        var path = Path.Combine(folder, FileName);
        var array = NpyFile.Read(path);
        if (array.Shape is not [> 0, 17]) throw new BadInputException($"{path}: the array has the shape ({string.Join(", ", array.Shape)}); (pictures, 17) is expected");
        if (PictureFolder.Choose(folder, options.Downscale) is not { } source) throw new BadInputException($"{folder}: there is no folder images (or images_2, images_4, images_8) beside {FileName}");
        var pictures = source.Pictures();
        var rows = array.Shape[0];
        if (pictures.Count != rows) throw new BadInputException($"{path}: {rows} poses, but {source.Path} has {pictures.Count} pictures; one picture for each pose is expected");

        var cameras = Enumerable.Range(0, rows).Select(i => Row(path, i, array.Values.AsSpan(17 * i, 17))).ToList();
        float nearest = cameras.Min(c => c.Near), farthest = cameras.Max(c => c.Far);
        var scale = NearestDepth / nearest;
        var turned = Recentred([.. cameras.Select(c => c.Camera.Pose)], scale);
        List<View> views = [.. pictures.Select((p, i) => source.View(p, cameras[i].Camera with { Pose = turned[i] }, options.Downscale))];

        var scene = Splits.Scene(SceneFile.FolderName(folder), folder, views, options, train => Frusta(train, NearShare * NearestDepth, farthest * scale), source.Remarks(options.Downscale));
        return scene with { ForwardFacing = scene.Train.All(v => v.Camera.Pose.Forward.Z < -MostTurned) };
    }

    /// <summary>Writes a scene: <c>poses_bounds.npy</c>, and every picture as PNG below <c>images</c>, in the order of the views' names.</summary>
    /// <remarks>The format has no splits: whoever reads it holds out every eighth picture. Near and far are written so that reading a scene that was read from LLFF gives the same poses again.</remarks>
    /// <param name="scene">The scene; the format knows square pixels and a centred, ideal lens only.</param>
    /// <param name="folder">Where to; made when missing.</param>
    /// <exception cref="BadInputException">A camera cannot be told in this format, or the folder cannot be written.</exception>
    public static void Write(Scene scene, string folder)
    {
        var views = scene.Views.OrderBy(v => v.Name, StringComparer.Ordinal).ToList();
        var values = new List<double>();
        foreach (var view in views)
        {
            var c = view.Camera;
            if (c.Fx != c.Fy || c.Cx != c.Width / 2f || c.Cy != c.Height / 2f || !c.Distortion.IsNone)
                throw new BadInputException($"{view.Name}: LLFF's format has square pixels, a centred principal point and no distortion; write colmap or instant-ngp instead");
            var (x, y, z, p) = c.Pose.ToOpenGl();
            foreach (var (down, right, back, at, size) in ((float, float, float, float, float)[])[(-y.X, x.X, z.X, p.X, c.Height), (-y.Y, x.Y, z.Y, p.Y, c.Width), (-y.Z, x.Z, z.Z, p.Z, c.Fx)])
                values.AddRange([down, right, back, at, size]);
            values.AddRange([scene.Near / NearShare, double.Max(scene.Far / Stretch(c), scene.Near / NearShare * 1.001)]);
        }
        for (var i = 0; i < views.Count; i++) PictureFile.Write(Path.Combine(folder, "images", Invariant($"image{i:0000}.png")), views[i].Read());
        new NpyFile([views.Count, 17], [.. values]).Write(Path.Combine(folder, FileName));
    }

    private static (Camera Camera, float Near, float Far) Row(string path, int i, ReadOnlySpan<double> v)
    {
        BadInputException Bad(string isWrong) => new($"{path}: row {i} {isWrong}");
        for (var k = 0; k < 17; k++)
            if (!(double.Abs(v[k]) <= float.MaxValue)) throw Bad(Invariant($"has {v[k]} in column {k}; a number of ordinary size is expected"));
        double height = v[4], width = v[9], near = v[15], far = v[16];
        if (height != double.Floor(height) || width != double.Floor(width) || !(height is >= 1 and <= 1 << 16) || !(width is >= 1 and <= 1 << 16))
            throw Bad(Invariant($"has the picture size {width}x{height} in columns 9 and 4; whole numbers of pixels are expected"));
        if (!(near > 0 && far > near)) throw Bad(Invariant($"has the depths {near} and {far} in columns 15 and 16; the nearest, above 0, and the farthest, above that, are expected"));

        // Columns right, down, forward from down, right, back.
        double[,] m = { { v[1], v[0], -v[2] }, { v[6], v[5], -v[7] }, { v[11], v[10], -v[12] } };
        if (RigidMotion.Repair(m) is { } wrong) throw Bad($"has a matrix that {wrong}");
        var pose = new Pose(Column(0), Column(1), Column(2), new((float)v[3], (float)v[8], (float)v[13]));
        var camera = new Camera((int)width, (int)height, (float)v[14], (float)v[14], (float)width / 2, (float)height / 2, pose);
        return CameraCheck.Wrong(camera) is { } impossible ? throw Bad($"column 14: {impossible}") : (camera, (float)near, (float)far);

        Vector3 Column(int j) => new((float)m[0, j], (float)m[1, j], (float)m[2, j]);
    }

    /// <summary>The poses in the frame of their mean pose (x right, y up, z back), with positions scaled.</summary>
    private static List<Pose> Recentred(List<Pose> poses, float scale)
    {
        Vector3 center = Vector3.Zero, forward = Vector3.Zero, down = Vector3.Zero;
        foreach (var p in poses) (center, forward, down) = (center + p.Position / poses.Count, forward + p.Forward, down + p.Down);
        if (!(Vector3.Cross(down, forward).Length() > 1e-6f)) throw new BadInputException($"{FileName}: the cameras look in all directions, so that there is no mean pose; LLFF's format is for cameras that look the same way");
        forward = Vector3.Normalize(forward);
        var right = Vector3.Normalize(Vector3.Cross(down, forward));
        down = Vector3.Cross(forward, right);
        Vector3 Turn(Vector3 v) => new(Vector3.Dot(v, right), -Vector3.Dot(v, down), -Vector3.Dot(v, forward));
        return poses.ConvertAll(p => new Pose(Turn(p.Right), Turn(p.Down), Turn(p.Forward), scale * Turn(p.Position - center)));
    }

    /// <summary>The box around what the views see between two depths, with distances along rays.</summary>
    private static Extent Frusta(List<View> views, float near, float far)
    {
        Vector3 low = new(float.PositiveInfinity), high = new(float.NegativeInfinity);
        foreach (var c in views.Select(v => v.Camera))
            foreach (var corner in (Vector2[])[new(0, 0), new(c.Width, 0), new(0, c.Height), new(c.Width, c.Height)])
                foreach (var depth in (float[])[near, far])
                {
                    var d = c.Direction(corner);
                    var point = c.Pose.Position + d * (depth / Vector3.Dot(d, c.Pose.Forward));
                    (low, high) = (Vector3.Min(low, point), Vector3.Max(high, point));
                }
        return new Extent(new Box(low, high), near, far * views.Max(v => Stretch(v.Camera)));
    }

    // How much longer the way along a corner's ray is than the depth.
    private static float Stretch(Camera c) => MathF.Sqrt(1 + (c.Width * c.Width / (c.Fx * c.Fx) + c.Height * c.Height / (c.Fy * c.Fy)) / 4);
}
