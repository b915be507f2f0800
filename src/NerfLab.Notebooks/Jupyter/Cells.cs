using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using static NerfLab.Notebooks.Jupyter.Kernel;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>Requests about code: run it, complete it, explain it.</summary>
internal sealed class Cells(Publication publication, Questions questions, CSharpSession session) : IOutput
{
    // Ids of a session before a restart mean other places.
    private readonly string _session = Guid.NewGuid().ToString("N");
    private readonly Lock _lock = new();
    private CancellationTokenSource? _running;
    private JsonArray _pages = [];
    private string? _result;

    /// <summary>The number of the last cell that was counted.</summary>
    public int Count { get; private set; }

    /// <summary>The cells that were counted.</summary>
    public History History { get; } = new();

    /// <summary>Runs a cell; its outputs are published while it runs.</summary>
    public JsonObject Execute(Request request)
    {
        bool silent = request.Flag("silent", false), counted = !silent && request.Flag("store_history", true);
        var code = request.Text("code");
        if (counted) Count++;
        (_pages, _result) = ([], null);
        publication.Begin(request, silent);
        publication.Post("execute_input", new JsonObject { ["code"] = code, ["execution_count"] = Count });
        questions.Begin(request.Flag("allow_stdin", false) ? request : null);
        var error = Run(code, $"In[{Count}]", this);
        questions.Begin(null);
        if (counted) History.Add(Count, code, _result);
        if (error is not null) publication.Post("error", Problem(error));
        var values = error is null ? Values(request) : null;
        publication.Flush();
        if (error is null) return Good(("execution_count", Count), ("payload", _pages), ("user_expressions", values));
        var failure = Failure(error);
        failure["execution_count"] = Count;
        return failure;
    }

    /// <summary>Stops the cell that runs.</summary>
    public void Interrupt()
    {
        CancellationTokenSource? running;
        lock (_lock) running = _running;
        running?.Cancel();
    }

    /// <summary>What could be written at the cursor.</summary>
    public JsonObject Complete(Request request)
    {
        var code = request.Text("code");
        var (start, end, items) = session.CompleteAsync(code, Cursor(request, code)).GetAwaiter().GetResult();
        return Good(
            ("matches", new JsonArray([.. items.Select(i => JsonValue.Create(i))])), ("metadata", new JsonObject()),
            ("cursor_start", CodePoints.FromUnits(code, start)), ("cursor_end", CodePoints.FromUnits(code, end)));
    }

    /// <summary>What the name at the cursor means.</summary>
    public JsonObject Inspect(Request request)
    {
        var code = request.Text("code");
        var found = session.InspectAsync(code, Cursor(request, code)).GetAwaiter().GetResult();
        var data = new JsonObject();
        if (found is not null) data[ValueFormatter.Plain] = found;
        return Good(("found", found is not null), ("data", data), ("metadata", new JsonObject()));
    }

    /// <summary>Whether a front end that runs a cell at the end of a line should do so.</summary>
    public static JsonObject IsComplete(Request request)
    {
        var code = request.Text("code");
        if (!CSharpSession.IsComplete(code)) return new JsonObject { ["status"] = "incomplete", ["indent"] = "" };
        bool wrong = CSharpSyntaxTree.ParseText(Directive.TakeFrom(code).Code, CSharpSession.Syntax).GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error);
        return new JsonObject { ["status"] = wrong ? "invalid" : "complete" };
    }

    /// <summary>A reply that says what went wrong.</summary>
    public static JsonObject Failure(CellError error)
    {
        var failure = Problem(error);
        failure["status"] = "error";
        return failure;
    }

    void IOutput.Write(bool isError, string text) => Whole(() => publication.Print(isError ? "stderr" : "stdout", text));

    void IOutput.Show(Shown shown)
    {
        var content = new JsonObject { ["data"] = Publication.Data(shown.Data), ["metadata"] = new JsonObject() };
        if (shown.IsResult)
        {
            _result = shown.Data.GetValueOrDefault(ValueFormatter.Plain);
            content["execution_count"] = Count;
        }
        else content["transient"] = new JsonObject { ["display_id"] = $"{_session}-{shown.Id}" };
        Whole(() => publication.Post(shown.IsResult ? "execute_result" : shown.Replaces ? "update_display_data" : "display_data", content));
    }

    string? IOutput.Ask(string prompt, bool isSecret) => questions.Ask(prompt, isSecret);

    void IOutput.Clear(bool wait) => Whole(() => publication.Post("clear_output", new JsonObject { ["wait"] = wait }));

    void IOutput.Page(string text) => _pages.Add(new JsonObject { ["source"] = "page", ["data"] = new JsonObject { [ValueFormatter.Plain] = text }, ["start"] = 0 });

    /// <summary>Calls what must not end in the middle: the runtime stops a cell's thread anywhere except in a finally block, and half a message would spoil the next.</summary>
    public static void Whole(Action action)
    {
        try
        {
        }
        finally
        {
            action();
        }
    }

    private CellError? Run(string code, string label, IOutput output)
    {
        var running = new CancellationTokenSource(); // not disposed of: whoever interrupts may still hold it
        lock (_lock) _running = running;
        try
        {
            var error = session.ExecuteAsync(code, label, output, running.Token).GetAwaiter().GetResult();
            // A question ends with an exception of its own when its cell is stopped.
            return error is not null && running.IsCancellationRequested ? new(CellError.Interrupted, $"{label}: interrupted", []) : error;
        }
        finally
        {
            lock (_lock) _running = null;
        }
    }

    // Each expression succeeds or fails for itself.
    private JsonObject Values(Request request)
    {
        var values = new JsonObject();
        if (!request.Content.TryGetProperty("user_expressions", out var expressions) || expressions.ValueKind != JsonValueKind.Object) return values;
        foreach (var expression in expressions.EnumerateObject().Where(e => e.Value.ValueKind == JsonValueKind.String))
        {
            var result = new Result();
            values[expression.Name] = Run(expression.Value.GetString()!, expression.Name, result) is { } error ? Failure(error) : Good(("data", result.Data), ("metadata", new JsonObject()));
        }
        return values;
    }

    private static JsonObject Problem(CellError error) => new()
    {
        ["ename"] = error.Name, ["evalue"] = error.Message, ["traceback"] = new JsonArray([error.Message, .. error.Trace.Select(l => JsonValue.Create(l))]),
    };

    private static int Cursor(Request request, string code) => CodePoints.ToUnits(code, request.Whole("cursor_pos") ?? int.MaxValue);

    /// <summary>Keeps a value and passes over everything else.</summary>
    private sealed class Result : IOutput
    {
        public JsonObject Data { get; private set; } = [];

        public void Write(bool isError, string text)
        {
        }

        public void Show(Shown shown)
        {
            if (shown.IsResult) Data = Publication.Data(shown.Data);
        }
    }
}
