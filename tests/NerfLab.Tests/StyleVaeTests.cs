using NerfLab.Math;
using NerfLab.Procedural;
using NerfLab.Stylization;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>The variational auto-encoder against closed forms, and codes of styles.</summary>
public class StyleVaeTests
{
    const double S = 0.3; // deviation of the likelihood

    static Tensor Scalar(double v) => tensor(new[] { (float)v });

    [Fact]
    public void DivergencesAreAsWorkedOutByHand()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, Gaussians.Divergence(zeros(1), zeros(1)).ToDouble());
        Assert.Equal(0.8181472, Gaussians.Divergence(ones(1), Scalar(2 * double.Log(0.5))).ToDouble(), 1e-6);
        Assert.Equal(0.4431472, Gaussians.Divergence(zeros(1), zeros(1), ones(1), Scalar(2 * double.Log(2))).ToDouble(), 1e-6);
        Assert.Equal(940.99, Gaussians.Constant(1024, 1), 0.01);
        using var random = new Generator(1);
        var (m, v) = (randn([50], generator: random), randn([50], generator: random));
        Assert.True(Gaussians.Divergence(m, v).min().ToDouble() >= 0);
        Assert.Equal(0, (Gaussians.Divergence(m, v) - Gaussians.Divergence(m, v, zeros(50), zeros(50))).abs().max().ToDouble(), 1e-5);
    }

    [Fact]
    public void TheDivergenceIsTheMeanOfItsIntegrand()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var (m, v) = (Scalar(0.7), Scalar(-0.9));
        var z = Gaussians.Sample(m, v, randn([100_000], generator: random));
        var ratio = Gaussians.LogDensity(z, m, v) - Gaussians.LogDensity(z, zeros(1), zeros(1));
        double error = ratio.std().ToDouble() / double.Sqrt(100_000);
        Assert.Equal(Gaussians.Divergence(m, v).ToDouble(), ratio.mean().ToDouble(), 3 * error);
    }

    [Fact]
    public void GradientsOfDivergenceAndOfDraws()
    {
        using var scope = NewDisposeScope();
        var (m, v) = (Scalar(0.6).requires_grad_(), Scalar(-0.4).requires_grad_());
        Gaussians.Divergence(m, v).sum().backward();
        Assert.Equal(0.6, m.grad!.ToDouble(), 1e-6);
        Assert.Equal(0.5 * (double.Exp(-0.4) - 1), v.grad!.ToDouble(), 1e-6);
        // With the same noise, a draw changes as its distribution does.
        var noise = Scalar(1.3);
        double Value(double mean, double log) => Gaussians.Sample(Scalar(mean), Scalar(log), noise).pow(3).ToDouble();
        var (a, b) = (Scalar(0.6).requires_grad_(), Scalar(-0.4).requires_grad_());
        Gaussians.Sample(a, b, noise).pow(3).sum().backward();
        Assert.Equal((Value(0.61, -0.4) - Value(0.59, -0.4)) / 0.02, a.grad!.ToDouble(), 1e-2);
        Assert.Equal((Value(0.6, -0.39) - Value(0.6, -0.41)) / 0.02, b.grad!.ToDouble(), 1e-2);
    }

    /// <summary>A linear auto-encoder at the optimum of probabilistic principal components x = W z + s n with orthogonal columns, and data of it.</summary>
    static (Vae Vae, Tensor X, double LogP) Analytic(Generator random, int count)
    {
        var w = tensor(new[] { 1f, 0.5f, 1, -0.5f, 1, 0.5f, -1, 0.5f }, [4, 2]); // columns with squares 4 and 1, orthogonal up to 0.5 - 0.5 + 0.5 - 0.5 = 0
        var x = randn([count, 2], generator: random).matmul(w.t()) + S * randn([count, 4], generator: random);
        var m = w.t().matmul(w) + S * S * eye(2);
        var vae = new Vae(new VaeSpec(4, 2, 1, 0), random);
        using (no_grad())
        {
            var inverse = linalg.inv(m);
            vae.get_parameter("encoder0_weight")!.copy_(cat([inverse.matmul(w.t()), zeros(2, 4)]));
            vae.get_parameter("encoder0_bias")!.copy_(cat([zeros(2), (S * S / m.diagonal()).log()]));
            vae.get_parameter("decoder0_weight")!.copy_(w);
        }
        var covariance = w.matmul(w.t()) + S * S * eye(4);
        var log = -0.5 * (x.matmul(linalg.inv(covariance)) * x).sum(1) - 0.5 * double.Log(linalg.det(covariance).ToDouble()) - Gaussians.Constant(4, 1);
        return (vae, x, log.mean().ToDouble());
    }

    [Fact]
    public void TheBoundIsTightWhereTheOptimumIsKnown()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var (vae, x, exact) = Analytic(random, 4000);
        using (vae)
        {
            Assert.Equal(exact, vae.Bound(x, 1, S, random).mean().ToDouble(), 0.01 * double.Abs(exact));
            // Away from it the bound is looser, and more draws make it tighter.
            using (no_grad()) vae.get_parameter("encoder0_bias")!.add_(0.7);
            var bounds = new[] { 1, 5, 50 }.Select(k => vae.Bound(x, k, S, random).mean().ToDouble()).ToList();
            Assert.Equal(bounds.Order(), bounds);
            Assert.True(bounds[0] < exact - 0.3 && bounds[2] < exact + 0.02);
        }
    }

    [Fact]
    public void TrainingComesToTheOptimumThatIsKnown()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        var (known, x, exact) = Analytic(random, 1000);
        known.Dispose();
        using var vae = new Vae(new VaeSpec(4, 2, 1, 0), random);
        using var optimizer = optim.Adam(vae.parameters(), 2e-2);
        for (int step = 0; step < 700; step++)
        {
            using var inner = NewDisposeScope();
            optimizer.ParamGroups.First().LearningRate = step < 500 ? 2e-2 : 2e-3;
            optimizer.zero_grad();
            vae.Loss(x, randn([1000, 2], generator: random), beta: 2 * S * S).Total.backward();
            optimizer.step();
        }
        Assert.Equal(exact, vae.Bound(x, 10, S, random).mean().ToDouble(), 0.02 * double.Abs(exact));
        Assert.Equal(2, vae.ActiveUnits(x));
    }

    [Fact]
    public void LossesAreSumsOverDimensionsAndMeansOverTheBatch()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        using var vae = new Vae(new VaeSpec(3, 2, 1, 0), random);
        using (no_grad())
        {
            foreach (var parameter in vae.parameters()) parameter.zero_();
            vae.get_parameter("encoder0_bias")!.copy_(tensor(new[] { 1f, 0, 2 * float.Log(0.5f), 0 }));
        }
        var x = tensor(new[] { 1f, 2, 3, 0, 0, 1 }, [2, 3]);
        var loss = vae.Loss(x, null, beta: 0.1);
        Assert.Equal((1 + 4 + 9 + 1) / 2.0, loss.Error, 1e-5);
        Assert.Equal(0.8181472, loss.Divergence, 1e-5);
        Assert.Equal(7.5 + 0.08181472, loss.Total.ToDouble(), 1e-5);
        Assert.Equal(7.5 + 0.1 * (0.8181472 + 0.5), vae.Loss(x, null, 0.1, freeNats: 0.5).Total.ToDouble(), 1e-5);
        Assert.Equal(0, vae.ActiveUnits(x)); // all codes are the same: collapsed
    }

    [Fact]
    public void CodesKeepStylesApartAndHaveStylesBetween()
    {
        using var scope = NewDisposeScope();
        using var extractor = EmbeddedExtractor.Open(CPU);
        var pictures = Painting.All.SelectMany(p => new[] { 0L, 1 }.Select(seed => StylePicture.Tensor(p.Draw(48, seed), CPU))).ToList();
        var styles = pictures.Select(p => FeatureStatistics.Of(extractor.ContentMap(p))).ToList();
        using var codes = StyleCodes.Learn(cat([.. styles.Select(s => StyleCodes.Vector(s))]), new StyleCodes.Training(Steps: 400));
        // The nearest of all styles to what a code is decoded to is the style itself, for most.
        var vectors = styles.Select(s => StyleCodes.Vector(s)).ToList();
        var means = styles.Select(s => codes.Posterior(s).Mean).ToList();
        double Far(Tensor a, Tensor b) => (a - b).square().sum().ToDouble();
        int found = means.Index().Count(m => vectors.Index().MinBy(v => Far(StyleCodes.Vector(codes.Statistics(m.Item)), v.Item)).Index == m.Index);
        Assert.True(found >= 0.6 * styles.Count, $"{found} of {styles.Count}");
        var between = StyleCodes.Vector(codes.Statistics(0.5 * (means[0] + means[8])));
        Assert.True(between.isfinite().all().ToBoolean());
        Assert.True(Far(between, vectors[0]) < Far(vectors[8], vectors[0]) && Far(between, vectors[8]) < Far(vectors[8], vectors[0]));
        Assert.Contains("at least two", Assert.Throws<BadInputException>(() => StyleCodes.Learn(vectors[0], new StyleCodes.Training())).Message);
    }
}
