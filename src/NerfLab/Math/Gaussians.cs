namespace NerfLab.Math;

/// <summary>Normal distributions with independent dimensions; everything in nats.</summary>
public static class Gaussians
{
    /// <summary>Logarithms of variances are kept within ±10, so that no exponential overflows.</summary>
    public const double MostLogVariance = 10;

    /// <summary>The divergence of N(μ, σ²) from N(0, 1), dimension by dimension: -½ (1 + log σ² - μ² - σ²).</summary>
    /// <remarks>Kingma and Welling 2014, appendix B.</remarks>
    /// <param name="mean">[...].</param>
    /// <param name="logVariance">[...].</param>
    /// <returns>[...], at least 0.</returns>
    public static Tensor Divergence(Tensor mean, Tensor logVariance)
    {
        using var scope = torch.NewDisposeScope();
        return (-0.5 * (1 + logVariance - mean.square() - logVariance.exp())).MoveToOuterDisposeScope();
    }

    /// <summary>The divergence of N(μ_q, σ_q²) from N(μ_p, σ_p²), dimension by dimension: log(σ_p/σ_q) + (σ_q² + (μ_q - μ_p)²) / 2σ_p² - ½.</summary>
    /// <param name="mean">[...], μ_q.</param>
    /// <param name="logVariance">[...], log σ_q².</param>
    /// <param name="otherMean">[...], μ_p.</param>
    /// <param name="otherLogVariance">[...], log σ_p².</param>
    public static Tensor Divergence(Tensor mean, Tensor logVariance, Tensor otherMean, Tensor otherLogVariance)
    {
        using var scope = torch.NewDisposeScope();
        return (0.5 * (otherLogVariance - logVariance + (logVariance.exp() + (mean - otherMean).square()) / otherLogVariance.exp() - 1)).MoveToOuterDisposeScope();
    }

    /// <summary>log N(x; μ, σ²), dimension by dimension, with its constant -½ log 2π.</summary>
    /// <param name="x">[...].</param>
    /// <param name="mean">[...].</param>
    /// <param name="logVariance">[...].</param>
    public static Tensor LogDensity(Tensor x, Tensor mean, Tensor logVariance)
    {
        using var scope = torch.NewDisposeScope();
        return (-0.5 * ((x - mean).square() / logVariance.exp() + logVariance) - Constant(1, 1)).MoveToOuterDisposeScope();
    }

    /// <summary>A draw: μ + σ ε. Its gradient reaches μ and σ.</summary>
    /// <param name="mean">[...].</param>
    /// <param name="logVariance">[...].</param>
    /// <param name="noise">[...], ε, from N(0, 1); null for the mean.</param>
    public static Tensor Sample(Tensor mean, Tensor logVariance, Tensor? noise) => noise is null ? mean : mean + (0.5 * logVariance).exp() * noise;

    /// <summary>½ n log 2π s²: what a normal likelihood of n dimensions with deviation s adds to half the squared error over s².</summary>
    public static double Constant(long dimensions, double deviation) => 0.5 * dimensions * double.Log(2 * double.Pi * deviation * deviation);
}
