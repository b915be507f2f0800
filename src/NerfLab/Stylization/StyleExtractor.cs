using NerfLab.Metrics;
using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>A network that sees styles, with the layers that methods look at.</summary>
/// <remarks>Everything that compares, transfers or matches styles takes one of these, whatever stands behind it; each result names it.</remarks>
/// <param name="network">The layers; owned from now on.</param>
/// <param name="styleLayers">Where statistics are compared, from the picture inwards; the last is the one that content and AdaIN are taken at.</param>
/// <param name="matchLayers">What nearest neighbours are looked for in, all of one size.</param>
/// <param name="shape">Where a decoder can mirror it; null where none can.</param>
public sealed class StyleExtractor(FeatureNetwork network, IReadOnlyList<string> styleLayers, IReadOnlyList<string> matchLayers, StackShape? shape = null) : IDisposable
{
    /// <summary>How a file with VGG-19 by the names of its convolutions is known.</summary>
    public static readonly WeightMark NamedMark = new("VGG-19 for AdaIN, named conv1_1 to conv4_1", "conv3_1.weight", 256, 128, 3, 3);

    /// <summary>How a file with the normalised VGG-19 of AdaIN's authors is known, whose layers have numbers only.</summary>
    public static readonly WeightMark NumberedMark = new("the normalised VGG-19 of AdaIN", "29.weight", 512, 256, 3, 3);

    /// <summary>The layers.</summary>
    public FeatureNetwork Network => network;

    /// <summary>What it is called: results name it.</summary>
    public string Name => network.Name;

    /// <summary>The file behind it.</summary>
    public WeightSource Source => network.Source;

    /// <summary>Where it computes.</summary>
    public Device Device => network.Device;

    /// <summary>The fewest rows and columns that a picture may have.</summary>
    public int LeastSize => network.LeastSize;

    /// <summary>Where statistics are compared, from the picture inwards.</summary>
    public IReadOnlyList<string> StyleLayers => styleLayers;

    /// <summary>Where content is compared and AdaIN is done.</summary>
    public string ContentLayer => styleLayers[^1];

    /// <summary>What nearest neighbours are looked for in.</summary>
    public IReadOnlyList<string> MatchLayers => matchLayers;

    /// <summary>Where a decoder can mirror it; null where none can.</summary>
    public StackShape? Shape => shape;

    /// <summary>The maps at the style layers.</summary>
    /// <param name="pictures">[B,3,H,W], RGB, 0 to 1.</param>
    public IReadOnlyList<Tensor> StyleMaps(Tensor pictures) => network.Maps(pictures, styleLayers);

    /// <summary>The map at the content layer.</summary>
    /// <param name="pictures">[B,3,H,W], RGB, 0 to 1.</param>
    public Tensor ContentMap(Tensor pictures) => network.Maps(pictures, [ContentLayer])[0];

    /// <summary>The maps that are matched, with their channels joined.</summary>
    /// <param name="pictures">[B,3,H,W], RGB, 0 to 1.</param>
    /// <returns>[B,C,H',W'].</returns>
    public Tensor MatchMap(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        return cat([.. network.Maps(pictures, matchLayers)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>The statistics of pictures at every style layer.</summary>
    /// <param name="pictures">[B,3,H,W], RGB, 0 to 1.</param>
    public IReadOnlyList<Math.ChannelStatistics> Statistics(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        var all = StyleMaps(pictures).Select(m => Math.FeatureStatistics.Of(m)).ToList();
        foreach (var s in all) _ = (s.Mean.MoveToOuterDisposeScope(), s.Deviation.MoveToOuterDisposeScope());
        return all;
    }

    /// <summary>Loads a network from a file: the embedded one's form, VGG-19 of AdaIN (named or numbered), or VGG-19 or VGG-16 of torchvision. What the file holds decides.</summary>
    /// <param name="path">A .safetensors or .pth file.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="BadInputException">The file holds none of these, or a layer is missing or has another shape.</exception>
    public static StyleExtractor Load(string path, Device device)
    {
        using var file = WeightFile.Open(path);
        Func<NetworkWeights, StyleExtractor>? build =
            Holds(NamedMark) ? NamedVgg19
            : Holds(NumberedMark) ? NumberedVgg19
            : Holds(ImageNetworks.Vgg19Mark) ? w => Torchvision(ImageNetworks.Vgg19(w), ["relu3_1", "relu3_2", "relu3_3", "relu3_4"])
            : Holds(ImageNetworks.Vgg16Mark) ? w => Torchvision(ImageNetworks.Vgg16(w), ["relu3_1", "relu3_2", "relu3_3"])
            : Holds(EmbeddedExtractor.Mark) ? EmbeddedExtractor.Build
            : null;
        if (build is null)
        {
            var marks = new[] { NamedMark, NumberedMark, ImageNetworks.Vgg19Mark, ImageNetworks.Vgg16Mark, EmbeddedExtractor.Mark };
            throw new BadInputException($"{path}: holds no network that sees styles; one of these tensors is expected: {string.Join(", ", marks.Select(m => $"{m.Key} [{string.Join(',', m.Shape)}] ({m.Network})"))}");
        }
        var weights = NetworkWeights.Of(file, device);
        try
        {
            return build(weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }

        bool Holds(WeightMark mark) => NetworkWeights.ShapeIn(file, mark.Key) is { } shape && shape.AsSpan().SequenceEqual(mark.Shape);
    }

    /// <summary>VGG-19 in the normalisation of AdaIN, by the names of its convolutions; pictures are BGR from 0 to 255, less the mean of ImageNet.</summary>
    /// <param name="weights">Owned from now on.</param>
    public static StyleExtractor NamedVgg19(NetworkWeights weights)
    {
        var mean = weights.Keep(tensor(new[] { 103.939f, 116.779f, 123.68f }, [1, 3, 1, 1]).to(weights.Device));
        return Mirrorable(ReflectedStack.Encoder("vgg19-adain", weights, StackShape.Vgg19, x => x.flip(1) * 255 - mean, (_, block, number) => $"conv{block}_{number}"), StackShape.Vgg19);
    }

    /// <summary>The normalised VGG-19 of AdaIN's authors: a 1x1 convolution brings pictures into its range.</summary>
    /// <param name="weights">Owned from now on.</param>
    public static StyleExtractor NumberedVgg19(NetworkWeights weights)
    {
        var (mix, shift) = (weights.Take("0.weight", 3, 3, 1, 1), weights.Take("0.bias", 3));
        int[] places = [2, 5, 9, 12, 16, 19, 22, 25, 29]; // of the convolutions in the authors' list, which counts padding, ReLU and pooling as well
        return Mirrorable(ReflectedStack.Encoder("vgg19-adain", weights, StackShape.Vgg19, x => F.conv2d(x, mix, shift), (i, _, _) => $"{places[i]}"), StackShape.Vgg19);
    }

    internal static StyleExtractor Mirrorable(FeatureNetwork network, StackShape shape) =>
        new(network, shape.StyleLayers, [.. network.Layers.Where(l => l.StartsWith("relu3_", StringComparison.Ordinal))], shape);

    static StyleExtractor Torchvision(FeatureNetwork network, string[] match) => new(network, StackShape.Vgg19.StyleLayers, match);

    /// <summary>Frees the weights.</summary>
    public void Dispose() => network.Dispose();
}
