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

    /// <summary>Reads a mask: white pixels count, black ones do not.</summary>
    /// <remarks>Any value above 0 counts. A pixel of a smaller picture counts only where all pixels that it covers do, so that nothing masked shines through.</remarks>
    /// <param name="path">The file; of several channels the first is looked at.</param>
    /// <param name="stored">The stored size of the picture that it belongs to.</param>
    /// <param name="width">Columns of the answer.</param>
    /// <param name="height">Rows of the answer.</param>
    /// <returns>[height·width].</returns>
    public static bool[] ReadMask(string path, (int Width, int Height) stored, int width, int height)
    {
        var bitmap = ImageFile.ReadBitmap(path);
        if ((bitmap.Width, bitmap.Height) != stored)
            throw new BadInputException($"{path}: the mask is {bitmap.Width}x{bitmap.Height}, but its picture {stored.Width}x{stored.Height}");
        var mask = new bool[bitmap.Width * bitmap.Height];
        for (var i = 0; i < mask.Length; i++) mask[i] = bitmap.Samples.AsSpan(i * bitmap.PixelBytes, bitmap.Bits / 8).ContainsAnyExcept((byte)0);
        return Smaller(mask, stored, width, height);
    }

    /// <summary>A mask for a smaller picture.</summary>
    /// <param name="mask">[H·W].</param>
    /// <param name="size">Of <paramref name="mask"/>.</param>
    /// <param name="width">Columns of the answer.</param>
    /// <param name="height">Rows of the answer.</param>
    /// <returns>[height·width], true where all pixels below count, up to rounding of 1 part in 510.</returns>
    public static bool[] Smaller(bool[] mask, (int Width, int Height) size, int width, int height) =>
        Array.ConvertAll(Grey(mask, size.Width, size.Height).Resize(width, height).Samples, s => s == 255);

    static Bitmap Grey(bool[] mask, int width, int height) => new(width, height, 1, 8, Array.ConvertAll(mask, m => m ? (byte)255 : (byte)0));

    /// <summary>Writes a mask as a grey PNG.</summary>
    public static void WriteMask(string path, bool[] mask, int width, int height) =>
        ImageFile.Write(path, Grey(mask, width, height));

    /// <summary>Writes a picture as PNG.</summary>
    public static void Write(string path, Bitmap picture) => ImageFile.Write(path, picture);

    /// <summary>The picture over white, for formats without alpha; itself when it has none.</summary>
    public static Bitmap OverWhite(Bitmap picture)
    {
        if (!picture.HasAlpha) return picture;
        var result = new Bitmap(picture.Width, picture.Height, 3);
        for (int i = 0, to = 0; to < result.Samples.Length; i += 4)
        {
            var alpha = picture.Samples[i + 3];
            for (var c = 0; c < 3; c++) result.Samples[to++] = (byte)((picture.Samples[i + c] * alpha + 255 * (255 - alpha) + 127) / 255);
        }
        return result;
    }

    /// <summary>The same picture, with white under its fully transparent pixels: for readers that drop alpha and expect a white background.</summary>
    public static Bitmap WhiteUnder(Bitmap picture)
    {
        if (!picture.HasAlpha) return picture;
        var result = new Bitmap(picture.Width, picture.Height, 4, 8, (byte[])picture.Samples.Clone());
        for (var i = 0; i < result.Samples.Length; i += 4)
            if (result.Samples[i + 3] == 0) result.Samples.AsSpan(i, 3).Fill(255);
        return result;
    }
}
