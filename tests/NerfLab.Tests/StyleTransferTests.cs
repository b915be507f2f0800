using NerfLab.Imaging;
using NerfLab.Math;
using NerfLab.Metrics;
using NerfLab.Procedural;
using NerfLab.Stylization;
using NerfLab.Weights;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace NerfLab.Tests;

/// <summary>Extractors, decoders and AdaIN.</summary>
public class StyleTransferTests
{
    static AdaIn Untrained(ulong seed = 1)
    {
        using var random = new Generator(seed);
        return new AdaIn(EmbeddedExtractor.Build(new RandomWeights(seed).Make()), StyleDecoder.Untrained(StackShape.Embedded, random));
    }

    static Tensor Picture(string manner, int size = 48, long seed = 0) => StylePicture.Tensor(Painting.Find(manner).Draw(size, seed), CPU);

    static double Apart(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();

    [Fact]
    public void VggHasTheWeightsOfTheTable()
    {
        var random = new RandomWeights(1);
        using var vgg = StyleExtractor.NamedVgg19(random.Make());
        Assert.Equal(3_505_728, random.Count("weight", "bias")); // nine convolutions of 3x3 with their biases
        Assert.Equal(["relu1_1", "relu2_1", "relu3_1", "relu4_1"], vgg.StyleLayers);
        Assert.Equal(["relu3_1", "relu3_2", "relu3_3", "relu3_4"], vgg.MatchLayers);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var maps = vgg.StyleMaps(rand(1, 3, 33, 20));
        Assert.Equal([[1, 64, 33, 20], [1, 128, 17, 10], [1, 256, 9, 5], [1, 512, 5, 3]], maps.Select(m => m.shape));
        using var seed = new Generator(1);
        using var decoder = StyleDecoder.Untrained(StackShape.Vgg19, seed);
        Assert.Equal(3_505_219, decoder.parameters().Sum(p => p.numel()));
        Assert.Equal([1, 3, 40, 24], decoder.Decode(maps[^1]).shape);
    }

    [Fact]
    public void FilesOfAdaInsAuthorsGiveTheSameNetwork()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        int[] places = [2, 5, 9, 12, 16, 19, 22, 25, 29];
        var taken = new RandomWeights(2);
        var values = new List<(string, Tensor)>();
        using (var named = StyleExtractor.NamedVgg19(new NetworkWeights((name, shape) =>
        {
            var weight = Zeroless(shape);
            int i = values.Count / 2;
            values.Add(($"{places[i]}.{(shape.Length == 4 ? "weight" : "bias")}", weight.clone().DetachFromDisposeScope()));
            return weight;
        }, new WeightSource("random", new string('0', 64)), CPU)))
        {
            // The 1x1 convolution in front stands for the preparation of the other: BGR, 0 to 255, less the mean.
            values.Add(("0.weight", (eye(3).flip(0) * 255).view(3, 3, 1, 1)));
            values.Add(("0.bias", tensor(new[] { -103.939f, -116.779f, -123.68f })));
            Safetensors.Write(folder["vgg.safetensors"], values);
            using var numbered = StyleExtractor.Load(folder["vgg.safetensors"], CPU);
            var x = rand(1, 3, 24, 24);
            foreach (var (a, b) in named.StyleMaps(x).Zip(numbered.StyleMaps(x))) Assert.Equal(0, Apart(a, b) / a.abs().max().ToDouble(), 1e-4);
        }

        Tensor Zeroless(long[] shape) => randn(shape) * (shape.Length == 4 ? double.Sqrt(2.0 / (9 * shape[1])) : 0.1);
    }

