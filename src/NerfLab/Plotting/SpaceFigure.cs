using System.Numerics;
using System.Text.Json.Nodes;

namespace NerfLab.Plotting;

/// <summary>A figure of things in space: points, cameras as frusta, lines and boxes, seen without perspective; in a page of HTML it can be turned.</summary>
/// <param name="Title">Above the figure; may be empty.</param>
[TypeFormatterSource(typeof(VisualFormatters), PreferredMimeTypes = [VisualFormatters.Png, VisualFormatters.Text])]
public sealed record SpaceFigure(string Title = "") : Visual
{
    static readonly (string Name, Vector3 Axis, Ink Ink)[] s_axes = [("x", Vector3.UnitX, Ink.Of("#cc2626")), ("y", Vector3.UnitY, Ink.Of("#1a9926")), ("z", Vector3.UnitZ, Ink.Of("#2640e6"))];

    /// <summary>Pixels on a page, 80 to 4000.</summary>
    public float Height { get; init; } = 480;

    /// <summary>What is upwards in the figure, of any length but 0.</summary>
    public Vector3 Up { get; init; } = Vector3.UnitZ;

    /// <summary>In which direction one looks, of any length but 0: along (1, 0, -1) from the side of negative x, from above.</summary>
    public Vector3 Direction { get; init; } = new(-0.65f, 0.75f, -0.45f);

    /// <summary>The length of the axes that are drawn at the origin, or in the middle where the origin is not near; 0 for none.</summary>
    public float? AxesLength { get; init; }

    internal IReadOnlyList<SpaceMark> Marks { get; init; } = [];

    /// <summary>A cloud of points.</summary>
    /// <param name="name">In the legend; may be empty.</param>
    /// <param name="places">World coordinates.</param>
    /// <param name="colors">One for each, 0 to 1; null for one colour.</param>
    /// <param name="color">As #rrggbb; null for the next of the palette.</param>
    /// <exception cref="BadInputException">There are not as many colours as points.</exception>
    public SpaceFigure Points(string name, IEnumerable<Vector3> places, IEnumerable<Vector3>? colors = null, string? color = null)
    {
        var (all, tints) = (places.ToArray(), colors?.ToArray());
        if (tints is not null && tints.Length != all.Length) throw new BadInputException($"points \"{name}\": {tints.Length} colors for {all.Length} points; expected as many");
        return With(new PointsMark(name, all, tints) { Color = color });
    }

    /// <summary>Cameras: where they stand, where they look, and what is up in their pictures.</summary>
    /// <param name="name">In the legend; may be empty.</param>
    /// <param name="cameras">The cameras.</param>
    /// <param name="color">As #rrggbb; null for the next of the palette.</param>
    /// <param name="depth">How deep frusta are, world units; 0 for a size that suits the figure.</param>
    public SpaceFigure Cameras(string name, IEnumerable<Camera> cameras, string? color = null, float depth = 0) => With(new CamerasMark(name, [.. cameras], depth) { Color = color });

    /// <summary>A line through points: a ray, a path.</summary>
    /// <param name="name">In the legend; may be empty.</param>
    /// <param name="places">World coordinates.</param>
    /// <param name="color">As #rrggbb; null for the next of the palette.</param>
    public SpaceFigure Line(string name, IEnumerable<Vector3> places, string? color = null) => With(new WiresMark(name, [[.. places]]) { Color = color });

    /// <summary>The edges of a box.</summary>
    /// <param name="box">World coordinates.</param>
    /// <param name="name">In the legend; may be empty.</param>
    /// <param name="color">As #rrggbb; null for grey.</param>
    public SpaceFigure Box(Box box, string name = "", string? color = null)
    {
        Vector3[] corners = [.. Enumerable.Range(0, 8).Select(i => new Vector3((i & 1) == 0 ? box.Min.X : box.Max.X, (i & 2) == 0 ? box.Min.Y : box.Max.Y, (i & 4) == 0 ? box.Min.Z : box.Max.Z))];
        var edges = from i in Enumerable.Range(0, 8) from bit in (int[])[1, 2, 4] where (i & bit) == 0 select (Vector3[])[corners[i], corners[i | bit]];
        return With(new WiresMark(name, [.. edges]) { Color = color ?? "#9a9fa8" });
    }

    /// <inheritdoc/>
    public override string Description => $"Figure in space: {(Title.Length > 0 ? Title : "untitled")}" + (Marks.Count > 0 ? "; " : "") + Listed([.. Marks.Select(m => $"{(m.Name.Length > 0 ? m.Name + ": " : "")}{m.Describe()}")]);

    /// <summary>The figure as plotly.js reads it: an object with data and layout, as JSON.</summary>
    public string ToPlotly() => Plotly!.ToJsonString();

    internal override JsonObject? Plotly => PlotlyLayout.Of(this);

