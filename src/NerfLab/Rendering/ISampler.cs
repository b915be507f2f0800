using NerfLab.Fields;

namespace NerfLab.Rendering;

/// <summary>The samples of a bundle of rays, and the passes that were rendered to choose them.</summary>
/// <param name="Samples">Where to ask the field.</param>
/// <param name="Proposals">The earlier passes, the first one first; empty when the samples were chosen without any.</param>
public readonly record struct Sampled(RaySamples Samples, params IReadOnlyList<RenderedRays> Proposals);

/// <summary>Decides where along rays a field is asked. A sampler with state or with a network of its own is also a module.</summary>
public interface ISampler
{
    /// <summary>Samples for rays.</summary>
    /// <param name="rays">R rays, in the coordinates of the space.</param>
    /// <param name="field">The field that will be asked.</param>
    /// <param name="random">Draws the jitter of training; null for the fixed places of evaluation.</param>
    Sampled Sample(Rays rays, IField field, torch.Generator? random);

    /// <summary>Called before each training step: a chance to learn from the field where it is empty.</summary>
    /// <param name="field">The field as it is now.</param>
    /// <param name="step">Number of the coming step, from 0.</param>
    /// <param name="random">Draws what has to be drawn.</param>
    void Update(IField field, int step, torch.Generator random) { }
}
