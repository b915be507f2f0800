namespace NerfLab;

/// <summary>What a field says about points seen from directions.</summary>
/// <param name="Density">[...], extinction per world unit, at least 0.</param>
/// <param name="Color">[...,3], emitted colour, 0 to 1, display-referred (sRGB) as the photographs are.</param>
public readonly record struct Radiance(Tensor Density, Tensor Color);
