using System.Numerics;
using System.Text.Json.Serialization;
using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>The normalised device coordinates of one camera: for scenes that are photographed from one side and end nowhere.</summary>
/// <remarks>See <see cref="Ndc"/>. Fields are asked with the viewing directions of the world; their densities count per length of these coordinates.</remarks>
/// <param name="World">Where the scene is; its box and its far end do not count.</param>
/// <param name="Frame">The camera.</param>
/// <param name="Box">What the training cameras see, in the coordinates of the space.</param>
public sealed record NdcSpace(Reach World, NdcFrame Frame, Box Box) : Space(World)
{
    const float LeastCosine = 0.2f; // 78 degrees off the axis a picture is stretched five times and more

    /// <inheritdoc/>
    [JsonIgnore]
    public override Box Bounds => Box;

    /// <inheritdoc/>
    public override Rays Map(Rays rays)
    {
        var (origins, directions, forward) = Ndc.Rays(rays.Origins, rays.Directions, Frame);
        // Rays that do not run away from the camera begin beyond infinity and meet nothing.
        var beyond = torch.tensor(new[] { 0f, 0, 2 }, device: origins.device);
        var (known, ahead) = (forward.unsqueeze(-1), beyond / 2);
        return new Rays(torch.where(known, origins, beyond), F.normalize(torch.where(known, directions, ahead), dim: -1)) { Source = rays };
    }

    /// <inheritdoc/>
    public override (Tensor Entry, Tensor Exit) Interval(Rays rays, Box? support) => Sampling.BoxInterval(rays, support ?? Box, 0, Box.Diagonal * 2);

    /// <inheritdoc/>
    public override Tensor Distance(Rays rays, Tensor t)
    {
        var depth = Ndc.Depth(rays.Origins.select(-1, 2) + t * rays.Directions.select(-1, 2), Frame);
        var (origin, direction) = (Ndc.ToCamera(rays.World.Origins, Frame.Pose).select(-1, 2), Ndc.Turned(rays.World.Directions, Frame.Pose).select(-1, 2));
        return torch.where(direction > 0, (depth - origin) / direction, torch.zeros_like(t)).clamp_min(0);
    }

    /// <inheritdoc/>
    public override IField OfWorld(IField field) => new WorldField(field, Frame);

    /// <summary>The space of cameras that look the same way: its frame is their mean pose, its near plane before everything that they see.</summary>
    /// <param name="world">Where the scene is.</param>
    /// <param name="cameras">The training cameras; at least one.</param>
    /// <exception cref="BadInputException">They look in different directions.</exception>
    public static NdcSpace Of(Reach world, IReadOnlyList<Camera> cameras)
    {
        Vector3 center = Vector3.Zero, forward = Vector3.Zero, down = Vector3.Zero;
        foreach (var p in cameras.Select(c => c.Pose)) (center, forward, down) = (center + p.Position / cameras.Count, forward + p.Forward, down + p.Down);
        // Lengths that are not finite or too small fail the test of the corners below.
        forward = Vector3.Normalize(forward);
        var right = Vector3.Normalize(Vector3.Cross(down, forward));
        var pose = new Pose(right, Vector3.Cross(forward, right), forward, center);

        var corners = cameras.SelectMany(c => new[] { Vector2.Zero, new(c.Width, 0), new(0, c.Height), new(c.Width, c.Height) }.Select(pixel => (c.Pose.Position, Direction: c.Direction(pixel)))).ToList();
        if (!corners.TrueForAll(c => Vector3.Dot(c.Direction, forward) >= LeastCosine))
            throw new BadInputException("space ndc: the cameras do not all look the same way, so that no plane lies before everything that they see; use space.kind bounded or contracted");
        float near = corners.Min(c => pose.ToCamera(c.Position + world.Near * c.Direction).Z);
        // Cameras that stand far behind one another: the frame steps back until all of them look across its near plane.
        if (float.Max(0, world.Near / 2 - near) is > 0 and var back)
        {
            pose = pose with { Position = center - back * forward };
            near += back;
        }
        var frame = new NdcFrame(pose, cameras.Average(c => 2 * c.Fx / c.Width), cameras.Average(c => 2 * c.Fy / c.Height), near);

        // Straight lines stay straight: what lies on the boundary is seen at the near plane or at infinity.
        Vector3 low = new(-1), high = new(1);
        foreach (var (position, direction) in corners)
        {
            var (o, d) = (pose.ToCamera(position), pose.ToCamera(pose.Position + direction));
            var entry = o + float.Max(0, (near - o.Z) / d.Z) * d;
            foreach (var p in (Vector3[])[entry, d])
            {
                var q = new Vector3(frame.ScaleX * p.X / p.Z, frame.ScaleY * p.Y / p.Z, 0);
                (low, high) = (Vector3.Min(low, q), Vector3.Max(high, q));
            }
        }
        return new NdcSpace(world, frame, new Box(low, high));
    }

    /// <summary>A field of the space, asked at world points. Its densities are scaled as lengths along the camera's axis are.</summary>
    sealed class WorldField(IField field, NdcFrame frame) : IField
    {
        public Radiance Query(Tensor x, Tensor d)
        {
            var (inside, scale) = At(x);
            var (density, color) = field.Query(inside, d);
            return new Radiance(density * scale, color);
        }

        public Tensor Density(Tensor x)
        {
            var (inside, scale) = At(x);
            return field.Density(inside) * scale;
        }

        // dζ/dz = 2n/z²; nothing lies before the near plane.
        (Tensor Inside, Tensor Scale) At(Tensor x)
        {
            var z = Ndc.ToCamera(x, frame.Pose).select(-1, 2);
            var seen = z >= frame.Near;
            var safe = torch.where(seen.unsqueeze(-1), x, frame.Pose.Position.ToTensor(x)
                + 2 * frame.Near * frame.Pose.Forward.ToTensor(x));
            return (Ndc.Points(safe, frame), torch.where(seen, 2 * frame.Near / z.square(), torch.zeros_like(z)));
        }
    }
}
