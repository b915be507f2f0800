using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>TensoRF, vector-matrix: the volume as a sum of planes times lines.</summary>
/// <remarks>Chen et al. 2022, TensoRF, equations 3 and 4. The defaults are VM-192 of its synthetic scenes at full resolution.</remarks>
/// <param name="Resolution">Nodes along each side of a cube; in other boxes as many voxels in all.</param>
/// <param name="DensityRank">Components of density per mode.</param>
/// <param name="AppearanceRank">Components of appearance per mode.</param>
public sealed record TensorfVmSpec(int Resolution = 300, int DensityRank = 16, int AppearanceRank = 48) : FieldSpec
{
    /// <summary>From components to density and colour.</summary>
    public FeatureMlpSpec Decoder { get; init; } = new();

    /// <summary>A size that a laptop trains in a minute: reduced resolution, ranks and network.</summary>
    public static TensorfVmSpec Small { get; } = new(64, 4, 8) { Decoder = new FeatureMlpSpec(Appearance: 12, Width: 32, FeatureFrequencies: 1, DirectionFrequencies: 1) };

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null)
    {
        Tensorf.Check("tensorf-vm", Resolution, DensityRank, AppearanceRank);
        var nodes = Planes.Resolutions(bounds, Resolution);
        long channels = DensityRank + AppearanceRank;
        var planes = VmEncoding.TensorfPlanes.Select(a => nn.Parameter(torch.randn([channels, nodes[a.Down], nodes[a.Across]], generator: random) * 0.1)).ToList();
        var lines = VmEncoding.TensorfLines.Select(a => nn.Parameter(torch.randn([channels, nodes[a]], generator: random) * 0.1)).ToList();
        var encoding = new VmEncoding(planes, lines, VmEncoding.TensorfPlanes, VmEncoding.TensorfLines, DensityRank, Tensorf.Convention);
        return new EncodedField(bounds, encoding, new FeatureMlpDecoder(Decoder, encoding.Features, firstIsDensity: true, random));
    }
}

/// <summary>TensoRF, CANDECOMP/PARAFAC: the volume as a sum of products of three lines.</summary>
/// <remarks>Chen et al. 2022, TensoRF, equations 2 and 5. The defaults are CP-384 of its synthetic scenes at full resolution.</remarks>
/// <param name="Resolution">Nodes along each side of a cube; in other boxes as many voxels in all.</param>
/// <param name="DensityRank">Components of density.</param>
/// <param name="AppearanceRank">Components of appearance.</param>
public sealed record TensorfCpSpec(int Resolution = 500, int DensityRank = 96, int AppearanceRank = 288) : FieldSpec
{
    /// <summary>From components to density and colour.</summary>
    public FeatureMlpSpec Decoder { get; init; } = new();

    /// <summary>A size that a laptop trains in a minute: reduced resolution, ranks and network. It starts less empty, because products of three small numbers take long to grow.</summary>
    public static TensorfCpSpec Small { get; } = new(96, 12, 24) { Decoder = new FeatureMlpSpec(Appearance: 12, Width: 32, FeatureFrequencies: 1, DirectionFrequencies: 1, DensityScale: 300) };

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null)
    {
        Tensorf.Check("tensorf-cp", Resolution, DensityRank, AppearanceRank);
        long channels = DensityRank + AppearanceRank;
        var lines = Planes.Resolutions(bounds, Resolution).Select(n => nn.Parameter(torch.randn([channels, n], generator: random) * 0.2)).ToList();
        var encoding = new CpEncoding(lines, DensityRank, Tensorf.Convention);
        return new EncodedField(bounds, encoding, new FeatureMlpDecoder(Decoder, encoding.Features, firstIsDensity: true, random));
    }
}

/// <summary>What both kinds of TensoRF share.</summary>
static class Tensorf
{
    public static PlaneConvention Convention => new(AlignCorners: true, PlanePadding.Zeros);

    public static void Check(string kind, int resolution, int density, int appearance)
    {
        if (resolution < 2 || density < 1 || appearance < 1)
            throw new BadInputException($"field {kind}: resolution {resolution}, densityRank {density}, appearanceRank {appearance}; at least 2, 1 and 1 are expected");
    }

    /// <summary>The first feature is the sum of the components of density, [N,G]; those of appearance, [N,A], follow.</summary>
    public static Tensor Split(Tensor density, Tensor appearance) => torch.cat([density.sum(-1, keepdim: true), appearance], -1);
}

