using System.Collections.Immutable;
using NerfLab.Math;

namespace NerfLab.Losses;

/// <summary>One number to make small, as a scalar tensor.</summary>
public delegate Tensor LossFn(Step step);

/// <summary>A number that depends on the step: a weight or a learning rate.</summary>
/// <param name="step">From 0.</param>
public delegate double Schedule(int step);

/// <summary>A loss with its name and its weight.</summary>
/// <param name="Name">Unique among the terms; what reports call it.</param>
/// <param name="Fn">The loss.</param>
/// <param name="Weight">What it is multiplied by.</param>
public sealed record LossTerm(string Name, LossFn Fn, Schedule Weight);

/// <summary>What a step cost: each term before weighting, and the weighted sum that was minimised.</summary>
/// <param name="Total">The weighted sum.</param>
/// <param name="Terms">Term by term.</param>
public sealed record LossValues(double Total, ImmutableArray<(string Name, double Value)> Terms);

/// <summary>Named loss terms that are added up. Immutable: each change gives a new set.</summary>
public sealed record LossSet
{
    /// <summary>The terms, in the order in which they are computed.</summary>
    public ImmutableArray<LossTerm> Terms { get; private init; } = [];

    /// <summary>With one more term.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public LossSet Add(string name, LossFn fn, double weight = 1) => Add(name, fn, _ => weight);

    /// <summary>With one more term whose weight changes with the step.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public LossSet Add(string name, LossFn fn, Schedule weight) => Terms.Any(t => t.Name == name)
        ? throw new ArgumentException($"losses: there is a term '{name}' already; use Replace")
        : this with { Terms = Terms.Add(new LossTerm(name, fn, weight)) };

    /// <summary>With another function, and the same weight, under a name that is there.</summary>
    public LossSet Replace(string name, LossFn fn)
    {
        var term = Find(name);
        return this with { Terms = Terms.Replace(term, term with { Fn = fn }) };
    }

    /// <summary>Without a term that is there.</summary>
    public LossSet Without(string name) => this with { Terms = Terms.Remove(Find(name)) };

    /// <summary>Whether a step's terms look at no more of the rays than at their colours, as far as is known: then everything behind the encoding can be computed at once.</summary>
    public bool OnlyColors(int step) => Terms.All(t => t.Weight(step) == 0 || s_colors.Contains(t.Fn));

    static readonly ImmutableHashSet<LossFn> s_colors =
    [
        LossTerms.Rgb, LossTerms.Huber, LossTerms.Coarse, DistillTerms.PixelRms, DistillTerms.PixelNorm, Regularizers.TvDensity, Regularizers.TvColor, PlaneRegularizers.PlaneL1, PlaneRegularizers.PlaneTv, PlaneRegularizers.LineOverlap,
    ];

    LossTerm Find(string name) => Terms.FirstOrDefault(t => t.Name == name)
        ?? throw new ArgumentException($"losses: no term '{name}'; there are {string.Join(", ", Terms.Select(t => t.Name))}");

    /// <summary>Computes the terms whose weight is not zero and their weighted sum.</summary>
    /// <returns>The sum as a scalar tensor with gradient, and the unweighted values as tensors without.</returns>
    public (Tensor Total, List<(string Name, Tensor Value)> Values) Evaluate(Step step)
    {
        Tensor? total = null;
        var values = new List<(string, Tensor)>();
        foreach (var term in Terms)
        {
            double weight = term.Weight(step.Index);
            if (weight == 0) continue;
            var value = term.Fn(step);
            values.Add((term.Name, value.detach()));
            var weighted = value * weight;
            total = total is null ? weighted : total + weighted;
        }
        return (total ?? throw new InvalidOperationException($"no loss term has a weight at step {step.Index}"), values);
    }
}

/// <summary>Loss terms of the papers.</summary>
public static class LossTerms
{
    /// <summary>The mean squared error of the rendered colours.</summary>
    /// <remarks>NeRF, equation 6, second term.</remarks>
    public static Tensor Rgb(Step step) => step.Render.Error(step.Batch.Rgb, ColorError.Squared);

    /// <summary>The mean squared error of the passes that proposed the samples, added up; 0 where there was none.</summary>
    /// <remarks>NeRF, equation 6, first term.</remarks>
    public static Tensor Coarse(Step step) => step.Render.Proposals.Aggregate(torch.zeros_like(step.Batch.Rgb).sum(), (sum, pass) => sum + F.mse_loss(pass.Color, step.Batch.Rgb));

    /// <summary>Huber's loss of the rendered colours: squared below <c>0.1</c>, linear above.</summary>
    /// <remarks>Instant-NGP's default; divided by 0.1 so that it equals 5 (Δc)² for small errors.</remarks>
    public static Tensor Huber(Step step) => step.Render.Error(step.Batch.Rgb, ColorError.Huber);
}
