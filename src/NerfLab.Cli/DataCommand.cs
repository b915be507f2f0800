using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Plotting;
using NerfLab.Recipes;
using static System.FormattableString;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab data</c>: scenes as data.</summary>
static class DataCommand
{
    static readonly Argument<string> Path = new("PATH") { Description = $"A folder with {SceneFile.Formats}, a folder of such folders, or the word embedded." };
    static readonly Argument<string> Into = new("OUT") { Description = "The folder to make." };
    static readonly Option<string> To = new("--to")
    {
        HelpName = SceneFormat.Names, Required = true,
        Description = "The format. colmap takes any camera, instant-ngp and nerfstudio all but lenses with thin prisms or fractions; eg3d takes none with distortion, and blender, llff and shapenet-srn want square pixels besides.",
    };
    static readonly Option<string?> Picture = Text("--out", "FILE", "The PNG file to write. [default: NAME_preview.png]");
    static readonly Option<float?> Downscale = Number("--downscale", "F", "Read pictures F times smaller in each direction, 1 to 64. [default: 1]", 1f);
    static readonly Option<bool> Json = Switch("--json", "As JSON.");
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var info = new Command("info", "Show what a scene or a folder of scenes holds: views, cameras, bounds, near and far, points, remarks.") { Path, Downscale, Json };
        info.SetAction(Info);
        var convert = new Command("convert", "Write a scene, or every scene of a folder, in another format, with its pictures.") { Path, Into, To, Downscale, Silent };
        convert.SetAction(Convert);
        var preview = new Command("preview", "Draw a scene's cameras, points, bounds and some of its pictures, or a picture of each scene of a folder.") { Path, Picture, Downscale };
        preview.SetAction(Preview);
        return new Command("data", "Look at a scene's data, convert it, or make it.") { info, preview, convert, GenerateCommand.Create(), StylesCommand.Create() };
    }

    static SceneOptions Options(ParseResult given) => new(given.GetValue(Downscale) ?? 1);

    static int Info(ParseResult given)
    {
        var path = given.GetRequiredValue(Path);
        var facts = SceneCollection.IsIn(path) ? Facts(SceneCollection.Open(path, Options(given))) : Facts(SceneFile.Open(path, Options(given)));
        if (given.GetValue(Json))
            Console.WriteLine(JsonSerializer.Serialize(facts.ToDictionary(f => f.Key, f => f.Value), new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        else
            foreach (var (key, value) in facts)
                Console.WriteLine($"{key,-9} {value switch { string[] several => several.Length == 0 ? "none" : string.Join("\n          ", several), IFormattable number => number.ToString(null, CultureInfo.InvariantCulture), _ => value }}");
        return 0;
    }

    static List<(string Key, object Value)> Facts(Scene scene) =>
    [
        ("scene", scene.Name),
        ("views", $"{scene.Train.Count} train, {scene.Val.Count} val, {scene.Test.Count} test"),
        .. Facts(scene.Views.ToList(), scene.Bounds, scene.Near, scene.Far),
        ("points", scene.Points.Count),
        ("remarks", scene.Remarks.ToArray()),
    ];

    static List<(string Key, object Value)> Facts(SceneCollection scenes)
    {
        var views = scenes.SelectMany(s => s.Views).ToList();
        var counts = scenes.Select(s => s.Views.Count()).ToList();
        var each = counts.Min() == counts.Max() ? $"{counts[0]} each" : $"{counts.Min()} to {counts.Max()} each";
        var bounds = new Box(scenes.Select(s => s.Bounds.Min).Aggregate(System.Numerics.Vector3.Min), scenes.Select(s => s.Bounds.Max).Aggregate(System.Numerics.Vector3.Max));
        return
        [
            ("scenes", $"{scenes.Count} in {scenes.Name}, from {scenes.Names[0]} to {scenes.Names[^1]}"),
            ("views", $"{views.Count}, {each}"),
            .. Facts(views, bounds, scenes.Min(s => s.Near), scenes.Max(s => s.Far)),
            ("remarks", scenes.SelectMany(s => s.Remarks).GroupBy(r => r).Select(g => g.Count() == 1 ? g.Key : $"{g.Key} ({g.Count()} scenes)").Take(5).ToArray()),
        ];
    }

    static List<(string Key, object Value)> Facts(List<View> views, Box bounds, float near, float far)
    {
        var (low, high) = bounds;
        return
        [
            ("pictures", string.Join(", ", views.GroupBy(v => $"{v.Camera.Width}x{v.Camera.Height} {(v.HasAlpha ? "RGBA" : "RGB")}").Select(g => $"{g.Count()} of {g.Key}"))),
            ("masks", views.Count(v => v.HasMask)),
            ("cameras", Lenses(views)),
            ("bounds", Invariant($"{low.X:0.####} {low.Y:0.####} {low.Z:0.####} to {high.X:0.####} {high.Y:0.####} {high.Z:0.####}")),
            ("near", near),
            ("far", far),
        ];
    }

    // At most five different ones: a phone that refocuses makes one for each photograph.
    static string[] Lenses(List<View> views)
    {
        const int Most = 5;
        var lenses = views.GroupBy(v => v.Camera with { Pose = default }).Select(g => Invariant($"{g.Count()} with fx {g.Key.Fx} fy {g.Key.Fy} cx {g.Key.Cx} cy {g.Key.Cy}{Lens(g.Key.Distortion)}")).ToArray();
        return lenses.Length <= Most ? lenses : [.. lenses.Take(Most), $"and {lenses.Length - Most} others"];
    }

    static string Lens(Distortion d)
    {
        if (d.IsNone) return "";
        if (d.Projection == Projection.Fov) return Invariant($", field-of-view fisheye, omega {d.Omega}");
        (string Name, float Value)[] more = [("k4", d.K4), ("d1", d.D1), ("d2", d.D2), ("d3", d.D3), ("s1", d.S1), ("s2", d.S2)];
        return Invariant($", {(d.Projection == Projection.Equidistant ? "fisheye, " : "")}k1 {d.K1} k2 {d.K2} p1 {d.P1} p2 {d.P2} k3 {d.K3}")
            + string.Concat(more.Where(m => m.Value != 0).Select(m => Invariant($" {m.Name} {m.Value}")));
    }

    static int Preview(ParseResult given)
    {
        var path = given.GetRequiredValue(Path);
        string name;
        Bitmap picture;
        if (SceneCollection.IsIn(path))
        {
            var scenes = SceneCollection.Open(path, Options(given));
            (name, picture) = (scenes.Name, ScenePreview.Of(scenes).ToBitmap(ScenePreview.Scale));
        }
        else
        {
            var scene = SceneFile.Open(path, Options(given));
            (name, picture) = (scene.Name, ScenePreview.Of(scene).ToBitmap(ScenePreview.Scale));
        }
        var file = given.GetValue(Picture) ?? $"{name}_preview.png";
        ImageFile.Write(file, picture);
        Console.WriteLine($"{file}: {picture.Width}x{picture.Height} pixels");
        return 0;
    }

    static int Convert(ParseResult given)
    {
        var (path, into, name) = (given.GetRequiredValue(Path), given.GetRequiredValue(Into), given.GetRequiredValue(To));
        var format = SceneFormat.Find(name);
        ExpectNew(into);
        var screen = Screen.Of(given.GetValue(Silent));
        List<View> views;
        if (SceneCollection.IsIn(path))
        {
            var scenes = SceneCollection.Open(path, Options(given));
            views = [.. scenes.SelectMany(s => s.Views)];
            screen.Begin();
            void Done(int count) => screen.Progress("writing", (double)count / scenes.Count, () => $"{count} of {scenes.Count} scenes");
            if (name == "eg3d") Eg3dScene.Write(scenes, into, Done);
            else
                for (var i = 0; i < scenes.Count; i++)
                {
                    format.Write(scenes[i], System.IO.Path.Combine(into, scenes.Names[i]));
                    Done(i + 1);
                }
            screen.Result($"{into}: {scenes.Count} scenes, {views.Count} views in {name}'s format");
        }
        else
        {
            var scene = SceneFile.Open(path, Options(given));
            views = [.. scene.Views];
            foreach (var remark in scene.Remarks) screen.Note(remark);
            format.Write(scene, into);
            screen.Result($"{into}: {views.Count} views in {name}'s format");
        }
        if (!format.Splits) screen.Note($"{name}'s format has no splits{(format.Bounds ? "" : " and no bounds")}: whoever reads it holds out every eighth picture");
        if (!format.Masks && views.Any(v => v.HasMask)) screen.Note($"{name}'s format has no masks: they were left out");
        if (!format.Alpha && views.Any(v => v.HasAlpha)) screen.Note($"{name}'s format has no alpha: pictures were laid over white");
        return 0;
    }
}
