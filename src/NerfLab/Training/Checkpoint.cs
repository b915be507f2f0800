using System.Globalization;
using NerfLab.Fields;
using NerfLab.Weights;
using TorchSharp.Modules;

namespace NerfLab.Training;

/// <summary>
/// A training that can go on to the same bits (on a CPU; sums on a GPU have no fixed order): parameters, sampler state, Adam's averages and the step in one safetensors
/// file, which is replaced in one piece.
/// </summary>
public static class Checkpoint
{
    const string Format = "nerflab-checkpoint-1";

    /// <summary>Writes everything that the next step depends on.</summary>
    /// <param name="path">The file.</param>
    /// <param name="training">The training.</param>
    /// <param name="stage">Of a work of several trainings, the one that this is; null where there is one only.</param>
    /// <exception cref="BadInputException">The file cannot be written; an older one stays.</exception>
    public static void Save(string path, Training training, string? stage = null)
    {
        using var scope = torch.NewDisposeScope();
        var tensors = new List<(string, Tensor)>();
        foreach (var (name, tensor) in training.Objective.State.state_dict()) tensors.Add(($"state.{name}", tensor));
        var steps = new List<long>();
        foreach (var (state, i) in States(training.Optimizer))
        {
            tensors.Add(($"adam.{i}.mean", state.exp_avg));
            tensors.Add(($"adam.{i}.square", state.exp_avg_sq));
            steps.Add(state.step);
        }
        foreach (var (name, mean) in training.Average?.Named ?? []) tensors.Add(($"average.{name}", mean));
        var facts = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["step"] = training.Done.ToString(CultureInfo.InvariantCulture),
            ["seconds"] = training.Seconds.ToString("R", CultureInfo.InvariantCulture),
            ["adam.steps"] = string.Join(',', steps),
        };
        if (stage is not null) facts["stage"] = stage;
        Safetensors.Write(path, tensors, facts);
    }

    /// <summary>Which training of a work of several a file is of; null where it is none of such a work.</summary>
    /// <exception cref="BadInputException">The file is missing or damaged.</exception>
    public static string? StageOf(string path)
    {
        using var file = Opened(path);
        return file.Metadata.GetValueOrDefault("stage");
    }

    /// <summary>Puts a training back to where <see cref="Save"/> found it.</summary>
    /// <exception cref="BadInputException">The file is missing, damaged or of another architecture; then nothing has been changed.</exception>
    public static void Load(string path, Training training)
    {
        using var file = Opened(path);
        using var scope = torch.NewDisposeScope();
        // Everything is checked before anything is changed.
        var (done, seconds) = Progress(path, file);
        var steps = Text(path, file, "adam.steps").Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(text => long.TryParse(text, CultureInfo.InvariantCulture, out long step) && step >= 0 ? step : throw Damaged(path, "adam.steps")).ToList();
        var names = file.Names.ToHashSet();
        Compare(path, file, training.Objective.State, names);
        var averaged = Averaged(training).ToList();
        if (steps.Count != averaged.Count) throw Damaged(path, "adam.steps");
        foreach (var (i, parameter) in averaged.Index())
            foreach (var average in new[] { $"adam.{i}.mean", $"adam.{i}.square" })
                Compare(path, file, average, file.Shape($"state.{parameter}"), names);
        var means = training.Average?.Named.Select(a => a.Name).ToList() ?? [];
        foreach (var name in means) Compare(path, file, $"average.{name}", file.Shape($"state.{name}"), names);
        Complete(path, names);

        if (Copy(file, training.Objective.State, averaged: false)) training.Renew();
        using var noGradient = torch.no_grad();
        foreach (var (state, i) in States(training.Optimizer))
        {
            state.exp_avg.copy_(file.Read($"adam.{i}.mean"));
            state.exp_avg_sq.copy_(file.Read($"adam.{i}.square"));
            state.step = steps[i];
        }
        foreach (var (name, mean) in training.Average?.Named ?? []) mean.copy_(file.Read($"average.{name}"));
        (training.Done, training.Seconds) = (done, seconds);
    }

    /// <summary>Loads only what is needed to render: the state of the task, with averaged parameters where there are such, without the optimiser's.</summary>
    /// <param name="path">The file.</param>
    /// <param name="state">A state of the same architecture.</param>
    /// <returns>How many steps it was trained for, and for how many seconds.</returns>
    /// <exception cref="BadInputException">The file is missing, damaged or of another architecture; then nothing has been changed.</exception>
    public static (int Steps, double Seconds) LoadState(string path, nn.Module state)
    {
        using var file = Opened(path);
        using var scope = torch.NewDisposeScope();
        var progress = Progress(path, file);
        var names = file.Names.Where(n => n.StartsWith("state.", StringComparison.Ordinal)).ToHashSet();
        Compare(path, file, state, names);
        Complete(path, names);
        foreach (var name in file.Names.Where(n => n.StartsWith("average.", StringComparison.Ordinal)))
            Compare(path, file, name, file.Shape($"state.{name["average.".Length..]}"), [name]);
        Copy(file, state, averaged: true);
        return progress;
    }

    static IEnumerable<(Adam.State State, int Index)> States(Adam optimizer) => optimizer.state_dict().State.Select((state, i) => ((Adam.State)state, i));

    /// <summary>The names of the parameters in the order of the optimiser's states.</summary>
    static IEnumerable<string> Averaged(Training training)
    {
        var named = training.Objective.State.named_parameters().ToList();
        return training.Optimizer.parameters().Select(p => named.First(n => ReferenceEquals(n.parameter, p)).name);
    }

    static WeightFile Opened(string path)
    {
        if (!File.Exists(path)) throw new BadInputException($"{path}: there is no checkpoint; train first");
        var file = WeightFile.Open(path);
        if (file.Metadata.GetValueOrDefault("format") == Format) return file;
        file.Dispose();
        throw new BadInputException($"{path}: not a checkpoint of NerfLab; its metadata should say format {Format}");
    }

    /// <summary>Complains unless the file holds the tensors of a state, which are then taken from <paramref name="names"/>. Modules that change shape say themselves what could be theirs.</summary>
    static void Compare(string path, WeightFile file, nn.Module state, HashSet<string> names)
    {
        var modules = state.named_modules().ToDictionary(m => $"state.{m.name}", m => m.module);
        var reshaped = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (key, target) in state.state_dict())
        {
            var name = $"state.{key}";
            var owner = name[..name.LastIndexOf('.')];
            if (modules.GetValueOrDefault(owner) is IReshaped)
            {
                Expect(path, name, names);
                reshaped.Add(owner);
            }
            else Compare(path, file, name, target.shape, names);
        }
        foreach (var name in reshaped)
            if (((IReshaped)modules[name]).Misfit(own => file.Shape($"{name}.{own}"), own => file.Read($"{name}.{own}")) is { } wrong) throw new BadInputException($"{path}: {name}: {wrong}");
    }

    static void Compare(string path, WeightFile file, string name, long[] shape, HashSet<string> names)
    {
        Expect(path, name, names);
        if (!file.Shape(name).SequenceEqual(shape))
            throw new BadInputException($"{path}: {name} has shape [{string.Join(',', file.Shape(name))}] where the recipe's architecture has [{string.Join(',', shape)}]");
    }

    static void Expect(string path, string name, HashSet<string> names)
    {
        if (!names.Remove(name)) throw new BadInputException($"{path}: holds no {name}; the checkpoint is of another architecture than the recipe says");
    }

    static void Complete(string path, HashSet<string> names)
    {
        if (names.Count > 0) throw new BadInputException($"{path}: holds {names.Order(StringComparer.Ordinal).First()}, which the recipe's architecture does not have");
    }

    /// <summary>Puts what the file holds into a state: parameters, or their averages where it has some and they are wanted.</summary>
    /// <returns>Whether a tensor has got another shape.</returns>
    static bool Copy(WeightFile file, nn.Module state, bool averaged)
    {
        using var noGradient = torch.no_grad();
        var names = file.Names.ToHashSet();
        bool reshaped = false;
        foreach (var (key, target) in state.state_dict())
        {
            using var value = file.Read(averaged && names.Contains($"average.{key}") ? $"average.{key}" : $"state.{key}");
            if (value.shape.SequenceEqual(target.shape)) target.copy_(value);
            else
            {
                using var moved = value.to(target.dtype).to(target.device);
                target.Become(moved);
                reshaped = true;
            }
        }
        return reshaped;
    }

    static (int Steps, double Seconds) Progress(string path, WeightFile file) => (
        int.TryParse(Text(path, file, "step"), CultureInfo.InvariantCulture, out int steps) && steps >= 0 ? steps : throw Damaged(path, "step"),
        double.TryParse(Text(path, file, "seconds"), CultureInfo.InvariantCulture, out double seconds) ? seconds : throw Damaged(path, "seconds"));

    static string Text(string path, WeightFile file, string key) => file.Metadata.GetValueOrDefault(key) ?? throw Damaged(path, key);

    static BadInputException Damaged(string path, string key) => new($"{path}: metadata key {key} is missing or not a number; the checkpoint is damaged");
}
