using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Metrics;
using NerfLab.Procedural;
using NerfLab.Rendering;
using NerfLab.Stylization;
using NerfLab.Tasks;
using NerfLab.Training;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>How a trained field is stylised with codes of styles.</summary>
/// <param name="Consistency">How the decoder learns that views agree.</param>
/// <param name="Codes">How codes of styles are learnt.</param>
/// <param name="Module">The form of the style module; its code is as long as <paramref name="Codes"/> says.</param>
/// <param name="Steps">Of the style module.</param>
/// <param name="Rays">In such a step.</param>
/// <param name="LearningRate">Of the style module.</param>
/// <param name="CodeRate">Of the codes of styles and views.</param>
/// <param name="Penalty">What holds codes at the distribution of their style.</param>
/// <param name="PenaltyWeight">Of that.</param>
/// <param name="Mutual">Whether the decoder also learns from what the field shows, in turns with it.</param>
/// <param name="MutualEvery">Steps of the module between two of the decoder.</param>
/// <param name="MutualWeight">Of the squared difference between the decoder's picture and the field's.</param>
/// <param name="MutualRate">The decoder's learning rate then.</param>
/// <param name="CodeScale">Codes that are shown unless others are asked for: 0 for the mean of the style, 1 for the learnt code of a view.</param>
/// <param name="Seed">Decides everything random.</param>
public sealed record StylizedNerfSpec(ConsistencyTraining Consistency, StyleCodes.Training Codes, StyleModuleSpec Module,
    int Steps = 1500, int Rays = 1024, double LearningRate = 2e-3, double CodeRate = 1e-3,
    CodePenalty Penalty = CodePenalty.Likelihood, double PenaltyWeight = 0.1,
    bool Mutual = true, int MutualEvery = 20, double MutualWeight = 10, double MutualRate = 1e-5,
    double CodeScale = 0, long Seed = 0)
{
    /// <summary>What a laptop does in a few minutes.</summary>
    public static StylizedNerfSpec Small { get; } = new(new ConsistencyTraining(Steps: 150), new StyleCodes.Training(), StyleModuleSpec.Small);
}

/// <summary>A step of one of the stages.</summary>
/// <param name="Stage">geometry, consistency, codes or style.</param>
/// <param name="Done">Share of all, 0 to 1.</param>
/// <param name="Figures">What it says, by name.</param>
public sealed record StylizedNerfProgress(string Stage, double Done, IReadOnlyList<(string Name, double Value)> Figures);

/// <summary>
/// StylizedNeRF: a field learns to look like what a 2D network makes of its renderings, and, where wanted, the 2D network learns from the field.
/// The density of the field stays, to the bit; any field of the library will do.
/// </summary>
/// <remarks>Huang et al. 2022. The authors' published code leaves the second half of the mutual learning out.</remarks>
public sealed class StylizedNerf : IDisposable
{
    readonly Run _run;
    readonly AdaIn _styler;
    readonly StylizedNerfSpec _spec;
    readonly Generator _random;
    StyleModule? _module;

    /// <summary>Brings the parts together; nothing is trained yet.</summary>
    /// <param name="run">The trained field.</param>
    /// <param name="styler">The 2D network, whose decoder is changed.</param>
    /// <param name="spec">How.</param>
    public StylizedNerf(Run run, AdaIn styler, StylizedNerfSpec spec) => (_run, _styler, _spec, _random) = (run, styler, spec, new Generator(RandomStream.Seed(spec.Seed, -2)));

    /// <summary>The views with depth, once the geometry is known.</summary>
    public IReadOnlyList<PictureWithDepth> Views { get; private set; } = [];

    /// <summary>The style module at work, once it is trained.</summary>
    public MimicStyle? Mimic { get; private set; }

    /// <summary>Codes of styles, once they are learnt.</summary>
    public StyleCodes? Codes { get; private set; }

    /// <summary>The field in a style.</summary>
    /// <param name="style">Number of the style.</param>
    /// <param name="view">Whose learnt code is taken.</param>
    /// <param name="scale">0 for the mean of the style's codes, 1 for the learnt one.</param>
    public IField Field(int style, int view = 0, double scale = 0) => (Mimic ?? throw new InvalidOperationException("the stages have not been run")).At(style, view, scale);

