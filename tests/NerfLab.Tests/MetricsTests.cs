using NerfLab.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>PSNR and SSIM against closed forms and a slow loop.</summary>
public class MetricsTests
{
    [Fact]
    public void PsnrOfAConstantErrorIsTheLogarithmOfItsSquare()
    {
        using var scope = NewDisposeScope();
        var a = full([12, 12, 3], 0.5f);
        Assert.Equal(20, ImageMetrics.Psnr(a, a + 0.1), 1e-5);
        Assert.Equal(double.PositiveInfinity, ImageMetrics.Psnr(a, a));
    }

    [Fact]
    public void SsimOfEqualPicturesIsOneAndOfConstantsItsLuminanceTerm()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var a = rand([20, 16, 3], generator: random);
        Assert.Equal(1, ImageMetrics.Ssim(a, a), 1e-9);
        var (x, y) = (full([20, 20, 1], 0.25, float64), full([20, 20, 1], 0.75, float64));
        Assert.Equal((2 * .25 * .75 + 1e-4) / (.25 * .25 + .75 * .75 + 1e-4), ImageMetrics.Ssim(x, y), 1e-9);
    }

    [Fact]
    public void SsimOfAPointOfLightIsWhatTheCentreOfTheWindowSays()
    {
        // One window; its centre weighs 0.26601172² = 0.07076224, so a point of height h there has mean 0.07076224 h and variance (0.07076224 - 0.00500729) h².
        using var scope = NewDisposeScope();
        var (x, y) = (zeros([11, 11, 3], float64), zeros([11, 11, 3], float64));
        x[5, 5] = tensor(1.0);
        y[5, 5] = tensor(0.5);
        const double M = 0.07076224, V = M - M * M, C1 = 0.0001, C2 = 0.0009;
        Assert.Equal((2 * M * 0.5 * M + C1) * (2 * 0.5 * V + C2) / ((1.25 * M * M + C1) * (1.25 * V + C2)), ImageMetrics.Ssim(x, y), 1e-7);
    }

    [Fact]
    public void SsimEqualsASlowLoopOverWindows()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        const int H = 15, W = 13;
        var (a, b) = (rand([H, W, 1], float64, generator: random), rand([H, W, 1], float64, generator: random));
        double[] x = a.data<double>().ToArray(), y = b.data<double>().ToArray();
        var window = new double[11, 11];
        double total = 0;
        for (int i = 0; i < 11; i++)
            for (int j = 0; j < 11; j++) total += window[i, j] = double.Exp(-((i - 5) * (i - 5) + (j - 5) * (j - 5)) / (2 * 1.5 * 1.5));
        double sum = 0;
        int count = 0;
        for (int r = 0; r + 11 <= H; r++)
            for (int c = 0; c + 11 <= W; c++)
            {
                double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
                for (int i = 0; i < 11; i++)
                    for (int j = 0; j < 11; j++)
                    {
                        double w = window[i, j] / total, p = x[(r + i) * W + c + j], q = y[(r + i) * W + c + j];
                        (mx, my, xx, yy, xy) = (mx + w * p, my + w * q, xx + w * p * p, yy + w * q * q, xy + w * p * q);
                    }
                const double C1 = 1e-4, C2 = 9e-4;
                sum += (2 * mx * my + C1) * (2 * (xy - mx * my) + C2) / ((mx * mx + my * my + C1) * (xx - mx * mx + yy - my * my + C2));
                count++;
            }
        Assert.Equal(sum / count, ImageMetrics.Ssim(a, b), 1e-9);
    }

    [Fact]
    public void PicturesOfDifferentShapesOrTooSmallAreRefused()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("[4,4,3]", Assert.Throws<ArgumentException>(() => ImageMetrics.Psnr(zeros(4, 4, 3), zeros(4, 5, 3))).Message);
        Assert.Contains("11 rows", Assert.Throws<ArgumentException>(() => ImageMetrics.Ssim(zeros(8, 20, 3), zeros(8, 20, 3))).Message);
    }
}
