using System.Numerics;

namespace NerfLab;

/// <summary>Lens distortion in OpenCV's model: three radial and two tangential coefficients, all without unit.</summary>
/// <param name="K1">Radial, second order.</param>
/// <param name="K2">Radial, fourth order.</param>
/// <param name="P1">Tangential, vertical.</param>
/// <param name="P2">Tangential, horizontal.</param>
/// <param name="K3">Radial, sixth order.</param>
public readonly record struct Distortion(float K1, float K2, float P1, float P2, float K3 = 0)
{
    /// <summary>Whether the lens is ideal.</summary>
    public bool IsNone => this == default;

    /// <summary>Where an ideal point of the image plane lands through this lens.</summary>
    /// <remarks>OpenCV camera calibration: x' = x(1 + k1 r² + k2 r⁴ + k3 r⁶) + 2 p1 xy + p2(r² + 2x²), and likewise y'.</remarks>
    /// <param name="p">Ideal normalised coordinates (x/z, y/z).</param>
    public Vector2 Distort(Vector2 p)
    {
        var r2 = p.LengthSquared();
        var radial = 1 + r2 * (K1 + r2 * (K2 + r2 * K3));
        return new Vector2(
            p.X * radial + 2 * P1 * p.X * p.Y + P2 * (r2 + 2 * p.X * p.X),
            p.Y * radial + P1 * (r2 + 2 * p.Y * p.Y) + 2 * P2 * p.X * p.Y);
    }
}

/// <summary>
/// A pinhole camera with lens distortion. Pixel (i, j) covers [i, i+1) x [j, j+1); its ray goes through the centre (i+½, j+½).
/// </summary>
/// <param name="Width">Columns of the picture, in pixels.</param>
/// <param name="Height">Rows of the picture, in pixels.</param>
/// <param name="Fx">Horizontal focal length, in pixels.</param>
/// <param name="Fy">Vertical focal length, in pixels.</param>
/// <param name="Cx">Column of the principal point, in pixels from the left edge.</param>
/// <param name="Cy">Row of the principal point, in pixels from the upper edge.</param>
/// <param name="Pose">Camera to world.</param>
/// <param name="Distortion">The lens; the default is ideal.</param>
public sealed record Camera(int Width, int Height, float Fx, float Fy, float Cx, float Cy, Pose Pose, Distortion Distortion = default)
{
    /// <summary>A camera without distortion whose principal point is the middle of the picture.</summary>
    /// <param name="width">Columns, in pixels.</param>
    /// <param name="height">Rows, in pixels.</param>
    /// <param name="horizontalAngle">The full horizontal angle of view, in radians, between 0 and π.</param>
    /// <param name="pose">Camera to world.</param>
    public static Camera FromAngle(int width, int height, float horizontalAngle, Pose pose)
    {
        var focal = width / 2f / MathF.Tan(horizontalAngle / 2);
        return new Camera(width, height, focal, focal, width / 2f, height / 2f, pose);
    }

    /// <summary>The same view in pictures of another size.</summary>
    public Camera Resized(int width, int height)
    {
        float x = (float)width / Width, y = (float)height / Height;
        return this with { Width = width, Height = height, Fx = Fx * x, Fy = Fy * y, Cx = Cx * x, Cy = Cy * y };
    }

    /// <summary>Where a world point appears, in pixels; null when it is not in front of the camera.</summary>
    public Vector2? Project(Vector3 point)
    {
        var p = Pose.ToCamera(point);
        if (p.Z <= 0) return null;
        var q = Distortion.Distort(new Vector2(p.X, p.Y) / p.Z);
        return new Vector2(q.X * Fx + Cx, q.Y * Fy + Cy);
    }
}
