using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Math;
using NerfLab.Rendering;

namespace NerfLab.Tasks;

/// <summary>What a student looks at in a step, and what its teacher answers there.</summary>
/// <param name="Batch">Rays, backgrounds, and the teacher's pixels where these are wanted, else [0,3].</param>
/// <param name="Teacher">The teacher on the samples of the step, without gradient.</param>
public sealed record Lesson(Batch Batch, RenderedRays Teacher);

/// <summary>Where lessons come from: a teacher that is asked now, or answers that it gave before.</summary>
public interface ILessons
{
    /// <summary>The field that loss terms know the teacher by.</summary>
    IField Teacher { get; }

    /// <summary>The lesson of a step.</summary>
    /// <param name="rays">How many rays are wanted.</param>
    /// <param name="stage">What is wanted of them.</param>
    /// <param name="step">From 0.</param>
    /// <param name="random">Draws what has to be drawn.</param>
    Lesson Draw(long rays, DistillStage stage, int step, torch.Generator random);
}

/// <summary>Random pixels of given cameras, and what a teacher answers along their rays. No picture is needed.</summary>
/// <param name="teacher">The field, in the coordinates of the renderer's space.</param>
/// <param name="renderer">Where samples lie: the sampler is asked with the teacher, and student and teacher share what it answers.</param>
/// <param name="cameras">At least one.</param>
/// <param name="background">What is behind everything.</param>
/// <param name="dark">Samples behind which less than this share of the light comes from are left out; 0 keeps all.</param>
/// <param name="device">Where the teacher is.</param>
public sealed class LiveLessons(IField teacher, Renderer renderer, IReadOnlyList<Camera> cameras, Background background, float dark, torch.Device device) : ILessons, IDisposable
{
    readonly IField _frozen = teacher.Frozen();
    readonly Tensor _cameras = Cameras.Pack(cameras).to(device).DetachFromDisposeScope();
    readonly Tensor _sizes = torch.tensor(cameras.SelectMany(c => new[] { (float)c.Width, c.Height }).ToArray(), [cameras.Count, 2]).to(device).DetachFromDisposeScope();
    readonly bool _distorted = cameras.Any(c => !c.Distortion.IsNone);

    /// <inheritdoc/>
    public IField Teacher => teacher;

    /// <inheritdoc/>
    public Lesson Draw(long rays, DistillStage stage, int step, torch.Generator random)
    {
        using var noGradient = torch.no_grad();
        var view = torch.randint(0, cameras.Count, [rays], torch.int64, generator: random).to(device);
        var pixel = (Sampling.Uniform([rays, 2], random, device) * _sizes.index_select(0, view)).floor(); // [R,2], column and row
        var world = Cameras.Rays(_cameras, view, pixel.select(1, 0), pixel.select(1, 1), _distorted);
        var behind = background switch
        {
            Background.White => torch.ones(rays, 3, device: device),
            Background.Black => torch.zeros(rays, 3, device: device),
            _ => Sampling.Uniform([rays, 3], random, device),
        };
        bool onlyPixels = stage == DistillStage.OnlyPixels;
        var rendered = renderer.Render(onlyPixels ? teacher : _frozen, world, behind, random, onlyPixels);
        if (stage is DistillStage.Samples or DistillStage.All && dark > 0) rendered = Lit(rendered);
        return new Lesson(new Batch(world, stage >= DistillStage.All ? rendered.Color : torch.zeros([0, 3], device: device), behind), rendered);
    }

    /// <summary>What lies behind solid things is seen by nobody and need not be learned.</summary>
    RenderedRays Lit(RenderedRays rendered)
    {
        _ = rendered.Colors; // asked first: it gives the densities as well
        var samples = rendered.Samples;
        var light = VolumeRendering.Transmittance(VolumeRendering.OpticalThickness(rendered.Density, samples.Deltas), samples.Offsets, samples.RayIndex);
        var kept = (light >= dark).nonzero().squeeze(-1);
        if (kept.shape[0] == samples.Count) return rendered;
        return rendered.Part(kept, samples.Part(kept));
    }

    /// <summary>Frees the cameras.</summary>
    public void Dispose()
    {
        _cameras.Dispose();
        _sizes.Dispose();
    }
}
