using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Square planes of features, at one or several resolutions.</summary>
/// <remarks>
/// The tensors may be parameters, which are then trained as part of this module, or may have been computed by a network: the
/// encoding then has no parameters and gradients go to that network.
/// </remarks>
public sealed class PlaneEncoding : nn.Module, IEncoding, IFactored, IResizable
{
    readonly Tensor[] _levels;
    readonly PlaneAxes[] _axes;
    readonly PlaneConvention _convention;
    readonly Kernels.Kernels _kernels;

    /// <summary>An encoding over planes.</summary>
    /// <param name="levels">Each [P,C,H,W]; sizes may differ from level to level.</param>
    /// <param name="axes">P pairs: which coordinates run along width and height.</param>
    /// <param name="aggregation">How the planes of a level become one vector.</param>
    /// <param name="convention">Where texels lie.</param>
    /// <param name="kernels">The operations to use; null for the reference.</param>
    public PlaneEncoding(IReadOnlyList<Tensor> levels, IReadOnlyList<PlaneAxes> axes, PlaneAggregation aggregation, PlaneConvention convention, Kernels.Kernels? kernels = null)
        : base(nameof(PlaneEncoding))
    {
        (_levels, _axes, Aggregation, _convention, _kernels) = ([.. levels], [.. axes], aggregation, convention, kernels ?? Kernels.Kernels.Reference);
        for (int l = 0; l < _levels.Length; l++)
        {
            Guard.Shape(_levels[l], [_axes.Length, -1, -1, -1]);
            if (_levels[l] is Parameter parameter) register_parameter($"planes{l}", parameter);
        }
        Features = _levels.Sum(p => (int)p.shape[1]) * (aggregation == PlaneAggregation.Concat ? _axes.Length : 1);
    }

    /// <summary>How the planes of a level become one vector.</summary>
    public PlaneAggregation Aggregation { get; }

    /// <inheritdoc/>
    public int Features { get; }

    /// <summary>The planes of a level, [P,C,H,W].</summary>
    public Tensor Level(int level) => get_parameter($"planes{level}") ?? _levels[level];

    /// <inheritdoc/>
    public Tensor Encode(Tensor u) => _kernels.PlaneFeatures([.. _levels.Select((_, l) => Level(l))], u * 2 - 1, _axes, Aggregation, _convention);

    /// <inheritdoc/>
    public IEnumerable<Factor> Factors => Enumerable.Range(0, _levels.Length).SelectMany(l => Level(l).unbind(0)).Select(p => new Factor(p, true));

    /// <summary>Resamples all planes; the last level gets the resolution, the others keep their ratio to it.</summary>
    /// <inheritdoc/>
    public void Resize(Box bounds, int resolution)
    {
        using var scope = torch.NewDisposeScope();
        long finest = Level(_levels.Length - 1).shape[^1];
        for (int l = 0; l < _levels.Length; l++)
        {
            var level = this.Trained($"planes{l}");
            long[] size = [Scaled(level.shape[2]), Scaled(level.shape[3])];
            level.Become(Planes.Resample(level.detach(), size, _convention.AlignCorners));
        }

        long Scaled(long texels) => long.Max(2, (long)double.Round((double)texels * resolution / finest));
    }

    /// <inheritdoc/>
    public string? Misfit(Func<string, long[]> shape, Func<string, Tensor> read)
    {
        for (int l = 0; l < _levels.Length; l++)
            if (shape($"planes{l}") is not [var planes, var channels, >= 2, >= 2] || planes != Level(l).shape[0] || channels != Level(l).shape[1])
                return $"planes{l} has shape [{string.Join(',', shape($"planes{l}"))}] where [{Level(l).shape[0]},{Level(l).shape[1]},height,width] is expected";
        return null;
    }

    /// <summary>Untrained planes.</summary>
    /// <remarks>
    /// Products start between 0.1 and 0.5, as in K-Planes (Fridovich-Keil et al. 2023), so that no factor is near 0; else
    /// 0.1 times the normal distribution, as in TensoRF.
    /// </remarks>
    internal static Parameter Untrained(int planes, int channels, int resolution, PlaneAggregation aggregation, torch.Generator random)
    {
        long[] shape = [planes, channels, resolution, resolution];
        return nn.Parameter(aggregation == PlaneAggregation.Product ? torch.rand(shape, generator: random) * 0.4 + 0.1 : torch.randn(shape, generator: random) * 0.1);
    }
}
