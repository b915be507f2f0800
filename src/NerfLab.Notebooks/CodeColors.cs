using System.Net;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Classification;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.Text;

namespace NerfLab.Notebooks;

/// <summary>C# as HTML, each word in a <c>span</c> that says what it is. The compiler tells types from methods and methods from variables.</summary>
internal static class CodeColors
{
    /// <summary>Colours pieces of code that build upon each other, such as the cells of a notebook.</summary>
    /// <returns>HTML of each piece.</returns>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> pieces)
    {
        // One script of all pieces. The empty statement between them ends a trailing expression.
        const string Between = "\n;\n";
        var script = new StringBuilder();
        var starts = new List<int>();
        foreach (var piece in pieces)
        {
            starts.Add(script.Length);
            script.Append(Directive.TakeFrom(piece).Code).Append(Between);
        }
        using var workspace = new AdhocWorkspace(MefHostServices.DefaultHost);
        var project = ProjectInfo.Create(ProjectId.CreateNewId(), VersionStamp.Create(), "notebook", "notebook", LanguageNames.CSharp, parseOptions: CSharpSession.Syntax,
            compilationOptions: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, usings: CSharpSession.Usings), metadataReferences: CSharpSession.AllReferences());
        var document = workspace.AddProject(project).AddDocument("notebook.csx", SourceText.From(script.ToString()));
        var spans = Classifier.GetClassifiedSpansAsync(document, new TextSpan(0, script.Length)).GetAwaiter().GetResult()
            .Where(s => ClassOf(s.ClassificationType) is not null).OrderBy(s => s.TextSpan.Start).ToList();
        return [.. pieces.Select((piece, i) => Html(piece, starts[i], spans))];
    }

    private static string Html(string piece, int start, List<ClassifiedSpan> spans)
    {
        var html = new StringBuilder();
        int at = 0;
        foreach (var span in spans)
        {
            int from = span.TextSpan.Start - start, to = span.TextSpan.End - start;
            if (from < at || to > piece.Length) continue;
            Plain(at, from);
            html.Append($"<span class=\"{ClassOf(span.ClassificationType)}\">{WebUtility.HtmlEncode(piece[from..to])}</span>");
            at = to;
        }
        Plain(at, piece.Length);
        return html.ToString();

        // What the compiler did not see are directives.
        void Plain(int from, int to)
        {
            foreach (var line in piece[from..to].Split('\n').Select((text, i) => (text, i)))
            {
                if (line.i > 0) html.Append('\n');
                bool isDirective = line.text.TrimStart().StartsWith('#');
                html.Append(isDirective ? $"<span class=\"d\">{WebUtility.HtmlEncode(line.text)}</span>" : WebUtility.HtmlEncode(line.text));
            }
        }
    }

    private static string? ClassOf(string type) => type switch
    {
        ClassificationTypeNames.Keyword or ClassificationTypeNames.ControlKeyword => "k",
        ClassificationTypeNames.Comment => "c",
        ClassificationTypeNames.StringLiteral or ClassificationTypeNames.VerbatimStringLiteral or ClassificationTypeNames.StringEscapeCharacter => "s",
        ClassificationTypeNames.NumericLiteral => "n",
        ClassificationTypeNames.MethodName or ClassificationTypeNames.ExtensionMethodName => "m",
        ClassificationTypeNames.PreprocessorKeyword => "d",
        _ when type.StartsWith("xml doc comment", StringComparison.Ordinal) => "c",
        _ when type is ClassificationTypeNames.ClassName or ClassificationTypeNames.StructName or ClassificationTypeNames.InterfaceName or ClassificationTypeNames.EnumName
            or ClassificationTypeNames.RecordClassName or ClassificationTypeNames.RecordStructName or ClassificationTypeNames.DelegateName or ClassificationTypeNames.TypeParameterName => "t",
        _ => null,
    };
}
