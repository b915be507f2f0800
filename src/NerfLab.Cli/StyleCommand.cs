using System.CommandLine;
using NerfLab.Math;
using NerfLab.Imaging;
using NerfLab.Stylization;
using static NerfLab.Cli.CommandLine;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary><c>nerflab style2d</c>: a picture in the style of others.</summary>
static class StyleCommand
{
    static readonly Argument<string> Content = new("CONTENT") { Description = "The picture, PNG or JPEG." };
    static readonly Argument<string[]> Styles = new("STYLE") { Arity = ArgumentArity.OneOrMore, Description = "Style pictures, PNG or JPEG." };
    static readonly Option<double?> Alpha = Number("--alpha", "A", "Strength: 0 for the picture as encoder and decoder keep it, 1 for all of the style. [default: 1]", 0.0);
    static readonly Option<double[]> Weights = new("--weights") { HelpName = "W", AllowMultipleArgumentsPerToken = true, Description = "How much each style counts, one number above 0 for each. [default: all the same]" };
    static readonly Option<string[]> Masks = new("--mask") { HelpName = "FILE", AllowMultipleArgumentsPerToken = true, Description = "Where each style applies: one grey picture for each, white for there. What no mask covers stays. [default: everywhere]" };
    static readonly Option<int?> Size = Number("--size", "N", "Make the content's longer side N pixels when it is longer. [default: as it is]", 16);
    static readonly Option<int?> StyleSize = Number("--style-size", "N", "Make the styles' longer sides N pixels when they are longer; smaller ones give finer strokes. [default: 512]", 16);
    static readonly Option<bool> KeepColors = Switch("--keep-colors", "Bring the styles to the content's colours first, so that only the manner is transferred.");
    static readonly Option<string?> Out = Text("--out", "FILE", "The picture to write, .png or .jpg. [default: CONTENT-STYLE.png]");
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("style2d", "Show a picture in the style of others (AdaIN).") { Content, Styles, Alpha, Weights, Masks, Size, StyleSize, KeepColors, Networks.Extractor, Networks.Decoder, Out, Where, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        var screen = Screen.Of(given.GetValue(Silent));
        var (file, styles) = (given.GetRequiredValue(Content), given.GetRequiredValue(Styles));
        double alpha = given.GetValue(Alpha) ?? 1;
        if (alpha > 1) throw new BadInputException(FormattableString.Invariant($"--alpha {alpha}: a number from 0 to 1 is expected"));
        var weights = OneForEach("--weights", given.GetValue(Weights), 1.0, styles);
        var masks = OneForEach("--mask", given.GetValue(Masks), null!, styles);
        var output = given.GetValue(Out) ?? $"{Path.ChangeExtension(file, null)}-{Path.GetFileNameWithoutExtension(styles[0])}.png";

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var adain = Networks.Styler(given, Choose(given.GetValue(Where)));
        var content = StylePicture.Read(file, adain.Extractor, given.GetValue(Size));
        screen.Begin();
        var shares = styles.Select((style, i) =>
        {
            var picture = StylePicture.Read(style, adain.Extractor, given.GetValue(StyleSize) ?? 512);
            if (given.GetValue(KeepColors)) picture = Recolored(picture, content);
            return new StyleShare(adain.Style(picture), weights[i], masks[i] is { } mask ? ReadMask(mask, content) : null);
        }).ToList();
        StylePicture.Write(output, adain.Transfer(content, shares, alpha));
        screen.Result(FormattableString.Invariant($"{output}: {content.shape[3]}x{content.shape[2]}, {adain.Extractor.Name}, {Screen.Time(screen.End())}"));
        return 0;
    }

    static T[] OneForEach<T>(string option, T[]? values, T otherwise, string[] styles)
    {
        if (values is not { Length: > 0 }) return [.. styles.Select(_ => otherwise)];
        return values.Length == styles.Length ? values : throw new BadInputException($"{option}: {values.Length} given for {styles.Length} styles; one for each is expected");
    }

    static Tensor Recolored(Tensor style, Tensor content)
    {
        Tensor Colors(Tensor picture) => picture.squeeze(0).permute(1, 2, 0).reshape(-1, 3);
        var moved = ColorTransfer.Between(Colors(style), Colors(content)).Apply(Colors(style)).clamp(0, 1);
        return StylePicture.Of(moved.view(style.shape[2], style.shape[3], 3));
    }

    /// <summary>[H,W], brought to the content's size.</summary>
    static Tensor ReadMask(string file, Tensor content)
    {
        using var picture = Image.FromBitmap(StylePicture.Plain(ImageFile.ReadBitmap(file)).Resize((int)content.shape[3], (int)content.shape[2]));
        return picture.Pixels.mean([2]).to(content.device);
    }
}

/// <summary>The options that name networks.</summary>
static class Networks
{
    public static readonly Option<string?> Extractor = Text("--extractor", "FILE", "The network that sees styles, .safetensors or .pth: the normalised VGG-19 of AdaIN, or VGG-16 or VGG-19 of torchvision where no decoder is needed. [default: the embedded one]");
    public static readonly Option<string?> Decoder = Text("--decoder", "FILE", "The decoder that belongs to --extractor. [default: the embedded one]");

    /// <summary>Encoder and decoder.</summary>
    public static AdaIn Styler(ParseResult given, Device device) => (given.GetValue(Extractor), given.GetValue(Decoder)) switch
    {
        (null, null) => AdaIn.Embedded(device),
        ({ } extractor, { } decoder) => AdaIn.Load(extractor, decoder, device),
        (null, { } decoder) => new AdaIn(EmbeddedExtractor.Open(device), StyleDecoder.Load(decoder, StackShape.Embedded, device)),
        ({ } extractor, null) => throw new BadInputException($"--extractor {extractor}: its decoder is missing; name it with --decoder"),
    };

    /// <summary>The encoder alone.</summary>
    public static StyleExtractor Open(ParseResult given, Device device) => given.GetValue(Extractor) is { } file ? StyleExtractor.Load(file, device) : EmbeddedExtractor.Open(device);
}
