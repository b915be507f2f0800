using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>
/// What a field answers along rays, and what that composites to. Everything is computed when it is first asked for: who
/// wants densities alone pays neither for colours nor for compositing.
/// </summary>
public sealed class RenderedRays
{
    readonly Kernels.Kernels _kernels;
    Tensor? _density, _colors, _geometry, _weights, _opacity, _depth, _color;
    RenderedHead? _head; // where everything behind the encoding was computed at once

    /// <summary>Nothing is asked of the field yet.</summary>
    /// <param name="field">The field.</param>
    /// <param name="samples">Where to ask.</param>
    /// <param name="background">[3] or [R,3]: the colour behind everything.</param>
    /// <param name="kernels">How to composite.</param>
    /// <param name="space">What the samples are coordinates of; null for the world.</param>
    /// <param name="proposals">The earlier passes that chose the samples, if there were any.</param>
    public RenderedRays(IField field, RaySamples samples, Tensor background, Kernels.Kernels kernels, Space? space = null, IReadOnlyList<RenderedRays>? proposals = null) =>
        (Field, Samples, Background, _kernels, Space, Proposals) = (field, samples, background, kernels, space, proposals ?? []);

    /// <summary>The field that answers.</summary>
    public IField Field { get; }

    /// <summary>Where it is asked.</summary>
    public RaySamples Samples { get; }

    /// <summary>[3] or [R,3], the colour behind everything.</summary>
    public Tensor Background { get; }

    /// <summary>What the samples are coordinates of; null for the world.</summary>
    public Space? Space { get; }

    /// <summary>The earlier passes that chose the samples, the first one first (one of the coarse network of NeRF, one for each proposal network).</summary>
    public IReadOnlyList<RenderedRays> Proposals { get; }

    /// <summary>
    /// Whether nothing of single samples will be asked for. Then a decoder of the common form (<see cref="IDecoder.Head"/>) is computed together
    /// with compositing and error; what single samples are asked for all the same is computed anew.
    /// </summary>
    public bool OnlyPixels { get; init; }

    /// <summary>[N], per unit of the samples' distances: the world's unless the rays were mapped into another space.</summary>
    public Tensor Density => _density ??= Field.Density(Placed.Positions);

    /// <summary>[N,3], the colour of each sample.</summary>
    public Tensor Colors
    {
        get
        {
            if (_colors is null)
            {
                var (density, colors) = Field.Query(Placed.Positions, Samples.Directions);
                (_density, _colors) = (_density ?? density, colors);
            }
            return _colors;
        }
    }

    /// <summary>[N,V], what density and colour are made from before the direction enters, see <see cref="IGeometric"/>; neither is computed.</summary>
    /// <exception cref="NotSupportedException">The field has no such vector.</exception>
    public Tensor Geometry => _geometry ??= (Field as IGeometric ?? throw new NotSupportedException("this field has no vector before the direction enters")).Geometry(Placed.Positions);

    /// <summary>[N], w_i = T_i α_i: how much each sample contributes to its ray.</summary>
    public Tensor Weights => _weights ??= _kernels.Weights(Density, Samples);

    /// <summary>[R], Σ w: how much of the light is absorbed, 0 to 1; 0 on rays without samples.</summary>
    public Tensor Opacity => _opacity ??= Rendered?.Opacity ?? Sum(null);

    /// <summary>
    /// [R], opacity times the distance of what was hit, in world units: Σ w t where samples are spread evenly. In other spaces the mean is taken
    /// in the coordinate in which they are, because a little fog far behind would decide it otherwise.
    /// </summary>
    public Tensor Depth => _depth ??= Expected();

    Tensor Expected()
    {
        var place = Rendered?.Place ?? Sum(Places);
        if (Space is null or BoundedSpace) return place;
        var mean = place / Opacity.clamp_min(1e-6);
        return Space.Distance(Samples.Rays, Space.Spacing.Distance(mean)) * Opacity;
    }

