namespace NerfLab.Data;

/// <summary>Picture files as scenes need them: their size, their samples at a wanted size, and writing. The only place in this room that knows the codecs.</summary>
internal static class PictureFile
{
    /// <summary>Width, height and channels (3, or 4 with alpha) from the file's header.</summary>
    public static (int Width, int Height, int Channels) Measure(string path) => throw new BadInputException($"{path}: no codec");
    /// <summary>Reads.</summary>
    public static Pixels Read(string path, int width, int height) => throw new BadInputException($"{path} {width} {height}: no codec");
    /// <summary>Writes.</summary>
    public static void Write(string path, Pixels picture) => throw new BadInputException($"{path} {picture}: no codec");
}
