using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Rendering;

namespace NerfLab.Tasks;

/// <summary>What is computed in a step of a distillation; each stage more than the one before, but for the last.</summary>
public enum DistillStage
{
    /// <summary>The vectors before the direction enters, and nothing behind them.</summary>
    Features,

    /// <summary>Densities and colours of samples; nothing is composited.</summary>
    Samples,

    /// <summary>Pixels as well.</summary>
    All,

    /// <summary>Pixels alone, which fused kernels compute at once.</summary>
    OnlyPixels,
}

/// <summary>Teaches one field what another one knows, on the same samples, without pictures.</summary>
/// <remarks>Fang et al. 2023, PVD. The stages are a consequence of what the loss terms ask for: the renderer is lazy, and nothing here knows how to skip anything.</remarks>
public sealed class Distill : IFieldTask
{
    const int Patience = 100; // steps

    readonly IField _student;
    readonly ILessons _lessons;
    readonly BatchSize _size;
    readonly long _seed;
    readonly FieldState _state;
    int _nothingMet, _nothingSeen; // steps in a row

    /// <summary>Brings the parts together; nothing is trained yet.</summary>
    /// <param name="student">A module that is an <see cref="IField"/>, in the coordinates of the lessons' space.</param>
    /// <param name="sampler">What renders the student afterwards, where that is a module; a checkpoint holds it. Null for none.</param>
    /// <param name="lessons">Where to look, and what the teacher answers.</param>
    /// <param name="losses">What to make small.</param>
    /// <param name="stages">What each step computes; terms that ask for more than their stage have to have no weight there.</param>
    /// <param name="size">Rays of a step.</param>
    /// <param name="seed">Every step draws from a stream of its own that follows from this number and the step's.</param>
    public Distill(nn.Module student, nn.Module? sampler, ILessons lessons, LossSet losses, Func<int, DistillStage> stages, BatchSize size, long seed)
    {
        _student = student as IField ?? throw new ArgumentException("student: expected a module that is an IField");
        (_lessons, Losses, Stages, _size, _seed) = (lessons, losses, stages, size, seed);
        _state = new FieldState(student, sampler, size.Rays);
    }

    /// <inheritdoc/>
    public LossSet Losses { get; set; }

    /// <inheritdoc/>
    public int Grown
    {
        get => _state.Grown;
        set => _state.Grown = value;
    }

    /// <inheritdoc/>
    public nn.Module State => _state;

    /// <summary>The stage of each step.</summary>
    public Func<int, DistillStage> Stages { get; set; }

    /// <inheritdoc/>
    /// <exception cref="BadInputException">The teacher's answers are no numbers, no ray meets anything, or the student has become empty.</exception>
    public StepOutcome Backward(int step)
    {
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(RandomStream.Seed(_seed, step));
        var stage = Stages(step);
        var (batch, teacher) = _lessons.Draw(_state.Rays, stage, step, random);
        var render = teacher.Of(_student, onlyPixels: stage == DistillStage.OnlyPixels);
        var (total, values) = Losses.Evaluate(new Step(step, batch, render).Knowing(_lessons.Teacher, teacher));
        if (!total.isfinite().ToBoolean()) Numbers(teacher, stage);
        Met(render, stage);
        if (total.requires_grad) total.backward();

        long samples = render.Samples.Count;
        double psnr = stage < DistillStage.All ? double.NaN : Metrics.ImageMetrics.PsnrOf(F.mse_loss(render.Seen.Color, batch.Rgb).ToDouble());
        var outcome = new StepOutcome(new LossValues(total.ToDouble(), [.. values.Select(v => (v.Name, v.Value.ToDouble()))]), psnr, batch.Rays.Count, samples);
        _state.Rays = _size.Next(batch.Rays.Count, samples);
        return outcome;
    }

    /// <summary>Says so if it is the teacher who is to blame.</summary>
    static void Numbers(RenderedRays teacher, DistillStage stage)
    {
        bool wrong = stage == DistillStage.Features ? Wrong(teacher.Geometry) : Wrong(teacher.Density) || Wrong(teacher.Colors);
        if (wrong) throw new BadInputException($"teacher: {(stage == DistillStage.Features ? "features" : "densities or colours")} of it are not finite numbers; a field that is NaN or infinite somewhere in its box cannot teach");

        static bool Wrong(Tensor x) => !x.isfinite().all().ToBoolean();
    }

    void Met(RenderedRays render, DistillStage stage)
    {
        _nothingMet = render.Samples.Count > 0 ? 0 : _nothingMet + 1;
        if (_nothingMet >= Patience)
            throw new BadInputException($"distillation: for {Patience} steps no ray has met anything that the teacher shows; a box around what it shows, or cameras that look there, are expected");
        if (stage < DistillStage.All) return;
        _nothingSeen = render.Samples.Count == 0 || render.Seen.Opacity.max().ToDouble() > 1e-5 ? 0 : _nothingSeen + 1;
        if (_nothingSeen >= Patience)
            throw new BadInputException($"distillation: the student is empty, for {Patience} steps no ray has met anything of it; a smaller learning rate, a longer stage of samples or another seed may help");
    }
}
