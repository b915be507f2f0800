using System.Numerics;

namespace NerfLab.Data;

/// <summary>Where a scene is.</summary>
/// <param name="Bounds">See <see cref="Scene.Bounds"/>.</param>
/// <param name="Near">See <see cref="Scene.Near"/>.</param>
/// <param name="Far">See <see cref="Scene.Far"/>.</param>
internal readonly record struct Extent(Box Bounds, float Near, float Far)
{
    private const int EnoughPoints = 20_000;

    /// <summary>An extent that encloses this and another one.</summary>
    public Extent With(Extent other) => new(new Box(Vector3.Min(Bounds.Min, other.Bounds.Min), Vector3.Max(Bounds.Max, other.Bounds.Max)), float.Min(Near, other.Near), float.Max(Far, other.Far));

    /// <summary>From points on the surfaces, some of which are wrong; null where too few are seen.</summary>
    /// <remarks>
    /// The box leaves out 1 point of 200 on either side of each axis, and grows by a tenth of its size on every side. Near and far
    /// are the distances that leave out 1 sighting of 1000, with a margin of a fifth; a sighting is a point in front of a camera
    /// and within its picture. Far ends with the box.
    /// </remarks>
    public static Extent? OfPoints(IReadOnlyList<ScenePoint> points, List<View> views)
    {
        if (points.Count < 8) return null;
        var ((x0, x1), (y0, y1), (z0, z1)) = (Most(p => p.X), Most(p => p.Y), Most(p => p.Z));
        var box = new Box(new(x0, y0, z0), new(x1, y1, z1));
        // A flat wall still needs some depth.
        var margin = Vector3.Max(box.Size / 10, new Vector3(box.Diagonal / 100));
        box = new Box(box.Min - margin, box.Max + margin);

        var step = int.Max(1, points.Count / EnoughPoints);
        var distances = new List<float>();
        foreach (var camera in views.Select(v => v.Camera))
            for (var i = 0; i < points.Count; i += step)
                if (camera.Project(points[i].Position) is { } pixel && pixel.X >= 0 && pixel.X <= camera.Width && pixel.Y >= 0 && pixel.Y <= camera.Height)
                    distances.Add(Vector3.Distance(camera.Pose.Position, points[i].Position));
        if (distances.Count < 8 || !(box.Diagonal > 0)) return null;
        distances.Sort();
        float near = distances[(int)(0.001 * distances.Count)] * 0.8f, far = distances[(int)(0.999 * distances.Count)] * 1.2f;
        far = float.Min(far, FarthestCorner(box, views));
        return near > 0 && far > near ? new Extent(box, near, far) : null;

        (float Low, float High) Most(Func<Vector3, float> axis)
        {
            var sorted = points.Select(p => axis(p.Position)).Order().ToArray();
            return (sorted[(int)(0.005 * (sorted.Length - 1))], sorted[(int)(0.995 * (sorted.Length - 1))]);
        }
    }

    /// <summary>From cameras alone: a guess.</summary>
    /// <remarks>
    /// The cameras are taken to look at the point that is nearest to all viewing axes, from the median distance d: the box is the
    /// cube of half side 2d about that point, near is d/20. Where that point is not in front of most cameras, they look side by
    /// side: d is four times their spread, or 4 where they stand together, and the cube's middle is d before them.
    /// </remarks>
    public static Extent OfCameras(List<View> views)
    {
        var poses = views.Select(v => v.Camera.Pose).ToList();
        var focus = CameraPaths.Focus([.. views.Select(v => v.Camera)]);
        var distance = poses.Select(p => Vector3.Distance(p.Position, focus)).Order().ElementAt(poses.Count / 2);
        if (2 * poses.Count(p => p.ToCamera(focus).Z > 0) <= poses.Count || !(distance > 1e-6f))
        {
            var mean = poses.Aggregate(Vector3.Zero, (sum, p) => sum + p.Position) / poses.Count;
            var spread = poses.Max(p => Vector3.Distance(p.Position, mean));
            distance = spread > 1e-6f ? 4 * spread : 4;
            var forward = poses.Aggregate(Vector3.Zero, (sum, p) => sum + p.Forward);
            focus = mean + distance * (forward.Length() > 1e-3f ? Vector3.Normalize(forward) : Vector3.Zero);
        }
        var box = new Box(focus - new Vector3(2 * distance), focus + new Vector3(2 * distance));
        return new Extent(box, distance / 20, FarthestCorner(box, views));
    }

    /// <summary>From a box that holds an object: near and far enclose the sphere around it, as seen from the nearest and the farthest camera.</summary>
    public static Extent OfBox(Box box, List<View> views)
    {
        var distances = views.Select(v => Vector3.Distance(v.Camera.Pose.Position, box.Center)).ToList();
        float near = distances.Min() - box.Diagonal / 2, far = distances.Max() + box.Diagonal / 2;
        return new Extent(box, float.Max(near, far / 100), far); // a camera may stand within the sphere
    }

    /// <summary>The longest way from a camera to a corner of a box.</summary>
    public static float FarthestCorner(Box box, IEnumerable<View> views) =>
        views.Max(v => Vector3.Max(Vector3.Abs(box.Max - v.Camera.Pose.Position), Vector3.Abs(box.Min - v.Camera.Pose.Position)).Length());
}
