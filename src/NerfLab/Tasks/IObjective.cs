using NerfLab.Losses;

namespace NerfLab.Tasks;

/// <summary>What one training step did.</summary>
/// <param name="Losses">The loss terms.</param>
/// <param name="Psnr">Of the rays of this step against what was photographed, or against what a teacher renders, in decibels; NaN where no pixels were made.</param>
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

/// <summary>An objective that trains one field of the library: what a run can hold.</summary>
public interface IFieldTask : IObjective
{
    /// <summary>What to make small.</summary>
    LossSet Losses { get; set; }

    /// <summary>How many planned changes of its shape the field has been through: a checkpoint has to know.</summary>
    int Grown { get; set; }
}
