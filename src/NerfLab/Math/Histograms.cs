namespace NerfLab.Math;

/// <summary>Weights along rays as step functions: how one bounds another, and how far a ray's weights lie apart.</summary>
public static class Histograms
{
    /// <summary>The most weight that a step function could have on each interval of another: the sum over all of its pieces that overlap the interval.</summary>
    /// <remarks>Barron et al. 2022, mip-NeRF 360, equation 12.</remarks>
    /// <param name="edges">[R,S+1], ascending: the intervals.</param>
    /// <param name="otherEdges">[R,B+1], ascending: the pieces.</param>
    /// <param name="otherWeights">[R,B].</param>
    /// <returns>[R,S].</returns>
    public static Tensor OuterMeasure(Tensor edges, Tensor otherEdges, Tensor otherWeights)
    {
        long pieces = otherWeights.shape[1], intervals = edges.shape[1] - 1;
        var total = torch.cat([torch.zeros_like(otherWeights.narrow(1, 0, 1)), otherWeights.cumsum(-1)], -1); // [R,B+1], weight before each edge
        // The last edge at or before an interval's begin, and the first edge at or behind its end.
        var first = (torch.searchsorted(otherEdges, edges.narrow(1, 0, intervals).contiguous(), right: true) - 1).clamp(0, pieces);
        var last = torch.searchsorted(otherEdges, edges.narrow(1, 1, intervals).contiguous(), right: false).clamp(0, pieces);
        return total.gather(1, last) - total.gather(1, first);
    }

    /// <summary>How much weight a proposal misses: Σ max(0, w - bound)² / w.</summary>
    /// <remarks>Mip-NeRF 360, equation 13.</remarks>
    /// <param name="weights">[R,S], of the final pass.</param>
    /// <param name="bound">[R,S], from <see cref="OuterMeasure"/>.</param>
    /// <returns>[R].</returns>
    public static Tensor Excess(Tensor weights, Tensor bound) => ((weights - bound).clamp_min(0).square() / (weights + 1e-7)).sum(-1);

    /// <summary>How far the weights of each ray lie apart: Σ_ij w_i w_j |s_i - s_j| + ⅓ Σ_i w_i² ℓ_i.</summary>
    /// <remarks>
    /// Mip-NeRF 360, equation 15. Places ascend, so that the double sum is 2 Σ_i w_i (s_i Σ_{j&lt;i} w_j - Σ_{j&lt;i} w_j s_j): two running sums over all packed
    /// samples, less what stands before each ray, in double precision because differences of them matter.
    /// </remarks>
    /// <param name="weights">[N].</param>
    /// <param name="s">[N], the middles of the pieces, ascending along each ray.</param>
    /// <param name="lengths">[N], of the pieces.</param>
    /// <param name="offsets">[R+1], packed layout.</param>
    /// <param name="rayIndex">[N], the ray of each sample.</param>
    /// <returns>[R], 0 on rays without samples.</returns>
    public static Tensor Distortion(Tensor weights, Tensor s, Tensor lengths, Tensor offsets, Tensor rayIndex)
    {
        long rays = offsets.shape[0] - 1;
        var (w, place) = (weights.to(torch.float64), s.to(torch.float64));
        var apart = 2 * w * (place * Before(w) - Before(w * place)) + w.square() * lengths / 3;
        return torch.zeros(rays, torch.float64, weights.device).index_add(0, rayIndex, apart, 1).to(weights.dtype);

        // Sums over the samples of the same ray before each.
        Tensor Before(Tensor values)
        {
            var total = torch.cat([torch.zeros(1, torch.float64, values.device), values.cumsum(0)], 0); // [N+1]
            return total.narrow(0, 0, values.shape[0]) - total.index_select(0, offsets.narrow(0, 0, rays)).index_select(0, rayIndex);
        }
    }

    /// <summary>Weights brought closer to one another at the beginning of a training: w^γ with γ = b x / ((b - 1) x + 1).</summary>
    /// <remarks>Mip-NeRF 360, appendix, annealing, with b = 10: early proposals are not trusted.</remarks>
    /// <param name="weights">[...], 0 to 1.</param>
    /// <param name="progress">x, from 0 (all places equal) to 1 (unchanged).</param>
    public static Tensor Annealed(Tensor weights, double progress)
    {
        const double B = 10;
        return progress >= 1 ? weights : weights.pow(B * progress / ((B - 1) * progress + 1));
    }
}
