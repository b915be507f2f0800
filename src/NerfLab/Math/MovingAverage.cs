namespace NerfLab.Math;

/// <summary>Averages that follow what changes.</summary>
public static class MovingAverage
{
    /// <summary>One step: a += (1 - β) (x - a), in place.</summary>
    /// <remarks>Exponential moving average. Of a constant it comes closer by the factor β with each step; β = 0 copies.</remarks>
    /// <param name="average">a, any shape.</param>
    /// <param name="value">x, of the same shape.</param>
    /// <param name="decay">β, 0 to 1.</param>
    public static void Step(Tensor average, Tensor value, double decay)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        average.add_((value - average) * (1 - decay));
    }
}
