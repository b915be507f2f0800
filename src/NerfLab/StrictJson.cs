using System.Numerics;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace NerfLab;

/// <summary>Specs as JSON: written for people to read, read with every key checked. What cannot be set is no part of a spec.</summary>
public static partial class StrictJson
{
    /// <summary>How specs are written; points are lists of numbers, rotations quaternions (x, y, z, w) or turns about x, y, z in degrees.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowOutOfOrderMetadataProperties = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new PlanePointJson(), new PointJson(), new RotationJson() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { OnlyWhatCanBeSet } },
    };

    /// <summary>Reads a spec.</summary>
    /// <param name="json">The text.</param>
    /// <param name="place">What to call it in messages, such as the file's name.</param>
    /// <param name="complete">Whether everything without a default must be there.</param>
    /// <exception cref="BadInputException">A key is unknown (the nearest known one is named), a value does not fit or the JSON is broken.</exception>
    public static T Read<T>(string json, string place, bool complete = false) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, complete ? s_complete : Options) ?? throw new BadInputException($"{place}: null where an object is expected");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{place}: {Explain(e, typeof(T))}", e);
        }
        catch (NotSupportedException e) when (PathIn().Match(e.Message) is { Success: true } path)
        {
            // So the serialiser complains that an object does not say which kind it is.
            var where = path.Groups[1].Value.TrimEnd('.');
            throw new BadInputException($"{place}: {(where == "" ? "" : $"{where}: ")}kind is missing{Spelling.Suggest("", Kinds(TypeAt(typeof(T), where)))}", e);
        }
    }

    /// <summary>The spec as indented JSON.</summary>
    public static string Write<T>(T spec) => JsonSerializer.Serialize(spec, Options);

    private static readonly JsonSerializerOptions s_complete = new(Options) { RespectRequiredConstructorParameters = true };

    private static void OnlyWhatCanBeSet(JsonTypeInfo info)
    {
        for (var i = info.Properties.Count - 1; i >= 0; i--)
            if (info.Properties[i].Set is null && info.Properties[i].AssociatedParameter is null) info.Properties.RemoveAt(i);
    }

    private static string Explain(JsonException e, Type root)
    {
        var where = e.Path is { Length: > 1 } path ? path[2..] : "the file";
        if (e is UnfitException) return $"{where} {e.Message}";
        // The serialiser names the key and its type in English prose; what matters is the key.
        var unknown = UnknownKey().Match(e.Message);
        if (unknown.Success)
        {
            var type = typeof(StrictJson).Assembly.GetType(unknown.Groups[2].Value);
            var known = type?.GetProperties().Where(p => p.CanWrite).Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)) ?? [];
            return $"unknown key {unknown.Groups[1].Value} in line {e.LineNumber + 1}{Spelling.Suggest(unknown.Groups[1].Value, known)}";
        }
        var missing = MissingKeys().Match(e.Message);
        if (missing.Success) return $"{where}: {missing.Groups[1].Value.Replace("'", "")} is missing";
        var kind = UnknownKind().Match(e.Message);
        if (kind.Success) return $"{where}: unknown kind {kind.Groups[1].Value}{Spelling.Suggest(kind.Groups[1].Value, Kinds(TypeAt(root, where)))}";
        return e.LineNumber is { } line && e.Path is null or "$" ? $"broken JSON in line {line + 1}" : $"{where}: the value does not fit in line {e.LineNumber + 1}{Expected(TypeAt(root, where))}";
    }

    private static string Expected(Type? type)
    {
        type = type is null ? null : Nullable.GetUnderlyingType(type) ?? type;
        if (type is { IsEnum: true }) return Spelling.Suggest("", type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(NameOf));
        if (type == typeof(bool)) return "; true or false is expected";
        if (type == typeof(string)) return "; a text is expected";
        if (type == typeof(int) || type == typeof(long)) return "; a whole number is expected";
        return type == typeof(float) || type == typeof(double) ? "; a number is expected" : "";

        static string NameOf(FieldInfo field) => field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(field.Name);
    }

    private static IEnumerable<string> Kinds(Type? type) => Derived(type).Select(a => (string)a.TypeDiscriminator!);

    private static IEnumerable<JsonDerivedTypeAttribute> Derived(Type? type) =>
        type?.GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false).Cast<JsonDerivedTypeAttribute>() ?? [];

    /// <summary>The type that stands at a path such as <c>things[3].solid</c>; null where nothing is known by that name.</summary>
    private static Type? TypeAt(Type? type, string path)
    {
        foreach (Match step in PathStep().Matches(path))
        {
            if (type is null) return null;
            type = step.Value[0] == '['
                ? type.GetElementType() ?? type.GetGenericArguments().FirstOrDefault()
                // Kinds may have the key with types of their own: the one that leaves a choice tells more.
                : Derived(type).Select(d => d.DerivedType).Prepend(type).SelectMany(t => t.GetProperties())
                    .Where(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name) == step.Value).Select(p => p.PropertyType).OrderByDescending(t => Derived(t).Any()).FirstOrDefault();
        }
        return type;
    }

    [GeneratedRegex("JSON property '([^']+)' could not be mapped.*type '([^']+)'")]
    private static partial Regex UnknownKey();

    [GeneratedRegex("missing required properties including: ([^.]+)")]
    private static partial Regex MissingKeys();

    [GeneratedRegex("unrecognized type discriminator id '([^']+)'")]
    private static partial Regex UnknownKind();

    [GeneratedRegex(@"type discriminator\. Path: \$\.?(\S*)")]
    private static partial Regex PathIn();

    [GeneratedRegex(@"\w+|\[\d+\]")]
    private static partial Regex PathStep();

    /// <summary>A value that is JSON but not what belongs there; the message begins with "is".</summary>
    internal sealed class UnfitException(string message) : JsonException(message);

    /// <summary>Reads a list of numbers; null, and nothing is consumed, where something else stands.</summary>
    internal static float[]? Numbers(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return null;
        var numbers = new List<float>();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            if (!reader.TryGetSingle(out var number) || !float.IsFinite(number)) throw new UnfitException("holds a number out of range");
            if (numbers.Count == 4) throw new UnfitException("holds more than four numbers");
            numbers.Add(number);
        }
        return reader.TokenType == JsonTokenType.EndArray ? [.. numbers] : throw new UnfitException("holds something else than numbers");
    }

    internal static void Numbers(Utf8JsonWriter writer, params ReadOnlySpan<float> numbers)
    {
        // One line for a point, whatever the indentation around it.
        writer.WriteRawValue($"[{string.Join(", ", numbers.ToArray().Select(n => n.ToString(System.Globalization.CultureInfo.InvariantCulture)))}]");
    }

    private sealed class PlanePointJson : JsonConverter<Vector2>
    {
        public override Vector2 Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            Numbers(ref reader) is [var x, var y] ? new Vector2(x, y) : throw new UnfitException("is no pair; two numbers are expected");

        public override void Write(Utf8JsonWriter writer, Vector2 v, JsonSerializerOptions options) => Numbers(writer, v.X, v.Y);
    }

    private sealed class PointJson : JsonConverter<Vector3>
    {
        public override Vector3 Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            Numbers(ref reader) is [var x, var y, var z] ? new Vector3(x, y, z) : throw new UnfitException("is no point; three numbers are expected");

        public override void Write(Utf8JsonWriter writer, Vector3 v, JsonSerializerOptions options) => Numbers(writer, v.X, v.Y, v.Z);
    }

    private sealed class RotationJson : JsonConverter<Quaternion>
    {
        public override Quaternion Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            const float Degree = MathF.PI / 180;
            return Numbers(ref reader) switch
            {
                // About x first, then about y, then about z.
                [var x, var y, var z] => Quaternion.CreateFromAxisAngle(Vector3.UnitZ, z * Degree) * Quaternion.CreateFromAxisAngle(Vector3.UnitY, y * Degree) * Quaternion.CreateFromAxisAngle(Vector3.UnitX, x * Degree),
                [var x, var y, var z, var w] when new Vector4(x, y, z, w).Length() > 1e-6f => new Quaternion(x, y, z, w),
                _ => throw new UnfitException("is no rotation; three angles in degrees (about x, then y, then z) or a quaternion of four numbers (x, y, z, w) is expected"),
            };
        }

        public override void Write(Utf8JsonWriter writer, Quaternion q, JsonSerializerOptions options) => Numbers(writer, q.X, q.Y, q.Z, q.W);
    }
}

