using NerfLab.Losses;
using NerfLab.Math;
using NerfLab.Tasks;
using NerfLab.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>From an optimiser as data to a training.</summary>
static class Optimizers
{
    /// <summary>The learning rate of each step of a training of so many.</summary>
    /// <param name="o">The optimiser.</param>
    /// <param name="steps">Of the whole training.</param>
    /// <param name="restarts">Steps at which it begins anew, ascending.</param>
    public static Schedule Rate(this OptimizerSpec o, int steps, params IReadOnlyList<int> restarts) => (o.Decay == RateDecay.Cosine
        ? Schedules.Cosine(o.LearningRate, o.FinalLearningRate, steps) : Schedules.Exponential(o.LearningRate, o.FinalLearningRate, steps)).Restarted(restarts).WarmUp(o.WarmUp);

    /// <summary>A training before its first step. Parameters that need no gradient are left alone.</summary>
    /// <param name="o">The optimiser.</param>
    /// <param name="task">What is trained.</param>
    /// <param name="rate">The learning rate of each step.</param>
    /// <param name="kernels">The operations to use.</param>
    /// <exception cref="BadInputException">A factor is out of range or names no parameter.</exception>
    public static Training.Training Train(this OptimizerSpec o, IObjective task, Schedule rate, Kernels.Kernels kernels)
    {
        var factors = o.Factors ?? new LearningRateFactors();
        var named = task.State.named_parameters().Where(p => p.parameter.requires_grad).ToList();
        factors.Check([.. named.Select(p => p.name)]);
        var groups = named.GroupBy(p => factors.For(p.name), p => p.parameter).ToList(); // one for each factor on the learning rate
        return new Training.Training(task, Adam, rate, [.. groups.Select(g => g.Key)])
        {
            StepOne = o.OnlyTouched ? StepTouched : null,
            Average = o.Averaging > 0 ? new AveragedWeights(named.Select(p => (p.name, p.parameter)), o.Averaging, kernels.MoveAverage) : null,
        };

        Adam Adam() => optim.Adam(groups.Select(g => new Adam.ParamGroup(g, o.LearningRate, o.Beta1, o.Beta2, o.Epsilon)), o.LearningRate, o.Beta1, o.Beta2, o.Epsilon);

        void StepTouched(Parameter parameter, Adam.State state, double r) =>
            kernels.StepRows(parameter, parameter.grad!, state.exp_avg, state.exp_avg_sq, new AdamNumbers(r, o.Beta1, o.Beta2, o.Epsilon, ++state.step));
    }
}
