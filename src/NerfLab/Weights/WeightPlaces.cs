using static TorchSharp.torch;

namespace NerfLab.Weights;

/// <summary>What tells a network's file from all others: one tensor that no other network has in this shape.</summary>
/// <param name="Network">What to call the network in a sentence.</param>
/// <param name="Key">Name of the tensor.</param>
/// <param name="Shape">Its shape.</param>
public sealed record WeightMark(string Network, string Key, params long[] Shape);

/// <summary>Where weights are looked for: files, and folders of files. A network's file is found by what it holds, whatever its name.</summary>
public sealed class WeightPlaces
{
    /// <summary>The environment variable that names a folder (or several, separated as in PATH) to look in where nothing else is said.</summary>
    public const string Variable = "NERFLAB_WEIGHTS";

    static readonly string[] s_endings = [".safetensors", ".pth", ".pt", ".bin"];

    readonly string _where;
    readonly List<string> _files = [];

    /// <summary>Looks up which files there are; none is opened.</summary>
    /// <param name="places">Files and folders; in folders, files that end in .safetensors, .pth, .pt or .bin count. Empty: as the environment variable says.</param>
    /// <exception cref="BadInputException">A place does not exist, or none is known.</exception>
    public WeightPlaces(IReadOnlyList<string> places)
    {
        if (places.Count == 0) places = (Environment.GetEnvironmentVariable(Variable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        if (places.Count == 0) throw new BadInputException($"weights: nobody says where they are; name their files or folder with --weights or in the environment variable {Variable}");
        foreach (var place in places)
        {
            if (File.Exists(place)) _files.Add(place);
            else if (Directory.Exists(place)) _files.AddRange(Directory.EnumerateFiles(place).Where(f => s_endings.Contains(Path.GetExtension(f).ToLowerInvariant())).Order(StringComparer.Ordinal));
            else throw new BadInputException($"weights: {place}: there is no such file or folder");
        }
        _where = string.Join(", ", places);
    }

    /// <summary>Opens the first file that holds a network.</summary>
    /// <param name="mark">How it is known.</param>
    /// <exception cref="BadInputException">No file does; the sentence says which tensor was looked for, and what comes nearest.</exception>
    public WeightFile Find(WeightMark mark)
    {
        string? nearest = null;
        foreach (var path in _files)
        {
            WeightFile file;
            try
            {
                file = WeightFile.Open(path);
            }
            catch (BadInputException e)
            {
                nearest ??= e.Message; // another file may be the right one; if none is, this is said
                continue;
            }
            if (file.NameOf(mark.Key) is { } name)
            {
                var shape = file.Shape(name);
                if (shape.AsSpan().SequenceEqual(mark.Shape)) return file;
                nearest = $"in {path} it has the shape [{string.Join(',', shape)}]";
            }
            file.Dispose();
        }
        throw new BadInputException($"{_where}: none of {_files.Count} files holds {mark.Network}, which has a tensor \"{mark.Key}\" of shape [{string.Join(',', mark.Shape)}]{(nearest is null ? "" : $" ({nearest})")}");
    }

    /// <summary>Makes a network from the first file that holds it.</summary>
    /// <param name="mark">How the file is known.</param>
    /// <param name="device">Where the network computes.</param>
    /// <param name="build">Takes the weights; what it returns owns them.</param>
    /// <exception cref="BadInputException">No file holds it, or one of its weights is missing or has another shape.</exception>
    public T Load<T>(WeightMark mark, Device device, Func<NetworkWeights, T> build)
    {
        using var file = Find(mark);
        var weights = NetworkWeights.Of(file, device);
        try
        {
            return build(weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }
}
