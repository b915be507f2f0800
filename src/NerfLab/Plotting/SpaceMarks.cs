using System.Numerics;
using System.Text.Json.Nodes;

namespace NerfLab.Plotting;

/// <summary>Something in a figure in space.</summary>
/// <param name="Name">In the legend; may be empty.</param>
internal abstract record SpaceMark(string Name)
{
    /// <summary>As #rrggbb; null for the next of the palette.</summary>
    public string? Color { get; init; }

    /// <summary>What the figure must have room for.</summary>
    public abstract IEnumerable<Vector3> Places { get; }

    /// <summary>Draws it.</summary>
    public abstract void Draw(SpaceFigure.View view, Ink ink);

    /// <summary>What plotly.js calls a trace.</summary>
    public abstract JsonObject Trace(string color, float frustum);

    /// <summary>A few words, without its name.</summary>
    public abstract string Describe();

    /// <summary>Lines as a trace, with a gap after each.</summary>
    protected JsonObject Wires(IEnumerable<IEnumerable<Vector3>> lines, string color)
    {
        var (x, y, z) = (new JsonArray(), new JsonArray(), new JsonArray());
        foreach (var line in lines)
        {
            foreach (var p in line.Where(SpaceFigure.Finite)) Add(p.X, p.Y, p.Z);
            Add(null, null, null);
        }
        return new JsonObject { ["type"] = "scatter3d", ["mode"] = "lines", ["name"] = Name, ["showlegend"] = Name.Length > 0, ["x"] = x, ["y"] = y, ["z"] = z, ["line"] = new JsonObject { ["color"] = color, ["width"] = 3 }, ["hoverinfo"] = "name" };

        void Add(float? a, float? b, float? c)
        {
            x.Add(a);
            y.Add(b);
            z.Add(c);
        }
    }
}

/// <summary>A cloud of points, of one colour or of one each, 0 to 1.</summary>
internal sealed record PointsMark(string Name, Vector3[] All, Vector3[]? Colors) : SpaceMark(Name)
{
    float Radius => All.Length switch { <= 100 => 4, <= 2000 => 2, <= 20_000 => 1.1f, _ => 0.8f };

    public override IEnumerable<Vector3> Places => All;

    public override void Draw(SpaceFigure.View view, Ink ink)
    {
        // The nearest last, so that it hides what is behind.
        var order = Enumerable.Range(0, All.Length).Where(i => SpaceFigure.Finite(All[i])).OrderByDescending(i => Vector3.Dot(All[i], view.Direction)).ToArray();
        if (order.Length > 0)
            view.Sketch.Add(new Dots([.. order.Select(i => view.At(All[i]))], Radius, Colors is null ? [ink with { Opacity = 0.8f }] : [.. order.Select(i => new Ink(Vector3.Clamp(Colors[i], Vector3.Zero, Vector3.One), 0.85f))]));
    }

    public override JsonObject Trace(string color, float frustum) => new()
    {
        ["type"] = "scatter3d", ["mode"] = "markers", ["name"] = Name, ["showlegend"] = Name.Length > 0,
        ["x"] = Axis(p => p.X), ["y"] = Axis(p => p.Y), ["z"] = Axis(p => p.Z),
        ["marker"] = new JsonObject { ["size"] = 1.5f * Radius, ["color"] = Colors is null ? color : new JsonArray([.. Colors.Select(c => JsonValue.Create(new Ink(Vector3.Clamp(c, Vector3.Zero, Vector3.One)).Hex))]) },
    };

    public override string Describe() => $"{All.Length} point{(All.Length == 1 ? "" : "s")}";

    JsonArray Axis(Func<Vector3, float> part) => [.. All.Select(p => SpaceFigure.Finite(p) ? JsonValue.Create(part(p)) : null)];
}

/// <summary>Cameras as pyramids with a roof where up is.</summary>
internal sealed record CamerasMark(string Name, IReadOnlyList<Camera> Cameras, float Depth) : SpaceMark(Name)
{
    public override IEnumerable<Vector3> Places => Cameras.Select(c => c.Pose.Position);

    public override void Draw(SpaceFigure.View view, Ink ink)
    {
        foreach (var camera in Cameras.OrderByDescending(c => Vector3.Dot(c.Pose.Position, view.Direction)))
        {
            foreach (var line in Lines(camera, Depth > 0 ? Depth : view.Frustum)) view.Sketch.Add(new Stroke([.. line.Select(view.At)], ink with { Opacity = 0.8f }, 1));
            view.Sketch.Add(new Dots([view.At(camera.Pose.Position)], 2, [ink]));
        }
    }

    public override JsonObject Trace(string color, float frustum) => Wires(Cameras.SelectMany(c => Lines(c, Depth > 0 ? Depth : frustum)), color);

    public override string Describe() => $"{Cameras.Count} camera{(Cameras.Count == 1 ? "" : "s")}";

    static IEnumerable<Vector3[]> Lines(Camera c, float depth)
    {
        Vector3[] corners = [Corner(0, 0), Corner(c.Width, 0), Corner(c.Width, c.Height), Corner(0, c.Height)];
        foreach (var corner in corners) yield return [c.Pose.Position, corner];
        yield return [.. corners, corners[0]];
        yield return [corners[0], (corners[0] + corners[1]) / 2 - 0.25f * depth * c.Pose.Down, corners[1]];

        // A fisheye lens may see farther than a pyramid can show.
        Vector3 Corner(float x, float y) => c.Pose.Position + depth * c.Pose.Rotate(new(float.Clamp((x - c.Cx) / c.Fx, -1.5f, 1.5f), float.Clamp((y - c.Cy) / c.Fy, -1.5f, 1.5f), 1));
    }
}

/// <summary>Lines through points.</summary>
internal sealed record WiresMark(string Name, IReadOnlyList<Vector3[]> Lines) : SpaceMark(Name)
{
    public override IEnumerable<Vector3> Places => Lines.SelectMany(l => l);

    public override void Draw(SpaceFigure.View view, Ink ink)
    {
        foreach (var line in Lines) view.Sketch.Add(new Stroke([.. line.Where(SpaceFigure.Finite).Select(view.At)], ink, 1.5f));
    }

    public override JsonObject Trace(string color, float frustum) => Wires(Lines, color);

    public override string Describe() => Lines.Count == 1 ? $"a line through {Lines[0].Length} points" : $"{Lines.Count} lines";
}
