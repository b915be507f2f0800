namespace NerfLab.Imaging;

/// <summary>The kinds of picture file that are read and written.</summary>
public enum ImageFormat
{
    /// <summary>Portable Network Graphics: lossless, 8 or 16 bits, with or without alpha.</summary>
    Png,

    /// <summary>JPEG: lossy, 8 bits, grey or RGB.</summary>
    Jpeg,
}

/// <summary>
/// Turns the bytes of a file into samples and back. Detection, limits and orientation are settled before a codec is
/// asked, in <see cref="ImageHeader"/> and <see cref="ImageFile"/>.
/// </summary>
internal interface IImageCodec
{
    /// <summary>The picture in <paramref name="file"/>, as stored: not yet turned by its orientation.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the message is the reason, without the file's name.</exception>
    Bitmap Decode(ReadOnlySpan<byte> file, ImageHeader header);

    /// <summary>The bytes of a file that holds <paramref name="bitmap"/>, which fits the format.</summary>
    /// <param name="bitmap">For JPEG: 8 bits, 1 or 3 channels.</param>
    /// <param name="format">The kind of file.</param>
    /// <param name="quality">1 to 100, for JPEG only.</param>
    /// <exception cref="InvalidDataException">The format cannot hold the picture; the message is the reason.</exception>
    byte[] Encode(Bitmap bitmap, ImageFormat format, int quality);
}
