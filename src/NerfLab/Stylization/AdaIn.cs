using NerfLab.Math;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>A style with its share of a picture.</summary>
/// <param name="Statistics">Of the style's content layer, from <see cref="AdaIn.Style"/>.</param>
/// <param name="Weight">Relative to the others, above 0; the weights are divided by their sum.</param>
/// <param name="Mask">[H,W], 0 to 1, where in the content it applies; null for everywhere.</param>
public sealed record StyleShare(ChannelStatistics Statistics, double Weight = 1, Tensor? Mask = null);

/// <summary>Arbitrary style transfer by adaptive instance normalisation: encode, give the features the style's statistics, decode.</summary>
/// <remarks>Huang and Belongie 2017.</remarks>
/// <param name="extractor">The encoder; owned from now on.</param>
/// <param name="decoder">Its mirror; owned from now on.</param>
public sealed class AdaIn(StyleExtractor extractor, StyleDecoder decoder) : IDisposable
{
    /// <summary>The encoder.</summary>
    public StyleExtractor Extractor => extractor;

    /// <summary>The decoder, whose parameters can be trained.</summary>
    public StyleDecoder Decoder => decoder;

    /// <summary>With the networks that this library brings along.</summary>
    public static AdaIn Embedded(Device device) => new(EmbeddedExtractor.Open(device), EmbeddedExtractor.Decoder(device));

    /// <summary>With networks from files.</summary>
    /// <param name="extractorFile">See <see cref="StyleExtractor.Load"/>; it must be one that a decoder can mirror.</param>
    /// <param name="decoderFile">See <see cref="StyleDecoder.Load"/>.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="BadInputException">A file holds no such network, or a layer is missing or has another shape.</exception>
    public static AdaIn Load(string extractorFile, string decoderFile, Device device)
    {
        var extractor = StyleExtractor.Load(extractorFile, device);
        try
        {
            if (extractor.Shape is not { } shape) throw new BadInputException($"{extractorFile}: {extractor.Name} is padded with zeros, which no decoder mirrors; the normalised VGG-19 of AdaIN is expected");
            return new AdaIn(extractor, StyleDecoder.Load(decoderFile, shape, device));
        }
        catch
        {
            extractor.Dispose();
            throw;
        }
    }

