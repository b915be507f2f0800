using System.Diagnostics;
using NerfLab.Data;
using NerfLab.Metrics;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>How well one view was rendered.</summary>
/// <param name="Name">Of the view.</param>
/// <param name="Psnr">Decibels.</param>
/// <param name="Ssim">At most 1.</param>
/// <param name="Seconds">To render it.</param>
/// <param name="Lpips">At least 0; null where it was not asked for.</param>
public sealed record ViewScore(string Name, double Psnr, double Ssim, double Seconds, double? Lpips = null);

/// <summary>How well the views of a split were rendered.</summary>
/// <param name="Run">Name of the recipe.</param>
/// <param name="Scene">Name of the scene.</param>
/// <param name="Split">train, val or test.</param>
/// <param name="Psnr">Mean over views, decibels.</param>
/// <param name="Ssim">Mean over views.</param>
/// <param name="SecondsPerView">Mean rendering time.</param>
/// <param name="TrainingSteps">Steps of the training so far.</param>
/// <param name="TrainingSeconds">Time of the training so far.</param>
/// <param name="Parameters">Numbers that were trained.</param>
/// <param name="PeakMemoryMiB">Largest resident memory of this process.</param>
/// <param name="Views">View by view.</param>
public sealed record Evaluation(string Run, string Scene, string Split, double Psnr, double Ssim, double SecondsPerView, int TrainingSteps, double TrainingSeconds,
    long Parameters, double PeakMemoryMiB, IReadOnlyList<ViewScore> Views)
{
    /// <summary>LPIPS, where it was asked for.</summary>
    public LpipsScore? Lpips { get; init; }

    /// <summary>Multi-view consistency, where it was asked for.</summary>
    public ConsistencyScore? Consistency { get; init; }

    /// <summary>Renders the views of a split and compares them with their pictures.</summary>
    /// <param name="run">The trained field.</param>
    /// <param name="scene">The scene with its pictures; of the same size as in training.</param>
    /// <param name="split">train, val or test.</param>
    /// <param name="lpips">Measures LPIPS as well; null leaves it out.</param>
    /// <param name="progress">Told each score, with the rendering and the truth, [H,W,3] each, which live until it returns.</param>
    /// <exception cref="BadInputException">The split has no views, or a picture cannot be read.</exception>
    public static Evaluation Of(Run run, Scene scene, string split, Lpips? lpips = null, Action<ViewScore, Rendering.RenderedImage, Tensor>? progress = null)
    {
        var views = scene.Split(split);
        if (views.Count == 0) throw new BadInputException($"scene {scene.Name}: it has no {split} views; choose another --split");
        int least = int.Max(ImageMetrics.SsimWindow, lpips?.LeastSize ?? 0);
        if (views.FirstOrDefault(v => int.Min(v.Camera.Width, v.Camera.Height) < least) is { } small)
            throw new BadInputException($"{small.Name}: the picture is {small.Camera.Width}x{small.Camera.Height}; {(least > ImageMetrics.SsimWindow ? lpips!.Name : "SSIM")} takes at least {least} pixels each way, so train with a smaller --downscale");
        var scores = new List<ViewScore>();
        foreach (var view in views)
        {
            using var scope = NewDisposeScope();
            long begin = Stopwatch.GetTimestamp();
            var rendered = run.Render(view.Camera);
            double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            var truth = Truth(view, run.BackgroundColor.cpu());
            scores.Add(Score(view, rendered.Color, truth, seconds, lpips));
            progress?.Invoke(scores[^1], rendered, truth);
        }
        return new Evaluation(run.Recipe.Name, scene.Name, split, scores.Average(s => s.Psnr), scores.Average(s => s.Ssim), scores.Average(s => s.Seconds),
            run.Training.Done, run.Training.Seconds, run.ParameterCount, PeakMemory, scores)
        {
            Lpips = lpips?.Score(scores.Average(s => s.Lpips ?? 0)),
        };
    }

    /// <summary>Measures what the view's mask lets through: PSNR over those pixels, SSIM and LPIPS with the others taken to be right.</summary>
    internal static ViewScore Score(View view, Tensor rendered, Tensor truth, double seconds, Lpips? lpips = null)
    {
        double psnr;
        if (view.ReadMask() is { } mask && mask.Contains(true))
        {
            var counts = tensor(mask).view(truth.shape[0], truth.shape[1]);
            psnr = ImageMetrics.Psnr(rendered[counts], truth[counts]);
            rendered = where(counts.unsqueeze(-1), rendered, truth);
        }
        else psnr = ImageMetrics.Psnr(rendered, truth);
        return new ViewScore(view.Name, psnr, ImageMetrics.Ssim(rendered, truth), seconds, lpips?.Distance(rendered, truth));
    }

    /// <summary>A view's picture in front of a colour, [H,W,3].</summary>
    public static Tensor Truth(View view, Tensor background)
    {
        using var scope = NewDisposeScope();
        var bitmap = view.Read();
        var pixels = tensor(bitmap.Samples, [(long)bitmap.Width * bitmap.Height, bitmap.Channels]).to(float32) / 255;
        return Math.Pixels.OverBackground(pixels, background).view(bitmap.Height, bitmap.Width, 3).MoveToOuterDisposeScope();
    }

    /// <summary>The largest resident memory that this process has had, in MiB.</summary>
    public static double PeakMemory
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64 / 1048576.0;
        }
    }

    /// <summary>As indented JSON.</summary>
    public string ToJson() => ResultJson.Write(this);
}
