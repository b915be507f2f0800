using System.Text.Json.Serialization;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Rendering;
using NerfLab.Tasks;
using NerfLab.Training;

namespace NerfLab.Recipes;

/// <summary>Weights of the loss terms of a fit; 0 leaves a term out.</summary>
/// <param name="Rgb">Squared error of the colours.</param>
/// <param name="Coarse">Squared error of the pass that proposed the samples.</param>
/// <param name="Huber">Huber's loss of the colours.</param>
/// <param name="TvDensity">Total variation of the density voxels.</param>
/// <param name="TvColor">Total variation of the colour voxels.</param>
/// <param name="Sparsity">Cauchy's penalty on densities.</param>
/// <param name="PlaneL1">Mean magnitude of planes and lines that density depends on.</param>
/// <param name="PlaneTv">Total variation of planes.</param>
/// <param name="LineOverlap">How far the components of lines are from being orthogonal.</param>
/// <param name="Proposal">How much the proposal networks miss; counts where the sampler has such.</param>
/// <param name="Distortion">How far the weights of a ray lie apart.</param>
/// <param name="Entropy">Entropy of the opacities of rays.</param>
/// <param name="Beta">Rays that neither hit nor miss.</param>
/// <param name="Orientation">Surfaces that are turned away from the camera.</param>
public sealed record LossWeights(double Rgb = 1, double Coarse = 0, double Huber = 0, double TvDensity = 0, double TvColor = 0, double Sparsity = 0,
    double PlaneL1 = 0, double PlaneTv = 0, double LineOverlap = 0,
    double Proposal = 1, double Distortion = 0, double Entropy = 0, double Beta = 0, double Orientation = 0)
{
    /// <summary>The terms.</summary>
    [JsonIgnore]
    public LossSet Terms => new LossSet().Add("rgb", LossTerms.Rgb, Rgb).Add("coarse", LossTerms.Coarse, Coarse).Add("huber", LossTerms.Huber, Huber)
        .Add("tvDensity", Regularizers.TvDensity, TvDensity).Add("tvColor", Regularizers.TvColor, TvColor).Add("sparsity", Regularizers.Sparsity, Sparsity)
        .Add("planeL1", PlaneRegularizers.PlaneL1, PlaneL1).Add("planeTv", PlaneRegularizers.PlaneTv, PlaneTv).Add("lineOverlap", PlaneRegularizers.LineOverlap, LineOverlap)
        .Add("proposal", RayRegularizers.Proposal, Proposal).Add("distortion", RayRegularizers.Distortion, Distortion).Add("entropy", RayRegularizers.Entropy, Entropy)
        .Add("beta", RayRegularizers.Beta, Beta).Add("orientation", RayRegularizers.Orientation, Orientation);
}

/// <summary>Adam and its learning rate.</summary>
/// <param name="LearningRate">Of the first step after the warm-up.</param>
/// <param name="FinalLearningRate">Of the last step; in between the rate falls in equal ratios.</param>
/// <param name="WarmUp">Steps over which the rate grows to its first value.</param>
/// <param name="Beta1">Decay of the mean of gradients, 0 to 1.</param>
/// <param name="Beta2">Decay of the mean of squared gradients, 0 to 1.</param>
/// <param name="Epsilon">Added to the root of the squares.</param>
/// <param name="Factors">What the learning rate is multiplied by for parts of the field; null for 1 everywhere.</param>
/// <param name="Restarts">Whether the learning rate begins anew whenever the field takes another resolution, as TensoRF's does.</param>
/// <param name="OnlyTouched">Whether a step leaves alone the rows of tables that no sample has touched, averages included.</param>
/// <param name="Averaging">What remains in each step of the average of parameters that pictures are made with, 0 to 1; 0 makes them with the parameters themselves.</param>
/// <param name="Decay">How the learning rate falls.</param>
public sealed record OptimizerSpec(double LearningRate = 5e-4, double FinalLearningRate = 5e-5, int WarmUp = 0, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8,
    LearningRateFactors? Factors = null, bool Restarts = false, bool OnlyTouched = false, double Averaging = 0, RateDecay Decay = RateDecay.Exponential);

/// <summary>How a learning rate falls from its first value to its last.</summary>
public enum RateDecay
{
    /// <summary>In equal ratios.</summary>
    Exponential,

    /// <summary>Along half a cosine: slowly at both ends.</summary>
    Cosine,
}

/// <summary>Everything that a training is made from, as data. A run folder holds it as <c>recipe.json</c>.</summary>
public sealed record Recipe
{
    /// <summary>What to call it: field and preset.</summary>
    public required string Name { get; init; }

