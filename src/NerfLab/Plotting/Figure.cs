using System.Numerics;
using System.Runtime.CompilerServices;

namespace NerfLab.Plotting;

/// <summary>
/// A figure: marks between two axes. It is written as a sentence, every method gives a new figure, and numbers may be of any kind:
/// <c>new Figure("What the loss does") { X = "step", Y = "PSNR (dB)" }.Line("hash", steps, psnr)</c>.
/// </summary>
/// <param name="Title">Above the figure; may be empty.</param>
[TypeFormatterSource(typeof(VisualFormatters), PreferredMimeTypes = [VisualFormatters.Png, VisualFormatters.Text])]
public sealed record Figure(string Title = "") : Visual
{
    // Between light and dark enough to be read on white and on black.
    internal static readonly string[] Palette = ["#2f86d6", "#dd6b20", "#2fa36b", "#b455c8", "#c9a227", "#d6455d", "#7468d8", "#868b94"];

    /// <summary>Pixels on a page, 80 to 4000; 0 for a height that suits the width.</summary>
    public float Height { get; init; }

    /// <summary>To the right.</summary>
    public Axis X { get; init; } = "";

    /// <summary>Upwards.</summary>
    public Axis Y { get; init; } = "";

    /// <summary>Whether a unit is equally long on both axes: for maps and drawings.</summary>
    public bool SameScale { get; init; }

    internal float ActualHeight => Height != 0 ? Height : float.Clamp(0.525f * Width, 260, 480);

    /// <summary>What is drawn, the lowest first.</summary>
    internal IReadOnlyList<Mark> Marks { get; init; } = [];

    /// <summary>A line through points. It breaks where a number is not finite; up to 30 points are marked.</summary>
    /// <param name="name">In the legend.</param>
    /// <param name="x">To the right.</param>
    /// <param name="y">Upwards; as many.</param>
    /// <param name="color">As #rrggbb; null for the next of the palette.</param>
    /// <param name="dashed">For what is expected or compared with.</param>
    /// <exception cref="BadInputException">There are not as many x as y.</exception>
    public Figure Line<TX, TY>(string name, IEnumerable<TX> x, IEnumerable<TY> y, string? color = null, bool dashed = false) where TX : INumberBase<TX> where TY : INumberBase<TY>
    {
        var (xs, ys) = Pair(name, x, y);
        return With(new LineMark(name, xs, ys) { Color = color, Dashed = dashed });
    }

    /// <summary>A line through values at 0, 1, 2 and so on.</summary>
    /// <inheritdoc cref="Line{TX, TY}(string, IEnumerable{TX}, IEnumerable{TY}, string?, bool)"/>
    public Figure Line<T>(string name, IEnumerable<T> y, string? color = null, bool dashed = false) where T : INumberBase<T>
    {
        var ys = Numbers(y);
        return Line(name, Enumerable.Range(0, ys.Length), ys, color, dashed);
    }

    /// <summary>A line through points.</summary>
    /// <inheritdoc cref="Line{TX, TY}(string, IEnumerable{TX}, IEnumerable{TY}, string?, bool)"/>
    /// <param name="name">In the legend.</param>
    /// <param name="points">From left to right.</param>
    /// <param name="color">As #rrggbb; null for the next of the palette.</param>
    /// <param name="dashed">For what is expected or compared with.</param>
    public Figure Line(string name, IEnumerable<(double X, double Y)> points, string? color = null, bool dashed = false)
    {
        var all = points.ToList();
        return Line(name, all.Select(p => p.X), all.Select(p => p.Y), color, dashed);
    }

    /// <summary>A line of a function, asked at 400 places.</summary>
    /// <param name="name">In the legend.</param>
    /// <param name="function">From x to y.</param>
    /// <param name="from">The first x.</param>
    /// <param name="to">The last x.</param>
    /// <param name="color">As #rrggbb; null for the next of the palette.</param>
    /// <param name="dashed">For what is expected or compared with.</param>
    public Figure Line(string name, Func<double, double> function, double from, double to, string? color = null, bool dashed = false)
    {
        var x = Enumerable.Range(0, 401).Select(i => from + (to - from) * i / 400).ToArray();
        return Line(name, x, x.Select(function), color, dashed);
    }

