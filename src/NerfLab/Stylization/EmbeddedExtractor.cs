using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>
/// The network that sees styles without any file from elsewhere: small, of VGG's kind, trained by <c>nerflab train-extractor</c> on pictures
/// that this library generates. docs/extractor.md says how it compares to the real VGG.
/// </summary>
public static class EmbeddedExtractor
{
    /// <summary>What results name.</summary>
    public const string Name = "nerflab-mini";

    const string Resource = "extractor.safetensors", DecoderResource = "extractor-decoder.safetensors";

    /// <summary>How a file with such a network is known.</summary>
    public static readonly WeightMark Mark = new("the embedded extractor", "conv3_1.weight", StackShape.Embedded.Widths[2], StackShape.Embedded.Widths[1], 3, 3);

    /// <summary>From weights.</summary>
    /// <param name="weights">Owned from now on.</param>
    public static StyleExtractor Build(NetworkWeights weights) =>
        StyleExtractor.Mirrorable(ReflectedStack.Encoder(Name, weights, StackShape.Embedded, Centred, (_, block, number) => $"conv{block}_{number}"), StackShape.Embedded);

    /// <summary>Pictures from 0 to 1, about 0 and with a deviation of about 1.</summary>
    internal static Tensor Centred(Tensor pictures) => pictures * 4 - 2;

    /// <summary>The trained network.</summary>
    /// <param name="device">Where to compute.</param>
    public static StyleExtractor Open(Device device)
    {
        using var file = Embedded(Resource, out var source);
        return Build(NetworkWeights.Of(file, source, device));
    }

    /// <summary>The decoder that was trained for it.</summary>
    /// <param name="device">Where to compute.</param>
    public static StyleDecoder Decoder(Device device)
    {
        using var file = Embedded(DecoderResource, out var source);
        using var weights = NetworkWeights.Of(file, source, device);
        return StyleDecoder.Of(weights, StackShape.Embedded);
    }

    static SafetensorsFile Embedded(string name, out WeightSource source)
    {
        using (var stream = Bytes(name)) source = WeightSource.Of(name, stream);
        return new SafetensorsFile(name, Bytes(name));
    }

    static Stream Bytes(string name) => typeof(EmbeddedExtractor).Assembly.GetManifestResourceStream(name)
        ?? throw new BadInputException($"{name}: this build brings no trained extractor along; nerflab train-extractor makes one, --extractor and --decoder name its files");
}
