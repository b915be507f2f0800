using System.Numerics;
using System.Text.Json.Nodes;

namespace NerfLab.Plotting;

/// <summary>Something that a figure shows between its axes.</summary>
/// <param name="Name">In the legend; empty for none.</param>
internal abstract record Mark(string Name)
{
    /// <summary>As #rrggbb; null for the next of the palette.</summary>
    public string? Color { get; init; }

    /// <summary>Whether it goes with the mark before it and has its colour: a band about a line.</summary>
    public virtual bool Follows => false;

    /// <summary>Whether it stands in the legend.</summary>
    public virtual bool HasKey => Name.Length > 0;

    /// <summary>Counts its values in.</summary>
    public abstract void Measure(Extent x, Extent y);

    /// <summary>Draws it.</summary>
    public abstract void Draw(Plot plot, Ink ink);

    /// <summary>Draws its sign in the legend, 18 wide, about a point.</summary>
    public abstract void DrawKey(Sketch sketch, Vector2 at, Ink ink);

    /// <summary>What plotly.js calls a trace.</summary>
    public abstract JsonObject Trace(string color, Figure figure);

    /// <summary>A few words, without its name.</summary>
    public abstract string Describe();

    /// <summary>How many and from where to where: "28 points, 12.1 … 28.3".</summary>
    protected static string Describe(int count, string what, IEnumerable<double> values)
    {
        var finite = values.Where(double.IsFinite).ToList();
        return $"{count} {what}{(count == 1 ? "" : "s")}" + (finite.Count == 0 ? "" : $", {Range(finite.Min(), finite.Max())}");
    }

    /// <summary>From where to where.</summary>
    protected static string Range(double low, double high) => low == high ? Scale.Short(low) : $"{Scale.Short(low)} … {Scale.Short(high)}";

    /// <summary>Numbers for plotly.js, where what is not finite is a gap.</summary>
    protected static JsonArray Json(IEnumerable<double> values) => [.. values.Select(v => double.IsFinite(v) ? JsonValue.Create(v) : null)];

    /// <summary>The beginning of a trace.</summary>
    protected JsonObject Trace(string type, Action<JsonObject> more)
    {
        var trace = new JsonObject { ["type"] = type, ["name"] = Name, ["showlegend"] = HasKey };
        more(trace);
        return trace;
    }

    /// <summary>A colour with opacity, as CSS writes it.</summary>
    protected static string Css(string color, double opacity) => Ink.Of(color) is var ink ? FormattableString.Invariant($"rgba({ink.Byte(0)},{ink.Byte(1)},{ink.Byte(2)},{opacity})") : "";
}

/// <summary>The area between the axes: a sketch of its own, and where numbers lie on it.</summary>
/// <param name="Sketch">What is drawn on; outside of it nothing is seen.</param>
/// <param name="X">To the right.</param>
/// <param name="Y">Upwards.</param>
/// <param name="Marks">All that is drawn.</param>
internal sealed record Plot(Sketch Sketch, Scale X, Scale Y, IReadOnlyList<Mark> Marks)
{
    /// <summary>Column of a number, pixels.</summary>
    public float Across(double x) => (float)(X.Part(x) * Sketch.Width);

    /// <summary>Row of a number, pixels.</summary>
    public float Upwards(double y) => (float)((1 - Y.Part(y)) * Sketch.Height);

    /// <summary>Where a point lies; NaN if it lies nowhere.</summary>
    public Vector2 At(double x, double y) => new(Across(x), Upwards(y));

    /// <summary>The stretches of a line between points that lie nowhere; of many points in a column of pixels only those that are seen.</summary>
    public IEnumerable<List<Vector2>> Stretches(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        const float Column = 0.25f;
        var stretch = new List<Vector2>();
        int from = 0; // of the points in this column
        for (int i = 0; i < x.Count; i++)
        {
            var p = At(x[i], y[i]);
            if (float.IsNaN(p.X + p.Y))
            {
                if (stretch.Count > 0) yield return stretch;
                (stretch, from) = ([], 0);
                continue;
            }
            // Far outside is as good as outside, and floats have no room for more.
            p = Vector2.Clamp(p, new(-1e5f), new(1e5f));
            if (stretch.Count > 0 && float.Floor(p.X / Column) != float.Floor(stretch[^1].X / Column)) from = stretch.Count;
            // A column keeps its first, lowest, highest and last point.
            if (stretch.Count - from >= 4)
            {
                var (low, high) = (stretch[from + 1], stretch[from + 2]);
                var last = stretch[from + 3];
                (stretch[from + 1], stretch[from + 2], stretch[from + 3]) = (last.Y < low.Y ? last : low, last.Y > high.Y ? last : high, p);
            }
            else stretch.Add(p);
        }
        if (stretch.Count > 0) yield return stretch;
    }
}
