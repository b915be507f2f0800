using System.Numerics;

namespace NerfLab.Plotting;

/// <summary>Normals as colours, in the axes of the viewer: red to the right, green upwards, blue towards the viewer; beside it a ball that shows which colour is which direction.</summary>
[TypeFormatterSource(typeof(VisualFormatters), PreferredMimeTypes = [VisualFormatters.Png, VisualFormatters.Text])]
public sealed record NormalView : Visual
{
    const byte Nothing = 128;

    readonly Bitmap _colors;
    readonly int _hit;

    /// <summary>The values are copied.</summary>
    /// <param name="normals">[H,W,3], unit vectors: x to the right, y upwards, z towards the viewer; not finite or 0 where nothing was hit.</param>
    /// <param name="caption">Below the picture; may be empty.</param>
    public NormalView(Tensor normals, string caption = "")
    {
        Guard.Shape(normals, [-1, -1, 3]);
        using var scope = torch.NewDisposeScope();
        var values = normals.detach().to(torch.float32).cpu().contiguous().data<float>().ToArray();
        (_colors, Caption) = (new Bitmap((int)normals.shape[1], (int)normals.shape[0], 3), caption);
        for (int i = 0; i < values.Length; i += 3)
        {
            var normal = new Vector3(values[i], values[i + 1], values[i + 2]);
            bool hit = normal.LengthSquared() is > 0.25f and < 4;
            if (hit) _hit++;
            Paint(_colors, i / 3, hit ? normal : null);
        }
    }

    /// <summary>Below the picture; may be empty.</summary>
    public string Caption { get; init; }

    /// <inheritdoc/>
    public override string Description => $"Normals{(Caption.Length > 0 ? $": {Caption}" : "")}; {_colors.Width}x{_colors.Height}, {Scale.Short(100.0 * _hit / (_colors.Width * _colors.Height))} % hit";

    /// <summary>The colours alone, a pixel for each normal.</summary>
    public Bitmap Pixels() => _colors;

    /// <summary>Gives a pixel the colour of a direction: (n + 1) / 2, or grey for none.</summary>
    internal static void Paint(Bitmap bitmap, int pixel, Vector3? normal)
    {
        for (int c = 0; c < 3; c++) bitmap.Samples[3 * pixel + c] = normal is { } n ? (byte)(float.Clamp((n[c] + 1) / 2, 0, 1) * 255 + 0.5f) : Nothing;
    }

    /// <inheritdoc/>
    internal override Sketch Draw()
    {
        const float Side = 136, Ball = 76;
        var picture = (new ImageView(_colors, Caption) { Width = Width - Side }).Draw();
        var photo = picture.Shapes.OfType<Photo>().First();
        var sketch = new Sketch(picture.Width + Side, float.Max(picture.Height, Ball + 50));
        sketch.Add(new Part(picture, Vector2.Zero));
        var (x, y) = (photo.Size.X + 18, 20f);
        sketch.Add(new Photo(Sphere(2 * (int)Ball), new(x, y), new(Ball)));
        sketch.Text("up", x + Ball / 2, y - 6, FigureLayout.NumberSize, Ink.Text, Anchor.Middle);
        sketch.Text("right", x + Ball + 3, y + Ball / 2 + 4, FigureLayout.NumberSize, Ink.Text);
        sketch.Text("blue: to the viewer", x, y + Ball + 20, FigureLayout.NumberSize - 1, Ink.Faint);
        return sketch;
    }

    static Bitmap Sphere(int size)
    {
        var ball = new Bitmap(size, size, 4);
        var colors = new Bitmap(size, size, 3);
        for (int i = 0; i < size * size; i++)
        {
            float x = (i % size + 0.5f) / size * 2 - 1, y = 1 - (i / size + 0.5f) / size * 2, inside = 1 - x * x - y * y;
            Paint(colors, i, new Vector3(x, y, float.Sqrt(float.Max(0, inside))));
            colors.Samples.AsSpan(3 * i, 3).CopyTo(ball.Samples.AsSpan(4 * i));
            ball.Samples[4 * i + 3] = inside > 0 ? (byte)255 : (byte)0;
        }
        return ball;
    }
}
