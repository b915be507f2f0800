using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Tasks;

namespace NerfLab.Recipes;

/// <summary>
/// Sizes of students that hold what a teacher of a few minutes knows. They are larger than the presets for photographs: a student is told where things are, so it
/// need not begin coarse, and what it is told of every sample fills many numbers in little time.
/// </summary>
static class Students
{
    // Densities that begin in the middle of the range in which they are compared: TensoRF's own activation begins below it.
    static readonly FeatureMlpSpec s_network = new(Appearance: 15, Width: 64, FeatureFrequencies: 1, DirectionFrequencies: 1, DensityActivation.Exp, DensityScale: 1);

    static readonly Recipe s_planes = Presets.Find("tensorf-vm", "small") with
    {
        Name = "tensorf-vm/student",
        Field = new TensorfVmSpec(160, 6, 18) { Decoder = s_network },
        Growth = new Growth(),
        Batch = new BatchSize(Rays: 512, TargetSamples: 1 << 14),
        Optimizer = new OptimizerSpec(LearningRate: 0.02, FinalLearningRate: 0.002, Beta2: 0.99, Factors: new LearningRateFactors(("decoder", 0.15))),
    };

    public static IReadOnlyList<Recipe> All { get; } =
    [
        Presets.Find("mlp", "small") with
        {
            Name = "mlp/student",
            // Small batches: what is told of each sample makes steps sure enough, and many of them bring a network further than many samples.
            Batch = new BatchSize(Rays: 512, TargetSamples: 1 << 12),
            Optimizer = new OptimizerSpec(LearningRate: 1.2e-2, FinalLearningRate: 4e-4),
        },
        s_planes,
        s_planes with { Name = "tensorf-cp/student", Field = new TensorfCpSpec(160, 32, 96) { Decoder = s_network }, Batch = new BatchSize(Rays: 512, TargetSamples: 1 << 13) },
        s_planes with
        {
            // The product of three planes, not their sum: it is what a place has of all three, and needs no network to find out.
            Name = "tri-plane/student",
            Field = new TriPlaneSpec(192, 24, Aggregation: PlaneAggregation.Product) { Decoder = new SharedBaseSpec(64, 3) },
            Optimizer = s_planes.Optimizer with { LearningRate = 0.03 },
        },
        Presets.Find("dense", "small") with
        {
            Name = "dense/student",
            Field = new DenseSpec(Resolution: 144, Features: 8, Layers: 1, Width: 32, DirectionFrequencies: 2),
            Optimizer = new OptimizerSpec(LearningRate: 1e-1, FinalLearningRate: 1e-2, Beta2: 0.99, Factors: new LearningRateFactors(("decoder", 0.03)), OnlyTouched: true),
        },
        Presets.Find("plenoxels", "small") with
        {
            Name = "plenoxels/student",
            // No voxels are made where the teacher has nothing.
            Field = new PlenoxelsSpec(Resolution: 32, Degree: 2, InitialDensity: 2),
            Growth = new Growth(new GrowthStep(0, 160)),
            Optimizer = new OptimizerSpec(LearningRate: 3e-2, FinalLearningRate: 3e-3, Beta2: 0.99, Factors: new LearningRateFactors(("density", 30)), OnlyTouched: true),
        },
    ];
}
