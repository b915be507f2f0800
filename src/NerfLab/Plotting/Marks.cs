using System.Numerics;
using System.Text.Json.Nodes;

namespace NerfLab.Plotting;

/// <summary>A line through points; it breaks where a number is not finite.</summary>
internal sealed record LineMark(string Name, double[] X, double[] Y) : Mark(Name)
{
    const int MarkedAtMost = 30;

    public bool Dashed { get; init; }

    public override void Measure(Extent x, Extent y)
    {
        x.Add(X, 0.02);
        y.Add(Y, 0.06);
    }

    public override void Draw(Plot plot, Ink ink)
    {
        foreach (var stretch in plot.Stretches(X, Y))
        {
            if (stretch.Count > 1) plot.Sketch.Add(new Stroke(stretch, ink, 2, Dashed));
            if (stretch.Count == 1 || (X.Length <= MarkedAtMost && !Dashed)) plot.Sketch.Add(new Dots(stretch, 3, [ink]));
        }
    }

    public override void DrawKey(Sketch sketch, Vector2 at, Ink ink)
    {
        foreach (var (from, to) in Dashed ? [(-9, -4), (3, 8)] : ((int, int)[])[(-9, 9)]) sketch.Line(at.X + from, at.Y, at.X + to, at.Y, ink, 2.5f);
    }

    public override JsonObject Trace(string color, Figure figure) => Trace("scatter", t =>
    {
        (t["mode"], t["x"], t["y"]) = (X.Length <= MarkedAtMost && !Dashed ? "lines+markers" : "lines", Json(X), Json(Y));
        t["line"] = new JsonObject { ["color"] = color, ["width"] = 2, ["dash"] = Dashed ? "dash" : "solid" };
    });

    public override string Describe() => Describe(Y.Length, "point", Y);
}

/// <summary>The area between two lines, in the colour of the mark before it.</summary>
internal sealed record BandMark(string Name, double[] X, double[] Low, double[] High) : Mark(Name)
{
    const float Opacity = 0.22f;

    public override bool Follows => true;

    public override void Measure(Extent x, Extent y)
    {
        x.Add(X, 0.02);
        y.Add(Low, 0.06);
        y.Add(High, 0.06);
    }

    public override void Draw(Plot plot, Ink ink)
    {
        var low = Low.Select(v => plot.Y.Log && v <= 0 ? plot.Y.Low : v).ToArray(); // down to the edge of what a log axis shows
        bool[] there = [.. X.Select((x, i) => float.IsFinite(plot.Across(x)) && float.IsFinite(plot.Upwards(low[i])) && float.IsFinite(plot.Upwards(High[i])))];
        for (int from = 0; from < X.Length; from++)
        {
            int to = from;
            while (to < X.Length && there[to]) to++;
            if (to == from) continue;
            var part = from..to;
            var (up, down) = (plot.Stretches(X[part], High[part]).First(), plot.Stretches(X[part], low[part]).First());
            down.Reverse();
            plot.Sketch.Add(new Fill([.. up, .. down], ink with { Opacity = Opacity }));
            from = to;
        }
    }

    public override void DrawKey(Sketch sketch, Vector2 at, Ink ink) => sketch.Rectangle(at.X - 9, at.Y - 5, at.X + 9, at.Y + 5, ink with { Opacity = Opacity });

    public override JsonObject Trace(string color, Figure figure) => Trace("scatter", t =>
    {
        // There and back again.
        (t["mode"], t["x"], t["y"]) = ("lines", Json(X.Concat(X.Reverse())), Json(High.Concat(Low.Reverse())));
        (t["fill"], t["fillcolor"], t["line"], t["hoverinfo"]) = ("toself", Css(color, 0.22), new JsonObject { ["width"] = 0 }, "skip");
    });

    public override string Describe() => Describe(X.Length, "point", Low.Concat(High));
}

