using System.Numerics;

namespace NerfLab.Plotting;

/// <summary>Depth as colours: near is bright, far is dark, and where nothing was hit there is grey; with a bar that says how far each colour is.</summary>
[TypeFormatterSource(typeof(VisualFormatters), PreferredMimeTypes = [VisualFormatters.Png, VisualFormatters.Text])]
public sealed record DepthView : Visual
{
    const byte Nothing = 128;

    readonly float[] _depth, _opacity;
    readonly int _columns, _rows;

    /// <summary>The values are copied.</summary>
    /// <param name="depth">[H,W], world units; not finite where nothing was hit.</param>
    /// <param name="opacity">[H,W], 0 to 1: what is half transparent is mixed with the grey; null for opaque everywhere.</param>
    /// <param name="caption">Below the picture; may be empty.</param>
    public DepthView(Tensor depth, Tensor? opacity = null, string caption = "")
    {
        Guard.Shape(depth, [-1, -1]);
        if (opacity is not null) Guard.Shape(opacity, depth.shape);
        (_depth, _rows, _columns, Caption) = (Values(depth), (int)depth.shape[0], (int)depth.shape[1], caption);
        _opacity = opacity is null ? [.. Enumerable.Repeat(1f, _depth.Length)] : Values(opacity);

        // A few stray values do not decide the range: the 2nd to the 98th percentile of what was hit.
        var hit = _depth.Where((d, i) => _opacity[i] >= 0.5f && float.IsFinite(d)).Order().ToArray();
        if (hit.Length == 0) return;
        var (low, high) = (hit[(int)(0.02 * (hit.Length - 1))], hit[(int)(0.98 * (hit.Length - 1))]);
        Range = (low, float.Max(high, low + 1e-3f * float.Max(1, float.Abs(low))));
    }

    /// <summary>Below the picture; may be empty.</summary>
    public string Caption { get; init; }

    /// <summary>The depths of the brightest and the darkest colour; without a choice, the 2nd to the 98th percentile of what was hit.</summary>
    public (float Near, float Far) Range { get; init; } = (0, 1);

    /// <summary>Of depth.</summary>
    public string Unit { get; init; } = "";

    /// <summary>The colours, from far to near.</summary>
    public ColorMap Map { get; init; } = ColorMap.Lagoon;

    /// <inheritdoc/>
    public override string Description
    {
        get
        {
            int hit = _depth.Where((d, i) => _opacity[i] >= 0.5f && float.IsFinite(d)).Count();
            return $"Depth{(Caption.Length > 0 ? $": {Caption}" : "")}; {_columns}x{_rows}, {Scale.Short(Range.Near)} … {Scale.Short(Range.Far)}{(Unit.Length > 0 ? " " + Unit : "")}, {Scale.Short(100.0 * hit / _depth.Length)} % hit";
        }
    }

    /// <summary>The colours alone, a pixel for each depth.</summary>
    public Bitmap Pixels()
    {
        if (!(Range.Near < Range.Far)) throw new BadInputException(FormattableString.Invariant($"Range ({Range.Near}, {Range.Far}): expected the nearer depth first"));
        var bitmap = new Bitmap(_columns, _rows, 3);
        for (int i = 0; i < _depth.Length; i++)
        {
            var (r, g, b) = Map[1 - (_depth[i] - Range.Near) / (Range.Far - Range.Near)];
            float alpha = float.IsFinite(_depth[i]) ? float.Clamp(_opacity[i], 0, 1) : 0;
            (bitmap.Samples[3 * i], bitmap.Samples[3 * i + 1], bitmap.Samples[3 * i + 2]) = (Mixed(r, alpha), Mixed(g, alpha), Mixed(b, alpha));
        }
        return bitmap;

        static byte Mixed(byte color, float alpha) => (byte)(alpha * color + (1 - alpha) * Nothing + 0.5f);
    }

    /// <inheritdoc/>
    internal override Sketch Draw()
    {
        float side = 20 + ColorBar.Width(Range.Near, Range.Far);
        var picture = (new ImageView(Pixels(), Caption) { Width = Width - side }).Draw();
        var photo = picture.Shapes.OfType<Photo>().First();
        float above = Unit.Length > 0 ? 20 : 8;
        var sketch = new Sketch(picture.Width + side, float.Max(picture.Height, 90));
        sketch.Add(new Part(picture, Vector2.Zero));
        sketch.Text(Unit, photo.Size.X + 14, 13, FigureLayout.NumberSize, Ink.Faint);
        ColorBar.Draw(sketch, Map, Range.Near, Range.Far, photo.Size.X + 14, above, float.Max(60, photo.Size.Y - above - 8), down: true);
        return sketch;
    }

    static float[] Values(Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        return tensor.detach().to(torch.float32).cpu().contiguous().data<float>().ToArray();
    }
}
