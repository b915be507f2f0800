using System.Globalization;
using NerfLab.Math;
using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>What became of a training of the embedded extractor.</summary>
/// <param name="Accuracy">Share of pieces of pictures it has never seen whose class it names, 0 to 1.</param>
/// <param name="Reconstruction">PSNR of such pieces, decoded from their own features, decibels.</param>
/// <param name="Content">Content loss of the last steps of the decoder.</param>
/// <param name="Style">Style loss of the last steps of the decoder.</param>
public sealed record ExtractorScore(double Accuracy, double Reconstruction, double Content, double Style);

/// <summary>
/// Makes the embedded extractor and its decoder from nothing but pictures that this library generates. First the encoder learns to tell
/// manners of painting and kinds of things apart by the statistics of its layers, which is what styles are compared by, and, together with a
/// decoder, to lose no more of a picture than it must. Then its channels are scaled to a mean square of 1, and the decoder is trained on transfers.
/// </summary>
/// <param name="Steps">Of the encoder.</param>
/// <param name="DecoderSteps">Of the decoder.</param>
/// <param name="Pictures">Generated for each class.</param>
/// <param name="Size">Rows and columns of the generated pictures.</param>
/// <param name="Batch">Pieces in a step of the encoder.</param>
/// <param name="Crop">Rows and columns of a piece.</param>
/// <param name="LearningRate">Of the first step; it falls along a cosine.</param>
/// <param name="Seed">Decides everything random.</param>
/// <param name="Encoder">A file with an encoder that is kept but for the scale of its channels, so that only its decoder is trained, from nothing; null trains both.</param>
public sealed record ExtractorTraining(int Steps = 1000, int DecoderSteps = 9000, int Pictures = 8, int Size = 256, int Batch = 16, int Crop = 80, double LearningRate = 1e-3, long Seed = 0, string? Encoder = null)
{
    const double ReconstructionWeight = 20;

    /// <summary>Trains and writes <c>extractor.safetensors</c> and <c>extractor-decoder.safetensors</c>.</summary>
    /// <param name="folder">Where to; the files are made or replaced.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="progress">Told what is being done, how much of all is done, 0 to 1, and figures; may throw to end the work.</param>
    public ExtractorScore Train(string folder, Device device, Action<string, double, string>? progress = null)
    {
        using var scope = NewDisposeScope();
        progress?.Invoke("pictures", 0, "");
        using var styles = PicturePool.Paintings(Pictures, Size, Seed);
        progress?.Invoke("pictures", 0.02, "");
        using var things = PicturePool.Things(Pictures, Size, Seed);
        using var random = new Generator(RandomStream.Seed(Seed, -1));
        using var decoder = StyleDecoder.Untrained(StackShape.Embedded, random);
        using var learner = new ExtractorLearner(StackShape.Embedded, styles.Classes.Count + things.Classes.Count, random);
        decoder.to(device);
        learner.to(device);
        if (Encoder is null) TrainEncoder(learner, decoder, styles, things, device, progress);
        else learner.Take(Encoder);
        using var unseenStyles = PicturePool.Paintings(int.Max(1, Pictures / 4), Size, Seed + 1);
        using var unseenThings = PicturePool.Things(int.Max(1, Pictures / 4), Size, Seed + 1);
        double accuracy = Encoder is null ? Accuracy(learner, unseenStyles, unseenThings, device) : KnownAccuracy(Encoder);
        learner.Normalise(Mixed(styles, things, 8 * Batch, random, device).Pictures, Encoder is null ? decoder : null);

        var facts = new Dictionary<string, string>
        {
            ["source"] = "trained by nerflab train-extractor on pictures that NerfLab generates",
            ["recipe"] = (this with { Encoder = Encoder is null ? null : Path.GetFileName(Encoder) }).ToString(),
            ["accuracy"] = accuracy.ToString("0.000", CultureInfo.InvariantCulture),
        };
        var file = Path.Combine(folder, "extractor.safetensors");
        Safetensors.Write(file, learner.Convolutions(), facts);

        using var styler = new AdaIn(StyleExtractor.Load(file, device), decoder);
        var training = new DecoderTraining(DecoderSteps, Batch / 2, Crop, LearningRate, 1e-3, StyleWeight: 3, IdentityWeight: 200, IdentityFirst: DecoderSteps / 3, MostGradient: 20, LeastDeviation: 0.08, Seed);
        var (content, style) = (0.0, 0.0);
        foreach (var step in training.Train(styler, things, styles))
        {
            (content, style) = step.Index <= training.IdentityFirst ? (step.Content, step.Style) : (0.98 * content + 0.02 * step.Content, 0.98 * style + 0.02 * step.Style);
            if (step.Index % 10 == 0) progress?.Invoke("decoder", 0.5 + 0.5 * step.Index / DecoderSteps, Invariant($"step {step.Index}/{DecoderSteps}  content {content:0.000}  style {style:0.000}  identity {step.Identity:0.0000}"));
        }
        double reconstruction = Reconstruction(styler, unseenStyles, unseenThings, device);
        facts["reconstruction"] = reconstruction.ToString("0.00", CultureInfo.InvariantCulture) + " dB";
        facts["extractor"] = styler.Extractor.Source.Sha256;
        Safetensors.Write(Path.Combine(folder, "extractor-decoder.safetensors"), decoder.state_dict().Select(p => (p.Key, p.Value)), facts);
        return new ExtractorScore(accuracy, reconstruction, content, style);
    }

