using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace NerfLab.Recipes;

/// <summary>Recipes as JSON: written for people to read, read with every key checked.</summary>
public static class RecipeJson
{
    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowOutOfOrderMetadataProperties = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>The recipe as indented JSON.</summary>
    public static string Write(Recipe recipe) => JsonSerializer.Serialize(recipe, Options);

    /// <summary>Reads and checks a recipe.</summary>
    /// <param name="json">The text.</param>
    /// <param name="place">What to call it in messages, such as the file's name.</param>
    /// <exception cref="BadInputException">A key is unknown (the nearest known one is named), a value does not fit or the JSON is broken.</exception>
    public static Recipe Read(string json, string place)
    {
        try
        {
            var recipe = JsonSerializer.Deserialize<Recipe>(json, Options) ?? throw new BadInputException($"{place}: null where a recipe is expected");
            recipe.Check();
            return recipe;
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{place}: {Explain(e)}", e);
        }
    }

    /// <summary>The recipe with one value changed, as <c>--set optimizer.learningRate=0.01</c> does it.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="assignment">A path of keys with dots between them, =, and a value as JSON or as plain text.</param>
    /// <exception cref="BadInputException">There is no such key, or the value does not fit.</exception>
    public static Recipe Set(Recipe recipe, string assignment)
    {
        int equals = assignment.IndexOf('=');
        if (equals < 1) throw new BadInputException($"--set {assignment}: path=value is expected, as in optimizer.learningRate=0.01");
        var (path, text) = (assignment[..equals].Split('.'), assignment[(equals + 1)..]);
        var root = JsonSerializer.SerializeToNode(recipe, Options)!.AsObject();
        var node = root;
        for (int i = 0; i < path.Length; i++)
        {
            var key = Match(node, path[i]) ?? throw new BadInputException($"--set {assignment}: no key {path[i]}{Suggest(path[i], node.Select(p => p.Key))}");
            if (i < path.Length - 1)
            {
                node = node[key] as JsonObject ?? throw new BadInputException($"--set {assignment}: {string.Join('.', path[..(i + 1)])} is a value, not a group of keys");
                continue;
            }
            // Another kind has other keys: it starts from its defaults.
            if (key == "kind") foreach (var other in node.Select(p => p.Key).Where(k => k != "kind").ToList()) node.Remove(other);
            node[key] = Value(text);
        }
        return Read(root.ToJsonString(Options), $"--set {assignment}");

        static string? Match(JsonObject node, string key) => node.Select(p => p.Key).FirstOrDefault(k => string.Equals(k, key, StringComparison.OrdinalIgnoreCase));

        static JsonNode? Value(string text)
        {
            try
            {
                return JsonNode.Parse(text);
            }
            catch (JsonException)
            {
                return JsonValue.Create(text); // plain text needs no quotes on a command line
            }
        }
    }

    static string Explain(JsonException e)
    {
        var where = e.Path is { Length: > 1 } path ? path[2..] : "recipe";
        // The serialiser names the key and its type in English prose; what matters is the key.
        var unknown = System.Text.RegularExpressions.Regex.Match(e.Message, "JSON property '([^']+)' could not be mapped.*type '([^']+)'");
        if (unknown.Success)
        {
            var type = typeof(Recipe).Assembly.GetType(unknown.Groups[2].Value);
            var known = type?.GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)) ?? [];
            return $"unknown key {unknown.Groups[1].Value} in line {e.LineNumber + 1}{Suggest(unknown.Groups[1].Value, known)}";
        }
        var missing = System.Text.RegularExpressions.Regex.Match(e.Message, "missing required properties including: ([^.]+)");
        if (missing.Success) return $"{where}: {missing.Groups[1].Value.Replace("'", "")} is missing";
        var kind = System.Text.RegularExpressions.Regex.Match(e.Message, "unrecognized type discriminator id '([^']+)'");
        if (kind.Success)
            return $"{where}: unknown kind {kind.Groups[1].Value}{Suggest(kind.Groups[1].Value, Kinds(where))}";
        return e.LineNumber is { } line && e.Path is null or "$" ? $"broken JSON in line {line + 1}" : $"{where}: the value does not fit in line {e.LineNumber + 1}";
    }

    static IEnumerable<string> Kinds(string where) =>
        (where.StartsWith("sampler", StringComparison.Ordinal) ? typeof(Rendering.SamplerSpec)
            : where.Contains("decoder", StringComparison.Ordinal) ? typeof(Fields.DecoderSpec) : typeof(Fields.FieldSpec))
        .GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false).Select(a => (string)((JsonDerivedTypeAttribute)a).TypeDiscriminator!);

    /// <summary>"; did you mean x?" for the nearest word within reach, else what there is.</summary>
    /// <param name="wrong">What was written.</param>
    /// <param name="known">What could have been meant; nothing is said when this is empty.</param>
    public static string Suggest(string wrong, IEnumerable<string> known)
    {
        var words = known.Distinct().ToList();
        if (words.Count == 0) return "";
        var nearest = words.MinBy(w => Distance(wrong.ToLowerInvariant(), w.ToLowerInvariant()))!;
        return Distance(wrong.ToLowerInvariant(), nearest.ToLowerInvariant()) <= 1 + wrong.Length / 3 ? $"; did you mean {nearest}?" : $"; there are {string.Join(", ", words)}";
    }

    /// <summary>How many insertions, deletions and substitutions turn one word into the other (Levenshtein 1966).</summary>
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = int.Min(substitute, 1 + int.Min(row[j], row[j - 1]));
            }
        }
        return row[b.Length];
    }
}
