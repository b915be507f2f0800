using NerfLab.Imaging;
using NerfLab.Metrics;
using NerfLab.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>LPIPS: the published example, its equation written out, and its properties on untrained backbones.</summary>
public class LpipsTests
{
    [Theory]
    [InlineData("ex_p0", 0.71105)]
    [InlineData("ex_p1", 0.14790)]
    public void ThePublishedExampleHasThePublishedDistance(string picture, double expected)
    {
        using var scope = NewDisposeScope();
        using var lpips = Lpips.Load("squeeze", new WeightPlaces([RealData.Path("weights")]), CPU);
        Tensor Read(string name) => ImageFile.Read(RealData.Path($"weights/{name}.png")).ToRgb().Pixels;
        Assert.Equal(expected, lpips.Distance(Read("ex_ref"), Read(picture)), 1e-5);
        Assert.Equal("LPIPS-squeeze", lpips.Name);
        Assert.Equal(["squeezenet1_1_features.safetensors", "lpips_v0.1_lin_squeeze.safetensors"], lpips.Sources.Select(s => s.File));
        Assert.All(lpips.Sources, s => Assert.Matches("^[0-9a-f]{64}$", s.Sha256));
    }

    [Theory]
    [InlineData("squeeze")]
    [InlineData("alex")]
    [InlineData("vgg")]
    public void EqualPicturesHaveNoDistanceOthersOneThatIsSymmetricAndGrows(string backbone)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var lpips = RandomWeights.Lpips(backbone);
        var (a, noise) = (rand([40, 36, 3], generator: random), randn([40, 36, 3], generator: random));
        Assert.Equal(0, lpips.Distance(a, a));
        double near = lpips.Distance(a, a + 0.02 * noise), far = lpips.Distance(a, a + 0.2 * noise);
        Assert.InRange(near, 1e-9, far / 2);
        Assert.Equal(far, lpips.Distance(a + 0.2 * noise, a), 1e-6 * far);
    }

    [Fact]
    public void ItIsTheSumOverLayersOfTheMeanOfWeightedSquares()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var network = ImageNetworks.AlexNet(new RandomWeights(5).Make());
        using var lpips = new Lpips("alex", network, new RandomWeights(6).Make());
        using var heads = new RandomWeights(6).Make();
        var (a, b) = (rand([2, 3, 35, 39], generator: random), rand([2, 3, 35, 39], generator: random));
        string[] layers = ["relu1", "relu2", "relu3", "relu4", "relu5"];
        var (x, y) = (network.Maps(a, layers), network.Maps(b, layers));
        var expected = new double[2];
        for (int l = 0; l < layers.Length; l++)
        {
            long channels = x[l].shape[1], rows = x[l].shape[2], columns = x[l].shape[3], area = rows * columns;
            var weight = heads.Take($"lin{l}.model.1.weight", 1, channels, 1, 1).data<float>().ToArray();
            var (p, q) = (x[l].contiguous().data<float>().ToArray(), y[l].contiguous().data<float>().ToArray());
            for (long n = 0; n < 2; n++)
                for (long place = 0; place < area; place++)
                {
                    double pp = 0, qq = 0;
                    for (long c = 0; c < channels; c++)
                    {
                        long at = (n * channels + c) * area + place;
                        (pp, qq) = (pp + (double)p[at] * p[at], qq + (double)q[at] * q[at]);
                    }
                    for (long c = 0; c < channels; c++)
                    {
                        long at = (n * channels + c) * area + place;
                        double d = p[at] / (double.Sqrt(pp) + 1e-10) - q[at] / (double.Sqrt(qq) + 1e-10);
                        expected[n] += weight[c] * d * d / area;
                    }
                }
        }
        var found = lpips.Distances(a, b);
        Assert.Equal(expected[0], found[0].ToDouble(), 1e-5 * expected[0]);
        Assert.Equal(expected[1], found[1].ToDouble(), 1e-5 * expected[1]);
    }

    [Fact]
    public void GradientsReachThePicture()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        using var lpips = RandomWeights.Lpips("squeeze");
        var (a, b) = (rand([1, 3, 24, 24], generator: random).requires_grad_(), rand([1, 3, 24, 24], generator: random));
        lpips.Distances(a, b).sum().backward();
        // Along the gradient, against a finite difference.
        var length = a.grad!.square().sum().sqrt();
        var step = a.grad! / length * 0.001;
        double up = lpips.Distances(a + step, b).ToDouble(), down = lpips.Distances(a - step, b).ToDouble();
        Assert.Equal(2 * 0.001 * length.ToDouble(), up - down, 0.05 * (up - down));
        // Places where a layer answers with zeros only must not make NaN.
        var black = zeros(1, 3, 24, 24).requires_grad_();
        lpips.Distances(black, b).sum().backward();
        Assert.True(black.grad!.isfinite().all().ToBoolean());
    }

    [Fact]
    public void PicturesOfOtherShapesAreRefused()
    {
        using var scope = NewDisposeScope();
        using var lpips = RandomWeights.Lpips("squeeze");
        Assert.Contains("expected [1,3,40,40]", Assert.Throws<ArgumentException>(() => lpips.Distances(zeros(1, 3, 40, 40), zeros(1, 3, 40, 41))).Message);
        Assert.Contains("at least 17", Assert.Throws<ArgumentException>(() => lpips.Distance(zeros(16, 20, 3), zeros(16, 20, 3))).Message);
        Assert.Contains("squeeze, alex, vgg", Assert.Throws<BadInputException>(() => Lpips.Load("vgg19", new WeightPlaces([RealData.Root]), CPU)).Message);
    }
}
