using System.Numerics;

namespace NerfLab;

/// <summary>How an ideal lens lays directions on the plane of the picture, before its errors.</summary>
public enum Projection
{
    /// <summary>Straight lines stay straight: (x/z, y/z). Shows less than half of the world.</summary>
    Perspective,

    /// <summary>The ideal fisheye lens: the distance from the middle is the angle from the axis, up to π.</summary>
    Equidistant,

    /// <summary>The fisheye lens of Devernay and Faugeras 2001: a perspective radius r becomes atan(2 r tan(ω/2)) / ω.</summary>
    Fov,
}

/// <summary>
/// A lens: a projection and a polynomial of its errors. The default is ideal and perspective. All coefficients are without unit.
/// </summary>
/// <remarks>
/// <para>With (u, v) = the ideal projection and r² = u² + v²: u' = u N/D + 2 p1 uv + p2 (r² + 2u²) + s1 r² and v' = v N/D + p1 (r² + 2v²) + 2 p2 uv + s2 r²,
/// where N = 1 + k1 r² + k2 r⁴ + k3 r⁶ + k4 r⁸ and D = 1 + d1 r² + d2 r⁴ + d3 r⁶.</para>
/// <para>The models in use are cases of it. OpenCV's: perspective with k1 k2 p1 p2 k3, and its k4 k5 k6 are d1 d2 d3 here. OpenCV's fisheye: equidistant with
/// k1 to k4. COLMAP's thin-prism fisheye: equidistant with k1 to k4, p1, p2, s1, s2.</para>
/// </remarks>
/// <param name="K1">Radial, second order.</param>
/// <param name="K2">Radial, fourth order.</param>
/// <param name="P1">Tangential, vertical.</param>
/// <param name="P2">Tangential, horizontal.</param>
/// <param name="K3">Radial, sixth order.</param>
public readonly record struct Distortion(float K1, float K2, float P1, float P2, float K3 = 0)
{
    /// <summary>Radial, eighth order; OpenCV's k4 of a fisheye lens.</summary>
    public float K4 { get; init; }

    /// <summary>Radial below the fraction line, second order; OpenCV's k4 of a perspective lens.</summary>
    public float D1 { get; init; }

    /// <summary>Radial below the fraction line, fourth order; OpenCV's k5.</summary>
    public float D2 { get; init; }

    /// <summary>Radial below the fraction line, sixth order; OpenCV's k6.</summary>
    public float D3 { get; init; }

    /// <summary>Thin prism, horizontal.</summary>
    public float S1 { get; init; }

    /// <summary>Thin prism, vertical.</summary>
    public float S2 { get; init; }

    /// <summary>The projection.</summary>
    public Projection Projection { get; init; }

    /// <summary>ω of <see cref="Projection.Fov"/>: about the angle of view, in radians, above 0 and below π.</summary>
    public float Omega { get; init; }

    /// <summary>Whether the lens is ideal and perspective.</summary>
    public bool IsNone => this == default;

    /// <summary>Where a point appears on the plane of the picture, at focal length 1.</summary>
    /// <param name="p">In camera coordinates (x right, y down, z forward), any unit.</param>
    /// <returns>Null where the lens does not show it: behind a perspective lens, or beyond the angle at which the polynomial folds the picture over.</returns>
    public Vector2? Project(Vector3 p)
    {
        double x = p.X, y = p.Y, z = p.Z, r = double.Sqrt(x * x + y * y), scale;
        if (Projection == Projection.Equidistant)
        {
            if (r == 0 && z <= 0) return null;
            scale = r == 0 ? 1 / z : double.Atan2(r, z) / r;
        }
        else
        {
            if (z <= 0) return null;
            var s = r / z;
            scale = Projection == Projection.Fov && s > 0 ? double.Atan(2 * s * Slope) / (Omega * s * z) : Projection == Projection.Fov ? 2 * Slope / (Omega * z) : 1 / z;
        }
        var (u, v) = (x * scale, y * scale);
        if (!Unfolded(Jacobian(u, v))) return null;
        var (du, dv) = Map(u, v);
        return new Vector2((float)du, (float)dv);
    }

    /// <summary>The direction that appears at a point on the plane of the picture: the inverse of <see cref="Project"/>.</summary>
    /// <param name="q">At focal length 1.</param>
    /// <returns>A unit vector in camera coordinates; NaN where the lens shows nothing.</returns>
    public Vector3 Direction(Vector2 q)
    {
        var p = Undistort(q);
        double u = p.X, v = p.Y, r = double.Sqrt(u * u + v * v);
        switch (Projection)
        {
            case Projection.Equidistant:
                var sinc = r == 0 ? 1 : double.Sin(r) / r;
                return r <= double.Pi ? new((float)(u * sinc), (float)(v * sinc), (float)double.Cos(r)) : new(float.NaN);
            case Projection.Fov when r > 0:
                var angle = r * Omega;
                return angle < double.Pi / 2 ? Vector3.Normalize(new(p * (float)(double.Tan(angle) / (2 * Slope * r)), 1)) : new(float.NaN);
            default:
                return Vector3.Normalize(new(p, 1));
        }
    }

    /// <summary>Where an ideally projected point lands through this lens.</summary>
    /// <param name="p">For a perspective lens (x/z, y/z); for the others its distance from the middle is what <see cref="NerfLab.Projection"/> says.</param>
    public Vector2 Distort(Vector2 p)
    {
        var (x, y) = Map(p.X, p.Y);
        return new Vector2((float)x, (float)y);
    }

    /// <summary>The ideally projected point that lands on <paramref name="p"/> through this lens: the inverse of <see cref="Distort"/>.</summary>
    /// <remarks>
    /// Newton's method in double precision with the exact Jacobian, started at <paramref name="p"/>, or nearer to the middle where that fails, and halving
    /// steps that do not help. A strong negative k1 folds the picture over at some radius: points beyond the fold have no ideal point.
    /// </remarks>
    /// <param name="p">A point on the plane of the picture, at focal length 1.</param>
    /// <returns>The ideal coordinates on the unfolded side of the lens, or NaN in both where there are none.</returns>
    public Vector2 Undistort(Vector2 p)
    {
        if (this with { Projection = default, Omega = 0 } == default) return p;
        foreach (var start in (ReadOnlySpan<float>)[1, 0.5f, 0.2f])
            if (Newton(p, p * start) is { } found) return found;
        return new Vector2(float.NaN);
    }

    private Vector2? Newton(Vector2 p, Vector2 start)
    {
        double x = start.X, y = start.Y;
        var (fx, fy) = Map(x, y);
        for (var i = 0; i < 60; i++)
        {
            double ex = fx - p.X, ey = fy - p.Y, error = ex * ex + ey * ey;
            var j = Jacobian(x, y);
            // At the fold Newton's step is without bound.
            if (!Unfolded(j)) return null;
            if (error < 1e-24) return new Vector2((float)x, (float)y);
            var determinant = j.XX * j.YY - j.XY * j.YX;
            double dx = (j.YY * ex - j.XY * ey) / determinant, dy = (j.XX * ey - j.YX * ex) / determinant, step = 1;
            for (; step > 1e-4; step /= 2)
            {
                double nx = x - step * dx, ny = y - step * dy;
                var (gx, gy) = Map(nx, ny);
                if ((gx - p.X) * (gx - p.X) + (gy - p.Y) * (gy - p.Y) < error && Unfolded(Jacobian(nx, ny)))
                {
                    (x, y, fx, fy) = (nx, ny, gx, gy);
                    break;
                }
            }
            if (step <= 1e-4) return null;
        }
        return null;
    }

    private double Slope => double.Tan(Omega / 2.0);

    private (double X, double Y) Map(double x, double y)
    {
        double r2 = x * x + y * y, radial = Numerator(r2) / Denominator(r2);
        return (x * radial + 2 * P1 * x * y + P2 * (r2 + 2 * x * x) + S1 * r2, y * radial + P1 * (r2 + 2 * y * y) + 2 * P2 * x * y + S2 * r2);
    }

    private double Numerator(double r2) => 1 + r2 * (K1 + r2 * (K2 + r2 * (K3 + r2 * K4)));

    private double Denominator(double r2) => 1 + r2 * (D1 + r2 * (D2 + r2 * D3));

    /// <summary>Derivatives of <see cref="Map"/>: XY is that of its X by y.</summary>
    private (double XX, double XY, double YX, double YY) Jacobian(double x, double y)
    {
        double r2 = x * x + y * y, n = Numerator(r2), d = Denominator(r2), radial = n / d;
        var slope = 2 * (K1 + r2 * (2 * K2 + r2 * (3 * K3 + r2 * 4 * K4)) - radial * (D1 + r2 * (2 * D2 + r2 * 3 * D3))) / d; // d(radial)/dx = slope x
        var mixed = slope * x * y + 2 * P1 * x + 2 * P2 * y;
        return (radial + slope * x * x + 2 * P1 * y + 6 * P2 * x + 2 * S1 * x,
            mixed + 2 * S1 * y,
            mixed + 2 * S2 * x,
            radial + slope * y * y + 6 * P1 * y + 2 * P2 * x + 2 * S2 * y);
    }

    // On the side of the fold that holds the middle the map keeps orientation and does not turn round.
    private static bool Unfolded((double XX, double XY, double YX, double YY) j) => j.XX * j.YY - j.XY * j.YX > 0 && j.XX + j.YY > 0;
}
