using System.Diagnostics;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Math;
using NerfLab.Rendering;
using NerfLab.Tasks;
using NerfLab.Training;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>
/// A recipe at work: field, renderer and training, and the folder that keeps them. The folder holds <c>recipe.json</c>,
/// <c>scene.json</c>, <c>checkpoint.safetensors</c> and <c>metrics.jsonl</c>, and is all that rendering needs. A run that has learnt
/// styles (<see cref="StylizedNerf"/>) has <c>styles.json</c> and <c>styles.safetensors</c> besides, and shows its field in one of them.
/// </summary>
/// <example>
/// <code>
/// using var run = Run.Start(Presets.Find("hash", "small"), SceneFile.Open("embedded"), torch.CPU);
/// foreach (var step in run.Steps(500)) if (step.Index % 100 == 0) Console.WriteLine(step.Outcome.Psnr);
/// </code>
/// </example>
public sealed class Run : IDisposable
{
    const string DistillFile = "distill.json", RecipeFile = "recipe.json", SceneJson = "scene.json", CheckpointFile = "checkpoint.safetensors", MetricsFile = "metrics.jsonl";

    readonly RaySource? _source;
    readonly nn.Module _state;
    readonly bool _ownLosses;
    readonly ILessons? _lessons;
    readonly Teacher? _teacher;
    LearntStyles? _styles;

    Run(Recipe recipe, SceneSummary scene, Device device, Func<SeePixels, RaySource>? pictures, LossSet? losses, Kernels.Kernels? kernels = null, Teacher? teacher = null, Distillation? how = null, Action<string>? remark = null)
    {
        // What is made on the way goes; modules keep their parameters and buffers out of scopes.
        using var scope = NewDisposeScope();
        (Recipe, Scene, Device) = (recipe, scene, device);
        using var random = new Generator(RandomStream.Seed(recipe.Seed, -1));
        (Kernels, KernelsWhy) = kernels is null ? NerfLab.Kernels.Kernels.Best(device) : (kernels, "they were asked for");
        Field = scene.Space.Build(recipe.Field, random, Kernels);
        Shown = Field;
        if (recipe.ViewIndependent) Field.OneDirection = System.Numerics.Vector3.UnitZ;
        Renderer = new Renderer(recipe.Sampler.Build(scene.Space, recipe.Field, random, Kernels), Kernels, scene.Space);
        recipe.Growth.Check(Field);
        _source = pictures?.Invoke(Kernels.SeePixels); // last, because it takes long: what is wrong with the recipe has been said by now
        _ownLosses = losses is not null;
        if (teacher is not null)
        {
            how = how!.Possible(teacher.Field, Field, remark);
            _lessons = teacher.Lessons?.Invoke(recipe.Background) ?? new LiveLessons(teacher.Field, Renderer, how.CamerasFor(scene, recipe.Seed), recipe.Background, (float)how.Dark, device);
            Task = new Distill(Field, Renderer.Sampler as nn.Module, _lessons, losses ?? how.Terms(_lessons.Teacher, teacher.Box, Field, recipe.Steps), how.StageOf(recipe.Steps), recipe.Batch, recipe.Seed);
        }
        else Task = new Fit(Field, Renderer, _source, losses ?? recipe.Terms, recipe.Batch, recipe.Background, recipe.Seed);
        (_teacher, Distillation) = (teacher, how);
        _state = Task.State.to(device);
        if (how is { EncoderOnly: true }) foreach (var (name, parameter) in _state.named_parameters()) parameter.requires_grad = !name.StartsWith("field.decoder.", StringComparison.Ordinal);
        Training = recipe.Optimizer.Train(Task, recipe.LearningRate, Kernels);
    }

    /// <summary>What it was made from.</summary>
    public Recipe Recipe { get; private set; }

    /// <summary>What it knows of its scene: cameras and reach, without pictures.</summary>
    public SceneSummary Scene { get; }

    /// <summary>Where the tensors are.</summary>
    public Device Device { get; }

