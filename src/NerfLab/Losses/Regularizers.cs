using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Losses;

/// <summary>Loss terms that look at the field itself instead of its pictures.</summary>
public static class Regularizers
{
    /// <summary>Total variation of the raw densities of a field of voxels, over 1 % of its cells, other ones in every step.</summary>
    /// <remarks>Plenoxels, equation 3; see <see cref="VoxelGrid.TotalVariation"/>. The cells follow each other, from a place that depends on the step alone.</remarks>
    /// <exception cref="BadInputException">The field has no voxels.</exception>
    public static Tensor TvDensity(Step step) => TotalVariation(Voxels(step, "tvDensity").DensityVoxels, step);

    /// <summary>The same for what becomes colour: spherical harmonics or features, summed over channels.</summary>
    /// <exception cref="BadInputException">The field has no voxels.</exception>
    public static Tensor TvColor(Step step) => TotalVariation(Voxels(step, "tvColor").ColorVoxels, step);

    /// <summary>
    /// Cauchy's penalty on density, the mean over samples of ln(1 + 2 σ²), with σ per world unit, for any field. The original
    /// takes the sum over samples, so that its weight depends on rays and resolution; the mean does not.
    /// </summary>
    /// <remarks>Plenoxels, equation 4, after Hedman et al. 2021, SNeRG.</remarks>
    public static Tensor Sparsity(Step step)
    {
        var density = step.Render.Density;
        return (density.square() * 2).log1p().sum() / long.Max(density.shape[0], 1); // no samples cost nothing
    }

    static VoxelEncoding Voxels(Step step, string term) => step.Render.Field is EncodedField { Encoding: VoxelEncoding voxels }
        ? voxels : throw new BadInputException($"losses.{term} is for fields of voxels, dense and plenoxels; set it to 0");

    static Tensor TotalVariation(VoxelValues voxels, Step step)
    {
        const long Stream = 0x7476; // any number of its own
        long cells = VoxelGrid.Cells(voxels.Layout);
        long first = (long)(RandomStream.Seed(Stream, step.Index) % (ulong)cells);
        return VoxelGrid.TotalVariation(voxels.Rows, voxels.Layout, voxels.Links, first, long.Max(1, cells / 100));
    }
}
