using NerfLab.Imaging;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>Pictures as the networks take them.</summary>
public static class StylePicture
{
    /// <summary>Reads a picture: grey is repeated, transparency shows white.</summary>
    /// <param name="path">A PNG or JPEG file.</param>
    /// <param name="extractor">What it must be large enough for.</param>
    /// <param name="longest">Its longer side is made this long when it is longer; null keeps it.</param>
    /// <returns>[1,3,H,W], RGB, 0 to 1, on the extractor's device.</returns>
    /// <exception cref="BadInputException">It cannot be read or is too small.</exception>
    public static Tensor Read(string path, StyleExtractor extractor, int? longest = null)
    {
        var picture = Plain(ImageFile.ReadBitmap(path));
        if (longest is { } most && int.Max(picture.Width, picture.Height) is var longer && longer > most)
            picture = picture.Resize(Part(picture.Width), Part(picture.Height));
        if (int.Min(picture.Width, picture.Height) < extractor.LeastSize)
            throw new BadInputException($"{path}: {picture.Width}x{picture.Height} pixels; {extractor.Name} takes at least {extractor.LeastSize} each way");
        return Tensor(picture, extractor.Device);

        int Part(int side) => int.Max(1, (int)double.Round((double)side * longest.Value / int.Max(picture.Width, picture.Height)));
    }

    /// <summary>Three channels of 8 bits.</summary>
    /// <param name="picture">Any picture; transparency shows white.</param>
    public static Bitmap Plain(Bitmap picture)
    {
        using var image = Image.FromBitmap(picture);
        using var plain = image.Over(System.Numerics.Vector3.One);
        return plain.ToBitmap();
    }

    /// <summary>[1,3,H,W] of a bitmap.</summary>
    public static Tensor Tensor(Bitmap picture, Device device)
    {
        using var scope = NewDisposeScope();
        return Of(Image.FromBitmap(picture).Pixels.narrow(2, 0, 3).to(device)).MoveToOuterDisposeScope();
    }

    /// <summary>[H,W,3] to [1,3,H,W].</summary>
    public static Tensor Of(Tensor pixels) => pixels.permute(2, 0, 1).unsqueeze(0).contiguous();

    /// <summary>[1,3,H,W] to [H,W,3], clamped to 0 to 1, on the CPU.</summary>
    public static Tensor Pixels(Tensor picture) => picture.detach().squeeze(0).permute(1, 2, 0).clamp(0, 1).cpu().contiguous();

    /// <summary>Writes a picture.</summary>
    /// <param name="path">.png or .jpg.</param>
    /// <param name="picture">[1,3,H,W].</param>
    public static void Write(string path, Tensor picture)
    {
        using var scope = NewDisposeScope();
        ImageFile.Write(path, new Image(Pixels(picture)));
    }
}
