namespace NerfLab.Fields;

/// <summary>How the colour of a field of voxels is decoded.</summary>
public enum VoxelColor
{
    /// <summary>A small network over features and the encoded direction.</summary>
    Mlp,

    /// <summary>Spherical harmonics of the direction, through a sigmoid; of degree 0 no network and no direction at all.</summary>
    Harmonics,
}
