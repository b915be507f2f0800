namespace NerfLab.Fields;

/// <summary>A field that passes through one vector for each place, out of which density and colour are made: PVD's v, where its fields meet.</summary>
/// <remarks>
/// Fang et al. 2023, PVD, section 3: the logarithm of the density, then what colour is made from before the direction enters. Where the vector
/// lies in an architecture is the architecture's to say (<see cref="IDecoder.Geometry"/>); harmonics in voxels have none.
/// </remarks>
public interface IGeometric
{
    /// <summary>V, the length of the vector; 0 where there is none.</summary>
    int GeometrySize { get; }

    /// <summary>The vectors of places.</summary>
    /// <param name="x">[...,3], world units.</param>
    /// <returns>[N,V] with the leading shape flattened; the first number is the logarithm of the density per world unit.</returns>
    Tensor Geometry(Tensor x);
}
