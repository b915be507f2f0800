using System.Numerics;
using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Planes times lines: f = concat_m P_m(x) ∘ v_m(x), with the components of density summed up.</summary>
/// <remarks>
/// TensoRF, equation 4; ZeroRF's representation is this one without components of density. Tensors may be parameters, which
/// are then trained as part of this module, or may have been computed by a network. Density and appearance share a tensor, the
/// channels of density coming first, so that both need one walk through memory.
/// </remarks>
public sealed class VmEncoding : nn.Module, IEncoding, IFactored, IResizable, ICroppable
{
    readonly Tensor[] _planes, _lines;
    readonly PlaneAxes[] _planeAxes;
    readonly int[] _lineAxes;
    readonly int _density;
    readonly PlaneConvention _convention;
    readonly Kernels.Kernels _kernels;

    /// <summary>TensoRF's planes: xy, xz, yz.</summary>
    public static IReadOnlyList<PlaneAxes> TensorfPlanes { get; } = [new(0, 1), new(0, 2), new(1, 2)];

    /// <summary>The lines that go with <see cref="TensorfPlanes"/>: z, y, x.</summary>
    public static IReadOnlyList<int> TensorfLines { get; } = [2, 1, 0];

    /// <summary>An encoding over planes and lines.</summary>
    /// <param name="planes">M tensors [C,H,W].</param>
    /// <param name="lines">M tensors [C,L].</param>
    /// <param name="planeAxes">M pairs: which coordinates run along width and height.</param>
    /// <param name="lineAxes">M numbers: which coordinate runs along the line.</param>
    /// <param name="densityChannels">So many first channels of each mode are summed up to the first feature; 0 leaves all channels as features.</param>
    /// <param name="convention">Where texels lie.</param>
    /// <param name="kernels">The operations to use; null for the reference.</param>
    public VmEncoding(IReadOnlyList<Tensor> planes, IReadOnlyList<Tensor> lines, IReadOnlyList<PlaneAxes> planeAxes, IReadOnlyList<int> lineAxes, int densityChannels, PlaneConvention convention,
        Kernels.Kernels? kernels = null) : base(nameof(VmEncoding))
    {
        (_planes, _lines, _planeAxes, _lineAxes) = ([.. planes], [.. lines], [.. planeAxes], [.. lineAxes]);
        (_density, _convention, _kernels) = (densityChannels, convention, kernels ?? Kernels.Kernels.Reference);
        if (_lines.Length != _planes.Length || _planeAxes.Length != _planes.Length || _lineAxes.Length != _planes.Length)
            throw new ArgumentException($"lines, planeAxes, lineAxes: expected {_planes.Length} of each, as there are planes, got {_lines.Length}, {_planeAxes.Length}, {_lineAxes.Length}");
        for (int m = 0; m < _planes.Length; m++)
        {
            long channels = Guard.Shape(_planes[m], [-1, -1, -1]).shape[0];
            Guard.Shape(_lines[m], [channels, -1]);
            if (_planes[m] is Parameter plane) register_parameter($"plane{m}", plane);
            if (_lines[m] is Parameter line) register_parameter($"line{m}", line);
            Features += (int)channels - densityChannels;
        }
        if (densityChannels > 0) Features++;
    }

    /// <inheritdoc/>
    public int Features { get; }

    Tensor Plane(int mode) => get_parameter($"plane{mode}") ?? _planes[mode];

    Tensor Line(int mode) => get_parameter($"line{mode}") ?? _lines[mode];

    /// <inheritdoc/>
    public Tensor Encode(Tensor u) => Encode(u, t => t);

    /// <inheritdoc/>
    public Tensor EncodeDensity(Tensor u) => _density == 0 ? Encode(u) : Encode(u, t => t.narrow(0, 0, _density));

    Tensor Encode(Tensor u, Func<Tensor, Tensor> part) =>
        _kernels.VmFeatures([.. _planes.Select((_, m) => part(Plane(m)))], [.. _lines.Select((_, m) => part(Line(m)))], u * 2 - 1, _planeAxes, _lineAxes, _density, _convention);

    /// <inheritdoc/>
    public IEnumerable<Factor> Factors => Enumerable.Range(0, _planes.Length).SelectMany(m => new[] { Plane(m), Line(m) }).SelectMany(f => CpEncoding.Split(f, _density));

    /// <inheritdoc/>
    public void Resize(Box bounds, int resolution)
    {
        var nodes = Planes.Resolutions(bounds, resolution);
        Reshape((plane, a) => Planes.Resample(plane, [nodes[a.Down], nodes[a.Across]], _convention.AlignCorners), (line, a) => Planes.Resample(line, [nodes[a]], _convention.AlignCorners));
    }

    /// <inheritdoc/>
    public VoxelLayout? Nodes => _convention.AlignCorners ? Tensorf.Lattice(Sizes(m => (Plane(m).shape, Line(m).shape))) : null;

    /// <inheritdoc/>
    public (Vector3 Low, Vector3 High) Crop(Vector3 low, Vector3 high)
    {
        var part = (Nodes ?? throw new InvalidOperationException("these planes and lines cannot be cut")).Around(low, high);
        Reshape((plane, a) => part.Narrow(plane, (1, a.Down), (2, a.Across)), (line, a) => part.Narrow(line, (1, a)));
        return (part.Low, part.High);
    }

    void Reshape(Func<Tensor, PlaneAxes, Tensor> plane, Func<Tensor, int, Tensor> line)
    {
        using var scope = torch.NewDisposeScope();
        for (int m = 0; m < _planes.Length; m++)
        {
            this.Trained($"plane{m}").Become(plane(Plane(m).detach(), _planeAxes[m]));
            this.Trained($"line{m}").Become(line(Line(m).detach(), _lineAxes[m]));
        }
    }

    /// <inheritdoc/>
    public string? Misfit(Func<string, long[]> shape, Func<string, Tensor> read)
    {
        for (int m = 0; m < _planes.Length; m++)
        {
            long channels = Plane(m).shape[0];
            if (shape($"plane{m}") is not [var c, _, _] || c != channels) return $"plane{m} has shape [{string.Join(',', shape($"plane{m}"))}] where [{channels},height,width] is expected";
            if (shape($"line{m}") is not [var d, _] || d != channels) return $"line{m} has shape [{string.Join(',', shape($"line{m}"))}] where [{channels},length] is expected";
        }
        return Tensorf.Lattice(Sizes(m => (shape($"plane{m}"), shape($"line{m}")))) is null ? "planes and lines have different lengths along the same axis" : null;
    }

    IEnumerable<(int Axis, long Nodes)> Sizes(Func<int, (long[] Plane, long[] Line)> shapes)
    {
        for (int m = 0; m < _planes.Length; m++)
        {
            var (plane, line) = shapes(m);
            yield return (_planeAxes[m].Down, plane[1]);
            yield return (_planeAxes[m].Across, plane[2]);
            yield return (_lineAxes[m], line[1]);
        }
    }
}
