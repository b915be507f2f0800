using NerfLab.Kernels;
using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>From features back to pictures: the encoder's convolutions in reverse, each place doubled where the encoder pooled, and no ReLU at the end.</summary>
/// <remarks>Huang and Belongie 2017, section 5: no normalisation, which would bring everything to one style; nearest neighbours against checkerboards.</remarks>
public sealed class StyleDecoder : nn.Module
{
    readonly IReadOnlyList<(string Name, long Inputs, long Outputs, bool Doubles)> _layers;
    readonly ReflectedConvolution[] _convolutions;

    StyleDecoder(StackShape shape, WeightSource? source, Func<(string Name, long Inputs, long Outputs, bool Doubles), int, ReflectedConvolution> make) : base(nameof(StyleDecoder))
    {
        (Shape, Source, _layers) = (shape, source, Layers(shape));
        _convolutions = [.. _layers.Select(make)];
        foreach (var (layer, convolution) in _layers.Zip(_convolutions)) register_module(layer.Name, convolution);
    }

    /// <summary>The form of the encoder that it mirrors.</summary>
    public StackShape Shape { get; }

    /// <summary>The file that it comes from; null where it was trained in this process from nothing.</summary>
    public WeightSource? Source { get; }

    /// <summary>How the file with a decoder for an encoder's form is known.</summary>
    static WeightMark[] Marks(StackShape shape)
    {
        var (name, inputs, outputs, _) = Layers(shape)[0];
        return [new("a decoder by the names of its convolutions", $"{name}.weight", outputs, inputs, 3, 3), new("the decoder of AdaIN's authors", "1.weight", outputs, inputs, 3, 3)];
    }

    /// <summary>An untrained decoder.</summary>
    /// <param name="shape">The form of the encoder.</param>
    /// <param name="random">Draws the weights.</param>
    public static StyleDecoder Untrained(StackShape shape, Generator random) => new(shape, null, (layer, _) =>
    {
        using var scope = NewDisposeScope();
        // He's deviation keeps signals alive through ReLU.
        var weight = randn([layer.Outputs, layer.Inputs, 3, 3], generator: random) * double.Sqrt(2.0 / (9 * layer.Inputs));
        return new ReflectedConvolution(weight, zeros(layer.Outputs));
    });

    /// <summary>Takes weights.</summary>
    /// <param name="weights">Freed by the caller; the decoder keeps copies.</param>
    /// <param name="shape">The form of the encoder.</param>
    /// <param name="key">What the file calls a convolution, by its name here and its place.</param>
    public static StyleDecoder Of(NetworkWeights weights, StackShape shape, Func<string, int, string>? key = null) => new(shape, weights.Source, (layer, i) =>
    {
        using var scope = NewDisposeScope();
        var name = key?.Invoke(layer.Name, i) ?? layer.Name;
        return new ReflectedConvolution(weights.Take($"{name}.weight", layer.Outputs, layer.Inputs, 3, 3).clone(), weights.Take($"{name}.bias", layer.Outputs).clone());
    });

    /// <summary>Loads a decoder: by the names dec4_conv1 (dec3_conv1 for the embedded encoder) to dec1_conv2, or by the numbers in the list of AdaIN's authors.</summary>
    /// <param name="path">A .safetensors or .pth file.</param>
    /// <param name="shape">The form of the encoder that it has to mirror.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="BadInputException">The file holds no such decoder, or a layer is missing or has another shape.</exception>
    public static StyleDecoder Load(string path, StackShape shape, Device device)
    {
        using var file = WeightFile.Open(path);
        var marks = Marks(shape);
        int found = Array.FindIndex(marks, m => NetworkWeights.ShapeIn(file, m.Key) is not null);
        if (found < 0) throw new BadInputException($"{path}: holds no decoder; a tensor {string.Join(" or ", marks.Select(m => $"{m.Key} ({m.Network})"))} of shape [{string.Join(',', marks[0].Shape)}] is expected");
        using var weights = NetworkWeights.Of(file, device);
        int[] places = [1, 5, 8, 11, 14, 18, 21, 25, 28]; // of the convolutions in the authors' list, which counts padding, ReLU and doubling as well
        return Of(weights, shape, found == 0 ? null : (_, i) => $"{places[i]}");
    }

    /// <summary>Features to pictures.</summary>
    /// <param name="features">[B,C,H,W] of the content layer.</param>
    /// <returns>[B,3,8H,8W] for four blocks, [B,3,4H,4W] for three; RGB, about 0 to 1, not clamped.</returns>
    public Tensor Decode(Tensor features)
    {
        using var scope = NewDisposeScope();
        var x = features;
        for (int i = 0; i < _convolutions.Length; i++)
        {
            using var layer = NewDisposeScope();
            x = _convolutions[i].Apply(x, relu: i < _convolutions.Length - 1);
            if (_layers[i].Doubles) x = ReflectedStack.Doubled(x);
            x = x.MoveToOuterDisposeScope();
        }
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Multiplies the channels that it takes, [C]: for an encoder that has been scaled by the inverse.</summary>
    internal void ScaleInputs(Tensor factors)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        _convolutions[0].get_parameter("weight")!.mul_(factors.view(1, -1, 1, 1));
    }

    /// <summary>Names, channels, and whether places are doubled afterwards: the encoder's layers from the last to the first.</summary>
    static IReadOnlyList<(string Name, long Inputs, long Outputs, bool Doubles)> Layers(StackShape shape)
    {
        var number = new int[shape.Widths.Count + 1];
        return [.. shape.Encoder().Reverse().Select(e => ($"dec{e.Block}_conv{++number[e.Block]}", e.Outputs, e.Inputs, e.Number == 1 && e.Block > 1))];
    }
}

/// <summary>A 3x3 convolution over a map that is continued as in a mirror.</summary>
sealed class ReflectedConvolution : nn.Module
{
    readonly Parameter weight, bias;

    /// <param name="weight">[O,I,3,3].</param>
    /// <param name="bias">[O].</param>
    public ReflectedConvolution(Tensor weight, Tensor bias) : base(nameof(ReflectedConvolution))
    {
        (this.weight, this.bias) = (nn.Parameter(weight), nn.Parameter(bias));
        RegisterComponents();
    }

    /// <summary>[B,I,H,W] to [B,O,H,W].</summary>
    public Tensor Apply(Tensor x, bool relu)
    {
        if (is_grad_enabled()) return FusedConvolution.Reference(x, weight, bias, relu);
        // Training changes the weights in place, so that what was transformed before may be of others.
        using var convolution = new FusedConvolution(weight, bias);
        return convolution.Apply(x, relu);
    }
}
