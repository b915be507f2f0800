namespace NerfLab.Plotting;

/// <summary>Where two pictures differ.</summary>
public static class ErrorPicture
{
    /// <summary>The mean absolute difference over the channels, as colours from black (none) to pale yellow.</summary>
    /// <param name="a">[H,W,C], 0 to 1.</param>
    /// <param name="b">The same shape.</param>
    /// <param name="full">The difference that gets the brightest colour, above 0.</param>
    public static Bitmap Of(Tensor a, Tensor b, float full = 0.2f)
    {
        using var scope = torch.NewDisposeScope();
        Guard.Shape(a, b.shape);
        var difference = (a - b).abs().mean([2L]).to(torch.float32).cpu().contiguous().data<float>().ToArray(); // [H·W]
        var bitmap = new Bitmap((int)a.shape[1], (int)a.shape[0], 3);
        for (int i = 0; i < difference.Length; i++)
            (bitmap.Samples[3 * i], bitmap.Samples[3 * i + 1], bitmap.Samples[3 * i + 2]) = ColorMap.Ember[difference[i] / full];
        return bitmap;
    }
}
