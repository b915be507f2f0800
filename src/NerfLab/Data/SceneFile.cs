using System.Globalization;

namespace NerfLab.Data;

/// <summary>Opens a scene from a folder, whatever the format, or the embedded one.</summary>
public static class SceneFile
{
    /// <summary>The name of the scene that needs no files.</summary>
    public const string Embedded = "embedded";

    private static readonly string[] s_photographs = [".png", ".jpg", ".jpeg"];

    /// <summary>Opens a scene.</summary>
    /// <param name="path">
    /// A folder with <c>transforms_train.json</c> (Blender) or <c>transforms.json</c> (instant-ngp), or one of these files;
    /// <c>embedded</c> or null for the embedded scene.
    /// </param>
    /// <param name="options">How to read it; null for the defaults.</param>
    /// <exception cref="BadInputException">There is no scene, or something in it cannot be used; the message says what and where.</exception>
    public static Scene Open(string? path, SceneOptions? options = null)
    {
        options ??= new SceneOptions();
        options.Check();
        if (path is null or Embedded) return EmbeddedScene.Create(options);

        if (File.Exists(path))
            return Path.GetFileName(path) switch
            {
                BlenderScene.TrainFile => BlenderScene.Read(FolderOf(path), options),
                var name when name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) => InstantNgpScene.Read(path, options),
                _ => throw new BadInputException($"{path}: a folder with {BlenderScene.TrainFile} or {InstantNgpScene.FileName} is expected, not this file"),
            };
        if (!Directory.Exists(path)) throw new BadInputException($"{path}: there is no such folder; give a scene's folder or the name {Embedded}");
        if (File.Exists(Path.Combine(path, BlenderScene.TrainFile))) return BlenderScene.Read(path, options);
        if (File.Exists(Path.Combine(path, InstantNgpScene.FileName))) return InstantNgpScene.Read(Path.Combine(path, InstantNgpScene.FileName), options);
        throw new BadInputException(WhyNotAScene(path));
    }

    private static string FolderOf(string file) => Path.GetDirectoryName(Path.GetFullPath(file))!;

    private static string WhyNotAScene(string folder)
    {
        var wanted = $"{BlenderScene.TrainFile} (Blender) or {InstantNgpScene.FileName} (instant-ngp) is looked for";
        if (!Directory.EnumerateFileSystemEntries(folder).Any()) return $"{folder}: the folder is empty; {wanted}";
        var photographs = Directory.EnumerateFiles(folder).Concat(Directory.EnumerateDirectories(folder).SelectMany(Directory.EnumerateFiles))
            .Count(f => s_photographs.Contains(Path.GetExtension(f).ToLowerInvariant()));
        return photographs > 0
            ? $"{folder}: {photographs} photographs but no file with their camera poses; {wanted}"
            : $"{folder}: not a scene; {wanted}";
    }

    /// <summary>Finds the picture that a frame's <c>file_path</c> means; null when it does not exist.</summary>
    /// <remarks>Tried in turn: the path as it stands, with the extensions .png, .jpg, .jpeg (both cases), and the same below <c>images/</c>.</remarks>
    internal static string? FindPicture(string folder, string filePath)
    {
        var relative = filePath.Replace('\\', '/');
        foreach (var start in (string[])[folder, Path.Combine(folder, "images")])
        {
            var file = Path.GetFullPath(Path.Combine(start, relative));
            if (File.Exists(file)) return file;
            foreach (var extension in s_photographs)
            {
                if (File.Exists(file + extension)) return file + extension;
                if (File.Exists(file + extension.ToUpperInvariant())) return file + extension.ToUpperInvariant();
            }
        }
        return null;
    }

    /// <summary>A view's name from its <c>file_path</c>: without leading dots, slashes and a picture's extension.</summary>
    internal static string NameOf(string filePath)
    {
        var name = filePath.Replace('\\', '/').TrimStart('.', '/');
        return s_photographs.Contains(Path.GetExtension(name).ToLowerInvariant()) ? name[..name.LastIndexOf('.')] : name;
    }

    /// <summary>One sentence about pictures that do not exist, or none.</summary>
    internal static IEnumerable<string> RemarkSkipped(string file, int skipped, int listed)
    {
        if (skipped > 0) yield return string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: {skipped} of {listed} listed pictures do not exist and were left out");
    }
}
