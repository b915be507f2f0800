using System.CommandLine;
using System.Diagnostics;
using NerfLab.Data;
using NerfLab.Metrics;
using NerfLab.Plotting;
using NerfLab.Recipes;
using static NerfLab.Cli.CommandLine;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary><c>nerflab tour</c>: trains the default field on the embedded scene and leaves a page that shows what came of it.</summary>
static class TourCommand
{
    const double Training = 0.70;   // of the time; the rest is for measuring, the orbit and the page
    const int DepthViews = 4;
    static readonly int[] s_orbitSizes = [320, 256, 192, 160, 128, 96, 64];

    static readonly Option<string?> Out = Text("--out", "DIR", "Where to put the page and the run folder. [default: out/tour]");
    static readonly Option<double?> Seconds = Number("--seconds", "S", "Seconds for everything: pictures, training, rendering and the page. A slow machine trains fewer steps and renders fewer frames. [default: 80]", 5.0);
    static readonly Option<string?> Where = Device();
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("tour", "Train on the embedded scene and leave a page with curves, views, depth maps and an orbit.") { Out, Seconds, Where, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        long begin = Stopwatch.GetTimestamp();
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var (folder, total) = (given.GetValue(Out) ?? Path.Combine("out", "tour"), given.GetValue(Seconds) ?? 80);
        var runFolder = Path.Combine(folder, "run");
        var device = Choose(given.GetValue(Where));
        var scene = SceneFile.Open(SceneFile.Embedded);
        var page = new TourPage(scene, runFolder);

        screen.Begin();
        using var run = Run.Start(Presets.Find("hash", "small"), scene, device, progress: read =>
        {
            stop.Check("nothing was trained");
            screen.Progress("photographs", (double)read / scene.Train.Count, () => $"{read}/{scene.Train.Count}");
        });
        run.Begin(runFolder);
        page.Times.Add(("photographs", screen.End()));
        screen.Note(FormattableString.Invariant($"{scene.Train.Count} photographs of {scene.Train[0].Camera.Width}x{scene.Train[0].Camera.Height} in {page.Times[0].Seconds:0.0} s; a hash grid of {Screen.Count(run.ParameterCount)} parameters learns from them on {device}"));

        Train(run, scene, page, runFolder, screen, stop, total * Training - Elapsed());
        page.Times.Add(("training", run.Training.Seconds));
        stop.Check($"{runFolder} holds what was trained so far");

        double perPixel = Measure(run, scene, page, screen, stop);
        page.Times.Add(("measuring", screen.End()));
        Orbit(run, scene, page, screen, stop, perPixel, total * 0.95 - Elapsed());
        page.Times.Add(("orbit", screen.End()));

        var file = Path.Combine(folder, "index.html");
        AtomicFile.Write(file, page.Html(run, Elapsed()));
        screen.Result(FormattableString.Invariant($"{page.Scores.Psnr:0.00} dB, SSIM {page.Scores.Ssim:0.000} on {page.Scores.Views.Count} views it has never seen, after {run.Training.Done} steps in {Screen.Time(run.Training.Seconds)}; {Screen.Time(Elapsed())} in all"));
        screen.Result($"open {Path.GetFullPath(file)}");
        return 0;

        double Elapsed() => Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>Trains, with pictures of one test view at 1 s, 2.5 s, 6 s, ...</summary>
    static void Train(Run run, Scene scene, TourPage page, string folder, Screen screen, Interruption stop, double seconds)
    {
        var view = page.Watched;
        var truth = Evaluation.Truth(view, run.BackgroundColor.cpu());
        double next = 1;
        new Session(run, folder, screen, stop)
        {
            CheckpointEvery = double.PositiveInfinity,
            FitSteps = true,
            AfterStep = step =>
            {
                if (step.Seconds < next) return;
                using var image = run.Render(view.Camera).Color;
                page.Snapshots.Add((step.Seconds, ImageMetrics.Psnr(image, truth), new Image(image).ToBitmap()));
                next = step.Seconds * 2.5;
            },
        }.Train(int.MaxValue, double.Max(seconds, 1));
    }

    /// <summary>Compares all test views with their photographs, and some with their exact depth.</summary>
    /// <returns>Seconds that a pixel takes.</returns>
    static double Measure(Run run, Scene scene, TourPage page, Screen screen, Interruption stop)
    {
        int done = 0;
        screen.Begin();
        page.Scores = Evaluation.Of(run, scene, "test", progress: (score, rendered, truth) =>
        {
            stop.Check("the page was not written");
            var view = scene.Test[done];
            page.Views.Add(new TourView(score, new Image(truth).ToBitmap(), new Image(rendered.Color).ToBitmap(), CompareView.Difference(rendered.Color, truth)));
            if (done % (scene.Test.Count / DepthViews) == 0 && page.Depths.Count < DepthViews)
                page.Depths.Add(Depth(view, rendered.Depth, rendered.Opacity));
            if (view == page.Watched) page.Snapshots.RemoveAll(s => s.Seconds > 0.7 * run.Training.Seconds); // hardly another picture than the last
            if (view == page.Watched) page.Snapshots.Add((run.Training.Seconds, score.Psnr, new Image(rendered.Color).ToBitmap()));
            screen.Progress("measuring", (double)++done / scene.Test.Count, () => FormattableString.Invariant($"{done}/{scene.Test.Count}  {score.Psnr:0.00} dB"));
        });
        var camera = scene.Test[0].Camera;
        return page.Scores.SecondsPerView / (camera.Width * camera.Height);
    }

    static TourDepth Depth(View view, Tensor learned, Tensor opacity)
    {
        var exact = tensor(view.ReadDepth()).view(view.Camera.Height, view.Camera.Width);
        var there = exact.isfinite();
        var solid = there.to(float32);
        var exactView = new DepthView(exact, solid);
        var range = exactView.Range;
        var both = there.logical_and(opacity > 0.5f);
        var error = where(both, (exact - learned).abs(), zeros_like(exact));
        double mean = error.sum().ToDouble() / double.Max(1, both.sum().ToDouble());
        // A tenth of the range is the brightest error.
        var difference = CompareView.Difference(error.unsqueeze(2), zeros_like(error).unsqueeze(2), 0.1f * (range.Far - range.Near));
        return new TourDepth(range, mean, exactView.Pixels(), (new DepthView(learned, opacity) with { Range = range }).Pixels(), difference);
    }

    /// <summary>Renders a circle: the largest pictures of which two dozen should fit into the time; then every pass doubles their number as long as there is time for it.</summary>
    static void Orbit(Run run, Scene scene, TourPage page, Screen screen, Interruption stop, double perPixel, double seconds)
    {
        const int Most = 96, First = 12;
        int size = s_orbitSizes.First(s => s == s_orbitSizes[^1] || 24 * s * s * perPixel <= seconds);
        var cameras = CameraPaths.Orbit([.. scene.Train.Select(v => v.Camera)], Most);
        var pictures = new SortedDictionary<int, (Bitmap, Bitmap)>();
        long begin = Stopwatch.GetTimestamp();
        (float Near, float Far)? range = null;
        screen.Begin();
        for (int frames = First; frames <= Most && (frames == First || Elapsed() * frames / pictures.Count <= seconds); frames *= 2)
        {
            for (int i = 0; i < Most; i += Most / frames)
            {
                if (pictures.ContainsKey(i)) continue;
                stop.Check("the page was not written");
                using var scope = NewDisposeScope();
                var image = run.Render(cameras[i].Framed(size, size));
                var depth = new DepthView(image.Depth, image.Opacity);
                range ??= depth.Range;
                pictures[i] = (new Image(image.Color).ToBitmap(), (depth with { Range = range.Value }).Pixels());
                screen.Progress("orbit", double.Min(1, Elapsed() / seconds), () => $"{pictures.Count} pictures of {size}x{size}");
            }
        }
        page.Orbit.AddRange(pictures.Values);

        double Elapsed() => Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
