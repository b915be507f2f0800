using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Rendering;

namespace NerfLab.Tasks;

/// <summary>
/// Gradients of a loss that looks at a whole picture, on a memory that does not grow with it: the picture is rendered without gradients, the
/// loss says what it wants of every pixel, and the pixels are rendered again in pieces to pass that on to the field.
/// </summary>
/// <remarks>
/// Zhang et al. 2022, ARF, section 3.2. Rays do not depend on each other, so the gradients are those of the picture rendered at once; this
/// needs the same samples both times, so none is drawn at random.
/// </remarks>
public static class DeferredPicture
{
    /// <summary>A picture as a loss sees it.</summary>
    /// <param name="Color">[1,3,H,W], not clamped, with gradient.</param>
    /// <param name="Opacity">[H,W], without.</param>
    public sealed record Seen(Tensor Color, Tensor Opacity);

    /// <summary>Leaves the gradients of a loss in the parameters of a field.</summary>
    /// <param name="field">The field.</param>
    /// <param name="renderer">How it is rendered.</param>
    /// <param name="camera">The camera of the picture.</param>
    /// <param name="background">[3], behind everything.</param>
    /// <param name="loss">From a picture to a scalar.</param>
    /// <param name="raysAtOnce">Rays of one piece.</param>
    /// <returns>How often the field was asked in the second pass.</returns>
    public static long Backward(IField field, Renderer renderer, Camera camera, Tensor background, Func<Seen, Tensor> loss, int raysAtOnce = 8192)
    {
        using var scope = torch.NewDisposeScope();
        var rays = Cameras.Rays(camera, background.device);
        var pieces = new List<Tensor>();
        var opacities = new List<Tensor>();
        using (torch.no_grad())
        {
            foreach (var piece in Pieces())
            {
                using var inner = torch.NewDisposeScope();
                var rendered = renderer.Render(field, piece, background, onlyPixels: true);
                pieces.Add(rendered.Color.MoveToOuterDisposeScope());
                opacities.Add(rendered.Opacity.MoveToOuterDisposeScope());
            }
        }
        var picture = torch.cat(pieces).view(camera.Height, camera.Width, 3).permute(2, 0, 1).unsqueeze(0).contiguous().requires_grad_();
        loss(new Seen(picture, torch.cat(opacities).view(camera.Height, camera.Width))).backward();
        if (picture.grad is null) return 0;
        var wanted = picture.grad.squeeze(0).permute(1, 2, 0).reshape(-1, 3);

        long samples = 0, begin = 0;
        foreach (var (i, piece) in Pieces().Index())
        {
            using var inner = torch.NewDisposeScope();
            samples += Pass(piece, pieces[i], wanted.narrow(0, begin, piece.Count));
            begin += piece.Count;
        }
        return samples;

        IEnumerable<Rays> Pieces()
        {
            for (long first = 0; first < rays.Count; first += raysAtOnce) yield return rays.Slice(first, long.Min(raysAtOnce, rays.Count - first));
        }

        // The mean square to a target has the gradient 2 (c - t) / 3R, so with the target t = c - 3R g / 2s and the factor s it is g; so
        // the kernels that are made for squared errors do this as well. The factor brings targets to a size that floats resolve.
        long Pass(Rays piece, Tensor colors, Tensor gradient)
        {
            double largest = gradient.abs().max().ToDouble();
            if (largest == 0) return 0;
            double factor = largest * 1.5 * piece.Count;
            var rendered = renderer.Render(field, piece, background, onlyPixels: true);
            var error = rendered.Error(colors - gradient * (1 / largest), ColorError.Squared);
            if (error.requires_grad) (error * factor).backward(); // it does not where every ray met empty space only
            return rendered.Samples.Count;
        }
    }
}
