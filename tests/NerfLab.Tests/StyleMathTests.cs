using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>The equations of style transfer, against numbers worked out by hand and against their definitions.</summary>
public class StyleMathTests
{
    static Tensor Random(ulong seed, params long[] shape)
    {
        using var random = new Generator(seed);
        return randn(shape, generator: random);
    }

    static double Apart(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();

    [Fact]
    public void AdaInOfFourNumbersIsAsWorkedOutByHand()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[] { 1f, 2, 3, 4 }, [1, 1, 1, 4]);
        var y = tensor(new[] { 10f, 10, 14, 14 }, [1, 1, 2, 2]);
        var (own, style) = (FeatureStatistics.Of(x), FeatureStatistics.Of(y));
        Assert.Equal((2.5, 1.2909983), (own.Mean.ToDouble(), own.Deviation.ToDouble()), (a, b) => double.Abs(a.Item1 - b.Item1) < 1e-6 && double.Abs(a.Item2 - b.Item2) < 1e-6);
        Assert.Equal(12, style.Mean.ToDouble(), 1e-6);
        Assert.Equal(2.3094033, style.Deviation.ToDouble(), 1e-6);
        var made = FeatureStatistics.AdaIn(x, style).flatten().data<float>().ToArray();
        Assert.Equal([9.3167240, 11.1055747, 12.8944253, 14.6832760], made.Select(v => (double)v), (a, b) => double.Abs(a - b) < 2e-6);
    }

    [Fact]
    public void TheResultHasTheStylesStatistics()
    {
        using var scope = NewDisposeScope();
        var (content, style) = (Random(1, 2, 5, 7, 6), FeatureStatistics.Of(Random(2, 2, 5, 9, 4) * 3 + 1));
        var made = FeatureStatistics.Of(FeatureStatistics.AdaIn(content, style));
        Assert.Equal(0, Apart(made.Mean, style.Mean), 1e-4);
        Assert.Equal(0, Apart(made.Deviation, style.Deviation), 1e-4);
        Assert.Equal(0, Apart(FeatureStatistics.AdaIn(content, FeatureStatistics.Of(content)), content), 1e-5);
        // What is multiplied and added to the content's channels does not matter.
        Assert.Equal(0, Apart(FeatureStatistics.AdaIn(content * 2.5 - 3, style), FeatureStatistics.AdaIn(content, style)), 1e-3);
        Assert.Equal(0, FeatureStatistics.Distance(style, style).ToDouble());
        Assert.True(FeatureStatistics.Distance(style, FeatureStatistics.Of(content)).ToDouble() > 0.5);
    }

    [Fact]
    public void AMaskThatCoversEverythingChangesNothing()
    {
        using var scope = NewDisposeScope();
        var features = Random(3, 1, 4, 6, 5);
        var (all, masked) = (FeatureStatistics.Of(features), FeatureStatistics.Of(features, full(6, 5, 0.7)));
        Assert.Equal(0, Apart(all.Mean, masked.Mean), 1e-6);
        Assert.Equal(0, Apart(all.Deviation, masked.Deviation), 1e-5);
        // A mask over the upper half sees the upper half alone.
        var half = cat([ones(3, 5), zeros(3, 5)]);
        var (cut, part) = (FeatureStatistics.Of(features.narrow(2, 0, 3)), FeatureStatistics.Of(features, half));
        Assert.Equal(0, Apart(cut.Mean, part.Mean), 1e-6);
        Assert.Equal(0, Apart(cut.Deviation, part.Deviation), 1e-5);
    }

    [Fact]
    public void AfterTheTransferColoursHaveMeanAndCovarianceOfTheStyle()
    {
        using var scope = NewDisposeScope();
        var mix = tensor(new[] { 0.2f, 0.05f, 0, 0.03f, 0.1f, 0.02f, 0, 0.04f, 0.3f }, [3, 3]);
        var content = Random(4, 500, 3).matmul(mix) + 0.4;
        var style = Random(5, 700, 3).matmul(mix.t() * 0.5) + tensor(new[] { 0.6f, 0.2f, 0.5f });
        var moved = ColorTransfer.Between(content, style).Apply(content);
        var (mean, covariance) = ColorTransfer.Moments(moved);
        var (wanted, spread) = ColorTransfer.Moments(style);
        Assert.Equal(0, Apart(mean, wanted), 1e-4);
        Assert.Equal(0, Apart(covariance, spread), 1e-4);
        Assert.Equal(0, Apart(ColorTransfer.Between(content, content).Apply(content), content), 1e-4);
        // A grey picture has no spread to be turned into colour, and still gets no number that is none.
        var grey = Random(6, 100, 1).expand(100, 3);
        Assert.True(ColorTransfer.Between(grey, style).Apply(grey).isfinite().all().ToBoolean());
    }

    [Fact]
    public void MovedHarmonicsHaveMovedColours()
    {
        using var scope = NewDisposeScope();
        var coefficients = Random(7, 20, 3, 9) * 0.2;
        var transfer = new ColorTransfer(Random(8, 3, 3), Random(9, 3));
        var directions = F(Random(10, 20, 3));
        var basis = SphericalHarmonics.Encode(directions, 3).unsqueeze(1);
        Tensor Colors(Tensor k) => (k * basis).sum(-1) + 0.5;
        Assert.Equal(0, Apart(Colors(transfer.OfHarmonics(coefficients)), transfer.Apply(Colors(coefficients))), 1e-5);
        // The published way does not do this, unless the map is the identity.
        Assert.True(Apart(Colors(transfer.OfHarmonicsAsPublished(coefficients)), transfer.Apply(Colors(coefficients))) > 0.1);
        Assert.Equal(0, Apart(ColorTransfer.Identity(CPU).OfHarmonicsAsPublished(coefficients), coefficients), 1e-6);

        static Tensor F(Tensor d) => d / linalg.vector_norm(d, 2, [1], keepdim: true);
    }

    [Fact]
    public void TheNearestFeatureIsTheOneOfASearchByHand()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Random(11, 37, 6), Random(12, 23, 6));
        var (x, y) = (a.data<float>().ToArray(), b.data<float>().ToArray());
        var expected = Enumerable.Range(0, 37).Select(i => Enumerable.Range(0, 23).MaxBy(j => Cosine(i, j))).Select(j => (long)j).ToArray();
        Assert.Equal(expected, FeatureMatching.Nearest(a, b).data<long>().ToArray());
        Assert.Equal(expected, FeatureMatching.Nearest(a, b, block: 50).data<long>().ToArray()); // two rows at a time
        Assert.Equal(expected.Select((j, i) => 1 - Cosine(i, (int)j)).Average(), FeatureMatching.Distance(a, b).ToDouble(), 1e-5);

        double Cosine(int i, int j)
        {
            double dot = 0, p = 0, q = 0;
            for (int c = 0; c < 6; c++) (dot, p, q) = (dot + x[6 * i + c] * y[6 * j + c], p + x[6 * i + c] * x[6 * i + c], q + y[6 * j + c] * y[6 * j + c]);
            return dot / double.Sqrt(p * q);
        }
    }

    [Fact]
    public void FeaturesMatchThemselvesAtAnyLength()
    {
        using var scope = NewDisposeScope();
        var a = Random(13, 30, 8);
        Assert.Equal(0, FeatureMatching.Distance(a, a).ToDouble(), 1e-6);
        var lengths = Random(14, 30, 1).abs() + 0.1;
        Assert.Equal(0, FeatureMatching.Distance(a * lengths, a).ToDouble(), 1e-6);
        var b = Random(15, 40, 8);
        Assert.Equal(FeatureMatching.Distance(a, b).ToDouble(), FeatureMatching.Distance(a * lengths, b).ToDouble(), 1e-5);
    }

    [Fact]
    public void TheGradientOfMatchingTakesTheChoiceAsConstant()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Random(16, 5, 4).requires_grad_(), Random(17, 6, 4));
        FeatureMatching.Distance(a, b).backward();
        const double Step = 1e-2;
        var grad = a.grad!.clone();
        for (int i = 0; i < 5; i++)
        {
            using var noGradient = no_grad();
            var (more, less) = (a.detach().clone(), a.detach().clone());
            more[i, 1] += Step;
            less[i, 1] -= Step;
            double slope = (FeatureMatching.Distance(more, b).ToDouble() - FeatureMatching.Distance(less, b).ToDouble()) / (2 * Step);
            Assert.Equal(slope, grad[i, 1].ToDouble(), 2e-3);
        }
    }
}
