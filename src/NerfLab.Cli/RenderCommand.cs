using System.CommandLine;
using System.Text.RegularExpressions;
using NerfLab.Data;
using NerfLab.Exports;
using NerfLab.Imaging;
using NerfLab.Plotting;
using NerfLab.Recipes;
using NerfLab.Rendering;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab render</c>: pictures and films along a path.</summary>
static class RenderCommand
{
    static readonly Argument<string> Folder = new("RUN") { Description = "The --out folder of a training." };
    static readonly Option<string?> Along = Text("--path", "orbit|spiral|test|val|train|FILE.json", "Where the camera goes: a circle about the scene, a small spiral before it, the cameras of a split, or through the keyframes of a file (docs/exports.md). [default: orbit; spiral in normalised device coordinates, which have no other side]");
    static readonly Option<int?> Frames = Number("--frames", "N", "Pictures on the way. [default: all views of a split, else 90]", 1);
    static readonly Option<string?> Size = Text("--size", "WxH", "Columns and rows in pixels, as in 800x600. [default: as the photographs]");
    static readonly Option<string?> Out = Text("--out", "DIR", "Where to put the pictures. [default: RUN/render/PATH]");
    static readonly Option<bool> Depth = Switch("--depth", "Also write depth maps: near is yellow, far is violet, nothing is grey.");
    static readonly Option<bool> RawDepth = Switch("--depth-npy", "Also write depths as numbers in NumPy's format: distance along the ray in world units, infinite where less than half was hit.");
    static readonly Option<bool> Normals = Switch("--normals", "Also write normal maps: red to the right, green upwards, blue towards the camera.");
    static readonly Option<string?> WritePath = Text("--write-path", "FILE.json", "Write the cameras as keyframes that --path reads. [default: none]");
    static readonly Option<double?> Fps = Number("--fps", "N", "Pictures per second of the film. [default: 30]", 0.1);
    static readonly Option<string?> Kind = Text("--film", "mp4|gif|both|none", "Make a film through ffmpeg. [default: none for a split, else mp4]");
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("render", "Render a trained field: PNG frames, depth and normal maps, films.") { Folder, Along, Frames, Size, StyleOptions.Style, StyleOptions.Scale, StyleOptions.View, Out, Depth, RawDepth, Normals, WritePath, Fps, Kind, Where, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var (folder, along, kind) = (given.GetRequiredValue(Folder), given.GetValue(Along), given.GetValue(Kind));
        bool file = along is not null && along.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        if (!file && along is not (null or "orbit" or "spiral" or "test" or "val" or "train")) throw new BadInputException($"--path {along}: unknown{Spelling.Suggest(along, ["orbit", "spiral", "test", "val", "train"])}");
        if (kind is not (null or "mp4" or "gif" or "both" or "none")) throw new BadInputException($"--film {kind}: mp4, gif, both or none is expected");
        bool moving = file || along is null or "orbit" or "spiral";
        if (!moving && kind is not (null or "none")) throw new BadInputException($"--film {kind}: views of a split are no path; use --path orbit or --path spiral");
        kind ??= moving ? "mp4" : "none";
        var size = given.GetValue(Size) is { } text ? ParsedSize(text) : ((int Width, int Height)?)null;
        using var run = Run.Open(folder, Choose(given.GetValue(Where)));
        if (StyleOptions.Choice(given) is { } style) run.Show(style);

        var path = along ?? run.Scene.UsualPath();
        var cameras = Path(run.Scene, path, file, given.GetValue(Frames));
        if (file) path = System.IO.Path.GetFileNameWithoutExtension(path);
        if (cameras.Count == 0) throw new BadInputException($"--path {path}: the scene of {folder} has no {path} views; choose another --path");
        if (size is { } s) cameras = [.. cameras.Select(c => c with { Camera = c.Camera.Framed(s.Width, s.Height) })];
        if (given.GetValue(WritePath) is { } written) CameraPathFile.Write(written, [.. cameras.Select(c => c.Camera)]);
        var into = given.GetValue(Out) ?? System.IO.Path.Combine(folder, "render", path);

        // Along a path the range stays, so that colours do not flicker.
        (float Near, float Far)? range = null;
        screen.Begin();
        for (int i = 0; i < cameras.Count; i++)
        {
            stop.Check($"{into} holds {i} of {cameras.Count} pictures");
            using var scope = TorchSharp.torch.NewDisposeScope();
            var image = run.Render(cameras[i].Camera);
            string File(string what) => System.IO.Path.Combine(into, EvalCommand.FileName(what == "" ? cameras[i].Name : $"{what}_{cameras[i].Name.Replace("frame_", "")}"));
            ImageFile.Write(File(""), new Image(image.Color).ToBitmap());
            if (given.GetValue(Depth))
            {
                var view = new DepthView(image.Depth, image.Opacity);
                if (range is null || !moving) range = view.Range;
                ImageFile.Write(File("depth"), (view with { Range = range.Value }).Pixels());
            }
            if (given.GetValue(RawDepth)) Numbers(image).Write(System.IO.Path.ChangeExtension(File("depth"), ".npy"));
            if (given.GetValue(Normals)) ImageFile.Write(File("normals"), NormalPicture.Of(new FieldPoints(run.World, run.Device), cameras[i].Camera, image));
            int done = i + 1;
            screen.Progress("rendering", (double)done / cameras.Count, () => $"{done}/{cameras.Count}");
        }
        double seconds = screen.End();
        var first = cameras[0].Camera;
        screen.Result(FormattableString.Invariant($"{into}: {cameras.Count} pictures of {first.Width}x{first.Height} in {Screen.Time(seconds)}"));
        if (kind != "none") MakeFilms(given, screen, cameras, into, path, kind);
        return 0;
    }

