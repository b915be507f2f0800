namespace NerfLab.Math;

/// <summary>The pixels of V pictures, one after the other, with the cameras that took them.</summary>
/// <param name="Pixels">[P,3] or [P,4], contiguous, 8 bits each: red, green, blue and alpha, colours not multiplied by alpha.</param>
/// <param name="Packed">[V,29], contiguous, from <see cref="Cameras.Pack"/>.</param>
/// <param name="First">[V], 64-bit integers, ascending from 0: the first pixel of each picture.</param>
/// <param name="Widths">[V], 64-bit integers: the pixels of a row of each picture.</param>
/// <param name="Distorted">Whether any of the cameras has a lens that is not ideal and perspective.</param>
public sealed record Photographs(Tensor Pixels, Tensor Packed, Tensor First, Tensor Widths, bool Distorted) : IDisposable
{
    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[Pixels, Packed, First, Widths]) tensor.Dispose();
    }
}