    /// <summary>Renders a camera in a style.</summary>
    /// <returns>Tensors on the CPU that belong to the caller's dispose scope.</returns>
    public RenderedImage Render(IField field, Camera camera) => _run.Renderer.Image(field, camera, _run.BackgroundColor);

    /// <summary>Runs the stages, as they are enumerated.</summary>
    /// <param name="cameras">The views to learn on.</param>
    /// <param name="styles">S style pictures, [1,3,H,W] each.</param>
    /// <param name="kept">Where the last stage and its decoder are kept; null for nowhere. It goes on after an interruption: the geometry is rendered again, and the pictures that the field learns from are what the kept decoder makes of it.</param>
    /// <exception cref="BadInputException">There is no style, or the field shows no surface.</exception>
    public IEnumerable<StylizedNerfProgress> Stages(IReadOnlyList<Camera> cameras, IReadOnlyList<Tensor> styles, StyleKeeper? kept = null)
    {
        if (styles.Count == 0) throw new BadInputException("no style is given; at least one is expected");
        var stage = kept?.Stage;
        using var lasting = NewDisposeScope();
        Views = [.. cameras.Select(Geometry)];
        if (!Views.Any(v => (v.Depth > 0).any().ToBoolean())) throw new BadInputException($"{_run.Recipe.Name}: the field shows no surface from any view, so that there is no depth to warp by; train it first");
        yield return new StylizedNerfProgress("geometry", 0.1, [("views", Views.Count)]);

        var statistics = styles.Select(s => { using var noGradient = no_grad(); return _styler.Extractor.Statistics(s); }).ToList();
        if (kept?.TakeDecoder(_styler.Decoder) is not true)
        {
            foreach (var step in _spec.Consistency.Train(_styler, Views, statistics))
                yield return new StylizedNerfProgress("consistency", 0.1 + 0.3 * (step.Index + 1) / _spec.Consistency.Steps,
                    [("content", step.Content), ("style", step.Style), ("difference", step.Difference), ("overlap", step.Overlap)]);
            kept?.KeepDecoder(_styler.Decoder);
        }

        Codes = StyleCodes.Learn(cat([.. statistics.Select(s => StyleCodes.Vector(s[^1])), .. Generated()]), _spec.Codes);
        Tensor mean, logVariance;
        using (no_grad())
        {
            var posteriors = statistics.Select(s => Codes.Posterior(s[^1])).ToList();
            (mean, logVariance) = (cat([.. posteriors.Select(p => p.Mean)]), cat([.. posteriors.Select(p => p.LogVariance)]));
        }
        yield return new StylizedNerfProgress("codes", 0.45, []);

        var pictures = statistics.Select(s => Views.Select(v => Stylised(v, s)).ToArray()).ToList();
        _module = new StyleModule(_spec.Module with { Latent = _spec.Codes.Latent }, _random, _run.Kernels);
        _module.to(_run.Device);
        Mimic = new MimicStyle(_run.Field, _run.Renderer, _module, cameras, pictures, mean, logVariance, _run.BackgroundColor,
            _spec.Penalty, _spec.PenaltyWeight, _spec.Rays, _spec.Seed);
        Mimic.State.to(_run.Device);
        var parameters = Mimic.State.named_parameters().ToList();
        var groups = new[] { parameters.Where(p => p.name != "codes"), parameters.Where(p => p.name == "codes") }.Select(g => g.Select(p => p.parameter).ToList()).ToList();
        var training = new Training.Training(Mimic, () => optim.Adam(groups.Select(g => new TorchSharp.Modules.Adam.ParamGroup(g, _spec.LearningRate)), _spec.LearningRate),
            Schedules.Exponential(_spec.LearningRate, _spec.LearningRate / 10, _spec.Steps), [1, _spec.CodeRate / _spec.LearningRate]);
        using var decoder = optim.Adam(_styler.Decoder.parameters(), _spec.MutualRate);
        double apart = double.NaN;
        stage?.Resume("style", training);
        foreach (var step in training.Steps(_spec.Steps - training.Done))
        {
            // Only what the field has learnt is worth learning from.
            if (_spec.Mutual && step.Index > _spec.Steps / 2 && step.Index % _spec.MutualEvery == 0) apart = TeachDecoder(step.Index, decoder, statistics);
            stage?.At("style", training, () => kept!.KeepDecoder(_styler.Decoder));
            yield return new StylizedNerfProgress("style", 0.45 + 0.55 * (step.Index + 1) / _spec.Steps,
                [.. step.Outcome.Losses.Terms, .. double.IsNaN(apart) ? [] : ((string, double)[])[("mutual", apart)]]);
        }
        stage?.Leave();
        training.Optimizer.Dispose();
    }

