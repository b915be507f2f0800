namespace NerfLab;

/// <summary>
/// Says who turns a type into what a notebook shows. Notebook engines look for an attribute of this name and read its two properties, so that no
/// library of theirs is needed.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class TypeFormatterSourceAttribute : Attribute
{
    /// <summary>Formatters of a known type.</summary>
    /// <param name="source">Has a constructor without parameters and <c>CreateTypeFormatters()</c>.</param>
    public TypeFormatterSourceAttribute(Type source) => FormatterSourceType = source;

    /// <summary>Formatters of a type by its name: what is shown need not know the room that shows it.</summary>
    /// <param name="source">Full name of the type in this library.</param>
    internal TypeFormatterSourceAttribute(string source) => FormatterSourceType = typeof(TypeFormatterSourceAttribute).Assembly.GetType(source, throwOnError: true)!;

    /// <summary>The type that makes the formatters.</summary>
    public Type FormatterSourceType { get; }

    /// <summary>What is shown, the best first. Each must have a formatter, and every way of showing a value gives all of them.</summary>
    public string[] PreferredMimeTypes { get; set; } = [];
}
