namespace NerfLab.Math;

/// <summary>The camera that normalised device coordinates belong to.</summary>
/// <param name="Pose">Camera to world.</param>
/// <param name="ScaleX">Focal length over half the picture's width: 1 over the tangent of half the horizontal angle of view.</param>
/// <param name="ScaleY">Focal length over half the picture's height.</param>
/// <param name="Near">Depth of the near plane, world units, above 0.</param>
public readonly record struct NdcFrame(Pose Pose, float ScaleX, float ScaleY, float Near);

/// <summary>
/// Normalised device coordinates: what a camera sees behind its near plane, all the way to infinity, becomes the cube from -1 to
/// 1, and straight lines stay straight. Depth is spread evenly in its reciprocal.
/// </summary>
/// <remarks>
/// Mildenhall et al. 2020, NeRF, appendix C, in the OpenCV convention (z into the scene, y down), so that some signs differ from there.
/// </remarks>
public static class Ndc
{
    /// <summary>World points as the camera sees them: x to the right, y down, z into the scene.</summary>
    /// <param name="x">[...,3], world units.</param>
    /// <param name="pose">Of the camera.</param>
    public static Tensor ToCamera(Tensor x, Pose pose) => Turned(x - pose.Position.ToTensor(x), pose);

    /// <summary>World directions as the camera sees them.</summary>
    /// <param name="d">[...,3].</param>
    /// <param name="pose">Of the camera.</param>
    public static Tensor Turned(Tensor d, Pose pose) =>
        d.matmul(torch.stack([pose.Right.ToTensor(d), pose.Down.ToTensor(d), pose.Forward.ToTensor(d)], -1));

    /// <summary>World points in normalised device coordinates: (a x/z, b y/z, 1 - 2n/z) for camera coordinates (x,y,z).</summary>
    /// <remarks>NeRF, appendix C: the near plane z = n becomes -1, infinity becomes 1.</remarks>
    /// <param name="x">[...,3], world units, in front of the camera.</param>
    /// <param name="frame">The camera.</param>
    public static Tensor Points(Tensor x, NdcFrame frame) => Projected(ToCamera(x, frame.Pose), frame);

    /// <summary>The inverse of <see cref="Points"/>.</summary>
    /// <param name="q">[...,3], normalised device coordinates, the third below 1.</param>
    /// <param name="frame">The camera.</param>
    public static Tensor World(Tensor q, NdcFrame frame)
    {
        var (pose, z) = (frame.Pose, Depth(q.select(-1, 2), frame).unsqueeze(-1));
        return pose.Position.ToTensor(q) + z * (q.narrow(-1, 0, 1) / frame.ScaleX * pose.Right.ToTensor(q) + q.narrow(-1, 1, 1) / frame.ScaleY * pose.Down.ToTensor(q) + pose.Forward.ToTensor(q));
    }

    /// <summary>The depth z that has a third coordinate ζ: 2n / (1 - ζ), at most two million times the near plane's.</summary>
    /// <param name="zeta">[...], up to 1.</param>
    /// <param name="frame">The camera.</param>
    public static Tensor Depth(Tensor zeta, NdcFrame frame) => 2 * frame.Near / (1 - zeta).clamp_min(1e-6);

    /// <summary>World rays in normalised device coordinates: o' + t' d', where t' = 0 is the near plane (or the origin, where that lies behind it) and t' = 1 infinity.</summary>
    /// <remarks>
    /// NeRF, appendix C: o' = (a x/z, b y/z, 1 - 2n/z) and d' = (a (dx/dz - x/z), b (dy/dz - y/z), 2n/z) for the origin (x,y,z) moved
    /// to the near plane; a point at distance t from there has t' = 1 - z/(z + t dz).
    /// </remarks>
    /// <param name="origins">[R,3], world units.</param>
    /// <param name="directions">[R,3].</param>
    /// <param name="frame">The camera.</param>
    /// <returns>Origins and directions, [R,3] each, and [R], truth values: whether a ray runs away from the camera at all; the others are not mapped sensibly.</returns>
    public static (Tensor Origins, Tensor Directions, Tensor Forward) Rays(Tensor origins, Tensor directions, NdcFrame frame)
    {
        var (o, d) = (ToCamera(origins, frame.Pose), Turned(directions, frame.Pose));
        var forward = d.select(-1, 2) > 1e-5;
        var dz = torch.where(forward, d.select(-1, 2), torch.ones_like(d.select(-1, 2))).unsqueeze(-1);
        o = o + ((frame.Near - o.narrow(-1, 2, 1)) / dz).clamp_min(0) * d;
        var z = o.narrow(-1, 2, 1).clamp_min(frame.Near);
        var direction = torch.cat([
            frame.ScaleX * (d.narrow(-1, 0, 1) / dz - o.narrow(-1, 0, 1) / z),
            frame.ScaleY * (d.narrow(-1, 1, 1) / dz - o.narrow(-1, 1, 1) / z),
            2 * frame.Near / z], -1);
        return (Projected(o, frame), direction, forward);
    }

    static Tensor Projected(Tensor p, NdcFrame frame)
    {
        var z = p.narrow(-1, 2, 1);
        return torch.cat([frame.ScaleX * p.narrow(-1, 0, 1) / z, frame.ScaleY * p.narrow(-1, 1, 1) / z, 1 - 2 * frame.Near / z], -1);
    }
}
