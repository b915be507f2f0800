using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>What everybody who looks at the kernel sees: its state, and the outputs of cells in the order in which they were made.</summary>
internal sealed class Publication : IDisposable
{
    /// <summary>A cell that prints in a loop would otherwise send thousands of messages.</summary>
    private const int Milliseconds = 50, Characters = 1 << 16;

    private readonly Channels _channels;
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private readonly Timer _timer;
    private string _stream = "";
    private Request? _cell;
    private bool _silent;

    public Publication(Channels channels) => (_channels, _timer) = (channels, new Timer(_ => Flush()));

    /// <summary>What follows belongs to this request; what its cell prints after its end too, until the next one.</summary>
    public void Begin(Request cell, bool silent)
    {
        lock (_lock)
        {
            Flush();
            (_cell, _silent) = (cell, silent);
        }
    }

    /// <summary>Adds to a stream.</summary>
    /// <param name="stream"><c>stdout</c> or <c>stderr</c>.</param>
    /// <param name="text">The text.</param>
    public void Print(string stream, string text)
    {
        if (text.Length == 0) return;
        lock (_lock)
        {
            if (_stream != stream) Flush();
            if (_text.Length == 0) _timer.Change(Milliseconds, Timeout.Infinite);
            _stream = stream;
            _text.Append(text);
            if (_text.Length >= Characters) Flush();
        }
    }

    /// <summary>Sends what was printed and has not been sent.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (_text.Length == 0) return;
            var content = new JsonObject { ["name"] = _stream, ["text"] = _text.ToString() };
            _text.Clear();
            Send("stream", content);
        }
    }

    /// <summary>Sends an output of the cell, after what was printed before it.</summary>
    public void Post(string type, JsonObject content)
    {
        lock (_lock)
        {
            Flush();
            Send(type, content);
        }
    }

    /// <summary>Says that the kernel is busy with a request, idle, or starting.</summary>
    public void State(string state, Request? request)
    {
        lock (_lock)
        {
            Flush();
            _channels.Send(Channel.Publication, ["status"u8.ToArray()], request?.Header, "status", new JsonObject { ["execution_state"] = state });
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        Flush();
    }

    /// <summary>A value as its pictures and texts.</summary>
    public static JsonObject Data(IEnumerable<KeyValuePair<string, string>> bundle)
    {
        var data = new JsonObject();
        foreach (var (type, text) in bundle) data[type] = type.EndsWith("json", StringComparison.Ordinal) ? Json(text) : text;
        return data;
    }

    private static JsonNode? Json(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private void Send(string type, JsonObject content)
    {
        if (!_silent) _channels.Send(Channel.Publication, [Encoding.ASCII.GetBytes(type)], _cell?.Header, type, content);
    }
}
