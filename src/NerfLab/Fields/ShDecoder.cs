using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Density from the first feature, colour from spherical harmonics whose coefficients are the others. It has no parameters.</summary>
/// <remarks>Plenoxels, section 3.1; Yu et al. 2021, PlenOctrees, equation 4.</remarks>
/// <param name="degree">The highest band l, 0 to 3: (degree + 1)² coefficients a colour channel.</param>
/// <param name="color">From the sum to a colour.</param>
/// <param name="density">From the first feature to a density.</param>
/// <param name="kernels">The operations to use.</param>
public sealed class ShDecoder(int degree, ShColor color, RawDensity density, Kernels.Kernels kernels) : IDecoder
{
    /// <summary>Coefficients of a colour channel at a degree: (degree + 1)².</summary>
    public static int Coefficients(int degree) => (degree + 1) * (degree + 1);

    /// <summary>From the sum to a colour.</summary>
    internal ShColor Color => color;

    /// <summary>Refuses a degree for which there is no basis.</summary>
    internal static bool Knows(int degree) => degree is >= 0 and < SphericalHarmonics.MaxDegree;

    /// <inheritdoc/>
    public RawDensity? FirstFeature => density;

    /// <inheritdoc/>
    public Tensor Density(Tensor features) => density.Apply(features.select(1, 0));

    /// <summary>Density and colour of features [N, 1 + 3 (degree + 1)²]: density, then all coefficients of red, of green and of blue.</summary>
    public Radiance Decode(Tensor features, Tensor d) => Head(d).Decode(features, kernels.PassLayers);

    /// <inheritdoc/>
    public RadianceHead Head(Tensor d) => new(density, kernels.DirectionEncode(d, degree + 1)) { Harmonics = color };
}