    static void MakeFilms(ParseResult given, Screen screen, IReadOnlyList<NamedCamera> cameras, string into, string path, string kind)
    {
        foreach (var ending in kind == "both" ? (string[])["mp4", "gif"] : [kind])
        {
            foreach (var (what, made) in ((string, bool)[])[("frame", true), ("depth", given.GetValue(Depth)), ("normals", given.GetValue(Normals))])
            {
                if (!made) continue;
                var film = System.IO.Path.Combine(into, what == "frame" ? $"{path}.{ending}" : $"{path}_{what}.{ending}");
                if (Film.Make(System.IO.Path.Combine(into, what + "_%04d.png"), cameras.Count, given.GetValue(Fps) ?? 30, film) is { } why)
                {
                    screen.Result(why);
                    return;
                }
                screen.Result(film);
            }
        }
    }

    /// <summary>[H,W], infinite where less than half was hit.</summary>
    static NpyFile Numbers(RenderedImage image)
    {
        var (depth, opacity) = (image.Depth.contiguous().data<float>().ToArray(), image.Opacity.contiguous().data<float>().ToArray());
        return new NpyFile([.. image.Depth.shape.Select(n => (int)n)], [.. depth.Select((d, i) => opacity[i] >= 0.5f ? d : double.PositiveInfinity)]);
    }

    internal static IReadOnlyList<NamedCamera> Path(SceneSummary scene, string path, bool file, int? frames)
    {
        if (!file && path is not ("orbit" or "spiral"))
        {
            var all = scene.Split(path);
            return frames is { } some && some < all.Count ? [.. Enumerable.Range(0, some).Select(i => all[i * all.Count / some])] : all;
        }
        var cameras = scene.Train.Select(t => t.Camera).ToList();
        var way = file ? CameraPathFile.Read(path, cameras[0]).Cameras(frames ?? 90, cameras[0]) : path == "orbit" ? CameraPaths.Orbit(cameras, frames ?? 90) : CameraPaths.Spiral(cameras, frames ?? 90);
        return [.. way.Select((c, i) => new NamedCamera($"frame_{i:0000}", c))];
    }

    static (int, int) ParsedSize(string text)
    {
        var match = Regex.Match(text, @"^(\d{1,5})[xX×](\d{1,5})$");
        if (match.Success && int.Parse(match.Groups[1].Value) is >= 1 and <= 16384 and var width && int.Parse(match.Groups[2].Value) is >= 1 and <= 16384 and var height) return (width, height);
        throw new BadInputException($"--size {text}: columns and rows from 1 to 16384 are expected, as in 800x600");
    }
}
