using static TorchSharp.torch;

namespace NerfLab.Metrics;

/// <summary>How far apart two sets of feature vectors are distributed. Which features they are decides what the numbers mean: a result must name them.</summary>
public static class FeatureDistances
{
    /// <summary>The Frechet distance of the Gaussians with the means and (unbiased) covariances of two sets.</summary>
    /// <remarks>
    /// Heusel et al. 2017: |μ₁-μ₂|² + tr(Σ₁ + Σ₂ - 2(Σ₁Σ₂)^½). With Σ = RᵀR, tr(Σ₁Σ₂)^½ is the sum of the singular values of R₁R₂ᵀ.
    /// So no root of a matrix is taken and no covariance is formed, and sets with fewer vectors than features, whose
    /// covariances are singular, are no special case.
    /// </remarks>
    /// <param name="a">[N,F], N at least 2.</param>
    /// <param name="b">[M,F], M at least 2.</param>
    /// <returns>At least 0, up to rounding; squared units of the features. With few vectors it is too large, by about F/N of the spread.</returns>
    public static double Frechet(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        Check(a, b);
        var ((meanA, rootA), (meanB, rootB)) = (Fit(a), Fit(b));
        return Frechet(meanA, rootA, meanB, rootB);

        static (Tensor Mean, Tensor Root) Fit(Tensor features)
        {
            var x = features.to(float64);
            var mean = x.mean([0]);
            var centred = (x - mean) / double.Sqrt(x.shape[0] - 1);
            return (mean, x.shape[0] > x.shape[1] ? linalg.qr(centred, linalg.QRMode.R).R : centred);
        }
    }

    /// <summary>The Frechet distance of two Gaussians.</summary>
    /// <inheritdoc cref="Frechet(Tensor, Tensor)" path="/remarks"/>
    /// <param name="meanA">[F].</param>
    /// <param name="covarianceA">[F,F], symmetric, without negative eigenvalues but for rounding.</param>
    /// <param name="meanB">[F].</param>
    /// <param name="covarianceB">[F,F].</param>
    public static double FrechetOfGaussians(Tensor meanA, Tensor covarianceA, Tensor meanB, Tensor covarianceB)
    {
        using var scope = NewDisposeScope();
        long features = Guard.Shape(meanA, [-1]).shape[0];
        Guard.Shape(meanB, [features]);
        return Frechet(meanA.to(float64), Root(Guard.Shape(covarianceA, [features, features])), meanB.to(float64), Root(Guard.Shape(covarianceB, [features, features])));

        static Tensor Root(Tensor covariance)
        {
            var (values, vectors) = linalg.eigh(covariance.to(float64));
            return values.clamp_min(0).sqrt().unsqueeze(1) * vectors.t();
        }
    }

    /// <summary>The kernel distance of two sets: the unbiased estimate of their squared maximum mean discrepancy under k(x,y) = (x·y/F + 1)³.</summary>
    /// <remarks>Binkowski et al. 2018, section 4 and equation 4: over whole sets, where the paper averages over random parts of them.</remarks>
    /// <param name="a">[N,F], N at least 2.</param>
    /// <param name="b">[M,F], M at least 2.</param>
    /// <returns>Around 0, and so sometimes below it, for sets of the same distribution.</returns>
    public static double Kernel(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        Check(a, b);
        var (x, y) = (a.to(float64), b.to(float64));
        double n = x.shape[0], m = y.shape[0];
        return (Sum(x, x) - Diagonal(x)) / (n * (n - 1)) + (Sum(y, y) - Diagonal(y)) / (m * (m - 1)) - 2 * Sum(x, y) / (n * m);

        static Tensor Cubic(Tensor product, long features) => (product / features + 1).pow(3);

        static double Diagonal(Tensor x) => Cubic(x.square().sum(1), x.shape[1]).sum().ToDouble();

        // A piece of the rows at a time: the whole matrix of 50 000 pictures would take 20 GB.
        static double Sum(Tensor x, Tensor y)
        {
            const long Rows = 1024;
            double sum = 0;
            for (long begin = 0; begin < x.shape[0]; begin += Rows)
            {
                using var piece = NewDisposeScope();
                sum += Cubic(x.narrow(0, begin, long.Min(Rows, x.shape[0] - begin)).mm(y.t()), x.shape[1]).sum().ToDouble();
            }
            return sum;
        }
    }

    static double Frechet(Tensor meanA, Tensor rootA, Tensor meanB, Tensor rootB) =>
        ((meanA - meanB).square().sum() + rootA.square().sum() + rootB.square().sum() - 2 * linalg.svdvals(rootA.mm(rootB.t())).sum()).ToDouble();

    static void Check(Tensor a, Tensor b)
    {
        Guard.Shape(a, [-1, -1]);
        Guard.Shape(b, [-1, a.shape[1]]);
        if (long.Min(a.shape[0], b.shape[0]) < 2) throw new ArgumentException($"{nameof(a)}, {nameof(b)}: at least 2 vectors each are expected, got {a.shape[0]} and {b.shape[0]}");
    }
}
