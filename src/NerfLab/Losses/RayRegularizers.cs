using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Rendering;

namespace NerfLab.Losses;

/// <summary>Loss terms that look at the weights along rays instead of their colours; for every field.</summary>
public static class RayRegularizers
{
    /// <summary>How much of the final weights the proposal networks miss, added up over networks and averaged over rays; 0 where there are none. Only they learn from it.</summary>
    /// <remarks>Mip-NeRF 360, equation 13; see <see cref="Histograms.Excess"/>.</remarks>
    public static Tensor Proposal(Step step)
    {
        var sum = torch.zeros_like(step.Batch.Rgb).sum();
        if (step.Render.Proposals.Count == 0) return sum;
        long rays = step.Render.Samples.Rays.Count;
        var (edges, weights) = (Edges(step.Render.Samples), step.Render.Weights.detach().view(rays, -1));
        foreach (var pass in step.Render.Proposals)
            sum = sum + Histograms.Excess(weights, Histograms.OuterMeasure(edges, Edges(pass.Samples), pass.Weights.view(rays, -1))).mean();
        return sum;

        // [R,S+1]; samples stand in the middles of their pieces, which follow each other.
        static Tensor Edges(RaySamples samples)
        {
            long all = samples.PerRay ?? throw new BadInputException("losses.proposal: the samples are not those of proposal networks; set sampler.kind to proposal, or the weight to 0");
            var (t, half) = (samples.T.view(-1, all), samples.Deltas.view(-1, all) / 2);
            return torch.cat([t - half, (t + half).narrow(1, all - 1, 1)], -1).contiguous();
        }
    }

    /// <summary>How far the weights of a ray lie apart, averaged over rays, with distances in diagonals of the field's box: a ray should stop at one place.</summary>
    /// <remarks>Mip-NeRF 360, equation 15, in the coordinate in which the space spreads samples evenly; see <see cref="Histograms.Distortion"/>.</remarks>
    public static Tensor Distortion(Step step)
    {
        var (samples, spacing) = (step.Render.Samples, step.Render.Space?.Spacing ?? default);
        float unit = step.Render.Space?.Bounds.Diagonal ?? 1;
        return Mean(Histograms.Distortion(step.Render.Weights, spacing.Coordinate(samples.T) / unit, samples.Deltas / spacing.Growth(samples.T) / unit, samples.Offsets, samples.RayIndex));
    }

    /// <summary>The entropy of each ray's opacity A, -A ln A - (1-A) ln(1-A), averaged: rays should hit or miss.</summary>
    /// <remarks>Sun et al. 2022, DVGO, the background entropy loss.</remarks>
    public static Tensor Entropy(Step step)
    {
        var a = step.Render.Opacity.clamp(1e-6, 1 - 1e-6);
        return -Mean(a * a.log() + (1 - a) * (1 - a).log());
    }

    /// <summary>ln(0.1 + T) + ln(1.1 - T) for the transmittance T of each ray, averaged and shifted so that 0 is the least: rays should hit or miss.</summary>
    /// <remarks>Plenoxels, section 3 (the beta loss of scenes with backgrounds), with the offset of 0.1 of Lombardi et al. 2019, Neural Volumes, without which the slope has no bound.</remarks>
    public static Tensor Beta(Step step)
    {
        var t = 1 - step.Render.Opacity;
        return Mean((t + 0.1).log() + (1.1 - t).log()) - double.Log(0.1 * 1.1);
    }

    /// <summary>How much of what is seen is turned away from the camera: Σ w max(0, n·d)², averaged over rays, with n the direction in which the density falls.</summary>
    /// <remarks>
    /// Verbin et al. 2022, Ref-NeRF, equation 11. The density's gradient is taken by central differences over 1/1024 of the box's diagonal, so that it works
    /// with every field and every kernel, also where these pass no gradient on to positions; it asks six more densities per sample.
    /// </remarks>
    public static Tensor Orientation(Step step)
    {
        var (render, samples) = (step.Render, step.Render.Samples);
        if (samples.Count == 0) return torch.zeros_like(step.Batch.Rgb).sum();
        double h = (render.Space?.Bounds ?? (render.Field as EncodedField)?.Bounds)?.Diagonal / 1024 ?? 1e-3;
        var (x, steps) = (samples.Positions.detach(), torch.eye(3, device: samples.T.device) * h);
        var around = torch.cat([x.unsqueeze(1) + steps, x.unsqueeze(1) - steps], 1); // [N,6,3]
        var density = render.Field.Density(around);
        var normal = F.normalize(density.narrow(1, 3, 3) - density.narrow(1, 0, 3), dim: -1); // [N,3]
        var away = (normal * samples.Rays.Directions.index_select(0, samples.RayIndex)).sum(-1).clamp_min(0).square();
        return VolumeRendering.Accumulate(render.Weights, away, samples).mean();
    }

    static Tensor Mean(Tensor values) => values.sum() / long.Max(values.shape[0], 1);
}
