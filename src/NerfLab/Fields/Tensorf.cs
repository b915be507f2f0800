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
    public static TensorfVmSpec Small { get; } = new(32, 4, 8) { Decoder = new FeatureMlpSpec(Appearance: 12, Width: 32, FeatureFrequencies: 1, DirectionFrequencies: 1) };

    /// <inheritdoc/>
    public override FieldSpec? WithGeometry(int size) => this with { Decoder = Decoder with { Appearance = size - 1 } };

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null)
    {
        Tensorf.Check("tensorf-vm", Resolution, DensityRank, AppearanceRank);
        var nodes = Planes.Resolutions(bounds, Resolution);
        long channels = DensityRank + AppearanceRank;
        var planes = VmEncoding.TensorfPlanes.Select(a => nn.Parameter(torch.randn([channels, nodes[a.Down], nodes[a.Across]], generator: random) * 0.1)).ToList();
        var lines = VmEncoding.TensorfLines.Select(a => nn.Parameter(torch.randn([channels, nodes[a]], generator: random) * 0.1)).ToList();
        var encoding = new VmEncoding(planes, lines, VmEncoding.TensorfPlanes, VmEncoding.TensorfLines, DensityRank, Tensorf.Convention, kernels);
        return new EncodedField(bounds, encoding, new FeatureMlpDecoder(Decoder, encoding.Features, firstIsDensity: true, random, kernels ?? Kernels.Kernels.Reference));
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
    public static TensorfCpSpec Small { get; } = new(40, 12, 24) { Decoder = new FeatureMlpSpec(Appearance: 12, Width: 32, FeatureFrequencies: 1, DirectionFrequencies: 1, DensityScale: 300) };

    /// <inheritdoc/>
    public override FieldSpec? WithGeometry(int size) => this with { Decoder = Decoder with { Appearance = size - 1 } };

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null)
    {
        Tensorf.Check("tensorf-cp", Resolution, DensityRank, AppearanceRank);
        long channels = DensityRank + AppearanceRank;
        var lines = Planes.Resolutions(bounds, Resolution).Select(n => nn.Parameter(torch.randn([channels, n], generator: random) * 0.2)).ToList();
        var encoding = new CpEncoding(lines, DensityRank, Tensorf.Convention, kernels);
        return new EncodedField(bounds, encoding, new FeatureMlpDecoder(Decoder, encoding.Features, firstIsDensity: true, random, kernels ?? Kernels.Kernels.Reference));
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

    /// <summary>The lattice with these numbers of nodes along its axes; null where an axis has two different ones, none, or one below 2.</summary>
    public static VoxelLayout? Lattice(IEnumerable<(int Axis, long Nodes)> sizes)
    {
        var known = new long[3];
        foreach (var (axis, nodes) in sizes)
        {
            if (known[axis] != 0 && known[axis] != nodes) return null;
            known[axis] = nodes;
        }
        return known.All(n => n is >= 2 and <= int.MaxValue) ? new VoxelLayout((int)known[0], (int)known[1], (int)known[2], Corners: true) : null;
    }
}
