namespace NerfLab.Math;

/// <summary>A volume as a sum of products of planes and lines, read at points.</summary>
/// <remarks>
/// Chen et al. 2022, TensoRF, section 3. Every channel is a component of the volume. Those of density, which come first, are summed
/// up as the paper's equations do; those of appearance stay apart, for a matrix or a network to mix.
/// </remarks>
public static class Decomposition
{
    /// <summary>Planes times lines, equations 3 and 4: f = concat_m P_m(x) ∘ v_m(x), and Σ_m Σ_r over the components of density.</summary>
    /// <param name="planes">M tensors [C,H,W].</param>
    /// <param name="lines">M tensors [C,L].</param>
    /// <param name="x">[N,3], -1 to 1.</param>
    /// <param name="planeAxes">M pairs: which coordinates run along width and height.</param>
    /// <param name="lineAxes">M numbers: which coordinate runs along the line.</param>
    /// <param name="density">So many first channels of each mode are summed up to the first feature; 0 leaves all channels as features.</param>
    /// <param name="convention">Where texels lie.</param>
    /// <returns>[N, 1 + Σ (C - density)], or [N, Σ C] without density.</returns>
    public static Tensor VectorMatrix(IReadOnlyList<Tensor> planes, IReadOnlyList<Tensor> lines, Tensor x, IReadOnlyList<PlaneAxes> planeAxes, IReadOnlyList<int> lineAxes,
        int density, PlaneConvention convention)
    {
        return Summed([.. planes.Select((_, m) => Mode(m))], density);

        Tensor Mode(int m) => (Planes.Bilinear(planes[m].unsqueeze(0), x, [planeAxes[m]], convention) * Planes.Linear(lines[m].unsqueeze(0), x, [lineAxes[m]], convention)).squeeze(0);
    }

    /// <summary>Products of three lines, equation 2: f = v^x(x) ∘ v^y(y) ∘ v^z(z), and Σ_r over the components of density.</summary>
    /// <param name="lines">Three tensors [C,L], for x, y and z.</param>
    /// <param name="x">[N,3], -1 to 1.</param>
    /// <param name="density">So many first channels are summed up to the first feature; 0 leaves all channels as features.</param>
    /// <param name="convention">Where texels lie.</param>
    /// <returns>[N, 1 + C - density], or [N,C] without density.</returns>
    public static Tensor Canonical(IReadOnlyList<Tensor> lines, Tensor x, int density, PlaneConvention convention) =>
        Summed([lines.Select((l, a) => Planes.Linear(l.unsqueeze(0), x, [a], convention).squeeze(0)).Aggregate((a, b) => a * b)], density);

    /// <summary>The sum of the components of density, [N,1], and behind it those of appearance.</summary>
    static Tensor Summed(IReadOnlyList<Tensor> modes, int density)
    {
        if (density == 0) return torch.cat([.. modes], -1);
        var dense = torch.cat([.. modes.Select(f => f.narrow(1, 0, density))], -1).sum(-1, keepdim: true);
        return torch.cat([dense, .. modes.Select(f => f.narrow(1, density, f.shape[1] - density))], -1);
    }
}
