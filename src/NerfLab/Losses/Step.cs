using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Rendering;

namespace NerfLab.Losses;

/// <summary>What a loss term can look at: one training step.</summary>
/// <param name="Index">Number of the step, from 0.</param>
/// <param name="Batch">The rays and what was photographed, or rendered by a teacher, along them.</param>
/// <param name="Render">What the trained field renders along them; nothing is computed before it is asked for.</param>
public sealed record Step(int Index, Batch Batch, RenderedRays Render)
{
    readonly Dictionary<IField, RenderedRays> _others = [];

    /// <summary>Another field on the same samples, without gradient, asked once per step however many terms want it.</summary>
    public RenderedRays Of(IField other)
    {
        if (_others.TryGetValue(other, out var rendered)) return rendered;
        return _others[other] = Render.Of(other.Frozen());
    }

    /// <summary>With what another field has answered on these samples already.</summary>
    /// <param name="other">The field.</param>
    /// <param name="rendered">On the samples of <see cref="Render"/>, without gradient.</param>
    public Step Knowing(IField other, RenderedRays rendered)
    {
        if (rendered.Samples != Render.Samples) throw new ArgumentException("rendered: expected to have the samples of this step");
        _others[other] = rendered;
        return this;
    }
}
