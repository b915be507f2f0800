using NerfLab.Metrics;
using NerfLab.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Frechet and kernel distances against closed forms and slow loops, and what they are called.</summary>
public class FeatureDistanceTests
{
    [Fact]
    public void FrechetOfGaussiansWithCommutingCovariancesIsTheClosedForm()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        // Common axes: |μ₁-μ₂|² + Σ (σ₁ - σ₂)²; one deviation is 0.
        var (axes, _) = linalg.qr(randn([4, 4], float64, generator: random));
        var (s1, s2) = (tensor(new[] { 3.0, 1, 0.5, 0 }), tensor(new[] { 1.0, 2, 0.5, 0.25 }));
        Tensor Covariance(Tensor deviations) => axes.matmul(diag(deviations.square())).matmul(axes.t());
        var (m1, m2) = (tensor(new[] { 1.0, 0, 0, 2 }), tensor(new[] { 0.0, 0, 3, 2 }));
        Assert.Equal(10 + 4 + 1 + 0 + 0.0625, FeatureDistances.FrechetOfGaussians(m1, Covariance(s1), m2, Covariance(s2)), 1e-6);
        Assert.Equal(10, FeatureDistances.FrechetOfGaussians(m1, Covariance(s1), m2, Covariance(s1)), 1e-10);
    }

    [Fact]
    public void FrechetInTwoDimensionsIsTheClosedFormOfTheRoot()
    {
        using var scope = NewDisposeScope();
        // The root of a 2x2 matrix M with positive eigenvalues has the trace √(tr M + 2 √det M).
        double[,] a = { { 2, 0.7 }, { 0.7, 1 } }, b = { { 0.5, -0.3 }, { -0.3, 3 } };
        double trace = 0, determinant = (2 * 1 - 0.49) * (0.5 * 3 - 0.09);
        for (int i = 0; i < 2; i++) for (int k = 0; k < 2; k++) trace += a[i, k] * b[k, i];
        var zero = zeros(2, float64);
        Assert.Equal(3 + 3.5 - 2 * double.Sqrt(trace + 2 * double.Sqrt(determinant)), FeatureDistances.FrechetOfGaussians(zero, tensor(a), zero, tensor(b)), 1e-10);
    }

    [Theory]
    [InlineData(40, 60, 7)] // more vectors than features
    [InlineData(6, 9, 20)] // fewer: covariances are singular
    [InlineData(6, 50, 20)]
    public void FrechetOfSetsIsThatOfTheirGaussians(int n, int m, int features)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var a = randn([n, features], generator: random) * 2 + 1;
        var b = randn([m, features], generator: random).matmul(randn([features, features], generator: random));
        double expected = FeatureDistances.FrechetOfGaussians(Mean(a), Covariance(a), Mean(b), Covariance(b));
        Assert.Equal(expected, FeatureDistances.Frechet(a, b), 1e-5 * expected);
        Assert.Equal(FeatureDistances.Frechet(a, b), FeatureDistances.Frechet(b, a), 1e-9 * expected);
        Assert.Equal(0, FeatureDistances.Frechet(a, a), 1e-9 * expected);
        Assert.Equal(4.0 * features, FeatureDistances.Frechet(a, a + 2), 1e-4); // a shift adds its square, the spread nothing

        static Tensor Mean(Tensor x) => x.to(float64).mean([0]);
        static Tensor Covariance(Tensor x)
        {
            // Slowly, from the definition.
            var rows = x.to(float64);
            var mean = Mean(x);
            var sum = zeros([x.shape[1], x.shape[1]], float64);
            for (long i = 0; i < x.shape[0]; i++) sum += outer(rows[i] - mean, rows[i] - mean);
            return sum / (x.shape[0] - 1);
        }
    }

    [Fact]
    public void KernelDistanceIsTheDoubleLoopOfTheCubicKernel()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        const int N = 11, M = 17, D = 5;
        var (a, b) = (randn([N, D], float64, generator: random), randn([M, D], float64, generator: random) + 0.4);
        double[] x = a.data<double>().ToArray(), y = b.data<double>().ToArray();
        double K(double[] p, int i, double[] q, int j)
        {
            double dot = 0;
            for (int k = 0; k < D; k++) dot += p[i * D + k] * q[j * D + k];
            return double.Pow(dot / D + 1, 3);
        }
        double xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) if (i != j) xx += K(x, i, x, j);
        for (int i = 0; i < M; i++) for (int j = 0; j < M; j++) if (i != j) yy += K(y, i, y, j);
        for (int i = 0; i < N; i++) for (int j = 0; j < M; j++) xy += K(x, i, y, j);
        Assert.Equal(xx / (N * (N - 1)) + yy / (M * (M - 1)) - 2 * xy / (N * M), FeatureDistances.Kernel(a, b), 1e-10);
    }

    [Fact]
    public void KernelDistanceOfOneDistributionIsZeroOnAverage()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        double sum = 0, squares = 0;
        const int Trials = 200;
        for (int i = 0; i < Trials; i++)
        {
            double d = FeatureDistances.Kernel(randn([12, 4], generator: random), randn([9, 4], generator: random));
            (sum, squares) = (sum + d, squares + d * d);
        }
        double mean = sum / Trials, error = double.Sqrt(squares / Trials - mean * mean) / double.Sqrt(Trials);
        Assert.InRange(mean, -4 * error, 4 * error);
        Assert.True(FeatureDistances.Kernel(randn([1500, 4], generator: random), randn([1100, 4], generator: random) + 1) > 10 * error); // rows in pieces
    }

    [Fact]
    public void OneVectorIsNoDistribution()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("at least 2", Assert.Throws<ArgumentException>(() => FeatureDistances.Frechet(zeros(1, 3), zeros(4, 3))).Message);
        Assert.Contains("[any,3]", Assert.Throws<ArgumentException>(() => FeatureDistances.Kernel(zeros(3, 3), zeros(4, 4))).Message);
    }

    [Fact]
    public void OnlyInceptionsPool3IsFid()
    {
        using var scope = NewDisposeScope();
        using var inception = new LayerFeatures(InceptionV3.Build(new RandomWeights(1).Make()));
        using var earlier = new LayerFeatures(InceptionV3.Build(new RandomWeights(1).Make()), "Mixed_6e");
        using var squeeze = new LayerFeatures(ImageNetworks.SqueezeNet(new RandomWeights(1).Make()));
        Assert.True(inception.IsFid);
        Assert.False(earlier.IsFid);
        Assert.False(squeeze.IsFid);
        Assert.Equal("squeezenet1.1 fire9", squeeze.Name);
        Assert.Equal([2, 512], squeeze.Features(ones(2, 3, 20, 30)).shape);
        Assert.Contains("no layer relu9", Assert.Throws<BadInputException>(() => new LayerFeatures(ImageNetworks.AlexNet(new RandomWeights(1).Make()), "relu9")).Message);
        var places = new WeightPlaces([RealData.Root]);
        Assert.Contains("inception, squeezenet", Assert.Throws<BadInputException>(() => LayerFeatures.Load("resnet", places, CPU)).Message);
        Assert.Contains("tensor \"fc.weight\" of shape [1008,2048]", Assert.Throws<BadInputException>(() => LayerFeatures.Load("inception", places, CPU)).Message);
    }

    [Fact]
    public void RealFeaturesTellPhotographsFromNoise()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        using var features = LayerFeatures.Load("squeezenet:fire6", new WeightPlaces([RealData.Path("weights")]), CPU);
        Tensor Noise() => cat([.. Enumerable.Range(0, 6).Select(_ => features.Features(rand([1, 3, 64, 64], generator: random)))]);
        Tensor Photographs(int first) => cat([.. Directory.GetFiles(RealData.Path("scenes/lego_400/train")).Where(f => f.EndsWith(".png")).Order().Skip(first).Take(6)
            .Select(f => features.Features(Imaging.ImageFile.Read(f).Over(System.Numerics.Vector3.One).Resize(64, 64).Pixels.permute(2, 0, 1).unsqueeze(0)))]);
        var (noise, lego) = (Noise(), Photographs(0));
        Assert.Equal("squeezenet1_1_features.safetensors", Assert.Single(features.Sources).File);
        Assert.True(FeatureDistances.Frechet(noise, lego) > 5 * FeatureDistances.Frechet(noise, Noise()));
        Assert.True(FeatureDistances.Frechet(noise, lego) > 5 * FeatureDistances.Frechet(Photographs(20), lego));
        Assert.True(FeatureDistances.Kernel(noise, lego) > 5 * double.Abs(FeatureDistances.Kernel(Photographs(20), lego)));
    }
}
