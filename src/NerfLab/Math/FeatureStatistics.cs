namespace NerfLab.Math;

/// <summary>Mean and standard deviation of the channels of feature maps.</summary>
/// <param name="Mean">[B,C,1,1].</param>
/// <param name="Deviation">[B,C,1,1], above 0.</param>
public readonly record struct ChannelStatistics(Tensor Mean, Tensor Deviation)
{
    /// <summary>Of several styles, mixed.</summary>
    /// <param name="styles">At least one.</param>
    /// <param name="weights">One for each, with the sum 1.</param>
    public static ChannelStatistics Mix(IReadOnlyList<ChannelStatistics> styles, IReadOnlyList<double> weights)
    {
        if (styles.Count == 0 || styles.Count != weights.Count) throw new ArgumentException($"{nameof(weights)}: expected {styles.Count}, one for each of the styles, got {weights.Count}");
        return new ChannelStatistics(Sum(s => s.Mean), Sum(s => s.Deviation));

        Tensor Sum(Func<ChannelStatistics, Tensor> part) => styles.Select((s, i) => part(s) * weights[i]).Aggregate((a, b) => a + b);
    }
}

/// <summary>What style is, for adaptive instance normalisation: the first two moments of features over a picture.</summary>
/// <remarks>Huang and Belongie 2017.</remarks>
public static class FeatureStatistics
{
    /// <summary>Added to variances, inside the root.</summary>
    public const double Epsilon = 1e-5;

    /// <summary>Mean and deviation over the places of each map.</summary>
    /// <remarks>Huang and Belongie 2017, equations 5 and 6, with the unbiased variance that the authors' code takes; the variance of a single place is 0.</remarks>
    /// <param name="features">[B,C,H,W].</param>
    public static ChannelStatistics Of(Tensor features)
    {
        Guard.Shape(features, [-1, -1, -1, -1]);
        using var scope = torch.NewDisposeScope();
        long places = features.shape[2] * features.shape[3];
        var mean = features.mean([2, 3], true);
        var variance = (features - mean).square().sum([2, 3], true) / long.Max(places - 1, 1);
        return new ChannelStatistics(mean.MoveToOuterDisposeScope(), (variance + Epsilon).sqrt().MoveToOuterDisposeScope());
    }

    /// <summary>Mean and deviation over a part of the places.</summary>
    /// <param name="features">[B,C,H,W].</param>
    /// <param name="mask">[H,W] or [B,H,W], 0 to 1: how much each place counts; where none counts, mean and variance are 0.</param>
    public static ChannelStatistics Of(Tensor features, Tensor mask)
    {
        Guard.Shape(features, [-1, -1, -1, -1]);
        using var scope = torch.NewDisposeScope();
        var all = mask.view(-1, 1, features.shape[2], features.shape[3]);
        var share = all / all.sum([2, 3], true).clamp_min(1e-6);
        var mean = (features * share).sum([2, 3], true);
        // With weights, the unbiased variance divides by 1 - Σ w²: for n equal weights that is (n-1)/n.
        var unbiased = (1 - share.square().sum([2, 3], true)).clamp_min(1e-6);
        var variance = ((features - mean).square() * share).sum([2, 3], true) / unbiased;
        return new ChannelStatistics(mean.MoveToOuterDisposeScope(), (variance + Epsilon).sqrt().MoveToOuterDisposeScope());
    }

    /// <summary>Features of a content with the statistics of a style: σ(y) (x - μ(x)) / σ(x) + μ(y).</summary>
    /// <remarks>Huang and Belongie 2017, equation 8.</remarks>
    /// <param name="content">[B,C,H,W].</param>
    /// <param name="style">[B or 1,C,1,1] each.</param>
    /// <param name="mask">[H,W] or [B,H,W], 0 to 1: the places whose statistics are exchanged, while others keep their features; null for all.</param>
    public static Tensor AdaIn(Tensor content, ChannelStatistics style, Tensor? mask = null)
    {
        using var scope = torch.NewDisposeScope();
        var own = mask is null ? Of(content) : Of(content, mask);
        var made = (content - own.Mean) * (style.Deviation / own.Deviation) + style.Mean;
        return (mask is null ? made : content + mask.view(-1, 1, content.shape[2], content.shape[3]) * (made - content)).MoveToOuterDisposeScope();
    }

    /// <summary>A mask for a map of another size.</summary>
    /// <param name="mask">[H,W] or [B,H,W].</param>
    /// <param name="map">[B,C,h,w].</param>
    /// <returns>[1 or B,h,w], means over what a place of the map covers.</returns>
    public static Tensor MaskOf(Tensor mask, Tensor map)
    {
        using var scope = torch.NewDisposeScope();
        return F.adaptive_avg_pool2d(mask.to(map.device).view(-1, 1, mask.shape[^2], mask.shape[^1]), [map.shape[2], map.shape[3]]).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>How far the statistics of two maps are apart: the mean squares of the differences of means and of deviations, added.</summary>
    /// <remarks>Huang and Belongie 2017, one summand of equation 13, squared as in the authors' code.</remarks>
    /// <returns>A scalar.</returns>
    public static Tensor Distance(ChannelStatistics a, ChannelStatistics b) =>
        F.mse_loss(a.Mean, b.Mean.expand_as(a.Mean)) + F.mse_loss(a.Deviation, b.Deviation.expand_as(a.Deviation));
}
