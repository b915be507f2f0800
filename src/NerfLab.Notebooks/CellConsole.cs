using System.Text;

namespace NerfLab.Notebooks;

/// <summary>
/// <see cref="Console"/> inside a cell: what the cell and the threads that it starts write goes to the cell's output. What
/// anybody else writes goes where it went before.
/// </summary>
internal static class CellConsole
{
    private static readonly AsyncLocal<IOutput?> _output = new();
    private static readonly Lock _installing = new();
    private static bool _installed;
    private static TextReader? _in; // ours, as the console wraps it

    /// <summary>Stops the cell whose own thread this is, when it says or shows something: there it ends in an orderly way.</summary>
    [ThreadStatic] internal static CancellationToken Stop;

    /// <summary>The output of the cell that is running here.</summary>
    public static IOutput? Output
    {
        get => _output.Value;
        set => _output.Value = value;
    }

    /// <summary>Hands something to the output of the cell that is running here; false where none is.</summary>
    public static bool Say(Action<IOutput> something)
    {
        if (Output is not { } cell) return false;
        Stop.ThrowIfCancellationRequested();
        Output = null; // an output that itself writes to the console means the real one
        try
        {
            something(cell);
        }
        finally
        {
            Output = cell;
        }
        return true;
    }

    /// <summary>Takes the console over, once per process; its input again where somebody has replaced it since.</summary>
    public static void Install()
    {
        lock (_installing)
        {
            if (!ReferenceEquals(Console.In, _in))
            {
                Console.SetIn(new Reader(Console.In));
                _in = Console.In;
            }
            if (_installed) return;
            _installed = true;
            Console.SetOut(new Writer(Console.Out, isError: false));
            Console.SetError(new Writer(Console.Error, isError: true));
        }
    }

    private sealed class Writer(TextWriter otherwise, bool isError) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

        public override void WriteLine() => Write("\n");

        public override void WriteLine(string? value) => Write(value + "\n"); // whole lines stay whole when threads write at once

        public override void Write(string? value)
        {
            if (string.IsNullOrEmpty(value)) return;
            if (!Say(cell => cell.Write(isError, value))) otherwise.Write(value);
        }

        public override void Flush() => otherwise.Flush();
    }

    private sealed class Reader(TextReader otherwise) : TextReader
    {
        public override string? ReadLine() => Output is { } cell ? cell.ReadLine() : otherwise.ReadLine();

        public override string ReadToEnd() => Output is null ? otherwise.ReadToEnd() : string.Concat(Lines().Select(line => line + "\n"));

        // A cell that asks for single characters is given the end: lines are what clients can send.
        public override int Peek() => Output is null ? otherwise.Peek() : -1;

        public override int Read() => Output is null ? otherwise.Read() : -1;

        private IEnumerable<string> Lines()
        {
            while (ReadLine() is { } line) yield return line;
        }
    }
}