/// <summary>A linear colour in JSON: <c>"#C83232"</c> (sRGB, as everywhere else), or three linear numbers.</summary>
public sealed class ColorJson : JsonConverter<Vector3>
{
    /// <inheritdoc/>
    public override Vector3 Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: 7 } text && text[0] == '#'
            && int.TryParse(text.AsSpan(1), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out var rgb)) return Srgb.OfHex(rgb);
        return StrictJson.Numbers(ref reader) is [>= 0 and <= 1000 and var r, >= 0 and <= 1000 and var g, >= 0 and <= 1000 and var b]
            ? new Vector3(r, g, b) : throw new StrictJson.UnfitException("is no colour; a text such as \"#C83232\" or three linear numbers from 0 upwards are expected");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Vector3 color, JsonSerializerOptions options)
    {
        var rgb = Srgb.ToHex(color);
        if (Srgb.OfHex(rgb) == color) writer.WriteStringValue($"#{rgb:X6}");
        else StrictJson.Numbers(writer, color.X, color.Y, color.Z);
    }
}

/// <summary>A list of linear colours in JSON, each as <see cref="ColorJson"/> has it.</summary>
public sealed class ColorsJson : JsonConverter<Vector3[]>
{
    private static readonly ColorJson s_color = new();

    /// <inheritdoc/>
    public override Vector3[] Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new StrictJson.UnfitException("is no list; a list of colours is expected");
        var colors = new List<Vector3>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) colors.Add(s_color.Read(ref reader, typeof(Vector3), options));
        return [.. colors];
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Vector3[] colors, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var color in colors) s_color.Write(writer, color, options);
        writer.WriteEndArray();
    }
}
