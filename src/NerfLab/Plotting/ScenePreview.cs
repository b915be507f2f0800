using System.Numerics;
using NerfLab.Data;
using static System.FormattableString;

namespace NerfLab.Plotting;

/// <summary>A picture of a scene as data: its cameras as frusta, points, bounds and axes from the side and from above, and some of its photographs.</summary>
public static class ScenePreview
{
    private const int Width = 1600, Margin = 24, Title = 56, SideWidth = 900, ViewHeight = 700, SheetHeight = 216, MostPoints = 20_000;

    private static readonly Vector3 s_paper = new(0.985f), s_ink = new(0.13f, 0.14f, 0.17f), s_faint = new(0.62f, 0.64f, 0.68f);
    private static readonly (string Name, Vector3 Color)[] s_splits = [("train", new(0.15f, 0.45f, 0.8f)), ("val", new(0.1f, 0.6f, 0.35f)), ("test", new(0.85f, 0.28f, 0.2f))];
    private static readonly (string Name, Vector3 Axis, Vector3 Color)[] s_axes = [("x", Vector3.UnitX, new(0.8f, 0.15f, 0.15f)), ("y", Vector3.UnitY, new(0.1f, 0.6f, 0.15f)), ("z", Vector3.UnitZ, new(0.15f, 0.25f, 0.9f))];

    /// <summary>The picture of a scene.</summary>
    /// <param name="scene">The scene; a few of its pictures are read.</param>
    public static Bitmap Of(Scene scene)
    {
        var canvas = new Drawing(Width, Title + ViewHeight + SheetHeight + 2 * Margin, s_paper);
        Header(canvas, scene);
        var up = CameraPaths.Up([.. scene.Views.Select(v => v.Camera)]);
        var points = Points(scene);
        Draw(canvas, scene, points, Sideways(scene, up), up, new(Margin, Title), new(SideWidth, ViewHeight));
        // From above, seen as on a map: the side view's direction points up on the paper.
        Draw(canvas, scene, points, -up, Sideways(scene, up), new(Margin + SideWidth + Margin, Title), new(Width - SideWidth - 3 * Margin, ViewHeight));
        Sheet(canvas, [.. scene.Train.Select(v => (v, 0)), .. scene.Val.Select(v => (v, 1)), .. scene.Test.Select(v => (v, 2))], Title + ViewHeight + Margin);
        return canvas.Bitmap;
    }

    /// <summary>The picture of a collection: a view of each scene, of up to 60 scenes spread over all.</summary>
    /// <param name="scenes">The scenes; the ones that are shown are opened.</param>
    public static Bitmap Of(SceneCollection scenes)
    {
        const int Columns = 10, Rows = 6, Cell = (Width - 2 * Margin) / Columns;
        var shown = Spread(Enumerable.Range(0, scenes.Count).ToList(), Columns * Rows);
        var rows = (shown.Count + Columns - 1) / Columns;
        var canvas = new Drawing(Width, Title + rows * Cell + Margin, s_paper);
        canvas.Text($"{scenes.Name}   {scenes.Count} scenes", new(Margin, 36), s_ink, 15);
        for (var i = 0; i < shown.Count; i++)
        {
            int x = Margin + i % Columns * Cell, y = Title + i / Columns * Cell;
            Framed(canvas, scenes[shown[i]].Views.First(), x + 3, y, Cell - 6, Cell - 24);
            Label(canvas, scenes.Names[shown[i]], new(x + 3, y + Cell - 8), Cell - 6, s_ink);
        }
        return canvas.Bitmap;
    }

    private static void Header(Drawing canvas, Scene scene)
    {
        canvas.Text(scene.Name, new(Margin, 36), s_ink, 15);
        float x = Margin + Drawing.TextWidth(scene.Name, 15) + 30;
        foreach (var (name, color) in s_splits)
        {
            if (scene.Split(name).Count == 0) continue;
            canvas.Disc(new(x, 30), 6, color);
            var text = $"{scene.Split(name).Count} {name}";
            canvas.Text(text, new(x + 14, 36), s_ink);
            x += 34 + Drawing.TextWidth(text);
        }
        var (low, high) = scene.Bounds;
        canvas.Text(Invariant($"bounds ({low.X:0.##}, {low.Y:0.##}, {low.Z:0.##}) to ({high.X:0.##}, {high.Y:0.##}, {high.Z:0.##})   near {scene.Near:0.##}   far {scene.Far:0.##}   {scene.Points.Count} points"), new(x + 10, 36), s_ink);
    }

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

