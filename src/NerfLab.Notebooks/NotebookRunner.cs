using System.Diagnostics;
using System.IO.Pipes;
using System.Reflection;
using System.Text;
using NerfLab.Recipes;

namespace NerfLab.Notebooks;

/// <summary>
/// Runs notebooks, each in a process of its own: one that loops for ever or crashes is ended, and takes nothing with it.
/// </summary>
/// <param name="profile">How much time they may take: a name of <see cref="Profile"/>.</param>
/// <param name="timeout">How long one cell may take.</param>
/// <param name="stopped">Whether the user wants to stop; asked several times a second.</param>
public sealed class NotebookRunner(string profile, TimeSpan timeout, Func<bool>? stopped = null)
{
    /// <summary>Told of times that cells took.</summary>
    public Action<string> Note { get; init; } = _ => { };

    /// <summary>Told how far a notebook is: its name, and a fraction.</summary>
    public Action<string, double> Progress { get; init; } = (_, _) => { };

    /// <summary>Runs all cells of a notebook, in its folder, and puts their outputs and numbers into it.</summary>
    /// <param name="notebook">As it was read from the file.</param>
    /// <param name="path">The file.</param>
    /// <returns>Why a cell failed, or null when none did. Cells below it keep their outputs.</returns>
    /// <exception cref="BadInputException">A cell is written in another language.</exception>
    /// <exception cref="OperationCanceledException">The user wanted to stop.</exception>
    public CellError? Run(NotebookFile notebook, string path)
    {
        var cells = notebook.CodeCells().Select(c => c.Cell).ToHashSet();
        // What never runs has no outputs.
        foreach (var other in notebook.Cells.Where(c => !cells.Contains(c))) (other.Outputs, other.ExecutionCount) = ([], null);
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);
        using var process = Start(Path.GetFullPath(path), pipe.GetClientHandleAsString());
        pipe.DisposeLocalCopyOfClientHandle();
        var tail = new StringBuilder();
        process.OutputDataReceived += (_, _) => { }; // what native libraries print differs from machine to machine
        process.ErrorDataReceived += (_, e) => tail.AppendLine(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();

        var (began, late, count) = (Stopwatch.GetTimestamp(), false, 0);
        using var watch = new Timer(_ =>
        {
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref began)) > timeout) late = true;
            if (!late && stopped?.Invoke() is not true) return;
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (InvalidOperationException)
            {
                // it has just ended
            }
        }, null, 100, 100);

        int current = 0;
        CellError? error = null;
        using (var reader = new StreamReader(pipe))
            while (reader.ReadLine() is { } line)
            {
                var message = CellMessage.Parse(line);
                current = message.Cell;
                Volatile.Write(ref began, Stopwatch.GetTimestamp());
                Progress(notebook.Name, (double)count / cells.Count);
                if (message.Outputs is not { } outputs) continue;
                (notebook.Cells[current].Outputs, notebook.Cells[current].ExecutionCount) = (outputs, ++count);
                if (message.Milliseconds is { } took) Note(FormattableString.Invariant($"{notebook.LabelOf(current)}: {took:0.0} ms"));
                error = message.Error;
            }
        process.WaitForExit();
        if (stopped?.Invoke() is true) throw new OperationCanceledException($"interrupted; {notebook.Name} is left as it was");
        var label = notebook.LabelOf(current);
        if (late) return new("Timeout", $"{label}: took longer than {timeout.TotalSeconds:0.###} s and was ended; --timeout allows more", []);
        if (error is null && process.ExitCode != 0)
            return new("Crash", $"{label}: the process ended with code {process.ExitCode}{(LastLine(tail) is { } last ? $" ({last})" : "")}", []);
        return error;
    }

    private Process Start(string path, string pipe)
    {
        var program = Environment.ProcessPath!;
        string[] arguments = [NotebookProcess.Word, path, pipe];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") arguments = [Assembly.GetEntryAssembly()!.Location, .. arguments];
        return Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Path.GetDirectoryName(path),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [Profile.Variable] = profile },
        })!;
    }

    private static string? LastLine(StringBuilder tail) =>
        tail.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault(l => !l.StartsWith("at ", StringComparison.Ordinal))?.TrimEnd('.');
}