    /// <summary>The area between two lines, in the colour of the mark before it: a range of uncertainty.</summary>
    /// <param name="name">In the legend; may be empty.</param>
    /// <param name="x">To the right.</param>
    /// <param name="low">The lower line; as many.</param>
    /// <param name="high">The upper line; as many.</param>
    /// <param name="color">As #rrggbb; null for that of the mark before.</param>
    /// <exception cref="BadInputException">The numbers do not pair up.</exception>
    public Figure Band<TX, TY>(string name, IEnumerable<TX> x, IEnumerable<TY> low, IEnumerable<TY> high, string? color = null) where TX : INumberBase<TX> where TY : INumberBase<TY>
    {
        var (xs, ys) = Pair(name, x, low);
        return With(new BandMark(name, xs, ys, Pair(name, xs, high, "high").Y) { Color = color });
    }

    /// <summary>Points that no line connects.</summary>
    /// <inheritdoc cref="Line{TX, TY}(string, IEnumerable{TX}, IEnumerable{TY}, string?, bool)"/>
    public Figure Scatter<TX, TY>(string name, IEnumerable<TX> x, IEnumerable<TY> y, string? color = null) where TX : INumberBase<TX> where TY : INumberBase<TY>
    {
        var (xs, ys) = Pair(name, x, y);
        return With(new ScatterMark(name, xs, ys) { Color = color });
    }

    /// <summary>A bar for each name.</summary>
    /// <param name="names">Below the bars.</param>
    /// <param name="values">As many; bars stand on 0, or on the lower edge where the axis has no 0.</param>
    /// <param name="color">As #rrggbb; null for the next of the palette.</param>
    /// <exception cref="BadInputException">There are not as many names as values.</exception>
    public Figure Bars<T>(IEnumerable<string> names, IEnumerable<T> values, string? color = null) where T : INumberBase<T> => Bars("", names, values, color);

    /// <summary>Bars of one series; those of several stand beside each other.</summary>
    /// <inheritdoc cref="Bars{T}(IEnumerable{string}, IEnumerable{T}, string?)"/>
    /// <param name="name">In the legend.</param>
    /// <param name="names">Below the bars; the same for all series of a figure.</param>
    /// <param name="values">As many.</param>
    /// <param name="color">As #rrggbb; null for the next of the palette.</param>
    public Figure Bars<T>(string name, IEnumerable<string> names, IEnumerable<T> values, string? color = null) where T : INumberBase<T>
    {
        var (below, heights) = (names.ToArray(), Numbers(values));
        if (below.Length != heights.Length) throw new BadInputException($"bars{Quoted(name)}: {below.Length} names for {heights.Length} values; expected as many of one as of the other");
        if (Marks.OfType<BarMark>().FirstOrDefault() is { } first && !first.Names.SequenceEqual(below)) throw new BadInputException($"bars{Quoted(name)}: other names than the bars before have; bars beside each other share their names");
        return With(new BarMark(name, below, heights) { Color = color }) with { X = X with { Names = below } };
    }

    /// <summary>How often values fall into equal stretches.</summary>
    /// <param name="name">In the legend.</param>
    /// <param name="values">What is counted; what is not finite is left out.</param>
    /// <param name="bins">Stretches between the least and the largest value, at least 1.</param>
    /// <param name="color">As #rrggbb; null for the next of the palette.</param>
    /// <exception cref="BadInputException">There is no stretch to count in.</exception>
    public Figure Histogram<T>(string name, IEnumerable<T> values, int bins = 40, string? color = null) where T : INumberBase<T>
    {
        if (bins is < 1 or > 100_000) throw new BadInputException($"histogram{Quoted(name)}: {bins} bins; expected 1 to 100000");
        var finite = Numbers(values).Where(double.IsFinite).ToArray();
        var (low, high) = finite.Length == 0 ? (0, 1) : (finite.Min(), finite.Max());
        if (!(high > low)) (low, high) = (low - 0.5, low + 0.5);
        var counts = new double[bins];
        foreach (double value in finite) counts[int.Min(bins - 1, (int)((value - low) / (high - low) * bins))]++;
        return With(new StairsMark(name, [.. Enumerable.Range(0, bins + 1).Select(i => low + (high - low) * i / bins)], counts) { Color = color });
    }

    /// <summary>How often values fall into equal stretches, without a name.</summary>
    /// <inheritdoc cref="Histogram{T}(string, IEnumerable{T}, int, string?)"/>
    public Figure Histogram<T>(IEnumerable<T> values, int bins = 40, string? color = null) where T : INumberBase<T> => Histogram("", values, bins, color);

