namespace NerfLab.Math;

/// <summary>An affine map of colours, x to A x + b.</summary>
/// <param name="A">[3,3].</param>
/// <param name="B">[3].</param>
public sealed record ColorTransfer(Tensor A, Tensor B)
{
    const double Least = 1e-8, Most = 1e8; // eigenvalues of covariances, as the authors' code bounds them

    /// <summary>The map after which a cloud of colours has mean and covariance of another one.</summary>
    /// <remarks>
    /// ARF, section 3.3: A = Σ_s^½ Σ_c^-½ with symmetric roots, b = μ_s - A μ_c. Of all maps with this effect it is the one that two
    /// symmetric roots give; colours on a line or a point (grey pictures) stay on it because tiny eigenvalues are bounded from below.
    /// </remarks>
    /// <param name="content">[N,3], the cloud that is moved.</param>
    /// <param name="style">[M,3], where it shall lie.</param>
    public static ColorTransfer Between(Tensor content, Tensor style)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var (from, spread) = Moments(content);
        var (to, wanted) = Moments(style);
        var a = Power(wanted, 0.5).matmul(Power(spread, -0.5));
        var b = to - a.matmul(from);
        return new ColorTransfer(a.to(torch.float32).MoveToOuterDisposeScope(), b.to(torch.float32).MoveToOuterDisposeScope());
    }

    /// <summary>The map that keeps colours as they are.</summary>
    public static ColorTransfer Identity(torch.Device device) => new(torch.eye(3, device: device), torch.zeros(3, device: device));

    /// <summary>A x + b of colours [...,3], not clamped.</summary>
    public Tensor Apply(Tensor colors) => Guard.Vectors(colors).matmul(A.t()) + B;

    /// <summary>Coefficients of harmonics whose colour Σ + ½ is moved by the map: exact wherever nothing is clamped, for any direction.</summary>
    /// <remarks>
    /// With c = Σ_j k_j Y_j + ½, A c + b = Σ_j (A k_j) Y_j + A ½ + b, and the rest must come from the constant function Y₀:
    /// k'_j = A k_j, k'_0 = A k_0 + (A ½ + b - ½) / Y₀.
    /// </remarks>
    /// <param name="coefficients">[N,3,J], J basis functions, the constant one first.</param>
    public Tensor OfHarmonics(Tensor coefficients)
    {
        using var scope = torch.NewDisposeScope();
        var half = torch.full(3, 0.5, device: coefficients.device);
        return Moved(coefficients, (A.matmul(half) + B - half) / SphericalHarmonics.Constant).MoveToOuterDisposeScope();
    }

    /// <summary>What the paper's code does to coefficients, A k + b for the constant function: not what it does to colours.</summary>
    /// <param name="coefficients">[N,3,J], J basis functions, the constant one first.</param>
    public Tensor OfHarmonicsAsPublished(Tensor coefficients)
    {
        using var scope = torch.NewDisposeScope();
        return Moved(coefficients, B).MoveToOuterDisposeScope();
    }

    Tensor Moved(Tensor coefficients, Tensor constant)
    {
        var turned = torch.matmul(A, Guard.Shape(coefficients, [-1, 3, -1])); // [N,3,J]
        var first = turned.narrow(2, 0, 1) + constant.view(1, 3, 1);
        return coefficients.shape[2] == 1 ? first : torch.cat([first, turned.narrow(2, 1, coefficients.shape[2] - 1)], 2);
    }

    /// <summary>Mean [3] and covariance [3,3] (divided by N) of colours, in double precision.</summary>
    public static (Tensor Mean, Tensor Covariance) Moments(Tensor colors)
    {
        using var scope = torch.NewDisposeScope();
        var x = Guard.Shape(colors, [-1, 3]).to(torch.float64);
        var mean = x.mean([0]);
        var centred = x - mean;
        return (mean.MoveToOuterDisposeScope(), (centred.t().matmul(centred) / x.shape[0]).MoveToOuterDisposeScope());
    }

    static Tensor Power(Tensor symmetric, double exponent)
    {
        var (values, vectors) = torch.linalg.eigh(symmetric);
        return (vectors * values.clamp(Least, Most).pow(exponent)).matmul(vectors.t());
    }
}
