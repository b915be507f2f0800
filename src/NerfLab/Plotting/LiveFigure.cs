using System.Globalization;

namespace NerfLab.Plotting;

/// <summary>Where pictures can be replaced while a computation runs. A host that can do so, such as a Jupyter kernel, sets <see cref="Live.Display"/>.</summary>
public interface ILiveDisplay
{
    /// <summary>Shows a picture for the first time.</summary>
    /// <param name="id">Names it in later calls.</param>
    /// <param name="png">The picture.</param>
    /// <param name="text">The same in words.</param>
    void Show(string id, byte[] png, string text);

    /// <summary>Shows another picture in its place.</summary>
    /// <inheritdoc cref="Show"/>
    void Update(string id, byte[] png, string text);
}

/// <summary>The place for pictures that change.</summary>
public static class Live
{
    /// <summary>Set by the host; null where pictures cannot be replaced: then a line of text is written for each.</summary>
    public static ILiveDisplay? Display { get; set; }
}

/// <summary>
/// A curve that grows while something is computed, made by <see cref="Figure.Live"/>: <c>foreach (var s in run.Steps(500)) live.Add(s.Index, s.Outcome.Psnr);</c>.
/// Every so many points it is shown anew, or says a line.
/// </summary>
[TypeFormatterSource(typeof(VisualFormatters), PreferredMimeTypes = [VisualFormatters.Png, VisualFormatters.Text])]
public sealed class LiveFigure
{
    static int s_last;

    readonly Figure _empty;
    readonly int _every;
    readonly string _id = $"live-{Interlocked.Increment(ref s_last)}";
    readonly List<(string Name, List<(double X, double Y)> Points)> _lines = [];
    int _added;
    bool _shown;

    internal LiveFigure(Figure empty, int every)
    {
        if (every < 1) throw new BadInputException($"every {every}: expected 1 or more points between two pictures");
        (_empty, _every) = (empty, every);
    }

    /// <summary>Where lines go; null for the console.</summary>
    internal TextWriter? Output { get; init; }

    /// <summary>The figure so far; long curves as means over stretches.</summary>
    public Figure Figure => _lines.Aggregate(_empty, (figure, line) => figure.Line(line.Name, Figure.Smoothed(line.Points, 400)));

    /// <summary>Adds a point to the only line.</summary>
    public void Add(double x, double y) => Add(x, ("", y));

    /// <summary>Adds a point to each of several lines.</summary>
    /// <param name="x">To the right; growing.</param>
    /// <param name="values">Names of lines with their values.</param>
    public void Add(double x, params ReadOnlySpan<(string Name, double Y)> values)
    {
        foreach (var (name, y) in values)
        {
            int line = _lines.FindIndex(l => l.Name == name);
            if (line < 0) _lines.Add((name, []));
            _lines[line < 0 ? ^1 : line].Points.Add((x, y));
        }
        if (_added++ % _every == 0) Tell(x);
    }

    /// <summary>The figure as an HTML element.</summary>
    public string ToHtml() => Figure.ToHtml();

    /// <summary>The figure in words.</summary>
    public override string ToString() => Figure.Description;

    void Tell(double x)
    {
        string values = string.Join("  ", _lines.Select(l => $"{(l.Name.Length > 0 ? l.Name : _empty.Y.Label)} {l.Points[^1].Y.ToString("G4", CultureInfo.InvariantCulture)}".Trim()));
        if (Live.Display is not { } display)
        {
            (Output ?? Console.Out).WriteLine($"{_empty.X.Label} {x.ToString("0.####", CultureInfo.InvariantCulture)}: {values}".Trim());
            return;
        }
        if (_shown) display.Update(_id, Figure.ToPng(), values);
        else display.Show(_id, Figure.ToPng(), values);
        _shown = true;
    }
}
