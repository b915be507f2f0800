using System.Numerics;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>A camera of a COLMAP model: a lens that several photographs can share.</summary>
/// <param name="Place">Where it was read, for complaints.</param>
/// <param name="Model">COLMAP's name of the camera model.</param>
/// <param name="Width">Columns of the photographs, pixels.</param>
/// <param name="Height">Rows of the photographs, pixels.</param>
/// <param name="Parameters">As many as the model has, in its order.</param>
internal sealed record ColmapCamera(string Place, string Model, int Width, int Height, double[] Parameters)
{
    // By COLMAP's number of the model.
    private static readonly (string Name, int Parameters)[] s_models =
    [
        ("SIMPLE_PINHOLE", 3), ("PINHOLE", 4), ("SIMPLE_RADIAL", 4), ("RADIAL", 5), ("OPENCV", 8), ("OPENCV_FISHEYE", 8), ("FULL_OPENCV", 12), ("FOV", 5),
        ("SIMPLE_RADIAL_FISHEYE", 4), ("RADIAL_FISHEYE", 5), ("THIN_PRISM_FISHEYE", 12), ("RAD_TAN_THIN_PRISM_FISHEYE", 16),
    ];

    /// <summary>A model by its number; null where COLMAP has none.</summary>
    public static (string Name, int Parameters)? Find(int number) => number >= 0 && number < s_models.Length ? s_models[number] : null;

    /// <summary>A model by its name; null where COLMAP has none.</summary>
    public static (string Name, int Parameters)? Find(string name) => Array.Find(s_models, m => m.Name == name) is { Name: not null } found ? found : null;

    /// <summary>All names, in words.</summary>
    public static string Names => string.Join(", ", s_models.Select(m => m.Name));

    /// <summary>The camera.</summary>
    /// <exception cref="BadInputException">No camera has such parameters, or the model is not read.</exception>
    public Camera At(Pose pose)
    {
        var p = Array.ConvertAll(Parameters, v => (float)v);
        var camera = Model switch
        {
            "SIMPLE_PINHOLE" => One(default),
            "PINHOLE" => Two(default),
            "SIMPLE_RADIAL" => One(new(p[3], 0, 0, 0)),
            "RADIAL" => One(new(p[3], p[4], 0, 0)),
            "OPENCV" => Two(new(p[4], p[5], p[6], p[7])),
            "FULL_OPENCV" => Two(new(p[4], p[5], p[6], p[7], p[8]) { D1 = p[9], D2 = p[10], D3 = p[11] }),
            "OPENCV_FISHEYE" => Two(new(p[4], p[5], 0, 0, p[6]) { K4 = p[7], Projection = Projection.Equidistant }),
            "SIMPLE_RADIAL_FISHEYE" => One(new(p[3], 0, 0, 0) { Projection = Projection.Equidistant }),
            "RADIAL_FISHEYE" => One(new(p[3], p[4], 0, 0) { Projection = Projection.Equidistant }),
            "THIN_PRISM_FISHEYE" => Two(new(p[4], p[5], p[6], p[7], p[8]) { K4 = p[9], S1 = p[10], S2 = p[11], Projection = Projection.Equidistant }),
            "FOV" => Two(new() { Omega = p[4], Projection = Projection.Fov }),
            _ => throw new BadInputException($"{Place}: the camera model {Model} is not read; colmap image_undistorter makes PINHOLE pictures of any"),
        };
        return CameraCheck.Wrong(camera) is { } wrong ? throw new BadInputException($"{Place}: {wrong}") : camera;

        Camera One(Distortion lens) => new(Width, Height, p[0], p[0], p[1], p[2], pose, lens);
        Camera Two(Distortion lens) => new(Width, Height, p[0], p[1], p[2], p[3], pose, lens);
    }

    /// <summary>The simplest model that tells a camera exactly.</summary>
    /// <exception cref="BadInputException">COLMAP has none for this lens.</exception>
    public static ColmapCamera Of(Camera c)
    {
        var d = c.Distortion;
        double[] pinhole = [c.Fx, c.Fy, c.Cx, c.Cy];
        ColmapCamera With(string model, params double[] lens) => new("", model, c.Width, c.Height, [.. pinhole, .. lens]);
        var made = d switch
        {
            _ when d.IsNone => With("PINHOLE"),
            { Projection: Projection.Fov } => With("FOV", d.Omega),
            { Projection: Projection.Equidistant, P1: 0, P2: 0, S1: 0, S2: 0 } => With("OPENCV_FISHEYE", d.K1, d.K2, d.K3, d.K4),
            { Projection: Projection.Equidistant } => With("THIN_PRISM_FISHEYE", d.K1, d.K2, d.P1, d.P2, d.K3, d.K4, d.S1, d.S2),
            { K3: 0, D1: 0, D2: 0, D3: 0 } => With("OPENCV", d.K1, d.K2, d.P1, d.P2),
            _ => With("FULL_OPENCV", d.K1, d.K2, d.P1, d.P2, d.K3, d.D1, d.D2, d.D3),
        };
        // What the model cannot hold is not dropped.
        return made.At(c.Pose) == c ? made : throw new BadInputException($"COLMAP has no camera model for the lens {d}");
    }
}

