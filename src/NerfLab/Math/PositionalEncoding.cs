namespace NerfLab.Math;

/// <summary>Sines and cosines of growing frequency, which let a small network represent fine detail.</summary>
public static class PositionalEncoding
{
    /// <summary>How many numbers come out for three coordinates: 3 + 6 L.</summary>
    public static int Size(int frequencies) => 3 + 6 * frequencies;

    /// <summary>γ(p) = (p, sin 2⁰p, cos 2⁰p, ..., sin 2^{L-1}p, cos 2^{L-1}p).</summary>
    /// <remarks>
    /// NeRF, equation 4, in the form that its code has: without the factor π and with p itself in front. Per frequency come
    /// the sines of all coordinates, then the cosines.
    /// </remarks>
    /// <param name="p">[N,3].</param>
    /// <param name="frequencies">L.</param>
    /// <returns>[N, 3+6L].</returns>
    public static Tensor Encode(Tensor p, int frequencies)
    {
        if (frequencies == 0) return p;
        var scale = torch.pow(torch.tensor(2f, p.device), torch.arange(frequencies, torch.float32, p.device)); // [L]
        var angles = p.unsqueeze(1) * scale.view(1, frequencies, 1);                                          // [N,L,3]
        var waves = torch.cat([torch.sin(angles), torch.cos(angles)], -1);                                     // [N,L,6]
        return torch.cat([p, waves.reshape(p.shape[0], 6L * frequencies)], -1);
    }

    /// <summary>The waves alone, for any number of features: all sines, then all cosines, each feature by feature.</summary>
    /// <remarks>TensoRF, section 4.2: the features themselves are put in front by the caller.</remarks>
    /// <param name="p">[N,F].</param>
    /// <param name="frequencies">L; 0 gives no columns.</param>
    /// <returns>[N, 2LF].</returns>
    public static Tensor Waves(Tensor p, int frequencies)
    {
        var scale = torch.pow(torch.tensor(2f, p.device), torch.arange(frequencies, torch.float32, p.device)); // [L]
        var angles = (p.unsqueeze(-1) * scale).reshape(p.shape[0], p.shape[1] * frequencies);                  // [N,FL]
        return torch.cat([torch.sin(angles), torch.cos(angles)], -1);
    }
}
