using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;

namespace NerfLab.Plotting;

/// <summary>One line of a chart.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Points">From left to right; points that are not finite are left out.</param>
public sealed record ChartLine(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>
/// Lines over two axes, as SVG or as a picture. In SVG text and axes take the colour of the page around them; a file of its own follows the
/// reader's preference for dark or light.
/// </summary>
/// <param name="XLabel">What is to the right, with its unit.</param>
/// <param name="YLabel">What is upwards, with its unit.</param>
/// <param name="Lines">At most eight are told apart.</param>
public sealed record LineChart(string XLabel, string YLabel, params IReadOnlyList<ChartLine> Lines)
{
    const int Left = 58, Right = 16, Top = 34, Bottom = 44;

    // Between light and dark enough to be read on white and on black.
    static readonly string[] s_colors = ["#2f86d6", "#dd6b20", "#2fa36b", "#b455c8", "#c9a227", "#d6455d", "#7468d8", "#868b94"];

    /// <summary>Whether the vertical axis has equal distances for equal ratios; values of 0 and below are left out then.</summary>
    public bool LogY { get; init; }

    /// <summary>The chart as an SVG element.</summary>
    /// <param name="width">Pixels; the drawing scales.</param>
    /// <param name="height">Pixels.</param>
    public string ToSvg(int width = 640, int height = 320)
    {
        var (lines, (x0, x1), (y0, y1)) = Laid();
        var svg = new StringBuilder();
        svg.Append(Text($"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}' class='chart' role='img' aria-label='{Escaped(YLabel)} over {Escaped(XLabel)}'>"));
        svg.Append("<style>.chart{max-width:100%;height:auto;font:12px system-ui,sans-serif;color-scheme:light dark}.chart:root{color:#222}@media(prefers-color-scheme:dark){.chart:root{color:#ddd}}.chart text{fill:currentColor}.chart .grid{stroke:currentColor;stroke-opacity:.14}.chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}</style>");
        foreach (double x in Ticks(x0, x1, width / 90))
        {
            svg.Append(Text($"<path class='grid' d='M{X(x):0.#} {Top}V{height - Bottom}'/><text x='{X(x):0.#}' y='{height - Bottom + 17}' text-anchor='middle'>{Label(x)}</text>"));
        }
        foreach (var (at, label) in YTicks(y0, y1, height / 50))
        {
            svg.Append(Text($"<path class='grid' d='M{Left} {Y(at):0.#}H{width - Right}'/><text x='{Left - 7}' y='{Y(at) + 4:0.#}' text-anchor='end'>{label}</text>"));
        }
        svg.Append(Text($"<text x='{(Left + width - Right) / 2}' y='{height - 8}' text-anchor='middle'>{Escaped(XLabel)}</text><text x='{Left - 40}' y='16' font-weight='600'>{Escaped(YLabel)}</text>"));
        for (int i = 0; i < lines.Count; i++)
        {
            var color = s_colors[i % s_colors.Length];
            svg.Append(Text($"<path class='line' stroke='{color}' d='"));
            for (int k = 0; k < lines[i].Count; k++) svg.Append(Text($"{(k == 0 ? 'M' : 'L')}{X(lines[i][k].X):0.#} {Y(lines[i][k].Y):0.#}"));
            svg.Append("'/>");
            if (lines.Count > 1) // one line needs no legend: the axis names it
                svg.Append(Text($"<text x='{width - Right - 130 * (lines.Count - i) + 22}' y='16'>{Escaped(Lines[i].Name)}</text><path class='line' stroke='{color}' d='M{width - Right - 130 * (lines.Count - i)} 12h16'/>"));
        }
        return svg.Append("</svg>").ToString();

        double X(double x) => Left + (x - x0) / (x1 - x0) * (width - Left - Right);
        double Y(double y) => height - Bottom - (y - y0) / (y1 - y0) * (height - Top - Bottom);
    }

    /// <summary>The chart as a picture on white, for where SVG is not shown; every point is marked.</summary>
    /// <param name="width">Pixels, at least 400.</param>
    /// <param name="height">Pixels, at least 200.</param>
    public Bitmap ToBitmap(int width = 1280, int height = 720)
    {
        const float West = 80, North = 54, South = 66, Letter = 13;
        Vector3 ink = new(0.13f), faint = new(0.86f);
        var (lines, (x0, x1), (y0, y1)) = Laid();
        float names = Lines.Select(l => Drawing.TextWidth(l.Name, Letter)).DefaultIfEmpty().Max(), east = width - names - 60, floor = height - South;
        var canvas = new Drawing(width, height, Vector3.One);
        foreach (double x in Ticks(x0, x1, width / 110))
        {
            canvas.Line(new(X(x), North), new(X(x), floor), faint);
            canvas.Text(Label(x), new(X(x) - Drawing.TextWidth(Label(x), Letter) / 2, floor + 24), ink, Letter);
        }
        foreach (var (at, label) in YTicks(y0, y1, height / 60))
        {
            canvas.Line(new(West, Y(at)), new(east, Y(at)), faint);
            canvas.Text(label, new(West - 8 - Drawing.TextWidth(label, Letter), Y(at) + Letter / 2), ink, Letter);
        }
        canvas.Text(XLabel, new((West + east - Drawing.TextWidth(XLabel, Letter)) / 2, height - 14), ink, Letter);
        canvas.Text(YLabel, new(24, 30), ink, Letter);
        for (int i = 0; i < lines.Count; i++)
        {
            var color = Rgb(s_colors[i % s_colors.Length]);
            for (int k = 0; k < lines[i].Count; k++)
            {
                if (k > 0) canvas.Line(At(lines[i][k - 1]), At(lines[i][k]), color, 2.5f);
                canvas.Disc(At(lines[i][k]), 3.5f, color);
            }
            float y = North + 12 + 26 * i;
            canvas.Line(new(east + 16, y), new(east + 36, y), color, 3);
            canvas.Text(Lines[i].Name, new(east + 46, y + Letter / 2), ink, Letter);
        }
        return canvas.Bitmap;

        float X(double x) => West + (float)((x - x0) / (x1 - x0)) * (east - West);
        float Y(double y) => floor - (float)((y - y0) / (y1 - y0)) * (floor - North);
        Vector2 At((double X, double Y) point) => new(X(point.X), Y(point.Y));
        static Vector3 Rgb(string color) => new Vector3(Part(color, 1), Part(color, 3), Part(color, 5)) / 255;
        static int Part(string color, int from) => int.Parse(color.AsSpan(from, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }

    /// <summary>The points that are drawn, and the ranges of both axes.</summary>
    (List<List<(double X, double Y)>> Lines, (double, double) X, (double, double) Y) Laid()
    {
        var lines = Lines.Select(l => l.Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y) && (!LogY || p.Y > 0)).Select(p => (p.X, Y: LogY ? double.Log10(p.Y) : p.Y)).ToList()).ToList();
        var all = lines.SelectMany(l => l).DefaultIfEmpty((X: 0, Y: 0)).ToList();
        return (lines, Widened(all.Min(p => p.X), all.Max(p => p.X), 0), Widened(all.Min(p => p.Y), all.Max(p => p.Y), 0.04));
    }

    IEnumerable<(double At, string Label)> YTicks(double low, double high, int atMost) => LogY ? LogTicks(low, high) : Ticks(low, high, atMost).Select(y => (y, Label(y)));

    /// <summary>Writes the chart as an SVG file.</summary>
    /// <exception cref="BadInputException">The file cannot be written.</exception>
    public void Write(string path, int width = 640, int height = 320) => AtomicFile.Write(path, ToSvg(width, height));

    /// <summary>Means over equal stretches of x: a noisy curve of thousands of points becomes one that can be read.</summary>
    /// <param name="points">From left to right.</param>
    /// <param name="count">So many stretches at most.</param>
    public static IReadOnlyList<(double X, double Y)> Smoothed(IReadOnlyList<(double X, double Y)> points, int count = 120)
    {
        if (points.Count <= count) return points;
        var (low, high) = (points[0].X, points[^1].X);
        return [.. points.GroupBy(p => (int)double.Min(count - 1, (p.X - low) / (high - low) * count)).Select(g => (g.Average(p => p.X), g.Average(p => p.Y)))];
    }

    /// <summary>Round numbers, 1, 2 or 5 times a power of ten apart, that lie between two numbers.</summary>
    /// <param name="low">The smaller number.</param>
    /// <param name="high">The larger number.</param>
    /// <param name="atMost">About how many are wanted.</param>
    public static IEnumerable<double> Ticks(double low, double high, int atMost)
    {
        double rough = (high - low) / int.Max(atMost, 1), power = double.Pow(10, double.Floor(double.Log10(rough)));
        double step = power * (rough / power is var r && r <= 1 ? 1 : r <= 2 ? 2 : r <= 5 ? 5 : 10);
        for (double k = double.Ceiling(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) yield return k * step;
    }

    static IEnumerable<(double, string)> LogTicks(double low, double high)
    {
        // Two decades or more get one line each, less gets the numbers in between as well.
        double[] within = high - low >= 2 ? [1] : high - low >= 0.6 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
        for (int decade = (int)double.Floor(low); decade <= high; decade++)
        {
            foreach (double factor in within)
            {
                double at = decade + double.Log10(factor);
                if (at >= low && at <= high) yield return (at, Label(double.Pow(10, decade) * factor));
            }
        }
    }

    static (double, double) Widened(double low, double high, double part)
    {
        if (high - low < 1e-12 * double.Max(1, double.Abs(low))) return (low - 0.5, high + 0.5);
        return (low - part * (high - low), high + part * (high - low));
    }

    static string Label(double value) => double.Abs(value) is > 0 and (< 1e-3 or >= 1e6)
        ? value.ToString("0.#e0", CultureInfo.InvariantCulture) : (double.Round(value, 9) + 0.0).ToString("0.######", CultureInfo.InvariantCulture);

    static string Escaped(string text) => WebUtility.HtmlEncode(text);

    static string Text(FormattableString text) => FormattableString.Invariant(text);
}
