using System.Text;

namespace NerfLab.Notebooks.Tests;

/// <summary>Keeps what cells say and show.</summary>
internal sealed class Kept : IOutput
{
    private readonly StringBuilder _out = new(), _error = new();

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public List<Shown> Shown { get; } = [];

    public TimeSpan? Took { get; private set; }

    public Queue<string> Input { get; } = [];

    /// <summary>What was shown, as text.</summary>
    public string Text => string.Join('\n', Shown.Select(s => s.Data["text/plain"]));

    public void Write(bool isError, string text)
    {
        lock (_out) (isError ? _error : _out).Append(text);
    }

    public void Show(Shown shown)
    {
        lock (_out) Shown.Add(shown);
    }

    public void Time(TimeSpan elapsed) => Took = elapsed;

    public string? ReadLine() => Input.TryDequeue(out var line) ? line : null;
}

/// <summary>A session whose cells are numbered by themselves.</summary>
internal sealed class Cells(string? folder = null)
{
    private int _count;

    public CSharpSession Session { get; } = new(folder ?? AppContext.BaseDirectory);

    public async Task<(CellError? Error, Kept Output)> Try(string code, CancellationToken stop = default)
    {
        var output = new Kept();
        return (await Session.ExecuteAsync(code, $"test.ipynb#cell{++_count}", output, stop), output);
    }

    /// <summary>A cell that works.</summary>
    public async Task<Kept> Run(string code)
    {
        var (error, output) = await Try(code);
        Assert.True(error is null, $"{error?.Message}\n{string.Join('\n', error?.Trace ?? [])}");
        return output;
    }

    /// <summary>A cell that shows one value: its text.</summary>
    public async Task<string> Value(string code) => (await Run(code)).Text;

    /// <summary>A cell that fails.</summary>
    public async Task<CellError> Fails(string code) => (await Try(code)).Error ?? throw new Xunit.Sdk.XunitException("the cell did not fail");
}
