using System.Text;
using System.Text.Json.Nodes;

namespace NerfLab.Notebooks;

/// <summary>Keeps what a cell says and shows as a notebook file does: pictures and text alone, pieces of a stream together, no times.</summary>
/// <param name="timed">Told of times, for somebody who watches.</param>
internal sealed class CellOutputs(Action<TimeSpan>? timed = null) : IOutput
{
    private readonly List<(string? Id, JsonObject Output, StringBuilder? Stream)> _outputs = [];
    private readonly Lock _lock = new();

    public void Write(bool isError, string text)
    {
        lock (_lock)
        {
            var stream = isError ? "stderr" : "stdout";
            // Threads may write at once, and their order is chance: what goes to one stream stands together until something is shown.
            for (int i = _outputs.Count - 1; i >= 0 && _outputs[i].Stream is not null; i--)
                if (_outputs[i].Output["name"]!.GetValue<string>() == stream)
                {
                    _outputs[i].Stream!.Append(text);
                    return;
                }
            _outputs.Add((null, new JsonObject { ["output_type"] = "stream", ["name"] = stream }, new StringBuilder(text)));
        }
    }

    public void Show(Shown shown)
    {
        lock (_lock)
        {
            var data = new JsonObject();
            foreach (var (type, form) in shown.Data)
                if (type is "image/png" or "text/plain") data[type] = form;
            var output = new JsonObject { ["output_type"] = shown.IsResult ? "execute_result" : "display_data", ["data"] = data, ["metadata"] = new JsonObject() };
            if (shown.Replaces && _outputs.FindIndex(o => o.Id == shown.Id) is >= 0 and var place) _outputs[place] = (shown.Id, output, null);
            else _outputs.Add((shown.Id, output, null));
        }
    }

    public void Time(TimeSpan elapsed) => timed?.Invoke(elapsed);

    /// <summary>nbformat's objects.</summary>
    /// <param name="count">The number of the cell among those that were run.</param>
    /// <param name="error">Why it failed.</param>
    public List<JsonObject> ToJson(int count, CellError? error)
    {
        lock (_lock)
        {
            var all = new List<JsonObject>();
            foreach (var (_, output, stream) in _outputs)
            {
                if (stream is not null) output["text"] = stream.ToString();
                if (output["output_type"]!.GetValue<string>() == "execute_result") output["execution_count"] = count;
                all.Add((JsonObject)output.DeepClone());
            }
            if (error is not null)
                all.Add(new JsonObject { ["output_type"] = "error", ["ename"] = error.Name, ["evalue"] = error.Message, ["traceback"] = new JsonArray([error.Message, .. error.Trace.Select(t => (JsonNode)t)]) });
            return all;
        }
    }
}
