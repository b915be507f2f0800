using NerfLab.Imaging;

namespace NerfLab.Data;

/// <summary>Picture files as scenes need them; the only place in this room that knows the codecs.</summary>
internal static class PictureFile
{
    /// <summary>Size of the upright picture, and whether the header promises an alpha channel.</summary>
    public static (int Width, int Height, bool HasAlpha) Measure(string path)
    {
        var (width, height) = ImageFile.ReadSize(path);
        using var stream = File.OpenRead(path);
        return (width, height, ImageHeader.Read(stream).Channels is 2 or 4);
    }

    /// <summary>Reads a picture as 8-bit RGB or RGBA; the stored size must be as measured before.</summary>
    public static Bitmap Read(string path, (int Width, int Height) stored, int width, int height)
    {
        var bitmap = ImageFile.ReadBitmap(path);
        if ((bitmap.Width, bitmap.Height) != stored)
            throw new BadInputException($"{path}: the picture is {bitmap.Width}x{bitmap.Height}, but was {stored.Width}x{stored.Height} when the scene was opened");
        return bitmap.To8Bit().ToColor().Resize(width, height);
    }

    /// <summary>Writes a picture as PNG.</summary>
    public static void Write(string path, Bitmap picture) => ImageFile.Write(path, picture);
}
