using System.Text.Json;
using System.Text.Json.Nodes;

namespace NerfLab.Notebooks;

/// <summary>A cell of a notebook.</summary>
public sealed class NotebookCell
{
    /// <summary>Names it within the notebook.</summary>
    public required string Id { get; set; }

    /// <summary><c>code</c>, <c>markdown</c> or <c>raw</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Its text, with line feeds.</summary>
    public required string Source { get; init; }

    /// <summary>What other programs keep there; written as it was read, without traces of a run.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>Of a code cell: 1 for the first that was run.</summary>
    public int? ExecutionCount { get; set; }

    /// <summary>Of a code cell: nbformat's output objects.</summary>
    public List<JsonObject> Outputs { get; set; } = [];

    /// <summary>Pictures of a markdown cell; null where there are none.</summary>
    public JsonObject? Attachments { get; init; }

    /// <summary>The language of a code cell by the old engine's metadata; <c>csharp</c> where nothing is said.</summary>
    public string Language => Named("polyglot_notebook", "kernelName") ?? Named("dotnet_interactive", "language") ?? "csharp";

    /// <summary>Whether it is C# that can be run.</summary>
    public bool IsCSharp => Kind == "code" && Language is "csharp" or "C#" or "c#";

    private string? Named(string section, string key) => Metadata[section] is JsonObject o && o[key] is JsonValue v && v.TryGetValue<string>(out var name) ? name : null;
}

/// <summary>A notebook: Jupyter's format 4.0 to 4.5 is read, 4.5 is written in a form in which equal notebooks are equal bytes.</summary>
public sealed class NotebookFile
{
    private const int LargestFile = 64 << 20;

    /// <summary>What errors call it: the file's name.</summary>
    public required string Name { get; init; }

    /// <summary>Kernel, language, and what other programs keep there.</summary>
    public required JsonObject Metadata { get; init; }

    /// <summary>From top to bottom.</summary>
    public required IReadOnlyList<NotebookCell> Cells { get; init; }

    /// <summary>Of the file that was read.</summary>
    public int MinorVersion { get; init; } = 5;

    /// <summary>Of the file that was read: cells that had no id of their own.</summary>
    public int CellsWithoutId { get; init; }

    /// <summary>The file is made for C#.</summary>
    public bool IsCSharp => ((Metadata["kernelspec"] as JsonObject)?["name"]?.ToString() ?? "") is ".net-csharp" or "nerflab";

    /// <summary>Names a cell in errors: <c>00_tour.ipynb#cell3</c>, where 1 is the first of all cells.</summary>
    public string LabelOf(int index) => FormattableString.Invariant($"{Name}#cell{index + 1}");

    /// <summary>The cells that can be run, with their labels.</summary>
    /// <exception cref="BadInputException">A cell is written in another language.</exception>
    public IEnumerable<(NotebookCell Cell, string Label)> CodeCells()
    {
        for (int i = 0; i < Cells.Count; i++)
        {
            if (Cells[i] is not { Kind: "code", Language: not "markdown" } cell) continue;
            if (!cell.IsCSharp) throw new BadInputException($"{LabelOf(i)}: is written for the kernel {cell.Language}; csharp is expected");
            yield return (cell, LabelOf(i));
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What errors call it; the file's name when it is null.</param>
    /// <exception cref="BadInputException">The file is missing or no notebook.</exception>
    public static NotebookFile Read(string path, string? name = null)
    {
        name ??= Path.GetFileName(path);
        try
        {
            if (new FileInfo(path).Length > LargestFile) throw new BadInputException($"{name}: larger than {LargestFile >> 20} MB; a notebook is expected");
            return Parse(File.ReadAllBytes(path), name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{name}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>Reads a notebook that is in memory.</summary>
    /// <inheritdoc cref="Read"/>
    public static NotebookFile Parse(ReadOnlySpan<byte> json, string name)
    {
        var reader = new NotebookReader(name);
        return reader.Read(json);
    }

    /// <summary>Writes the notebook in its canonical form.</summary>
    /// <exception cref="BadInputException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.Write(path, stream => stream.Write(ToBytes()));

    /// <summary>Writes the notebook unless the file holds exactly it already.</summary>
    /// <returns>Whether it was written.</returns>
    /// <exception cref="BadInputException">The file cannot be written.</exception>
    public bool WriteIfNew(string path)
    {
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(ToBytes())) return false;
        Write(path);
        return true;
    }

    /// <summary>The canonical form: keys sorted, indented by one space, texts as lists of lines, every cell with an id.</summary>
    public byte[] ToBytes() => NotebookWriter.Write(this);
}