    /// <summary>[R,3], Σ w c in front of the background.</summary>
    public Tensor Color
    {
        get
        {
            if (_color is null && Rendered is { } rendered) _color = rendered.Color;
            if (_color is null)
            {
                _ = Colors; // asked first: it gives the densities as well
                _color = VolumeRendering.Over(Sum(Colors), Opacity, Background);
            }
            return _color;
        }
    }

    /// <summary>[N], where samples lie in the coordinate in which the mean of their depth is taken.</summary>
    Tensor Places => Space is null or BoundedSpace ? Samples.T : Space.Spacing.Coordinate(Samples.T);

    /// <summary>The pixels by the kernel that does everything at once, where nothing more is wanted, gradients included; else null.</summary>
    RenderedHead? Rendered
    {
        get
        {
            if (_head is null && !torch.is_grad_enabled() && Head is { } head)
            {
                var (features, thickness) = ((EncodedField)Field).Along(Placed);
                _head = _kernels.RenderHead(features, thickness, head, Samples, Places, Background);
            }
            return torch.is_grad_enabled() ? null : _head;
        }
    }

    RadianceHead? Head => OnlyPixels && _density is null && _color is null ? (Field as EncodedField)?.Head(Samples.Rays.World.Directions) : null;

    /// <summary>How far the colours are from what was photographed, a scalar with gradient.</summary>
    /// <param name="target">[R,3].</param>
    /// <param name="error">How they are compared.</param>
    public Tensor Error(Tensor target, ColorError error)
    {
        if (Head is not { } head) return error.Between(Color, target);
        var (features, thickness) = ((EncodedField)Field).Along(Placed);
        (var value, _head) = _kernels.CompareHead(features, thickness, head, Samples, Places, Background, target, error);
        return value;
    }

    /// <summary>The pixels without gradient, computed once however many ask for them.</summary>
    public (Tensor Color, Tensor Opacity) Seen => _head is { } head ? (head.Color, head.Opacity) : (Color.detach(), Opacity.detach());

    /// <summary>The same samples, asked of another field.</summary>
    /// <param name="other">The field.</param>
    /// <param name="onlyPixels">See <see cref="OnlyPixels"/>.</param>
    public RenderedRays Of(IField other, bool onlyPixels = false) => new(other, Samples, Background, _kernels, Space) { OnlyPixels = onlyPixels };

    /// <summary>The same for some of the samples: what the field has answered about these stays, the pixels are composited anew.</summary>
    /// <param name="kept">[M], 64-bit integers, ascending: numbers of samples.</param>
    /// <param name="samples">These samples.</param>
    internal RenderedRays Part(Tensor kept, RaySamples samples) => new(Field, samples, Background, _kernels, Space)
    {
        _density = _density?.index_select(0, kept), _colors = _colors?.index_select(0, kept), _geometry = _geometry?.index_select(0, kept),
    };

    /// <summary>What a field has answered before, in place of asking it again.</summary>
    /// <param name="density">[N].</param>
    /// <param name="colors">[N,3].</param>
    internal RenderedRays Answered(Tensor density, Tensor colors) => new(Field, Samples, Background, _kernels, Space) { _density = density, _colors = colors };

    /// <summary>The same in front of another colour; what has been computed of it stays.</summary>
    internal RenderedRays Over(Tensor background) => new(Field, Samples, background, _kernels, Space, Proposals)
    {
        OnlyPixels = OnlyPixels, _density = _density, _colors = _colors, _weights = _weights, _opacity = _opacity, _depth = _depth,
    };

    /// <summary>The samples with places that the kernels have computed: samplers need not know any.</summary>
    RaySamples Placed
    {
        get
        {
            if (!Samples.ArePlaced) Samples.Place(_kernels.PlaceSamples(Samples));
            return Samples;
        }
    }

    Tensor Sum(Tensor? values) => _kernels.Accumulate(Weights, values, Samples);
}
