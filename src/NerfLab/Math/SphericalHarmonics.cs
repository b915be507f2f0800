namespace NerfLab.Math;

/// <summary>The real spherical harmonics: an orthonormal basis of functions of direction.</summary>
public static class SphericalHarmonics
{
    /// <summary>The value of the first basis function, in every direction: 1 / (2 √π).</summary>
    public const double Constant = 0.28209479177387814;

    /// <summary>The largest number of bands that <see cref="Encode"/> knows.</summary>
    public const int MaxDegree = 4;

    /// <summary>The basis functions of the first <paramref name="degree"/> bands (l = 0 ... degree-1) at directions.</summary>
    /// <remarks>
    /// Condon-Shortley phase included, m from -l to l; the polynomials are those of Sloan 2008, Efficient Spherical Harmonic
    /// Evaluation. Their squares integrate to 1 over the sphere, which a test checks.
    /// </remarks>
    /// <param name="d">[N,3], unit length.</param>
    /// <param name="degree">1 to 4.</param>
    /// <returns>[N, degree²].</returns>
    public static Tensor Encode(Tensor d, int degree)
    {
        if (degree is < 1 or > MaxDegree) throw new ArgumentOutOfRangeException(nameof(degree), degree, $"degree: expected 1 to {MaxDegree}");
        var (x, y, z) = (d.select(1, 0), d.select(1, 1), d.select(1, 2));
        var bands = new List<Tensor> { torch.full_like(x, Constant) };
        if (degree > 1) bands.AddRange([-0.48860251190291987 * y, 0.48860251190291987 * z, -0.48860251190291987 * x]);
        if (degree > 2)
        {
            bands.AddRange([
                1.0925484305920792 * x * y, -1.0925484305920792 * y * z, 0.94617469575756008 * z * z - 0.31539156525252005,
                -1.0925484305920792 * x * z, 0.54627421529603959 * (x * x - y * y)]);
        }
        if (degree > 3)
        {
            bands.AddRange([
                0.59004358992664352 * y * (y * y - 3 * x * x), 2.8906114426405538 * x * y * z,
                0.45704579946446572 * y * (1 - 5 * z * z), 0.3731763325901154 * z * (5 * z * z - 3),
                0.45704579946446572 * x * (1 - 5 * z * z), 1.4453057213202769 * z * (x * x - y * y),
                0.59004358992664352 * x * (3 * y * y - x * x)]);
        }
        return torch.stack(bands, -1);
    }
}
