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
