using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace NerfLab.Notebooks;

/// <summary>Errors with the places in the notebook where they arose.</summary>
internal static partial class CellTrace
{
    private const int MostFrames = 8;

    /// <summary>A complaint of the engine itself.</summary>
    public static CellError Of(string name, string label, int line, string sentence) => new(name, $"{label}:{line}: {sentence}", []);

    /// <summary>What the compiler complains about; null when it only warns.</summary>
    public static CellError? Of(IEnumerable<Diagnostic> diagnostics, string hint)
    {
        var errors = diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        return errors is [var first, ..] ? new(first.Id, Line(first) + hint, [.. errors.Skip(1).Take(MostFrames).Select(Line)]) : null;

        static string Line(Diagnostic d)
        {
            var span = d.Location.GetMappedLineSpan();
            return $"{span.Path}:{span.StartLinePosition.Line + 1}: {d.Id}: {d.GetMessage(System.Globalization.CultureInfo.InvariantCulture).TrimEnd('.')}";
        }
    }

    /// <summary>An exception that came out of a cell.</summary>
    /// <param name="thrown">The exception.</param>
    /// <param name="label">The cell.</param>
    /// <param name="isOurs">Tells a cell or an imported file from other sources.</param>
    public static CellError Of(Exception thrown, string label, Func<string, bool> isOurs)
    {
        var e = thrown;
        while (e is AggregateException { InnerExceptions.Count: 1 } or TargetInvocationException { InnerException: not null }) e = e.InnerException!;
        var frames = new List<string>();
        string? place = null;
        foreach (var frame in new StackTrace(e, fNeedFileInfo: true).GetFrames())
        {
            var file = frame.GetFileName();
            var method = frame.GetMethod();
            if (file is not null && isOurs(file))
            {
                var at = $"{file}:{frame.GetFileLineNumber()}";
                place ??= at;
                frames.Add(NameInCell(method) is { } name ? $"   at {name} in {at}" : $"   at {at}");
            }
            else if (method?.DeclaringType?.FullName is { } type && !IsEngine(type)) frames.Add($"   at {type.Replace('+', '.')}.{method.Name}");
        }
        var name1 = e.GetType().Name;
        var message = Whitespace().Replace(e.Message, " ").Trim().TrimEnd('.');
        if (e is TypeInitializationException { InnerException: { } inner }) message += $" ({inner.GetType().Name}: {inner.Message.TrimEnd('.')})";
        return new(name1, $"{place ?? label}: {name1}: {message}", [.. frames.Take(MostFrames)]);
    }

    // Null for the cell's own statements.
    private static string? NameInCell(MethodBase? method)
    {
        if (method is null) return null;
        var (type, name) = (method.DeclaringType?.FullName ?? "", method.Name);
        if (name == "MoveNext" && Between().Match(type[(type.LastIndexOf('+') + 1)..]) is { Success: true } machine) name = machine.Groups[1].Value; // async or an iterator
        if (name is "<Initialize>" or "<Factory>" or "MoveNext") return null;
        if (Local().Match(name) is { Success: true } local) return local.Groups[1].Value;
        if (name.Contains(">b__", StringComparison.Ordinal)) return "a lambda";
        var types = type.Split('+').Where(t => !t.StartsWith("Submission#", StringComparison.Ordinal) && !t.Contains('<'));
        return string.Join('.', types.Append(name));
    }

    private static bool IsEngine(string type) => type.StartsWith("System.", StringComparison.Ordinal) || type.StartsWith("Microsoft.CodeAnalysis.", StringComparison.Ordinal)
        || type.StartsWith("NerfLab.Notebooks.", StringComparison.Ordinal) || type.StartsWith("Submission#", StringComparison.Ordinal);

    [GeneratedRegex("^<(.+)>d")]
    private static partial Regex Between();

    [GeneratedRegex(@">g__(\w+)\|")]
    private static partial Regex Local();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
