namespace NerfLab.Math;

/// <summary>From pixels to rays.</summary>
public static class Cameras
{
    /// <summary>Numbers of one row of <see cref="Pack"/>.</summary>
    public const int PackedSize = 21;

    /// <summary>Cameras as rows of a tensor, so that rays of many views can be made at once.</summary>
    /// <param name="cameras">V cameras.</param>
    /// <returns>[V,21]: fx fy cx cy, k1 k2 p1 p2 k3, then right, down, forward and position, three numbers each.</returns>
    public static Tensor Pack(IReadOnlyList<Camera> cameras)
    {
        var rows = new float[cameras.Count * PackedSize];
        for (int i = 0; i < cameras.Count; i++)
        {
            var (c, d, p) = (cameras[i], cameras[i].Distortion, cameras[i].Pose);
            float[] row = [c.Fx, c.Fy, c.Cx, c.Cy, d.K1, d.K2, d.P1, d.P2, d.K3,
                p.Right.X, p.Right.Y, p.Right.Z, p.Down.X, p.Down.Y, p.Down.Z, p.Forward.X, p.Forward.Y, p.Forward.Z, p.Position.X, p.Position.Y, p.Position.Z];
            row.CopyTo(rows, i * PackedSize);
        }
        return torch.tensor(rows, [cameras.Count, PackedSize]);
    }

    /// <summary>The rays through the centres of pixels.</summary>
    /// <param name="packed">[V,21], from <see cref="Pack"/>.</param>
    /// <param name="view">[R], 64-bit integers: the camera of each ray.</param>
    /// <param name="column">[R], pixel column.</param>
    /// <param name="row">[R], pixel row.</param>
    /// <param name="distorted">Whether any of the cameras has a lens that is not ideal.</param>
    public static Rays Rays(Tensor packed, Tensor view, Tensor column, Tensor row, bool distorted)
    {
        var camera = packed.index_select(0, view); // [R,21]
        Tensor At(long k) => camera.select(1, k);
        var x = (column + 0.5 - At(2)) / At(0);
        var y = (row + 0.5 - At(3)) / At(1);
        if (distorted) (x, y) = Undistort(x, y, At(4), At(5), At(6), At(7), At(8));
        var direction = x.unsqueeze(-1) * camera.narrow(1, 9, 3) + y.unsqueeze(-1) * camera.narrow(1, 12, 3) + camera.narrow(1, 15, 3);
        return new Rays(camera.narrow(1, 18, 3), F.normalize(direction, dim: -1));
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
    /// in: where it is not above 0, column and row mean nothing.
    /// </returns>
    public static (Tensor Column, Tensor Row, Tensor Depth) Project(Camera camera, Tensor points)
    {
        var (pose, lens) = (camera.Pose, camera.Distortion);
        var from = points - Vector(pose.Position);
        Tensor Along(System.Numerics.Vector3 axis) => (from * Vector(axis)).sum(-1);
        var depth = Along(pose.Forward);
        var (x, y) = (Along(pose.Right) / depth, Along(pose.Down) / depth);
        if (!lens.IsNone)
        {
            var r2 = x * x + y * y;
            var radial = 1 + r2 * (lens.K1 + r2 * (lens.K2 + r2 * lens.K3));
            (x, y) = (x * radial + 2 * lens.P1 * x * y + lens.P2 * (r2 + 2 * x * x), y * radial + lens.P1 * (r2 + 2 * y * y) + 2 * lens.P2 * x * y);
        }
        return (x * camera.Fx + camera.Cx, y * camera.Fy + camera.Cy, depth);

        Tensor Vector(System.Numerics.Vector3 v) => torch.tensor(new[] { v.X, v.Y, v.Z }, device: points.device);
    }

    /// <summary>Ideal image coordinates of points that a distorted lens shows at given coordinates.</summary>
    /// <remarks>
    /// Newton's method on OpenCV's model with its exact Jacobian; from the distorted point itself it reaches single precision in
    /// a few steps for lenses whose map is one-to-one over the picture.
    /// </remarks>
    /// <param name="xd">[N], distorted normalised column.</param>
    /// <param name="yd">[N], distorted normalised row.</param>
    /// <param name="k1">[N] or a scalar tensor; likewise the others.</param>
    /// <param name="k2">Radial, fourth order.</param>
    /// <param name="p1">Tangential, vertical.</param>
    /// <param name="p2">Tangential, horizontal.</param>
    /// <param name="k3">Radial, sixth order.</param>
    /// <param name="iterations">Newton steps.</param>
    public static (Tensor X, Tensor Y) Undistort(Tensor xd, Tensor yd, Tensor k1, Tensor k2, Tensor p1, Tensor p2, Tensor k3, int iterations = 8)
    {
        var (x, y) = (xd, yd);
        for (int i = 0; i < iterations; i++)
        {
            var r2 = x * x + y * y;
            var radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3));
            var slope = 2 * (k1 + r2 * (2 * k2 + 3 * r2 * k3)); // d(radial)/dx = slope x
            var ex = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x) - xd;
            var ey = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y - yd;
            var fxx = radial + slope * x * x + 2 * p1 * y + 6 * p2 * x;
            var fyy = radial + slope * y * y + 6 * p1 * y + 2 * p2 * x;
            var fxy = slope * x * y + 2 * p1 * x + 2 * p2 * y; // = fyx
            var determinant = fxx * fyy - fxy * fxy;
            (x, y) = (x - (ex * fyy - ey * fxy) / determinant, y - (ey * fxx - ex * fxy) / determinant);
        }
        return (x, y);
    }
}
