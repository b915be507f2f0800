using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Rendering;
using NerfLab.Tasks;

namespace NerfLab.Recipes;

/// <summary>Recipes of the fields that are made of planes and lines.</summary>
static class PlanePresets
{
    // Chen et al. 2022, section 5 and the published lego.txt: 4096 rays, 30 000 steps, Adam (0.9, 0.99), 0.02 for planes and
    // lines and 0.001 for the networks, a tenth at the end, L1 8e-5 and after the first mask 4e-5, steps of half a voxel of the last
    // resolution. The published code asks for an alpha of 1e-4 in a medium 25 times as thin as the one that it renders: 2.5e-3 here.
    // An occupancy grid stands in for the second mask, which skips rays.
    static readonly Recipe Tensorf = new()
    {
        Name = "tensorf-vm/full",
        Field = new TensorfVmSpec(Resolution: 128),
        Growth = Grown(152, 180, 213, 253, 300),
        Sampler = new OccupancySpec(Resolution: 128, Steps: 1039),
        Losses = new LossWeights(PlaneL1: 8e-5),
        Optimizer = new OptimizerSpec(LearningRate: 0.02, FinalLearningRate: 0.002, Beta2: 0.99, Factors: new LearningRateFactors(("decoder", 0.05)), Restarts: true),
        Batch = new BatchSize(Rays: 4096),
        Background = Background.White,
        Steps = 30_000,
    };

    // After 2000, 3000, 4000, 5500 and 7000 of 30 000 steps; the box shrinks at the first.
    static Growth Grown(params int[] resolutions) => new(new[] { 2000, 3000, 4000, 5500, 7000 }.Zip(resolutions)
        .Select((s, i) => i == 0 ? new GrowthStep(s.First / 30_000.0, s.Second, Shrink: 2.5e-3, Losses: new LossWeights(PlaneL1: 4e-5)) : new GrowthStep(s.First / 30_000.0, s.Second)));

    // Reduced sizes, and coarser steps that are kept to a number of samples. L1 is a mean over entries: with fewer of them each
    // feels more of it, and at the weight of the full size Adam would drive the planes to 0 before the scene is seen.
    static readonly Recipe Small = Tensorf with
    {
        Name = "tensorf-vm/small",
        Field = TensorfVmSpec.Small,
        Growth = new Growth(new GrowthStep(0.2, 48), new GrowthStep(0.4, 64)),
        Sampler = new OccupancySpec(Resolution: 64, Steps: 192, Refine: 2),
        Losses = new LossWeights(PlaneL1: 1e-6),
        Optimizer = new OptimizerSpec(LearningRate: 0.02, FinalLearningRate: 0.002, Beta2: 0.99, Factors: new LearningRateFactors(("decoder", 0.3)), Restarts: true),
        Batch = new BatchSize(Rays: 512, TargetSamples: 1 << 14),
        Background = Background.Random,
        Steps = 2000,
    };

    public static IReadOnlyList<Recipe> All { get; } =
    [
        Small,
        Tensorf,
        Small with
        {
            Name = "tensorf-cp/small",
            Field = TensorfCpSpec.Small,
            Growth = new Growth(new GrowthStep(0.25, 64), new GrowthStep(0.5, 96)),
            Optimizer = Small.Optimizer with { LearningRate = 0.04, FinalLearningRate = 0.004 },
        },
        Tensorf with { Name = "tensorf-cp/full", Field = new TensorfCpSpec(Resolution: 128), Growth = Grown(168, 221, 290, 381, 500), Sampler = new OccupancySpec(Resolution: 128, Steps: 1732) },
        Small with { Name = "tri-plane/small", Field = TriPlaneSpec.Small, Growth = new Growth(), Losses = new LossWeights(PlaneTv: 1e-3) },
        // SSDNeRF's planes, decoder and rates (1e-2 for planes, a tenth for the decoder), fitted to one scene without its prior.
        Tensorf with
        {
            Name = "tri-plane/full",
            Field = new TriPlaneSpec(),
            Growth = new Growth(),
            Sampler = new OccupancySpec(Resolution: 64, Steps: 256, Refine: 2),
            Losses = new LossWeights(PlaneTv: 1e-3),
            Optimizer = new OptimizerSpec(LearningRate: 1e-2, FinalLearningRate: 1e-3, Factors: new LearningRateFactors(("decoder", 0.1))),
        },
        Small with { Name = "multi-plane/small", Field = MultiPlaneSpec.Small, Growth = new Growth(), Losses = new LossWeights(PlaneTv: 1e-3) },
        // K-Planes' static planes and rate: 1e-2 for everything, 4096 rays, 30 000 steps.
        Tensorf with
        {
            Name = "multi-plane/full",
            Field = new MultiPlaneSpec(),
            Growth = new Growth(),
            Losses = new LossWeights(PlaneTv: 1e-4),
            Optimizer = new OptimizerSpec(LearningRate: 1e-2, FinalLearningRate: 1e-3),
        },
    ];
}
