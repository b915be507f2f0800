using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Math;
using NerfLab.Rendering;
using NerfLab.Stylization;
using NerfLab.Tasks;
using NerfLab.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>How colours are brought to those of the style before and after matching.</summary>
public enum Recoloring
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>So that renderings change by exactly the wanted map: at once in the coefficients of harmonics, by fitting in other fields.</summary>
    Exact,

    /// <summary>As the paper's code does: in coefficients of harmonics without regard to what they mean, so that the last transfer is not exact.</summary>
    Published,
}

/// <summary>How a trained field is stylised by matching features.</summary>
/// <param name="FitSteps">Steps on the photographs in the style's colours.</param>
/// <param name="Steps">Steps of matching, one view each.</param>
/// <param name="LearningRate">Of matching, as a share of the recipe's first one.</param>
/// <param name="Weights">Of the terms.</param>
/// <param name="Recoloring">Of colours before and after.</param>
/// <param name="ViewDependent">Whether colours may depend on the direction; the paper's do not.</param>
/// <param name="FreeDensity">Whether densities may change; the paper's do not. Fields whose density and colour come from the same numbers have little else to change.</param>
/// <param name="Shrink">How many times smaller renderings are looked at; 0 for 2 where their longer side is above 400 pixels, else 1. 2 in the paper.</param>
/// <param name="Seed">Decides the order of the views.</param>
public sealed record ArfSpec(int FitSteps = 200, int Steps = 200, double LearningRate = 0.5, MatchWeights? Weights = null, Recoloring Recoloring = Recoloring.Exact,
    bool ViewDependent = false, bool FreeDensity = false, int Shrink = 0, long Seed = 0);

/// <summary>A step of one of the stages.</summary>
/// <param name="Stage">photographs, colours, matching or colours again.</param>
/// <param name="Done">Share of all, 0 to 1.</param>
/// <param name="Step">What it did; null where the stage has no steps.</param>
public sealed record ArfProgress(string Stage, double Done, StepReport? Step);

/// <summary>ARF: a trained field whose colours are changed until its renderings look like a style picture.</summary>
/// <remarks>Zhang et al. 2022, on any field of the library.</remarks>
public static class Arf
{
    const double ShareOfFit = 0.2, ShareOfMatching = 0.7;
    const int MostPixels = 1 << 20; // that colours are counted on

    /// <summary>Opens a run to be stylised.</summary>
    /// <param name="folder">The trained run.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="spec">Whether colours may depend on the direction.</param>
    public static Run Open(string folder, Device device, ArfSpec spec)
    {
        var run = Run.Open(folder, device, r => r with { ViewIndependent = r.ViewIndependent || !spec.ViewDependent });
        if (!spec.ViewDependent && Harmonics(run.Field) is { } coefficients)
        {
            // From all sides the mean over directions, which is what the constant function holds.
            using var noGradient = no_grad();
            if (coefficients.shape[2] > 1) coefficients.narrow(2, 1, coefficients.shape[2] - 1).zero_();
        }
        return run;
    }

    /// <summary>Stylises; the run's field is changed as the steps are enumerated. Save it afterwards: what is in its folder is a run like any other.</summary>
    /// <param name="run">From <see cref="Open"/>.</param>
    /// <param name="scene">Its scene.</param>
    /// <param name="extractor">What sees the style.</param>
    /// <param name="style">[1,3,H,W].</param>
    /// <param name="spec">How.</param>
    /// <param name="kept">Where the stages are kept, and gone on from to the same bits as without an interruption (on a CPU); null for nowhere. The last stage, which is short, begins anew.</param>
    /// <exception cref="BadInputException">Nothing but density could be trained, or pictures are too small for the extractor.</exception>
    public static IEnumerable<ArfProgress> Stylize(Run run, Scene scene, StyleExtractor extractor, Tensor style, ArfSpec spec, StageFile? kept = null)
    {
        using var lasting = NewDisposeScope();
        int longest = scene.Train.Max(v => int.Max(v.Camera.Width, v.Camera.Height)), shortest = scene.Train.Min(v => int.Min(v.Camera.Width, v.Camera.Height));
        int shrink = spec.Shrink > 0 ? spec.Shrink : longest > 400 ? 2 : 1;
        if (shortest / shrink < extractor.LeastSize) throw new BadInputException($"{scene.Name}: pictures of {shortest} pixels, looked at {shrink} times smaller; {extractor.Name} takes at least {extractor.LeastSize} each way");
        var trained = Freeze(run, spec.FreeDensity);

        yield return new ArfProgress("photographs", 0, null);
        var transfer = ColorTransfer.Identity(run.Device);
        if (spec.Recoloring != Recoloring.None)
        {
            transfer = ColorTransfer.Between(Colors(scene), FeatureMatching.Rows(style));
            if (kept?.Stage is null) Move(run.Field, transfer, spec.Recoloring);
        }
        var recolored = scene.Train.Select(v => new View(v.Name, v.Camera, () => Recolored(v.Read(), transfer), hasAlpha: v.HasAlpha, mask: v.HasMask ? v.ReadMask! : null).Kept()).ToList();
        foreach (var step in FitColors(run, recolored, trained, spec, "colours", kept?.Stage == "matching" ? 0 : spec.FitSteps, 0, ShareOfFit, kept)) yield return step;

        var views = recolored.Select(v => new MatchView(v.Camera, StylePicture.Of(Over(v.Read(), run.BackgroundColor)))).ToList();
        using (var matching = new MatchStyle(run.Field, run.Task.State, run.Renderer, views, extractor, style, spec.Weights ?? new MatchWeights(), run.BackgroundColor, shrink, spec.Seed))
        {
            var training = Trained(run, matching, trained, spec.LearningRate, spec.Steps);
            kept?.Resume("matching", training);
            foreach (var step in training.Steps(spec.Steps - training.Done))
            {
                kept?.At("matching", training);
                yield return new ArfProgress("matching", ShareOfFit + ShareOfMatching * (step.Index + 1) / spec.Steps, step);
            }
            kept?.Leave();
            training.Optimizer.Dispose();
        }

        if (spec.Recoloring != Recoloring.None)
        {
            foreach (var step in Again(run, scene, style, trained, spec)) yield return step;
        }
        Release(run);
        yield return new ArfProgress("colours again", 1, null);
    }

