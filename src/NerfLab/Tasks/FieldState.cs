using NerfLab.Fields;

namespace NerfLab.Tasks;

/// <summary>What a checkpoint of a task holds that trains one field: the field, its sampler, and what is remembered from step to step. All such tasks hold the same, so what one has trained another can open.</summary>
public sealed class FieldState : nn.Module
{
    readonly nn.Module field;
    readonly nn.Module? sampler;
    readonly Tensor rays, grown;

    /// <summary>Of a field before its first step.</summary>
    /// <param name="field">An <see cref="IField"/>.</param>
    /// <param name="sampler">Its sampler, where that is a module; else null.</param>
    /// <param name="rays">Rays of the first step.</param>
    public FieldState(nn.Module field, nn.Module? sampler, long rays) : base(nameof(FieldState))
    {
        (this.field, this.sampler, this.rays, grown) = (field, sampler, torch.tensor(new[] { rays }), torch.zeros(1, torch.int64));
        register_module(nameof(this.field), this.field);
        if (this.sampler is not null) register_module(nameof(this.sampler), this.sampler);
        register_buffer(nameof(this.rays), this.rays);
        register_buffer(nameof(grown), grown);
    }

    /// <summary>Rays of the next step.</summary>
    public long Rays
    {
        get => get_buffer(nameof(rays))!.ToInt64();
        set => get_buffer(nameof(rays))!.fill_(value);
    }

    /// <summary>How many planned changes of its shape the field has been through.</summary>
    public int Grown
    {
        get => (int)get_buffer(nameof(grown))!.ToInt64();
        set => get_buffer(nameof(grown))!.fill_(value);
    }
}
