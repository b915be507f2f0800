using System.Globalization;

namespace NerfLab.Data;

/// <summary>Opens a scene from a folder, whatever the format, or the embedded one.</summary>
public static class SceneFile
{
    /// <summary>The name of the scene that needs no files.</summary>
    public const string Embedded = "embedded";

    /// <summary>What is looked for, format by format.</summary>
    public const string Formats = $"{BlenderScene.TrainFile} (Blender), {InstantNgpScene.FileName} (instant-ngp or nerfstudio), {LlffScene.FileName} (LLFF), {Eg3dScene.FileName} (EG3D), intrinsics.txt with pose and rgb (ShapeNet-SRN) or cameras.bin or cameras.txt, also in sparse/0 (COLMAP)";

    internal const string NoTestViews = "no test views: figures can only be reported on train";

    private static readonly string[] s_photographs = PictureFolder.Extensions;

    /// <summary>Opens a scene.</summary>
    /// <param name="path">
    /// A folder with <c>transforms_train.json</c> (Blender), <c>transforms.json</c> (instant-ngp or nerfstudio, told apart by their keys),
    /// <c>poses_bounds.npy</c> (LLFF), <c>dataset.json</c> (EG3D), <c>intrinsics.txt</c> beside <c>pose</c> (ShapeNet-SRN) or a COLMAP model (in the folder, in
    /// <c>sparse/0</c> or in <c>sparse</c>), in this order; or one of these files; a scene recipe (.json) or a mesh (.obj, .ply, .glb); <c>embedded</c> or null for the embedded scene.
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
                LlffScene.FileName => LlffScene.Read(FolderOf(path), options),
                Eg3dScene.FileName => Eg3dScene.Read(path, options),
                "intrinsics.txt" => ShapeNetSrnScene.Read(FolderOf(path), options),
                "cameras.bin" or "cameras.txt" => ColmapScene.Read(FolderOf(path), options),
                var name when name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) => ReadTransforms(path, options),
                var name when Geometry.MeshFile.Knows(name) => MeshScene.Read(path).Open(options.Downscale),
                _ => throw new BadInputException($"{path}: a folder with {Formats}, a scene recipe (.json) or a mesh ({Geometry.MeshFile.Formats}) is expected, not this file"),
            };
        if (!Directory.Exists(path)) throw new BadInputException($"{path}: there is no such folder; give a scene's folder or the name {Embedded}");
        return ReaderOf(path)?.Invoke(path, options) ?? throw new BadInputException(WhyNotAScene(path));
    }

    /// <summary>Whether a folder holds a scene, going by the names of its files.</summary>
    internal static bool IsScene(string folder) => ReaderOf(folder) is not null;

    private static Func<string, SceneOptions, Scene>? ReaderOf(string folder)
    {
        bool Has(string file) => File.Exists(Path.Combine(folder, file));
        return Has(BlenderScene.TrainFile) ? BlenderScene.Read
            : Has(InstantNgpScene.FileName) ? (f, options) => ReadTransforms(Path.Combine(f, InstantNgpScene.FileName), options)
            : Has(LlffScene.FileName) ? LlffScene.Read
            : Has(Eg3dScene.FileName) ? (f, options) => Eg3dScene.Read(Path.Combine(f, Eg3dScene.FileName), options)
            : ShapeNetSrnScene.IsIn(folder) ? ShapeNetSrnScene.Read
            : ColmapScene.FindModel(folder) is not null ? ColmapScene.Read
            : null;
    }

    private static Scene ReadTransforms(string path, SceneOptions options)
    {
        var file = JsonItem.Load(path);
        if (file.Kind == System.Text.Json.JsonTokenType.StartObject && file.Find("frames") is null && (file.Find("things") ?? file.Find("lighting")) is not null)
            return SceneRecipe.Read(path).Build().Open(options.Downscale);
        return NerfstudioScene.Wrote(file) ? NerfstudioScene.Read(path, options) : InstantNgpScene.Read(path, options);
    }

    private static string FolderOf(string file) => Path.GetDirectoryName(Path.GetFullPath(file))!;

    private static string WhyNotAScene(string folder)
    {
        if (SceneCollection.IsIn(folder))
        {
            var scenes = SceneCollection.Open(folder);
            return $"{folder}: {scenes.Count} scenes; one of them is expected, such as {Path.Combine(folder, scenes.Names[0])}";
        }
        if (!Directory.EnumerateFileSystemEntries(folder).Any()) return $"{folder}: the folder is empty; {Formats} is looked for";
        var pictures = Directory.EnumerateFiles(folder).Concat(Directory.EnumerateDirectories(folder).SelectMany(Directory.EnumerateFiles))
            .Where(f => s_photographs.Contains(Path.GetExtension(f).ToLowerInvariant())).ToList();
        if (pictures.Count == 0) return $"{folder}: not a scene; {Formats} is looked for";
        var where = Path.GetDirectoryName(pictures[0])!;
        var root = Path.GetFileName(where) != "images" ? where : Path.GetDirectoryName(where) is { Length: > 0 } above ? above : ".";
        return $"{folder}: {pictures.Count} photographs but no file with their camera poses ({Formats}); nerflab pose {root} finds them with COLMAP, then open {root}";
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

    /// <summary>The name of a folder, however its path is written.</summary>
    internal static string FolderName(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>One sentence about views with masks, or none.</summary>
    internal static IEnumerable<string> RemarkMasked(List<View> views)
    {
        if (views.Count(v => v.HasMask) is > 0 and var masked) yield return string.Create(CultureInfo.InvariantCulture, $"{masked} of {views.Count} views have a mask: excluded pixels are neither learned from nor measured");
    }

    /// <summary>One sentence about pictures that do not exist, or none.</summary>
    internal static IEnumerable<string> RemarkSkipped(string file, int skipped, int listed)
    {
        if (skipped > 0) yield return string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: {skipped} of {listed} listed pictures do not exist and were left out");
    }
}
