using System.Numerics;
using System.Runtime.InteropServices;

namespace NerfLab;

/// <summary>
/// A picture as a tensor: float32 [H, W, C], values 0 to 1 as files store them (sRGB, not linearised), rows from top to bottom.
/// C is 1 (grey), 3 (RGB) or 4 (RGBA with straight alpha). Like its tensor it belongs to the dispose scope it is made in.
/// </summary>
/// <param name="Pixels">The tensor, not copied.</param>
[TypeFormatterSource("NerfLab.Plotting.VisualFormatters", PreferredMimeTypes = ["image/png", "text/plain"])]
public sealed record Image(Tensor Pixels) : IDisposable
{
    /// <summary>float32 [H, W, C].</summary>
    /// <exception cref="ArgumentException">The tensor has another shape or type.</exception>
    public Tensor Pixels { get; } = Pixels.dim() == 3 && Pixels.shape[2] is 1 or 3 or 4 && Pixels.dtype == torch.float32 ? Pixels
        : throw new ArgumentException($"{nameof(Pixels)}: expected float32 [H,W,1|3|4], got {Pixels.dtype} [{string.Join(",", Pixels.shape)}]");

    /// <summary>Columns.</summary>
    public int Width => (int)Pixels.shape[1];

    /// <summary>Rows.</summary>
    public int Height => (int)Pixels.shape[0];

    /// <summary>1 grey, 3 RGB, 4 RGBA.</summary>
    public int Channels => (int)Pixels.shape[2];

    /// <summary>The samples of a bitmap divided by their largest value, 255 or 65535; grey with alpha becomes RGBA.</summary>
    public static Image FromBitmap(Bitmap bitmap)
    {
        if (bitmap.Channels == 2) bitmap = bitmap.ToColor();
        var pixels = torch.empty([bitmap.Height, bitmap.Width, bitmap.Channels], dtype: torch.float32, device: torch.CPU);
        var values = MemoryMarshal.Cast<byte, float>(pixels.bytes);
        if (bitmap.Bits == 8)
        {
            ReadOnlySpan<byte> samples = bitmap.Samples;
            for (var i = 0; i < values.Length; i++) values[i] = samples[i] / 255f;
        }
        else
        {
            ReadOnlySpan<ushort> samples = bitmap.Samples16;
            for (var i = 0; i < values.Length; i++) values[i] = samples[i] / 65535f;
        }
        return new Image(pixels);
    }

    /// <summary>The picture in whole numbers, rounded to nearest; values outside 0 to 1 are clamped, NaN becomes 0.</summary>
    /// <param name="bits">8 or 16 bits per sample.</param>
    public Bitmap ToBitmap(int bits = 8)
    {
        var bitmap = new Bitmap(Width, Height, Channels, bits);
        using var scope = torch.NewDisposeScope();
        var values = Values();
        if (bits == 8)
            for (var i = 0; i < values.Length; i++) bitmap.Samples[i] = (byte)(Unit(values[i]) * 255 + 0.5f);
        else
        {
            var samples = bitmap.Samples16;
            for (var i = 0; i < values.Length; i++) samples[i] = (ushort)(Unit(values[i]) * 65535 + 0.5f);
        }
        return bitmap;
    }

    /// <summary>The picture laid over a background: alpha * colour + (1 - alpha) * background. A picture without alpha covers it.</summary>
    /// <param name="background">RGB, 0 to 1.</param>
    /// <returns>An RGB picture of its own.</returns>
    public Image Over(Vector3 background)
    {
        if (Channels != 4) return ToRgb();
        using var scope = torch.NewDisposeScope();
        var alpha = Pixels.narrow(2, 3, 1); // [H,W,1]
        var color = background.ToTensor(Pixels.device); // [3]
        return new Image((alpha * Pixels.narrow(2, 0, 3) + (1 - alpha) * color).MoveToOuterDisposeScope());
    }

    /// <summary>Three channels: grey is repeated, alpha is dropped and the colours under it stay as stored. See <see cref="Over"/>.</summary>
    /// <returns>An RGB picture of its own.</returns>
    public Image ToRgb()
    {
        using var scope = torch.NewDisposeScope();
        var color = Channels == 1 ? Pixels.expand([Height, Width, 3]) : Pixels.narrow(2, 0, 3);
        return new Image(color.clone().contiguous().MoveToOuterDisposeScope());
    }

    /// <inheritdoc cref="Bitmap.Resize"/>
    /// <returns>A picture of its own, on the CPU and outside the graph of gradients.</returns>
    public Image Resize(int width, int height)
    {
        if (width < 1 || height < 1) throw new ArgumentException($"size: expected at least 1x1, got {width}x{height}");
        float[] from, to = new float[checked(width * height * Channels)];
        using (torch.NewDisposeScope()) from = Values().ToArray();
        int fromRow = Width * Channels, toRow = width * Channels;
        AreaFilter.Resize(Width, Height, Channels, width, height,
            (y, row) => from.AsSpan(y * fromRow, fromRow).CopyTo(row),
            (y, row) => row.CopyTo(to.AsSpan(y * toRow, toRow)));
        return new Image(torch.tensor(to, [height, width, Channels]));
    }

    /// <summary>Frees the tensor.</summary>
    public void Dispose() => Pixels.Dispose();

    /// <summary>The values in memory order, valid while the caller's dispose scope is open.</summary>
    private ReadOnlySpan<float> Values() => MemoryMarshal.Cast<byte, float>(Pixels.detach().cpu().contiguous().bytes);

    private static float Unit(float value) => value > 0 ? float.Min(value, 1) : 0; // NaN is not above 0
}
