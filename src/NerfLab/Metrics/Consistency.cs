using NerfLab.Math;

namespace NerfLab.Metrics;

/// <summary>A rendering with its camera and the depth that belongs to it.</summary>
/// <param name="Camera">Of the picture.</param>
/// <param name="Color">[H,W,3], 0 to 1.</param>
/// <param name="Depth">[H,W], distance along rays of unit direction, world units; 0 where nothing was hit.</param>
public sealed record PictureWithDepth(Camera Camera, Tensor Color, Tensor Depth)
{
    /// <summary>[H,W], 1 where something was hit, else 0.</summary>
    public Tensor There => (Depth > 0).to(torch.float32);
}

/// <summary>How well two pictures of one scene agree where they show the same surface.</summary>
/// <param name="Rmse">Root of the mean squared difference over the pixels of the mask and their channels; NaN where the mask is empty.</param>
/// <param name="Lpips">LPIPS, or another distance, of the pictures with everything outside of the mask taken to be equal; null where it was not asked for.</param>
/// <param name="Overlap">Share of the pixels in the mask, 0 to 1.</param>
public sealed record WarpError(double Rmse, double? Lpips, double Overlap);

/// <summary>Multi-view consistency of renderings: what one view shows must be what another, warped to its place, shows.</summary>
public static class Consistency
{
    /// <summary>Warps a second view into the first and compares.</summary>
    /// <remarks>
    /// Warped RMSE and LPIPS of Lai et al. 2018, as papers on stylised scenes report them (Huang et al. 2022): √(Σ M (A - W B)² / (3 Σ M)),
    /// here with the renderings' own depth instead of optical flow.
    /// </remarks>
    /// <param name="a">The view that stays.</param>
    /// <param name="b">The view that is warped.</param>
    /// <param name="lpips">Measures LPIPS, or another distance, as well; null leaves it out.</param>
    /// <param name="tolerance">See <see cref="Warps.Backward"/>.</param>
    public static WarpError Between(PictureWithDepth a, PictureWithDepth b, IPictureDistance? lpips = null, double tolerance = 0.01)
    {
        using var scope = torch.NewDisposeScope();
        var (warped, mask) = Warps.Backward(a.Camera, a.Depth, b.Camera, b.Depth, b.Color, tolerance);
        var counts = mask.unsqueeze(-1);
        double pixels = mask.sum().ToDouble();
        double squares = (a.Color - warped).masked_fill(counts.logical_not(), 0).to(torch.float64).square().sum().ToDouble();
        return new WarpError(double.Sqrt(squares / (3 * pixels)), lpips?.Distance(torch.where(counts, warped, a.Color), a.Color), pixels / mask.numel());
    }
}