    /// <summary>The scene: a folder, or <c>embedded</c>.</summary>
    public string Scene { get; init; } = "embedded";

    /// <summary>Pictures are made this many times smaller when they are read, 1 to 64.</summary>
    public float Downscale { get; init; } = 1;

    /// <summary>The architecture.</summary>
    public required FieldSpec Field { get; init; }

    /// <summary>How it lies in the world.</summary>
    public SpaceSpec Space { get; init; } = new();

    /// <summary>Whether colours are the same from all sides, whatever the architecture could do.</summary>
    public bool ViewIndependent { get; init; }

    /// <summary>How its shape changes while it is trained.</summary>
    public Growth Growth { get; init; } = new();

    /// <summary>Where the field is asked.</summary>
    public required SamplerSpec Sampler { get; init; }

    /// <summary>What is made small.</summary>
    public LossWeights Losses { get; init; } = new();

    /// <summary>How it is made small.</summary>
    public OptimizerSpec Optimizer { get; init; } = new();

    /// <summary>Rays of a step.</summary>
    public BatchSize Batch { get; init; } = new();

    /// <summary>What is behind transparent pixels.</summary>
    public Background Background { get; init; } = Background.White;

    /// <summary>Steps of the whole training; the learning rate reaches its final value there.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Decides everything random.</summary>
    public long Seed { get; init; }

    /// <summary>Checks what the parts do not check themselves.</summary>
    /// <exception cref="BadInputException">A value is out of range.</exception>
    public void Check()
    {
        Positive(Steps, "steps");
        Positive(Batch.Rays, "batch.rays");
        Positive(Batch.MaxRays, "batch.maxRays");
        Positive(Optimizer.LearningRate, "optimizer.learningRate");
        Positive(Optimizer.FinalLearningRate, "optimizer.finalLearningRate");
        Positive(Optimizer.Epsilon, "optimizer.epsilon");
        Fraction(Optimizer.Beta1, "optimizer.beta1");
        Fraction(Optimizer.Beta2, "optimizer.beta2");
        Fraction(Optimizer.Averaging, "optimizer.averaging");
        Growth.Check();
        if (Growth.Steps.Select(s => s.Losses).Prepend(Losses).Any(l => l is { Rgb: 0, Huber: 0 })) throw new BadInputException("recipe: losses.rgb and losses.huber are both 0; one of them must be above 0");
        if (Sampler is ProposalSpec && !(Losses.Proposal > 0)) throw new BadInputException(FormattableString.Invariant($"recipe: losses.proposal is {Losses.Proposal}; above 0 is expected, because the networks of sampler.kind proposal learn from nothing else"));
        if (Sampler is ProposalSpec && Losses.Coarse != 0) throw new BadInputException(FormattableString.Invariant($"recipe: losses.coarse is {Losses.Coarse}; 0 is expected with sampler.kind proposal, whose networks have no colours"));

        static void Positive(double value, string key)
        {
            if (!(value > 0 && double.IsFinite(value))) throw new BadInputException(FormattableString.Invariant($"recipe: {key} is {value}; a number above 0 is expected"));
        }

        static void Fraction(double value, string key)
        {
            if (!(value is >= 0 and < 1)) throw new BadInputException(FormattableString.Invariant($"recipe: {key} is {value}; a number from 0 to below 1 is expected"));
        }
    }

    /// <summary>The learning rate of each step.</summary>
    [JsonIgnore]
    public Schedule LearningRate => Optimizer.Rate(Steps, [.. Growth.Steps.Where(s => Optimizer.Restarts && s.Resolution > 0).Select(s => s.First(Steps))]);

    /// <summary>What is made small in each step: the weights change with the field where <see cref="Growth"/> says so, and terms that the sampler gives no sense are left out.</summary>
    [JsonIgnore]
    public LossSet Terms
    {
        get
        {
            var changes = Growth.Steps.Where(s => s.Losses is not null).Select(s => (First: s.First(Steps), s.Losses!.Terms)).ToList();
            var terms = changes.Count == 0 ? Losses.Terms : Losses.Terms.Terms.Index().Aggregate(new LossSet(), (set, term) =>
                set.Add(term.Item.Name, term.Item.Fn, step => changes.Select(c => (c.First, c.Terms)).Prepend((0, Losses.Terms)).Last(c => c.Item1 <= step).Item2.Terms[term.Index].Weight(step)));
            return Sampler is ProposalSpec ? terms : terms.Without("proposal");
        }
    }
}
