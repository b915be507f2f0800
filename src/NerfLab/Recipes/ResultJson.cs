using System.Text.Json;
using System.Text.Json.Serialization;

namespace NerfLab.Recipes;

/// <summary>Results as JSON for people and programs: indented, infinity and NaN by name, without what was not measured.</summary>
static class ResultJson
{
    static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Write<T>(T result) => JsonSerializer.Serialize(result, Options);
}