    /// <summary>The operations in use.</summary>
    public Kernels.Kernels Kernels { get; }

    /// <summary>Why these and not others.</summary>
    public string KernelsWhy { get; }

    /// <summary>The field, in the coordinates of its space; <see cref="World"/> is the same for the world.</summary>
    public EncodedField Field { get; }

    /// <summary>What renderings show: the field, or, where it has learnt styles, its shape in the colours of one of them.</summary>
    public IField Shown { get; private set; }

    /// <summary>The styles that it has learnt; null where it has learnt none.</summary>
    public StyleBook? Styles { get; private set; }

    /// <summary>What renderings show as the world sees it: asked at world points, it answers with densities per world unit.</summary>
    public IField World => Scene.Space.OfWorld(Shown);

    /// <summary>How it is rendered.</summary>
    public Renderer Renderer { get; }

    /// <summary>The task of the training.</summary>
    public IFieldTask Task { get; }

    /// <summary>How the field was taught by another one; null where it was trained on photographs.</summary>
    public Distillation? Distillation { get; }

    /// <summary>The training.</summary>
    public Training.Training Training { get; }

    /// <summary>Numbers that are trained.</summary>
    public long ParameterCount => _state.parameters().Sum(p => p.numel());

    /// <summary>[3], on the device: what is behind renderings for evaluation. Random backgrounds are white then.</summary>
    public Tensor BackgroundColor => Recipe.Background == Background.Black ? zeros(3, device: Device) : ones(3, device: Device);

    /// <summary>Prepares a training; reads all training pictures.</summary>
    /// <param name="recipe">What to make.</param>
    /// <param name="scene">From <see cref="SceneFile.Open"/>.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="losses">Instead of the recipe's and those of its growth.</param>
    /// <param name="progress">Told how many pictures have been read.</param>
    /// <param name="kernels">The operations to use; null for the fastest ones.</param>
    /// <exception cref="BadInputException">A value of the recipe is out of range or a picture cannot be read.</exception>
    public static Run Start(Recipe recipe, Scene scene, Device device, LossSet? losses = null, Action<int>? progress = null, Kernels.Kernels? kernels = null)
    {
        recipe.Check();
        return new Run(recipe, SceneSummary.Of(scene, recipe.Space), device, see => new RaySource(scene.Train, device, progress, see), losses, kernels);
    }

    /// <summary>Prepares a distillation: the field of a recipe learns from another field, without pictures.</summary>
    /// <param name="student">Its field and how it is trained, from <see cref="Distillation.For"/>.</param>
    /// <param name="how">How it is taught.</param>
    /// <param name="teacher">The field to learn from; it has to live as long as the run.</param>
    /// <param name="losses">Instead of the distillation's.</param>
    /// <param name="remark">Told what is not as one might think, a sentence each.</param>
    /// <param name="resumed">Whether <see cref="Resume"/> will follow, so that nothing has to be taken over from the teacher.</param>
    /// <param name="kernels">The operations to use; null for the fastest ones.</param>
    /// <exception cref="BadInputException">A value is out of range, or the teacher is empty or answers with what is no number.</exception>
    public static Run Distil(Recipe student, Distillation how, Teacher teacher, LossSet? losses = null, Action<string>? remark = null, bool resumed = false, Kernels.Kernels? kernels = null)
    {
        student.Check();
        how.Check();
        teacher = teacher.Edited(how.Edits);
        var run = new Run(student, teacher.Scene, teacher.Device, null, losses, kernels, teacher, how with { Teacher = teacher.Name }, remark);
        if (!resumed) run.Task.Grown = Inheritance.Take(run.Field, run.Renderer.Sampler, teacher, run.Distillation!, student, remark);
        run.Training.Renew(); // voxels may have other numbers now
        return run;
    }

