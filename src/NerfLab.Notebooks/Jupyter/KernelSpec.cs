using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>The folders that tell Jupyter which kernels there are and how to start them.</summary>
public static class KernelSpec
{
    /// <summary>The kernel's own name.</summary>
    public const string Name = "nerflab";

    /// <summary>The name that C# notebooks of .NET Interactive carry; it is taken where nothing else has it, so that they open and run.</summary>
    public const string Interactive = ".net-csharp";

    private static readonly JsonSerializerOptions s_readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where the kernels of one user lie.</summary>
    public static string OfUser => Path.Combine(UserData, "kernels");

    /// <summary>Where the kernels of a Python lie that is installed under <paramref name="prefix"/>.</summary>
    public static string Under(string prefix) => Path.Combine(Path.GetFullPath(prefix), "share", "jupyter", "kernels");

    /// <summary>Where the kernels of the Python in use lie: the activated environment's, else <c>python3</c>'s.</summary>
    /// <exception cref="BadInputException">There is no Python.</exception>
    public static string OfPython()
    {
        if ((Variable("VIRTUAL_ENV") ?? Variable("CONDA_PREFIX")) is { } active) return Under(active);
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", ["-c", "import sys; print(sys.prefix)"]) { RedirectStandardOutput = true })!;
            var prefix = python.StandardOutput.ReadToEnd().Trim();
            python.WaitForExit();
            if (python.ExitCode == 0 && Directory.Exists(prefix)) return Under(prefix);
        }
        catch (System.ComponentModel.Win32Exception)
        {
        }
        throw new BadInputException("--sys-prefix: python3 does not say where it is installed; --prefix DIR names the folder");
    }

    /// <summary>Registers the kernel.</summary>
    /// <param name="kernels">The folder that holds a folder for each kernel.</param>
    /// <param name="start">The program and the arguments that start it, without the connection file.</param>
    /// <param name="variables">Variables of the environment that it is started with.</param>
    /// <returns>The names that were registered, and the folder of another kernel that has the name <see cref="Interactive"/> already.</returns>
    /// <exception cref="BadInputException">The folder cannot be written, or holds another kernel of this name.</exception>
    public static (IReadOnlyList<string> Names, string? Other) Install(string kernels, IEnumerable<string> start, IReadOnlyDictionary<string, string> variables)
    {
        var own = Path.Combine(kernels, Name);
        if (Directory.Exists(own) && !IsOurs(own)) throw new BadInputException($"{own}: another kernel has this name; remove its folder first");
        string[] command = [.. start, "{connection_file}"];
        Write(own, "NerfLab (C#)", command, variables);

        // Whoever has the engine that these notebooks were made for keeps it.
        var other = Folders().Prepend(kernels).Select(k => Path.Combine(k, Interactive)).FirstOrDefault(f => Directory.Exists(f) && !IsOurs(f));
        if (other is not null) return ([Name], other);
        Write(Path.Combine(kernels, Interactive), ".NET (C#)", command, variables);
        return ([Name, Interactive], null);
    }

    /// <summary>Removes what <see cref="Install"/> left in a folder, and nothing else.</summary>
    /// <returns>The names that were removed.</returns>
    /// <exception cref="BadInputException">The folder cannot be changed.</exception>
    public static IReadOnlyList<string> Uninstall(string kernels)
    {
        string[] found = [.. new[] { Name, Interactive }.Where(n => IsOurs(Path.Combine(kernels, n)))];
        foreach (var name in found)
        {
            try
            {
                Directory.Delete(Path.Combine(kernels, name), recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new BadInputException($"{Path.Combine(kernels, name)}: cannot be removed ({e.Message.TrimEnd('.')})", e);
            }
        }
        return found;
    }

    private static void Write(string folder, string title, string[] command, IReadOnlyDictionary<string, string> variables)
    {
        var spec = new JsonObject
        {
            ["argv"] = new JsonArray([.. command.Select(a => JsonValue.Create(a))]),
            ["display_name"] = title,
            ["language"] = "C#",
            ["interrupt_mode"] = "message",
            ["env"] = new JsonObject(variables.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))),
            ["metadata"] = new JsonObject { ["nerflab"] = true },
        };
        AtomicFile.Write(Path.Combine(folder, "kernel.json"), spec.ToJsonString(s_readable) + "\n");
    }

    private static bool IsOurs(string folder)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "kernel.json")))?["metadata"]?["nerflab"]?.GetValue<bool>() == true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    // Everywhere that Jupyter looks.
    private static IEnumerable<string> Folders()
    {
        var more = Variable("JUPYTER_PATH")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];
        string?[] prefixes = [Variable("VIRTUAL_ENV"), Variable("CONDA_PREFIX"), "/usr/local", "/usr"];
        return more.Select(f => Path.Combine(f, "kernels")).Append(OfUser).Concat(prefixes.OfType<string>().Select(Under));
    }

    private static string UserData
    {
        get
        {
            if (Variable("JUPYTER_DATA_DIR") is { } given) return given;
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Jupyter") : Path.Combine(Variable("XDG_DATA_HOME") ?? Path.Combine(home, ".local", "share"), "jupyter");
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
