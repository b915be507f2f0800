using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Rendering;

namespace NerfLab.Losses;

/// <summary>What a loss term can look at: one training step.</summary>
/// <param name="Index">Number of the step, from 0.</param>
/// <param name="Batch">The rays and what was photographed along them.</param>
/// <param name="Render">What the trained field renders along them; nothing is computed before it is asked for.</param>
public sealed record Step(int Index, Batch Batch, RenderedRays Render)
{
    readonly Dictionary<IField, RenderedRays> _others = [];

    /// <summary>Another field on the same samples, without gradient, asked once per step however many terms want it.</summary>
    public RenderedRays Of(IField other)
    {
        if (_others.TryGetValue(other, out var rendered)) return rendered;
        return _others[other] = Render.Of(new Frozen(other));
    }

    /// <summary>A field that passes no gradient on.</summary>
    sealed class Frozen(IField field) : IField
    {
        public Radiance Query(Tensor x, Tensor d)
        {
            using var noGradient = torch.no_grad();
            return field.Query(x, d);
        }

        public Tensor Density(Tensor x)
        {
            using var noGradient = torch.no_grad();
            return field.Density(x);
        }
    }
}
