using NerfLab.Math;

namespace NerfLab.Kernels;

/// <summary>Steps along rays that meet something; see <see cref="RaySteps.March"/>. Without gradients.</summary>
/// <param name="rays">R rays.</param>
/// <param name="steps">Where they are looked at.</param>
/// <param name="grid">What is occupied.</param>
/// <returns>Distances, [N], and where each ray's begin, [R+1].</returns>
public delegate (Tensor T, Tensor Offsets) MarchRays(Rays rays, RaySteps steps, OccupancyGrid grid);

/// <summary>Features of positions from a hash grid; see <see cref="HashGrid.Encode"/>.</summary>
/// <param name="x">[N,3], 0 to 1.</param>
/// <param name="table">[rows,F].</param>
/// <param name="layout">The grid.</param>
/// <returns>[N, L·F].</returns>
public delegate Tensor HashEncode(Tensor x, Tensor table, HashGridLayout layout);

/// <summary>Values between the points of a voxel grid; see <see cref="VoxelGrid.InterpolateAll"/>.</summary>
/// <param name="u">[N,3], 0 to 1.</param>
/// <param name="rows">Each [K,C].</param>
/// <param name="layout">The grid.</param>
/// <param name="links">[X·Y·Z], 32-bit integers, -1 for none; null for a dense grid.</param>
/// <returns>[N,ΣC].</returns>
public delegate Tensor VoxelInterpolate(Tensor u, IReadOnlyList<Tensor> rows, VoxelLayout layout, Tensor? links);

/// <summary>Features of positions from planes; see <see cref="Planes.Features"/>.</summary>
/// <param name="levels">Each [P,C,H,W].</param>
/// <param name="x">[N,3], -1 to 1.</param>
/// <param name="axes">P pairs: which coordinates run along width and height.</param>
/// <param name="how">How the planes of a level become one vector.</param>
/// <param name="convention">Where texels lie.</param>
/// <returns>[N, Σ C], or [N, Σ C·P] where the planes are put side by side.</returns>
public delegate Tensor PlaneFeatures(IReadOnlyList<Tensor> levels, Tensor x, IReadOnlyList<PlaneAxes> axes, PlaneAggregation how, PlaneConvention convention);

/// <summary>Features of positions from planes times lines; see <see cref="Decomposition.VectorMatrix"/>.</summary>
/// <param name="planes">M tensors [C,H,W].</param>
/// <param name="lines">M tensors [C,L].</param>
/// <param name="x">[N,3], -1 to 1.</param>
/// <param name="planeAxes">M pairs: which coordinates run along width and height.</param>
/// <param name="lineAxes">M numbers: which coordinate runs along the line.</param>
/// <param name="density">So many first channels of each mode are summed up to the first feature; 0 leaves all channels as features.</param>
/// <param name="convention">Where texels lie.</param>
/// <returns>[N, 1 + Σ (C - density)], or [N, Σ C] without density.</returns>
public delegate Tensor VmFeatures(IReadOnlyList<Tensor> planes, IReadOnlyList<Tensor> lines, Tensor x, IReadOnlyList<PlaneAxes> planeAxes, IReadOnlyList<int> lineAxes,
    int density, PlaneConvention convention);

/// <summary>Features of positions from products of three lines; see <see cref="Decomposition.Canonical"/>.</summary>
/// <param name="lines">Three tensors [C,L], for x, y and z.</param>
/// <param name="x">[N,3], -1 to 1.</param>
/// <param name="density">So many first channels are summed up to the first feature; 0 leaves all channels as features.</param>
/// <param name="convention">Where texels lie.</param>
/// <returns>[N, 1 + C - density], or [N,C] without density.</returns>
public delegate Tensor CpFeatures(IReadOnlyList<Tensor> lines, Tensor x, int density, PlaneConvention convention);

/// <summary>Features of directions; see <see cref="SphericalHarmonics.Encode"/>.</summary>
/// <param name="d">[N,3], unit length.</param>
/// <param name="degree">1 to 4.</param>
/// <returns>[N, degree²].</returns>
public delegate Tensor DirectionEncode(Tensor d, int degree);