    /// <summary>Leaves gradients to what is trained, and says what that is.</summary>
    static IReadOnlyList<(string name, Parameter parameter)> Freeze(Run run, bool freeDensity)
    {
        var still = freeDensity ? [] : DensityParameters(run);
        var named = run.Task.State.named_parameters().ToList();
        var trained = named.Where(p => p.name.StartsWith("field.", StringComparison.Ordinal) && !still.Contains(p.name)).ToList();
        if (trained.Count == 0) throw new BadInputException($"{run.Recipe.Name}: all parameters of this field change its density; let them, or distil it into a field that keeps colours apart, such as plenoxels");
        foreach (var (name, parameter) in named) parameter.requires_grad = trained.Any(t => t.name == name);
        return trained;
    }

    /// <summary>All parameters may be trained again; averages are of what they are now.</summary>
    static void Release(Run run)
    {
        foreach (var (_, parameter) in run.Task.State.named_parameters()) parameter.requires_grad = true;
        run.Training.Renew();
    }

    /// <summary>Brings what is rendered now to the colours of the style.</summary>
    static IEnumerable<ArfProgress> Again(Run run, Scene scene, Tensor style, IReadOnlyList<(string name, Parameter parameter)> trained, ArfSpec spec)
    {
        var rendered = scene.Train.Select(v => (View: v, Image: run.Render(v.Camera))).ToList();
        var seen = cat([.. rendered.Select(r => r.Image.Color.view(-1, 3).index_select(0, (r.Image.Opacity.flatten() > 0.5).nonzero().squeeze(-1)))]);
        if (seen.shape[0] == 0) yield break; // nothing is to be seen
        var transfer = ColorTransfer.Between(Sampled(seen).to(run.Device), FeatureMatching.Rows(style));
        if (Move(run.Field, transfer, spec.Recoloring)) yield break;
        var views = rendered.Select(r =>
        {
            var opacity = r.Image.Opacity.unsqueeze(-1);
            var moved = (r.Image.Color + opacity * (transfer.Apply(r.Image.Color.to(run.Device)).cpu() - r.Image.Color)).clamp(0, 1);
            var bitmap = new Image(moved.contiguous()).ToBitmap();
            return new View(r.View.Name, r.View.Camera, () => bitmap);
        }).ToList();
        foreach (var step in FitColors(run, views, trained, spec, "colours again", spec.FitSteps / 2, ShareOfFit + ShareOfMatching, 1 - ShareOfFit - ShareOfMatching)) yield return step;
    }

    /// <summary>Fits colours to pictures, ray by ray, with densities and sampler as they are.</summary>
    static IEnumerable<ArfProgress> FitColors(Run run, IReadOnlyList<View> views, IReadOnlyList<(string name, Parameter parameter)> trained, ArfSpec spec,
        string stage, int steps, double begin, double share, StageFile? kept = null)
    {
        if (steps == 0) yield break;
        using var source = new RaySource(views, run.Device, null, run.Kernels.SeePixels);
        var background = run.Recipe.Background == Background.Black ? Background.Black : Background.White;
        var settled = run.Renderer with { Sampler = new Settled(run.Renderer.Sampler) };
        var fit = new Fit(run.Field, settled, source, new LossSet().Add("rgb", LossTerms.Rgb), run.Recipe.Batch, background, spec.Seed);
        var training = Trained(run, fit, trained, 1, steps);
        kept?.Resume(stage, training);
        foreach (var step in training.Steps(steps - training.Done))
        {
            kept?.At(stage, training);
            yield return new ArfProgress(stage, begin + share * (step.Index + 1) / steps, step);
        }
        training.Optimizer.Dispose();
    }

