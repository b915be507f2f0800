using System.Runtime.InteropServices;

namespace NerfLab;

/// <summary>
/// A picture as files hold it: whole numbers, rows from top to bottom, channels interleaved. It costs one or two bytes
/// per sample where an <see cref="Image"/> costs four, so hundreds of photographs fit into memory.
/// </summary>
[TypeFormatterSource("NerfLab.Plotting.VisualFormatters", PreferredMimeTypes = ["image/png", "text/plain"])]
public sealed class Bitmap
{
    /// <summary>Wraps samples without copying them.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; alpha is straight, not multiplied into the colour.</param>
    /// <param name="bits">8 or 16 bits per sample.</param>
    /// <param name="samples">[height, width, channels] in row order; 16-bit samples take two bytes each, in the machine's byte order.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public Bitmap(int width, int height, int channels, int bits, byte[] samples)
    {
        var length = Length(width, height, channels, bits);
        if (samples.LongLength != length) throw new ArgumentException($"samples: expected {length} bytes for {width}x{height}x{channels} at {bits} bits, got {samples.LongLength}");
        (Width, Height, Channels, Bits, Samples) = (width, height, channels, bits, samples);
    }

    /// <summary>A black picture (transparent where there is alpha).</summary>
    /// <inheritdoc cref="Bitmap(int, int, int, int, byte[])"/>
    public Bitmap(int width, int height, int channels, int bits = 8)
        : this(width, height, channels, bits, new byte[Length(width, height, channels, bits)]) { }

    private static long Length(int width, int height, int channels, int bits)
    {
        if (width < 1 || height < 1) throw new ArgumentException($"size: expected at least 1x1, got {width}x{height}");
        if (channels is < 1 or > 4) throw new ArgumentException($"channels: expected 1 to 4, got {channels}");
        if (bits is not (8 or 16)) throw new ArgumentException($"bits: expected 8 or 16, got {bits}");
        return (long)width * height * channels * (bits / 8);
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.</summary>
    public int Channels { get; }

    /// <summary>Bits per sample: 8 or 16.</summary>
    public int Bits { get; }

    /// <summary>The samples themselves, not a copy: [Height, Width, Channels]; two bytes each when <see cref="Bits"/> is 16.</summary>
    public byte[] Samples { get; }

    /// <summary>The samples of a 16-bit picture, as numbers.</summary>
    /// <exception cref="InvalidOperationException">The picture has 8 bits.</exception>
    public Span<ushort> Samples16 => Bits == 16 ? MemoryMarshal.Cast<byte, ushort>(Samples.AsSpan()) : throw new InvalidOperationException("an 8-bit picture has no 16-bit samples");

    /// <summary>Whether the last channel is alpha.</summary>
    public bool HasAlpha => Channels is 2 or 4;

    /// <summary>Bytes from one pixel to the next.</summary>
    public int PixelBytes => Channels * (Bits / 8);

    /// <summary>The picture with 8 bits per sample, rounded to nearest; itself when it has 8 already.</summary>
    public Bitmap To8Bit()
    {
        if (Bits == 8) return this;
        var result = new Bitmap(Width, Height, Channels);
        var source = Samples16;
        for (var i = 0; i < source.Length; i++) result.Samples[i] = (byte)((source[i] + 128) / 257); // 65535 = 255 * 257
        return result;
    }

    /// <summary>Grey as RGB and grey with alpha as RGBA; itself when it is colour already.</summary>
    public Bitmap ToColor()
    {
        if (Channels >= 3) return this;
        var result = new Bitmap(Width, Height, Channels + 2, Bits);
        var sample = Bits / 8;
        Span<byte> from = Samples, to = result.Samples;
        for (; !from.IsEmpty; from = from[PixelBytes..], to = to[result.PixelBytes..])
        {
            var grey = from[..sample];
            grey.CopyTo(to);
            grey.CopyTo(to[sample..]);
            from[..PixelBytes].CopyTo(to[(2 * sample)..]);
        }
        return result;
    }

    /// <summary>
    /// The picture at another size by the area filter: every new pixel is the mean of the rectangle of old pixels that it
    /// covers, parts of pixels counted by their area. Exact for shrinking and enlarging.
    /// </summary>
    /// <remarks>Colours are weighted with their alpha, so that laying the picture over a background and resizing it commute.</remarks>
    /// <param name="width">New columns, at least 1.</param>
    /// <param name="height">New rows, at least 1.</param>
    public Bitmap Resize(int width, int height)
    {
        if (width == Width && height == Height) return this;
        var result = new Bitmap(width, height, Channels, Bits);
        int from = Width * Channels, to = width * Channels;
        if (Bits == 8)
            AreaFilter.Resize(Width, Height, Channels, width, height,
                (y, row) => { var s = Samples.AsSpan(y * from, from); for (var i = 0; i < row.Length; i++) row[i] = s[i]; },
                (y, row) => { var s = result.Samples.AsSpan(y * to, to); for (var i = 0; i < row.Length; i++) s[i] = (byte)(row[i] + 0.5f); });
        else
            AreaFilter.Resize(Width, Height, Channels, width, height,
                (y, row) => { var s = Samples16.Slice(y * from, from); for (var i = 0; i < row.Length; i++) row[i] = s[i]; },
                (y, row) => { var s = result.Samples16.Slice(y * to, to); for (var i = 0; i < row.Length; i++) s[i] = (ushort)(row[i] + 0.5f); });
        return result;
    }
}
