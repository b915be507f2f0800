namespace NerfLab.Notebooks;

/// <summary>Where a running cell sends what it says and shows: a notebook file, a terminal, or a client of the kernel. Called from any thread.</summary>
public interface IOutput
{
    /// <summary>Text that was written to a standard stream.</summary>
    /// <param name="isError">To the error stream instead of the output.</param>
    /// <param name="text">As it was written: a part of a line, or several.</param>
    void Write(bool isError, string text);

    /// <summary>A value is shown, or shown anew in the place of an earlier one.</summary>
    void Show(Shown shown);

    /// <summary>How long a cell with <c>#!time</c> took; no part of what is kept.</summary>
    void Time(TimeSpan elapsed) => Write(isError: false, FormattableString.Invariant($"Wall time: {elapsed.TotalMilliseconds:0.0}ms\n"));

    /// <summary>A line that the cell reads from the standard input; null where nobody answers.</summary>
    string? ReadLine() => Ask("", isSecret: false);

    /// <summary>What the person at the front end answers to a question; null where nobody answers.</summary>
    /// <param name="prompt">The question.</param>
    /// <param name="isSecret">Whether the answer is hidden while it is typed.</param>
    string? Ask(string prompt, bool isSecret) => null;

    /// <summary>What the cell has said and shown so far goes away.</summary>
    /// <param name="wait">Only when the next output comes, so that nothing flickers.</param>
    void Clear(bool wait)
    {
    }

    /// <summary>A long text to read beside the notebook; where there is no such place it is part of the output.</summary>
    void Page(string text) => Write(isError: false, text + "\n");
}

/// <summary>A value as it is shown.</summary>
/// <param name="Data">Its forms, by MIME type; those of pictures in base 64. <c>text/plain</c> is always among them.</param>
/// <param name="Id">Names the place where it is shown, within the session.</param>
/// <param name="Replaces">Whether it takes the place of what was shown under the same id.</param>
/// <param name="IsResult">Whether it is the value of the cell's trailing expression.</param>
public sealed record Shown(IReadOnlyDictionary<string, string> Data, string Id, bool Replaces, bool IsResult);

/// <summary>Why a cell failed.</summary>
/// <param name="Name">The name of the exception's class, or of the compiler's complaint (<c>CS0103</c>).</param>
/// <param name="Message">One sentence with the place in front: <c>00_tour.ipynb#cell3:5: what is wrong</c>.</param>
/// <param name="Trace">What was being called, innermost first; further complaints of the compiler. Without the frames of the engine.</param>
public sealed record CellError(string Name, string Message, IReadOnlyList<string> Trace)
{
    /// <summary>The name of the error of a cell that was stopped from outside.</summary>
    public const string Interrupted = "Interrupted";
}