/// <summary>A photograph of a COLMAP model.</summary>
/// <param name="Place">Where it was read, for complaints.</param>
/// <param name="Name">Path of the file below the folder of photographs.</param>
/// <param name="Camera">Number of its camera.</param>
/// <param name="Pose">Camera to world.</param>
internal sealed record ColmapImage(string Place, string Name, uint Camera, Pose Pose);

/// <summary>A sparse model of COLMAP: cameras, photographs with poses, and points.</summary>
internal sealed record ColmapModel(IReadOnlyDictionary<uint, ColmapCamera> Cameras, IReadOnlyList<ColmapImage> Images, IReadOnlyList<ScenePoint> Points)
{
    /// <summary>Whether a folder holds a model: <c>cameras.bin</c> or <c>images.bin</c>, or the same as text.</summary>
    public static bool IsIn(string folder) => new[] { "cameras.bin", "cameras.txt", "images.bin" }.Any(f => File.Exists(Path.Combine(folder, f)));

    /// <summary>Reads the model in a folder: binary where there is a binary file of it, else text.</summary>
    /// <exception cref="BadInputException">A file is missing or cannot be used. The points may be missing.</exception>
    public static ColmapModel Read(string folder)
    {
        var binary = File.Exists(Path.Combine(folder, "cameras.bin")) || File.Exists(Path.Combine(folder, "images.bin"));
        string At(string name) => Path.Combine(folder, binary ? $"{name}.bin" : $"{name}.txt");
        foreach (var needed in (string[])["cameras", "images"])
            if (!File.Exists(At(needed))) throw new BadInputException($"{At(needed)}: the file is missing; a COLMAP model has cameras, images and points3D, all three as .bin or all three as .txt");
        return binary
            ? new(ColmapBinary.Cameras(Load("cameras")), ColmapBinary.Images(Load("images")), File.Exists(At("points3D")) ? ColmapBinary.Points(Load("points3D")) : [])
            : new(ColmapText.Cameras(At("cameras")), ColmapText.Images(At("images")), File.Exists(At("points3D")) ? ColmapText.Points(At("points3D")) : []);

        BinaryFile Load(string name) => BinaryFile.Load(At(name), $"the {name} of a COLMAP model");
    }

    /// <summary>A pose from COLMAP's world-to-camera rotation and translation; its camera axes are those of <see cref="Pose"/>.</summary>
    /// <param name="q">Unit quaternion w, x, y, z.</param>
    /// <param name="t">Translation.</param>
    /// <returns>The pose, or what is wrong with the quaternion.</returns>
    public static (Pose Pose, string? Wrong) PoseOf(ReadOnlySpan<double> q, ReadOnlySpan<double> t)
    {
        var norm = double.Sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
        if (!(double.Abs(norm - 1) < 1e-2)) return (default, Invariant($"the quaternion has length {norm:0.####}; 1 is expected"));
        double w = q[0] / norm, x = q[1] / norm, y = q[2] / norm, z = q[3] / norm;
        // Rows of the world-to-camera rotation are the camera's axes in the world.
        double[] r =
        [
            1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
            2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
            2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
        ];
        var position = new double[3];
        for (var i = 0; i < 3; i++) position[i] = -(r[i] * t[0] + r[3 + i] * t[1] + r[6 + i] * t[2]);
        return (new Pose(Row(0), Row(3), Row(6), new((float)position[0], (float)position[1], (float)position[2])), null);

        Vector3 Row(int i) => new((float)r[i], (float)r[i + 1], (float)r[i + 2]);
    }

    /// <summary>The inverse of <see cref="PoseOf"/>.</summary>
    public static (double[] Q, double[] T) Parts(Pose pose)
    {
        Vector3 a = pose.Right, b = pose.Down, c = pose.Forward, p = pose.Position;
        // The largest of the four components is found from the diagonal, the others from sums and differences.
        double xx = a.X, yy = b.Y, zz = c.Z;
        double[] squares = [1 + xx + yy + zz, 1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz];
        var largest = Array.IndexOf(squares, squares.Max());
        double yzMinus = (double)c.Y - b.Z, xzMinus = (double)a.Z - c.X, xyMinus = (double)b.X - a.Y;
        double yzPlus = (double)c.Y + b.Z, xzPlus = (double)a.Z + c.X, xyPlus = (double)b.X + a.Y;
        double[] q = largest switch
        {
            0 => [squares[0], yzMinus, xzMinus, xyMinus],
            1 => [yzMinus, squares[1], xyPlus, xzPlus],
            2 => [xzMinus, xyPlus, squares[2], yzPlus],
            _ => [xyMinus, xzPlus, yzPlus, squares[3]],
        };
        var norm = double.Sqrt(q.Sum(v => v * v)) * (q[0] < 0 ? -1 : 1);
        return ([.. q.Select(v => v / norm)], [-Dot(a, p), -Dot(b, p), -Dot(c, p)]);

        static double Dot(Vector3 u, Vector3 v) => (double)u.X * v.X + (double)u.Y * v.Y + (double)u.Z * v.Z;
    }
}