    /// <summary>Opens a run folder to render or measure; no picture is read.</summary>
    /// <exception cref="BadInputException">The folder is not a run, or its checkpoint is missing, damaged or of another architecture.</exception>
    /// <param name="folder">The run folder.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="change">Changes the recipe in what leaves the parameters as they are; null for nothing.</param>
    public static Run Open(string folder, Device device, Func<Recipe, Recipe>? change = null)
    {
        if (!Directory.Exists(folder)) throw new BadInputException($"{folder}: there is no such folder; give the --out folder of a training");
        var recipe = change is null ? ReadRecipe(folder) : change(ReadRecipe(folder));
        var run = new Run(recipe, SceneSummary.Read(Path.Combine(folder, SceneJson)), device, null, null, how: ReadDistillation(folder));
        (run.Training.Done, run.Training.Seconds) = Checkpoint.LoadState(Path.Combine(folder, CheckpointFile), run._state);
        run.Training.Renew(); // averages are of the parameters again
        if (StyleBook.In(folder) is { } book)
        {
            (run.Styles, run._styles) = (book, book.Open(folder, device));
            run.ShowStyle([.. book.Styles.Select((_, i) => i == 0 ? 1.0 : 0)]);
        }
        return run;
    }

    /// <summary>Chooses what renderings, exports and students see of a run that has learnt styles.</summary>
    /// <param name="weights">A share for each style; null for the field as it was before.</param>
    /// <param name="view">Whose learnt codes are taken, as far as <paramref name="scale"/> asks for them.</param>
    /// <param name="scale">0 for the mean of the styles' codes, 1 for the learnt ones; null for what the folder says.</param>
    /// <exception cref="BadInputException">It has learnt none, or there are more or fewer shares than styles.</exception>
    public void ShowStyle(IReadOnlyList<double>? weights, int view = 0, double? scale = null)
    {
        if (_styles is null || Styles is null) throw new BadInputException($"{Recipe.Name}: has learnt no styles; a result of nerflab stylize --method stylizednerf is expected");
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Shown = weights is null ? Field : new StyledField(Field, _styles.Module, _styles.Mixed(weights, view, scale ?? Styles.Scale).detach().DetachFromDisposeScope());
    }

    /// <summary>Chooses it by what a user writes.</summary>
    /// <exception cref="BadInputException">The run has learnt no styles, or not this one.</exception>
    public void Show(StyleChoice choice) =>
        ShowStyle(choice.Style == "none" || Styles is null ? null : Styles.Shares(choice.Style ?? Styles.Names()[0]), choice.View, choice.Scale);

    /// <summary>The recipe of a run folder.</summary>
    /// <exception cref="BadInputException">There is none, or it is damaged.</exception>
    public static Recipe ReadRecipe(string folder)
    {
        var path = Path.Combine(folder, RecipeFile);
        if (!File.Exists(path)) throw new BadInputException($"{folder}: not a run folder, it has no {RecipeFile}; give the --out folder of a training");
        return RecipeJson.Read(File.ReadAllText(path), path);
    }

    /// <summary>The cameras and the space of a run folder.</summary>
    /// <exception cref="BadInputException">The file is missing or damaged.</exception>
    public static SceneSummary ReadScene(string folder) => SceneSummary.Read(Path.Combine(folder, SceneJson));

    /// <summary>How the field of a run folder was taught by another one; null where it was trained on photographs.</summary>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static Distillation? ReadDistillation(string folder)
    {
        var path = Path.Combine(folder, DistillFile);
        return File.Exists(path) ? Distillation.Read(File.ReadAllText(path), path) : null;
    }

    /// <summary>Whether a folder is a run folder, complete or not.</summary>
    public static bool IsRun(string folder) => File.Exists(Path.Combine(folder, RecipeFile));

    /// <summary>Whether a folder holds a checkpoint to go on from.</summary>
    public static bool HasCheckpoint(string folder) => File.Exists(Path.Combine(folder, CheckpointFile));

