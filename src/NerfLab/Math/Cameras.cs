namespace NerfLab.Math;

/// <summary>From pixels to rays.</summary>
public static class Cameras
{
    /// <summary>Numbers of one row of <see cref="Pack"/>.</summary>
    public const int PackedSize = 29;

    const int Lens = 4, LensSize = 11, Projection = 15, Omega = 16; // columns
    internal const int Right = 17, Down = 20, Forward = 23, Position = 26;

    /// <summary>Cameras as rows of a tensor, so that rays of many views can be made at once.</summary>
    /// <param name="cameras">V cameras.</param>
    /// <returns>[V,29]: fx fy cx cy; k1 k2 k3 k4 d1 d2 d3 p1 p2 s1 s2; projection and ω; then right, down, forward and position, three numbers each.</returns>
    public static Tensor Pack(IReadOnlyList<Camera> cameras)
    {
        var rows = new float[cameras.Count * PackedSize];
        for (int i = 0; i < cameras.Count; i++)
        {
            var (c, d, p) = (cameras[i], cameras[i].Distortion, cameras[i].Pose);
            float[] row = [c.Fx, c.Fy, c.Cx, c.Cy, d.K1, d.K2, d.K3, d.K4, d.D1, d.D2, d.D3, d.P1, d.P2, d.S1, d.S2, (float)d.Projection, d.Omega,
                p.Right.X, p.Right.Y, p.Right.Z, p.Down.X, p.Down.Y, p.Down.Z, p.Forward.X, p.Forward.Y, p.Forward.Z, p.Position.X, p.Position.Y, p.Position.Z];
            row.CopyTo(rows, i * PackedSize);
        }
        return torch.tensor(rows, [cameras.Count, PackedSize]);
    }

    /// <summary>The rays through the centres of pixels. Where a lens shows nothing, the ray is finite but means nothing.</summary>
    /// <param name="packed">[V,29], from <see cref="Pack"/>.</param>
    /// <param name="view">[R], 64-bit integers: the camera of each ray.</param>
    /// <param name="column">[R], pixel column.</param>
    /// <param name="row">[R], pixel row.</param>
    /// <param name="distorted">Whether any of the cameras has a lens that is not ideal and perspective.</param>
    public static Rays Rays(Tensor packed, Tensor view, Tensor column, Tensor row, bool distorted)
    {
        var camera = packed.index_select(0, view); // [R,29]
        Tensor At(long k) => camera.select(1, k);
        var x = (column + 0.5 - At(2)) / At(0);
        var y = (row + 0.5 - At(3)) / At(1);
        var z = torch.ones_like(x);
        if (distorted)
        {
            (x, y) = Undistort(x, y, camera.narrow(1, Lens, LensSize));
            (x, y, z) = Unproject(x, y, At(Projection), At(Omega));
        }
        var direction = x.unsqueeze(-1) * camera.narrow(1, Right, 3) + y.unsqueeze(-1) * camera.narrow(1, Down, 3) + z.unsqueeze(-1) * camera.narrow(1, Forward, 3);
        return new Rays(camera.narrow(1, Position, 3), F.normalize(direction, dim: -1));
    }

    /// <summary>The rays of a whole picture, row by row.</summary>
    /// <param name="camera">The camera.</param>
    /// <param name="device">Where the rays are made.</param>
    /// <returns>Height x Width rays.</returns>
    public static Rays Rays(Camera camera, torch.Device device)
    {
        var pixel = torch.arange((long)camera.Width * camera.Height, torch.int64, device);
        var row = pixel.div(camera.Width, torch.RoundingMode.floor);
        var column = pixel - row * camera.Width;
        return Rays(Pack([camera]).to(device), torch.zeros_like(pixel), column.to(torch.float32), row.to(torch.float32), !camera.Distortion.IsNone);
    }

