namespace NerfLab.Tests;

/// <summary>A small made scene on the disk: black pictures of 32x24 and a JSON file.</summary>
internal sealed class DataFolder : IDisposable
{
    public const string Identity = "[[1,0,0,0],[0,1,0,0],[0,0,1,4],[0,0,0,1]]";

    private readonly TemporaryFolder _folder = new();

    /// <param name="keys">Keys of the file before <c>frames</c>, each with a comma after it.</param>
    /// <param name="frames">The frames, from <see cref="Frame"/>; one by default. The first may be the name of the JSON file instead.</param>
    public DataFolder(string keys, params string[] frames)
    {
        File = _folder[frames is [var name, ..] && name.EndsWith(".json") ? name : "transforms.json"];
        if (frames is [var first, ..] && first.EndsWith(".json")) frames = frames[1..];
        if (frames.Length == 0) frames = [Frame("a")];
        foreach (var frame in frames) Picture(PathOf(frame), 32, 24);
        System.IO.File.WriteAllText(File, "{\n" + keys + "\n\"frames\": [\n" + string.Join(",\n", frames) + "\n]\n}\n");
    }

    /// <summary>The folder.</summary>
    public string Path => System.IO.Path.GetDirectoryName(File)!;

    /// <summary>The JSON file.</summary>
    public string File { get; }

    /// <summary>One frame on one line.</summary>
    public static string Frame(string path, string keys = "", string matrix = Identity) => $$"""{ "file_path": "{{path}}", {{keys}} "transform_matrix": {{matrix}} }""";

    /// <summary>Writes a black picture.</summary>
    public void Picture(string path, int width, int height) =>
        Imaging.ImageFile.Write(_folder[path.EndsWith(".png") ? path : $"{path}.png"], new Bitmap(width, height, 3));

    public void Dispose() => _folder.Dispose();

    private static string PathOf(string frame)
    {
        const string Before = "\"file_path\": \"";
        var start = frame.IndexOf(Before, StringComparison.Ordinal);
        if (start < 0) return "unused";
        start += Before.Length;
        return frame[start..frame.IndexOf('"', start)];
    }
}