    [Fact]
    public void MissingAndMisshapedLayersAreNamed()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var whole = EmbeddedNames().Select(e => (e.Name, zeros(e.Shape))).ToList();
        Safetensors.Write(folder["missing.safetensors"], whole.Where(w => w.Name != "conv2_2.bias"));
        Safetensors.Write(folder["misshaped.safetensors"], whole.Select(w => w.Name == "conv3_2.bias" ? (w.Name, zeros(7)) : w));
        Safetensors.Write(folder["other.safetensors"], [("something", zeros(3))]);
        Safetensors.Write(folder["decoder.safetensors"], [("dec3_conv1.weight", zeros(StackShape.Embedded.Deepest, StackShape.Embedded.Deepest, 3, 3))]);
        Assert.Contains("no tensor \"conv2_2.bias\"", Complaint(() => StyleExtractor.Load(folder["missing.safetensors"], CPU)));
        Assert.Contains("\"conv3_2.bias\" has the shape [7]; [64] is expected", Complaint(() => StyleExtractor.Load(folder["misshaped.safetensors"], CPU)));
        Assert.Contains("features.16.weight [256,256,3,3]", Complaint(() => StyleExtractor.Load(folder["other.safetensors"], CPU)));
        Assert.Contains("no tensor \"dec3_conv1.bias\"", Complaint(() => StyleDecoder.Load(folder["decoder.safetensors"], StackShape.Embedded, CPU)));
        Assert.Contains("holds no decoder", Complaint(() => StyleDecoder.Load(folder["other.safetensors"], StackShape.Embedded, CPU)));

