namespace NerfLab.Data;

/// <summary>One picture of a scene and the camera that took it. The picture is read when it is asked for, not before.</summary>
public sealed class View
{
    private readonly Func<Bitmap> _picture;
    private readonly Func<float[]>? _depth;
    private readonly Func<bool[]>? _mask;

    /// <summary>A view.</summary>
    /// <param name="name">What to call it; unique within the scene.</param>
    /// <param name="camera">The camera, whose size is the size of the picture as it is handed out.</param>
    /// <param name="picture">Makes the picture with 8 bits per sample, RGB or RGBA; called once per <see cref="Read"/>.</param>
    /// <param name="depth">Makes the exact depth, where it is known: [H·W], see <see cref="ReadDepth"/>.</param>
    /// <param name="file">The file behind the picture, if there is one.</param>
    /// <param name="hasAlpha">Whether the picture has four channels.</param>
    /// <param name="mask">Makes the mask, where there is one: [H·W], see <see cref="ReadMask"/>.</param>
    public View(string name, Camera camera, Func<Bitmap> picture, Func<float[]>? depth = null, string? file = null, bool hasAlpha = false, Func<bool[]>? mask = null)
    {
        (Name, Camera, _picture, _depth, File, HasAlpha, _mask) = (name, camera, picture, depth, file, hasAlpha, mask);
    }

    /// <summary>What to call it: the path of the picture within the scene, without extension.</summary>
    public string Name { get; }

    /// <summary>The camera; after downscaling it is the camera of the smaller picture.</summary>
    public Camera Camera { get; }

    /// <summary>The file behind the picture; null where it is generated.</summary>
    public string? File { get; }

    /// <summary>Whether the picture has an alpha channel.</summary>
    public bool HasAlpha { get; }

    /// <summary>Whether <see cref="ReadDepth"/> can be asked.</summary>
    public bool HasDepth => _depth is not null;

    /// <summary>Whether some pixels may not be learned from or measured; see <see cref="ReadMask"/>.</summary>
    public bool HasMask => _mask is not null;

    /// <summary>Reads the picture; nothing is kept, so keep what you need.</summary>
    /// <returns>A picture of the camera's size: 8 bits per sample; 3 channels (RGB) or 4 (RGBA, alpha not multiplied into the colours).</returns>
    /// <exception cref="BadInputException">The file is damaged or no longer of the size it had.</exception>
    public Bitmap Read()
    {
        var picture = _picture();
        if (picture.Width != Camera.Width || picture.Height != Camera.Height)
            throw new BadInputException($"{File ?? Name}: the picture is {picture.Width}x{picture.Height}, its camera {Camera.Width}x{Camera.Height}");
        return picture;
    }

    /// <summary>The same view, whose picture is read once, when it is first asked for, and handed out as a copy from then on: where it is needed often and takes long to make.</summary>
    public View Kept()
    {
        var picture = new Lazy<Bitmap>(Read);
        return new View(Name, Camera, () => Copy(picture.Value), _depth, File, HasAlpha, _mask);

        static Bitmap Copy(Bitmap b) => new(b.Width, b.Height, b.Channels, b.Bits, [.. b.Samples]);
    }

    /// <summary>The same view in a picture that is so many times smaller, by the area filter; its mask shrinks along, and no depth is known of it.</summary>
    /// <param name="factor">Above 0.</param>
    public View Smaller(float factor)
    {
        var (camera, size) = (Camera.Smaller(factor), (Camera.Width, Camera.Height));
        return new View(Name, camera, () => Read().Resize(camera.Width, camera.Height), file: File, hasAlpha: HasAlpha,
            mask: HasMask ? () => PictureFile.Smaller(ReadMask()!, size, camera.Width, camera.Height) : null);
    }

    /// <summary>The exact depth of every pixel's centre.</summary>
    /// <returns>[H·W]: distance along the ray of unit direction, in world units; positive infinity where the ray meets nothing.</returns>
    /// <exception cref="InvalidOperationException">The depth is not known (<see cref="HasDepth"/>).</exception>
    public float[] ReadDepth() => (_depth ?? throw new InvalidOperationException($"{Name}: no depth is known for photographs")).Invoke();

    /// <summary>Which pixels count: the others show what is no part of the scene (passers-by, the photographer) and are neither learned from nor measured.</summary>
    /// <returns>[H·W], true where the pixel counts; null where all do.</returns>
    /// <exception cref="BadInputException">The file is damaged or of another size than the picture.</exception>
    public bool[]? ReadMask() => _mask?.Invoke();
}
