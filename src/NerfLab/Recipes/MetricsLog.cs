using System.Text.Json;
using NerfLab.Training;

namespace NerfLab.Recipes;

/// <summary>One line of a run's log.</summary>
/// <param name="Step">From 0.</param>
/// <param name="Seconds">Training time so far.</param>
/// <param name="Loss">The weighted sum of the loss terms.</param>
/// <param name="Psnr">Of the step's rays, decibels.</param>
/// <param name="Rays">In the step.</param>
/// <param name="Samples">In the step.</param>
/// <param name="LearningRate">Of the step.</param>
/// <param name="Terms">Each loss term before weighting.</param>
public sealed record LoggedStep(int Step, double Seconds, double Loss, double Psnr, long Rays, long Samples, double LearningRate, IReadOnlyDictionary<string, double> Terms);

/// <summary>The log of a training: JSON lines, one a step, flushed now and then.</summary>
public sealed class MetricsLog : IDisposable
{
    static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    readonly StreamWriter _writer;

    /// <summary>Opens the log for appending.</summary>
    /// <exception cref="BadInputException">The file cannot be written.</exception>
    public MetricsLog(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            _writer = new StreamWriter(path, append: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot be written ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>Adds a line.</summary>
    public void Add(StepReport step) => _writer.WriteLine(JsonSerializer.Serialize(new LoggedStep(step.Index, double.Round(step.Seconds, 3), step.Outcome.Losses.Total, double.Round(step.Outcome.Psnr, 3),
        step.Outcome.Rays, step.Outcome.Samples, step.LearningRate, step.Outcome.Losses.Terms.ToDictionary(t => t.Name, t => t.Value)), Options));

    /// <summary>Hands the lines to the system.</summary>
    public void Flush() => _writer.Flush();

    /// <summary>Flushes and closes.</summary>
    public void Dispose() => _writer.Dispose();

    /// <summary>All whole lines; a last line that was cut off by a kill is left out.</summary>
    public static IReadOnlyList<LoggedStep> Read(string path)
    {
        var steps = new List<LoggedStep>();
        if (!File.Exists(path)) return steps;
        foreach (var line in File.ReadLines(path))
        {
            try
            {
                if (JsonSerializer.Deserialize<LoggedStep>(line, Options) is { } step) steps.Add(step);
            }
            catch (JsonException)
            {
                break; // cut off in the middle of writing: nothing behind it is whole
            }
        }
        return steps;
    }

    /// <summary>Drops the lines of a step and of those after it, which a resumed training makes again.</summary>
    internal static void Truncate(string path, int step)
    {
        if (!File.Exists(path)) return;
        AtomicFile.Write(path, string.Concat(Read(path).Where(s => s.Step < step).Select(s => JsonSerializer.Serialize(s, Options) + "\n")));
    }
}
