using NerfLab.Metrics;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace NerfLab.Tests;

/// <summary>Published networks by their structure: numbers of weights, names, sizes of what their layers make.</summary>
public class FeatureNetworkTests
{
    private static FeatureNetwork Build(string name, RandomWeights random) => name switch
    {
        "squeezenet1.1" => ImageNetworks.SqueezeNet(random.Make()),
        "alexnet" => ImageNetworks.AlexNet(random.Make()),
        "vgg16" => ImageNetworks.Vgg16(random.Make()),
        _ => ImageNetworks.Vgg19(random.Make()),
    };

    // Parameters of torchvision's models without their classifiers, as published.
    [Theory]
    [InlineData("squeezenet1.1", 722_496, "features.12.expand3x3.bias")]
    [InlineData("alexnet", 2_469_696, "features.10.bias")]
    [InlineData("vgg16", 14_714_688, "features.28.bias")]
    [InlineData("vgg19", 20_024_384, "features.34.bias")]
    public void HasAsManyWeightsAsThePublishedOne(string name, long parameters, string last)
    {
        var random = new RandomWeights(1);
        using var network = Build(name, random);
        Assert.Equal(name, network.Name);
        Assert.Equal(parameters, random.Count("weight", "bias"));
        Assert.Equal(last, random.Taken[^1].Name);
        Assert.Equal(random.Taken.Count, random.Taken.Select(t => t.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("squeezenet1.1", "relu1", 64, 31, 25)]
    [InlineData("squeezenet1.1", "fire3", 128, 15, 12)]
    [InlineData("squeezenet1.1", "fire5", 256, 7, 6)]
    [InlineData("squeezenet1.1", "fire9", 512, 3, 3)]
    [InlineData("alexnet", "relu1", 64, 15, 12)]
    [InlineData("alexnet", "relu2", 192, 7, 5)]
    [InlineData("alexnet", "relu5", 256, 3, 2)]
    [InlineData("vgg16", "relu1_2", 64, 64, 52)]
    [InlineData("vgg16", "relu3_3", 256, 16, 13)]
    [InlineData("vgg16", "relu5_3", 512, 4, 3)]
    [InlineData("vgg19", "relu4_1", 512, 8, 6)]
    [InlineData("vgg19", "relu5_4", 512, 4, 3)]
    public void LayersHaveThePublishedSizes(string name, string layer, long channels, long rows, long columns)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        using var network = Build(name, new RandomWeights(1));
        var map = network.Maps(rand([2, 3, 64, 52], generator: random), [layer])[0];
        Assert.Equal([2, channels, rows, columns], map.shape);
        Assert.True(map.min().ToSingle() >= 0);
        Assert.InRange(map.mean().ToSingle(), 1e-3f, 1e3f); // neither dead nor exploded: the weights are applied
    }

    [Theory]
    [InlineData("squeezenet1.1")]
    [InlineData("alexnet")]
    [InlineData("vgg16")]
    public void TheLeastSizeIsTheLeastThatWorks(string name)
    {
        using var scope = NewDisposeScope();
        using var network = Build(name, new RandomWeights(1));
        int least = network.LeastSize;
        Assert.Equal(1, network.Maps(ones(1, 3, least, least), [network.Layers.Last()])[0].shape[0]);
        Assert.Contains($"at least {least} rows", Assert.Throws<ArgumentException>(() => network.Maps(ones(1, 3, least - 1, least), ["relu1"])).Message);
    }

    [Fact]
    public void AFireModuleIsItsThreeConvolutionsWrittenOut()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        var weights = new RandomWeights(2).Make();
        using var network = ImageNetworks.SqueezeNet(weights);
        var maps = network.Maps(rand([1, 3, 33, 33], generator: random), ["pool1", "fire2"]);
        // Taken again in the same order from the same seed, they are the same numbers.
        using var again = new RandomWeights(2).Make();
        Tensor Next(params long[] shape) => again.Take(shape.Length == 1 ? "bias" : "weight", shape);
        _ = (Next(64, 3, 3, 3), Next(64));
        var (squeeze, squeezeBias, one, oneBias, three, threeBias) = (Next(16, 64, 1, 1), Next(16), Next(64, 16, 1, 1), Next(64), Next(64, 16, 3, 3), Next(64));
        var x = maps[0];
        long size = x.shape[2];
        var narrow = new double[16, size + 2, size + 2]; // with a border of zeros
        var (input, s, sb) = (x.data<float>().ToArray(), squeeze.data<float>().ToArray(), squeezeBias.data<float>().ToArray());
        for (int o = 0; o < 16; o++)
            for (int r = 0; r < size; r++)
                for (int c = 0; c < size; c++)
                {
                    double sum = sb[o];
                    for (int i = 0; i < 64; i++) sum += s[o * 64 + i] * (double)input[(i * size + r) * size + c];
                    narrow[o, r + 1, c + 1] = double.Max(0, sum);
                }
        var (w1, b1, w3, b3, found) = (one.data<float>().ToArray(), oneBias.data<float>().ToArray(), three.data<float>().ToArray(), threeBias.data<float>().ToArray(), maps[1].data<float>().ToArray());
        for (int o = 0; o < 64; o += 7)
            for (int r = 0; r < size; r++)
                for (int c = 0; c < size; c++)
                {
                    double p = b1[o], q = b3[o];
                    for (int i = 0; i < 16; i++)
                    {
                        p += w1[o * 16 + i] * narrow[i, r + 1, c + 1];
                        for (int k = 0; k < 9; k++) q += w3[(o * 16 + i) * 9 + k] * narrow[i, r + k / 3, c + k % 3];
                    }
                    Assert.Equal(double.Max(0, p), found[(o * size + r) * size + c], 1e-3);
                    Assert.Equal(double.Max(0, q), found[((64 + o) * size + r) * size + c], 1e-3);
                }
    }

