using System.IO.Pipes;

namespace NerfLab.Notebooks;

/// <summary>The inside of the process in which a notebook runs. It ends when the one that started it does.</summary>
public static class NotebookProcess
{
    /// <summary>The word with which the program is started for it.</summary>
    public const string Word = "notebook-cells";

    /// <summary>Runs the cells of a notebook until one fails.</summary>
    /// <param name="path">The notebook; the current directory is its folder.</param>
    /// <param name="pipe">Where the messages go.</param>
    public static void Run(string path, string pipe)
    {
        EndWithParent();
        using var client = new AnonymousPipeClientStream(PipeDirection.Out, pipe);
        using var writer = new StreamWriter(client) { AutoFlush = true };
        var notebook = NotebookFile.Read(path);
        var session = new CSharpSession(Environment.CurrentDirectory);
        int count = 0;
        foreach (var (cell, label) in notebook.CodeCells())
        {
            int index = notebook.Cells.ToList().IndexOf(cell);
            double? took = null;
            writer.WriteLine(new CellMessage(index).ToLine());
            var outputs = new CellOutputs(elapsed => took = elapsed.TotalMilliseconds);
            var error = session.ExecuteAsync(cell.Source, label, outputs).GetAwaiter().GetResult();
            writer.WriteLine(new CellMessage(index, outputs.ToJson(++count, error), error, took).ToLine());
            if (error is not null) break;
        }
        // Threads that cells left behind do not hold the process.
        writer.Dispose();
        Environment.Exit(0);
    }

    // The standard input is held open by the parent, and ends with it.
    private static void EndWithParent()
    {
        var input = Console.OpenStandardInput();
        new Thread(() =>
        {
            while (input.ReadByte() >= 0) { }
            Environment.Exit(1);
        }) { IsBackground = true }.Start();
    }
}