    /// <summary>Where world points appear in a picture: the inverse of <see cref="Rays(Camera, torch.Device)"/>.</summary>
    /// <param name="camera">The camera; its lens is respected.</param>
    /// <param name="points">[N,3], world units.</param>
    /// <returns>
    /// Column and row, [N] each: the centre of pixel (i, j) is (i+½, j+½). Depth [N], the distance in the direction the camera looks
    /// in: where it is not above 0, column and row mean nothing, but for fisheye lenses that see so far.
    /// </returns>
    public static (Tensor Column, Tensor Row, Tensor Depth) Project(Camera camera, Tensor points)
    {
        var (pose, d) = (camera.Pose, camera.Distortion);
        var from = points - pose.Position.ToTensor(points.device);
        Tensor Along(System.Numerics.Vector3 axis) => (from * axis.ToTensor(points.device)).sum(-1);
        var (x, y, depth) = (Along(pose.Right), Along(pose.Down), Along(pose.Forward));
        var scale = 1 / depth;
        if (d.Projection != NerfLab.Projection.Perspective)
        {
            var r = (x * x + y * y).sqrt().clamp_min(1e-12);
            var slope = 2 * double.Tan(d.Omega / 2.0);
            scale = (d.Projection == NerfLab.Projection.Equidistant ? r.atan2(depth) : (r / depth * slope).atan() / d.Omega) / r;
        }
        (x, y) = (x * scale, y * scale);
        if (!d.IsNone)
        {
            var r2 = x * x + y * y;
            var radial = (1 + r2 * (d.K1 + r2 * (d.K2 + r2 * (d.K3 + r2 * d.K4)))) / (1 + r2 * (d.D1 + r2 * (d.D2 + r2 * d.D3)));
            (x, y) = (x * radial + 2 * d.P1 * x * y + d.P2 * (r2 + 2 * x * x) + d.S1 * r2, y * radial + d.P1 * (r2 + 2 * y * y) + 2 * d.P2 * x * y + d.S2 * r2);
        }
        return (x * camera.Fx + camera.Cx, y * camera.Fy + camera.Cy, depth);
    }

    /// <summary>Ideally projected points that a lens shows at given places: the inverse of <see cref="Distortion.Distort"/>.</summary>
    /// <remarks>
    /// Newton's method on the polynomial of <see cref="Distortion"/> with its exact Jacobian; from the given place itself it reaches single precision in
    /// a few steps for lenses whose map is one-to-one over the picture. What does not converge stays where it was.
    /// </remarks>
    /// <param name="xd">[N], normalised column.</param>
    /// <param name="yd">[N], normalised row.</param>
    /// <param name="lens">[N,11] or [1,11]: k1 k2 k3 k4 d1 d2 d3 p1 p2 s1 s2.</param>
    /// <param name="iterations">Newton steps.</param>
    public static (Tensor X, Tensor Y) Undistort(Tensor xd, Tensor yd, Tensor lens, int iterations = 8)
    {
        var c = Enumerable.Range(0, LensSize).Select(k => lens.select(1, k)).ToArray();
        var (k1, k2, k3, k4, d1, d2, d3, p1, p2, s1, s2) = (c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10]);
        var (x, y) = (xd, yd);
        for (int i = 0; i < iterations; i++)
        {
            var r2 = x * x + y * y;
            var denominator = 1 + r2 * (d1 + r2 * (d2 + r2 * d3));
            var radial = (1 + r2 * (k1 + r2 * (k2 + r2 * (k3 + r2 * k4)))) / denominator;
            var slope = 2 * (k1 + r2 * (2 * k2 + r2 * (3 * k3 + 4 * r2 * k4)) - radial * (d1 + r2 * (2 * d2 + 3 * r2 * d3))) / denominator; // d(radial)/dx = slope x
            var ex = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x) + s1 * r2 - xd;
            var ey = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y + s2 * r2 - yd;
            var fxx = radial + slope * x * x + 2 * p1 * y + 6 * p2 * x + 2 * s1 * x;
            var fyy = radial + slope * y * y + 6 * p1 * y + 2 * p2 * x + 2 * s2 * y;
            var mixed = slope * x * y + 2 * p1 * x + 2 * p2 * y;
            var (fxy, fyx) = (mixed + 2 * s1 * y, mixed + 2 * s2 * x);
            var determinant = fxx * fyy - fxy * fyx;
            (x, y) = (x - (ex * fyy - ey * fxy) / determinant, y - (ey * fxx - ex * fyx) / determinant);
        }
        var found = (x + y).isfinite();
        return (torch.where(found, x, xd), torch.where(found, y, yd));
    }

    /// <summary>Directions that ideal lenses project to given points, not of unit length: the inverse of <see cref="NerfLab.Projection"/>.</summary>
    /// <param name="x">[N], normalised column.</param>
    /// <param name="y">[N], normalised row.</param>
    /// <param name="projection">[N], numbers of <see cref="NerfLab.Projection"/>.</param>
    /// <param name="omega">[N], of <see cref="NerfLab.Projection.Fov"/>.</param>
    public static (Tensor X, Tensor Y, Tensor Z) Unproject(Tensor x, Tensor y, Tensor projection, Tensor omega)
    {
        var r = (x * x + y * y).sqrt().clamp_min(1e-12);
        var (equidistant, fov) = (projection == (float)NerfLab.Projection.Equidistant, projection == (float)NerfLab.Projection.Fov);
        var one = torch.ones_like(r);
        var scale = torch.where(equidistant, r.sin() / r, torch.where(fov, (r * omega).clamp_max(1.57).tan() / (2 * (omega / 2).tan() * r).clamp_min(1e-12), one));
        return (x * scale, y * scale, torch.where(equidistant, r.clamp_max(double.Pi).cos(), one));
    }
}
