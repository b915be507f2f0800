using System.CommandLine;
using System.Runtime.InteropServices;
using NerfLab.Notebooks;
using NerfLab.Notebooks.Jupyter;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab kernel</c>: the Jupyter kernel that runs notebooks in C#.</summary>
static class KernelCommand
{
    static readonly Option<bool> User = Switch("--user", "For this user. [default]");
    static readonly Option<bool> SysPrefix = Switch("--sys-prefix", "For the Python environment in use.");
    static readonly Option<string?> Prefix = Text("--prefix", "DIR", "For the Python that is installed there: into DIR/share/jupyter/kernels.");
    static readonly Argument<string> Connection = new("CONNECTION_FILE") { Description = "The file with ports and a key that Jupyter writes." };

    public static Command Create()
    {
        var install = new Command("install", "Register the kernel nerflab with Jupyter, also for notebooks that name .net-csharp where no other kernel does.") { User, SysPrefix, Prefix };
        install.SetAction(Install);
        var uninstall = new Command("uninstall", "Remove what install has registered.") { User, SysPrefix, Prefix };
        uninstall.SetAction(Uninstall);
        var run = new Command("run", "Be the kernel of a connection file; Jupyter calls this.") { Connection };
        run.SetAction(Run);
        return new Command("kernel", "Run notebooks in Jupyter: register the kernel, remove it, or be it.") { install, uninstall, run };
    }

    static int Install(ParseResult given)
    {
        var folder = Folder(given);
        var (names, other) = KernelSpec.Install(folder, Start(), Variables());
        Console.WriteLine($"{folder}: registered {string.Join(" and ", names)}; jupyter notebook opens and runs notebooks with {(names.Count > 1 ? "them" : "it")}");
        if (other is not null) Console.WriteLine($"{other}: is another kernel and stays; choose NerfLab (C#) in the menu Kernel to run a notebook that names {KernelSpec.Interactive}");
        return 0;
    }

    static int Uninstall(ParseResult given)
    {
        var folder = Folder(given);
        var names = KernelSpec.Uninstall(folder);
        Console.WriteLine(names.Count == 0 ? $"{folder}: nothing of NerfLab is registered there" : $"{folder}: removed {string.Join(" and ", names)}");
        return 0;
    }

    static int Run(ParseResult given)
    {
        var connection = ConnectionFile.Read(given.GetRequiredValue(Connection));
        var log = Console.Error; // the session takes the console over
        using var kernel = new Kernel(connection, new CSharpSession(Directory.GetCurrentDirectory()), line => log.WriteLine($"nerflab: {line}"));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            kernel.Interrupt();
        });
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            kernel.End();
        });
        kernel.Serve();
        return 0;
    }

    static string Folder(ParseResult given)
    {
        var (user, sysPrefix, prefix) = (given.GetValue(User), given.GetValue(SysPrefix), given.GetValue(Prefix));
        if ((user ? 1 : 0) + (sysPrefix ? 1 : 0) + (prefix is null ? 0 : 1) > 1) throw new BadInputException("--user, --sys-prefix and --prefix: one of them is expected");
        if (prefix is "") throw new BadInputException("--prefix: a folder is expected");
        return prefix is not null ? KernelSpec.Under(prefix) : sysPrefix ? KernelSpec.OfPython() : KernelSpec.OfUser;
    }

    /// <summary>environment/run, which builds what has changed and so outlives every build; without it this very program.</summary>
    static string[] Start()
    {
        if (Environment.GetEnvironmentVariable("NERFLAB_RUN") is { Length: > 0 } run && File.Exists(run)) return [run, "kernel", "run"];
        var program = Environment.ProcessPath ?? "dotnet";
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(KernelCommand).Assembly.Location, "kernel", "run"] : [program, "kernel", "run"];
    }

    /// <summary>What was built with another libtorch or other packages is also run with them.</summary>
    static Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>();
        foreach (var name in (string[])["LIBTORCH", "NERFLAB_BUILD", "DOTNET_ROOT"])
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value) variables[name] = value;
        return variables;
    }
}
