using System.Numerics;

namespace NerfLab.Plotting;

/// <summary>Places a figure's title, legend, axes and marks on a sketch.</summary>
internal static class FigureLayout
{
    /// <summary>Sizes of text, pixels.</summary>
    public const float TitleSize = 16, TextSize = 13, NumberSize = 12;

    /// <summary>The rectangle between the axes.</summary>
    readonly record struct Area(float Left, float Top, float Right, float Bottom);

    /// <summary>Draws all.</summary>
    public static Sketch Draw(Figure figure)
    {
        if (figure.ActualHeight is not (>= 80 and <= 4000)) throw new BadInputException(FormattableString.Invariant($"Height {figure.Height}: expected 80 to 4000 pixels, or 0 for one that suits the width"));
        var sketch = new Sketch(figure.Width, figure.ActualHeight);
        var (x, y) = figure.Scales();
        float top = Title(sketch, figure.Title);
        top = Heading(sketch, figure, top);
        var bar = figure.Marks.OfType<HeatMapMark>().FirstOrDefault(m => !m.Numbers);
        var area = Room(figure, x, y, top, bar is null ? 0 : 22 + ColorBar.Width(bar.Low, bar.High));
        if (figure.SameScale) (x, y) = Same(x, y, area);

        Axes(sketch, figure, x, y, area);
        var inside = new Sketch(area.Right - area.Left, area.Bottom - area.Top);
        var plot = new Plot(inside, x, y, figure.Marks);
        foreach (var (mark, color) in figure.Marks.Zip(figure.Colors())) mark.Draw(plot, Ink.Of(color));
        sketch.Add(new Part(inside, new(area.Left, area.Top), Clipped: true));
        if (bar is not null)
        {
            bar.DrawBar(sketch, area.Right + 16, area.Top, area.Bottom - area.Top);
            sketch.Text(bar.Name, figure.Width - 4, area.Top - 9, TextSize, Ink.Faint, Anchor.End);
        }
        return sketch;
    }

    /// <summary>Writes a title, if there is one, and gives the row below it.</summary>
    public static float Title(Sketch sketch, string title)
    {
        if (title.Length == 0) return 6;
        sketch.Text(Sketch.Shortened(title, TitleSize, sketch.Width - 8), 4, 20, TitleSize, Ink.Text, bold: true);
        return 32;
    }

    /// <summary>The name of the upright axis and the legend: beside each other where there is room.</summary>
    static float Heading(Sketch sketch, Figure figure, float top)
    {
        const float Sign = 26, Between = 20;
        var entries = figure.Marks.Zip(figure.Colors()).Where(m => m.First.HasKey).ToList();
        if (entries.Count == 1 && figure.Y.Label.Length > 0) entries.Clear(); // one line needs no legend: the axis names it
        float label = Sketch.TextWidth(figure.Y.Label, TextSize), all = entries.Sum(e => Sign + Sketch.TextWidth(e.First.Name, TextSize) + Between) - Between;
        bool beside = label + all + 40 < sketch.Width;
        float x = beside && label > 0 ? sketch.Width - 8 - all : 8;
        foreach (var (mark, color) in entries)
        {
            float width = Sign + Sketch.TextWidth(mark.Name, TextSize);
            if (x > 8 && x + width > sketch.Width) (x, top) = (8, top + 20);
            mark.DrawKey(sketch, new(x + 9, top + 8), Ink.Of(color));
            sketch.Text(mark.Name, x + Sign, top + 13, TextSize, Ink.Text);
            x += width + Between;
        }
        if (!beside && entries.Count > 0) top += 22;
        sketch.Text(figure.Y.Label, 4, top + 13, TextSize, Ink.Faint);
        return figure.Y.Label.Length > 0 || (beside && entries.Count > 0) || figure.Marks.Any(m => m is HeatMapMark { Numbers: false, Name.Length: > 0 }) ? top + 24 : top + 4;
    }