    /// <summary>The colours of all marks.</summary>
    internal IEnumerable<string> Colors()
    {
        int next = 0;
        return [.. Marks.Select(m => m.Color ?? Figure.Palette[next++ % Figure.Palette.Length])];
    }

    /// <summary>How deep frusta are where the figure decides.</summary>
    internal float Frustum
    {
        get
        {
            var places = Marks.SelectMany(m => m.Places).Where(Finite).ToList();
            if (places.Count == 0) return 1;
            int cameras = Marks.OfType<CamerasMark>().Sum(m => m.Cameras.Count);
            return 0.05f * (places.Aggregate(Vector3.Max) - places.Aggregate(Vector3.Min)).Length() * float.Min(1, float.Sqrt(40f / int.Max(1, cameras)));
        }
    }

    /// <inheritdoc/>
    internal override Sketch Draw()
    {
        if (Height is not (>= 80 and <= 4000)) throw new BadInputException(FormattableString.Invariant($"Height {Height}: expected 80 to 4000 pixels"));
        if (!(Up.Length() > 0) || !(Direction.Length() > 0)) throw new BadInputException("Up and Direction: expected vectors that are longer than 0");
        var sketch = new Sketch(Width, Height);
        float top = FigureLayout.Title(sketch, Title), x = 8;
        var named = Marks.Zip(Colors()).ToList();
        foreach (var (mark, color) in named.Where(m => m.First.Name.Length > 0))
        {
            sketch.Add(new Dots([new(x + 6, top + 8)], 5, [Ink.Of(color)]));
            sketch.Text(mark.Name, x + 17, top + 13, FigureLayout.TextSize, Ink.Text);
            x += 37 + Sketch.TextWidth(mark.Name, FigureLayout.TextSize);
        }
        if (x > 8) top += 24;

        var inside = new Sketch(Width, float.Max(20, Height - top - 4));
        var view = View.Of(this, inside);
        foreach (var (mark, color) in named) mark.Draw(view, Ink.Of(color));
        Axes(view);
        sketch.Add(new Part(inside, new(0, top), Clipped: true));
        return sketch;
    }

    void Axes(View view)
    {
        var places = Marks.SelectMany(m => m.Places).Where(Finite).ToList();
        if (places.Count == 0 || AxesLength == 0) return;
        var (low, high) = (places.Aggregate(Vector3.Min), places.Aggregate(Vector3.Max));
        var origin = Vector3.Clamp(Vector3.Zero, low, high) == Vector3.Zero ? Vector3.Zero : (low + high) / 2;
        foreach (var (name, axis, ink) in s_axes)
        {
            var (from, to) = (view.At(origin), view.At(origin + axis * (AxesLength ?? (high - low).Length() / 8)));
            view.Sketch.Add(new Stroke([from, to], ink, 2));
            if (Vector2.Distance(from, to) > 10) view.Sketch.Text(name, from.X + 1.18f * (to.X - from.X), from.Y + 1.18f * (to.Y - from.Y) + 4, FigureLayout.NumberSize, ink, Anchor.Middle, bold: true);
        }
    }

    SpaceFigure With(SpaceMark mark)
    {
        if (mark.Color is { } color) Ink.Of(color); // says what is wrong where it is wrong
        return this with { Marks = [.. Marks, mark] };
    }

    internal static bool Finite(Vector3 p) => float.IsFinite(p.X + p.Y + p.Z);

    /// <summary>From world coordinates to pixels.</summary>
    internal sealed record View(Sketch Sketch, Vector3 Direction, Vector3 Right, Vector3 Upright, Vector2 Middle, float Scale, float Frustum)
    {
        public static View Of(SpaceFigure figure, Sketch sketch)
        {
            var direction = Vector3.Normalize(figure.Direction);
            var right = Vector3.Cross(direction, figure.Up);
            if (right.Length() < 1e-4f * figure.Up.Length()) right = Vector3.Cross(direction, float.Abs(direction.X) < 0.9f ? Vector3.UnitX : Vector3.UnitY);
            right = Vector3.Normalize(right);
            var view = new View(sketch, direction, right, Vector3.Cross(right, direction), default, 1, figure.Frustum);
            var flat = figure.Marks.SelectMany(m => m.Places).Where(Finite).Select(view.Flat).DefaultIfEmpty().ToList();
            Vector2 room = new(figure.Marks.Any(m => m is CamerasMark) ? view.Frustum : 0), low = flat.Aggregate(Vector2.Min) - room, high = flat.Aggregate(Vector2.Max) + room;
            var size = Vector2.Max(high - low, new(1e-6f));
            return view with { Middle = (low + high) / 2, Scale = 0.94f * float.Min(sketch.Width / size.X, sketch.Height / size.Y) };
        }

        public Vector2 At(Vector3 p) => new Vector2(Sketch.Width, Sketch.Height) / 2 + Scale * (Flat(p) - Middle) * new Vector2(1, -1);

        Vector2 Flat(Vector3 p) => new(Vector3.Dot(p, Right), Vector3.Dot(p, Upright));
    }
}
