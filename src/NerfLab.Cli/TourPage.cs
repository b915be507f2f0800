using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Plotting;
using NerfLab.Recipes;
using TorchSharp;

namespace NerfLab.Cli;

/// <summary>A test view of the tour.</summary>
/// <param name="Score">How well it was rendered.</param>
/// <param name="Truth">The photograph.</param>
/// <param name="Rendering">What the field says.</param>
/// <param name="Error">Where they differ.</param>
sealed record TourView(ViewScore Score, Bitmap Truth, Bitmap Rendering, Bitmap Error);

/// <summary>The depth of a test view.</summary>
/// <param name="Range">What the colours mean.</param>
/// <param name="MeanError">Where both see a surface, world units.</param>
/// <param name="Exact">From the exact renderer.</param>
/// <param name="Learned">From the field.</param>
/// <param name="Error">Where they differ; a tenth of the range is brightest.</param>
sealed record TourDepth((float Near, float Far) Range, double MeanError, Bitmap Exact, Bitmap Learned, Bitmap Error);

/// <summary>What the tour shows: gathered on the way, then filled into <c>tour.html</c>. The page holds its pictures itself and needs no server.</summary>
/// <param name="scene">The embedded scene.</param>
/// <param name="runFolder">For the commands to go on with.</param>
sealed class TourPage(Scene scene, string runFolder)
{
    /// <summary>The view whose progress is shown.</summary>
    public View Watched { get; } = scene.Test[scene.Test.Count / 2];

    /// <summary>The watched view on the way: training seconds, decibels, rendering.</summary>
    public List<(double Seconds, double Psnr, Bitmap Picture)> Snapshots { get; } = [];

    /// <summary>What took how long.</summary>
    public List<(string What, double Seconds)> Times { get; } = [];

    /// <summary>All test views.</summary>
    public List<TourView> Views { get; } = [];

    /// <summary>Some depth maps.</summary>
    public List<TourDepth> Depths { get; } = [];

    /// <summary>Frames in colour and in depth.</summary>
    public List<(Bitmap Color, Bitmap Depth)> Orbit { get; } = [];

    /// <summary>The figures.</summary>
    public Evaluation Scores { get; set; } = null!;

    /// <summary>The page.</summary>
    /// <param name="run">The trained field.</param>
    /// <param name="seconds">For everything so far.</param>
    public string Html(Run run, double seconds)
    {
        var log = Run.ReadLog(runFolder);
        var photograph = scene.Train[0].Camera;
        var parts = new Dictionary<string, string>
        {
            ["title"] = $"Learned from {scene.Train.Count} photographs in {run.Training.Seconds:0} seconds",
            ["lead"] = Text($"No mesh, no point cloud, no depth. A function of {Screen.Count(run.ParameterCount).Replace(" k", " thousand").Replace(" M", " million")} numbers answers two questions about every point of space &ndash; how dense, which colour from here &ndash; and was fitted until its renderings matched {scene.Train.Count} photographs of {photograph.Width}&times;{photograph.Height} pixels. The photographs come from an exact renderer, so that the truth is known everywhere; all of it was computed on this machine just now."),
            ["facts"] = Facts(run),
            ["orbitColor"] = Array(Orbit.Select(o => Jpeg(o.Color))),
            ["orbitDepth"] = Array(Orbit.Select(o => Jpeg(o.Depth))),
            ["orbitFirst"] = Jpeg(Orbit[0].Color),
            ["orbitSize"] = $"{Orbit[0].Color.Width}",
            ["snapshots"] = Growth(),
            ["psnrChart"] = Curve("PSNR of the rays of a step (dB)", log.Select(l => (l.Seconds, l.Psnr))),
            ["lossChart"] = Curve(new("loss") { Log = true }, log.Select(l => (l.Seconds, l.Loss))),
            ["views"] = string.Concat(Views.Select(v => Card(Text($"<b>{v.Score.Psnr:0.00} dB</b> SSIM {v.Score.Ssim:0.000}"), v.Score.Name, ("photograph", v.Truth), ("rendering", v.Rendering), ("error", v.Error)))),
            ["depths"] = string.Concat(Depths.Select(d => Card(Text($"<b>{d.MeanError:0.0000}</b> mean error of depths from {d.Range.Near:0.00} to {d.Range.Far:0.00}"), "", ("exact", d.Exact), ("learned", d.Learned), ("error", d.Error)))),
            ["lagoon"] = Gradient(ColorMap.Lagoon),
            ["ember"] = Gradient(ColorMap.Ember),
            ["times"] = TimeBars(seconds),
            ["machine"] = Rows(("processor", $"{InfoCommand.Processor}, {Environment.ProcessorCount} threads"), ("device", run.Device.ToString()), ("libtorch", torch.__version__), ("kernels", run.Kernels.Name), ("NerfLab", InfoCommand.Version)),
            ["recipe"] = Escaped(RecipeJson.Write(run.Recipe)),
            ["commands"] = Commands(),
        };
        using var stream = typeof(TourPage).Assembly.GetManifestResourceStream("NerfLab.Cli.tour.html")!;
        var page = new StringBuilder(new StreamReader(stream).ReadToEnd());
        foreach (var (name, part) in parts) page.Replace("{{" + name + "}}", part);
        return page.ToString();
    }

