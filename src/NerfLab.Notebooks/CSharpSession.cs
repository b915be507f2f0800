using System.Diagnostics;
using System.Reflection;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace NerfLab.Notebooks;

/// <summary>
/// C# cells, one after the other, with state: what a cell declares, later cells know. Cells compile optimised as C# 14. One cell runs at a
/// time; asking for help (completion, inspection) is possible at any time.
/// </summary>
public sealed class CSharpSession
{
    internal static readonly CSharpParseOptions Syntax = new(LanguageVersion.CSharp14, kind: SourceCodeKind.Script);

    /// <summary>What every cell may use unsaid.</summary>
    internal static readonly string[] Usings =
        ["System", "System.Collections", "System.Collections.Generic", "System.IO", "System.Linq", "System.Text", "System.Threading.Tasks", "NerfLab.Notebooks.CellFunctions"];

    private static readonly Assembly Library = typeof(NerfLab.Camera).Assembly;

    private readonly string _folder;
    private readonly HashSet<string> _labels = [], _importing = [];
    private readonly Task _warm;
    private ScriptOptions _options;
    private ScriptState _state = null!; // set by the warm-up, for which all cells wait
    private bool _libraryWasAskedFor, _libraryIsMeant;

    /// <summary>Begins a session, and warms the compiler up in the background.</summary>
    /// <param name="folder">Relative paths in directives start here; cells themselves see the current directory.</param>
    public CSharpSession(string folder)
    {
        _folder = Path.GetFullPath(folder);
        CellConsole.Install();
        _options = ScriptOptions.Default
            .WithReferences(Framework().Append(typeof(CSharpSession).Assembly.Location).Select(path => MetadataReference.CreateFromFile(path)))
            .WithMetadataResolver(ScriptMetadataResolver.Default.WithBaseDirectory(_folder))
            .WithSourceResolver(ScriptSourceResolver.Default.WithSearchPaths(_folder)) // with a base directory, labels would become paths of this machine
            .WithOptimizationLevel(OptimizationLevel.Release)
            .WithLanguageVersion(LanguageVersion.CSharp14)
            .WithAllowUnsafe(true)
            .WithEmitDebugInformation(true)
            .WithFileEncoding(Encoding.UTF8);
        _warm = Task.Run(WarmUp);
        History = new(() => _options);
    }

    /// <summary>What was run, for completion and inspection.</summary>
    internal CodeHistory History { get; }

