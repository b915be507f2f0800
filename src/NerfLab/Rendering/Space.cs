using System.Text.Json.Serialization;
using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>Where a scene is, in the world.</summary>
/// <param name="Bounds">The box outside of which nothing needs to be represented.</param>
/// <param name="Near">Nothing nearer is looked at, world units.</param>
/// <param name="Far">Nothing farther is looked at, world units.</param>
public readonly record struct Reach(Box Bounds, float Near, float Far);

/// <summary>
/// How a field lies in the world: which rays it is asked along, how far and how densely. Samplers, fields and the renderer work in
/// the coordinates of the space and need not know which one it is.
/// </summary>
/// <param name="World">Where the scene is.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(BoundedSpace), "bounded")]
[JsonDerivedType(typeof(NdcSpace), "ndc")]
[JsonDerivedType(typeof(ContractedSpace), "contracted")]
public abstract record Space(Reach World)
{
    /// <summary>The box of the field, in the coordinates of the space.</summary>
    [JsonIgnore]
    public abstract Box Bounds { get; }

    /// <summary>How samples are best spread along rays.</summary>
    [JsonIgnore]
    public virtual Spacing Spacing => default;

    /// <summary>By how much larger than the box the part of the space is that rays are followed through; 1 where they end with it.</summary>
    [JsonIgnore]
    public virtual float Stretch => 1;

    /// <summary>Densities per length that grows with the distance as steps do: how thick a step is, wherever it is made.</summary>
    /// <param name="density">[N], per unit of the space.</param>
    /// <param name="x">[N,3], where.</param>
    public virtual Tensor DensityHere(Tensor density, Tensor x) => density;

    /// <summary>World rays in the coordinates of the space.</summary>
    /// <param name="rays">R rays of the world.</param>
    /// <returns>R rays that remember those of the world.</returns>
    public virtual Rays Map(Rays rays) => rays;

    /// <summary>The part of each ray where something can be: entry and exit distances, [R] each; there is none where the exit is not beyond the entry.</summary>
    /// <param name="rays">R rays in the coordinates of the space.</param>
    /// <param name="support">The box that a field has been cut down to; null for the whole one.</param>
    public abstract (Tensor Entry, Tensor Exit) Interval(Rays rays, Box? support = null);

    /// <summary>Distances in the world of places on rays.</summary>
    /// <param name="rays">R rays from <see cref="Map"/>.</param>
    /// <param name="t">[R], distances along them in the coordinates of the space.</param>
    /// <returns>[R], distances along the rays of the world.</returns>
    public virtual Tensor Distance(Rays rays, Tensor t) => t;

    /// <summary>The field as the world sees it: asked at world points, it answers with densities per world unit.</summary>
    /// <param name="field">A field of this space.</param>
    public virtual IField OfWorld(IField field) => field;

    /// <summary>Makes an untrained field of this space.</summary>
    /// <param name="field">The architecture.</param>
    /// <param name="random">Draws the first weights.</param>
    /// <param name="kernels">The operations to use.</param>
    public virtual EncodedField Build(FieldSpec field, torch.Generator random, Kernels.Kernels kernels) => field.Build(Bounds, random, kernels);

    /// <summary>A space that ends with its box.</summary>
    /// <param name="bounds">The box.</param>
    /// <param name="near">Nothing nearer is looked at.</param>
    /// <param name="far">Nothing farther is looked at.</param>
    public static Space Bounded(Box bounds, float near, float far) => new BoundedSpace(new Reach(bounds, near, far));
}

/// <summary>The world itself, within its box.</summary>
/// <param name="World">Where the scene is.</param>
public sealed record BoundedSpace(Reach World) : Space(World)
{
    /// <inheritdoc/>
    public override Box Bounds => World.Bounds;

    /// <inheritdoc/>
    public override (Tensor Entry, Tensor Exit) Interval(Rays rays, Box? support) => Sampling.BoxInterval(rays, support ?? Bounds, World.Near, World.Far);
}