    /// <summary>What a folder has to say about the styles that were learnt.</summary>
    /// <param name="styles">Name and checksum of each picture.</param>
    public StyleBook Book(IReadOnlyList<Weights.WeightSource> styles) =>
        new(styles, Views.Count, _spec.Module with { Latent = _spec.Codes.Latent }, _styler.Extractor.Name, _styler.Extractor.Source, _spec.CodeScale);

    /// <summary>The other direction: the decoder's picture of a view comes nearer to what the field shows, and is then what the field learns from.</summary>
    double TeachDecoder(int step, optim.Optimizer optimizer, IReadOnlyList<IReadOnlyList<ChannelStatistics>> statistics)
    {
        using var scope = NewDisposeScope();
        int style = (int)(RandomStream.Seed(_spec.Seed + 1, step) % (ulong)statistics.Count), view = (int)(RandomStream.Seed(_spec.Seed + 2, step) % (ulong)Views.Count);
        var shown = StylePicture.Of(Render(Mimic!.At(style, view, 1), Views[view].Camera).Color.to(_run.Device));
        var content = StylePicture.Of(Views[view].Color.to(_run.Device));
        var there = Views[view].There.to(_run.Device);
        var target = _styler.Target(content, statistics[style][^1], there);
        optimizer.zero_grad();
        var made = _styler.Decode(target, content.shape[2], content.shape[3]);
        var (kept, apart) = _styler.Losses(made, target, statistics[style], there);
        var difference = F.mse_loss(Before(made, Views[view]), shown);
        (kept + apart + _spec.MutualWeight * difference).backward();
        optimizer.step();
        var old = Mimic.Pictures[style][view];
        old.copy_(Stylised(Views[view], statistics[style]));
        return difference.ToDouble();
    }

    PictureWithDepth Geometry(Camera camera)
    {
        using var scope = NewDisposeScope();
        var image = _run.Render(camera);
        return new PictureWithDepth(camera, image.Color.DetachFromDisposeScope(), image.Depth.masked_fill(image.Opacity < 0.5, 0).DetachFromDisposeScope());
    }

    /// <summary>[H,W,3], a view in a style, before the background where nothing is.</summary>
    Tensor Stylised(PictureWithDepth view, IReadOnlyList<ChannelStatistics> style)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var made = _styler.Transfer(StylePicture.Of(view.Color.to(_run.Device)), [new StyleShare(style[^1], Mask: view.There)]).clamp(0, 1);
        return Before(made, view).squeeze(0).permute(1, 2, 0).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>What a field cannot show is left out: places without a surface have the colour of the background.</summary>
    Tensor Before(Tensor picture, PictureWithDepth view) => where(view.There.to(_run.Device) > 0, picture, _run.BackgroundColor.view(1, 3, 1, 1));

    /// <summary>Vectors of generated paintings, so that codes learn from more than the styles at hand.</summary>
    IEnumerable<Tensor> Generated()
    {
        using var noGradient = no_grad();
        return [.. Painting.All.SelectMany(p => Enumerable.Range(0, 3).Select(i => StyleCodes.Vector(_styler.Style(StylePicture.Tensor(p.Draw(96, i), _run.Device)))))];
    }

    /// <summary>Frees the module and the codes.</summary>
    public void Dispose()
    {
        _module?.Dispose();
        Codes?.Dispose();
        _random.Dispose();
        foreach (var view in Views)
        {
            view.Color.Dispose();
            view.Depth.Dispose();
        }
    }
}
