using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Metrics;
using NerfLab.Plotting;
using NerfLab.Recipes;
using NerfLab.Stylization;
using NerfLab.Weights;
using static System.FormattableString;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary>Every method on every style, measured on the same frames: a table, figures as JSON, and strips of pictures.</summary>
/// <param name="source">The folder of the field before it is stylised.</param>
/// <param name="folder">For everything that is made.</param>
/// <param name="device">Where to compute.</param>
/// <param name="screen">For the table.</param>
/// <param name="stop">Ends it early.</param>
sealed class StyleBench(string source, string folder, Device device, Screen screen, Interruption stop)
{
    const string Before = "before";

    /// <summary>The methods that are compared.</summary>
    public static readonly IReadOnlyList<string> Methods = ["arf", "stylizednerf", "no-mutual", "adain-per-view"];

    readonly List<StyleRow> _rows = [];
    readonly Dictionary<string, List<(Bitmap Picture, string Caption)>> _strips = [];

    /// <summary>The 2D network, fresh.</summary>
    public required Func<AdaIn> Styler { get; init; }

    /// <summary>What ARF sees styles with.</summary>
    public required Func<StyleExtractor> Extractor { get; init; }

    /// <summary>What measures style and content.</summary>
    public required StyleExtractor Judge { get; init; }

    /// <summary>What measures how alike warped pictures are.</summary>
    public required IPictureDistance Distance { get; init; }

    /// <summary>orbit or spiral; null for the usual one.</summary>
    public required string? Path { get; init; }

    /// <summary>Pairs of frames of each kind.</summary>
    public required int Pairs { get; init; }

    /// <summary>Whether to take exact depth where it is known.</summary>
    public required bool ExactDepth { get; init; }

    /// <summary>Where the scene is; null for where the recipe says.</summary>
    public required string? Scene { get; init; }

    /// <summary>By how much smaller pictures are looked at.</summary>
    public required float Downscale { get; init; }

    /// <summary>How ARF works.</summary>
    public required ArfSpec Arf { get; init; }

    /// <summary>How StylizedNeRF works.</summary>
    public required StylizedNerfSpec StylizedNerf { get; init; }

