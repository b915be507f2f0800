using System.Globalization;
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
    /// <exception cref="BadInputException">The file cannot be written; an older one stays.</exception>
    public static void Save(string path, Training training)
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
        Safetensors.Write(path, tensors, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["step"] = training.Done.ToString(CultureInfo.InvariantCulture),
            ["seconds"] = training.Seconds.ToString("R", CultureInfo.InvariantCulture),
            ["adam.steps"] = string.Join(',', steps),
        });
    }

    /// <summary>Puts a training back to where <see cref="Save"/> found it.</summary>
    /// <exception cref="BadInputException">The file is missing, damaged or of another architecture; then nothing has been changed.</exception>
    public static void Load(string path, Training training)
    {
        using var file = Opened(path);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var states = States(training.Optimizer).ToList();
        var targets = new List<(string Name, Tensor Target)>(StateTensors(training.Objective.State));
        foreach (var (state, i) in states)
        {
            targets.Add(($"adam.{i}.mean", state.exp_avg));
            targets.Add(($"adam.{i}.square", state.exp_avg_sq));
        }
        // Everything is checked before anything is changed.
        var (done, seconds) = Progress(path, file);
        var steps = Text(path, file, "adam.steps").Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(text => long.TryParse(text, CultureInfo.InvariantCulture, out long step) && step >= 0 ? step : throw Damaged(path, "adam.steps")).ToList();
        Compare(path, file, targets, file.Names.ToHashSet());
        if (steps.Count != states.Count) throw Damaged(path, "adam.steps");
        Copy(file, targets);
        foreach (var (state, i) in states) state.step = steps[i];
        (training.Done, training.Seconds) = (done, seconds);
    }

    /// <summary>Loads only what is needed to render: the state of the task, without the optimiser's.</summary>
    /// <param name="path">The file.</param>
    /// <param name="state">A state of the same architecture.</param>
    /// <returns>How many steps it was trained for, and for how many seconds.</returns>
    /// <exception cref="BadInputException">The file is missing, damaged or of another architecture; then nothing has been changed.</exception>
    public static (int Steps, double Seconds) LoadState(string path, nn.Module state)
    {
        using var file = Opened(path);
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var targets = StateTensors(state).ToList();
        var progress = Progress(path, file);
        Compare(path, file, targets, file.Names.Where(n => n.StartsWith("state.", StringComparison.Ordinal)).ToHashSet());
        Copy(file, targets);
        return progress;
    }

    static IEnumerable<(string Name, Tensor Target)> StateTensors(nn.Module state) => state.state_dict().Select(pair => ($"state.{pair.Key}", pair.Value));

    static IEnumerable<(Adam.State State, int Index)> States(Adam optimizer) => optimizer.state_dict().State.Select((state, i) => ((Adam.State)state, i));

    static WeightFile Opened(string path)
    {
        if (!File.Exists(path)) throw new BadInputException($"{path}: there is no checkpoint; train first");
        var file = WeightFile.Open(path);
        if (file.Metadata.GetValueOrDefault("format") == Format) return file;
        file.Dispose();
        throw new BadInputException($"{path}: not a checkpoint of NerfLab; its metadata should say format {Format}");
    }

    /// <summary>Complains unless the file holds exactly the targets, by name and shape.</summary>
    static void Compare(string path, WeightFile file, List<(string Name, Tensor Target)> targets, HashSet<string> names)
    {
        foreach (var (name, target) in targets)
        {
            if (!names.Remove(name)) throw new BadInputException($"{path}: holds no {name}; the checkpoint is of another architecture than the recipe says");
            if (!file.Shape(name).SequenceEqual(target.shape))
                throw new BadInputException($"{path}: {name} has shape [{string.Join(',', file.Shape(name))}] where the recipe's architecture has [{string.Join(',', target.shape)}]");
        }
        if (names.Count > 0) throw new BadInputException($"{path}: holds {names.Order(StringComparer.Ordinal).First()}, which the recipe's architecture does not have");
    }

    static void Copy(WeightFile file, List<(string Name, Tensor Target)> targets)
    {
        foreach (var (name, target) in targets)
        {
            using var value = file.Read(name);
            target.copy_(value);
        }
    }

    static (int Steps, double Seconds) Progress(string path, WeightFile file) => (
        int.TryParse(Text(path, file, "step"), CultureInfo.InvariantCulture, out int steps) && steps >= 0 ? steps : throw Damaged(path, "step"),
        double.TryParse(Text(path, file, "seconds"), CultureInfo.InvariantCulture, out double seconds) ? seconds : throw Damaged(path, "seconds"));

    static string Text(string path, WeightFile file, string key) => file.Metadata.GetValueOrDefault(key) ?? throw Damaged(path, key);

    static BadInputException Damaged(string path, string key) => new($"{path}: metadata key {key} is missing or not a number; the checkpoint is damaged");
}
