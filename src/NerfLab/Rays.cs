namespace NerfLab;

/// <summary>A bundle of R rays.</summary>
/// <param name="Origins">[R,3], world units, or the units of the space that the rays were mapped into.</param>
/// <param name="Directions">[R,3], unit length, so that a distance along a ray is in these units.</param>
public sealed record Rays(Tensor Origins, Tensor Directions)
{
    /// <summary>The rays of the world that these are the image of, where they were mapped into another space; null where they are the world's.</summary>
    public Rays? Source { get; init; }

    /// <summary>The rays of the world: colours depend on their directions.</summary>
    public Rays World => Source ?? this;

    /// <summary>R.</summary>
    public long Count => Origins.shape[0];

    /// <summary>The rays with numbers <paramref name="first"/> to <paramref name="first"/>+<paramref name="count"/>-1.</summary>
    public Rays Slice(long first, long count) => new(Origins.narrow(0, first, count), Directions.narrow(0, first, count)) { Source = Source?.Slice(first, count) };

    /// <summary>The rays on another device.</summary>
    public Rays To(torch.Device device) => new(Origins.to(device), Directions.to(device)) { Source = Source?.To(device) };
}
