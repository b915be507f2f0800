using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace NerfLab.Notebooks;

/// <summary>Values as text: numbers, texts, collections, records and tables, the same on every machine.</summary>
public static class PlainText
{
    private const int MostItems = 20, MostRows = 40, Deepest = 4;

    /// <summary>The text of a value; a collection of records is a table.</summary>
    public static string Of(object? value) => value switch
    {
        string text => text,
        char c => c.ToString(),
        IEnumerable items when !SpeaksForItself(value.GetType()) && Table(items) is { } table => table,
        _ => Inner(value, 0),
    };

    /// <summary>A type as C# writes it: <c>List&lt;int&gt;</c>.</summary>
    public static string NameOf(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value) return NameOf(value) + "?";
        if (type.IsArray) return $"{NameOf(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        var name = type.Name.Split('`')[0];
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : name;
    }

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(int)] = "int", [typeof(long)] = "long", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(bool)] = "bool", [typeof(byte)] = "byte",
        [typeof(string)] = "string", [typeof(char)] = "char", [typeof(object)] = "object", [typeof(decimal)] = "decimal", [typeof(short)] = "short",
        [typeof(uint)] = "uint", [typeof(ulong)] = "ulong", [typeof(ushort)] = "ushort", [typeof(sbyte)] = "sbyte",
    };

    private static string Inner(object? value, int depth)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (value is null) return "null";
        var type = value.GetType();
        if (value is string text) return depth == 0 ? text : $"\"{text}\"";
        if (value is char c) return $"'{c}'";
        if (value is Type named) return NameOf(named);
        if (ValueFormatter.PlainForm(value) is { } own) return own;
        if (value is ITuple tuple) return $"({string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Inner(tuple[i], depth + 1)))})";
        if (SpeaksForItself(type)) return (value is IFormattable f ? f.ToString(null, CultureInfo.InvariantCulture) : value.ToString()) ?? "";
        if (depth >= Deepest) return NameOf(type);
        if (IsPair(type))
            return $"{Inner(type.GetProperty("Key")!.GetValue(value), depth + 1)}: {Inner(type.GetProperty("Value")!.GetValue(value), depth + 1)}";
        if (value is Array { Rank: > 1 } grid) return Rows(grid, [], depth);
        if (value is IEnumerable items) return Listed(items, depth);
        return Members(value, type, depth);
    }

    // Of a record, the compiler's own ToString does not look into collections.
    private static bool SpeaksForItself(Type type)
    {
        var method = type.GetMethod(nameof(ToString), BindingFlags.Instance | BindingFlags.Public, [])!;
        return method.DeclaringType is { } by && by != typeof(object) && by != typeof(ValueType) && !IsPair(by)
            && !method.IsDefined(typeof(CompilerGeneratedAttribute)) && !by.IsDefined(typeof(CompilerGeneratedAttribute));
    }

    private static bool IsPair(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);

    private static string Listed(IEnumerable items, int depth)
    {
        var (shown, more) = First(items, MostItems);
        var texts = shown.Select(i => Inner(i, depth + 1)).ToList();
        if (more is { } rest) texts.Add(rest);
        bool isMap = items is IDictionary || items.GetType().GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>));
        var (open, close) = isMap ? ("{ ", " }") : ("[", "]");
        if (texts.Count == 0) return (open + close).Replace("  ", " ");
        bool isLong = texts.Any(t => t.Contains('\n')) || texts.Sum(t => t.Length + 2) > 120;
        return isLong ? $"{open.Trim()}\n{string.Join(",\n", texts.Select(t => "  " + t.Replace("\n", "\n  ")))}\n{close.Trim()}" : $"{open}{string.Join(", ", texts)}{close}";
    }

    private static string Rows(Array grid, int[] at, int depth)
    {
        if (at.Length == grid.Rank) return Inner(grid.GetValue(at), depth + 1);
        int length = grid.GetLength(at.Length);
        var parts = Enumerable.Range(0, int.Min(length, MostItems)).Select(i => Rows(grid, [.. at, i], depth)).ToList();
        if (length > MostItems) parts.Add($"... ({length - MostItems} more)");
        return $"[{string.Join(at.Length == grid.Rank - 1 ? ", " : ",\n" + new string(' ', at.Length + 1), parts)}]";
    }

    private static string Members(object value, Type type, int depth)
    {
        var name = type.Name.StartsWith("<>", StringComparison.Ordinal) ? "" : NameOf(type) + " ";
        var members = Properties(type).Select(p => $"{p.Name} = {Inner(Get(p, value), depth + 1)}").ToList();
        return members.Count == 0 ? name.TrimEnd() : $"{name}{{ {string.Join(", ", members)} }}";
    }

    // Reflection promises no order, but hands members out in that of the source; a record's own come after its base's.
    private static List<PropertyInfo> Properties(Type type) =>
        [.. type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(p => p.CanRead && p.GetIndexParameters().Length == 0).OrderBy(p => p.MetadataToken)];

    private static object? Get(PropertyInfo property, object value)
    {
        try
        {
            return property.GetValue(value);
        }
        catch (TargetInvocationException e)
        {
            return new Unreadable(e.InnerException!.GetType().Name);
        }
        catch (NotSupportedException)
        {
            return new Unreadable("a span"); // a property that hands out a reference into memory
        }
    }

    private static (List<object?> Items, string? More) First(IEnumerable items, int most)
    {
        var shown = new List<object?>();
        var all = items.GetEnumerator();
        try
        {
            while (shown.Count < most && all.MoveNext()) shown.Add(all.Current);
            // A sequence that never ends is only looked at as far as it is shown.
            if (items is ICollection { Count: var count }) return (shown, count > most ? FormattableString.Invariant($"... ({count - most} more)") : null);
            return (shown, shown.Count == most && all.MoveNext() ? "..." : null);
        }
        finally
        {
            (all as IDisposable)?.Dispose();
        }
    }

    /// <summary>Records below each other, one column per property; null when the items are no records of one type.</summary>
    private static string? Table(IEnumerable items)
    {
        var (rows, more) = First(items, MostRows);
        if (rows is not [{ } first, ..] || first is string or ITuple or IEnumerable || first.GetType() is not { IsPrimitive: false, IsEnum: false } type) return null;
        if (rows.Any(r => r?.GetType() != type) || SpeaksForItself(type) || IsPair(type) || ValueFormatter.PlainForm(first) is not null) return null;
        var columns = Properties(type);
        if (columns.Count == 0) return null;

        var cells = rows.Select(r => columns.Select(c => (Value: Get(c, r!), Text: "")).Select(v => v with { Text = Inner(v.Value is string s ? new Quoteless(s) : v.Value, 1).Replace('\n', ' ') }).ToArray()).ToList();
        var widths = columns.Select((c, i) => int.Max(c.Name.Length, cells.Max(row => row[i].Text.Length))).ToArray();
        var rights = columns.Select((_, i) => cells.All(row => row[i].Value is null || row[i].Value is ValueType and IFormattable)).ToArray();
        var text = new StringBuilder();
        Line(columns.Select(c => c.Name));
        Line(widths.Select(w => new string('-', w)));
        foreach (var row in cells) Line(row.Select(c => c.Text));
        return text.Append(more).ToString().TrimEnd('\n');

        void Line(IEnumerable<string> line) =>
            text.Append(string.Join("  ", line.Select((t, i) => rights[i] ? t.PadLeft(widths[i]) : t.PadRight(widths[i]))).TrimEnd()).Append('\n');
    }

    private sealed record Unreadable(string Why)
    {
        public override string ToString() => $"({Why})";
    }

    private sealed record Quoteless(string Text)
    {
        public override string ToString() => Text;
    }
}
