using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Values at the points of a grid, as a regulariser sees them.</summary>
/// <param name="Rows">[K,C], with gradient.</param>
/// <param name="Layout">The grid.</param>
/// <param name="Links">[X·Y·Z], the row of each voxel or -1; null for a dense grid.</param>
public readonly record struct VoxelValues(Tensor Rows, VoxelLayout Layout, Tensor? Links);

/// <summary>An encoding that keeps density and colour in voxel grids, open to regularisers.</summary>
public interface IVoxelEncoding : IEncoding
{
    /// <summary>What becomes density, one channel, before its activation.</summary>
    VoxelValues DensityVoxels { get; }

    /// <summary>What becomes colour.</summary>
    VoxelValues ColorVoxels { get; }
}

/// <summary>How the colour of a field of voxels is decoded.</summary>
public enum VoxelColor
{
    /// <summary>A small network over features and the encoded direction.</summary>
    Mlp,

    /// <summary>Spherical harmonics of the direction, through a sigmoid; of degree 0 no network and no direction at all.</summary>
    Harmonics,
}
