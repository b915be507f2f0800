using System.Numerics;

namespace NerfLab.Data;

/// <summary>Places from which a field can be looked at where nobody has taken photographs.</summary>
public static class PoseSphere
{
    const int Degrees = 80, Wedge = 15;

    /// <summary>The 312 cameras of PVD on the upper half of a sphere: at each whole degree of elevation below 80 as many as fit into its circle, 7 at the horizon and one at the top, and one straight above.</summary>
    /// <remarks>The published code of Fang et al. 2023: (90 - a) div 15 + 1 cameras at the elevation a, evenly about the axis.</remarks>
    /// <param name="center">What they look at.</param>
    /// <param name="radius">Their distance from it, world units.</param>
    /// <param name="up">The axis, unit length.</param>
    /// <param name="like">Lens and picture size.</param>
    public static IReadOnlyList<Camera> Published(Vector3 center, float radius, Vector3 up, Camera like)
    {
        var places = new List<(double Elevation, double Azimuth)> { (90, 0) };
        for (int a = 0; a < Degrees; a++)
            for (int i = 0, count = (90 - a) / Wedge + 1; i < count; i++) places.Add((a, 360.0 * i / count + a)); // turned a little, or they would stand above each other
        return [.. places.Select(p => Looking(center, radius, up, like, p.Elevation, p.Azimuth))];
    }

    /// <summary>Random cameras around what others look at: as far from it and as high above it as these are, anywhere about the axis.</summary>
    /// <param name="cameras">The others, at least one.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Decides which.</param>
    public static IReadOnlyList<Camera> Around(IReadOnlyList<Camera> cameras, int count, long seed)
    {
        var (center, up) = (CameraPaths.Focus(cameras), CameraPaths.Up(cameras));
        var offsets = cameras.Select(c => c.Pose.Position - center).ToList();
        var radii = offsets.Select(o => (double)o.Length()).ToList();
        var heights = offsets.Select(o => Vector3.Dot(o, up) / double.Max(o.Length(), 1e-9)).ToList(); // sines of the elevations: even in them is even on the sphere
        return [.. Enumerable.Range(0, count).Select(i => Looking(center, Between(radii, 3L * i), up, cameras[i % cameras.Count],
            double.RadiansToDegrees(double.Asin(double.Clamp(Between(heights, 3L * i + 1), -1, 1))), 360 * Uniform(3L * i + 2)))];

        float Between(List<double> values, long draw) => (float)(values.Min() + Uniform(draw) * (values.Max() - values.Min()));

        double Uniform(long draw) => RandomStream.Seed(seed, draw) / (double)long.MaxValue;
    }

    /// <summary>Random cameras in the box that others stand in, which look at the same: for scenes seen from one side, or from inside.</summary>
    /// <param name="cameras">The others, at least one.</param>
    /// <param name="count">How many.</param>
    /// <param name="seed">Decides which.</param>
    public static IReadOnlyList<Camera> Within(IReadOnlyList<Camera> cameras, int count, long seed)
    {
        var (low, high) = (cameras[0].Pose.Position, cameras[0].Pose.Position);
        foreach (var c in cameras) (low, high) = (Vector3.Min(low, c.Pose.Position), Vector3.Max(high, c.Pose.Position));
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            // Turned as one of the others is: they need not look at one point.
            var like = cameras[(int)(RandomStream.Seed(seed, 4L * i) % (ulong)cameras.Count)];
            var at = low + new Vector3(Uniform(4L * i + 1), Uniform(4L * i + 2), Uniform(4L * i + 3)) * (high - low);
            return like with { Pose = like.Pose with { Position = at } };
        })];

        float Uniform(long draw) => RandomStream.Seed(seed, draw) / (float)long.MaxValue;
    }

    static Camera Looking(Vector3 center, float radius, Vector3 up, Camera like, double elevation, double azimuth)
    {
        up = Vector3.Normalize(up);
        var first = Vector3.Normalize(Vector3.Cross(up, MathF.Abs(up.X) < 0.9f ? Vector3.UnitX : Vector3.UnitY));
        var second = Vector3.Cross(up, first);
        var (sinE, cosE) = double.SinCos(double.DegreesToRadians(elevation));
        var (sinA, cosA) = double.SinCos(double.DegreesToRadians(azimuth));
        var offset = radius * ((float)(cosE * cosA) * first + (float)(cosE * sinA) * second + (float)sinE * up);
        return like with { Pose = Pose.LookAt(center + offset, center, up), Distortion = default };
    }
}