    /// <summary>What a style picture gives to others.</summary>
    /// <param name="picture">[1,3,H,W], RGB, 0 to 1.</param>
    public ChannelStatistics Style(Tensor picture)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (mean, deviation) = FeatureStatistics.Of(extractor.ContentMap(picture));
        return new ChannelStatistics(mean.MoveToOuterDisposeScope(), deviation.MoveToOuterDisposeScope());
    }

    /// <summary>Features with the statistics of styles.</summary>
    /// <remarks>
    /// Several styles are mixed by their weights, as in section 7.3 of the paper. Where styles have masks, the statistics are exchanged within
    /// each mask alone; places that no mask covers keep the content's features.
    /// </remarks>
    /// <param name="content">[B,C,h,w], features of the content layer.</param>
    /// <param name="styles">At least one; all with masks or none.</param>
    /// <param name="alpha">0 for the content's features, 1 for all of the style.</param>
    public static Tensor Blend(Tensor content, IReadOnlyList<StyleShare> styles, double alpha)
    {
        if (!(alpha is >= 0 and <= 1)) throw new BadInputException(FormattableString.Invariant($"alpha {alpha}: a number from 0 to 1 is expected"));
        if (styles.Count == 0) throw new BadInputException("no style is given; at least one is expected");
        if (styles.Any(s => !(s.Weight > 0) || !double.IsFinite(s.Weight))) throw new BadInputException(FormattableString.Invariant($"style weight {styles.First(s => !(s.Weight > 0) || !double.IsFinite(s.Weight)).Weight}: a number above 0 is expected"));
        if (alpha == 0) return content.alias();
        using var scope = NewDisposeScope();
        double sum = styles.Sum(s => s.Weight);
        if (styles.All(s => s.Mask is null))
        {
            var mixed = ChannelStatistics.Mix([.. styles.Select(s => s.Statistics)], [.. styles.Select(s => s.Weight / sum)]);
            return (alpha * FeatureStatistics.AdaIn(content, mixed) + (1 - alpha) * content).MoveToOuterDisposeScope();
        }
        if (styles.Any(s => s.Mask is null)) throw new BadInputException("a mask is missing: either every style has one or none");
        long height = content.shape[2], width = content.shape[3];
        var masks = stack([.. styles.Select(s => FeatureStatistics.MaskOf(s.Mask!, content).view(height, width) * s.Weight)]); // [S,h,w]
        masks = masks / masks.sum(0L).clamp_min(styles.Max(s => s.Weight)); // where several overlap they share the place
        var blended = content;
        foreach (var (i, style) in styles.Index())
        {
            var mask = masks[i];
            if (mask.sum().ToDouble() < 1e-3) continue; // it covers nothing
            blended = blended + (FeatureStatistics.AdaIn(content, style.Statistics, mask) - content);
        }
        return (alpha * blended + (1 - alpha) * content).MoveToOuterDisposeScope();
    }

    /// <summary>A picture in other styles.</summary>
    /// <param name="content">[B,3,H,W], RGB, 0 to 1; at least as large as the extractor takes.</param>
    /// <param name="styles">See <see cref="Blend"/>.</param>
    /// <param name="alpha">Strength, 0 to 1; 0 gives what encoder and decoder make of the content alone.</param>
    /// <returns>[B,3,H,W], not clamped; of the content's size, though the decoder's result is larger where this is no multiple of what the encoder shrinks by.</returns>
    public Tensor Transfer(Tensor content, IReadOnlyList<StyleShare> styles, double alpha = 1)
    {
        using var scope = NewDisposeScope();
        var target = Blend(extractor.ContentMap(content), styles, alpha);
        return Decode(target, content.shape[2], content.shape[3]).MoveToOuterDisposeScope();
    }

    /// <summary>Features to a picture of a size.</summary>
    /// <returns>[B,3,H,W], not clamped.</returns>
    public Tensor Decode(Tensor features, long height, long width)
    {
        using var scope = NewDisposeScope();
        return decoder.Decode(features).narrow(2, 0, height).narrow(3, 0, width).MoveToOuterDisposeScope();
    }

    /// <summary>What the decoder is given: features of a content with the statistics of a style. Without gradient.</summary>
    /// <param name="content">[B,3,H,W], RGB, 0 to 1.</param>
    /// <param name="style">Of the content layer.</param>
    /// <param name="mask">[B,H,W], 0 to 1: where there is something to be painted; null for everywhere.</param>
    /// <returns>[B,C,h,w].</returns>
    public Tensor Target(Tensor content, ChannelStatistics style, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var map = extractor.ContentMap(content);
        return FeatureStatistics.AdaIn(map, style, mask is null ? null : FeatureStatistics.MaskOf(mask, map)).MoveToOuterDisposeScope();
    }

    /// <summary>What a decoder is trained with.</summary>
    /// <remarks>Huang and Belongie 2017, equations 12 and 13.</remarks>
    /// <param name="output">[B,3,H,W], what the decoder made, with gradient.</param>
    /// <param name="target">[B,C,h,w], the features that it was made from.</param>
    /// <param name="style">Statistics of the style at every style layer.</param>
    /// <param name="mask">[B,H,W], 0 to 1: where the output shall have the style; null for everywhere.</param>
    /// <returns>Content and style loss, scalars.</returns>
    public (Tensor Content, Tensor Style) Losses(Tensor output, Tensor target, IReadOnlyList<ChannelStatistics> style, Tensor? mask = null)
    {
        using var scope = NewDisposeScope();
        var maps = extractor.StyleMaps(output);
        var content = F.mse_loss(maps[^1], target);
        var statistics = maps.Select(m => mask is null ? FeatureStatistics.Of(m) : FeatureStatistics.Of(m, FeatureStatistics.MaskOf(mask, m)));
        var apart = statistics.Zip(style, FeatureStatistics.Distance).Aggregate((a, b) => a + b);
        return (content.MoveToOuterDisposeScope(), apart.MoveToOuterDisposeScope());
    }

    /// <summary>Frees both networks.</summary>
    public void Dispose()
    {
        extractor.Dispose();
        decoder.Dispose();
    }
}
