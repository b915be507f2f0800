namespace NerfLab.Math;

/// <summary>What pixels show, and along which rays; see <see cref="Pixels.See"/>. It is declared here because who draws pixels knows no kernels.</summary>
/// <param name="photographs">The pictures.</param>
/// <param name="pixel">[R], 64-bit integers: numbers of pixels among all.</param>
/// <param name="behind">[3] or [R,3], 0 to 1.</param>
/// <returns>R rays and their colours [R,3].</returns>
public delegate (Rays Rays, Tensor Rgb) SeePixels(Photographs photographs, Tensor pixel, Tensor behind);

/// <summary>From numbers of pixels to rays and colours.</summary>
public static class Pixels
{
    /// <summary>The rays through pixels, and what was photographed along them, in front of a colour where the pictures have alpha.</summary>
    /// <param name="photographs">The pictures.</param>
    /// <param name="pixel">[R], 64-bit integers: numbers of pixels among all.</param>
    /// <param name="behind">[3] or [R,3], 0 to 1.</param>
    /// <returns>R rays and their colours [R,3], 0 to 1.</returns>
    public static (Rays Rays, Tensor Rgb) See(Photographs photographs, Tensor pixel, Tensor behind)
    {
        var view = torch.searchsorted(photographs.First, pixel, right: true) - 1;
        var within = pixel - photographs.First.index_select(0, view);
        var width = photographs.Widths.index_select(0, view);
        var row = within.div(width, torch.RoundingMode.floor);
        var rays = Cameras.Rays(photographs.Packed, view, (within - row * width).to(torch.float32), row.to(torch.float32), photographs.Distorted);
        return (rays, OverBackground(photographs.Pixels.index_select(0, pixel).to(torch.float32) / 255, behind));
    }

    /// <summary>Puts pixels in front of a colour; pixels without alpha stay as they are.</summary>
    /// <param name="pixels">[N,3] or [N,4], 0 to 1, colours not multiplied by alpha.</param>
    /// <param name="background">[3] or [N,3].</param>
    public static Tensor OverBackground(Tensor pixels, Tensor background)
    {
        if (pixels.shape[1] == 3) return pixels;
        var alpha = pixels.narrow(1, 3, 1);
        return pixels.narrow(1, 0, 3) * alpha + background * (1 - alpha);
    }
}
