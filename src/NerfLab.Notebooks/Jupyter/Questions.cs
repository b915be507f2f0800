using System.Text.Json.Nodes;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>What a running cell asks the person at the front end, who answers in a line.</summary>
internal sealed class Questions(Channels channels, Publication publication)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<string>? _answer;
    private Request? _cell;

    /// <summary>From now on this cell asks; null: nobody may.</summary>
    public void Begin(Request? cell) => _cell = cell;

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="prompt">The question.</param>
    /// <param name="secret">Whether the answer is hidden while it is typed.</param>
    /// <exception cref="InvalidOperationException">The front end said that it takes no questions, as when a notebook is run without anybody there.</exception>
    /// <exception cref="OperationCanceledException">The cell was interrupted.</exception>
    public string Ask(string prompt, bool secret)
    {
        var cell = _cell ?? throw new InvalidOperationException("nobody is there to type an answer: the front end takes no questions while this cell runs");
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Cells.Whole(() =>
        {
            lock (_lock) _answer = answer;
            publication.Flush();
            channels.Send(Channel.Input, cell.Sender, cell.Header, "input_request", new JsonObject { ["prompt"] = prompt, ["password"] = secret });
        });
        return answer.Task.GetAwaiter().GetResult();
    }

    /// <summary>Passes an <c>input_reply</c> on; without a question it means nothing.</summary>
    public void Answer(Request reply) => Take()?.TrySetResult(reply.Text("value"));

    /// <summary>Ends a question without an answer.</summary>
    public void Cancel() => Take()?.TrySetCanceled();

    private TaskCompletionSource<string>? Take()
    {
        lock (_lock)
        {
            var answer = _answer;
            _answer = null;
            return answer;
        }
    }
}
