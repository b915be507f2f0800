using System.Diagnostics;

namespace NerfLab.Training;

/// <summary>Where a work of several trainings is, in one file that is replaced in one piece: so it goes on after an interruption.</summary>
/// <param name="path">The file; it need not be there.</param>
/// <param name="every">Seconds between two times of saving.</param>
public sealed class StageFile(string path, double every = 30)
{
    long _saved = Stopwatch.GetTimestamp();
    (string Stage, Training Training, Action? Also)? _at;

    /// <summary>The stage that the file had got to when the work began; null where there is no file.</summary>
    public string? Stage { get; } = File.Exists(path) ? Checkpoint.StageOf(path) : null;

    /// <summary>Puts a training back to where the file has it.</summary>
    /// <param name="stage">The training's name.</param>
    /// <param name="training">Ready for its first step.</param>
    /// <returns>False where the file is of another stage.</returns>
    /// <exception cref="BadInputException">The file is damaged or of another architecture.</exception>
    public bool Resume(string stage, Training training)
    {
        if (Stage != stage) return false;
        Checkpoint.Load(path, training);
        return true;
    }

    /// <summary>Says where the work is; saves it when it is time to.</summary>
    /// <param name="stage">The training's name.</param>
    /// <param name="training">Between two steps.</param>
    /// <param name="also">Saves what else belongs to it, before the file is written.</param>
    public void At(string stage, Training training, Action? also = null)
    {
        _at = (stage, training, also);
        if (Stopwatch.GetElapsedTime(_saved).TotalSeconds >= every) Save();
    }

    /// <summary>Saves where the work is.</summary>
    /// <returns>False where no training has begun.</returns>
    public bool Save()
    {
        if (_at is not { } at) return false;
        at.Also?.Invoke();
        Checkpoint.Save(path, at.Training, at.Stage);
        _saved = Stopwatch.GetTimestamp();
        return true;
    }

    /// <summary>Saves the end of a training; what follows is kept nowhere.</summary>
    public void Leave()
    {
        Save();
        _at = null;
    }

    /// <summary>The work is done: the file goes.</summary>
    public void Delete()
    {
        _at = null;
        File.Delete(path);
    }
}
