using System.CommandLine;
using NerfLab.Notebooks;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab publish</c>: the library in one flat folder, for other engines of notebooks.</summary>
static class PublishCommand
{
    static readonly Option<string?> Out = Text("--out", "DIR", "Where to. [default: artifacts/nerflab in the repository; outside of one, in the current folder]");

    public static Command Create()
    {
        var command = new Command("publish", "Copy the library into one flat folder, so that notebooks can refer to it in other engines.") { Out };
        command.SetAction(given => Console.WriteLine($"{PublishedLibrary.Write(given.GetValue(Out) ?? PublishedLibrary.DefaultFolder)}: #r \"NerfLab.dll\" from there loads the library"));
        return command;
    }
}
