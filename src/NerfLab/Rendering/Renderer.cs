using NerfLab.Fields;

namespace NerfLab.Rendering;

/// <summary>A picture with what is known behind it.</summary>
/// <param name="Color">[H,W,3], 0 to 1.</param>
/// <param name="Depth">[H,W], expected distance along the ray of what was hit, in world units; 0 where nothing was.</param>
/// <param name="Opacity">[H,W], 0 to 1.</param>
public sealed record RenderedImage(Tensor Color, Tensor Depth, Tensor Opacity);

/// <summary>Turns fields into colours: it asks a field about samples and composites the answers, and knows no architecture.</summary>
/// <param name="Sampler">Where to ask.</param>
/// <param name="Kernels">How to composite.</param>
/// <param name="Space">What sampler and field take for coordinates; null for the world.</param>
public sealed record Renderer(ISampler Sampler, Kernels.Kernels Kernels, Space? Space = null)
{
    /// <summary>Renders rays; lazily, see <see cref="RenderedRays"/>.</summary>
    /// <param name="field">The field.</param>
    /// <param name="rays">R rays of the world.</param>
    /// <param name="background">[3] or [R,3].</param>
    /// <param name="random">Draws the jitter of training; null for evaluation.</param>
    /// <param name="onlyPixels">See <see cref="RenderedRays.OnlyPixels"/>.</param>
    public RenderedRays Render(IField field, Rays rays, Tensor background, torch.Generator? random = null, bool onlyPixels = false)
    {
        var (samples, proposals) = Sampler.Sample(Space?.Map(rays) ?? rays, field, random);
        return new RenderedRays(field, samples, background, Kernels, Space, [.. proposals.Select(p => p.Over(background))]) { OnlyPixels = onlyPixels };
    }

    /// <summary>Renders a whole picture without gradients, in pieces that bound the memory.</summary>
    /// <param name="field">The field.</param>
    /// <param name="camera">The camera; pictures of any size.</param>
    /// <param name="background">[3].</param>
    /// <param name="raysAtOnce">Rays of one piece.</param>
    /// <returns>Tensors on the CPU that belong to the caller's dispose scope.</returns>
    public RenderedImage Image(IField field, Camera camera, Tensor background, int raysAtOnce = 4096)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var rays = Math.Cameras.Rays(camera, background.device);
        var (color, depth, opacity) = (new List<Tensor>(), new List<Tensor>(), new List<Tensor>());
        for (long begin = 0; begin < rays.Count; begin += raysAtOnce)
        {
            using var piece = torch.NewDisposeScope();
            var rendered = Render(field, rays.Slice(begin, long.Min(raysAtOnce, rays.Count - begin)), background, onlyPixels: true);
            color.Add(rendered.Color.clamp(0, 1).cpu().MoveToOuterDisposeScope());
            depth.Add((rendered.Depth / rendered.Opacity.clamp_min(1e-6f)).cpu().MoveToOuterDisposeScope());
            opacity.Add(rendered.Opacity.cpu().MoveToOuterDisposeScope());
        }
        return new RenderedImage(
            torch.cat(color).view(camera.Height, camera.Width, 3).MoveToOuterDisposeScope(),
            torch.cat(depth).view(camera.Height, camera.Width).MoveToOuterDisposeScope(),
            torch.cat(opacity).view(camera.Height, camera.Width).MoveToOuterDisposeScope());
    }
}
