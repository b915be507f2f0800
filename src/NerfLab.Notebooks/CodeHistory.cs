using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Completion;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.QuickInfo;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Text;

namespace NerfLab.Notebooks;

/// <summary>What could be written at a place.</summary>
/// <param name="Start">Where the text begins that a choice replaces.</param>
/// <param name="End">Where that text ends.</param>
/// <param name="Items">The choices, sorted.</param>
public sealed record Completions(int Start, int End, IReadOnlyList<string> Items);

/// <summary>The cells that were run, as the compiler's tools for editors see them: each a project that builds upon the one before.</summary>
/// <param name="options">The session's references and usings, as they are at the moment.</param>
internal sealed class CodeHistory(Func<ScriptOptions> options)
{
    private readonly List<string> _waiting = []; // cells that were run since somebody last asked
    private readonly Lock _lock = new();
    private AdhocWorkspace? _workspace;
    private ProjectId? _last;

    /// <summary>Remembers a cell that was run.</summary>
    public void Add(string code)
    {
        lock (_lock) _waiting.Add(code);
    }

    /// <inheritdoc cref="CSharpSession.CompleteAsync"/>
    public async Task<Completions> CompleteAsync(string code, int position, CancellationToken stop)
    {
        position = int.Clamp(position, 0, code.Length);
        var document = Document(code);
        var service = CompletionService.GetService(document)!;
        var text = await document.GetTextAsync(stop).ConfigureAwait(false);
        var span = service.GetDefaultCompletionListSpan(text, position);
        var list = await service.GetCompletionsAsync(document, position, cancellationToken: stop).ConfigureAwait(false);
        var typed = code[span.Start..position];
        var items = list.ItemsList.Where(i => i.FilterText.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).Select(i => i.DisplayText).Distinct();
        return new(span.Start, span.End, [.. items.OrderBy(i => !i.StartsWith(typed, StringComparison.Ordinal)).ThenBy(i => i, StringComparer.OrdinalIgnoreCase)]);
    }

    /// <inheritdoc cref="CSharpSession.InspectAsync"/>
    public async Task<string?> InspectAsync(string code, int position, CancellationToken stop)
    {
        position = int.Clamp(position, 0, code.Length);
        var document = Document(code);
        var service = QuickInfoService.GetService(document)!;
        // Behind a name, and behind the bracket that opens its arguments, the name is meant too.
        for (int back = 0; back <= 2 && position >= back; back++)
            if (await service.GetQuickInfoAsync(document, position - back, stop).ConfigureAwait(false) is { Sections: { Length: > 0 } sections })
                return string.Join('\n', sections.Select(s => s.Text.Trim()).Where(t => t != ""));
        return null;
    }

    private Document Document(string code)
    {
        lock (_lock)
        {
            _workspace ??= new AdhocWorkspace(MefHostServices.DefaultHost);
            foreach (var cell in _waiting) _last = Add(_workspace.CurrentSolution, cell, keep: true).ProjectId;
            _waiting.Clear();
            return Add(_workspace.CurrentSolution, code, keep: false).Document;
        }
    }

    private (ProjectId ProjectId, Document Document) Add(Solution solution, string code, bool keep)
    {
        var (project, document, now) = (ProjectId.CreateNewId(), DocumentId.CreateNewId(ProjectId.CreateNewId()), options());
        document = DocumentId.CreateNewId(project);
        var name = FormattableString.Invariant($"cell{solution.ProjectIds.Count}");
        var compilation = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, scriptClassName: name, usings: _last is null ? CSharpSession.Usings : [], allowUnsafe: true, nullableContextOptions: NullableContextOptions.Disable);
        var info = ProjectInfo.Create(project, VersionStamp.Create(), name, name, LanguageNames.CSharp, parseOptions: CSharpSession.Syntax,
            compilationOptions: compilation, metadataReferences: now.MetadataReferences, isSubmission: true);
        solution = solution.AddProject(info);
        if (_last is not null) solution = solution.AddProjectReference(project, new ProjectReference(_last));
        solution = solution.AddDocument(document, name, SourceText.From(code));
        if (keep) _workspace!.TryApplyChanges(solution);
        return (project, (keep ? _workspace!.CurrentSolution : solution).GetDocument(document)!);
    }
}