/// <summary>Planes times lines: f = concat_m P_m(x) ∘ v_m(x), with the components of density summed up.</summary>
/// <remarks>
/// TensoRF, equation 4; ZeroRF's representation is this one without components of density. Tensors may be parameters, which
/// are then trained as part of this module, or may have been computed by a network. Density and appearance share a tensor, the
/// channels of density coming first, so that both need one walk through memory.
/// </remarks>
public sealed class VmEncoding : nn.Module, IEncoding, IFactored
{
    readonly Tensor[] _planes, _lines;
    readonly PlaneAxes[] _planeAxes;
    readonly int[] _lineAxes;
    readonly int _density;
    readonly PlaneConvention _convention;

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
    public VmEncoding(IReadOnlyList<Tensor> planes, IReadOnlyList<Tensor> lines, IReadOnlyList<PlaneAxes> planeAxes, IReadOnlyList<int> lineAxes, int densityChannels, PlaneConvention convention)
        : base(nameof(VmEncoding))
    {
        (_planes, _lines, _planeAxes, _lineAxes, _density, _convention) = ([.. planes], [.. lines], [.. planeAxes], [.. lineAxes], densityChannels, convention);
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
    public Tensor Encode(Tensor u)
    {
        var modes = _planes.Select((_, m) => Mode(u, m, Plane(m), Line(m))).ToList();
        if (_density == 0) return torch.cat(modes, -1);
        return Tensorf.Split(torch.cat([.. modes.Select(f => f.narrow(1, 0, _density))], -1), torch.cat([.. modes.Select(f => f.narrow(1, _density, f.shape[1] - _density))], -1));
    }

    /// <inheritdoc/>
    public Tensor EncodeDensity(Tensor u) => _density == 0
        ? Encode(u)
        : torch.cat([.. _planes.Select((_, m) => Mode(u, m, Plane(m).narrow(0, 0, _density), Line(m).narrow(0, 0, _density)))], -1).sum(-1, keepdim: true);

    /// <summary>P_m(x) ∘ v_m(x), [N,C].</summary>
    Tensor Mode(Tensor u, int mode, Tensor plane, Tensor line)
    {
        var x = u * 2 - 1;
        return (Planes.Bilinear(plane.unsqueeze(0), x, [_planeAxes[mode]], _convention) * Planes.Linear(line.unsqueeze(0), x, [_lineAxes[mode]], _convention)).squeeze(0);
    }

    /// <inheritdoc/>
    public IEnumerable<Factor> Factors => Enumerable.Range(0, _planes.Length).SelectMany(m => new[] { Plane(m), Line(m) }).SelectMany(f => CpEncoding.Split(f, _density));
}

/// <summary>Products of three lines: f = v^x(x) ∘ v^y(y) ∘ v^z(z), with the components of density summed up.</summary>
/// <remarks>TensoRF, equation 2. Tensors may be parameters, or may have been computed by a network.</remarks>
public sealed class CpEncoding : nn.Module, IEncoding, IFactored
{
    readonly Tensor[] _lines;
    readonly int _density;
    readonly PlaneConvention _convention;

    /// <summary>An encoding over lines.</summary>
    /// <param name="lines">Three tensors [C,L], for x, y and z.</param>
    /// <param name="densityChannels">So many first channels are summed up to the first feature; 0 leaves all channels as features.</param>
    /// <param name="convention">Where texels lie.</param>
    public CpEncoding(IReadOnlyList<Tensor> lines, int densityChannels, PlaneConvention convention) : base(nameof(CpEncoding))
    {
        (_lines, _density, _convention) = ([.. lines], densityChannels, convention);
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
    public Tensor Encode(Tensor u)
    {
        var products = Products(u, l => l);
        return _density == 0 ? products : Tensorf.Split(products.narrow(1, 0, _density), products.narrow(1, _density, products.shape[1] - _density));
    }

    /// <inheritdoc/>
    public Tensor EncodeDensity(Tensor u) => _density == 0 ? Encode(u) : Products(u, l => l.narrow(0, 0, _density)).sum(-1, keepdim: true);

    Tensor Products(Tensor u, Func<Tensor, Tensor> part)
    {
        var x = u * 2 - 1;
        return Enumerable.Range(0, 3).Select(a => Planes.Linear(part(Line(a)).unsqueeze(0), x, [a], _convention).squeeze(0)).Aggregate((a, b) => a * b);
    }

    /// <inheritdoc/>
    public IEnumerable<Factor> Factors => Enumerable.Range(0, 3).SelectMany(a => Split(Line(a), _density));

    /// <summary>The channels of density and the others of a plane or a line; one factor where they are the same.</summary>
    internal static IEnumerable<Factor> Split(Tensor factor, int density)
    {
        if (density == 0) return [new Factor(factor, true)];
        return [new Factor(factor.narrow(0, 0, density), true), new Factor(factor.narrow(0, density, factor.shape[0] - density), false)];
    }
}