    /// <summary>Makes what is not there yet, measures, shows and writes.</summary>
    /// <param name="files">Style pictures.</param>
    /// <param name="methods">Some of <see cref="Methods"/>.</param>
    /// <param name="also">Run folders and folders of pictures.</param>
    public StyleComparison Run(IReadOnlyList<string> files, IReadOnlyList<string> methods, IReadOnlyList<string> also)
    {
        using var lasting = NewDisposeScope();
        using var run = Recipes.Run.Open(source, device);
        var styles = StyleOrder.Sources(files);
        screen.Begin();
        using var frames = new StyleFrames(run, Path, Pairs, ExactDepth, (done, all) => Watch("frames", (double)done / all));
        foreach (var (file, style) in files.Zip(styles))
        {
            _strips[style.File] = [(StylePicture.Plain(ImageFile.ReadBitmap(file)), style.File)];
            using var judged = Judged(file, frames);
            Measure(Before, style.File, null, frames, judged, f => f.View.Color);
        }
        foreach (var method in methods)
        {
            if (method == "arf") foreach (var (file, style) in files.Zip(styles)) Matched(file, style, frames);
            if (method == "adain-per-view") foreach (var (file, style) in files.Zip(styles)) PerView(file, style, frames);
            if (method is "stylizednerf" or "no-mutual") Learnt(method, files, styles, frames);
            Write(run);
        }
        foreach (var path in also)
        {
            using var judged = Judged(files[0], frames);
            using var other = Recipes.Run.IsRun(path) ? Recipes.Run.Open(path, device) : null;
            var name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(path));
            Measure(name, styles[0].File, null, frames, judged, other is not null ? f => other.Render(f.View.Camera).Color : f => Picture(path, f.Number));
        }
        var result = Write(run);
        Show(run, frames);
        return result;
    }

    void Matched(string file, WeightSource style, StyleFrames frames)
    {
        var into = System.IO.Path.Combine(folder, $"arf-{style.File}");
        double? seconds = null;
        if (!Recipes.Run.IsRun(into))
        {
            using var extractor = Extractor();
            var recipe = Recipes.Run.ReadRecipe(source);
            var scene = StyleSession.Photographs(recipe, Scene, Downscale);
            int size = int.Max(128, scene.Train.Max(v => int.Max(v.Camera.Width, v.Camera.Height)) / 2);
            using var scope = NewDisposeScope();
            var picture = StylePicture.Read(file, extractor, size);
            var order = new StyleOrder("arf", CommandLine.WholePath(source), [style], [extractor.Source], size, Downscale, Arf: Arf);
            order.Begin(into, resume: true);
            seconds = new StyleSession(screen, stop).Match(order, scene, extractor, picture, into, device).Seconds;
        }
        using var judged = Judged(file, frames);
        using var made = Recipes.Run.Open(into, device);
        Measure("arf", style.File, seconds, frames, judged, f => made.Render(f.View.Camera).Color);
    }

    void Learnt(string method, IReadOnlyList<string> files, IReadOnlyList<WeightSource> styles, StyleFrames frames)
    {
        const int Size = 512;
        var into = System.IO.Path.Combine(folder, method);
        double? seconds = null;
        if (StyleBook.In(into) is null)
        {
            using var styler = Styler();
            using var scope = NewDisposeScope();
            var pictures = files.Select(f => StylePicture.Read(f, styler.Extractor, Size)).ToList();
            var spec = StylizedNerf with { Mutual = method == "stylizednerf" };
            var order = new StyleOrder("stylizednerf", CommandLine.WholePath(source), styles, StyleOrder.Files(styler), Size, Downscale, StylizedNerf: spec);
            order.Begin(into, resume: true);
            seconds = new StyleSession(screen, stop).Learn(order, styler, pictures, into, device);
        }
        using var made = Recipes.Run.Open(into, device);
        foreach (var (file, style) in files.Zip(styles))
        {
            using var judged = Judged(file, frames);
            made.ShowStyle(made.Styles!.Shares(style.File));
            Measure(method, style.File, seconds, frames, judged, f => made.Render(f.View.Camera).Color);
        }
    }

    void PerView(string file, WeightSource style, StyleFrames frames)
    {
        using var styler = Styler();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var look = styler.Style(StylePicture.Read(file, styler.Extractor, 512));
        using var judged = Judged(file, frames);
        long begin = System.Diagnostics.Stopwatch.GetTimestamp();
        var made = frames.All.ToDictionary(f => f.Number, f =>
        {
            Watch("pictures", (double)f.Number / ConsistencyScore.Frames);
            return StylePicture.Pixels(styler.Transfer(StylePicture.Of(f.View.Color.to(device)), [new StyleShare(look, Mask: f.There)]));
        });
        Measure("adain-per-view", style.File, System.Diagnostics.Stopwatch.GetElapsedTime(begin).TotalSeconds, frames, judged, f => made[f.Number].alias());
    }

    /// <summary>The style as large as the pictures: what is seen at another scale has other features.</summary>
    StyleDistance Judged(string file, StyleFrames frames)
    {
        using var scope = NewDisposeScope();
        var camera = frames.All.First().View.Camera;
        return new StyleDistance(Judge, StylePicture.Read(file, Judge, int.Max(128, int.Max(camera.Width, camera.Height))));
    }

    void Measure(string method, string style, double? seconds, StyleFrames frames, StyleDistance judged, Func<StyleFrame, Tensor> picture)
    {
        var chosen = ConsistencyScore.Chosen(Pairs)[0];
        int all = frames.All.Count;
        screen.Begin();
        var score = frames.Measure(f =>
        {
            var made = picture(f);
            if (f.Number == chosen.Here || f.Number == chosen.Far || (method != Before && f.Number == chosen.Near))
                _strips[style].Add((new Image(made.clamp(0, 1).contiguous()).ToBitmap(), $"{method}, frame {f.Number}"));
            return made;
        }, judged, Distance, done => Watch("measuring", (double)done / all));
        _rows.Add(new StyleRow(method, style, seconds, score));
        screen.Note(Invariant($"{method}, {style}: {Line(score)}"));
    }

    static Tensor Picture(string path, int number)
    {
        var file = System.IO.Path.Combine(path, $"frame_{number:0000}.png");
        if (!File.Exists(file)) throw new BadInputException($"{path}: is no run folder and has no frame_{number:0000}.png; a run folder, or the pictures of a path of {ConsistencyScore.Frames} frames, are expected");
        using var image = Image.FromBitmap(StylePicture.Plain(ImageFile.ReadBitmap(file)));
        return image.Pixels.clone();
    }

    void Watch(string what, double fraction)
    {
        stop.Check($"{folder} holds what is complete; the same command goes on");
        screen.Progress(what, double.Min(1, fraction));
    }

    StyleComparison Write(Run run)
    {
        var result = new StyleComparison(run.Recipe.Name, run.Scene.Name, device.ToString(), _rows);
        AtomicFile.Write(System.IO.Path.Combine(folder, "stylize-compare.json"), result.ToJson());
        result.Plots().Write(System.IO.Path.Combine(folder, "stylize-compare.png"));
        foreach (var (style, pictures) in _strips)
            pictures.Aggregate(new ImageGrid($"{run.Scene.Name} in the style of {style}") { Columns = 3, Width = 900 }, (grid, p) => grid.Add(p.Picture, p.Caption))
                .Write(System.IO.Path.Combine(folder, $"strip-{style}.png"));
        return result;
    }

    void Show(Run run, StyleFrames frames)
    {
        var depth = _rows[0].Score.ExactDepth ? "exact depth" : "the field's depth";
        screen.Result(Invariant($"{run.Recipe.Name} on {run.Scene.Name}, {frames.All.Count} frames, warped by {depth}; style and content by {Judge.Name} ({Judge.Source}); {InfoCommand.Processor}, {Environment.ProcessorCount} threads, {device}"));
        screen.Result("");
        var table = new MarkdownTable("method, style", "RMSE near", $"{Distance.Name} near", "RMSE far", $"{Distance.Name} far", "nearest", "Gram", "content", "seconds");
        foreach (var (method, style, seconds, score) in _rows)
            table.Add($"{method}, {style}", Figure(score.Consistency.Short.Rmse), Figure(score.Consistency.Short.Lpips),
                Figure(score.Consistency.Long.Rmse), Figure(score.Consistency.Long.Lpips),
                Figure(score.Nearest), Figure(score.Gram), Figure(score.Content), seconds is { } s ? Invariant($"{s:0}") : "");
        foreach (var line in table.Lines) screen.Result(line);
        screen.Result("");
        foreach (var range in new[] { _rows[0].Score.Consistency.Short, _rows[0].Score.Consistency.Long })
            if (range.Pairs == 0) screen.Result($"frames {range.Apart} apart have no surface in common, so that nothing can be said about how well they agree");
        screen.Note(Invariant($"{folder}: stylize-compare.json, plots in stylize-compare.png, a strip of pictures of each style, and the runs; {Evaluation.PeakMemory:0} MiB at most"));
    }

    static string Figure(double? value) => value is { } v && double.IsFinite(v) ? Invariant($"{v:0.0000}") : "none";

    static string Line(StyleScore s) =>
        Invariant($"RMSE {Figure(s.Consistency.Short.Rmse)} near and {Figure(s.Consistency.Long.Rmse)} far, nearest {s.Nearest:0.000}, Gram {s.Gram:0.000}, content {s.Content:0.000}");
}
