namespace NerfLab.Plotting;

/// <summary>Depth as colours: near is bright, far is dark, and where nothing was hit there is grey.</summary>
/// <param name="Near">The depth that gets the brightest colour, world units.</param>
/// <param name="Far">The depth that gets the darkest colour, above <paramref name="Near"/>.</param>
public readonly record struct DepthPicture(float Near, float Far)
{
    const byte Nothing = 128;

    /// <summary>Chooses the range so that a few stray values do not decide it: the 2nd to the 98th percentile of what was hit.</summary>
    /// <param name="depth">Any shape, world units; infinite values count as no hit.</param>
    /// <param name="opacity">The same shape, 0 to 1; depths of less than ½ do not count.</param>
    public static DepthPicture RangeOf(Tensor depth, Tensor opacity)
    {
        var (far, solid) = (Values(depth), Values(opacity));
        var hit = far.Where((d, i) => solid[i] >= 0.5f && float.IsFinite(d)).Order().ToArray();
        if (hit.Length == 0) return new DepthPicture(0, 1);
        var (low, high) = (hit[(int)(0.02 * (hit.Length - 1))], hit[(int)(0.98 * (hit.Length - 1))]);
        return new DepthPicture(low, float.Max(high, low + 1e-3f * float.Max(1, float.Abs(low))));
    }

    /// <summary>The picture.</summary>
    /// <param name="depth">[H,W], world units; not finite where nothing was hit.</param>
    /// <param name="opacity">[H,W], 0 to 1: what is half transparent is mixed with the grey.</param>
    /// <param name="map">The colours; <see cref="ColorMap.Lagoon"/> if null.</param>
    public Bitmap Of(Tensor depth, Tensor opacity, ColorMap? map = null)
    {
        Guard.Shape(opacity, depth.shape);
        map ??= ColorMap.Lagoon;
        var (far, solid) = (Values(depth), Values(opacity));
        var bitmap = new Bitmap((int)depth.shape[1], (int)depth.shape[0], 3);
        for (int i = 0; i < far.Length; i++)
        {
            var (r, g, b) = map[1 - (far[i] - Near) / (Far - Near)];
            float alpha = float.IsFinite(far[i]) ? float.Clamp(solid[i], 0, 1) : 0;
            (bitmap.Samples[3 * i], bitmap.Samples[3 * i + 1], bitmap.Samples[3 * i + 2]) = (Mixed(r, alpha), Mixed(g, alpha), Mixed(b, alpha));
        }
        return bitmap;

        static byte Mixed(byte color, float alpha) => (byte)(alpha * color + (1 - alpha) * Nothing + 0.5f);
    }

    static float[] Values(Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        return tensor.detach().to(torch.float32).cpu().contiguous().data<float>().ToArray();
    }
}