    /// <summary>Encoder and decoder together: classes from statistics, and as much of the picture as can be kept.</summary>
    void TrainEncoder(ExtractorLearner learner, StyleDecoder decoder, PicturePool styles, PicturePool things, Device device, Action<string, double, string>? progress)
    {
        using var optimizer = optim.Adam(learner.parameters().Concat(decoder.parameters()), LearningRate);
        for (int step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            using var drawn = new Generator(RandomStream.Seed(Seed, step));
            foreach (var group in optimizer.ParamGroups) group.LearningRate = LearningRate * (0.02 + 0.98 * 0.5 * (1 + double.Cos(double.Pi * step / Steps)));
            var (pictures, classes) = Mixed(styles, things, Batch, drawn, device);
            optimizer.zero_grad();
            var maps = learner.Maps(pictures);
            var told = F.cross_entropy(learner.Classify(maps), classes);
            var error = F.mse_loss(decoder.Decode(maps[^1]), pictures);
            (told + ReconstructionWeight * error).backward();
            optimizer.step();
            if (step % 10 == 0) progress?.Invoke("encoder", 0.05 + 0.45 * step / Steps, Invariant($"step {step}/{Steps}  classes {told.ToDouble():0.000}  error {error.ToDouble():0.0000}"));
        }
    }

    static double KnownAccuracy(string encoder)
    {
        using var file = WeightFile.Open(encoder);
        return double.TryParse(file.Metadata.GetValueOrDefault("accuracy"), CultureInfo.InvariantCulture, out double known) ? known : double.NaN;
    }

    /// <summary>Half paintings, half things, with classes numbered through.</summary>
    (Tensor Pictures, Tensor Classes) Mixed(PicturePool styles, PicturePool things, int count, Generator random, Device device)
    {
        using var scope = NewDisposeScope();
        var (a, first) = styles.Draw(count / 2, Crop, random, recolor: true);
        var (b, second) = things.Draw(count - count / 2, Crop, random, recolor: true);
        return (cat([a, b]).to(device).MoveToOuterDisposeScope(), cat([first, second + styles.Classes.Count]).to(device).MoveToOuterDisposeScope());
    }

    double Accuracy(ExtractorLearner learner, PicturePool styles, PicturePool things, Device device)
    {
        using var noGradient = no_grad();
        double right = 0;
        const int Batches = 20;
        for (int i = 0; i < Batches; i++)
        {
            using var scope = NewDisposeScope();
            using var random = new Generator(RandomStream.Seed(Seed, 1_000_000 + i));
            var (pictures, classes) = Mixed(styles, things, Batch, random, device);
            right += (learner.Classify(learner.Maps(pictures)).argmax(1) == classes).to(float32).mean().ToDouble();
        }
        return right / Batches;
    }

    double Reconstruction(AdaIn styler, PicturePool styles, PicturePool things, Device device)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var random = new Generator(RandomStream.Seed(Seed, 2_000_000));
        var pictures = Mixed(styles, things, 4 * Batch, random, device).Pictures;
        return Metrics.ImageMetrics.PsnrOf(F.mse_loss(styler.Decode(styler.Extractor.ContentMap(pictures), Crop, Crop), pictures).ToDouble());
    }

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

/// <summary>The embedded extractor while it is trained, with the classifier that it is trained by.</summary>
sealed class ExtractorLearner : nn.Module
{
    readonly StackShape _shape;
    readonly List<(string Name, int Block, int Number, ReflectedConvolution Apply)> _layers = [];
    readonly Parameter weight, bias;

