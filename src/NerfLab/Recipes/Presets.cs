using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Rendering;
using NerfLab.Tasks;

namespace NerfLab.Recipes;

/// <summary>Recipes by field and size: the paper's, and one reduced for a laptop.</summary>
public static class Presets
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Recipe> All { get; } =
    [
        new Recipe
        {
            // Reduced from Instant-NGP: smaller table and networks, coarser steps, fewer samples.
            Name = "hash/small",
            Field = HashSpec.Small,
            Sampler = new OccupancySpec(Resolution: 64, Steps: 256, Refine: 2),
            Optimizer = new OptimizerSpec(LearningRate: 1e-2, FinalLearningRate: 1e-3, Beta2: 0.99, Epsilon: 1e-15),
            Batch = new BatchSize(Rays: 512, TargetSamples: 1 << 14),
            Background = Background.Random,
            Steps = 2000,
        },
        new Recipe
        {
            // The most in a minute on two cores (docs/performance.md): one hidden layer for colour, larger table, finer grid.
            Name = "hash/fast",
            Field = HashSpec.Fast,
            Sampler = new OccupancySpec(Resolution: 64, Steps: 256, Refine: 2),
            Optimizer = new OptimizerSpec(LearningRate: 1e-2, FinalLearningRate: 1e-3, Beta2: 0.99, Epsilon: 1e-15),
            Batch = new BatchSize(Rays: 512, TargetSamples: 1 << 14),
            Background = Background.Random,
            Steps = 4000,
        },
        new Recipe
        {
            // Müller et al. 2022, section 5.4: 2^18 samples a step, Adam 1e-2 with epsilon 1e-15; averaged weights 0.95; 35 000 steps.
            // Not as there: the learning rate falls smoothly and not by 0.33 at a time; no weight decay.
            Name = "hash/full",
            Field = new HashSpec(),
            Sampler = new OccupancySpec(Resolution: 128, Steps: 1024),
            Losses = new LossWeights(Rgb: 0, Huber: 1),
            Optimizer = new OptimizerSpec(LearningRate: 1e-2, FinalLearningRate: 1e-3, Beta2: 0.99, Epsilon: 1e-15, Averaging: 0.95),
            Batch = new BatchSize(Rays: 4096, TargetSamples: 1 << 18, MaxRays: 1 << 18),
            Background = Background.Random,
            Steps = 35_000,
        },
        new Recipe
        {
            // Reduced from NeRF: half the depth, a third of the width; an occupancy grid in place of the coarse network.
            Name = "mlp/small",
            Field = MlpSpec.Small,
            Sampler = new OccupancySpec(Resolution: 48, Steps: 128, Refine: 2),
            Optimizer = new OptimizerSpec(LearningRate: 4e-3, FinalLearningRate: 2e-4),
            Batch = new BatchSize(Rays: 512, TargetSamples: 1 << 13),
            Background = Background.Random,
            Steps = 8000,
        },
        new Recipe
        {
            // Mildenhall et al. 2020, section 5.3: 4096 rays, 64 + 128 samples, 5e-4 to 5e-5 over 300 000 steps.
            Name = "mlp/full",
            Field = new MlpSpec(),
            Sampler = new PdfSpec(),
            Losses = new LossWeights(Rgb: 1, Coarse: 1),
            Optimizer = new OptimizerSpec(),
            Batch = new BatchSize(Rays: 4096),
            Background = Background.White,
            Steps = 300_000,
        },
        new Recipe
        {
            // Reduced from DVGO: half the resolution, a smaller network, fewer rays.
            Name = "dense/small",
            Field = DenseSpec.Small,
            Sampler = new OccupancySpec(Resolution: 64, Steps: 256, Refine: 2),
            Optimizer = new OptimizerSpec(LearningRate: 1e-1, FinalLearningRate: 1e-2, Beta2: 0.99, Factors: new LearningRateFactors(("decoder", 0.03))),
            Batch = new BatchSize(Rays: 512, TargetSamples: 1 << 14),
            Background = Background.Random,
            Steps = 2000,
        },
        new Recipe
        {
            // Sun et al. 2022, section 6.1, fine stage: the number of voxels doubles after 1000, 2000 and 3000 steps up to 160³, half a
            // voxel a step, 8192 rays, 0.1 for grids and 1e-3 for the network, a tenth of that after 20 000 steps. An empty voxel of the
            // last resolution absorbs 1 % of the light, so one of the first, twice as long, 2 %. The occupancy grid takes the place of
            // the coarse stage, the optimiser of grids begins anew at each doubling.
            Name = "dense/full",
            Field = new DenseSpec(Resolution: 80, InitialAlpha: 1 - 0.99 * 0.99),
            Growth = new Growth(new GrowthStep(0.05, 101), new GrowthStep(0.1, 127), new GrowthStep(0.15, 160)),
            Sampler = new OccupancySpec(Resolution: 128, Steps: 554),
            Optimizer = new OptimizerSpec(LearningRate: 1e-1, FinalLearningRate: 1e-2, Factors: new LearningRateFactors(("decoder", 0.01))),
            Batch = new BatchSize(Rays: 8192),
            Background = Background.White,
            Steps = 20_000,
        },
        new Recipe
        {
            // Reduced from Plenoxels: an eighth of its resolution, degree 1, a denser fog and learning rates for few steps. No
            // total variation: Adam takes full steps however small a gradient is, and its mean carries them on.
            Name = "plenoxels/small",
            Field = PlenoxelsSpec.Small,
            Growth = new Growth(new GrowthStep(0.3, 64, PruneWeight: 0.256)),
            Sampler = new OccupancySpec(Resolution: 64, Steps: 222, Refine: 2),
            Optimizer = new OptimizerSpec(LearningRate: 3e-2, FinalLearningRate: 3e-3, Beta2: 0.99, Factors: new LearningRateFactors(("density", 100))),
            Batch = new BatchSize(Rays: 512, TargetSamples: 1 << 14),
            Background = Background.Random,
            Steps = 2000,
        },
        new Recipe
        {
            // Plenoxels' synthetic configuration: 256³ voxels, degree 2, 512³ after 38 400 steps, of which those stay whose weight
            // reaches 0.0005 in a picture, 44 million at most; total variation before that only. Half a voxel of the last resolution
            // a step, 5000 rays, 128 000 steps. Adam without a mean and with its bias corrected stands for RMSProp, whose first step is
            // as long. Harmonics from 1e-2 to 2.04e-4; density 3000 times as fast, twice that because it counts per box side of 2.
            Name = "plenoxels/full",
            Field = new PlenoxelsSpec(),
            Growth = new Growth(new GrowthStep(0.3, 512, PruneWeight: 0.256, MostVoxels: 44_000_000, Losses: new LossWeights())),
            Sampler = new OccupancySpec(Resolution: 128, Steps: 1774),
            Losses = new LossWeights(TvDensity: 1e-5, TvColor: 1e-3),
            Optimizer = new OptimizerSpec(LearningRate: 1e-2, FinalLearningRate: 2.04e-4, Beta1: 0, Beta2: 0.95, Factors: new LearningRateFactors(("density", 6000))),
            Batch = new BatchSize(Rays: 5000),
            Background = Background.White,
            Steps = 128_000,
        },
        .. PlanePresets.All,
    ];

    /// <summary>The recipe of a field and a size.</summary>
    /// <param name="field">One of <see cref="Fields"/>.</param>
    /// <param name="size"><c>small</c> or <c>full</c>, and <c>fast</c> for the hash grid; null for what suits a laptop best, which is <c>fast</c> where a field has it.</param>
    /// <exception cref="BadInputException">There is none of that name.</exception>
    public static Recipe Find(string field, string? size) => Named(field, size ?? Laptop(field));

    static Recipe Named(string field, string size) => All.FirstOrDefault(r => r.Name == $"{field}/{size}")
        ?? throw new BadInputException(All.Any(r => r.Name.StartsWith(field + "/", StringComparison.Ordinal))
            ? $"--preset {size}: unknown for {field}{Spelling.Suggest(size, Sizes(field))}"
            : $"--field {field}: unknown{Spelling.Suggest(field, Fields)}");

    static string Laptop(string field) => Sizes(field).Contains("fast") ? "fast" : "small";

    /// <summary>The names of the fields.</summary>
    public static IEnumerable<string> Fields => All.Select(r => r.Name.Split('/')[0]).Distinct();

    /// <summary>The sizes that a field comes in.</summary>
    public static IEnumerable<string> Sizes(string field) => All.Select(r => r.Name.Split('/')).Where(n => n[0] == field).Select(n => n[1]);
}