/// <summary>Points that no line connects; with a value for each, they are coloured by it.</summary>
internal sealed record ScatterMark(string Name, double[] X, double[] Y) : Mark(Name)
{
    // Many points are small, so that where they are dense is seen.
    float Radius => X.Length switch { <= 200 => 4, <= 2000 => 2.5f, <= 50_000 => 1.4f, _ => 0.7f };

    float Opacity => X.Length switch { <= 200 => 0.85f, <= 2000 => 0.6f, _ => 0.35f };

    public override void Measure(Extent x, Extent y)
    {
        x.Add(X, 0.04);
        y.Add(Y, 0.06);
    }

    public override void Draw(Plot plot, Ink ink)
    {
        var centers = new List<Vector2>(X.Length);
        for (int i = 0; i < X.Length; i++)
            if (plot.At(X[i], Y[i]) is var p && float.IsFinite(p.X + p.Y)) centers.Add(p);
        plot.Sketch.Add(new Dots(centers, Radius, [ink with { Opacity = Opacity }]));
    }

    public override void DrawKey(Sketch sketch, Vector2 at, Ink ink) => sketch.Add(new Dots([at + new Vector2(3, 0)], 4, [ink]));

    public override JsonObject Trace(string color, Figure figure) => Trace(X.Length > 2000 ? "scattergl" : "scatter", t =>
    {
        (t["mode"], t["x"], t["y"]) = ("markers", Json(X), Json(Y));
        t["marker"] = new JsonObject { ["color"] = color, ["size"] = 2 * Radius, ["opacity"] = Opacity };
    });

    public override string Describe() => Describe(Y.Length, "point", Y);
}

/// <summary>A bar for each name; several marks of one figure stand beside each other.</summary>
internal sealed record BarMark(string Name, string[] Names, double[] Values) : Mark(Name)
{
    public override void Measure(Extent x, Extent y)
    {
        x.Add([-0.5, Names.Length - 0.5], 0);
        y.Add(Values, 0.14);
        y.StandOnZero();
    }

    public override void Draw(Plot plot, Ink ink)
    {
        var beside = plot.Marks.OfType<BarMark>().ToList();
        double width = 0.72 / beside.Count, left = -0.36 + width * beside.FindIndex(b => ReferenceEquals(b, this)), room = beside.Count > 1 ? 0.04 * width : 0;
        float floor = plot.Y.Log || plot.Y.Low > 0 ? plot.Sketch.Height : plot.Upwards(double.Min(0, plot.Y.High));
        for (int i = 0; i < Values.Length; i++)
            if (plot.Upwards(Values[i]) is var top && float.IsFinite(top))
            {
                var (from, to) = (plot.Across(i + left + room), plot.Across(i + left + width - room));
                plot.Sketch.Rectangle(from, top, to, floor, ink);
                // The number itself, where there is room for it.
                if (Scale.Short(Values[i]) is var text && Sketch.TextWidth(text, 12) < to - from + 2) plot.Sketch.Text(text, (from + to) / 2, top + (Values[i] < 0 ? 15 : -5), 12, Ink.Text, Anchor.Middle);
            }
    }

    public override void DrawKey(Sketch sketch, Vector2 at, Ink ink) => sketch.Rectangle(at.X - 4, at.Y - 5, at.X + 8, at.Y + 6, ink);

    public override JsonObject Trace(string color, Figure figure) => Trace("bar", t =>
    {
        (t["x"], t["y"]) = (new JsonArray([.. Names.Select(n => JsonValue.Create(n))]), Json(Values));
        t["marker"] = new JsonObject { ["color"] = color };
    });

    public override string Describe() => Names.Length <= 6 ? string.Join(", ", Names.Zip(Values, (n, v) => $"{n} {Scale.Short(v)}")) : Describe(Values.Length, "bar", Values);
}

/// <summary>Levels over stretches of x, filled down to 0: a histogram, or a function that is constant between its edges.</summary>
internal sealed record StairsMark(string Name, double[] Edges, double[] Heights) : Mark(Name)
{
    const float Opacity = 0.45f;

    public override void Measure(Extent x, Extent y)
    {
        x.Add(Edges, 0.02);
        y.Add(Heights, 0.06);
        y.StandOnZero();
    }

