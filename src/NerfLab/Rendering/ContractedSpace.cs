using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>All of the world: a box of it stays as it is, the rest is drawn into a shell around that, half of the field's sides.</summary>
/// <remarks>
/// Barron et al. 2022, mip-NeRF 360, section 3. Rays stay those of the world; the field contracts the points (<see cref="EncodedField.Contraction"/>). Samples
/// are spread evenly up to half the box's diagonal, then evenly in the reciprocal of the distance, as the contraction does.
/// </remarks>
/// <param name="World">Where the scene is; its far end does not count.</param>
/// <param name="Norm">The form of what stays as it is.</param>
/// <param name="Inner">The box that stays as it is, as a share of the scene's bounds, about the same middle.</param>
/// <param name="Far">How far rays are followed, in half longest sides of that box.</param>
public sealed record ContractedSpace(Reach World, ContractionNorm Norm, float Inner, float Far) : Space(World)
{
    /// <inheritdoc/>
    public override Box Bounds => World.Bounds.Scaled(Inner);

    /// <inheritdoc/>
    public override Spacing Spacing => new(SpacingKind.Piecewise, Bounds.Diagonal / 2);

    /// <inheritdoc/>
    public override float Stretch => Far;

    /// <inheritdoc/>
    public override Tensor DensityHere(Tensor density, Tensor x)
    {
        var (middle, half) = (Bounds.Center, Bounds.Size / 2);
        var y = (x - middle.ToTensor(x.device)) / half.ToTensor(x.device);
        return density / Contraction.Shrinkage(y, Norm);
    }

    /// <inheritdoc/>
    public override (Tensor Entry, Tensor Exit) Interval(Rays rays, Box? support)
    {
        float far = float.Max(Far * Bounds.LongestSide / 2, 2 * World.Near);
        return (torch.full(rays.Count, World.Near, device: rays.Origins.device), torch.full(rays.Count, far, device: rays.Origins.device));
    }

    /// <inheritdoc/>
    public override EncodedField Build(FieldSpec field, torch.Generator random, Kernels.Kernels kernels)
    {
        var built = base.Build(field, random, kernels);
        built.Contraction = Norm;
        return built;
    }
}
