namespace NerfLab.Math;

/// <summary>
/// The emission-absorption integral along rays, as quadrature over packed samples (Max 1995; Mildenhall et al. 2020, NeRF,
/// equations 1 to 3). Sample i of a ray has density σ_i over a length δ_i and colour c_i.
/// </summary>
public static class VolumeRendering
{
    const float Opaque = 128; // e^-128 is 0 in single precision

    /// <summary>The optical thickness of each piece: σ_i δ_i.</summary>
    /// <param name="density">[N], per world unit.</param>
    /// <param name="delta">[N], world units.</param>
    public static Tensor OpticalThickness(Tensor density, Tensor delta) => density * delta;

    /// <summary>How much light each piece absorbs: α_i = 1 - exp(-σ_i δ_i).</summary>
    /// <remarks>NeRF, equation 3. Computed with expm1, so that thin pieces keep their digits.</remarks>
    /// <param name="thickness">[N], σδ.</param>
    public static Tensor Alpha(Tensor thickness) => -torch.expm1(-thickness);

    /// <summary>How much light passes from a sample to the camera: T_i = exp(-Σ_{j&lt;i} σ_j δ_j), the sum over the same ray.</summary>
    /// <remarks>
    /// NeRF, equation 3. One running sum goes over all samples; what stands before a ray's first sample is taken off. The sum
    /// is in double precision because it grows with the whole batch while its differences matter. A thickness counts as 128 at
    /// most, behind which nothing is seen in single precision: one huge density would swallow the digits of all later rays.
    /// </remarks>
    /// <param name="thickness">[N], σδ.</param>
    /// <param name="offsets">[R+1], packed layout.</param>
    /// <param name="rayIndex">[N], the ray of each sample.</param>
    public static Tensor Transmittance(Tensor thickness, Tensor offsets, Tensor rayIndex)
    {
        var counted = thickness.clamp_max(Opaque);
        var inclusive = counted.cumsum(0, torch.float64);
        var exclusive = inclusive - counted;
        var total = torch.cat([torch.zeros(1, torch.float64, thickness.device), inclusive], 0); // [N+1]
        var before = total.index_select(0, offsets.narrow(0, 0, offsets.shape[0] - 1)).index_select(0, rayIndex);
        return torch.exp(before - exclusive).to(thickness.dtype);
    }

    /// <summary>How much each sample contributes to its pixel: w_i = T_i α_i.</summary>
    /// <remarks>NeRF, equation 5.</remarks>
    /// <param name="density">[N], per world unit.</param>
    /// <param name="delta">[N], world units.</param>
    /// <param name="offsets">[R+1], packed layout.</param>
    /// <param name="rayIndex">[N], the ray of each sample.</param>
    /// <returns>[N], each ray's weights sum to at most 1.</returns>
    public static Tensor Weights(Tensor density, Tensor delta, Tensor offsets, Tensor rayIndex)
    {
        var thickness = OpticalThickness(density, delta);
        return Transmittance(thickness, offsets, rayIndex) * Alpha(thickness);
    }

    /// <summary>The same for samples that know their lengths and rays.</summary>
    /// <param name="density">[N], per unit of the samples' distances.</param>
    /// <param name="samples">N samples.</param>
    /// <returns>[N].</returns>
    public static Tensor Weights(Tensor density, RaySamples samples) => Weights(density, samples.Deltas, samples.Offsets, samples.RayIndex);

    /// <summary>The expected value of a quantity along each ray: Σ_i w_i v_i.</summary>
    /// <remarks>NeRF, equation 3 with v = c; opacity with v = 1; expected depth with v = t.</remarks>
    /// <param name="weights">[N].</param>
    /// <param name="values">[N] or [N,C]; null for 1.</param>
    /// <param name="rayIndex">[N], the ray of each sample.</param>
    /// <param name="rays">R.</param>
    /// <returns>[R] or [R,C]; rays without samples get 0.</returns>
    public static Tensor Accumulate(Tensor weights, Tensor? values, Tensor rayIndex, long rays)
    {
        var each = values is null ? weights : (values.ndim == 1 ? weights : weights.unsqueeze(-1)) * values; // [N] or [N,C]
        return torch.zeros([rays, .. each.shape[1..]], weights.dtype, weights.device).index_add(0, rayIndex, each, 1);
    }

    /// <summary>The same for samples that know their rays.</summary>
    /// <param name="weights">[N].</param>
    /// <param name="values">[N] or [N,C]; null for 1, which gives the opacity.</param>
    /// <param name="samples">N samples on R rays.</param>
    /// <returns>[R] or [R,C]; rays without samples get 0.</returns>
    public static Tensor Accumulate(Tensor weights, Tensor? values, RaySamples samples) => Accumulate(weights, values, samples.RayIndex, samples.Rays.Count);

    /// <summary>The samples that contribute more than a little to their pixels: what is transparent or hidden costs nothing any more.</summary>
    /// <remarks>DVGO's threshold on colours (Sun et al. 2022, section 5.3). Pieces keep their lengths.</remarks>
    /// <param name="density">[N].</param>
    /// <param name="samples">N samples on R rays.</param>
    /// <param name="least">Weights up to this one are dropped.</param>
    public static RaySamples KeepVisible(Tensor density, RaySamples samples, float least)
    {
        using var noGradient = torch.no_grad();
        var keep = Weights(density, samples) > least;
        var before = torch.cat([torch.zeros(1, torch.int64, keep.device), keep.to(torch.int64).cumsum(0)]);
        return new RaySamples(samples.Rays, samples.T.masked_select(keep), samples.Deltas.masked_select(keep), before.index_select(0, samples.Offsets));
    }

    /// <summary>Puts a rendered colour in front of a background: C + (1 - A) b.</summary>
    /// <param name="color">[R,3], Σ w c.</param>
    /// <param name="opacity">[R], Σ w.</param>
    /// <param name="background">[3] or [R,3].</param>
    public static Tensor Over(Tensor color, Tensor opacity, Tensor background) => color + (1 - opacity.unsqueeze(-1)) * background;
}
