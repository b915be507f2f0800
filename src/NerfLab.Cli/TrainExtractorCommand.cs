using System.CommandLine;
using NerfLab.Stylization;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab train-extractor</c>: the network that sees styles, from generated pictures.</summary>
static class TrainExtractorCommand
{
    static readonly Argument<string> Into = new("OUT") { Description = "The folder for extractor.safetensors and extractor-decoder.safetensors." };
    static readonly Option<int?> Steps = Number("--steps", "N", "Steps of the encoder. [default: 1000]", 1);
    static readonly Option<int?> DecoderSteps = Number("--decoder-steps", "N", "Steps of the decoder. [default: 9000]", 1);
    static readonly Option<int?> Pictures = Number("--pictures", "N", "Generated pictures of each class. [default: 8]", 1);
    static readonly Option<string?> Encoder = Text("--encoder", "FILE", "Keep the encoder of this file and train only its decoder. [default: train both]");
    static readonly Option<long?> Seed = Number("--seed", "K", "Decides everything random. [default: 0]", 0L);
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("train-extractor", "Train the embedded style extractor and its decoder anew, from generated pictures alone.") { Into, Steps, DecoderSteps, Pictures, Encoder, Seed, Where, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var folder = given.GetRequiredValue(Into);
        if (File.Exists(folder)) throw new BadInputException($"{folder}: a file is in the way; name a folder");
        var usual = new ExtractorTraining();
        var training = usual with
        {
            Steps = given.GetValue(Steps) ?? usual.Steps, DecoderSteps = given.GetValue(DecoderSteps) ?? usual.DecoderSteps,
            Pictures = given.GetValue(Pictures) ?? usual.Pictures, Seed = given.GetValue(Seed) ?? usual.Seed, Encoder = given.GetValue(Encoder),
        };
        screen.Begin();
        var score = training.Train(folder, Choose(given.GetValue(Where)), (work, fraction, figures) =>
        {
            stop.Check("nothing was written that is complete");
            screen.Progress(work, fraction, () => figures);
        });
        screen.Result(FormattableString.Invariant($"{folder}: {score.Accuracy:P1} of unseen pieces named rightly, {score.Reconstruction:0.0} dB decoded, content {score.Content:0.000}, style {score.Style:0.000}, {Screen.Time(screen.End())}"));
        return 0;
    }
}
