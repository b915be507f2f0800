using System.Collections;

namespace NerfLab.Data;

/// <summary>
/// Many scenes of one kind, such as a category of objects: what generative models are trained on. A scene is opened when it is first
/// asked for and kept then; its pictures are read when they are asked for.
/// </summary>
public sealed class SceneCollection : IReadOnlyList<Scene>
{
    private readonly Lazy<Scene>[] _scenes;

    /// <summary>A collection of anything that can be opened one by one.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="names">The names of the scenes, at least one, each once.</param>
    /// <param name="open">Opens the scene with an index into <paramref name="names"/>; called at most once for each, from any thread.</param>
    /// <exception cref="BadInputException">There is no scene, or two have the same name.</exception>
    public SceneCollection(string name, IReadOnlyList<string> names, Func<int, Scene> open)
    {
        if (names.Count == 0) throw new BadInputException($"{name}: no scene; at least one is expected");
        if (names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new BadInputException($"{name}: {twice.Count()} scenes are called {twice.Key}; different names are expected");
        (Name, Names) = (name, names);
        _scenes = [.. Enumerable.Range(0, names.Count).Select(i => new Lazy<Scene>(() => open(i)))];
    }

    /// <summary>What to call it: the folder's name.</summary>
    public string Name { get; }

    /// <summary>The names of the scenes, in their order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <inheritdoc/>
    public int Count => _scenes.Length;

    /// <summary>A scene.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="BadInputException">Something in it cannot be used.</exception>
    public Scene this[int index] => _scenes[index].Value;

    /// <summary>The first some of the scenes; to learn from 100 objects of a thousand.</summary>
    /// <param name="count">How many at most, at least 1.</param>
    public SceneCollection First(int count) => new(Name, [.. Names.Take(count)], i => this[i]);

    /// <inheritdoc/>
    public IEnumerator<Scene> GetEnumerator() => _scenes.Select(s => s.Value).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether a folder is no scene itself, but holds folders with scenes.</summary>
    public static bool IsIn(string path) => Directory.Exists(path) && !SceneFile.IsScene(path) && Directory.EnumerateDirectories(path).Any(SceneFile.IsScene);

    /// <summary>Opens a folder of scenes, all in the same format or not, in the order of their names. Folders that hold no scene are passed over.</summary>
    /// <param name="path">Such as ShapeNet-SRN's <c>cars_train</c>; or a folder of EG3D's, whose labels' folders are the scenes.</param>
    /// <param name="options">How to read the scenes; null for the defaults.</param>
    /// <exception cref="BadInputException">There is no folder with a scene.</exception>
    public static SceneCollection Open(string path, SceneOptions? options = null)
    {
        options ??= new SceneOptions();
        options.Check();
        if (!Directory.Exists(path)) throw new BadInputException($"{path}: there is no such folder; a folder of scenes is expected");
        if (File.Exists(Path.Combine(path, Eg3dScene.FileName))) return Eg3dScene.ReadObjects(Path.Combine(path, Eg3dScene.FileName), options);
        if (SceneFile.IsScene(path)) throw new BadInputException($"{path}: a single scene; a folder of scenes is expected");
        var folders = Directory.EnumerateDirectories(path).Where(SceneFile.IsScene).Order(StringComparer.Ordinal).ToList();
        if (folders.Count == 0) throw new BadInputException($"{path}: none of its folders is a scene; {SceneFile.Formats} is looked for in them");
        return new SceneCollection(SceneFile.FolderName(path), folders.ConvertAll(f => Path.GetFileName(f)), i => SceneFile.Open(folders[i], options));
    }
}
