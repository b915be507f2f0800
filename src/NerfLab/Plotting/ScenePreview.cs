using System.Numerics;
using NerfLab.Data;
using static System.FormattableString;

namespace NerfLab.Plotting;

/// <summary>A figure of a scene as data: its cameras as frusta, points, bounds and axes from the side and from above, and some of its photographs.</summary>
public static class ScenePreview
{
    /// <summary>For <see cref="Visual.ToBitmap"/>: previews are 1600 pixels wide.</summary>
    public const float Scale = 1600 / Width;

    private const float Width = 1000;
    private const int MostPoints = 20_000;

    private static readonly (string Name, string Color)[] s_splits = [("train", "#2673cc"), ("val", "#1a9959"), ("test", "#d94733")];

    /// <summary>The figure of a scene.</summary>
    /// <param name="scene">The scene; a few of its pictures are read.</param>
    public static Visual Of(Scene scene)
    {
        var up = CameraPaths.Up([.. scene.Views.Select(v => v.Camera)]);
        var side = Sideways(scene, up);
        var points = Points(scene);
        var figure = new SpaceFigure { Height = 440, Up = up, Direction = side, AxesLength = scene.Bounds.Diagonal / 6 }.Box(scene.Bounds).Points("", points.Select(p => p.Place), points.Select(p => p.Color));
        foreach (var (name, color) in s_splits)
            if (scene.Split(name).Count is > 0 and var count) figure = figure.Cameras($"{count} {name}", scene.Split(name).Select(v => v.Camera), color);
        // From above, seen as on a map: the side view's direction points up on the paper.
        var space = new FigureGrid(figure, figure with { Direction = -up, Up = side }) { Shares = [3, 2] };
        List<View> views = [.. scene.Train, .. scene.Val, .. scene.Test];
        var camera = views[0].Camera;
        var strip = new FilmStrip { Most = int.Clamp((int)(Width / (130f * camera.Width / camera.Height)), 2, 12), MaxHeight = 130 };
        foreach (var view in Spread(views, strip.Most)) strip = strip.Add(view.Read(), Ending(view.Name));
        var (low, high) = scene.Bounds;
        return new FigureGrid(space, strip)
        {
            Title = Invariant($"{scene.Name}: bounds ({low.X:0.##}, {low.Y:0.##}, {low.Z:0.##}) to ({high.X:0.##}, {high.Y:0.##}, {high.Z:0.##}), near {scene.Near:0.##}, far {scene.Far:0.##}, {scene.Points.Count} points"),
            Columns = 1, Width = Width,
        };
    }

    /// <summary>The figure of a collection: a view of each scene, of up to 60 scenes spread over all.</summary>
    /// <param name="scenes">The scenes; the ones that are shown are opened.</param>
    public static Visual Of(SceneCollection scenes)
    {
        const int Columns = 10, Rows = 6;
        var grid = new ImageGrid($"{scenes.Name}: {scenes.Count} scenes") { Columns = Columns, Width = Width, MaxHeight = Width / Columns };
        foreach (var i in Spread(Enumerable.Range(0, scenes.Count).ToList(), Columns * Rows)) grid = grid.Add(scenes[i].Views.First().Read(), Ending(scenes.Names[i]));
        return grid;
    }

    // Names are cut at their beginning: their ends tell them apart.
    private static string Ending(string name) => name.Length <= 14 ? name : "…" + name[^13..];

    /// <summary>A direction to look in: over the cameras' shoulders from the side and from above, or from anywhere where they stand all around.</summary>
    private static Vector3 Sideways(Scene scene, Vector3 up)
    {
        var cameras = scene.Views.Select(v => v.Camera.Pose).ToList();
        var forward = cameras.Aggregate(Vector3.Zero, (sum, p) => sum + p.Forward) / cameras.Count;
        forward -= Vector3.Dot(forward, up) * up;
        if (forward.Length() < 0.2f) forward = Vector3.Cross(up, MathF.Abs(up.X) < 0.7f ? Vector3.UnitX : Vector3.UnitY);
        forward = Vector3.Normalize(forward);
        var (sin, cos) = MathF.SinCos(0.75f);
        return Vector3.Normalize(cos * forward + sin * Vector3.Cross(up, forward) - 0.45f * up);
    }

    /// <summary>The scene's points, or where its depth is known, points on what some of its views see.</summary>
    private static List<(Vector3 Place, Vector3 Color)> Points(Scene scene)
    {
        if (scene.Points.Count > 0) return [.. Spread(scene.Points, MostPoints).Select(p => (p.Position, new Vector3(p.Red, p.Green, p.Blue) / 255))];
        var seen = new List<(Vector3, Vector3)>();
        foreach (var view in Spread(scene.Train.Where(v => v.HasDepth).ToList(), 8))
        {
            var (depth, picture, camera) = (view.ReadDepth(), view.Read(), view.Camera);
            foreach (var i in Spread(Enumerable.Range(0, depth.Length).Where(i => float.IsFinite(depth[i])).ToList(), MostPoints / 8))
            {
                var s = picture.Samples.AsSpan(i * picture.Channels, 3);
                seen.Add((camera.Pose.Position + depth[i] * camera.Direction(new(i % camera.Width + 0.5f, i / camera.Width + 0.5f)), new Vector3(s[0], s[1], s[2]) / 255));
            }
        }
        return seen;
    }

    private static List<T> Spread<T>(IReadOnlyList<T> all, int most) => all.Count <= most ? [.. all] : [.. Enumerable.Range(0, most).Select(i => all[(int)((i + 0.5) * all.Count / most)])];
}