    [Fact]
    public void InceptionHasThePublishedWeightsAndTakesPicturesOfAnySize()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(6);
        var weights = new RandomWeights(7);
        using var network = InceptionV3.Build(weights.Make());
        // Keras counts 21 802 784 without the classifier: kernels, and three numbers for each of 17 216 normalised channels.
        Assert.Equal(21_802_784 - 3 * 17_216, weights.Count("conv.weight"));
        foreach (var what in (string[])["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"]) Assert.Equal(17_216, weights.Count(what));
        Assert.Equal(94 * 5, weights.Taken.Count);
        (string Layer, long[] Shape)[] expected =
        [
            ("input", [1, 3, 299, 299]), ("pool1", [1, 64, 73, 73]), ("pool2", [1, 192, 35, 35]), ("Mixed_5d", [1, 288, 35, 35]), ("Mixed_6a", [1, 768, 17, 17]),
            ("Mixed_6e", [1, 768, 17, 17]), ("Mixed_7a", [1, 1280, 8, 8]), ("Mixed_7c", [1, 2048, 8, 8]), ("pool3", [1, 2048, 1, 1]),
        ];
        var maps = network.Maps(rand([1, 3, 40, 31], generator: random), [.. expected.Select(e => e.Layer)]);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i].Shape, maps[i].shape);
        Assert.Equal(maps[7].mean([2, 3]).flatten().data<float>().ToArray(), maps[8].flatten().data<float>().ToArray(), (a, b) => float.Abs(a - b) <= 1e-5f * float.Abs(a) + 1e-6f);
    }

    [Fact]
    public void InceptionsFirstLayerIsConvolutionThenNormalisation()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(8);
        using var network = InceptionV3.Build(new RandomWeights(9).Make());
        using var again = new RandomWeights(9).Make();
        var (kernel, mean, variance, scale) = (again.Take("conv.weight", 32, 3, 3, 3), again.Take("running_mean", 32), again.Take("running_var", 32), again.Take("bn.weight", 32));
        var bias = again.Take("bias", 32);
        var maps = network.Maps(rand([1, 3, 50, 50], generator: random), ["input", "Conv2d_1a_3x3"]);
        var expected = F.relu(F.batch_norm(F.conv2d(maps[0], kernel, strides: [2, 2]), mean, variance, scale, bias, eps: 1e-3));
        Assert.Equal(0, (expected - maps[1]).abs().max().ToDouble(), 1e-4);
    }

    [Fact]
    public void OnlyWhatWasAskedForStays()
    {
        using var random = new Generator(5);
        using var network = ImageNetworks.AlexNet(new RandomWeights(1).Make());
        using var scope = NewDisposeScope();
        var maps = network.Maps(rand([1, 3, 40, 40], generator: random), ["relu5", "relu1"]);
        Assert.Equal(3, scope.DisposablesCount); // the pictures and two maps
        Assert.Equal((256, 64), (maps[0].shape[1], maps[1].shape[1]));
        Assert.Contains("no layer relu9; it has input, relu1", Assert.Throws<ArgumentException>(() => network.Maps(zeros(1, 3, 40, 40), ["relu9"])).Message);
    }
}