    /// <summary>Runs a cell.</summary>
    /// <param name="code">C# and directives.</param>
    /// <param name="label">Names the cell in errors: <c>00_tour.ipynb#cell3</c>.</param>
    /// <param name="output">Takes what the cell says and shows, the value of a trailing expression included.</param>
    /// <param name="stop">Stops the cell wherever it is in managed code; what earlier cells declared stays.</param>
    /// <returns>Why the cell failed, or null when it did not.</returns>
    public async Task<CellError?> ExecuteAsync(string code, string label, IOutput output, CancellationToken stop = default)
    {
        await _warm.ConfigureAwait(false);
        try
        {
            return await Execute(code, label, output, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new(CellError.Interrupted, $"{label}: interrupted", []);
        }
    }

    /// <summary>Whether a cell can be run as it stands, or is only the beginning of one.</summary>
    public static bool IsComplete(string code) => SyntaxFactory.IsCompleteSubmission(CSharpSyntaxTree.ParseText(Directive.TakeFrom(code).Code, Syntax));

    /// <summary>What could be written at a place of a cell.</summary>
    /// <param name="code">The cell.</param>
    /// <param name="position">The place, in characters from the start.</param>
    /// <param name="stop">Stops the search.</param>
    public async Task<Completions> CompleteAsync(string code, int position, CancellationToken stop = default)
    {
        await _warm.ConfigureAwait(false);
        return await History.CompleteAsync(Directive.TakeFrom(code).Code, position, stop).ConfigureAwait(false);
    }

    /// <summary>What the name at a place of a cell means: its declaration and its documentation; null where there is none.</summary>
    /// <inheritdoc cref="CompleteAsync"/>
    public async Task<string?> InspectAsync(string code, int position, CancellationToken stop = default)
    {
        await _warm.ConfigureAwait(false);
        return await History.InspectAsync(Directive.TakeFrom(code).Code, position, stop).ConfigureAwait(false);
    }

    private async Task<CellError?> Execute(string code, string label, IOutput output, CancellationToken stop)
    {
        var (rest, directives) = Directive.TakeFrom(code);
        _labels.Add(label);
        bool timed = false;
        foreach (var directive in directives)
        {
            if (directive.Word == "#!time") timed = true;
            else if (await Follow(directive, label, output, stop).ConfigureAwait(false) is { } wrong) return wrong;
        }
        var watch = Stopwatch.StartNew();
        var error = await Run(rest, label, output, stop).ConfigureAwait(false);
        if (timed && error is null) output.Time(watch.Elapsed);
        return error;
    }

    private async Task<CellError?> Run(string code, string label, IOutput output, CancellationToken stop)
    {
        _libraryIsMeant |= code.Contains("NerfLab", StringComparison.Ordinal) || code.Contains("TorchSharp", StringComparison.Ordinal);
        var script = _state.Script.ContinueWith(code, _options.WithFilePath(label));
        if (CellTrace.Of(script.Compile(stop), !_libraryIsMeant || _libraryWasAskedFor ? "" : "; a notebook that uses the library begins with #r \"../artifacts/nerflab/NerfLab.dll\"") is { } wrong) return wrong;

        bool hasValue = HasValue(script.GetCompilation(), label);
        var (state, error) = await CellThread.Run(async () =>
        {
            var after = await script.RunFromAsync(_state, catchException: _ => true, stop);
            return (after, after.Exception is { } e ? CellTrace.Of(e, label, _labels.Contains) : hasValue ? ShowValue(after.ReturnValue, label) : null);
        }, output, stop).ConfigureAwait(false);
        _state = state; // also after an exception: what was declared before it is there
        History.Add(code);
        if (error is not null) stop.ThrowIfCancellationRequested(); // it was woken
        return error;
    }

    private CellError? ShowValue(object? value, string label)
    {
        if (value is DisplayedValue) return null; // display(x) without a semicolon
        try
        {
            var shown = new Shown(ValueFormatter.Format(value), "", Replaces: false, IsResult: true);
            CellConsole.Say(output => output.Show(shown));
            return null;
        }
        catch (Exception e) when (e is not ThreadAbortException)
        {
            return e is FormatterException ? new(e.GetType().Name, $"{label}: {e.Message}", CellTrace.Of(e.InnerException ?? e, label, _labels.Contains).Trace) : CellTrace.Of(e, label, _labels.Contains);
        }
    }

    // A trailing expression is a statement whose semicolon is missing.
    private static bool HasValue(Compilation compilation, string label)
    {
        var tree = compilation.SyntaxTrees.Last(t => t.FilePath == label);
        if (((CompilationUnitSyntax)tree.GetRoot()).Members.LastOrDefault() is not GlobalStatementSyntax { Statement: ExpressionStatementSyntax { SemicolonToken.IsMissing: true } last }) return false;
        return compilation.GetSemanticModel(tree).GetTypeInfo(last.Expression).Type is { SpecialType: not SpecialType.System_Void };
    }

    private async Task<CellError?> Follow(Directive directive, string label, IOutput output, CancellationToken stop)
    {
        CellError Wrong(string sentence) => CellTrace.Of("Directive", label, directive.Line, sentence);
        var (word, argument, _) = directive;
        switch (word)
        {
            case "#!csharp" or "#!c#" or "#!C#": return null;
            case "#r" when argument.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase):
                try
                {
                    var package = await PackageReference.Find(argument[6..], stop).ConfigureAwait(false);
                    _options = _options.AddReferences(package.Assemblies.Select(path => MetadataReference.CreateFromFile(path)));
                    return null;
                }
                catch (BadInputException e)
                {
                    return Wrong($"#r \"{argument}\": {e.Message}");
                }
            case "#r": return AddReference(argument) is { } wrong ? Wrong($"#r \"{argument}\": {wrong}") : null;
            case "#!import": return await Import(argument, output, stop, Wrong).ConfigureAwait(false);
            default: return Wrong($"{word} is an unknown magic; #!import, #!time and #!csharp are known");
        }
    }

