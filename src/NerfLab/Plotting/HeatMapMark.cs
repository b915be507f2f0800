using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;

namespace NerfLab.Plotting;

/// <summary>A field of numbers as colours, with numbers in its cells if wanted.</summary>
/// <param name="Name">Of what the colours mean, with its unit.</param>
/// <param name="Values">[rows, columns]; what is not finite is left empty.</param>
/// <param name="X">From the left edge of the first column to the right edge of the last.</param>
/// <param name="Y">From the outer edge of the first row to that of the last.</param>
/// <param name="Low">The number of the first colour.</param>
/// <param name="High">The number of the last colour.</param>
/// <param name="Map">The colours.</param>
internal sealed record HeatMapMark(string Name, double[,] Values, (double From, double To) X, (double From, double To) Y, double Low, double High, ColorMap Map) : Mark(Name)
{
    public bool Numbers { get; init; }

    public override bool HasKey => false;

    int Rows => Values.GetLength(0);

    int Columns => Values.GetLength(1);

    public override void Measure(Extent x, Extent y)
    {
        x.Add([X.From, X.To], 0);
        y.Add([Y.From, Y.To], 0);
    }

    public override void Draw(Plot plot, Ink ink)
    {
        var cells = new Bitmap(Columns, Rows, 4);
        for (int r = 0; r < Rows; r++)
            for (int c = 0; c < Columns; c++)
            {
                if (!double.IsFinite(Values[r, c])) continue;
                // Rows of pictures go down, rows of numbers up.
                var (red, green, blue) = Map[Part(Values[r, c])];
                int at = 4 * ((plot.Y.Down ? r : Rows - 1 - r) * Columns + c);
                (cells.Samples[at], cells.Samples[at + 1], cells.Samples[at + 2], cells.Samples[at + 3]) = (red, green, blue, 255);
            }
        Vector2 a = plot.At(X.From, Y.From), b = plot.At(X.To, Y.To);
        plot.Sketch.Add(new Photo(cells, Vector2.Min(a, b), Vector2.Abs(b - a)));
        if (!Numbers) return;

        // All with as many digits as the one that needs most, four that count.
        int digits = Values.Cast<double>().Where(double.IsFinite).Select(v => Scale.Short(v)).Select(t => t.Contains('·') ? 9 : t.IndexOf('.') is >= 0 and var dot ? t.Length - 1 - dot : 0).DefaultIfEmpty().Max();
        float wide = float.Abs(b.X - a.X) / Columns, high = float.Abs(b.Y - a.Y) / Rows;
        for (int r = 0; r < Rows; r++)
            for (int c = 0; c < Columns; c++)
            {
                string text = double.IsFinite(Values[r, c]) && digits <= 4 ? Values[r, c].ToString($"F{digits}", CultureInfo.InvariantCulture).Replace('-', '−') : Scale.Short(Values[r, c]);
                float size = float.Min(float.Min(14, 0.7f * high), 13 * (wide - 6) / float.Max(1, Sketch.TextWidth(text, 13)));
                if (size < 5) continue; // a cell too small to read
                var (red, green, blue) = Map[Part(Values[r, c])];
                bool dark = 0.3 * red + 0.59 * green + 0.11 * blue < 140;
                var over = !double.IsFinite(Values[r, c]) ? Ink.Faint : new Ink(new Vector3(dark ? 1 : 0.08f));
                var at = plot.At(X.From + (c + 0.5) * (X.To - X.From) / Columns, Y.From + (r + 0.5) * (Y.To - Y.From) / Rows);
                plot.Sketch.Text(text, at.X, at.Y + 0.36f * size, size, over, Anchor.Middle);
            }
    }

    /// <summary>The bar that says what the colours mean.</summary>
    /// <param name="sketch">Where to draw.</param>
    /// <param name="x">Left edge.</param>
    /// <param name="top">Upper edge.</param>
    /// <param name="height">Pixels.</param>
    public void DrawBar(Sketch sketch, float x, float top, float height) => ColorBar.Draw(sketch, Map, Low, High, x, top, height);

    public override void DrawKey(Sketch sketch, Vector2 at, Ink ink) { }

    public override JsonObject Trace(string color, Figure figure) => Trace("heatmap", t =>
    {
        t["z"] = new JsonArray([.. Enumerable.Range(0, Rows).Select(r => (JsonNode)Json(Enumerable.Range(0, Columns).Select(c => Values[r, c])))]);
        if (figure.X.Names is { } columns) t["x"] = new JsonArray([.. columns.Select(n => JsonValue.Create(n))]);
        else t["x"] = Json(Enumerable.Range(0, Columns + 1).Select(c => X.From + c * (X.To - X.From) / Columns));
        if (figure.Y.Names is { } rows) t["y"] = new JsonArray([.. rows.Select(n => JsonValue.Create(n))]);
        else t["y"] = Json(Enumerable.Range(0, Rows + 1).Select(r => Y.From + r * (Y.To - Y.From) / Rows));
        (t["zmin"], t["zmax"], t["showscale"]) = (Low, High, !Numbers);
        t["colorscale"] = new JsonArray([.. Enumerable.Range(0, 17).Select(i => (JsonNode)new JsonArray(i / 16.0, Map[i / 16f] is var (r, g, b) ? $"rgb({r},{g},{b})" : ""))]);
        if (Numbers) t["texttemplate"] = "%{z:.4~g}";
        else t["colorbar"] = new JsonObject { ["title"] = new JsonObject { ["text"] = Name } };
    });

    public override string Describe() => $"{Rows} by {Columns} values, {Range(Low, High)}";

    float Part(double value) => (float)((value - Low) / (High - Low));
}

/// <summary>A bar of colours with numbers beside it.</summary>
internal static class ColorBar
{
    /// <summary>Pixels of the bar alone.</summary>
    public const float Thickness = 14;

    /// <summary>Pixels of the bar and its numbers.</summary>
    public static float Width(double low, double high) => Thickness + 8 + Ticks(low, high, 6).Max(t => Sketch.TextWidth(t.Text, 12));

    /// <summary>Draws it upright, the lowest number at the bottom, or the other way round.</summary>
    public static void Draw(Sketch sketch, ColorMap map, double low, double high, float x, float top, float height, bool down = false)
    {
        var colors = new Bitmap(1, 128, 3);
        for (int i = 0; i < 128; i++) (colors.Samples[3 * i], colors.Samples[3 * i + 1], colors.Samples[3 * i + 2]) = map[1 - (i + 0.5f) / 128];
        sketch.Add(new Photo(colors, new(x, top), new(Thickness, height)));
        foreach (var (at, text) in Ticks(low, high, int.Max(2, (int)(height / 40))))
        {
            float part = (float)((at - low) / (high - low)), y = top + (down ? part : 1 - part) * height;
            sketch.Line(x + Thickness, y, x + Thickness + 4, y, Ink.Faint);
            sketch.Text(text, x + Thickness + 7, y + 4, 12, Ink.Text);
        }
    }

    static IReadOnlyList<(double At, string Text)> Ticks(double low, double high, int count) => new Scale(low, high).Ticks(count) is { Count: > 0 } ticks ? ticks : [(low, Scale.Short(low))];
}
