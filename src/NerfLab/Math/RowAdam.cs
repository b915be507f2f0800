namespace NerfLab.Math;

/// <summary>The numbers of one step of Adam.</summary>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Beta1">Decay of the mean of gradients, 0 to 1.</param>
/// <param name="Beta2">Decay of the mean of squared gradients, 0 to 1.</param>
/// <param name="Epsilon">Added to the root of the squares.</param>
/// <param name="Step">Number of the step, from 1: averages that begin with zero are too small by 1 - βᵗ.</param>
public readonly record struct AdamNumbers(double LearningRate, double Beta1, double Beta2, double Epsilon, long Step)
{
    /// <summary>What a mean is multiplied by on its way to the parameter: α / (1 - β₁ᵗ).</summary>
    public double Scale => LearningRate / (1 - double.Pow(Beta1, Step));

    /// <summary>What the root of a square is multiplied by: 1 / √(1 - β₂ᵗ).</summary>
    public double Root => 1 / double.Sqrt(1 - double.Pow(Beta2, Step));
}

/// <summary>Adam over tables of which a step touches a few rows.</summary>
public static class RowAdam
{
    /// <summary>
    /// One step: m = β₁ m + (1 - β₁) g, v = β₂ v + (1 - β₂) g², p -= α m̂ / (√v̂ + ε), in place and only where a row of the gradient has a number that is
    /// not zero. The other rows keep their averages.
    /// </summary>
    /// <remarks>
    /// Kingma and Ba 2015, algorithm 1; Müller et al. 2022, section 4: entries of the table whose gradient is zero are skipped, which saves
    /// time and keeps the averages of what is seen seldom.
    /// </remarks>
    /// <param name="parameter">[...,C]: rows of C numbers.</param>
    /// <param name="gradient">Of the same shape.</param>
    /// <param name="mean">m, of the same shape.</param>
    /// <param name="square">v, of the same shape.</param>
    /// <param name="numbers">Rates and decays.</param>
    public static void Step(Tensor parameter, Tensor gradient, Tensor mean, Tensor square, AdamNumbers numbers)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var (p, touched) = (parameter.detach(), (gradient != 0).any(-1, keepdim: true));
        var (m, v) = (mean * numbers.Beta1 + gradient * (1 - numbers.Beta1), square * numbers.Beta2 + gradient * gradient * (1 - numbers.Beta2));
        p.copy_(torch.where(touched, p - m * numbers.Scale / (v.sqrt() * numbers.Root + numbers.Epsilon), p));
        mean.copy_(torch.where(touched, m, mean));
        square.copy_(torch.where(touched, v, square));
    }
}
