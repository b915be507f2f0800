using System.Text.Json;
using System.Text.Json.Nodes;

namespace NerfLab.Recipes;

/// <summary>Recipes as JSON: written for people to read, read with every key checked.</summary>
public static class RecipeJson
{
    /// <summary>The recipe as indented JSON.</summary>
    public static string Write(Recipe recipe) => StrictJson.Write(recipe);

    /// <summary>Reads and checks a recipe.</summary>
    /// <param name="json">The text.</param>
    /// <param name="place">What to call it in messages, such as the file's name.</param>
    /// <exception cref="BadInputException">A key is unknown (the nearest known one is named), a value does not fit or the JSON is broken.</exception>
    public static Recipe Read(string json, string place)
    {
        var recipe = StrictJson.Read<Recipe>(json, place);
        recipe.Check();
        return recipe;
    }

    /// <summary>The recipe with one value changed, as <c>--set optimizer.learningRate=0.01</c> does it.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="assignment">A path of keys with dots between them, =, and a value as JSON or as plain text.</param>
    /// <exception cref="BadInputException">There is no such key, or the value does not fit.</exception>
    public static Recipe Set(Recipe recipe, string assignment) => Read(Changed(recipe, assignment, ""), $"--set {assignment}");

    /// <summary>A spec with one value changed, as JSON.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="assignment">A path of keys with dots between them, =, and a value as JSON or as plain text.</param>
    /// <param name="prefix">What the path begins with that belongs to no key.</param>
    internal static string Changed<T>(T spec, string assignment, string prefix)
    {
        int equals = assignment.IndexOf('=');
        if (equals < 1) throw new BadInputException($"--set {assignment}: path=value is expected, as in optimizer.learningRate=0.01");
        var (path, text) = (assignment[prefix.Length..equals].Split('.'), assignment[(equals + 1)..]);
        var root = JsonSerializer.SerializeToNode(spec, StrictJson.Options)!.AsObject();
        var node = root;
        for (int i = 0; i < path.Length; i++)
        {
            var key = Match(node, path[i]) ?? throw new BadInputException($"--set {assignment}: no key {path[i]}{Spelling.Suggest(path[i], node.Select(p => p.Key))}");
            if (i < path.Length - 1)
            {
                node = node[key] as JsonObject ?? throw new BadInputException($"--set {assignment}: {string.Join('.', path[..(i + 1)])} is a value, not a group of keys");
                continue;
            }
            // Another kind has other keys: it starts from its defaults.
            if (key == "kind") foreach (var other in node.Select(p => p.Key).Where(k => k != "kind").ToList()) node.Remove(other);
            node[key] = Value(text);
        }
        return root.ToJsonString(StrictJson.Options);

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
}