    /// <summary>Adam over the parameters that may change, with the recipe's rates; it falls to a tenth.</summary>
    static Training.Training Trained(Run run, IObjective objective, IReadOnlyList<(string name, Parameter parameter)> trained, double share, int steps)
    {
        var o = run.Recipe.Optimizer;
        var factors = o.Factors ?? new LearningRateFactors();
        double rate = o.LearningRate * share;
        var groups = trained.GroupBy(p => factors.For(p.name), p => p.parameter).ToList();
        return new Training.Training(objective, () => optim.Adam(groups.Select(g => new Adam.ParamGroup(g, rate, 0.9, 0.99, 1e-10)), rate, 0.9, 0.99, 1e-10),
            Schedules.Exponential(rate, rate / 10, steps), [.. groups.Select(g => g.Key)]);
    }

    /// <summary>The parameters that density depends on, by asking it.</summary>
    static HashSet<string> DensityParameters(Run run)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(0);
        var bounds = run.Field.Bounds;
        var x = bounds.Min.ToTensor(run.Device) + Sampling.Uniform([4096, 3], random, run.Device) * bounds.Size.ToTensor(run.Device);
        foreach (var (_, parameter) in run.Task.State.named_parameters()) parameter.requires_grad = true;
        run.Task.State.zero_grad();
        run.Field.Density(x).sum().backward();
        var found = run.Task.State.named_parameters().Where(p => p.parameter.grad is not null).Select(p => p.name).ToHashSet();
        run.Task.State.zero_grad();
        return found;
    }

    /// <summary>Moves the colours of a field at once, where it keeps coefficients of harmonics that are not squashed.</summary>
    /// <returns>Whether it could.</returns>
    static bool Move(EncodedField field, ColorTransfer transfer, Recoloring how)
    {
        if (Harmonics(field) is not { } coefficients) return false;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        coefficients.copy_(how == Recoloring.Published ? transfer.OfHarmonicsAsPublished(coefficients) : transfer.OfHarmonics(coefficients));
        return true;
    }

    /// <summary>[N,3,J], a view of the coefficients of a field whose colour is their sum over harmonics and a half; null for other fields.</summary>
    static Tensor? Harmonics(EncodedField field)
    {
        if (field is not { Encoding: VoxelEncoding voxels, Decoder: ShDecoder { Color: ShColor.Clamped } }) return null;
        var rows = voxels.ColorVoxels.Rows.detach();
        return rows.view(rows.shape[0], 3, -1);
    }

    /// <summary>[N,3], colours of the photographs where they show something.</summary>
    static Tensor Colors(Scene scene)
    {
        var all = new List<Tensor>();
        foreach (var view in scene.Train)
        {
            using var scope = NewDisposeScope();
            var pixels = Image.FromBitmap(view.Read()).Pixels;
            var rows = pixels.narrow(2, 0, 3).reshape(-1, 3);
            if (pixels.shape[2] == 4) rows = rows.index_select(0, (pixels.select(2, 3).flatten() > 0.5).nonzero().squeeze(-1));
            all.Add(Sampled(rows, MostPixels / scene.Train.Count + 1).MoveToOuterDisposeScope());
        }
        return cat([.. all]);
    }

    /// <summary>At most so many rows, evenly chosen.</summary>
    static Tensor Sampled(Tensor rows, long most = MostPixels)
    {
        long every = (rows.shape[0] + most - 1) / most;
        return every <= 1 ? rows.clone() : rows.index_select(0, arange(0, rows.shape[0], every, int64));
    }

    static Bitmap Recolored(Bitmap picture, ColorTransfer transfer)
    {
        using var scope = NewDisposeScope();
        var pixels = Image.FromBitmap(picture).Pixels;
        var moved = transfer.Apply(pixels.narrow(2, 0, 3).to(transfer.A.device)).clamp(0, 1).cpu();
        return new Image(pixels.shape[2] == 4 ? cat([moved, pixels.narrow(2, 3, 1)], 2) : moved.contiguous()).ToBitmap();
    }

    /// <summary>[H,W,3], before a background.</summary>
    static Tensor Over(Bitmap picture, Tensor background)
    {
        using var scope = NewDisposeScope();
        var pixels = Image.FromBitmap(picture).Pixels.to(background.device);
        var color = pixels.narrow(2, 0, 3);
        return (pixels.shape[2] == 4 ? pixels.narrow(2, 3, 1) * color + (1 - pixels.narrow(2, 3, 1)) * background : color.clone()).MoveToOuterDisposeScope();
    }

    /// <summary>A sampler that learns no more.</summary>
    sealed class Settled(ISampler sampler) : ISampler
    {
        public Sampled Sample(Rays rays, IField field, Generator? random) => sampler.Sample(rays, field, random);
    }
}
