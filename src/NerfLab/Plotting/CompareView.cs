using System.Numerics;
using NerfLab.Metrics;

namespace NerfLab.Plotting;

/// <summary>Two pictures of the same thing beside each other, and where they differ: the mean absolute difference of the channels, from black for none to pale yellow.</summary>
[TypeFormatterSource(typeof(VisualFormatters), PreferredMimeTypes = [VisualFormatters.Png, VisualFormatters.Text])]
public sealed record CompareView : Visual
{
    readonly Bitmap _first, _second;
    readonly float[] _difference;

    /// <summary>The values are copied.</summary>
    /// <param name="first">[H,W,C], 0 to 1: the truth, or what was before.</param>
    /// <param name="second">The same shape: the rendering, or what came after.</param>
    public CompareView(Tensor first, Tensor second)
    {
        using var scope = torch.NewDisposeScope();
        Guard.Shape(second, first.shape);
        (_first, _second) = (ImageView.Bitmap(first), ImageView.Bitmap(second));
        (_difference, Psnr) = (Differences(first, second), ImageMetrics.Psnr(first, second));
    }

    /// <summary>Compares two pictures.</summary>
    public CompareView(Image first, Image second) : this(first.Pixels, second.Pixels) { }

    /// <summary>What the two pictures are.</summary>
    public (string First, string Second) Names { get; init; } = ("truth", "rendering");

    /// <summary>The difference that gets the brightest colour, above 0.</summary>
    public float Full { get; init; } = 0.2f;

    /// <summary>Peak signal-to-noise ratio, decibels.</summary>
    public double Psnr { get; }

    /// <inheritdoc/>
    public override string Description => $"{Names.First} and {Names.Second}; {_first.Width}x{_first.Height}, {Decibels}";

    string Decibels => double.IsFinite(Psnr) ? FormattableString.Invariant($"{Psnr:0.00} dB") : "equal";

    /// <summary>Where two arrays of pictures differ, as colours.</summary>
    /// <param name="first">[H,W,C].</param>
    /// <param name="second">The same shape.</param>
    /// <param name="full">The difference that gets the brightest colour, above 0.</param>
    public static Bitmap Difference(Tensor first, Tensor second, float full = 0.2f) =>
        Colors(Differences(first, second), (int)first.shape[1], (int)first.shape[0], full);

    /// <inheritdoc/>
    internal override Sketch Draw()
    {
        if (!(Full > 0)) throw new BadInputException(FormattableString.Invariant($"Full {Full}: expected a difference above 0"));
        float side = 20 + ColorBar.Width(0, Full);
        var row = (new ImageGrid { Columns = 3, Width = Width - side }).Add(_first, Names.First).Add(_second, Names.Second)
            .Add(Colors(_difference, _first.Width, _first.Height, Full), $"difference, {Decibels}").Draw();
        var photo = row.Shapes.OfType<Photo>().Last();
        var sketch = new Sketch(Width, row.Height);
        sketch.Add(new Part(row, Vector2.Zero));
        ColorBar.Draw(sketch, ColorMap.Ember, 0, Full, photo.Corner.X + photo.Size.X + 14, photo.Corner.Y + 6, float.Max(30, photo.Size.Y - 12));
        return sketch;
    }

    static float[] Differences(Tensor first, Tensor second)
    {
        using var scope = torch.NewDisposeScope();
        Guard.Shape(first, second.shape);
        return (first - second).abs().mean([2L]).to(torch.float32).cpu().contiguous().data<float>().ToArray(); // [H·W]
    }

    static Bitmap Colors(float[] difference, int width, int height, float full)
    {
        var bitmap = new Bitmap(width, height, 3);
        for (int i = 0; i < difference.Length; i++)
            (bitmap.Samples[3 * i], bitmap.Samples[3 * i + 1], bitmap.Samples[3 * i + 2]) = ColorMap.Ember[difference[i] / full];
        return bitmap;
    }
}
