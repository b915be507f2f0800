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
        var (x, y) = Map(p.X, p.Y);
        return new Vector2((float)x, (float)y);
    }

    /// <summary>The ideal point that lands on <paramref name="p"/> through this lens: the inverse of <see cref="Distort"/>.</summary>
    /// <remarks>
    /// Newton's method in double precision with the exact Jacobian, started at <paramref name="p"/> and halving steps that do
    /// not help. A strong negative k1 folds the picture over at some radius: points beyond the fold have no ideal point.
    /// </remarks>
    /// <param name="p">Distorted normalised coordinates.</param>
    /// <returns>The ideal coordinates on the unfolded side of the lens, or NaN in both where there are none.</returns>
    public Vector2 Undistort(Vector2 p)
    {
        if (IsNone) return p;
        double x = p.X, y = p.Y;
        var (fx, fy) = Map(x, y);
        for (var i = 0; i < 60; i++)
        {
            double ex = fx - p.X, ey = fy - p.Y, error = ex * ex + ey * ey;
            var (xx, xy, yy) = Jacobian(x, y);
            var determinant = xx * yy - xy * xy;
            if (error < 1e-24) return determinant > 0 && xx > 0 ? new Vector2((float)x, (float)y) : new Vector2(float.NaN);
            // Inside the fold the (symmetric) Jacobian is positive definite; at the fold Newton's step is without bound.
            if (!(determinant > 0 && xx > 0)) break;
            double dx = (yy * ex - xy * ey) / determinant, dy = (xx * ey - xy * ex) / determinant, step = 1;
            for (; step > 1e-4; step /= 2)
            {
                double nx = x - step * dx, ny = y - step * dy;
                var (gx, gy) = Map(nx, ny);
                var (nxx, nxy, nyy) = Jacobian(nx, ny);
                var better = (gx - p.X) * (gx - p.X) + (gy - p.Y) * (gy - p.Y) < error;
                if (better && nxx > 0 && nxx * nyy - nxy * nxy > 0)
                {
                    (x, y, fx, fy) = (nx, ny, gx, gy);
                    break;
                }
            }
            if (step <= 1e-4) break;
        }
        return new Vector2(float.NaN);
    }

    private (double X, double Y) Map(double x, double y)
    {
        var r2 = x * x + y * y;
        var radial = 1 + r2 * (K1 + r2 * (K2 + r2 * K3));
        return (x * radial + 2 * P1 * x * y + P2 * (r2 + 2 * x * x), y * radial + P1 * (r2 + 2 * y * y) + 2 * P2 * x * y);
    }

    // Derivatives of Map; dX/dy and dY/dx are equal.
    private (double XX, double XY, double YY) Jacobian(double x, double y)
    {
        var r2 = x * x + y * y;
        var radial = 1 + r2 * (K1 + r2 * (K2 + r2 * K3));
        var slope = 2 * (K1 + r2 * (2 * K2 + r2 * 3 * K3));
        return (radial + slope * x * x + 2 * P1 * y + 6 * P2 * x,
            slope * x * y + 2 * P1 * x + 2 * P2 * y,
            radial + slope * y * y + 6 * P1 * y + 2 * P2 * x);
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

    /// <summary>The same place and direction in pictures of another size and shape: pixels stay square, and everything that was in the picture stays in it.</summary>
    public Camera Framed(int width, int height)
    {
        float scale = float.Min((float)width / Width, (float)height / Height);
        return this with
        {
            Width = width, Height = height, Fx = Fx * scale, Fy = Fy * scale,
            Cx = width / 2f + (Cx - Width / 2f) * scale, Cy = height / 2f + (Cy - Height / 2f) * scale,
        };
    }

    /// <summary>Where a world point appears, in pixels; null when it is not in front of the camera.</summary>
    public Vector2? Project(Vector3 point)
    {
        var p = Pose.ToCamera(point);
        if (p.Z <= 0) return null;
        var q = Distortion.Distort(new Vector2(p.X, p.Y) / p.Z);
        return new Vector2(q.X * Fx + Cx, q.Y * Fy + Cy);
    }

    /// <summary>The world direction of the ray through a point of the picture; the lens is undone exactly.</summary>
    /// <param name="pixel">Column and row in pixels; the centre of pixel (i, j) is (i+½, j+½).</param>
    /// <returns>A unit vector; NaN where the lens shows nothing (see <see cref="Distortion.Undistort"/>).</returns>
    public Vector3 Direction(Vector2 pixel)
    {
        var p = Distortion.Undistort(new Vector2((pixel.X - Cx) / Fx, (pixel.Y - Cy) / Fy));
        return Vector3.Normalize(Pose.Rotate(new Vector3(p, 1)));
    }
}
