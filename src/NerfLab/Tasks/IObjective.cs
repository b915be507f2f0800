using NerfLab.Losses;

namespace NerfLab.Tasks;

/// <summary>What one training step did.</summary>
/// <param name="Losses">The loss terms.</param>
/// <param name="Psnr">Of the rays of this step against what was photographed, in decibels.</param>
/// <param name="Rays">How many rays were drawn.</param>
/// <param name="Samples">How often the field was asked along them.</param>
public sealed record StepOutcome(LossValues Losses, double Psnr, long Rays, long Samples);

/// <summary>Turns a step into gradients. The training loop knows nothing else of a task.</summary>
public interface IObjective
{
    /// <summary>Computes the loss of a step and leaves its gradients in the parameters.</summary>
    /// <param name="step">From 0.</param>
    StepOutcome Backward(int step);

    /// <summary>Everything that is trained or remembered from step to step; what a checkpoint has to hold.</summary>
    nn.Module State { get; }
}