/// <summary>Contributions of packed samples to their pixels; see <see cref="VolumeRendering.Weights(Tensor, RaySamples)"/>.</summary>
/// <param name="density">[N].</param>
/// <param name="samples">N samples on R rays.</param>
/// <returns>[N].</returns>
public delegate Tensor RenderWeights(Tensor density, RaySamples samples);

/// <summary>Sums over the samples of each ray; see <see cref="VolumeRendering.Accumulate(Tensor, Tensor?, RaySamples)"/>.</summary>
/// <param name="weights">[N].</param>
/// <param name="values">[N] or [N,C]; null for 1.</param>
/// <param name="samples">N samples on R rays.</param>
/// <returns>[R] or [R,C].</returns>
public delegate Tensor Accumulate(Tensor weights, Tensor? values, RaySamples samples);

/// <summary>Samples that contribute; see <see cref="VolumeRendering.KeepVisible"/>. Without gradients.</summary>
/// <param name="density">[N].</param>
/// <param name="samples">N samples on R rays.</param>
/// <param name="least">Weights up to this one are dropped.</param>
public delegate RaySamples KeepVisible(Tensor density, RaySamples samples, float least);

/// <summary>Where a field is asked; see <see cref="RaySamples.Positions"/> and <see cref="RaySamples.Directions"/>.</summary>
/// <param name="samples">N samples.</param>
/// <returns>[N,3] each.</returns>
public delegate (Tensor Positions, Tensor Directions) PlaceSamples(RaySamples samples);

/// <summary>From features along rays to pixels; see <see cref="RenderedHead.Render"/>.</summary>
/// <param name="features">[N,F].</param>
/// <param name="thickness">[N].</param>
/// <param name="head">The decoder.</param>
/// <param name="samples">Which samples belong to which ray.</param>
/// <param name="places">[N].</param>
/// <param name="background">[3] or [R,3].</param>
public delegate RenderedHead RenderHead(Tensor features, Tensor thickness, RadianceHead head, RaySamples samples, Tensor places, Tensor background);

/// <summary>From features along rays to the error of their pixels; see <see cref="RenderedHead.Compare"/>.</summary>
/// <param name="features">[N,F].</param>
/// <param name="thickness">[N].</param>
/// <param name="head">The decoder.</param>
/// <param name="samples">Which samples belong to which ray.</param>
/// <param name="places">[N].</param>
/// <param name="background">[3] or [R,3].</param>
/// <param name="target">[R,3].</param>
/// <param name="error">How it is compared.</param>
/// <returns>The error, a scalar with gradient, and what was rendered, without.</returns>
public delegate (Tensor Error, RenderedHead Rendered) CompareHead(Tensor features, Tensor thickness, RadianceHead head, RaySamples samples, Tensor places, Tensor background, Tensor target, ColorError error);

/// <summary>A step of Adam over rows that have a gradient, in place; see <see cref="RowAdam.Step"/>.</summary>
/// <param name="parameter">[...,C].</param>
/// <param name="gradient">Of the same shape.</param>
/// <param name="mean">Of the same shape.</param>
/// <param name="square">Of the same shape.</param>
/// <param name="numbers">Rates and decays.</param>
public delegate void StepRows(Tensor parameter, Tensor gradient, Tensor mean, Tensor square, AdamNumbers numbers);

/// <summary>A step of a moving average, in place; see <see cref="MovingAverage.Step"/>.</summary>
/// <param name="average">Any shape.</param>
/// <param name="value">Of the same shape.</param>
/// <param name="decay">What remains of the average, 0 to 1.</param>
public delegate void MoveAverage(Tensor average, Tensor value, double decay);

/// <summary>
/// The operations that cost the time, each replaceable: <c>Kernels.Reference with { HashEncode = mine }</c>. Every one
/// must be differentiable, unless it says otherwise, and agree with its reference, which is the default here.
/// </summary>
public sealed record Kernels
{
    /// <summary>The textbook: tensor operations of <c>NerfLab.Math</c>, on any device, differentiable as often as wanted.</summary>
    public static Kernels Reference { get; } = new();

