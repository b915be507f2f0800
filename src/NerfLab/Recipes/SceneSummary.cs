using System.Text.Json;
using System.Text.Json.Serialization;
using NerfLab.Data;
using NerfLab.Rendering;

namespace NerfLab.Recipes;

/// <summary>A camera with the name of its view.</summary>
/// <param name="Name">Of the view.</param>
/// <param name="Camera">Of the view.</param>
public sealed record NamedCamera(string Name, Camera Camera);

/// <summary>What rendering needs to know of a scene, so that a run folder can be moved without its photographs.</summary>
/// <param name="Name">Of the scene.</param>
/// <param name="Space">How the field lies in the world.</param>
/// <param name="Train">The cameras that were learned from.</param>
/// <param name="Val">The cameras for choosing settings.</param>
/// <param name="Test">The cameras to report figures on.</param>
public sealed record SceneSummary(string Name, Space Space, IReadOnlyList<NamedCamera> Train, IReadOnlyList<NamedCamera> Val, IReadOnlyList<NamedCamera> Test)
{
    static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, IncludeFields = true };

    /// <summary>Where the scene is in the world.</summary>
    [JsonIgnore]
    public Reach Reach => Space.World;

    /// <summary>Of an opened scene.</summary>
    /// <param name="scene">The scene.</param>
    /// <param name="space">How to lay a field into it.</param>
    /// <exception cref="BadInputException">The scene does not allow this space.</exception>
    public static SceneSummary Of(Scene scene, SpaceSpec space)
    {
        return new SceneSummary(scene.Name, space.Of(scene), Cameras(scene.Train), Cameras(scene.Val), Cameras(scene.Test));

        static List<NamedCamera> Cameras(IEnumerable<View> views) => [.. views.Select(v => new NamedCamera(v.Name, v.Camera))];
    }

    /// <summary>The path that shows most of the scene: orbit, or spiral in normalised device coordinates, which have no other side.</summary>
    public string UsualPath() => Space is NdcSpace ? "spiral" : "orbit";

    /// <summary>The cameras of a split by its name.</summary>
    /// <exception cref="BadInputException">There is no such split.</exception>
    public IReadOnlyList<NamedCamera> Split(string split) => split switch
    {
        "train" => Train,
        "val" => Val,
        "test" => Test,
        _ => throw new BadInputException($"split {split}: train, val or test is expected"),
    };

    /// <summary>Writes it as JSON.</summary>
    public void Write(string path) => AtomicFile.Write(path, JsonSerializer.Serialize(this, Options));

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="BadInputException">The file is missing or damaged.</exception>
    public static SceneSummary Read(string path)
    {
        if (!File.Exists(path)) throw new BadInputException($"{path}: missing; the folder is not a complete run");
        try
        {
            var read = JsonSerializer.Deserialize<SceneSummary>(File.ReadAllText(path), Options);
            if (read is not { Name: not null, Space: not null, Train: not null, Val: not null, Test: not null }) throw new BadInputException($"{path}: name, space, train, val or test is missing");
            return read.Wrong() is { } wrong ? throw new BadInputException($"{path}: {wrong}") : read;
        }
        catch (NotSupportedException e) // of several kinds of space, none is named
        {
            throw new BadInputException($"{path}: space has no kind; bounded, ndc or contracted is expected", e);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path}: broken in line {e.LineNumber + 1} at {e.Path}", e);
        }
    }

    string? Wrong()
    {
        var (min, max) = Reach.Bounds;
        if (!(Reach.Near > 0 && Reach.Far > Reach.Near && float.IsFinite(Reach.Far))) return FormattableString.Invariant($"near is {Reach.Near} and far {Reach.Far}; near above 0 and far above near are expected");
        if (!(min.X < max.X && min.Y < max.Y && min.Z < max.Z && float.IsFinite(Reach.Bounds.Diagonal))) return $"the bounds {min} to {max} are no box";
        foreach (var (view, i) in Train.Concat(Val).Concat(Test).Select((v, i) => (v, i)))
        {
            if (view is not { Name: not null, Camera: { } camera }) return $"view {i} has no name or no camera";
            if (camera.Width is < 1 or > 1 << 16 || camera.Height is < 1 or > 1 << 16) return $"{view.Name} has {camera.Width}x{camera.Height} pixels; 1 to 65536 each are expected";
            if ((CameraCheck.Wrong(camera) ?? RigidMotion.PoseOf(Array.ConvertAll(RigidMotion.Rows(camera.Pose), v => (double)v)).Wrong) is { } wrong) return $"the camera of {view.Name}: {wrong}";
        }
        return null;
    }
}