        static string Complaint(Action action) => Assert.Throws<BadInputException>(action).Message;
    }

    static IEnumerable<(string Name, long[] Shape)> EmbeddedNames()
    {
        var random = new RandomWeights(1);
        using var _ = EmbeddedExtractor.Build(random.Make());
        return [.. random.Taken];
    }

    [Fact]
    public void WeightsInStepsAreWorthWhatTheFileSays()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var steps = tensor(new byte[] { 0, 128, 255 });
        Safetensors.Write(folder["a.safetensors"], [("w.q", steps), ("w.step", tensor(new[] { 0.5f })), ("w.zero", tensor(new[] { -128 })), ("v.q", steps)]);
        using var file = WeightFile.Open(folder["a.safetensors"]);
        using var weights = NetworkWeights.Of(file, CPU);
        Assert.Equal([-64f, 0, 63.5f], weights.Take("w", 3).data<float>().ToArray());
        Assert.Contains("no \"v.step\"", Assert.Throws<BadInputException>(() => weights.Take("v", 3)).Message);
    }

    [Fact]
    public void BordersAreMirroredAndTheirGradientsComeBack()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        using var decoder = StyleDecoder.Untrained(new StackShape([2, 3], [1, 1]), random);
        var x = randn([1, 3, 3, 4], generator: random).requires_grad_();
        var weights = randn([1, 3, 6, 8], generator: random);
        (decoder.Decode(x) * weights).sum().backward();
        const double Step = 1e-2;
        using var noGradient = no_grad();
        foreach (var (row, column) in new[] { (0, 0), (1, 2), (2, 3), (0, 3) })
        {
            var (more, less) = (x.detach().clone(), x.detach().clone());
            more[0, 1, row, column] += Step;
            less[0, 1, row, column] -= Step;
            double slope = ((decoder.Decode(more) - decoder.Decode(less)) * weights).sum().ToDouble() / (2 * Step);
            Assert.Equal(slope, x.grad![0, 1, row, column].ToDouble(), 2e-2 * double.Max(1, double.Abs(slope)));
        }
    }

    [Fact]
    public void StrengthZeroIsTheContentAndWeightsAreShares()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var adain = Untrained();
        var content = adain.Extractor.ContentMap(Picture("woodcut"));
        var (a, b) = (adain.Style(Picture("swirls")), adain.Style(Picture("mosaic")));
        Assert.Equal(0, Apart(AdaIn.Blend(content, [new(a)], 0), content));
        var plain = FeatureStatistics.AdaIn(content, a);
        Assert.Equal(0, Apart(AdaIn.Blend(content, [new(a)], 1), plain), 1e-4);
        Assert.Equal(0, Apart(AdaIn.Blend(content, [new(a, 7)], 1), plain), 1e-4);
        var mixed = AdaIn.Blend(content, [new(a, 1), new(b, 3)], 1);
        Assert.Equal(0, Apart(mixed, 0.25 * plain + 0.75 * FeatureStatistics.AdaIn(content, b)), 1e-3);
        // The nearer to 1, the nearer are the statistics to the style's.
        var distances = new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(alpha => FeatureStatistics.Distance(FeatureStatistics.Of(AdaIn.Blend(content, [new(a)], alpha)), a).ToDouble()).ToList();
        Assert.Equal(distances.OrderDescending(), distances);
        Assert.Equal(0, distances[^1], 1e-3);
        Assert.Contains("alpha 1.5", Assert.Throws<BadInputException>(() => AdaIn.Blend(content, [new(a)], 1.5)).Message);
        Assert.Contains("style weight 0", Assert.Throws<BadInputException>(() => AdaIn.Blend(content, [new(a, 0)], 1)).Message);
        Assert.Contains("no style", Assert.Throws<BadInputException>(() => AdaIn.Blend(content, [], 1)).Message);
    }

    [Fact]
    public void MasksSayWhereAStyleApplies()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var adain = Untrained();
        var content = adain.Extractor.ContentMap(Picture("cubist", 64)); // 16x16 places
        var (a, b) = (adain.Style(Picture("swirls")), adain.Style(Picture("mosaic")));
        var left = cat([ones(64, 32), zeros(64, 32)], 1);
        var half = AdaIn.Blend(content, [new(a, 1, left)], 1);
        Assert.Equal(0, Apart(half.narrow(3, 8, 8), content.narrow(3, 8, 8)), 1e-5); // what no mask covers stays
        Assert.Equal(0, Apart(half.narrow(3, 0, 8), FeatureStatistics.AdaIn(content.narrow(3, 0, 8), a)), 1e-3);
        var both = AdaIn.Blend(content, [new(a, 1, left), new(b, 1, 1 - left)], 1);
        Assert.Equal(0, Apart(both.narrow(3, 8, 8), FeatureStatistics.AdaIn(content.narrow(3, 8, 8), b)), 1e-3);
        Assert.Equal(0, Apart(AdaIn.Blend(content, [new(a, 1, ones(64, 64))], 1), FeatureStatistics.AdaIn(content, a)), 1e-3);
        Assert.Equal(0, Apart(AdaIn.Blend(content, [new(a, 1, zeros(64, 64))], 1), content), 1e-5);
        Assert.Contains("a mask is missing", Assert.Throws<BadInputException>(() => AdaIn.Blend(content, [new(a, 1, left), new(b)], 1)).Message);
    }

    [Theory]
    [InlineData(9, 9)]
    [InlineData(31, 50)]
    [InlineData(32, 17)]
    public void TheResultHasTheContentsSize(int height, int width)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var adain = Untrained();
        var made = adain.Transfer(rand(2, 3, height, width), [new(adain.Style(Picture("batik")))]);
        Assert.Equal([2, 3, height, width], made.shape);
        Assert.True(made.isfinite().all().ToBoolean());
    }

    [Fact]
    public void TheDecoderLearnsAndTheExtractorStays()
    {
        using var scope = NewDisposeScope();
        using var adain = Untrained(5);
        using var styles = PicturePool.Paintings(1, 40, 3);
        var before = adain.Extractor.Statistics(Picture("woodcut")).Select(s => s.Mean.clone()).ToList();
        var reports = new DecoderTraining(25, Batch: 2, Crop: 32, LearningRate: 2e-3, StyleWeight: 1, IdentityWeight: 1).Train(adain, styles, styles).ToList();
        double First(Func<DecoderTraining.Report, double> value) => reports.Take(3).Average(value);
        double Last(Func<DecoderTraining.Report, double> value) => reports.TakeLast(3).Average(value);
        Assert.True(Last(r => r.Content + r.Style + r.Identity) < 0.7 * First(r => r.Content + r.Style + r.Identity));
        Assert.All(adain.Extractor.Statistics(Picture("woodcut")).Zip(before), pair => Assert.Equal(0, Apart(pair.First.Mean, pair.Second)));
        // Equal statistics cost nothing, whatever the pictures are.
        var picture = Picture("swirls");
        Assert.Equal(0, adain.Losses(picture, adain.Extractor.ContentMap(picture), adain.Extractor.Statistics(picture)).Style.ToDouble(), 1e-6);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(40, 1)]
    public void OddPicturesAreTakenOrRefused(int size, int channels)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var adain = Untrained();
        ImageFile.Write(folder["a.png"], new Bitmap(size, size, channels));
        if (size == 1) Assert.Contains("1x1 pixels; nerflab-mini takes at least 5 each way", Assert.Throws<BadInputException>(() => StylePicture.Read(folder["a.png"], adain.Extractor)).Message);
        else Assert.Equal([1, 3, size, size], StylePicture.Read(folder["a.png"], adain.Extractor).shape);
    }

    [Fact]
    public void TransparencyShowsWhite()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var adain = Untrained();
        ImageFile.Write(folder["a.png"], new Bitmap(12, 12, 4)); // black, and transparent
        Assert.Equal(1, StylePicture.Read(folder["a.png"], adain.Extractor).min().ToDouble());
    }

    [Fact]
    public void TheEmbeddedNetworksAreThoseOfThePage()
    {
        var page = File.ReadAllText(Path.Combine(RealData.Root, "docs", "extractor.md"));
        using var adain = AdaIn.Embedded(CPU);
        Assert.Contains(adain.Extractor.Source.Sha256, page);
        Assert.Contains(adain.Decoder.Source!.Sha256, page);
    }

    [Fact]
    public void TheEmbeddedNetworksKeepAPictureAndTakeOnAStyle()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var adain = AdaIn.Embedded(CPU);
        var camera = Data.EmbeddedScene.Create().Train[60].Camera.Framed(256, 256);
        var content = StylePicture.Tensor(StylePicture.Plain(Data.EmbeddedScene.Render(camera)), CPU);
        foreach (var manner in new[] { "swirls", "mosaic", "woodcut" })
        {
            var style = adain.Style(Picture(manner, 128, 77));
            double kept = ImageMetrics.PsnrOf(F.mse_loss(adain.Transfer(content, [new(style)], 0).clamp(0, 1), content).ToDouble());
            Assert.True(kept > 20, $"{kept} dB");
            double Distance(Tensor picture) => FeatureStatistics.Distance(adain.Style(picture), style).ToDouble();
            var (before, after) = (Distance(content), Distance(adain.Transfer(content, [new(style)]).clamp(0, 1)));
            Assert.True(after < 0.5 * before, $"{manner}: {before} to {after}");
        }
    }

    [Fact]
    public void TheRealNetworksReconstructAPhotograph()
    {
        var weights = RealData.Path("weights");
        var photograph = RealData.Path("scenes/fox/images/0042.jpg");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var adain = AdaIn.Load(Path.Combine(weights, "adain_vgg19norm_encoder_conv4_1.safetensors"), Path.Combine(weights, "adain_decoder.safetensors"), CPU);
        var content = StylePicture.Read(photograph, adain.Extractor, 512);
        var style = adain.Style(StylePicture.Read(RealData.Path("styles/starry_night.jpg"), adain.Extractor, 128));
        var kept = adain.Transfer(content, [new(style)], 0);
        Assert.True(ImageMetrics.PsnrOf(F.mse_loss(kept.clamp(0, 1), content).ToDouble()) > 24);
        // In the style the statistics come near those of the style.
        var styled = adain.Transfer(content, [new(style)]).clamp(0, 1);
        double Distance(Tensor picture) => FeatureStatistics.Distance(adain.Style(picture), style).ToDouble();
        Assert.True(Distance(styled) < 0.3 * Distance(content));
    }
}
