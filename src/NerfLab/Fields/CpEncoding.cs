using System.Numerics;
using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Products of three lines: f = v^x(x) ∘ v^y(y) ∘ v^z(z), with the components of density summed up.</summary>
/// <remarks>TensoRF, equation 2. Tensors may be parameters, or may have been computed by a network.</remarks>
public sealed class CpEncoding : nn.Module, IEncoding, IFactored, IResizable, ICroppable
{
    readonly Tensor[] _lines;
    readonly int _density;
    readonly PlaneConvention _convention;
    readonly Kernels.Kernels _kernels;

    /// <summary>An encoding over lines.</summary>
    /// <param name="lines">Three tensors [C,L], for x, y and z.</param>
    /// <param name="densityChannels">So many first channels are summed up to the first feature; 0 leaves all channels as features.</param>
    /// <param name="convention">Where texels lie.</param>
    /// <param name="kernels">The operations to use; null for the reference.</param>
    public CpEncoding(IReadOnlyList<Tensor> lines, int densityChannels, PlaneConvention convention, Kernels.Kernels? kernels = null) : base(nameof(CpEncoding))
    {
        (_lines, _density, _convention, _kernels) = ([.. lines], densityChannels, convention, kernels ?? Kernels.Kernels.Reference);
        if (_lines.Length != 3) throw new ArgumentException($"lines: expected 3, for x, y and z, got {_lines.Length}");
        long channels = _lines[0].shape[0];
        for (int a = 0; a < 3; a++)
        {
            Guard.Shape(_lines[a], [channels, -1]);
            if (_lines[a] is Parameter line) register_parameter($"line{a}", line);
        }
        Features = (int)channels - densityChannels + (densityChannels > 0 ? 1 : 0);
    }

    /// <inheritdoc/>
    public int Features { get; }

    Tensor Line(int axis) => get_parameter($"line{axis}") ?? _lines[axis];

    /// <inheritdoc/>
    public Tensor Encode(Tensor u) => Encode(u, t => t);

    /// <inheritdoc/>
    public Tensor EncodeDensity(Tensor u) => _density == 0 ? Encode(u) : Encode(u, t => t.narrow(0, 0, _density));

    Tensor Encode(Tensor u, Func<Tensor, Tensor> part) => _kernels.CpFeatures([.. Enumerable.Range(0, 3).Select(a => part(Line(a)))], u * 2 - 1, _density, _convention);

    /// <inheritdoc/>
    public IEnumerable<Factor> Factors => Enumerable.Range(0, 3).SelectMany(a => Split(Line(a), _density));

    /// <inheritdoc/>
    public void Resize(Box bounds, int resolution)
    {
        var nodes = Planes.Resolutions(bounds, resolution);
        Reshape((line, a) => Planes.Resample(line, [nodes[a]], _convention.AlignCorners));
    }

    /// <inheritdoc/>
    public VoxelLayout? Nodes => _convention.AlignCorners ? Tensorf.Lattice(Enumerable.Range(0, 3).Select(a => (a, Line(a).shape[1]))) : null;

    /// <inheritdoc/>
    public (Vector3 Low, Vector3 High) Crop(Vector3 low, Vector3 high)
    {
        var part = (Nodes ?? throw new InvalidOperationException("these lines cannot be cut")).Around(low, high);
        Reshape((line, a) => part.Narrow(line, (1, a)));
        return (part.Low, part.High);
    }

    void Reshape(Func<Tensor, int, Tensor> line)
    {
        using var scope = torch.NewDisposeScope();
        for (int a = 0; a < 3; a++) this.Trained($"line{a}").Become(line(Line(a).detach(), a));
    }

    /// <inheritdoc/>
    public string? Misfit(Func<string, long[]> shape, Func<string, Tensor> read)
    {
        for (int a = 0; a < 3; a++)
            if (shape($"line{a}") is not [var channels, >= 2] || channels != Line(a).shape[0])
                return $"line{a} has shape [{string.Join(',', shape($"line{a}"))}] where [{Line(a).shape[0]},length] is expected";
        return null;
    }

    /// <summary>The channels of density and the others of a plane or a line; one factor where they are the same.</summary>
    internal static IEnumerable<Factor> Split(Tensor factor, int density)
    {
        if (density == 0) return [new Factor(factor, true)];
        return [new Factor(factor.narrow(0, 0, density), true), new Factor(factor.narrow(0, density, factor.shape[0] - density), false)];
    }
}