    /// <summary>Levels over stretches, filled down to 0: a function that is constant between its edges, such as the density along a ray of samples.</summary>
    /// <param name="name">In the legend.</param>
    /// <param name="edges">Where levels begin and end, one more than levels, growing.</param>
    /// <param name="heights">The levels.</param>
    /// <param name="color">As #rrggbb; null for the next of the palette.</param>
    /// <exception cref="BadInputException">The edges do not fit.</exception>
    public Figure Stairs<TX, TY>(string name, IEnumerable<TX> edges, IEnumerable<TY> heights, string? color = null) where TX : INumberBase<TX> where TY : INumberBase<TY>
    {
        var (xs, ys) = (Numbers(edges), Numbers(heights));
        if (ys.Length == 0 || xs.Length != ys.Length + 1) throw new BadInputException($"stairs{Quoted(name)}: {xs.Length} edges for {ys.Length} levels; expected one edge more than levels");
        for (int i = 1; i < xs.Length; i++)
            if (!(xs[i] >= xs[i - 1])) throw new BadInputException(FormattableString.Invariant($"stairs{Quoted(name)}: edge {i} is {xs[i]} and the one before {xs[i - 1]}; expected edges that grow"));
        return With(new StairsMark(name, xs, ys) { Color = color });
    }

    /// <summary>A field of numbers as colours, with a bar that says what they mean.</summary>
    /// <param name="values">[rows, columns]; the first row is the lowest, as y grows upwards; what is not finite is left empty.</param>
    /// <param name="name">Of what the colours mean, with its unit.</param>
    /// <param name="x">The left and the right edge; null for 0 to the number of columns.</param>
    /// <param name="y">The lower and the upper edge; null for 0 to the number of rows.</param>
    /// <param name="range">The numbers of the first and the last colour; null for the least and the largest.</param>
    /// <param name="map">The colours; null for <see cref="ColorMap.Lagoon"/>.</param>
    /// <exception cref="BadInputException">There are no values, or an axis is logarithmic.</exception>
    public Figure HeatMap<T>(T[,] values, string name = "", (double From, double To)? x = null, (double From, double To)? y = null, (double Low, double High)? range = null, ColorMap? map = null) where T : INumberBase<T> =>
        With(Cells(values, name, x, y, range, map));

    /// <summary>A table of numbers: the value in every cell, and its size as a colour.</summary>
    /// <param name="title">Above the figure.</param>
    /// <param name="rows">Names of the rows, from the top.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="values">[rows, columns].</param>
    /// <param name="map">The colours; null for <see cref="ColorMap.Lagoon"/>.</param>
    /// <exception cref="BadInputException">There are not as many names as rows or columns.</exception>
    public static Figure Matrix<T>(string title, IEnumerable<string> rows, IEnumerable<string> columns, T[,] values, ColorMap? map = null) where T : INumberBase<T>
    {
        var (down, across) = (rows.ToArray(), columns.ToArray());
        if (down.Length != values.GetLength(0) || across.Length != values.GetLength(1))
            throw new BadInputException($"matrix{Quoted(title)}: {down.Length} names of rows and {across.Length} of columns for values [{values.GetLength(0)},{values.GetLength(1)}]; expected one name each");
        var figure = new Figure(title) { X = new Axis { Names = across }, Y = new Axis { Names = down, Down = true }, Height = 90 + 36 * int.Min(down.Length, 40) };
        return figure.With(figure.Cells(values, "", (-0.5, across.Length - 0.5), (-0.5, down.Length - 0.5), null, map) with { Numbers = true });
    }

    /// <summary>A dashed line from the bottom to the top, with a word beside it.</summary>
    public Figure Vertical(double x, string text = "", string? color = null) => With(new RuleMark(text, x, true) { Color = color });

    /// <summary>A dashed line from left to right, with a word above it.</summary>
    public Figure Horizontal(double y, string text = "", string? color = null) => With(new RuleMark(text, y, false) { Color = color });

    /// <summary>A curve that grows while something is computed.</summary>
    /// <param name="title">Above it.</param>
    /// <param name="x">To the right.</param>
    /// <param name="y">Upwards.</param>
    /// <param name="every">It is shown, or says a line, once in so many points.</param>
    public static LiveFigure Live(string title, Axis x, Axis y, int every = 100) => new(new Figure(title) { X = x, Y = y }, every);

