using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace NerfLab.Notebooks;

/// <summary>A line of a cell that speaks to the engine: <c>#r</c>, <c>#!import</c>, <c>#!time</c>, <c>#!csharp</c>.</summary>
/// <param name="Word">With its mark: <c>#!import</c>.</param>
/// <param name="Argument">What follows, without quotes.</param>
/// <param name="Line">From 1.</param>
internal sealed record Directive(string Word, string Argument, int Line)
{
    /// <summary>Takes the directives out of a cell. Where they stood is blank, so that lines and columns keep their numbers.</summary>
    /// <remarks>The compiler's own scanner finds them, so that a text or a comment with such a line is left alone.</remarks>
    public static (string Code, IReadOnlyList<Directive> Found) TakeFrom(string code)
    {
        var found = new List<Directive>();
        var left = code.ToCharArray();
        var tree = CSharpSyntaxTree.ParseText(code, CSharpSession.Syntax);
        foreach (var trivia in tree.GetRoot().DescendantTrivia(descendIntoTrivia: true))
        {
            if (trivia.Kind() is not (SyntaxKind.BadDirectiveTrivia or SyntaxKind.ShebangDirectiveTrivia or SyntaxKind.ReferenceDirectiveTrivia)) continue;
            int start = trivia.SpanStart, end = code.AsSpan(start).IndexOfAny('\r', '\n') is >= 0 and var length ? start + length : code.Length;
            var (word, argument) = Split(code[start..end]);
            if (trivia.IsKind(SyntaxKind.BadDirectiveTrivia) && !word.StartsWith("#!", StringComparison.Ordinal)) continue; // the compiler's to complain about
            if (trivia.GetStructure() is DirectiveTriviaSyntax { IsActive: true }) found.Add(new(word, argument, tree.GetLineSpan(trivia.Span).StartLinePosition.Line + 1));
            Array.Fill(left, ' ', start, end - start);
        }
        return (new string(left), found);
    }

    private static (string Word, string Argument) Split(string line)
    {
        var parts = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
        return (parts[0], parts.ElementAtOrDefault(1)?.Trim().Trim('"').Trim() ?? "");
    }
}
