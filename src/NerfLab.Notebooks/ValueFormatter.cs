using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;

namespace NerfLab.Notebooks;

/// <summary>
/// The forms in which a value is shown. A type says so itself by a convention without references: an attribute whose class is called
/// <c>TypeFormatterSourceAttribute</c> names a class that makes formatters, each with a <c>MimeType</c> and a method
/// <c>bool Format(object, TextWriter)</c>. All other types are shown as <see cref="PlainText"/>.
/// </summary>
public static class ValueFormatter
{
    /// <summary>The form that every value has.</summary>
    public const string Plain = "text/plain";

    private static readonly ConcurrentDictionary<Type, TypeFormatters?> _known = [];

    /// <summary>The forms of a value by MIME type.</summary>
    /// <param name="value">What is shown.</param>
    /// <param name="mimeTypes">The forms that are wanted; those that its type prefers when there are none.</param>
    /// <exception cref="FormatterException">A formatter of the value's type failed.</exception>
    public static IReadOnlyDictionary<string, string> Format(object? value, params IReadOnlyList<string> mimeTypes)
    {
        var forms = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (value is not null && Of(value.GetType()) is { } type)
            foreach (var mimeType in mimeTypes is [] ? type.Preferred : mimeTypes)
                if (type.Write(mimeType, value) is { } text) forms[mimeType] = text;
        if (!forms.ContainsKey(Plain)) forms[Plain] = PlainText.Of(value);
        return forms;
    }

    /// <summary>A value's own form of text, or null when its type has none.</summary>
    internal static string? PlainForm(object value) => Of(value.GetType())?.Write(Plain, value);

    private static TypeFormatters? Of(Type type) => _known.GetOrAdd(type, Find);

    private static TypeFormatters? Find(Type type)
    {
        for (var t = type; t is not null; t = t.BaseType)
            foreach (var attribute in t.GetCustomAttributes(inherit: false))
                if (attribute.GetType() is { Name: "TypeFormatterSourceAttribute" } a && a.GetProperty("FormatterSourceType")?.GetValue(attribute) is Type source)
                    return Read(type, source, a.GetProperty("PreferredMimeTypes")?.GetValue(attribute) as IEnumerable<string>);
        return null;
    }

    private static TypeFormatters Read(Type type, Type source, IEnumerable<string>? preferred)
    {
        try
        {
            var instance = Activator.CreateInstance(source, nonPublic: true)!;
            var formatters = new Dictionary<string, (object, MethodInfo)>();
            foreach (var f in (IEnumerable)source.GetMethod("CreateTypeFormatters", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, [])!.Invoke(instance, [])!)
            {
                var format = f.GetType().GetMethods().Single(m => m.Name == "Format" && m.ReturnType == typeof(bool) && m.GetParameters() is [_, { ParameterType: var writer }] && writer == typeof(TextWriter));
                formatters.TryAdd((string)f.GetType().GetProperty("MimeType")!.GetValue(f)!, (f, format));
            }
            return new(type, formatters, preferred?.ToArray() is { Length: > 0 } given ? given : [.. formatters.Keys]);
        }
        catch (Exception e) when (e is not FormatterException)
        {
            throw new FormatterException($"{source.Name}, which makes the formatters of {PlainText.NameOf(type)}, failed ({Cause(e)})", e);
        }
    }

    private static string Cause(Exception e) => e is TargetInvocationException { InnerException: { } inner } ? Cause(inner) : $"{e.GetType().Name}: {e.Message.TrimEnd('.')}";

    private sealed record TypeFormatters(Type Type, Dictionary<string, (object Formatter, MethodInfo Format)> ByMimeType, string[] Preferred)
    {
        /// <summary>One form; null when the type has no such formatter, or the formatter declines.</summary>
        public string? Write(string mimeType, object value)
        {
            if (!ByMimeType.TryGetValue(mimeType, out var found)) return null;
            using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
            try
            {
                return found.Format.Invoke(found.Formatter, [value, writer]) is true ? writer.ToString() : null;
            }
            catch (TargetInvocationException e)
            {
                throw new FormatterException($"the formatter of {PlainText.NameOf(Type)} for {mimeType} failed ({Cause(e)})", e.InnerException);
            }
        }
    }
}

/// <summary>A formatter of a type, or what makes them, failed.</summary>
/// <param name="message">The sentence, without a trailing full stop.</param>
/// <param name="cause">The exception behind it.</param>
public sealed class FormatterException(string message, Exception? cause) : Exception(message, cause);