    /// <summary>Means over equal stretches of x: a noisy curve of thousands of points becomes one that can be read.</summary>
    /// <param name="points">From left to right.</param>
    /// <param name="count">So many stretches at most.</param>
    public static IReadOnlyList<(double X, double Y)> Smoothed(IReadOnlyList<(double X, double Y)> points, int count = 120)
    {
        if (points.Count <= count) return points;
        var (low, high) = (points[0].X, points[^1].X);
        return [.. points.GroupBy(p => (int)double.Min(count - 1, (p.X - low) / (high - low) * count)).Select(g => (g.Average(p => p.X), g.Average(p => p.Y)))];
    }

    /// <summary>The figure as plotly.js reads it: an object with data and layout, as JSON.</summary>
    public string ToPlotly() => Plotly!.ToJsonString();

    internal override System.Text.Json.Nodes.JsonObject? Plotly => PlotlyLayout.Of(this);

    /// <inheritdoc/>
    public override string Description => Marks.Count == 0 ? $"Figure: {Name}, empty"
        : $"Figure: {Name}; {Listed([.. Marks.Select(m => m.Name.Length > 0 ? $"{m.Name}: {m.Describe()}" : m.Describe())])}";

    string Name => Title.Length > 0 ? Title : Y.Label.Length > 0 && X.Label.Length > 0 ? $"{Y.Label} over {X.Label}" : "untitled";

    /// <inheritdoc/>
    internal override Sketch Draw() => FigureLayout.Draw(this);

    /// <summary>The colours of all marks.</summary>
    internal IReadOnlyList<string> Colors()
    {
        var colors = new List<string>();
        int next = 0;
        foreach (var mark in Marks)
            colors.Add(mark.Color ?? (mark.Follows && colors.Count > 0 ? colors[^1] : mark is HeatMapMark or RuleMark ? Palette[^1] : Palette[next++ % Palette.Length]));
        return colors;
    }

    /// <summary>The scales of both axes.</summary>
    internal (Scale X, Scale Y) Scales()
    {
        var (x, y) = (new Extent(X.Log), new Extent(Y.Log));
        foreach (var mark in Marks) mark.Measure(x, y);
        return (Scale.Of(X, x, "x"), Scale.Of(Y, y, "y"));
    }

    /// <summary>From where to where an axis goes.</summary>
    internal (double Low, double High) RangeOf(bool x)
    {
        var (across, upwards) = Scales();
        return x ? (across.Low, across.High) : (upwards.Low, upwards.High);
    }

    Figure With(Mark mark)
    {
        if (mark.Color is { } color) Ink.Of(color); // says what is wrong where it is wrong
        var figure = this with { Marks = [.. Marks, mark] };
        figure.Scales();
        return figure;
    }

    HeatMapMark Cells<T>(T[,] values, string name, (double, double)? x, (double, double)? y, (double Low, double High)? range, ColorMap? map) where T : INumberBase<T>
    {
        int rows = values.GetLength(0), columns = values.GetLength(1);
        if (rows == 0 || columns == 0) throw new BadInputException($"heat map{Quoted(name)}: values are [{rows},{columns}]; expected at least one row and one column");
        if (X.Log || Y.Log) throw new BadInputException($"heat map{Quoted(name)}: its cells are equally wide, and so both axes must be linear");
        var cells = new double[rows, columns];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) cells[r, c] = double.CreateTruncating(values[r, c]);
        var finite = cells.Cast<double>().Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        var (low, high) = range ?? (finite.Min(), finite.Max());
        if (range is not null && !(low < high)) throw new BadInputException(FormattableString.Invariant($"heat map{Quoted(name)}: range ({low}, {high}); expected the lower number first"));
        if (!(low < high)) high = low + 1;
        return new HeatMapMark(name, cells, x ?? (0, columns), y ?? (0, rows), low, high, map ?? ColorMap.Lagoon);
    }

    static (double[] X, double[] Y) Pair<TX, TY>(string name, IEnumerable<TX> x, IEnumerable<TY> y, string what = "y", [CallerMemberName] string mark = "") where TX : INumberBase<TX> where TY : INumberBase<TY>
    {
        var (xs, ys) = (Numbers(x), Numbers(y));
        return xs.Length == ys.Length ? (xs, ys) : throw new BadInputException($"{mark.ToLowerInvariant()}{Quoted(name)}: {xs.Length} numbers in x and {ys.Length} in {what}; expected as many");
    }

    static double[] Numbers<T>(IEnumerable<T> values) where T : INumberBase<T> => values is double[] already ? [.. already] : [.. values.Select(double.CreateTruncating)];

    static string Quoted(string name) => name.Length > 0 ? $" \"{name}\"" : "";
}
