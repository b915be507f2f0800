namespace NerfLab.Imaging;

/// <summary>
/// Pictures on the disk: PNG and JPEG. The format is told by a file's first bytes, never by its name. Photographs come
/// upright, as their EXIF orientation says.
/// </summary>
public static class ImageFile
{
    /// <summary>The largest picture that is read, in pixels: 2^26, as 8192x8192. A header that claims more is refused before memory is taken.</summary>
    public const int MaxPixels = 1 << 26;

    /// <summary>The largest file that is read, in bytes: 1 GiB.</summary>
    public const long MaxBytes = 1 << 30;

#if IMAGES_PACKAGE
    private static readonly IImageCodec codec = new ImageSharpCodec();
#else
    private static readonly IImageCodec codec = new SystemCodec();
#endif

    /// <summary>Reads only the header: columns and rows of the upright picture.</summary>
    /// <param name="path">A PNG or JPEG file.</param>
    /// <exception cref="BadInputException">The file is missing, is no picture, or its header is damaged.</exception>
    public static (int Width, int Height) ReadSize(string path) => Guard(path, () =>
    {
        using var stream = File.OpenRead(path);
        return ImageHeader.Read(stream).UprightSize;
    });

    /// <summary>
    /// Reads a picture with the samples that the file holds: 8 or 16 bits; grey, grey and alpha, RGB or RGBA. A palette
    /// comes as its colours, transparency by palette or by key colour as RGBA, fewer than 8 bits stretched to 8.
    /// </summary>
    /// <param name="path">A PNG or JPEG file.</param>
    /// <exception cref="BadInputException">The file is missing, is no picture, is damaged, or its kind is not supported.</exception>
    public static Bitmap ReadBitmap(string path) => Guard(path, () =>
    {
        using var stream = File.OpenRead(path);
        return Decode(stream);
    });

    /// <summary>Reads a picture as a tensor: float32 [H,W,C] with C = 1, 3 or 4, values 0 to 1 as stored.</summary>
    /// <inheritdoc cref="ReadBitmap(string)"/>
    public static Image Read(string path) => Image.FromBitmap(ReadBitmap(path));

    /// <summary>Reads the samples of a file that is in memory.</summary>
    /// <inheritdoc cref="ReadBitmap(string)"/>
    /// <param name="file">The bytes of a PNG or JPEG file.</param>
    /// <param name="name">What an error message calls the file.</param>
    public static Bitmap Decode(byte[] file, string name) => Guard(name, () => Decode(new MemoryStream(file, writable: false)));

    private static Bitmap Decode(Stream stream)
    {
        var header = ImageHeader.Read(stream);
        var file = new byte[stream.Length];
        stream.Position = 0;
        stream.ReadExactly(file);
        return Exif.Upright(codec.Decode(file, header), header.Orientation);
    }

    /// <summary>Writes a picture by its name's ending: .png keeps every bit, .jpg and .jpeg lose a little and take 8 bits.</summary>
    /// <param name="path">The file to make or replace; it is whole or absent.</param>
    /// <param name="bitmap">The picture; for JPEG without alpha.</param>
    /// <param name="quality">JPEG quality, 1 (small) to 100 (faithful).</param>
    /// <exception cref="BadInputException">The ending is unknown, the picture does not fit the format, or the file cannot be written.</exception>
    public static void Write(string path, Bitmap bitmap, int quality = 95)
    {
        var format = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => ImageFormat.Png,
            ".jpg" or ".jpeg" => ImageFormat.Jpeg,
            var other => throw new BadInputException($"{path}: pictures cannot be written as '{other}'; use .png or .jpg"),
        };
        var file = Guard(path, () => Encode(bitmap, format, quality));
        AtomicFile.Write(path, stream => stream.Write(file));
    }

    /// <summary>Writes a picture that is a tensor; values are rounded to 8 bits, or to 16 on request for PNG.</summary>
    /// <inheritdoc cref="Write(string, Bitmap, int)"/>
    /// <param name="path">The file to make or replace; it is whole or absent.</param>
    /// <param name="image">The picture; for JPEG without alpha.</param>
    /// <param name="quality">JPEG quality, 1 (small) to 100 (faithful).</param>
    /// <param name="bits">Bits per sample of a PNG: 8 or 16.</param>
    public static void Write(string path, Image image, int quality = 95, int bits = 8) => Write(path, image.ToBitmap(bits), quality);

    /// <summary>The bytes of a picture file.</summary>
    /// <param name="bitmap">The picture.</param>
    /// <param name="format">PNG or JPEG.</param>
    /// <param name="quality">JPEG quality, 1 (small) to 100 (faithful).</param>
    /// <exception cref="BadInputException">The picture does not fit the format: a JPEG has no alpha.</exception>
    public static byte[] Encode(Bitmap bitmap, ImageFormat format, int quality = 95)
    {
        if (quality is < 1 or > 100) throw new BadInputException($"JPEG quality {quality}: expected 1 to 100");
        if (format == ImageFormat.Jpeg && bitmap.HasAlpha) throw new BadInputException("a JPEG cannot hold alpha; lay the picture over a background first or write a PNG");
        try
        {
            return codec.Encode(format == ImageFormat.Jpeg ? bitmap.To8Bit() : bitmap, format, quality);
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException(e.Message, e);
        }
    }

    /// <summary>Puts the file's name before the reason.</summary>
    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or BadInputException)
        {
            throw new BadInputException($"{path}: {e.Message}", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadInputException($"{path}: there is no such picture; check the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadInputException($"{path}: cannot be read ({e.Message.TrimEnd('.')}); expected a PNG or JPEG file", e);
        }
    }
}
