using System.Diagnostics;
using NerfLab.Losses;
using NerfLab.Tasks;
using TorchSharp.Modules;

namespace NerfLab.Training;

/// <summary>What a training step reports.</summary>
/// <param name="Index">Number of the step, from 0.</param>
/// <param name="Seconds">Time spent in steps so far, before a resume included.</param>
/// <param name="LearningRate">Of this step.</param>
/// <param name="Outcome">What the task did.</param>
public sealed record StepReport(int Index, double Seconds, double LearningRate, StepOutcome Outcome);

/// <summary>The loop: gradients from an objective, a step of Adam, a report. It knows no task; the caller owns the loop.</summary>
/// <example><c>foreach (var step in training.Steps(500)) if (step.Index % 100 == 0) Console.WriteLine(step.Outcome.Psnr);</c></example>
public sealed class Training
{
    readonly Func<Adam> _optimizer;
    readonly IReadOnlyList<double> _factors;

    /// <summary>Ready for the first step.</summary>
    /// <param name="objective">The task.</param>
    /// <param name="optimizer">Makes Adam over the parameters of <see cref="IObjective.State"/>, always with the same groups; see <see cref="Renew"/>.</param>
    /// <param name="learningRate">Set before each step.</param>
    /// <param name="factors">What it is multiplied by for each of the optimiser's groups of parameters; null for 1.</param>
    public Training(IObjective objective, Func<Adam> optimizer, Schedule learningRate, IReadOnlyList<double>? factors = null)
    {
        (Objective, _optimizer, Optimizer, LearningRate) = (objective, optimizer, optimizer(), learningRate);
        _factors = factors ?? [.. Optimizer.ParamGroups.Select(_ => 1.0)];
    }

    /// <summary>The task.</summary>
    public IObjective Objective { get; }

    /// <summary>The optimiser.</summary>
    public Adam Optimizer { get; private set; }

    /// <summary>Takes the place of the optimiser's own step where it is set: told a parameter with a gradient, its averages, and the learning rate.</summary>
    public Action<Parameter, Adam.State, double>? StepOne { get; init; }

    /// <summary>What pictures are made with in place of the parameters; null for the parameters themselves.</summary>
    public AveragedWeights? Average { get; init; }

    /// <summary>The learning rate of each step.</summary>
    public Schedule LearningRate { get; set; }

    /// <summary>How many steps have been made; also the number of the next one.</summary>
    public int Done { get; internal set; }

    /// <summary>Time spent in steps so far, before a resume included.</summary>
    public double Seconds { get; internal set; }

    /// <summary>Makes the optimiser anew, without memory of earlier steps: for parameters that have got other shapes.</summary>
    public void Renew()
    {
        Optimizer.Dispose();
        Optimizer = _optimizer();
        Average?.Restart();
    }

    /// <summary>
    /// Makes steps as they are enumerated. Tensors that the body of the loop makes are freed when the next step begins, or at
    /// the end of the loop: move what should live longer out of the dispose scope.
    /// </summary>
    /// <param name="count">At most so many; <c>break</c> ends earlier and loses nothing.</param>
    /// <exception cref="InvalidOperationException">The loop's body went on on another thread: dispose scopes belong to one thread, so it must not <c>await</c>.</exception>
    public IEnumerable<StepReport> Steps(int count)
    {
        int thread = Environment.CurrentManagedThreadId;
        for (int i = 0; i < count; i++)
        {
            if (Environment.CurrentManagedThreadId != thread)
                throw new InvalidOperationException("a training loop went on on another thread than it began on: do not await inside it, because dispose scopes belong to one thread");
            using var scope = torch.NewDisposeScope();
            yield return Next();
        }
    }

    StepReport Next()
    {
        long begin = Stopwatch.GetTimestamp();
        double rate = LearningRate(Done);
        foreach (var (group, factor) in Optimizer.ParamGroups.Zip(_factors)) group.LearningRate = rate * factor;
        Objective.State.zero_grad();
        var outcome = Objective.Backward(Done);
        if (!double.IsFinite(outcome.Losses.Total))
            throw new BadInputException($"training: the loss of step {Done} is {outcome.Losses.Total}; a smaller learning rate or another seed may help");
        if (StepOne is null) Optimizer.step();
        else StepEach(StepOne);
        Average?.Step();
        Seconds += Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return new StepReport(Done++, Seconds, rate, outcome);
    }

    void StepEach(Action<Parameter, Adam.State, double> step)
    {
        var states = Optimizer.state_dict().State.Cast<Adam.State>().GetEnumerator(); // in the order of the parameters
        foreach (var group in Optimizer.ParamGroups.Cast<Adam.ParamGroup>())
            foreach (var parameter in group.Parameters)
            {
                states.MoveNext();
                if (parameter.grad is not null) step(parameter, states.Current, group.LearningRate);
            }
    }
}

/// <summary>Learning rates and weights that change from step to step.</summary>
public static class Schedules
{
    /// <summary>Always the same.</summary>
    public static Schedule Constant(double value) => _ => value;

    /// <summary>From <paramref name="first"/> to <paramref name="last"/> in equal ratios over <paramref name="steps"/> steps, then <paramref name="last"/>.</summary>
    /// <remarks>NeRF's decay: rate · 0.1^(step/steps) for last = first/10.</remarks>
    public static Schedule Exponential(double first, double last, int steps) =>
        step => first * double.Pow(last / first, double.Min(1, (double)step / int.Max(steps, 1)));

    /// <summary>From <paramref name="first"/> to <paramref name="last"/> along half a cosine over <paramref name="steps"/> steps, then <paramref name="last"/>.</summary>
    /// <remarks>Loshchilov and Hutter 2017, SGDR, equation 5, without restarts.</remarks>
    public static Schedule Cosine(double first, double last, int steps) =>
        step => last + (first - last) / 2 * (1 + double.Cos(double.Pi * double.Min(1, (double)step / int.Max(steps, 1))));

    /// <summary>A schedule that begins anew at certain steps.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="starts">Numbers of steps, ascending.</param>
    public static Schedule Restarted(this Schedule schedule, IReadOnlyList<int> starts) => step => schedule(step - starts.LastOrDefault(s => s <= step));

    /// <summary>A schedule multiplied by a factor that grows from 0.01 to 1 over the first steps, along a quarter of a sine.</summary>
    /// <remarks>The delay of mip-NeRF and of Plenoxels.</remarks>
    public static Schedule WarmUp(this Schedule schedule, int steps) =>
        step => schedule(step) * (step >= steps ? 1 : 0.01 + 0.99 * double.Sin(double.Pi / 2 * step / steps));
}
