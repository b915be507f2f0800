namespace NerfLab.Metrics;

/// <summary>How alike two pictures are.</summary>
public static class ImageMetrics
{
    /// <summary>Rows and columns of the window of <see cref="Ssim"/>, and so the least that a picture may have.</summary>
    public const int SsimWindow = 11;

    /// <summary>Peak signal-to-noise ratio for a peak of 1: -10 log10 of the mean squared error.</summary>
    /// <param name="a">Any shape, 0 to 1.</param>
    /// <param name="b">The same shape.</param>
    /// <returns>Decibels; infinity for equal pictures.</returns>
    public static double Psnr(Tensor a, Tensor b)
    {
        using var scope = torch.NewDisposeScope();
        Guard.Shape(a, b.shape);
        return PsnrOf((a.to(torch.float64) - b.to(torch.float64)).square().mean().ToDouble());
    }

    /// <summary>The same from a mean squared error.</summary>
    public static double PsnrOf(double meanSquaredError) => -10 * double.Log10(meanSquaredError);

    /// <summary>Structural similarity: means, variances and covariance under a Gaussian window, averaged over the picture and its channels.</summary>
    /// <remarks>
    /// Wang et al. 2004, equation 13, with that paper's constants: window 11x11 with σ = 1.5, K1 = 0.01, K2 = 0.03, peak 1; only
    /// places where the whole window lies inside the picture count.
    /// </remarks>
    /// <param name="a">[H,W,C], 0 to 1; H and W at least 11.</param>
    /// <param name="b">The same shape.</param>
    /// <returns>At most 1, which equal pictures reach.</returns>
    public static double Ssim(Tensor a, Tensor b)
    {
        using var scope = torch.NewDisposeScope();
        const double C1 = 0.01 * 0.01, C2 = 0.03 * 0.03;
        Guard.Shape(a, b.shape);
        if (a.ndim != 3 || a.shape[0] < SsimWindow || a.shape[1] < SsimWindow)
            throw new ArgumentException($"ssim: expected [H,W,C] with at least {SsimWindow} rows and columns, got [{string.Join(',', a.shape)}]");
        var axis = torch.arange(SsimWindow, torch.float64, a.device) - SsimWindow / 2;
        var window = torch.exp(axis * axis / (-2 * 1.5 * 1.5));
        window = window / window.sum();

        // Each channel is a picture of a batch: [C,1,H,W].
        var (x, y) = (Planes(a), Planes(b));
        var (mx, my) = (Blur(x), Blur(y));
        var (vx, vy, cov) = (Blur(x * x) - mx * mx, Blur(y * y) - my * my, Blur(x * y) - mx * my);
        var similarity = (2 * mx * my + C1) * (2 * cov + C2) / ((mx * mx + my * my + C1) * (vx + vy + C2));
        return similarity.mean().ToDouble();

        static Tensor Planes(Tensor image) => image.to(torch.float64).permute(2, 0, 1).unsqueeze(1);
        Tensor Blur(Tensor planes) => F.conv2d(F.conv2d(planes, window.view(1, 1, SsimWindow, 1)), window.view(1, 1, 1, SsimWindow));
    }
}
