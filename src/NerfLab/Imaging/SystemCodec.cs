#if !IMAGES_PACKAGE
namespace NerfLab.Imaging;

/// <summary>PNG and JPEG through the system's libspng and libturbojpeg.</summary>
internal sealed class SystemCodec : IImageCodec
{
    public Bitmap Decode(ReadOnlySpan<byte> file, ImageHeader header)
    {
        try
        {
            return header.Format == ImageFormat.Png ? Png.Decode(file, header) : Jpeg.Decode(file, header);
        }
        catch (DllNotFoundException e)
        {
            throw Missing(header.Format, e);
        }
    }

    public byte[] Encode(Bitmap bitmap, ImageFormat format, int quality)
    {
        try
        {
            return format == ImageFormat.Png ? Png.Encode(bitmap) : Jpeg.Encode(bitmap, quality);
        }
        catch (DllNotFoundException e)
        {
            throw Missing(format, e);
        }
    }

    private static BadInputException Missing(ImageFormat format, DllNotFoundException cause) => format == ImageFormat.Png
        ? new($"{Png.Library} is missing; install it with: apt-get install libspng0", cause)
        : new($"{Jpeg.Library} is missing; install it with: apt-get install libturbojpeg0 (on Ubuntu: libturbojpeg)", cause);
}
#endif
