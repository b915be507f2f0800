using NerfLab.Kernels;
using NerfLab.Metrics;
using NerfLab.Weights;

namespace NerfLab.Stylization;

/// <summary>The form of an encoder of VGG's kind, and of the decoder that mirrors it.</summary>
/// <param name="Widths">Channels of each block.</param>
/// <param name="Convolutions">How many convolutions each block has; pooling by two between blocks.</param>
public sealed record StackShape(IReadOnlyList<long> Widths, IReadOnlyList<int> Convolutions)
{
    /// <summary>VGG-19 up to relu4_1.</summary>
    public static StackShape Vgg19 { get; } = new([64, 128, 256, 512], [2, 2, 4, 1]);

    /// <summary>The network that this library brings along. It pools twice: so small a network would keep too little of a picture in a deeper layer.</summary>
    public static StackShape Embedded { get; } = new([16, 32, 64], [2, 2, 2]);

    /// <summary>Channels of the last layer.</summary>
    public long Deepest => Widths[^1];

    /// <summary>By how much smaller the last layer is than the picture.</summary>
    public int Shrinks => 1 << (Widths.Count - 1);

    /// <summary>The fewest rows and columns of a picture: at every depth a reflection needs two.</summary>
    public int LeastSize => Shrinks + 1;

    /// <summary>Where statistics are compared: the first layer of every block, and the last of all, if that is another.</summary>
    public IReadOnlyList<string> StyleLayers =>
        [.. Encoder().Where(c => c.Number == 1 || (c.Block == Widths.Count && c.Number == Convolutions[^1])).Select(c => $"relu{c.Block}_{c.Number}")];

    /// <summary>Block, number and channels of every convolution of the encoder, from the picture inwards.</summary>
    internal IEnumerable<(int Block, int Number, long Inputs, long Outputs)> Encoder()
    {
        long inputs = 3;
        for (int block = 0; block < Widths.Count; block++)
            for (int k = 0; k < Convolutions[block]; k++)
            {
                yield return (block + 1, k + 1, inputs, Widths[block]);
                inputs = Widths[block];
            }
    }
}

/// <summary>Convolutions over pictures that are continued as in a mirror.</summary>
static class ReflectedStack
{
    /// <summary>An encoder: 3x3 convolutions with ReLU, named relu1_1 and so on, and max-pooling between blocks.</summary>
    /// <param name="name">What the literature calls it.</param>
    /// <param name="weights">Owned by the network from now on.</param>
    /// <param name="shape">Its form.</param>
    /// <param name="input">Brings pictures from 0 to 1 into the range that the weights know.</param>
    /// <param name="key">What the file calls a convolution, by its place among all, its block and its number there.</param>
    public static FeatureNetwork Encoder(string name, NetworkWeights weights, StackShape shape, Func<Tensor, Tensor> input, Func<int, int, int, string> key)
    {
        var layers = new List<Layer> { new("input", input) };
        foreach (var (i, (block, number, inputs, outputs)) in shape.Encoder().Index())
        {
            if (number == 1 && block > 1) layers.Add(new($"pool{block - 1}", Pool));
            var file = key(i, block, number);
            var (weight, bias) = (weights.Take($"{file}.weight", outputs, inputs, 3, 3), weights.Take($"{file}.bias", outputs));
            var convolution = new FusedConvolution(weight, bias);
            layers.Add(new($"relu{block}_{number}", x => convolution.Apply(x, relu: true)));
        }
        return new FeatureNetwork(name, weights, shape.LeastSize, layers);
    }

    /// <summary>The largest of each 2x2; half ones at the border count, so that no pixel is lost.</summary>
    /// <remarks>
    /// Measured with libtorch on a CPU: convolutions are fastest over whole planes, and pooling is several times faster where the channels of a
    /// place lie next to each other, even with the way there and back.
    /// </remarks>
    public static Tensor Pool(Tensor x) => F.max_pool2d(x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2), 2, ceil_mode: true).contiguous();

    /// <summary>Every place twice in both directions.</summary>
    public static Tensor Doubled(Tensor x) => F.interpolate(x, scale_factor: [2, 2], mode: torch.InterpolationMode.Nearest);
}
