using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NerfLab.Notebooks;

/// <summary>Writes notebooks as Jupyter does: sorted keys, one space of indentation, texts as lists of lines, letters as they are.</summary>
internal static class NotebookWriter
{
    private static readonly JsonWriterOptions Form = new() { Indented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What changes from run to run, or from viewer to viewer.
    private static readonly string[] Traces = ["execution", "ExecuteTime", "collapsed", "scrolled", "papermill"];

    public static byte[] Write(NotebookFile notebook)
    {
        var cells = new JsonArray([.. notebook.Cells.Select(Cell)]);
        var file = new JsonObject { ["cells"] = cells, ["metadata"] = notebook.Metadata.DeepClone(), ["nbformat"] = 4, ["nbformat_minor"] = 5 };
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Form)) Write(writer, file);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static JsonNode Cell(NotebookCell cell)
    {
        var metadata = (JsonObject)cell.Metadata.DeepClone();
        foreach (var trace in Traces) metadata.Remove(trace);
        var node = new JsonObject { ["cell_type"] = cell.Kind, ["id"] = cell.Id, ["metadata"] = metadata, ["source"] = Lines(cell.Source) };
        if (cell.Attachments is not null) node["attachments"] = cell.Attachments.DeepClone();
        if (cell.Kind != "code") return node;
        node["execution_count"] = cell.ExecutionCount is { } count ? JsonValue.Create(count) : null;
        node["outputs"] = new JsonArray([.. cell.Outputs.Select(Output)]);
        return node;
    }

    private static JsonNode Output(JsonObject output)
    {
        var node = (JsonObject)output.DeepClone();
        if (NotebookReader.Lines(node["text"]) is { } text) node["text"] = Lines(text);
        if (node["data"] is JsonObject data)
            foreach (var (type, value) in data.ToList())
                if (NotebookReader.Lines(value) is { } form) data[type] = type.StartsWith("text/", StringComparison.Ordinal) ? Lines(form) : form;
        return node;
    }

    /// <summary>A text as a list of its lines, each with its end.</summary>
    public static JsonArray Lines(string text)
    {
        var lines = new JsonArray();
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start) is >= 0 and var found ? found + 1 : text.Length;
            lines.Add((JsonNode)text[start..end]);
            start = end;
        }
        return lines;
    }

    private static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject o:
                writer.WriteStartObject();
                foreach (var (key, value) in o.OrderBy(p => p.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(key);
                    Write(writer, value);
                }
                writer.WriteEndObject();
                break;
            case JsonArray a:
                writer.WriteStartArray();
                foreach (var item in a) Write(writer, item);
                writer.WriteEndArray();
                break;
            case null: writer.WriteNullValue(); break;
            default: node.WriteTo(writer); break;
        }
    }
}
