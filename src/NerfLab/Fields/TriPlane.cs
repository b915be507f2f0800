using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Three (or more) feature planes across the box, and a small network behind them.</summary>
/// <remarks>
/// Chan et al. 2022, EG3D, section 3.2; Chen et al. 2023, SSDNeRF, whose sizes and conventions are the defaults. The papers
/// disagree about axes, aggregation, padding and corners, so each of these is said here.
/// </remarks>
/// <param name="Resolution">Texels along each side of a plane.</param>
/// <param name="Channels">Features of a plane.</param>
/// <param name="Axes">For each plane the coordinate along its width and the one along its height, with spaces between planes.</param>
/// <param name="Aggregation">How the planes become one vector.</param>
/// <param name="AlignCorners">Whether the boundary of the box is the middle of the outermost texels; else it is their outer edge.</param>
/// <param name="Padding">What lies beyond the outermost texels.</param>
public sealed record TriPlaneSpec(int Resolution = 128, int Channels = 6, string Axes = "xy xz yz", PlaneAggregation Aggregation = PlaneAggregation.Concat,
    bool AlignCorners = false, PlanePadding Padding = PlanePadding.Border) : FieldSpec
{
    /// <summary>What is behind the planes.</summary>
    public DecoderSpec Decoder { get; init; } = new SharedBaseSpec();

    /// <summary>EG3D's planes as its authors published them: the third repeats the second with its axes exchanged, so no plane sees y and z together.</summary>
    public static TriPlaneSpec Eg3dPublished { get; } = new(256, 32, "xy xz zx", PlaneAggregation.Mean, Padding: PlanePadding.Zeros) { Decoder = new Eg3dSpec() };

    /// <summary>EG3D's planes as its authors meant them.</summary>
    public static TriPlaneSpec Eg3d { get; } = Eg3dPublished with { Axes = "xy xz zy" };

    /// <summary>A size that a laptop trains in a minute: reduced resolution, with a few more channels for a single scene.</summary>
    public static TriPlaneSpec Small { get; } = new(Resolution: 64, Channels: 12, Aggregation: PlaneAggregation.Sum) { Decoder = new SharedBaseSpec(Width: 32, DirectionDegree: 3) };

    /// <inheritdoc/>
    public override FieldSpec? WithGeometry(int size) => this with { Decoder = Decoder.WithGeometry(size) };

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null)
    {
        if (Resolution < 2 || Channels < 1) throw new BadInputException($"field tri-plane: resolution {Resolution}, channels {Channels}; at least 2 and 1 are expected");
        var axes = PlaneAxes.Parse(Axes);
        var planes = PlaneEncoding.Untrained(axes.Length, Channels, Resolution, Aggregation, random);
        var encoding = new PlaneEncoding([planes], axes, Aggregation, new PlaneConvention(AlignCorners, Padding), kernels);
        return new EncodedField(bounds, encoding, Decoder.Build(encoding.Features, random, kernels ?? Kernels.Kernels.Reference));
    }
}
