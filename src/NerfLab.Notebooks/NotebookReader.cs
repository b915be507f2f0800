using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NerfLab.Notebooks;

/// <summary>Reads notebooks, whatever is in the file: each fault is a sentence with its place.</summary>
/// <param name="name">What errors call the file.</param>
internal sealed partial class NotebookReader(string name)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 100, AllowDuplicateProperties = false };

    public NotebookFile Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return Notebook(json);
        }
        catch (InvalidOperationException e)
        {
            throw Bad("holds a text that is no Unicode", e);
        }
    }

    private NotebookFile Notebook(ReadOnlySpan<byte> json)
    {
        JsonNode? top;
        try
        {
            if (json.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
            top = JsonNode.Parse(json, documentOptions: Strict);
            // Texts are only looked at when they are asked for: here, so that what is no Unicode is found.
            for (var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 100 }); reader.Read();)
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName) reader.GetString();
        }
        catch (JsonException e)
        {
            throw Bad($"line {(e.LineNumber ?? 0) + 1}: broken JSON ({e.Message.Split(" LineNumber:")[0].Split(" Path:")[0].TrimEnd('.')})", e);
        }
        if (top is not JsonObject file) throw Bad("holds no notebook: an object with cells is expected");
        if (Number(file["nbformat"]) is not 4) throw Bad($"has nbformat {file["nbformat"]?.ToJsonString() ?? "missing"}; 4 is expected");
        int minor = Number(file["nbformat_minor"]) ?? throw Bad("has no nbformat_minor; a number from 0 to 5 is expected");
        if (minor is < 0 or > 5) throw Bad($"has nbformat_minor {minor}; 0 to 5 is expected");
        if (file["cells"] is not JsonArray cells) throw Bad("has no cells; a list of cells is expected");
        var read = cells.Select((c, i) => Cell(c, i)).ToList();
        int without = GiveIds(read);
        return new NotebookFile { CellsWithoutId = without, Name = name, Metadata = Object(file["metadata"], "metadata"), Cells = read, MinorVersion = minor };
    }

    private NotebookCell Cell(JsonNode? node, int index)
    {
        var place = FormattableString.Invariant($"cell{index + 1}");
        if (node is not JsonObject cell) throw Bad("is no cell; an object is expected", place: place);
        var kind = Text(cell["cell_type"]) ?? throw Bad("has no cell_type; code, markdown or raw is expected", place: place);
        if (kind is not ("code" or "markdown" or "raw")) throw Bad($"has the cell_type {kind}; code, markdown or raw is expected", place: place);
        return new NotebookCell
        {
            Id = Text(cell["id"]) ?? "",
            Kind = kind,
            Source = (Lines(cell["source"]) ?? throw Bad("has no source; a text or a list of lines is expected", place: place)).ReplaceLineEndings("\n"),
            Metadata = Object(cell["metadata"], place),
            ExecutionCount = Number(cell["execution_count"]),
            Outputs = kind == "code" ? Outputs(cell["outputs"], place) : [],
            Attachments = cell["attachments"]?.DeepClone() as JsonObject,
        };
    }

    private List<JsonObject> Outputs(JsonNode? node, string place)
    {
        if (node is null) return [];
        if (node is not JsonArray outputs) throw Bad("has outputs that are no list", place: place);
        return [.. outputs.Select(o => o is JsonObject output && Text(output["output_type"]) is "stream" or "display_data" or "execute_result" or "error"
            ? (JsonObject)o!.DeepClone() : throw Bad("has an output of an unknown kind; stream, display_data, execute_result or error is expected", place: place))];
    }

    /// <summary>Ids that are there stay; others come from the text, so that they are the same whenever the file is read.</summary>
    /// <returns>How many cells had none, or one that may not be used.</returns>
    private static int GiveIds(List<NotebookCell> cells)
    {
        var taken = new HashSet<string>();
        foreach (var cell in cells)
            if (!Id().IsMatch(cell.Id) || !taken.Add(cell.Id)) cell.Id = "";
        int without = cells.Count(c => c.Id == "");
        for (int i = 0; i < cells.Count; i++)
            for (int attempt = 0; cells[i].Id == ""; attempt++)
            {
                var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{attempt}|{cells[i].Kind}|{cells[i].Source}")))[..8];
                if (taken.Add(id)) cells[i].Id = id;
            }
        return without;
    }

    private JsonObject Object(JsonNode? node, string place) =>
        node is null ? [] : node.DeepClone() as JsonObject ?? throw Bad("has metadata that are no object", place: place == "metadata" ? null : place);

    private BadInputException Bad(string isWrong, Exception? cause = null, string? place = null) => new(place is null ? $"{name}{(isWrong.StartsWith("line ", StringComparison.Ordinal) ? " " : ": ")}{isWrong}" : $"{name}#{place}: {isWrong}", cause);

    /// <summary>A text, or a list of its lines; null when it is neither.</summary>
    internal static string? Lines(JsonNode? node) => node is JsonArray lines ? lines.All(l => Text(l) is not null) ? string.Concat(lines.Select(Text)) : null : Text(node);

    private static string? Text(JsonNode? node) => node is JsonValue v && v.TryGetValue<string>(out var text) ? text : null;

    private static int? Number(JsonNode? node) => node is JsonValue v && v.TryGetValue<int>(out var number) ? number : null;

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,64}$")]
    internal static partial Regex Id();
}