    // Returns what is wrong.
    private string? AddReference(string given)
    {
        var name = Path.GetFileNameWithoutExtension(given);
        // The published library is a copy of the one that is here: with two of them nothing would fit together.
        if (LibraryParts().FirstOrDefault(part => part.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Path is not null)
        {
            if (!_libraryWasAskedFor) _options = _options.AddReferences(LibraryParts().Select(part => MetadataReference.CreateFromFile(part.Path)));
            _libraryWasAskedFor = true;
            return null;
        }
        var path = Path.GetFullPath(given, _folder);
        if (!File.Exists(path))
            return Framework().FirstOrDefault(f => Path.GetFileNameWithoutExtension(f).Equals(given, StringComparison.OrdinalIgnoreCase)) is not null ? null // part of .NET, and there anyway
                : "there is no such file; the path starts at the notebook's folder";
        try
        {
            AssemblyName.GetAssemblyName(path);
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            return "is no .NET assembly that can be read";
        }
        _options = _options.AddReferences(MetadataReference.CreateFromFile(path));
        return null;
    }

    private async Task<CellError?> Import(string given, IOutput output, CancellationToken stop, Func<string, CellError> wrong)
    {
        var path = Path.GetFullPath(given, _folder);
        if (!File.Exists(path)) return wrong($"#!import \"{given}\": there is no such file; the path starts at the notebook's folder");
        if (!_importing.Add(path)) return wrong($"#!import \"{given}\": the file imports itself");
        try
        {
            switch (Path.GetExtension(path).ToLowerInvariant())
            {
                case ".csx" or ".cs":
                    var text = await File.ReadAllTextAsync(path, stop).ConfigureAwait(false);
                    if (text.StartsWith("#!/", StringComparison.Ordinal)) text = "//" + text[2..]; // for a Unix shell
                    return await Execute(text, given, output, stop).ConfigureAwait(false);
                case ".ipynb":
                    foreach (var (cell, name) in NotebookFile.Read(path, given).CodeCells())
                        if (await Execute(cell.Source, name, output, stop).ConfigureAwait(false) is { } error) return error;
                    return null;
                default: return wrong($"#!import \"{given}\": .csx, .cs or .ipynb is expected");
            }
        }
        catch (Exception e) when (e is BadInputException or IOException or UnauthorizedAccessException)
        {
            return wrong($"#!import \"{given}\": {e.Message.TrimEnd('.')}");
        }
        finally
        {
            _importing.Remove(path);
        }
    }

    // Compiling and running something of every common kind loads what the first cell would wait for.
    private void WarmUp()
    {
        var loader = new InteractiveAssemblyLoader();
        loader.RegisterDependency(typeof(CSharpSession).Assembly);
        foreach (var part in LibraryParts()) loader.RegisterDependency(Assembly.Load(part.Name));
        // Later cells inherit the first one's usings. With usings of their own, a reference that is added on the way would make two of each.
        var first = CSharpScript.Create("", _options.WithImports(Usings), globalsType: null, loader);
        var warm = first.ContinueWith("var list = new List<int> { 1, 2 }; string Text(int i) => $\"{i}\"; await Task.CompletedTask; list.Select(i => Text(i)).ToArray()", _options.WithFilePath("warm-up"));
        _state = first.RunAsync().GetAwaiter().GetResult();
        _ = warm.RunFromAsync(_state).GetAwaiter().GetResult();
        _ = HasValue(warm.GetCompilation(), "warm-up");
    }

    /// <summary>.NET, the library and what cells call, for tools that only read code.</summary>
    internal static IEnumerable<MetadataReference> AllReferences() =>
        Framework().Concat(LibraryParts().Select(part => part.Path)).Append(typeof(CSharpSession).Assembly.Location).Select(path => MetadataReference.CreateFromFile(path));

    private static IEnumerable<string> Framework()
    {
        var folder = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(path => Path.GetDirectoryName(path) == folder);
    }

    /// <summary>The library and what it is made of, beside the program.</summary>
    private static IEnumerable<(string Name, string Path)> LibraryParts()
    {
        var folder = Path.GetDirectoryName(Library.Location)!;
        return Library.GetReferencedAssemblies().Select(a => a.Name!).Prepend(Library.GetName().Name!).Select(name => (name, Path.Combine(folder, name + ".dll"))).Where(part => File.Exists(part.Item2));
    }
}
