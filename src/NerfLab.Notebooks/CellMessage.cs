using System.Text.Json;
using System.Text.Json.Nodes;

namespace NerfLab.Notebooks;

/// <summary>What the process that runs a notebook tells the one that started it: one line of JSON each.</summary>
/// <param name="Cell">The index of the cell that it is about.</param>
/// <param name="Outputs">The cell has ended, with these outputs; null when it begins.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Milliseconds">What its <c>#!time</c> took.</param>
internal sealed record CellMessage(int Cell, List<JsonObject>? Outputs = null, CellError? Error = null, double? Milliseconds = null)
{
    public string ToLine() => JsonSerializer.Serialize(this);

    public static CellMessage Parse(string line) => JsonSerializer.Deserialize<CellMessage>(line)!;
}
