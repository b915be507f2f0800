using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Rendering;

namespace NerfLab.Tasks;

/// <summary>How many rays a step takes.</summary>
/// <param name="Rays">Rays of the first step, and of every step where <paramref name="TargetSamples"/> is 0.</param>
/// <param name="TargetSamples">Samples that a step should have: the number of rays follows the number of samples that rays turn out to need; 0 keeps it fixed.</param>
/// <param name="MaxRays">No more rays than this.</param>
public sealed record BatchSize(int Rays = 1024, int TargetSamples = 0, int MaxRays = 1 << 16)
{
    /// <summary>The number of rays that would have met the target, in steps of 64 and at most doubled at a time.</summary>
    /// <remarks>Instant-NGP, appendix E.3, adapts its batch in the same way.</remarks>
    /// <param name="rays">Rays of the step before.</param>
    /// <param name="samples">Its samples.</param>
    internal long Next(long rays, long samples)
    {
        if (TargetSamples == 0) return rays;
        double wanted = double.Min(rays * 2.0, rays * (double)TargetSamples / long.Max(samples, 1));
        return long.Min(long.Max((long)(wanted / 64) * 64, 64), MaxRays);
    }
}

/// <summary>Fits a field to photographs: random rays, rendered and compared.</summary>
public sealed class Fit : IFieldTask
{
    readonly RaySource? _source;
    readonly Renderer _renderer;
    readonly BatchSize _size;
    readonly Background _background;
    readonly long _seed;
    readonly FieldState _state;
    int _nothingSeen; // steps in a row

    /// <summary>Brings the parts together; nothing is trained yet.</summary>
    /// <param name="field">The field; also a module.</param>
    /// <param name="renderer">Its sampler may be a module with state or parameters of its own.</param>
    /// <param name="source">Where rays come from; null where the field is only looked at.</param>
    /// <param name="losses">What to make small.</param>
    /// <param name="size">Rays of a step.</param>
    /// <param name="background">What is behind transparent pixels.</param>
    /// <param name="seed">Every step draws from a stream of its own that follows from this number and the step's.</param>
    public Fit(EncodedField field, Renderer renderer, RaySource? source, LossSet losses, BatchSize size, Background background, long seed)
    {
        (Field, _renderer, _source, Losses, _size, _background, _seed) = (field, renderer, source, losses, size, background, seed);
        _state = new FieldState(field, renderer.Sampler as nn.Module, size.Rays);
    }

    /// <summary>The field that is trained.</summary>
    public EncodedField Field { get; }

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

    /// <inheritdoc/>
    /// <exception cref="BadInputException">Nothing has absorbed any light for 100 steps: the field has become empty.</exception>
    public StepOutcome Backward(int step)
    {
        if (_source is null) throw new InvalidOperationException("this run was opened without its pictures; start or resume a training instead");
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator(RandomStream.Seed(_seed, step));
        _renderer.Sampler.Update(Field, step, random);
        var batch = _source.Draw(_state.Rays, _background, random);
        var render = _renderer.Render(Field, batch.Rays, batch.Background, random, Losses.OnlyColors(step));
        var (total, values) = Losses.Evaluate(new Step(step, batch, render));
        NotEmpty(render);
        if (total.requires_grad) total.backward(); // it does not when every ray of the batch met empty space only

        long samples = render.Samples.Count;
        var outcome = new StepOutcome(
            new LossValues(total.ToDouble(), [.. values.Select(v => (v.Name, v.Value.ToDouble()))]),
            Metrics.ImageMetrics.PsnrOf(F.mse_loss(render.Seen.Color, batch.Rgb).ToDouble()), batch.Rays.Count, samples);
        if (_size.TargetSamples > 0) _state.Rays = _size.Next(batch.Rays.Count, samples);
        return outcome;
    }

    /// <summary>A field whose densities are all gone gets no gradients and never comes back.</summary>
    void NotEmpty(RenderedRays render)
    {
        const int Patience = 100;
        bool seen = render.Samples.Count > 0 && render.Seen.Opacity.max().ToDouble() > 1e-5;
        _nothingSeen = seen ? 0 : _nothingSeen + 1;
        if (_nothingSeen >= Patience)
            throw new BadInputException($"training: the field is empty, for {Patience} steps no ray has met anything; a smaller learning rate, smaller weights of regularisers, a longer optimizer.warmUp or another seed may help");
    }
}
