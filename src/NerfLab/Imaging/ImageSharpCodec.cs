#if IMAGES_PACKAGE
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;
using Sharp = SixLabors.ImageSharp;

namespace NerfLab.Imaging;

/// <summary>PNG and JPEG through SixLabors.ImageSharp 3.1, for builds with -p:Images=package. Palettes always come as RGBA.</summary>
internal sealed class ImageSharpCodec : IImageCodec
{
    public Bitmap Decode(ReadOnlySpan<byte> file, ImageHeader header)
    {
        try
        {
            if (header is { Format: ImageFormat.Jpeg, Channels: 1 }) return Copy(Sharp.Image.Load<L8>(file), 1, 8);
            if (header.Format == ImageFormat.Jpeg) return Copy(Sharp.Image.Load<Rgb24>(file), 3, 8);
            using var image = Sharp.Image.Load(file); // in the pixel type that the file holds
            return image switch
            {
                Sharp.Image<L8> i => Copy(i, 1, 8),
                Sharp.Image<La16> i => Copy(i, 2, 8),
                Sharp.Image<Rgb24> i => Copy(i, 3, 8),
                Sharp.Image<L16> i => Copy(i, 1, 16),
                Sharp.Image<La32> i => Copy(i, 2, 16),
                Sharp.Image<Rgb48> i => Copy(i, 3, 16),
                Sharp.Image<Rgba64> i => Copy(i, 4, 16),
                _ => Copy(image.CloneAs<Rgba32>(), 4, 8),
            };
        }
        catch (Sharp.ImageFormatException e)
        {
            throw new InvalidDataException($"the {header.Format} is damaged or truncated ({e.Message.TrimEnd('.')}); fetch it again", e);
        }
    }

    private static Bitmap Copy<TPixel>(Sharp.Image<TPixel> image, int channels, int bits) where TPixel : unmanaged, IPixel<TPixel>
    {
        using (image)
        {
            var bitmap = new Bitmap(image.Width, image.Height, channels, bits);
            image.CopyPixelDataTo(bitmap.Samples);
            return bitmap;
        }
    }

    public byte[] Encode(Bitmap bitmap, ImageFormat format, int quality) => (bitmap.Channels, bitmap.Bits) switch
    {
        (1, 8) => Save<L8>(bitmap, format, quality),
        (2, 8) => Save<La16>(bitmap, format, quality),
        (3, 8) => Save<Rgb24>(bitmap, format, quality),
        (4, 8) => Save<Rgba32>(bitmap, format, quality),
        (1, _) => Save<L16>(bitmap, format, quality),
        (2, _) => Save<La32>(bitmap, format, quality),
        (3, _) => Save<Rgb48>(bitmap, format, quality),
        _ => Save<Rgba64>(bitmap, format, quality),
    };

    private static byte[] Save<TPixel>(Bitmap bitmap, ImageFormat format, int quality) where TPixel : unmanaged, IPixel<TPixel>
    {
        using var image = Sharp.Image.LoadPixelData<TPixel>(bitmap.Samples, bitmap.Width, bitmap.Height);
        IImageEncoder encoder = format == ImageFormat.Png
            ? new PngEncoder
            {
                BitDepth = bitmap.Bits == 16 ? PngBitDepth.Bit16 : PngBitDepth.Bit8,
                ColorType = bitmap.Channels switch { 1 => PngColorType.Grayscale, 2 => PngColorType.GrayscaleWithAlpha, 3 => PngColorType.Rgb, _ => PngColorType.RgbWithAlpha },
            }
            : new JpegEncoder { Quality = quality, ColorType = bitmap.Channels == 1 ? JpegEncodingColor.Luminance : JpegEncodingColor.YCbCrRatio444 };
        using var stream = new MemoryStream();
        image.Save(stream, encoder);
        return stream.ToArray();
    }
}
#endif
