using static TorchSharp.torch;

namespace NerfLab.Weights;

/// <summary>
/// A file of named tensors, opened for reading. Only the table of contents is read at once; every tensor is read when it is asked for.
/// The content of the file is not trusted: names, shapes and positions are checked before memory is taken for them.
/// </summary>
public abstract class WeightFile : IDisposable
{
    private protected WeightFile(string path) => Path = path;

    /// <summary>Opens a safetensors file or a PyTorch checkpoint, whichever it is: the first bytes decide, not the name.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">The file is missing, is neither, or is damaged.</exception>
    public static WeightFile Open(string path)
    {
        Span<byte> start = stackalloc byte[9];
        int count;
        using (var stream = OpenStream(path)) count = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        start = start[..count];
        bool braced = count == 9 && start[8] == '{';
        // The length of a short header may begin as a pickle does, but ends with zeros, and its text follows.
        if (PyTorchFile.Begins(start) && !(braced && start[4..8] is [0, 0, 0, 0])) return new PyTorchFile(path);
        if (braced) return new SafetensorsFile(path);
        throw new BadInputException($"{path}: holds no weights ({(count == 0 ? "it is empty" : $"it begins with {Convert.ToHexString(start)}")}); a safetensors file or a PyTorch checkpoint is expected");
    }

    /// <summary>The path under which the file was opened.</summary>
    public string Path { get; }

    /// <summary>The names of all tensors, in the order of the file.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Text that stands beside the tensors.</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The shape of a tensor; empty for a scalar.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="BadInputException">There is no such tensor.</exception>
    public abstract long[] Shape(string name);

    /// <summary>The element type of a tensor.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="BadInputException">There is no such tensor, or libtorch has no such element type.</exception>
    public abstract ScalarType Dtype(string name);

    /// <summary>Reads a tensor into memory of its own on the CPU.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <returns>A contiguous tensor without gradient, of <see cref="Shape"/> and <see cref="Dtype"/>.</returns>
    /// <exception cref="BadInputException">There is no such tensor, libtorch has no such element type, or the file is damaged.</exception>
    public abstract Tensor Read(string name);

    /// <summary>The name under which the file holds a tensor that may stand inside of something else: <c>features.0.weight</c> as <c>model.features.0.weight</c>.</summary>
    /// <param name="name">The name in the network.</param>
    /// <returns>The name itself, or the only one that ends with a point and the name; null where there is none.</returns>
    public string? NameOf(string name)
    {
        if (Names.Contains(name)) return name;
        var longer = Names.Where(n => n.EndsWith("." + name, StringComparison.Ordinal)).Take(2).ToList();
        return longer.Count == 1 ? longer[0] : null;
    }

    /// <summary>Reads all tensors.</summary>
    /// <returns>The tensors by name; the caller disposes them.</returns>
    /// <exception cref="BadInputException">As for <see cref="Read"/>.</exception>
    public IReadOnlyDictionary<string, Tensor> ReadAll()
    {
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            foreach (var name in Names) tensors.Add(name, Read(name));
        }
        catch
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
            throw;
        }
        return tensors;
    }

    /// <summary>Closes the file. Tensors that were read stay.</summary>
    public abstract void Dispose();

    private protected BadInputException Bad(string isWrong, Exception? cause = null) => new($"{Path}: {isWrong}", cause);

    private protected BadInputException Missing(string name) =>
        Bad($"holds no tensor \"{Shorten(name)}\"; {(Names.Count == 0 ? "it holds none at all" : $"it holds {Names.Count}, the first is \"{Shorten(Names[0])}\"")}");

    /// <summary>A name from a file as it may stand in a sentence: of moderate length and on one line.</summary>
    internal static string Shorten(string name)
    {
        const int longest = 80;
        var start = name.Length > longest ? name[..longest] + "..." : name;
        return string.Concat(start.Select(c => char.IsControl(c) ? '?' : c));
    }

    internal static FileStream OpenStream(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadInputException($"{path}: cannot be read ({e.Message.TrimEnd('.')}); a file of weights is expected", e);
        }
    }
}