    public ExtractorLearner(StackShape shape, int classes, Generator random) : base(nameof(ExtractorLearner))
    {
        _shape = shape;
        using var scope = NewDisposeScope();
        foreach (var (block, number, inputs, outputs) in shape.Encoder())
        {
            var kernel = randn([outputs, inputs, 3, 3], generator: random) * double.Sqrt(2.0 / (9 * inputs));
            var layer = new ReflectedConvolution(kernel, zeros(outputs));
            _layers.Add(($"conv{block}_{number}", block, number, layer));
            register_module($"conv{block}_{number}", layer);
        }
        weight = nn.Parameter(zeros(classes, 2 * _layers.Where(Compared).Sum(l => l.Apply.get_parameter("bias")!.shape[0])));
        bias = nn.Parameter(zeros(classes));
        register_parameter(nameof(weight), weight);
        register_parameter(nameof(bias), bias);
    }

    /// <summary>The maps of the style layers.</summary>
    public List<Tensor> Maps(Tensor pictures)
    {
        var maps = new List<Tensor>();
        var x = EmbeddedExtractor.Centred(pictures);
        foreach (var layer in _layers)
        {
            if (layer is { Number: 1, Block: > 1 }) x = ReflectedStack.Pool(x);
            x = layer.Apply.Apply(x, relu: true);
            if (Compared(layer)) maps.Add(x);
        }
        return maps;
    }

    bool Compared((string Name, int Block, int Number, ReflectedConvolution Apply) layer) => _shape.StyleLayers.Contains($"relu{layer.Block}_{layer.Number}");

    /// <summary>Scores of the classes from the statistics of all maps, [B,K].</summary>
    public Tensor Classify(IReadOnlyList<Tensor> maps)
    {
        var all = maps.Select(m => FeatureStatistics.Of(m)).SelectMany(s => new[] { s.Mean, s.Deviation }).Select(t => t.flatten(1)).ToArray();
        return F.linear(cat(all, 1), get_parameter(nameof(weight))!, get_parameter(nameof(bias))!);
    }

    /// <summary>Takes the convolutions of a file.</summary>
    /// <exception cref="BadInputException">One is missing or has another shape.</exception>
    public void Take(string path)
    {
        using var file = WeightFile.Open(path);
        using var weights = NetworkWeights.Of(file, CPU);
        using var noGradient = no_grad();
        foreach (var (name, parameter) in Convolutions()) parameter.copy_(weights.Take(name, parameter.shape));
    }

    /// <summary>
    /// Scales every channel so that its mean square over pictures is 1, or its largest answer is 15 where that is less, without changing what
    /// later layers see; a decoder that knows it takes up the last scale.
    /// </summary>
    /// <remarks>
    /// So loss weights mean the same in every layer. Gatys et al. 2016 scaled the mean to 1; in a small network channels that seldom answer, and
    /// then strongly, would outweigh all others.
    /// </remarks>
    public void Normalise(Tensor pictures, StyleDecoder? decoder)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var x = EmbeddedExtractor.Centred(pictures);
        Tensor? before = null; // [C], what the channels of the layer before were divided by
        foreach (var (_, block, number, convolution) in _layers)
        {
            if (number == 1 && block > 1) x = ReflectedStack.Pool(x);
            var (kernel, shift) = (convolution.get_parameter("weight")!, convolution.get_parameter("bias")!);
            if (before is not null) kernel.mul_(before.view(1, -1, 1, 1));
            const double Largest = 15; // deviations, of an answer
            var answer = convolution.Apply(x, relu: true);
            var size = maximum(answer.square().mean([0, 2, 3]).sqrt(), answer.amax(0, 2, 3) / Largest);
            size = size.clamp_min(0.01 * size.mean().ToDouble()); // of channels that hardly ever answer
            kernel.div_(size.view(-1, 1, 1, 1));
            shift.div_(size);
            x = convolution.Apply(x, relu: true);
            before = size;
        }
        decoder?.ScaleInputs(before!);
    }

    /// <summary>The convolutions by their names.</summary>
    public IEnumerable<(string, Tensor)> Convolutions() => _layers.SelectMany(l => new (string, Tensor)[] { ($"{l.Name}.weight", l.Apply.get_parameter("weight")!), ($"{l.Name}.bias", l.Apply.get_parameter("bias")!) });
}