    static Area Room(Figure figure, Scale x, Scale y, float top, float right)
    {
        float bottom = figure.ActualHeight - (figure.X.Label.Length > 0 ? 44 : 26);
        float numbers = figure.Y.Names is { } names ? float.Min(names.Max(n => Sketch.TextWidth(n, NumberSize)), figure.Width / 3)
            : y.Ticks(Rows(bottom - top)).Select(t => Sketch.TextWidth(t.Text, NumberSize)).DefaultIfEmpty().Max();
        // The last number below stands half beyond the axis.
        float beyond = figure.X.Names is null && x.Ticks(8) is { Count: > 0 } ticks ? float.Max(0, Sketch.TextWidth(ticks[^1].Text, NumberSize) / 2 - (float)(1 - x.Part(ticks[^1].At)) * figure.Width) : 0;
        return new Area(numbers + 14, top + 4, figure.Width - float.Max(right, beyond + 6), float.Max(bottom, top + 24));
    }

    static int Rows(float height) => int.Max(2, (int)(height / 48));

    static void Axes(Sketch sketch, Figure figure, Scale x, Scale y, Area area)
    {
        float wide = area.Right - area.Left, high = area.Bottom - area.Top;
        if (figure.X.Names is { } columns)
            for (int i = 0; i < columns.Count; i++)
                sketch.Text(Sketch.Shortened(columns[i], NumberSize, (float)(wide / (x.High - x.Low)) - 4), X(i), area.Bottom + 17, NumberSize, Ink.Text, Anchor.Middle);
        else
            foreach (var (at, text) in Apart(x, wide))
            {
                sketch.Line(X(at), area.Top, X(at), area.Bottom, Ink.Grid);
                sketch.Text(text, X(at), area.Bottom + 17, NumberSize, Ink.Text, Anchor.Middle);
            }
        if (figure.Y.Names is { } rows)
            for (int i = 0; i < rows.Count; i++) sketch.Text(Sketch.Shortened(rows[i], NumberSize, figure.Width / 3), area.Left - 8, Y(i) + 4, NumberSize, Ink.Text, Anchor.End);
        else
            foreach (var (at, text) in y.Ticks(Rows(high)))
            {
                sketch.Line(area.Left, Y(at), area.Right, Y(at), Ink.Grid);
                sketch.Text(text, area.Left - 8, Y(at) + 4, NumberSize, Ink.Text, Anchor.End);
            }
        if (figure.X.Names is null || figure.Y.Names is null)
            sketch.Line(area.Left, Base(), area.Right, Base(), new Ink(null, 0.5f), 1.25f);
        sketch.Text(figure.X.Label, (area.Left + area.Right) / 2, area.Bottom + 37, TextSize, Ink.Faint, Anchor.Middle);

        float X(double value) => area.Left + (float)x.Part(value) * wide;
        float Y(double value) => area.Bottom - (float)y.Part(value) * high;
        float Base() => !y.Log && y.Low < 0 && y.High > 0 && figure.Marks.Any(m => m is BarMark or StairsMark) ? Y(0) : area.Bottom;
    }

    /// <summary>So many ticks that their numbers do not touch.</summary>
    static IReadOnlyList<(double At, string Text)> Apart(Scale x, float wide)
    {
        for (int count = int.Max(2, (int)(wide / 70)); ; count--)
        {
            var ticks = x.Ticks(count);
            bool touch = ticks.Zip(ticks.Skip(1)).Any(p => (x.Part(p.Second.At) - x.Part(p.First.At)) * wide < (Sketch.TextWidth(p.First.Text, NumberSize) + Sketch.TextWidth(p.Second.Text, NumberSize)) / 2 + 8);
            if (!touch || count <= 1) return touch ? [ticks[0], ticks[^1]] : ticks;
        }
    }

    /// <summary>Widens one axis until a unit is equally long on both.</summary>
    static (Scale X, Scale Y) Same(Scale x, Scale y, Area area)
    {
        double across = (x.High - x.Low) / (area.Right - area.Left), up = (y.High - y.Low) / (area.Bottom - area.Top), unit = double.Max(across, up);
        return (Widened(x, unit / across), Widened(y, unit / up));

        static Scale Widened(Scale scale, double by) => scale with { Low = scale.Low - (by - 1) / 2 * (scale.High - scale.Low), High = scale.High + (by - 1) / 2 * (scale.High - scale.Low) };
    }
}