    public override void Draw(Plot plot, Ink ink)
    {
        float floor = plot.Y.Log || plot.Y.Low > 0 ? plot.Sketch.Height + 4 : plot.Upwards(double.Min(0, plot.Y.High));
        var top = new List<Vector2>();
        for (int i = 0; i < Heights.Length; i++)
        {
            float height = plot.Upwards(Heights[i]), left = plot.Across(Edges[i]), right = plot.Across(Edges[i + 1]);
            if (!float.IsFinite(left + right)) continue;
            if (!float.IsFinite(height)) height = floor;
            top.Add(new(left, height));
            top.Add(new(right, height));
        }
        if (top.Count == 0) return;
        plot.Sketch.Add(new Fill([new(top[0].X, floor), .. top, new(top[^1].X, floor)], ink with { Opacity = Opacity }));
        plot.Sketch.Add(new Stroke([new(top[0].X, floor), .. top, new(top[^1].X, floor)], ink, 1.25f));
    }

    public override void DrawKey(Sketch sketch, Vector2 at, Ink ink) => sketch.Rectangle(at.X - 4, at.Y - 5, at.X + 8, at.Y + 6, ink with { Opacity = Opacity });

    public override JsonObject Trace(string color, Figure figure) => Trace("bar", t =>
    {
        (t["x"], t["y"]) = (Json(Heights.Select((_, i) => (Edges[i] + Edges[i + 1]) / 2)), Json(Heights));
        t["width"] = Json(Heights.Select((_, i) => Edges[i + 1] - Edges[i]));
        t["marker"] = new JsonObject { ["color"] = color, ["opacity"] = Opacity };
    });

    public override string Describe() => $"{Heights.Length} stretches from {Scale.Short(Edges[0])} to {Scale.Short(Edges[^1])}, up to {Scale.Short(Heights.Max())}";
}

/// <summary>A straight line across the whole figure, with a word beside it.</summary>
internal sealed record RuleMark(string Name, double At, bool Vertical) : Mark(Name)
{
    public override bool HasKey => false;

    public override void Measure(Extent x, Extent y) => (Vertical ? x : y).Add([At], 0.04);

    public override void Draw(Plot plot, Ink ink)
    {
        var (at, width, height) = (Vertical ? plot.Across(At) : plot.Upwards(At), plot.Sketch.Width, plot.Sketch.Height);
        if (!float.IsFinite(at)) return;
        ink = Color is null ? Ink.Faint : ink;
        plot.Sketch.Add(new Stroke(Vertical ? [new(at, 0), new(at, height)] : [new(0, at), new(width, at)], ink, 1.25f, Dashed: true));
        bool right = Vertical && at + 8 + Sketch.TextWidth(Name, 12) > width;
        if (Vertical) plot.Sketch.Text(Name, right ? at - 5 : at + 5, 13, 12, ink, right ? Anchor.End : Anchor.Start);
        else plot.Sketch.Text(Name, width - 5, at < 20 ? at + 14 : at - 5, 12, ink, Anchor.End);
    }

    public override void DrawKey(Sketch sketch, Vector2 at, Ink ink) { }

    public override JsonObject Trace(string color, Figure figure) => Trace("scatter", t =>
    {
        // plotly.js has shapes for this, but only a trace can be switched off and keeps the axis wide enough.
        (t["mode"], t["hoverinfo"]) = ("lines+text", "text");
        var (low, high) = figure.RangeOf(!Vertical);
        (t["x"], t["y"]) = Vertical ? (Json([At, At]), Json([low, high])) : (Json([low, high]), Json([At, At]));
        (t["text"], t["textposition"]) = (new JsonArray("", Name), Vertical ? "bottom right" : "top left");
        t["line"] = new JsonObject { ["color"] = Color ?? "#868b94", ["width"] = 1.25, ["dash"] = "dash" };
    });

    public override string Describe() => $"at {(Vertical ? "x" : "y")} = {Scale.Short(At)}";
}
