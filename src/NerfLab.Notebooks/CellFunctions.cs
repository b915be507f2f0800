namespace NerfLab.Notebooks;

/// <summary>What cells can call without saying where it is from.</summary>
public static class CellFunctions
{
    /// <summary>Shows a value below the cell.</summary>
    /// <param name="value">What to show.</param>
    /// <param name="mimeTypes">Only these forms of it; those that its type prefers when there are none.</param>
    public static DisplayedValue display(object? value, params string[] mimeTypes)
    {
        var shown = new DisplayedValue(mimeTypes);
        shown.Show(value, replaces: false);
        return shown;
    }

    /// <inheritdoc cref="display"/>
    public static DisplayedValue Display(this object? value, params string[] mimeTypes) => display(value, mimeTypes);

    /// <summary>Asks the person at the front end; <c>Console.ReadLine()</c> does the same without a question.</summary>
    /// <returns>The answer; null where nobody answers.</returns>
    public static string? input(string prompt = "") => CellConsole.Output?.Ask(prompt, isSecret: false);

    /// <summary>Asks for what others should not see: it is hidden while it is typed.</summary>
    /// <inheritdoc cref="input"/>
    public static string? password(string prompt = "") => CellConsole.Output?.Ask(prompt, isSecret: true);

    /// <summary>Takes away what the cell has said and shown so far.</summary>
    /// <param name="wait">Only when the next output comes, so that nothing flickers.</param>
    public static void clear(bool wait = false) => CellConsole.Output?.Clear(wait);

    /// <summary>Shows a long text beside the notebook, in the front end's pager.</summary>
    public static void page(object? value) => CellConsole.Output?.Page(ValueFormatter.Format(value, ValueFormatter.Plain)[ValueFormatter.Plain]);
}

/// <summary>A value that is shown and can be exchanged for another.</summary>
public sealed class DisplayedValue
{
    private static int _count;

    private readonly string _id = FormattableString.Invariant($"display{Interlocked.Increment(ref _count)}");
    private readonly string[] _mimeTypes;

    internal DisplayedValue(string[] mimeTypes) => _mimeTypes = mimeTypes;

    /// <summary>Shows another value in the same place.</summary>
    public void Update(object? value) => Show(value, replaces: true);

    internal void Show(object? value, bool replaces)
    {
        var shown = new Shown(ValueFormatter.Format(value, _mimeTypes), _id, replaces, IsResult: false);
        CellConsole.Say(output => output.Show(shown));
    }
}
