using NerfLab.Fields;

namespace NerfLab.Rendering;

/// <summary>
/// What a field answers along rays, and what that composites to. Everything is computed when it is first asked for: who
/// wants densities alone pays neither for colours nor for compositing.
/// </summary>
public sealed class RenderedRays
{
    readonly Kernels.Kernels _kernels;
    Tensor? _density, _colors, _weights, _opacity, _depth, _color;

    /// <summary>Nothing is asked of the field yet.</summary>
    /// <param name="field">The field.</param>
    /// <param name="samples">Where to ask.</param>
    /// <param name="background">[3] or [R,3]: the colour behind everything.</param>
    /// <param name="kernels">How to composite.</param>
    /// <param name="proposal">The earlier pass that chose the samples, if there was one.</param>
    public RenderedRays(IField field, RaySamples samples, Tensor background, Kernels.Kernels kernels, RenderedRays? proposal = null) =>
        (Field, Samples, Background, _kernels, Proposal) = (field, samples, background, kernels, proposal);

    /// <summary>The field that answers.</summary>
    public IField Field { get; }

    /// <summary>Where it is asked.</summary>
    public RaySamples Samples { get; }

    /// <summary>[3] or [R,3], the colour behind everything.</summary>
    public Tensor Background { get; }

    /// <summary>The earlier pass that chose the samples (the coarse network of NeRF), or null.</summary>
    public RenderedRays? Proposal { get; }

    /// <summary>[N], per world unit.</summary>
    public Tensor Density => _density ??= Field.Density(Samples.Positions);

    /// <summary>[N,3], the colour of each sample.</summary>
    public Tensor Colors
    {
        get
        {
            if (_colors is null)
            {
                var (density, colors) = Field.Query(Samples.Positions, Samples.Directions);
                (_density, _colors) = (_density ?? density, colors);
            }
            return _colors;
        }
    }

    /// <summary>[N], w_i = T_i α_i: how much each sample contributes to its ray.</summary>
    public Tensor Weights => _weights ??= _kernels.Weights(Density, Samples.Deltas, Samples.Offsets, Samples.RayIndex);

    /// <summary>[R], Σ w: how much of the light is absorbed, 0 to 1; 0 on rays without samples.</summary>
    public Tensor Opacity => _opacity ??= Sum(torch.ones_like(Samples.T));

    /// <summary>[R], Σ w t, in world units; divided by <see cref="Opacity"/> it is the expected distance of what was hit.</summary>
    public Tensor Depth => _depth ??= Sum(Samples.T);

    /// <summary>[R,3], Σ w c in front of the background.</summary>
    public Tensor Color
    {
        get
        {
            if (_color is null)
            {
                _ = Colors; // asked first: it gives the densities as well
                _color = Math.VolumeRendering.Over(Sum(Colors), Opacity, Background);
            }
            return _color;
        }
    }

    /// <summary>The same samples, asked of another field.</summary>
    public RenderedRays Of(IField other) => new(other, Samples, Background, _kernels);

    Tensor Sum(Tensor values) => _kernels.Accumulate(Weights, values, Samples.RayIndex, Samples.Rays.Count);
}
