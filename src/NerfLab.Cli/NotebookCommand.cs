using System.CommandLine;
using System.Diagnostics;
using NerfLab.Notebooks;
using NerfLab.Recipes;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab notebook</c>: runs, checks and exports notebooks.</summary>
static class NotebookCommand
{
    static readonly Argument<string[]> Files = new("FILE") { Description = "Notebooks (.ipynb).", Arity = ArgumentArity.OneOrMore };
    static readonly Option<bool> Write = Switch("--write", "Put the outputs into the files. A notebook that fails is left as it was.");
    static readonly Option<string?> Html = Text("--html", "DIR", "Write a page for each notebook, and an index of them.");
    static readonly Option<string?> ProfileName = Text("--profile", "quick|tutorial|full", "How much time notebooks may take: a short proof that they run, the results their text talks about, or as far as is worth it. [default: $NERFLAB_PROFILE, else tutorial]");
    static readonly Option<double?> Timeout = Number("--timeout", "SECONDS", "How long one cell may take. [default: 600]", 0.1);
    static readonly Option<bool> Silent = Quiet();
    static readonly Option<string> Out = new("--out") { HelpName = "DIR", Description = "Where the pages go.", Required = true };

    public static Command Create()
    {
        var run = new Command("run", "Run all cells of notebooks, each in a process of its own.") { Files, Write, Html, ProfileName, Timeout, Silent };
        run.SetAction(Run);
        var check = new Command("check", "Check notebooks as they are: format, ids, kernel, outputs, numbers of cells, size, links.") { Files };
        check.SetAction(Check);
        var html = new Command("html", "Write pages of notebooks as they are, without running them.") { Files, Out };
        html.SetAction(given => Export([.. given.GetRequiredValue(Files).Select(f => (NotebookFile.Read(f), f))], given.GetRequiredValue(Out)));
        return new Command("notebook", "Run, check and export notebooks of C# cells.") { run, check, html };
    }

    /// <summary>What <c>nerflab notebook run</c> starts for each notebook.</summary>
    public static Command CreateCells()
    {
        Argument<string> file = new("FILE"), pipe = new("PIPE");
        var command = new Command(NotebookProcess.Word) { file, pipe };
        command.Hidden = true;
        command.SetAction(given => NotebookProcess.Run(given.GetRequiredValue(file), given.GetRequiredValue(pipe)));
        return command;
    }

    static int Run(ParseResult given)
    {
        var profile = given.GetValue(ProfileName) ?? Profile.Current;
        if (!Profile.Names.Contains(profile)) throw new BadInputException($"--profile {profile}: quick, tutorial or full is expected");
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var runner = new NotebookRunner(profile, TimeSpan.FromSeconds(given.GetValue(Timeout) ?? 600), () => stop.Requested) { Note = screen.Note, Progress = (name, fraction) => screen.Progress(name, fraction) };
        var read = new List<(NotebookFile, string)>();
        int code = 0;
        foreach (var path in given.GetRequiredValue(Files))
        {
            // One that cannot be used does not keep the others from running.
            try
            {
                var notebook = NotebookFile.Read(path);
                screen.Begin();
                var error = runner.Run(notebook, path);
                var seconds = screen.End();
                read.Add((notebook, path));
                if (error is not null)
                {
                    Complain(error.Message, error.Trace);
                    code = code == 2 ? 2 : 1;
                    continue;
                }
                var cells = notebook.Cells.Count(c => c.ExecutionCount is not null);
                screen.Result($"{notebook.Name}: {cells} cells in {Screen.Time(seconds)}{(given.GetValue(Write) ? notebook.WriteIfNew(path) ? ", written" : ", as it was" : "")}");
            }
            catch (BadInputException e)
            {
                Complain(e.Message, []);
                code = 2;
            }
        }
        if (given.GetValue(Html) is { } folder && read.Count > 0) Export(read, folder);
        return code;
    }

    static int Check(ParseResult given)
    {
        int faults = 0;
        foreach (var path in given.GetRequiredValue(Files))
            foreach (var fault in NotebookCheck.Faults(path))
            {
                Complain(fault, []);
                faults++;
            }
        if (faults == 0) Console.WriteLine($"{given.GetRequiredValue(Files).Length} notebooks: nothing is wrong");
        return faults == 0 ? 0 : 1;
    }

    static int Export(IReadOnlyList<(NotebookFile, string)> notebooks, string folder)
    {
        Console.WriteLine($"{HtmlExport.Write(notebooks, folder)}: {notebooks.Count} notebooks");
        return 0;
    }

    static void Complain(string sentence, IReadOnlyList<string> trace)
    {
        Console.Error.WriteLine($"nerflab: {sentence}");
        foreach (var line in trace) Console.Error.WriteLine(line);
    }
}