    string Facts(Run run)
    {
        return string.Concat(
            Fact(Text($"{Scores.Psnr:0.0}"), "dB PSNR", $"mean of {Scores.Views.Count} views that it has never seen"),
            Fact(Text($"{Scores.Ssim:0.000}"), "SSIM", "structural similarity, 1 is equal"),
            Fact(Text($"{run.Training.Done}"), "steps", Text($"in {Screen.Time(run.Training.Seconds)}")),
            Fact(Text($"{Scores.SecondsPerView:0.00}"), "s a view", Text($"of {scene.Test[0].Camera.Width}&times;{scene.Test[0].Camera.Height} pixels")),
            Fact(Text($"{Scores.PeakMemoryMiB / 1024:0.0}"), "GiB", "of memory at most"));

        static string Fact(string number, string unit, string what) => $"<div><p><b>{number}</b> {unit}</p><span>{what}</span></div>";
    }

    string Growth()
    {
        var html = new StringBuilder();
        foreach (var (time, psnr, picture) in Snapshots)
            html.Append(Text($"<figure>{Picture(picture, "rendering")}<figcaption><b>{Screen.Time(time)}</b> {psnr:0.0} dB</figcaption></figure>"));
        var truth = Views.First(v => v.Score.Name == Watched.Name).Truth;
        return html.Append($"<figure class='truth'>{Picture(truth, "photograph")}<figcaption><b>photograph</b></figcaption></figure>").ToString();
    }

    string TimeBars(double seconds)
    {
        double known = Times.Sum(t => t.Seconds);
        return string.Concat(Times.Append(("the rest", seconds - known)).Select(t =>
            Text($"<tr><th>{t.Item1}</th><td><i style='width:{100 * t.Item2 / seconds:0.0}%'></i></td><td>{t.Item2:0.0} s</td></tr>"))) + Text($"<tr class='sum'><th>in all</th><td></td><td>{seconds:0.0} s</td></tr>");
    }

    string Commands()
    {
        string[][] commands =
        [
            ["train the network of NeRF on the same scene", "environment/run train embedded --field mlp"],
            ["train on photographs of yours (Blender or instant-ngp poses)", "environment/run train path/to/scene --eval"],
            ["make a film of this field, with depth", $"environment/run render {runFolder} --size 400x400 --depth"],
            ["measure it again, as JSON", $"environment/run eval {runFolder} --json -"],
            ["go on with this training", $"environment/run train --resume --out {runFolder} --steps {10 * double.Ceiling(Scores.TrainingSteps / 5.0)}"],
            ["see what this machine offers", "environment/run info"],
        ];
        return string.Concat(commands.Select(c => $"<li><span>{Escaped(c[0])}</span><code>{Escaped(c[1])}</code><button type='button'>copy</button></li>"));
    }

    static string Card(string figures, string name, params (string What, Bitmap Picture)[] pictures) =>
        $"<article><div class='triple'>{string.Concat(pictures.Select(p => $"<figure>{Picture(p.Picture, p.What)}<figcaption>{p.What}</figcaption></figure>"))}</div><p>{figures}<em>{Escaped(name)}</em></p></article>";

    static string Rows(params (string Key, string Value)[] rows) => string.Concat(rows.Select(r => $"<tr><th>{Escaped(r.Key)}</th><td>{Escaped(r.Value)}</td></tr>"));

    static string Gradient(ColorMap map) => string.Join(",", Enumerable.Range(0, 17).Select(i => map[i / 16f] is var (r, g, b) ? $"rgb({r},{g},{b})" : ""));

    static string Curve(Axis y, IEnumerable<(double, double)> points) => new Figure { X = "seconds of training", Y = y, Width = 560, Height = 300 }.Line("", Figure.Smoothed([.. points])).ToSvg();

    static string Array(IEnumerable<string> items) => "[" + string.Join(",", items.Select(i => $"\"{i}\"")) + "]";

    static string Picture(Bitmap picture, string what) => $"<img src='data:image/png;base64,{Convert.ToBase64String(ImageFile.Encode(picture, ImageFormat.Png))}' width='{picture.Width}' height='{picture.Height}' alt='{what}' loading='lazy'>";

    static string Jpeg(Bitmap picture) => "data:image/jpeg;base64," + Convert.ToBase64String(ImageFile.Encode(picture, ImageFormat.Jpeg, 92));

    static string Escaped(string text) => WebUtility.HtmlEncode(text);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