    private static void Draw(Drawing canvas, Scene scene, List<(Vector3 Place, Vector3 Color)> points, Vector3 direction, Vector3 up, Vector2 corner, Vector2 size)
    {
        var right = Vector3.Normalize(Vector3.Cross(direction, up));
        var upright = Vector3.Cross(right, direction);
        var box = Corners(scene.Bounds);
        var cameras = scene.Views.Select(v => v.Camera).ToList();
        // Everything fits, with room for the frusta.
        var flat = box.Concat(cameras.Select(c => c.Pose.Position)).Select(Flat).ToList();
        var (low, high) = (flat.Aggregate(Vector2.Min), flat.Aggregate(Vector2.Max));
        var frustum = 0.5f * (high - low).Length() * 0.09f * MathF.Min(1, MathF.Sqrt(40f / cameras.Count));
        (low, high) = (low - new Vector2(frustum), high + new Vector2(frustum));
        var scale = MathF.Min(size.X / (high.X - low.X), size.Y / (high.Y - low.Y));
        Vector2 At(Vector3 p) => corner + size / 2 + scale * (Flat(p) - (low + high) / 2) * new Vector2(1, -1);
        bool Inside(Vector2 p) => p.X >= corner.X && p.Y >= corner.Y && p.X <= corner.X + size.X && p.Y <= corner.Y + size.Y;

        for (var i = 0; i < 8; i++)
            for (var bit = 1; bit < 8; bit <<= 1)
                if ((i & bit) == 0) canvas.Line(At(box[i]), At(box[i | bit]), s_faint);
        foreach (var (place, color) in points.OrderByDescending(p => Vector3.Dot(p.Place, direction)))
            if (At(place) is var p && Inside(p)) canvas.Disc(p, 1.1f, color, 0.8f);

        var origin = scene.Bounds.Contains(Vector3.Zero) ? Vector3.Zero : scene.Bounds.Center;
        foreach (var (name, axis, color) in s_axes)
        {
            var tip = origin + axis * scene.Bounds.Diagonal / 6;
            canvas.Line(At(origin), At(tip), color, 2.5f);
            if (Vector2.Distance(At(origin), At(tip)) > 12) canvas.Text(name, At(origin) + 1.15f * (At(tip) - At(origin)) + new Vector2(-4, 5), color);
        }
        foreach (var (camera, color) in s_splits.SelectMany(s => scene.Split(s.Name).Select(v => (v.Camera, s.Color))).OrderByDescending(c => Vector3.Dot(c.Camera.Pose.Position, direction)))
            Frustum(canvas, camera, frustum, At, color);

        Vector2 Flat(Vector3 p) => new(Vector3.Dot(p, right), Vector3.Dot(p, upright));
    }

    private static void Frustum(Drawing canvas, Camera c, float depth, Func<Vector3, Vector2> at, Vector3 color)
    {
        // A fisheye lens may see farther than a pyramid can show.
        Vector3 Corner(float x, float y) => c.Pose.Position + depth * c.Pose.Rotate(new(float.Clamp((x - c.Cx) / c.Fx, -1.5f, 1.5f), float.Clamp((y - c.Cy) / c.Fy, -1.5f, 1.5f), 1));
        Vector3[] corners = [Corner(0, 0), Corner(c.Width, 0), Corner(c.Width, c.Height), Corner(0, c.Height)];
        for (var i = 0; i < 4; i++)
        {
            canvas.Line(at(c.Pose.Position), at(corners[i]), color, 1.2f, 0.75f);
            canvas.Line(at(corners[i]), at(corners[(i + 1) % 4]), color, 1.2f, 0.75f);
        }
        var tip = (corners[0] + corners[1]) / 2 - 0.25f * depth * c.Pose.Down; // shows where up is
        canvas.Line(at(corners[0]), at(tip), color, 1.2f, 0.75f);
        canvas.Line(at(corners[1]), at(tip), color, 1.2f, 0.75f);
        canvas.Disc(at(c.Pose.Position), 2.2f, color);
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

    private static void Sheet(Drawing canvas, List<(View View, int Split)> views, int top)
    {
        var camera = views[0].View.Camera;
        const int Height = SheetHeight - 30;
        var width = int.Clamp(Height * camera.Width / camera.Height, 60, 400);
        var shown = Spread(views, int.Max(1, (Width - 2 * Margin + 12) / (width + 12)));
        for (var i = 0; i < shown.Count; i++)
        {
            var x = Margin + i * (width + 12);
            Framed(canvas, shown[i].View, x, top, width, Height);
            Label(canvas, shown[i].View.Name, new(x, top + Height + 18), width, s_splits[shown[i].Split].Color);
        }
    }

    private static void Framed(Drawing canvas, View view, int x, int y, int width, int height)
    {
        var picture = view.Read();
        var scale = float.Min((float)width / picture.Width, (float)height / picture.Height);
        picture = picture.Resize(int.Max(1, (int)(scale * picture.Width)), int.Max(1, (int)(scale * picture.Height)));
        canvas.Picture(picture, x + (width - picture.Width) / 2, y + (height - picture.Height) / 2);
    }

    // Names are cut at their beginning: their ends tell them apart.
    private static void Label(Drawing canvas, string name, Vector2 at, float width, Vector3 color)
    {
        const float Size = 8;
        var most = (int)(width / Drawing.TextWidth("x", Size));
        canvas.Text(name.Length <= most ? name : name[^most..], at, color, Size);
    }

    private static Vector3[] Corners(Box box) => [.. Enumerable.Range(0, 8).Select(i => new Vector3((i & 1) == 0 ? box.Min.X : box.Max.X, (i & 2) == 0 ? box.Min.Y : box.Max.Y, (i & 4) == 0 ? box.Min.Z : box.Max.Z))];

    private static List<T> Spread<T>(IReadOnlyList<T> all, int most) => all.Count <= most ? [.. all] : [.. Enumerable.Range(0, most).Select(i => all[(int)((i + 0.5) * all.Count / most)])];
}
