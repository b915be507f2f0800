namespace NerfLab.Math;

/// <summary>A picture as another camera would show it, as far as that can be known.</summary>
/// <param name="Color">[H,W,C]; 0 where <paramref name="Mask"/> is false.</param>
/// <param name="Mask">[H,W], boolean: whether the surface behind the pixel is seen in the other picture as well.</param>
public sealed record WarpedPicture(Tensor Color, Tensor Mask);

/// <summary>Pictures brought from one camera to another through depth.</summary>
public static class Warps
{
    /// <summary>
    /// Warps a picture backwards: for every pixel of the target, the surface point behind it is looked up in the source picture.
    /// </summary>
    /// <remarks>
    /// The mask of Lai et al. 2018, with known geometry in place of optical flow: a pixel counts when its point lies in front of the
    /// source camera and between the centres of four of its pixels, all of which show a surface, and when the source's own depth there
    /// agrees with the distance of the point. Where it is smaller, something else stands before the point.
    /// </remarks>
    /// <param name="target">The camera that the result belongs to.</param>
    /// <param name="targetDepth">[H,W], distance along rays of unit direction; not above 0 or not finite where there is nothing.</param>
    /// <param name="source">The camera of the picture.</param>
    /// <param name="sourceDepth">[H',W'], likewise.</param>
    /// <param name="sourceColor">[H',W',C].</param>
    /// <param name="tolerance">By which share of the distance the two depths may differ.</param>
    public static WarpedPicture Backward(Camera target, Tensor targetDepth, Camera source, Tensor sourceDepth, Tensor sourceColor, double tolerance = 0.01)
    {
        using var scope = torch.NewDisposeScope();
        Guard.Shape(targetDepth, [target.Height, target.Width]);
        Guard.Shape(sourceDepth, [source.Height, source.Width]);
        Guard.Shape(sourceColor, [source.Height, source.Width, -1]);
        var seen = Surface(targetDepth);
        var rays = Cameras.Rays(target, targetDepth.device);
        var points = rays.Origins + Where(seen, targetDepth, 0).view(-1, 1) * rays.Directions; // [H·W,3]
        var (column, row, depth) = Cameras.Project(source, points);
        const double Edge = 0.5 - 1e-3; // of a pixel: a picture warped to its own place keeps its outermost pixels in spite of rounding
        var mask = seen.view(-1) & (depth > 0) & (column >= Edge) & (column <= source.Width - Edge) & (row >= Edge) & (row <= source.Height - Edge);

        // Outside of the picture any place will do, as long as it is a number.
        (column, row) = (Where(mask, column, 0.5), Where(mask, row, 0.5));
        var shown = Surface(sourceDepth);
        var planes = torch.cat([sourceColor, Where(shown, sourceDepth, 0).unsqueeze(-1), shown.to(torch.float32).unsqueeze(-1)], -1);
        var values = Bilinear(planes, column, row); // [H·W,C+2]
        var channels = sourceColor.shape[2];
        var there = values.select(1, channels);
        var distance = torch.linalg.vector_norm(points - source.Pose.Position.ToTensor(points.device), 2, [-1]);
        mask = mask & (values.select(1, channels + 1) > 1 - 1e-4) & ((there - distance).abs() <= tolerance * distance);
        var color = Where(mask.unsqueeze(-1), values.narrow(1, 0, channels), 0);
        return new WarpedPicture(color.view(target.Height, target.Width, channels).MoveToOuterDisposeScope(), mask.view(target.Height, target.Width).MoveToOuterDisposeScope());

        static Tensor Surface(Tensor depth) => depth.isfinite() & (depth > 0);

        static Tensor Where(Tensor condition, Tensor values, double otherwise) => values.masked_fill(condition.logical_not(), otherwise);
    }

    /// <summary>Bilinear samples of a picture.</summary>
    /// <param name="picture">[H,W,C].</param>
    /// <param name="column">[N], 0.5 to W-0.5: the centre of the first pixel to that of the last.</param>
    /// <param name="row">[N], 0.5 to H-0.5.</param>
    /// <returns>[N,C].</returns>
    public static Tensor Bilinear(Tensor picture, Tensor column, Tensor row)
    {
        using var scope = torch.NewDisposeScope();
        long height = picture.shape[0], width = picture.shape[1];
        var grid = torch.stack([column * (2.0 / width) - 1, row * (2.0 / height) - 1], -1).view(1, 1, -1, 2);
        var samples = F.grid_sample(picture.permute(2, 0, 1).unsqueeze(0), grid, torch.GridSampleMode.Bilinear, torch.GridSamplePaddingMode.Border, align_corners: false); // [1,C,1,N]
        return samples.view(picture.shape[2], -1).t().MoveToOuterDisposeScope();
    }
}
