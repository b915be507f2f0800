using NerfLab.Stylization;
using NerfLab.Training;
using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>What is kept of a StylizedNeRF on the way: the decoder that has learnt consistency, and the style module with its optimiser.</summary>
/// <param name="folder">The run folder that comes of it.</param>
/// <param name="every">Seconds between two times of saving.</param>
public sealed class StyleKeeper(string folder, double every = 30)
{
    /// <summary>The last stage.</summary>
    public StageFile Stage { get; } = new(StyleBook.FileIn(folder), every);

    string DecoderFile => Path.Combine(folder, "decoder.safetensors");

    /// <summary>Writes a decoder.</summary>
    internal void KeepDecoder(StyleDecoder decoder) => Safetensors.Write(DecoderFile, decoder.state_dict().Select(p => (p.Key, p.Value)));

    /// <summary>Fills a decoder with the kept one.</summary>
    /// <returns>False where none is kept.</returns>
    internal bool TakeDecoder(StyleDecoder decoder)
    {
        if (!File.Exists(DecoderFile)) return false;
        using var kept = StyleDecoder.Load(DecoderFile, decoder.Shape, CPU);
        using var noGradient = no_grad();
        foreach (var (name, target) in decoder.state_dict()) target.copy_(kept.state_dict()[name]);
        return true;
    }
}
