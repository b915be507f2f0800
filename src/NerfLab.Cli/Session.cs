using System.Diagnostics;
using NerfLab.Recipes;
using NerfLab.Tasks;
using NerfLab.Training;

namespace NerfLab.Cli;

/// <summary>A training with its folder: log, checkpoints, progress, and all ways to end.</summary>
/// <param name="run">Ready for its next step.</param>
/// <param name="folder">The run folder.</param>
/// <param name="screen">For the progress.</param>
/// <param name="stop">Ends it early.</param>
sealed class Session(Run run, string folder, Screen screen, Interruption stop)
{
    const double Memory = 1.0; // seconds over which shown figures are averaged

    /// <summary>Seconds between checkpoints.</summary>
    public double CheckpointEvery { get; init; } = 30;

    /// <summary>Whether the number of steps is fitted to the time, so that the learning rate reaches its end there. How fast steps are is measured over and over.</summary>
    public bool FitSteps { get; init; }

    /// <summary>Called after every step: the tour takes pictures on the way.</summary>
    public Action<StepReport>? AfterStep { get; init; }

    /// <summary>PSNR of the last steps' rays, decibels.</summary>
    public double Psnr { get; private set; } = double.NaN;

    /// <summary>Trains until a step or a time is reached or the user stops, and saves.</summary>
    /// <param name="until">So many steps in all; with <see cref="FitSteps"/> only until it is known how many fit.</param>
    /// <param name="seconds">Training time of this session.</param>
    /// <exception cref="BadInputException">The loss is not finite, or the folder cannot be written; the last checkpoint stays.</exception>
    public void Train(int until, double seconds)
    {
        using var log = Run.Log(folder);
        var training = run.Training;
        var (first, before, saved) = (training.Done, training.Seconds, Stopwatch.GetTimestamp());
        var marks = new Queue<(double Seconds, int Step)>();
        double next = 0.05;
        bool fitted = !FitSteps;
        var (loss, error, seen, rays, samples, weight, last) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, before);
        screen.Begin();
        foreach (var step in stop.Requested || first >= until ? [] : run.Steps(int.MaxValue - first))
        {
            log.Add(step);
            // Exponential means over time, not over steps: a slow step weighs more.
            double passed = double.Max(step.Seconds - last, 1e-9), keep = double.Exp(-passed / Memory), add = 1 - keep;
            loss = loss * keep + step.Outcome.Losses.Total * add;
            bool pixels = !double.IsNaN(step.Outcome.Psnr); // a distillation makes none in its early stages
            if (pixels) (error, seen) = (error * keep + double.Pow(10, -step.Outcome.Psnr / 10) * add, seen * keep + add);
            rays = rays * keep + step.Outcome.Rays / passed * add;
            samples = samples * keep + step.Outcome.Samples / passed * add;
            (weight, last) = (weight * keep + add, step.Seconds);
            if (seen > 0) Psnr = Metrics.ImageMetrics.PsnrOf(error / seen);

            double spent = step.Seconds - before;
            if (FitSteps && spent >= next * seconds)
            {
                marks.Enqueue((spent, training.Done));
                if (marks.Count > 2) // the first steps look everywhere and say nothing about the others
                {
                    var (then, done) = marks.Count > 4 ? marks.Dequeue() : marks.ElementAt(1);
                    until = training.Done + int.Max(1, (int)((training.Done - done) / (spent - then) * (seconds - spent)));
                    run.Aim(until);
                    fitted = true;
                }
                next = spent / seconds + 0.05;
            }

            double fraction = double.Min(1, double.Max(FitSteps ? 0 : (double)(training.Done - first) / (until - first), spent / seconds));
            screen.Progress("training", fraction, () => FormattableString.Invariant(
                $"{Stage(step)}step {training.Done}{(fitted ? $"/{until}" : "")}  {Shown}  {Screen.Time(spent * (1 / fraction - 1))} left  {Terms(step, loss / weight)}  {Screen.Count(rays / weight)} rays/s  {Screen.Count(samples / weight)} samples/s"));
            AfterStep?.Invoke(step);
            if (stop.Requested || spent >= seconds || training.Done >= until) break;
            if (Stopwatch.GetElapsedTime(saved).TotalSeconds >= CheckpointEvery)
            {
                log.Flush();
                run.Save(folder);
                saved = Stopwatch.GetTimestamp();
            }
        }
        screen.End();
        log.Flush();
        run.Save(folder);
    }

    string Shown => double.IsNaN(Psnr) ? "no pixels yet" : FormattableString.Invariant($"{Psnr:0.00} dB");

    string Stage(StepReport step) => run.Task is Distill task ? $"{task.Stages(step.Index) switch { DistillStage.Features => "features", DistillStage.Samples => "samples", DistillStage.All => "all", _ => "pixels" }}  " : "";

    string Terms(StepReport step, double loss) => run.Task is Distill
        ? string.Join(' ', step.Outcome.Losses.Terms.Select(t => FormattableString.Invariant($"{t.Name} {t.Value:0.0000}")))
        : FormattableString.Invariant($"loss {loss:0.00000}");
}
