using NerfLab.Weights;
using static NerfLab.Metrics.ConvolutionLayers;

namespace NerfLab.Metrics;

/// <summary>The convolutional parts of ImageNet classifiers, with weights by the names of torchvision's state dictionaries.</summary>
public static class ImageNetworks
{
    /// <summary>How a file with SqueezeNet 1.1 is known.</summary>
    public static readonly WeightMark SqueezeNetMark = new("torchvision's squeezenet1_1", "features.3.squeeze.weight", 16, 64, 1, 1);

    /// <summary>How a file with AlexNet is known.</summary>
    public static readonly WeightMark AlexNetMark = new("torchvision's alexnet", "features.0.weight", 64, 3, 11, 11);

    /// <summary>How a file with VGG-16 is known.</summary>
    public static readonly WeightMark Vgg16Mark = new("torchvision's vgg16", "features.17.weight", 512, 256, 3, 3);

    /// <summary>How a file with VGG-19 is known.</summary>
    public static readonly WeightMark Vgg19Mark = new("torchvision's vgg19", "features.16.weight", 256, 256, 3, 3);

    /// <summary>SqueezeNet 1.1: relu1, then eight fire modules, fire2 to fire9, with three poolings between them.</summary>
    /// <remarks>Iandola et al. 2016; version 1.1 is that of the authors' repository: 3x3 at the entrance, earlier pooling.</remarks>
    /// <param name="weights">Owned by the network from now on.</param>
    public static FeatureNetwork SqueezeNet(NetworkWeights weights)
    {
        return new FeatureNetwork("squeezenet1.1", weights, 17,
        [
            ImageNet(weights),
            new("relu1", weights.Convolution("features.0", 3, 64, 3, stride: 2)), new("pool1", MaxPool3(ceiling: true)),
            new("fire2", Fire(3, 64, 16, 64)), new("fire3", Fire(4, 128, 16, 64)), new("pool3", MaxPool3(ceiling: true)),
            new("fire4", Fire(6, 128, 32, 128)), new("fire5", Fire(7, 256, 32, 128)), new("pool5", MaxPool3(ceiling: true)),
            new("fire6", Fire(9, 256, 48, 192)), new("fire7", Fire(10, 384, 48, 192)), new("fire8", Fire(11, 384, 64, 256)), new("fire9", Fire(12, 512, 64, 256)),
        ]);

        Func<Tensor, Tensor> Fire(int index, long inputs, long narrow, long wide) => Chain(
            weights.Convolution($"features.{index}.squeeze", inputs, narrow, 1),
            Join(weights.Convolution($"features.{index}.expand1x1", narrow, wide, 1), weights.Convolution($"features.{index}.expand3x3", narrow, wide, 3, padding: 1)));
    }

    /// <summary>AlexNet: relu1 to relu5.</summary>
    /// <remarks>Krizhevsky 2014 ("one weird trick"), without the normalisations and with the widths of torchvision.</remarks>
    /// <param name="weights">Owned by the network from now on.</param>
    public static FeatureNetwork AlexNet(NetworkWeights weights) => new("alexnet", weights, 31,
    [
        ImageNet(weights),
        new("relu1", weights.Convolution("features.0", 3, 64, 11, stride: 4, padding: 2)), new("pool1", MaxPool3()),
        new("relu2", weights.Convolution("features.3", 64, 192, 5, padding: 2)), new("pool2", MaxPool3()),
        new("relu3", weights.Convolution("features.6", 192, 384, 3, padding: 1)),
        new("relu4", weights.Convolution("features.8", 384, 256, 3, padding: 1)),
        new("relu5", weights.Convolution("features.10", 256, 256, 3, padding: 1)),
    ]);

    /// <summary>VGG-16: five blocks of two, two, three, three and three convolutions, relu1_1 to relu5_3.</summary>
    /// <remarks>Simonyan and Zisserman 2015, configuration D.</remarks>
    /// <param name="weights">Owned by the network from now on.</param>
    public static FeatureNetwork Vgg16(NetworkWeights weights) => Vgg("vgg16", weights, [2, 2, 3, 3, 3]);

    /// <summary>VGG-19: five blocks of two, two, four, four and four convolutions, relu1_1 to relu5_4.</summary>
    /// <remarks>Simonyan and Zisserman 2015, configuration E.</remarks>
    /// <param name="weights">Owned by the network from now on.</param>
    public static FeatureNetwork Vgg19(NetworkWeights weights) => Vgg("vgg19", weights, [2, 2, 4, 4, 4]);

    static FeatureNetwork Vgg(string name, NetworkWeights weights, int[] convolutions)
    {
        long[] widths = [64, 128, 256, 512, 512];
        var layers = new List<Layer> { ImageNet(weights) };
        long inputs = 3;
        int index = 0; // of the layer in torchvision's list, which counts ReLU and pooling as well
        for (int block = 0; block < widths.Length; block++)
        {
            if (block > 0)
            {
                layers.Add(new($"pool{block}", x => F.max_pool2d(x, 2)));
                index++;
            }
            for (int k = 1; k <= convolutions[block]; k++, index += 2)
            {
                layers.Add(new($"relu{block + 1}_{k}", weights.Convolution($"features.{index}", inputs, widths[block], 3, padding: 1)));
                inputs = widths[block];
            }
        }
        return new FeatureNetwork(name, weights, 16, layers);
    }
}
