namespace NerfLab.Math;

/// <summary>Which points a contraction leaves where they are, in coordinates in which the scene's box reaches from -1 to 1.</summary>
public enum ContractionNorm
{
    /// <summary>Those of the box: the largest coordinate counts. Space becomes a box of twice the size, which grids fill completely.</summary>
    Cube,

    /// <summary>Those of the ball in it: the Euclidean length counts, as in mip-NeRF 360. Space becomes a ball of twice the radius.</summary>
    Sphere,
}

/// <summary>All of space drawn into twice the size of its middle, so that a field over a box can hold an unbounded scene.</summary>
/// <remarks>Barron et al. 2022, mip-NeRF 360, equation 10; the cube is the same with the maximum norm.</remarks>
public static class Contraction
{
    /// <summary>x where ‖x‖ ≤ 1, else (2 - 1/‖x‖) x/‖x‖.</summary>
    /// <param name="x">[...,3], without unit.</param>
    /// <param name="norm">Which length is meant.</param>
    /// <returns>[...,3], of length below 2.</returns>
    public static Tensor Contract(Tensor x, ContractionNorm norm)
    {
        var r = Length(x, norm).unsqueeze(-1);
        return x * ((2 - 1 / r) / r);
    }

    /// <summary>The inverse: y where ‖y‖ ≤ 1, else y / (‖y‖ (2 - ‖y‖)).</summary>
    /// <param name="y">[...,3], of length below 2.</param>
    /// <param name="norm">Which length is meant.</param>
    public static Tensor Expand(Tensor y, ContractionNorm norm)
    {
        var r = Length(y, norm).unsqueeze(-1);
        return y / (r * (2 - r));
    }

    /// <summary>By how much lengths along the radius shrink: 1 where ‖x‖ ≤ 1, else 1/‖x‖².</summary>
    /// <param name="x">[...,3].</param>
    /// <param name="norm">Which length is meant.</param>
    /// <returns>[...].</returns>
    public static Tensor Shrinkage(Tensor x, ContractionNorm norm) => Length(x, norm).square().reciprocal();

    /// <summary>max(1, ‖x‖), without a root's infinite slope at 0.</summary>
    static Tensor Length(Tensor x, ContractionNorm norm) =>
        norm == ContractionNorm.Cube ? x.abs().amax([-1]).clamp_min(1) : x.square().sum(-1).clamp_min(1).sqrt();
}
