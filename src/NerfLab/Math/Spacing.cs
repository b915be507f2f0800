namespace NerfLab.Math;

/// <summary>How places along a ray are spread.</summary>
public enum SpacingKind
{
    /// <summary>Evenly.</summary>
    Linear,

    /// <summary>Evenly up to the knee; beyond it steps grow in proportion to the distance (Müller et al. 2022, Instant-NGP, appendix E.1).</summary>
    Cone,

    /// <summary>Evenly up to the knee; beyond it evenly in the reciprocal of the distance, which reaches infinity in as many steps again.</summary>
    Piecewise,

    /// <summary>Evenly in the reciprocal of the distance (NeRF's <c>lindisp</c>).</summary>
    Disparity,
}

/// <summary>
/// A coordinate s(t) along rays in which samples are evenly spread, as a smooth map of the distance t: samplers choose places in s
/// and ask the field at t(s).
/// </summary>
/// <remarks>
/// With knee τ. Cone: s = t up to τ, then τ (1 + ln(t/τ)), so that a step at t is t/τ times the step at the camera. Piecewise: s = t up to
/// τ, then τ (2 - τ/t), the map of distances of mip-NeRF 360's contraction (Barron et al. 2022, equation 10). Disparity: s = -1/t.
/// </remarks>
/// <param name="Kind">The form.</param>
/// <param name="Knee">τ, in the units of t, above 0; counts for cone and piecewise.</param>
public readonly record struct Spacing(SpacingKind Kind, float Knee = float.PositiveInfinity)
{
    /// <summary>s(t).</summary>
    /// <param name="t">[...], at least 0; for disparity at least 1e-6.</param>
    public Tensor Coordinate(Tensor t)
    {
        float knee = Knee;
        return Kind switch
        {
            SpacingKind.Cone => torch.where(t <= knee, t, knee * (1 + torch.log(t.clamp_min(knee) / knee))),
            SpacingKind.Piecewise => torch.where(t <= knee, t, knee * (2 - knee / t.clamp_min(knee))),
            SpacingKind.Disparity => -1 / t.clamp_min(1e-6),
            _ => t,
        };
    }

    /// <summary>t(s), the inverse of <see cref="Coordinate"/>.</summary>
    /// <param name="s">[...].</param>
    public Tensor Distance(Tensor s)
    {
        float knee = Knee;
        return Kind switch
        {
            SpacingKind.Cone => torch.where(s <= knee, s, knee * torch.exp(s.clamp_min(knee) / knee - 1)),
            SpacingKind.Piecewise => torch.where(s <= knee, s, knee / (2 - s.clamp_min(knee) / knee)),
            SpacingKind.Disparity => -1 / s,
            _ => s,
        };
    }

    /// <summary>t(s) of one place.</summary>
    public float Distance(float s) => Kind switch
    {
        SpacingKind.Cone => s <= Knee ? s : Knee * MathF.Exp(s / Knee - 1),
        SpacingKind.Piecewise => s <= Knee ? s : Knee / (2 - s / Knee),
        SpacingKind.Disparity => -1 / s,
        _ => s,
    };

    /// <summary>dt/ds: by how much a step is longer at a distance than where spacing is even.</summary>
    /// <param name="t">[...].</param>
    public Tensor Growth(Tensor t) => Kind switch
    {
        SpacingKind.Cone => (t / Knee).clamp_min(1),
        SpacingKind.Piecewise => (t / Knee).clamp_min(1).square(),
        SpacingKind.Disparity => t.square(),
        _ => torch.ones_like(t),
    };
}
