using System.Numerics;

namespace NerfLab;

/// <summary>
/// A camera: a lens before a grid of pixels. Pixel (i, j) covers [i, i+1) x [j, j+1); its ray goes through the centre (i+½, j+½).
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

    /// <summary>The same view in pictures that are so many times smaller, in whole pixels and at least one.</summary>
    public Camera Smaller(float factor)
    {
        return Resized(Scaled(Width), Scaled(Height));

        int Scaled(int size) => int.Max(1, (int)MathF.Round(size / factor));
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

    /// <summary>Where a world point appears, in pixels; null where the lens does not show it, such as behind a perspective camera.</summary>
    public Vector2? Project(Vector3 point) =>
        Distortion.Project(Pose.ToCamera(point)) is { } q ? new Vector2(q.X * Fx + Cx, q.Y * Fy + Cy) : null;

    /// <summary>The world direction of the ray through a point of the picture; the lens is undone exactly.</summary>
    /// <param name="pixel">Column and row in pixels; the centre of pixel (i, j) is (i+½, j+½).</param>
    /// <returns>A unit vector; NaN where the lens shows nothing (see <see cref="Distortion.Undistort"/>).</returns>
    public Vector3 Direction(Vector2 pixel) =>
        Pose.Rotate(Distortion.Direction(new Vector2((pixel.X - Cx) / Fx, (pixel.Y - Cy) / Fy)));
}
