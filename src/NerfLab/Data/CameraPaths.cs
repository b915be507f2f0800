using System.Numerics;

namespace NerfLab.Data;

/// <summary>Ways to move a camera through a scene.</summary>
public static class CameraPaths
{
    /// <summary>
    /// A full circle around what the cameras look at, about their mean up direction, at their mean distance and height.
    /// </summary>
    /// <param name="cameras">The cameras of the scene; the first gives lens and picture size.</param>
    /// <param name="frames">Cameras on the way; the one after the last would be the first again.</param>
    public static IReadOnlyList<Camera> Orbit(IReadOnlyList<Camera> cameras, int frames)
    {
        var (focus, up) = (Focus(cameras), Up(cameras));
        var offsets = cameras.Select(c => c.Pose.Position - focus).ToList();
        float height = offsets.Average(o => Vector3.Dot(o, up));
        float radius = offsets.Average(o => (o - Vector3.Dot(o, up) * up).Length());
        // The first frame stands where the first camera does, seen from above.
        var start = offsets[0] - Vector3.Dot(offsets[0], up) * up;
        start = start.LengthSquared() > 1e-8f ? Vector3.Normalize(start) : Vector3.Normalize(Vector3.Cross(up, MathF.Abs(up.X) < 0.9f ? Vector3.UnitX : Vector3.UnitY));
        var side = Vector3.Cross(up, start);
        return [.. Enumerable.Range(0, frames).Select(i =>
        {
            var (sin, cos) = MathF.SinCos(2 * MathF.PI * i / frames);
            var eye = focus + height * up + radius * (cos * start + sin * side);
            return Ideal(cameras[0], Pose.LookAt(eye, focus, up));
        })];
    }

    /// <summary>Two turns of a narrow spiral about the mean camera: for scenes photographed from one side.</summary>
    /// <param name="cameras">The cameras of the scene.</param>
    /// <param name="frames">Cameras on the way.</param>
    public static IReadOnlyList<Camera> Spiral(IReadOnlyList<Camera> cameras, int frames)
    {
        var (focus, up) = (Focus(cameras), Up(cameras));
        var center = Mean(cameras.Select(c => c.Pose.Position));
        var mean = Pose.LookAt(center, focus, up);
        // As wide as the cameras are spread, so that the path stays where the field has been seen.
        var spread = cameras.Select(c => mean.ToCamera(c.Pose.Position)).ToList();
        float x = 0.6f * Deviation(spread.Select(p => p.X)), y = 0.6f * Deviation(spread.Select(p => p.Y)), z = 0.3f * Deviation(spread.Select(p => p.Z));
        return [.. Enumerable.Range(0, frames).Select(i =>
        {
            float angle = 4 * MathF.PI * i / frames;
            var eye = center + mean.Rotate(new Vector3(x * MathF.Cos(angle), y * MathF.Sin(angle), z * MathF.Sin(angle / 2)));
            return Ideal(cameras[0], Pose.LookAt(eye, focus, up));
        })];
    }

    /// <summary>The point nearest to all viewing axes, in the least-squares sense.</summary>
    public static Vector3 Focus(IReadOnlyList<Camera> cameras)
    {
        // Σ (I - d dᵀ) x = Σ (I - d dᵀ) p
        var (a, b) = (new double[3, 3], new double[3]);
        foreach (var pose in cameras.Select(c => c.Pose))
        {
            float[] d = [pose.Forward.X, pose.Forward.Y, pose.Forward.Z], p = [pose.Position.X, pose.Position.Y, pose.Position.Z];
            for (int i = 0; i < 3; i++)
            {
                for (int j = 0; j < 3; j++)
                {
                    double m = (i == j ? 1 : 0) - (double)d[i] * d[j];
                    a[i, j] += m;
                    b[i] += m * p[j];
                }
            }
        }
        double determinant = Determinant(a[0, 0], a[0, 1], a[0, 2], a[1, 0], a[1, 1], a[1, 2], a[2, 0], a[2, 1], a[2, 2]);
        // Parallel axes meet nowhere: a point one unit in front of the mean camera serves.
        if (double.Abs(determinant) < 1e-6 * cameras.Count) return Mean(cameras.Select(c => c.Pose.Position + c.Pose.Forward));
        return new Vector3(
            (float)(Determinant(b[0], a[0, 1], a[0, 2], b[1], a[1, 1], a[1, 2], b[2], a[2, 1], a[2, 2]) / determinant),
            (float)(Determinant(a[0, 0], b[0], a[0, 2], a[1, 0], b[1], a[1, 2], a[2, 0], b[2], a[2, 2]) / determinant),
            (float)(Determinant(a[0, 0], a[0, 1], b[0], a[1, 0], a[1, 1], b[1], a[2, 0], a[2, 1], b[2]) / determinant));
    }

    static double Determinant(double a, double b, double c, double d, double e, double f, double g, double h, double i) =>
        a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);

    /// <summary>The mean direction that is up in the pictures, of unit length; z where they have none in common.</summary>
    public static Vector3 Up(IReadOnlyList<Camera> cameras)
    {
        var up = -Mean(cameras.Select(c => c.Pose.Down));
        return up.LengthSquared() > 1e-6f ? Vector3.Normalize(up) : Vector3.UnitZ;
    }

    static Vector3 Mean(IEnumerable<Vector3> points)
    {
        var (sum, count) = (Vector3.Zero, 0);
        foreach (var point in points) (sum, count) = (sum + point, count + 1);
        return sum / count;
    }

    static float Deviation(IEnumerable<float> values)
    {
        var list = values.ToList();
        float mean = list.Average();
        return MathF.Sqrt(list.Average(v => (v - mean) * (v - mean)));
    }

    static Camera Ideal(Camera like, Pose pose) => like with { Pose = pose, Distortion = default };
}
