using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Rendering;
using NerfLab.Tasks;
using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>What a teacher answers, kept in a folder, so that a student can learn from it while the teacher is not in memory: <c>recipe.json</c>, <c>scene.json</c>, what is occupied, and the lessons.</summary>
public static class TeacherCache
{
    const string Grid = "occupied.safetensors", Scene = "scene.json", RecipeFile = "recipe.json";

    /// <summary>Asks a teacher and keeps its answers.</summary>
    /// <param name="teacher">The teacher; its run has an occupancy grid.</param>
    /// <param name="folder">A new or empty folder.</param>
    /// <param name="lessons">How many, each of which is a step's worth of rays.</param>
    /// <param name="how">Where it is looked at from, and what is left out.</param>
    /// <param name="rays">Rays of a lesson.</param>
    /// <param name="seed">Decides everything random.</param>
    /// <param name="progress">Told how many lessons are written.</param>
    /// <exception cref="BadInputException">The folder is not empty or cannot be written, or the teacher was not trained through an occupancy grid.</exception>
    public static void Write(Teacher teacher, string folder, int lessons, Distillation? how = null, long rays = 1024, long seed = 0, Action<int>? progress = null)
    {
        how ??= Distillations.Find(null, new HashSpec());
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()) throw new BadInputException($"{folder}: exists already; a new or empty folder is expected");
        if (teacher is not { Recipe: { Sampler: OccupancySpec } recipe, Renderer: { Sampler: OccupancySampler sampler } renderer }) throw new BadInputException($"teacher {teacher.Name}: only answers of a run with sampler.kind occupancy can be kept");
        AtomicFile.Write(Path.Combine(folder, RecipeFile), RecipeJson.Write(recipe));
        teacher.Scene.Write(Path.Combine(folder, Scene));
        Safetensors.Write(Path.Combine(folder, Grid), [.. sampler.state_dict().Select(p => (p.Key, p.Value))]);
        using var live = new LiveLessons(teacher.Field, renderer, how.CamerasFor(teacher.Scene, seed), recipe.Background, (float)how.Dark, teacher.Device);
        for (int i = 0; i < lessons; i++)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            using var random = new Generator(RandomStream.Seed(seed, i));
            var lesson = live.Draw(rays, DistillStage.Samples, i, random);
            if (!lesson.Teacher.Colors.isfinite().all().ToBoolean()) throw new BadInputException($"teacher {teacher.Name}: colours of it are not finite numbers; a field that is NaN or infinite somewhere in its box cannot teach");
            CachedLessons.Write(Path.Combine(folder, FormattableString.Invariant($"{i:000000}.safetensors")), lesson);
            progress?.Invoke(i + 1);
        }
    }

    /// <summary>Whether a folder holds answers of a teacher.</summary>
    public static bool IsCache(string folder) => File.Exists(Path.Combine(folder, Grid));

    /// <summary>The teacher of a folder. It has no field, so that it cannot be asked for features, for densities where no ray went, or for pictures.</summary>
    /// <param name="folder">From <see cref="Write"/>.</param>
    /// <param name="device">Where the student will be.</param>
    /// <exception cref="BadInputException">The folder is incomplete or damaged.</exception>
    public static Teacher Open(string folder, Device device)
    {
        if (!IsCache(folder)) throw new BadInputException($"{folder}: holds no answers of a teacher, {Grid} is missing");
        var files = Directory.GetFiles(folder, "*.safetensors").Where(f => Path.GetFileName(f) != Grid).Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0) throw new BadInputException($"{folder}: holds no lesson");
        var (recipe, scene) = (Run.ReadRecipe(folder), SceneSummary.Read(Path.Combine(folder, Scene)));
        using var random = new Generator(0);
        using var scope = NewDisposeScope();
        var (kernels, _) = Kernels.Kernels.Best(device);
        var sampler = (OccupancySampler)recipe.Sampler.Build(scene.Space, recipe.Field, random, kernels);
        using (var file = WeightFile.Open(Path.Combine(folder, Grid)))
            foreach (var (name, target) in sampler.state_dict())
            {
                if (!file.Names.Contains(name) || !file.Shape(name).SequenceEqual(target.shape)) throw new BadInputException($"{folder}/{Grid}: {name} is missing or of another shape than the recipe says");
                target.copy_(file.Read(name));
            }
        sampler.to(device);
        return Teacher.Kept(folder, scene, recipe, new Renderer(sampler, kernels, scene.Space), device, background => new CachedLessons(files, kernels, scene.Space, background, device));
    }
}
