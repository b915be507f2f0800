using System.Reflection;
using System.Runtime.InteropServices;

namespace NerfLab.Notebooks;

/// <summary>The library in one flat folder: its assemblies, what they are made of, and native libraries beside them.</summary>
public static class PublishedLibrary
{
    /// <summary><c>artifacts/nerflab</c> in the repository that the program or the current folder is part of, else in the current folder.</summary>
    public static string DefaultFolder =>
        Path.Combine(RootOf(Environment.CurrentDirectory) ?? RootOf(AppContext.BaseDirectory) ?? Environment.CurrentDirectory, "artifacts", "nerflab");

    /// <summary>Copies the program's own library; an older copy is replaced in one step.</summary>
    /// <returns>The folder.</returns>
    /// <exception cref="BadInputException">The folder holds something else, or cannot be written.</exception>
    public static string Write(string folder)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !File.Exists(Path.Combine(folder, "NerfLab.dll"))))
            throw new BadInputException($"{folder}: holds something else; a new folder or a published library is expected");
        string fresh = $"{folder}.{Environment.ProcessId}.new", old = $"{folder}.{Environment.ProcessId}.old";
        try
        {
            Directory.CreateDirectory(fresh);
            foreach (var file in Files()) File.Copy(file, Path.Combine(fresh, Path.GetFileName(file)), overwrite: true);
            if (Directory.Exists(folder)) Directory.Move(folder, old);
            Directory.Move(fresh, folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{folder}: cannot be written ({e.Message.TrimEnd('.')})", e);
        }
        finally
        {
            if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        }
        return folder;
    }

    /// <summary>The files: from where the program is, so that it is the same with sources and without.</summary>
    private static IEnumerable<string> Files()
    {
        var program = Path.GetDirectoryName(typeof(Camera).Assembly.Location)!;
        var found = new HashSet<string>();
        var waiting = new Queue<Assembly>([typeof(Camera).Assembly]);
        while (waiting.TryDequeue(out var assembly))
        {
            if (Path.GetDirectoryName(assembly.Location) != program || !found.Add(assembly.Location)) continue; // part of .NET
            yield return assembly.Location;
            foreach (var beside in (string[])[".xml", ".pdb"])
                if (Path.ChangeExtension(assembly.Location, beside) is var file && File.Exists(file)) yield return file;
            foreach (var name in assembly.GetReferencedAssemblies()) waiting.Enqueue(Assembly.Load(name));
        }
        foreach (var folder in (string[])[program, Path.Combine(program, "runtimes", RuntimeInformation.RuntimeIdentifier, "native")])
            if (Directory.Exists(folder))
                foreach (var file in Directory.EnumerateFiles(folder))
                    if (Path.GetFileName(file).Contains(".so", StringComparison.Ordinal)) yield return file;
    }

    private static string? RootOf(string folder)
    {
        for (var f = folder; f is not null; f = Path.GetDirectoryName(f))
            if (File.Exists(Path.Combine(f, "NerfLab.sln"))) return f;
        return null;
    }
}
