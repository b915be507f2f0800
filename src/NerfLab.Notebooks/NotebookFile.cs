namespace NerfLab.Notebooks;

/// <summary>Placeholder until the next commit.</summary>
public sealed class NotebookFile
{
    /// <summary>Reads.</summary>
    public static NotebookFile Read(string path, string name) => throw new BadInputException($"{name}: notebooks cannot be read yet");
    internal sealed record Cell(string Source);
    internal IEnumerable<(Cell Cell, string Label)> CodeCells() => [];
}