    /// <summary>What to call the set.</summary>
    public string Name { get; init; } = "reference";

    /// <summary>Marching through occupied space.</summary>
    public MarchRays MarchRays { get; init; } = RaySteps.March;

    /// <summary>Choosing the samples that contribute.</summary>
    public KeepVisible KeepVisible { get; init; } = VolumeRendering.KeepVisible;

    /// <summary>Hash-grid lookup.</summary>
    public HashEncode HashEncode { get; init; } = HashGrid.Encode;

    /// <summary>Voxel-grid lookup.</summary>
    public VoxelInterpolate VoxelInterpolate { get; init; } = VoxelGrid.InterpolateAll;

    /// <summary>Lookup in planes.</summary>
    public PlaneFeatures PlaneFeatures { get; init; } = Planes.Features;

    /// <summary>Lookup in planes times lines.</summary>
    public VmFeatures VmFeatures { get; init; } = Decomposition.VectorMatrix;

    /// <summary>Lookup in products of lines.</summary>
    public CpFeatures CpFeatures { get; init; } = Decomposition.Canonical;

    /// <summary>Spherical harmonics of directions.</summary>
    public DirectionEncode DirectionEncode { get; init; } = SphericalHarmonics.Encode;

    /// <summary>Linear layers with ReLU.</summary>
    public PassLayers PassLayers { get; init; } = Perceptron.Apply;

    /// <summary>Volume-rendering weights.</summary>
    public RenderWeights Weights { get; init; } = VolumeRendering.Weights;

    /// <summary>Sums along rays.</summary>
    public Accumulate Accumulate { get; init; } = VolumeRendering.Accumulate;

    /// <summary>Decoding and compositing at once.</summary>
    public RenderHead RenderHead { get; init; } = RenderedHead.Render;

    /// <summary>Decoding, compositing and comparing at once.</summary>
    public CompareHead CompareHead { get; init; } = RenderedHead.Compare;

    /// <summary>Positions and directions of samples.</summary>
    public PlaceSamples PlaceSamples { get; init; } = samples => (samples.Positions, samples.Directions);

    /// <summary>Rays and colours of pixels.</summary>
    public SeePixels SeePixels { get; init; } = Pixels.See;

    /// <summary>A step of the optimiser, row by row.</summary>
    public StepRows StepRows { get; init; } = RowAdam.Step;

    /// <summary>Averages of parameters.</summary>
    public MoveAverage MoveAverage { get; init; } = MovingAverage.Step;

    /// <summary>For a CPU: everything in C# vectors, forward and backward.</summary>
    public static Kernels Cpu { get; } = Reference with
    {
        Name = "cpu",
        SeePixels = FusedPixels.See,
        MarchRays = FusedMarch.March,
        KeepVisible = FusedVisible.Keep,
        PlaceSamples = FusedPlaces.Place,
        DirectionEncode = FusedDirections.Encode,
        HashEncode = FusedHashGrid.Encode,
        VoxelInterpolate = FusedVoxelGrid.Interpolate,
        PlaneFeatures = FusedPlanes.Features,
        VmFeatures = FusedPlanes.VectorMatrix,
        CpFeatures = FusedPlanes.Canonical,
        PassLayers = FusedPerceptron.Apply,
        Weights = FusedWeights.Weights,
        Accumulate = FusedSums.Accumulate,
        RenderHead = FusedRays.Render,
        CompareHead = FusedRays.Compare,
        StepRows = FusedRowAdam.Step,
        MoveAverage = FusedAverage.Step,
    };

    /// <summary>The fastest set for a device, and why no faster one was taken.</summary>
    /// <param name="device">Where the tensors are.</param>
    public static (Kernels Kernels, string Why) Best(torch.Device device) => device.type == DeviceType.CPU
        ? (Cpu, $"encodings, small networks, samples and compositing in C# on {Environment.ProcessorCount} threads, the rest as tensor operations of libtorch")
        : (Reference, $"tensor operations of libtorch: there are no kernels for {device.type} yet");
}
