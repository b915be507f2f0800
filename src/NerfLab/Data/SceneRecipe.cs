using System.Collections;
using System.Numerics;
using System.Text.Json;
using NerfLab.Procedural;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>A scene as data, in a JSON file: things with materials, light, and cameras.</summary>
/// <param name="Name">What to call it.</param>
/// <param name="Things">What there is, 1 to 256 things.</param>
/// <param name="Lighting">The light.</param>
/// <param name="Cameras">The pictures that are taken.</param>
public sealed record SceneRecipe(string Name, IReadOnlyList<Thing> Things, Lighting Lighting, CameraSpec Cameras)
{
    private const float Largest = 1e5f;
    private const long LargestFile = 16 << 20;

    /// <summary>The box that matters, as two corners; null for the one around everything.</summary>
    public Vector3[]? Bounds { get; init; }

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">It cannot be read, or something in it cannot be used; the message says what and where.</exception>
    public static SceneRecipe Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile) throw new BadInputException($"{path}: larger than {LargestFile >> 20} MB; a scene recipe is expected");
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>Reads and checks a text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="place">What to call it in messages, such as the file's name.</param>
    /// <exception cref="BadInputException">Something in it cannot be used; the message says what and where.</exception>
    public static SceneRecipe Parse(string json, string place)
    {
        var recipe = StrictJson.Read<SceneRecipe>(json, place, complete: true);
        if ((Unfit(recipe, "") ?? recipe.Complaint()) is { } complaint) throw new BadInputException($"{place}: {complaint}");
        return recipe;
    }

    /// <summary>The recipe as JSON.</summary>
    public string Write() => StrictJson.Write(this);

    /// <summary>The scene, ready to be rendered.</summary>
    /// <exception cref="BadInputException">A value is out of range.</exception>
    public GeneratedScene Build()
    {
        if (Complaint() is { } complaint) throw new BadInputException($"{Name}: {complaint}");
        return new GeneratedScene(Name, new SphereTracer(new SolidScene(Things, Lighting)), Cameras) { Bounds = Bounds is [var low, var high] ? new Box(low, high) : null };
    }

    private string? Complaint()
    {
        if (Name == "") return "name is empty; what to call the scene is expected";
        if (Things.Count is 0 or > 256) return $"things has {Things.Count} things; 1 to 256 are expected";
        for (var i = 0; i < Things.Count; i++)
        {
            if (Things[i].Solid.Complaint() is { } solid) return $"things[{i}].solid.{solid}";
            if (Things[i].Material.Complaint() is { } material) return $"things[{i}].material.{material}";
            if (Things[i].Object == 0) return $"things[{i}].object is 0; 1 to 255 is expected, as 0 is where nothing is";
        }
        if (Lighting.Complaint() is { } light) return $"lighting.{light}";
        if (Cameras.Complaint() is { } cameras) return $"cameras.{cameras}";
        if (Bounds is null ? Things.Any(t => t.Solid is HalfSpace) : Bounds.Length != 2 || !(Bounds[0].X < Bounds[1].X && Bounds[0].Y < Bounds[1].Y && Bounds[0].Z < Bounds[1].Z))
            return Bounds is null ? "bounds is missing; two corners are expected where a half-space has no end" : "bounds is no box; two corners of three numbers are expected, the smaller one first";
        return null;
    }

    /// <summary>The first number that is not finite or absurdly large, and the first null in a list; they would only show much later.</summary>
    private static string? Unfit(object? value, string key)
    {
        return value switch
        {
            null => null,
            float f => float.Abs(f) <= Largest ? null : Invariant($"{key} is {f}; a number of at most {Largest} is expected"),
            Vector3 v => float.Max(float.Abs(v.X), float.Max(float.Abs(v.Y), float.Abs(v.Z))) <= Largest ? null : $"{key} is out of range; numbers of at most {Largest} are expected",
            IList list => Enumerable.Range(0, list.Count).Select(i => list[i] is null ? $"{key}[{i}] is null" : Unfit(list[i], $"{key}[{i}]")).FirstOrDefault(c => c is not null),
            _ when value.GetType() is var type && type.Assembly == typeof(SceneRecipe).Assembly => type.GetProperties().Where(p => p.CanWrite)
                .Select(p => Unfit(p.GetValue(value), (key == "" ? "" : $"{key}.") + JsonNamingPolicy.CamelCase.ConvertName(p.Name))).FirstOrDefault(c => c is not null),
            _ => null,
        };
    }
}