    /// <summary>Makes steps as they are enumerated, see <see cref="Training.Training.Steps"/>, and between them changes the field's shape when <see cref="Recipe.Growth"/> says so.</summary>
    public IEnumerable<StepReport> Steps(int count)
    {
        for (int made = 0; made < count;)
        {
            while (Due) Grow();
            foreach (var step in Training.Steps(count - made))
            {
                made++;
                yield return step;
                if (Due) break;
            }
        }
    }

    bool Due => (_source is not null || _lessons is not null) && Task.Grown < Recipe.Growth.Steps.Length && Training.Done >= Recipe.Growth.Steps[Task.Grown].First(Recipe.Steps);

    void Grow()
    {
        long begin = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        Growing.Apply(Field, Recipe.Growth.Steps[Task.Grown], Task.Grown, Renderer, Scene.Train.Select(v => v.Camera), Device);
        Training.Renew();
        Task.Grown++;
        Training.Seconds += Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>Makes a folder that can be resumed from the first step on; the log of an earlier training in it goes.</summary>
    /// <exception cref="BadInputException">The folder cannot be written.</exception>
    public void Begin(string folder)
    {
        Save(folder);
        MetricsLog.Truncate(Path.Combine(folder, MetricsFile), 0);
    }

    /// <summary>
    /// Changes for how many steps the training is made, and so the learning rates from the next step on: for a training that
    /// has to end at a certain time and learns on the way how fast the machine is.
    /// </summary>
    /// <param name="steps">Of the whole training, at least 1.</param>
    public void Aim(int steps)
    {
        Recipe = Recipe with { Steps = steps };
        Recipe.Check();
        Training.LearningRate = Recipe.LearningRate;
        if (Task is Distill distill)
        {
            distill.Stages = Distillation!.StageOf(steps);
            if (!_ownLosses) Task.Losses = Distillation.Terms(_lessons!.Teacher, _teacher!.Box, Field, steps);
        }
        else if (!_ownLosses) Task.Losses = Recipe.Terms;
    }

    /// <summary>Goes on from the checkpoint of a folder, on a CPU to the same bits as if there had been no interruption.</summary>
    public void Resume(string folder)
    {
        Checkpoint.Load(Path.Combine(folder, CheckpointFile), Training);
        MetricsLog.Truncate(Path.Combine(folder, MetricsFile), Training.Done);
    }

    /// <summary>Writes recipe, scene and checkpoint; each file is whole at any moment.</summary>
    public void Save(string folder)
    {
        AtomicFile.Write(Path.Combine(folder, RecipeFile), RecipeJson.Write(Recipe));
        if (Distillation is not null) AtomicFile.Write(Path.Combine(folder, DistillFile), Distillation.ToJson());
        Scene.Write(Path.Combine(folder, SceneJson));
        Checkpoint.Save(Path.Combine(folder, CheckpointFile), Training);
    }

    /// <summary>The log of a run folder, for appending.</summary>
    public static MetricsLog Log(string folder) => new(Path.Combine(folder, MetricsFile));

    /// <summary>What a run folder's log holds.</summary>
    public static IReadOnlyList<LoggedStep> ReadLog(string folder) => MetricsLog.Read(Path.Combine(folder, MetricsFile));

    /// <summary>Renders a camera, with averaged parameters where <see cref="OptimizerSpec.Averaging"/> asks for them.</summary>
    /// <returns>Tensors on the CPU that belong to the caller's dispose scope.</returns>
    public RenderedImage Render(Camera camera)
    {
        using var scope = NewDisposeScope();
        using var averaged = Training.Average?.Shown();
        var image = Renderer.Image(Shown, camera, BackgroundColor);
        foreach (var tensor in new[] { image.Color, image.Depth, image.Opacity }) tensor.MoveToOuterDisposeScope();
        return image;
    }

    /// <summary>Frees the field and the pixels.</summary>
    public void Dispose()
    {
        _source?.Dispose();
        (_lessons as IDisposable)?.Dispose();
        _state.Dispose();
        _styles?.Dispose();
        Training.Average?.Dispose();
        Training.Optimizer.Dispose();
    }
}
