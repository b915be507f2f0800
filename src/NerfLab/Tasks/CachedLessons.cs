using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Rendering;
using NerfLab.Weights;

namespace NerfLab.Tasks;

/// <summary>Lessons that a teacher gave before, out of files: the teacher itself is not in memory any more. Each file holds one lesson, and comes up again and again with other backgrounds.</summary>
/// <param name="files">At least one, from <see cref="Write"/>.</param>
/// <param name="kernels">How to composite.</param>
/// <param name="space">What the samples are coordinates of.</param>
/// <param name="background">What is behind everything.</param>
/// <param name="device">Where the student is.</param>
public sealed class CachedLessons(IReadOnlyList<string> files, Kernels.Kernels kernels, Space space, Background background, torch.Device device) : ILessons
{
    /// <summary>What answers nothing but what is in the files.</summary>
    public sealed class Absent : IField
    {
        /// <inheritdoc/>
        public Radiance Query(Tensor x, Tensor d) => throw Asked();

        /// <inheritdoc/>
        public Tensor Density(Tensor x) => throw Asked();

        static BadInputException Asked() => new("teacher: only answers of it are kept, so it cannot be asked anything else; leave out weights.space and the stage of features, or give the teacher itself");
    }

    /// <inheritdoc/>
    public IField Teacher { get; } = new Absent();

    /// <inheritdoc/>
    public Lesson Draw(long rays, DistillStage stage, int step, torch.Generator random)
    {
        using var noGradient = torch.no_grad();
        long number;
        using (var drawn = torch.randint(0, files.Count, [1], torch.int64, generator: random)) number = drawn.ToInt64();
        using var file = WeightFile.Open(files[(int)number]);
        var world = new Rays(Read("origins"), Read("directions"));
        var (t, offsets) = (Read("t"), Read("offsets", torch.int64));
        long count = t.shape[0];
        if (world.Origins.shape is not [var r, 3] || !world.Directions.shape.SequenceEqual([r, 3]) || offsets.shape is not [var o] || o != r + 1 || Read("deltas").shape[0] != count || Read("density").shape[0] != count
            || !Read("colors").shape.SequenceEqual([count, 3]) || offsets[0].ToInt64() != 0 || offsets[^1].ToInt64() != count || (torch.diff(offsets) < 0).any().ToBoolean())
            throw new BadInputException($"{files[(int)number]}: its tensors do not fit each other; make the cache anew");
        var behind = background switch
        {
            Background.White => torch.ones(r, 3, device: device),
            Background.Black => torch.zeros(r, 3, device: device),
            _ => Sampling.Uniform([r, 3], random, device),
        };
        var samples = new RaySamples(space.Map(world), t, Read("deltas"), offsets);
        var rendered = new RenderedRays(Teacher, samples, behind, kernels, space).Answered(Read("density"), Read("colors"));
        return new Lesson(new Batch(world, stage >= DistillStage.All ? rendered.Color : torch.zeros([0, 3], device: device), behind), rendered);

        Tensor Read(string name, torch.ScalarType type = torch.ScalarType.Float32) => file.Read(name).to(type).to(device);
    }

    /// <summary>Keeps a lesson: 18 bytes a sample and 32 a ray.</summary>
    /// <param name="path">The file to make.</param>
    /// <param name="lesson">With what the teacher answered about colours.</param>
    /// <exception cref="BadInputException">The file cannot be written.</exception>
    public static void Write(string path, Lesson lesson)
    {
        using var scope = torch.NewDisposeScope();
        var samples = lesson.Teacher.Samples;
        var colors = lesson.Teacher.Colors.to(torch.float16);
        Safetensors.Write(path, [("origins", lesson.Batch.Rays.Origins), ("directions", lesson.Batch.Rays.Directions), ("t", samples.T), ("deltas", samples.Deltas), ("offsets", samples.Offsets),
            ("density", lesson.Teacher.Density), ("colors", colors)]);
    }
}
