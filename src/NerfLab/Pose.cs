using System.Numerics;

namespace NerfLab;

/// <summary>
/// Where a camera stands and how it is turned: the rigid map from camera to world coordinates in the OpenCV convention
/// (x to the right of the picture, y down, z into the scene).
/// </summary>
/// <remarks>
/// The matrix form is <c>[Right Down Forward Position]</c>, one column each. The other conventions that scenes are stored
/// in are adapters: <see cref="FromOpenGl"/> and <see cref="ToOpenGl"/>.
/// </remarks>
/// <param name="Right">World direction of the picture's x axis, unit length.</param>
/// <param name="Down">World direction of the picture's y axis, unit length.</param>
/// <param name="Forward">World direction in which the camera looks, unit length.</param>
/// <param name="Position">World position of the centre of projection.</param>
public readonly record struct Pose(Vector3 Right, Vector3 Down, Vector3 Forward, Vector3 Position)
{
    /// <summary>A camera at <paramref name="eye"/> that looks at <paramref name="target"/>, with <paramref name="up"/> upwards in the picture.</summary>
    public static Pose LookAt(Vector3 eye, Vector3 target, Vector3 up)
    {
        var forward = Vector3.Normalize(target - eye);
        var right = Vector3.Cross(forward, up);
        // Looking straight along "up" leaves the roll open: any right-hand axis will do.
        right = right.LengthSquared() > 1e-10f ? Vector3.Normalize(right) : Vector3.Normalize(Vector3.Cross(forward, MathF.Abs(forward.X) < 0.9f ? Vector3.UnitX : Vector3.UnitY));
        return new Pose(right, Vector3.Cross(forward, right), forward, eye);
    }

    /// <summary>From the OpenGL convention (x right, y up, looking along -z), as Blender, instant-ngp and nerfstudio store it.</summary>
    /// <param name="x">First column of the camera-to-world matrix.</param>
    /// <param name="y">Second column.</param>
    /// <param name="z">Third column.</param>
    /// <param name="position">Fourth column.</param>
    public static Pose FromOpenGl(Vector3 x, Vector3 y, Vector3 z, Vector3 position) => new(x, -y, -z, position);

    /// <summary>The columns of the camera-to-world matrix in the OpenGL convention.</summary>
    public (Vector3 X, Vector3 Y, Vector3 Z, Vector3 Position) ToOpenGl() => (Right, -Down, -Forward, Position);

    /// <summary>A direction in camera coordinates, turned into world coordinates.</summary>
    public Vector3 Rotate(Vector3 v) => v.X * Right + v.Y * Down + v.Z * Forward;

    /// <summary>A point in world coordinates, seen from the camera.</summary>
    public Vector3 ToCamera(Vector3 point)
    {
        var p = point - Position;
        return new Vector3(Vector3.Dot(p, Right), Vector3.Dot(p, Down), Vector3.Dot(p, Forward));
    }
}
