using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Rendering;
using NerfLab.Tasks;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>A field of one's own at school: a module that the library does not know learns from a teacher.</summary>
/// <example>
/// <code>
/// using var student = new OwnStudent(new MyField(), Teacher.Of(run), Distillations.Find("small", new MlpSpec()), steps: 500);
/// foreach (var step in student.Training.Steps(500)) { }
/// display(student.Render(camera).Color);
/// </code>
/// </example>
public sealed class OwnStudent : IDisposable
{
    readonly LiveLessons _lessons;
    readonly Device _device;

    /// <summary>Ready for its first step.</summary>
    /// <param name="student">A module that is an <see cref="IField"/>, and an <see cref="IGeometric"/> where features are to be compared, in the coordinates of the teacher's space. It belongs to the caller.</param>
    /// <param name="teacher">The field to learn from.</param>
    /// <param name="how">How it is taught; its voxels, decoders and recipes are no matter here.</param>
    /// <param name="steps">Of the whole distillation.</param>
    /// <param name="optimizer">Instead of the distillation's, or of Adam at 1e-3.</param>
    /// <param name="seed">Decides everything random.</param>
    /// <param name="losses">Instead of the distillation's.</param>
    /// <exception cref="BadInputException">A value is out of range, or the teacher is empty or answers with what is no number.</exception>
    public OwnStudent(nn.Module student, Teacher teacher, Distillation how, int steps = 1000, OptimizerSpec? optimizer = null, long seed = 0, LossSet? losses = null)
    {
        how.Check();
        teacher = teacher.Edited(how.Edits);
        var field = student as IField ?? throw new ArgumentException("student: expected a module that is an IField");
        how = how.Possible(teacher.Field, field);
        _device = teacher.Device;
        var (kernels, space) = (Kernels.Kernels.Best(_device).Kernels, teacher.Scene.Space);
        using var random = new Generator(RandomStream.Seed(seed, -2));
        using var scope = NewDisposeScope();
        var sampler = (OccupancySampler)(how.Sampler as OccupancySpec ?? teacher.Recipe?.Sampler as OccupancySpec ?? new OccupancySpec(64, 256, Refine: 2)).Build(space, new HashSpec(), random, kernels);
        sampler.to(_device);
        if (!(teacher.Sampler is OccupancySampler known && sampler.TakeOver(known))) sampler.Learn(teacher.Field.Frozen(), 8, random);
        (Field, Renderer) = (field, new Renderer(sampler, kernels, space));
        _lessons = new LiveLessons(teacher.Field, Renderer, how.CamerasFor(teacher.Scene, seed), teacher.Recipe?.Background ?? Data.Background.Random, (float)how.Dark, _device);
        var o = optimizer ?? how.Optimizer ?? new OptimizerSpec(1e-3, 1e-4);
        var task = new Distill(student, sampler, _lessons, losses ?? how.Terms(teacher.Field, teacher.Box, field, steps), how.StageOf(steps), how.Batch ?? new BatchSize(512, 1 << 14), seed);
        Training = o.Train(task, o.Rate(steps), kernels);
    }

    /// <summary>The student.</summary>
    public IField Field { get; }

    /// <summary>How it is rendered: where the teacher has something.</summary>
    public Renderer Renderer { get; }

    /// <summary>The loop; the caller owns it.</summary>
    public Training.Training Training { get; }

    /// <summary>Renders a camera before white.</summary>
    /// <returns>Tensors on the CPU that belong to the caller's dispose scope.</returns>
    public RenderedImage Render(Camera camera)
    {
        using var white = ones(3, device: _device);
        return Renderer.Image(Field, camera, white);
    }

    /// <summary>Frees what is not the caller's.</summary>
    public void Dispose()
    {
        _lessons.Dispose();
        (Renderer.Sampler as nn.Module)?.Dispose();
        Training.Optimizer.Dispose();
    }
}
