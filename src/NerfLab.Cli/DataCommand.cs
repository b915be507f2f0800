using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using NerfLab.Data;
using NerfLab.Recipes;
using static System.FormattableString;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab data</c>: scenes as data.</summary>
static class DataCommand
{
    static readonly (string Name, Action<Scene, string> Write, bool Splits, bool Masks)[] s_formats =
    [
        ("blender", BlenderScene.Write, true, false),
        ("instant-ngp", InstantNgpScene.Write, true, true),
        ("colmap", ColmapScene.Write, false, false),
        ("llff", LlffScene.Write, false, false),
    ];

    static readonly Argument<string> Path = new("PATH") { Description = $"A folder with {SceneFile.Formats}, or the word embedded." };
    static readonly Argument<string> Into = new("OUT") { Description = "The folder to make." };
    static readonly Option<string> To = new("--to")
    {
        HelpName = string.Join('|', s_formats.Select(f => f.Name)), Required = true,
        Description = "The format. blender has one centred lens without distortion for all views of a split, llff one without distortion for each view; the others take any camera.",
    };
    static readonly Option<float?> Downscale = Number("--downscale", "F", "Read pictures F times smaller in each direction, 1 to 64. [default: 1]", 1f);
    static readonly Option<bool> Json = Switch("--json", "As JSON.");
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var info = new Command("info", "Show what a scene holds: views, cameras, bounds, near and far, points, remarks.") { Path, Downscale, Json };
        info.SetAction(Info);
        var convert = new Command("convert", "Write a scene in another format, with its pictures.") { Path, Into, To, Downscale, Silent };
        convert.SetAction(Convert);
        return new Command("data", "Look at a scene's data, convert it, or make it.") { info, convert, GenerateCommand.Create(), StylesCommand.Create() };
    }

    static Scene Open(ParseResult given) => SceneFile.Open(given.GetRequiredValue(Path), new SceneOptions(given.GetValue(Downscale) ?? 1));

    static int Info(ParseResult given)
    {
        var facts = Facts(Open(given));
        if (given.GetValue(Json))
            Console.WriteLine(JsonSerializer.Serialize(facts.ToDictionary(f => f.Key, f => f.Value), new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        else
            foreach (var (key, value) in facts)
                Console.WriteLine($"{key,-9} {value switch { string[] several => several.Length == 0 ? "none" : string.Join("\n          ", several), IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture), _ => value }}");
        return 0;
    }

    static List<(string Key, object Value)> Facts(Scene scene)
    {
        var views = scene.Views.ToList();
        var (low, high) = scene.Bounds;
        return
        [
            ("scene", scene.Name),
            ("views", $"{scene.Train.Count} train, {scene.Val.Count} val, {scene.Test.Count} test"),
            ("pictures", string.Join(", ", views.GroupBy(v => $"{v.Camera.Width}x{v.Camera.Height} {(v.HasAlpha ? "RGBA" : "RGB")}").Select(g => $"{g.Count()} of {g.Key}"))),
            ("masks", views.Count(v => v.HasMask)),
            ("cameras", Lenses(views)),
            ("bounds", Invariant($"{low.X:0.####} {low.Y:0.####} {low.Z:0.####} to {high.X:0.####} {high.Y:0.####} {high.Z:0.####}")),
            ("near", scene.Near),
            ("far", scene.Far),
            ("points", scene.Points.Count),
            ("remarks", scene.Remarks.ToArray()),
        ];
    }

    // At most five different ones: a phone that refocuses makes one for each photograph.
    static string[] Lenses(List<View> views)
    {
        const int Most = 5;
        var lenses = views.GroupBy(v => v.Camera with { Pose = default }).Select(g =>
        {
            var (c, d) = (g.Key, g.Key.Distortion);
            var lens = d.IsNone ? "" : Invariant($", k1 {d.K1} k2 {d.K2} p1 {d.P1} p2 {d.P2} k3 {d.K3}");
            return Invariant($"{g.Count()} with fx {c.Fx} fy {c.Fy} cx {c.Cx} cy {c.Cy}{lens}");
        }).ToArray();
        return lenses.Length <= Most ? lenses : [.. lenses.Take(Most), $"and {lenses.Length - Most} others"];
    }

    static int Convert(ParseResult given)
    {
        var (into, name) = (given.GetRequiredValue(Into), given.GetRequiredValue(To));
        var format = Array.Find(s_formats, f => f.Name == name);
        if (format.Name is null) throw new BadInputException($"--to {name}: unknown{Spelling.Suggest(name, s_formats.Select(f => f.Name))}");
        if (File.Exists(into) || (Directory.Exists(into) && Directory.EnumerateFileSystemEntries(into).Any())) throw new BadInputException($"{into}: exists already; a new or empty folder is expected");
        var scene = Open(given);
        var screen = Screen.Of(given.GetValue(Silent));
        foreach (var remark in scene.Remarks) screen.Note(remark);
        format.Write(scene, into);
        screen.Result($"{into}: {scene.Views.Count()} views in {name}'s format");
        if (!format.Splits) screen.Note($"{name}'s format has no splits and no bounds: whoever reads it holds out every eighth picture");
        if (!format.Masks && scene.Views.Any(v => v.HasMask)) screen.Note($"{name}'s format has no masks: they were left out");
        return 0;
    }
}
