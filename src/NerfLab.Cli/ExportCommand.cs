using System.CommandLine;
using System.Globalization;
using System.Numerics;
using NerfLab.Data;
using NerfLab.Exports;
using NerfLab.Geometry;
using NerfLab.Recipes;
using static System.FormattableString;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab export</c>: a trained field as a mesh, a cloud of points or a page for browsers.</summary>
static class ExportCommand
{
    static readonly Argument<string> Folder = new("RUN") { Description = "The --out folder of a training." };
    static readonly Option<string> To = new("--to")
    {
        HelpName = "FILE", Required = true,
        Description = "The file to make; its name says what: mesh.ply, mesh.obj or mesh.glb a mesh, the same beginning with points a cloud of points, viewer.html a page that shows the field in a browser.",
    };
    static readonly Option<int?> Resolution = Number("--resolution", "N", "Samples along the longest side of the box. [default: 256; for a page the largest up to 256 that keeps it below 20 MB]", 8);
    static readonly Option<double?> Threshold = Number("--threshold", "D", "The density of the surface, per world unit. [default: half of the median density in which the rays of training views end]", 0.0);
    static readonly Option<string?> Within = Text("--box", "X,Y,Z,X,Y,Z", "Two corners of the part of the world to export. [default: the scene's box]");
    static readonly Option<bool> Largest = Switch("--largest", "Keep the largest connected piece of the mesh alone.");
    static readonly Option<bool> Hollow = Switch("--hollow", "Do not take for solid what no training view sees; insides then show what the field made up there.");
    static readonly Option<int?> Views = Number("--views", "N", "How many training views are looked at for the threshold and for points. [default: 24]", 1);
    static readonly Option<int?> Columns = Number("--columns", "N", "How wide these views are rendered, in pixels. [default: 96; for points 256]", 8);
    static readonly Option<double?> Opacity = Number("--opacity", "A", "The least opacity of a pixel that becomes a point, 0 to 1. [default: 0.9]", 0.0);
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("export", "Make a mesh, a cloud of points or a page for browsers of a trained field.") { Folder, To, StyleOptions.Style, StyleOptions.Scale, StyleOptions.View, Resolution, Threshold, Within, Largest, Hollow, Views, Columns, Opacity, Where, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var path = given.GetRequiredValue(To);
        bool page = Path.GetExtension(path).Equals(".html", StringComparison.OrdinalIgnoreCase);
        bool points = Path.GetFileName(path).StartsWith("points", StringComparison.OrdinalIgnoreCase);
        if (!page && !MeshFile.Knows(path)) throw new BadInputException($"--to {path}: a name that ends in {MeshFile.Formats}, or in .html, is expected");
        if (given.GetValue(Resolution) is > 4096 and var much) throw new BadInputException($"--resolution {much}: 8 to 4096 is expected");
        if (given.GetValue(Opacity) is > 1 and var opaque) throw new BadInputException(Invariant($"--opacity {opaque}: 0 to 1 is expected"));
        var box = given.GetValue(Within) is { } text ? ParsedBox(text) : (Box?)null;
        using var run = Run.Open(given.GetRequiredValue(Folder), Choose(given.GetValue(Where)));
        if (StyleOptions.Choice(given) is { } style) run.Show(style);
        var bounds = box ?? run.Scene.Reach.Bounds;
        var field = new FieldPoints(run.World, run.Device);

        screen.Begin();
        string result;
        if (page)
        {
            var volume = BakedVolume.Of(field, bounds, given.GetValue(Resolution), share => Progress("baking", share));
            var html = ViewerPage.Html(run.Scene, run.Recipe.Name, new Vector3(run.Recipe.Background == Background.Black ? 0 : 1), volume);
            AtomicFile.Write(path, html);
            result = Invariant($"{volume.Bricks} bricks at resolution {volume.Resolution}, {html.Length / 1e6:0.0} MB");
        }
        else
        {
            var seen = given.GetValue(Hollow) && given.GetValue(Threshold) is > 0 && !points ? null : Seen(points ? 256 : 96);
            float threshold = given.GetValue(Threshold) is > 0 and var density ? (float)density : seen!.Threshold();
            int resolution = given.GetValue(Resolution) ?? 256;
            var mesh = points ? seen!.Cloud(field, FieldMesh.CellOf(bounds, resolution), threshold)
                : FieldMesh.Extract(field, bounds, threshold, resolution, given.GetValue(Largest), given.GetValue(Hollow) ? null : p => seen!.IsHidden(p, 2 * FieldMesh.CellOf(bounds, resolution)), share => Progress("marching", share));
            if (mesh.Positions.Length == 0) throw new BadInputException($"--to {path}: no point is opaque enough; a smaller --opacity is expected");
            MeshFile.Write(path, mesh);
            result = points ? Invariant($"{mesh.Positions.Length} points") : Invariant($"{mesh.TriangleCount} triangles, {mesh.Positions.Length} corners, at density {threshold:0.###}");
        }
        screen.Result(Invariant($"{path}: {result}, in {Screen.Time(screen.End())}"));
        return 0;

        void Progress(string work, double share)
        {
            stop.Check($"{path} was not written");
            screen.Progress(work, share);
        }

        SeenPoints Seen(int columns)
        {
            var all = run.Scene.Train;
            int count = int.Min(all.Count, given.GetValue(Views) ?? 24), wide = given.GetValue(Columns) ?? columns;
            var cameras = Enumerable.Range(0, count).Select(i => all[i * all.Count / count].Camera).Select(c => c.Width <= wide ? c : c.Resized(wide, int.Max(1, (int)((long)c.Height * wide / c.Width)))).ToList();
            return SeenPoints.Of(run, cameras, (float)(given.GetValue(Opacity) ?? 0.9), bounds, done => Progress("looking", (double)done / count));
        }
    }

    static Box ParsedBox(string text)
    {
        var numbers = text.Split(',').Select(n => float.TryParse(n, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) && float.IsFinite(v) ? v : float.NaN).ToArray();
        if (numbers.Length == 6 && Array.TrueForAll(numbers, float.IsFinite))
        {
            var (a, b) = (new Vector3(numbers), new Vector3(numbers.AsSpan(3)));
            var box = new Box(Vector3.Min(a, b), Vector3.Max(a, b));
            if (Vector3.Min(box.Size, new Vector3(1e-9f)) == new Vector3(1e-9f)) return box;
        }
        throw new BadInputException($"--box {text}: six numbers with commas between them are expected, two corners of a box, as in -1,-1,0,1,1,2");
    }
}
