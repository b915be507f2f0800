using System.Diagnostics;
using NerfLab.Data;
using NerfLab.Math;
using NerfLab.Procedural;
using NerfLab.Recipes;
using NerfLab.Stylization;
using NerfLab.Tasks;
using static System.FormattableString;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary>How long stylization takes: a picture by AdaIN, a step of ARF, a step of the style module.</summary>
/// <param name="turns">So often each is measured, at most five times.</param>
/// <param name="screen">For the progress.</param>
/// <param name="stop">Ends it early.</param>
sealed class StyleTimes(int turns, Screen screen, Interruption stop)
{
    readonly int _learning = turns > 1 ? 150 : 1; // steps of the field that is stylised: surfaces, and empty space around them
    readonly int _warm = turns > 1 ? 3 : 0; // calls in which the compiler finds out that it pays
    readonly int _turns = int.Clamp(turns, 1, 5);

    /// <summary>Names and median milliseconds.</summary>
    /// <param name="styler">Another network beside the embedded one; null for none.</param>
    public IEnumerable<(string Name, double Milliseconds)> All(Func<AdaIn>? styler)
    {
        using var random = new Generator(1);
        using (var embedded = AdaIn.Embedded(CPU))
        {
            yield return Picture(embedded, random);
            foreach (var row in Steps(embedded, random)) yield return row;
        }
        if (styler is null) yield break;
        using var other = styler();
        yield return Picture(other, random);
    }

    /// <summary>A picture of 512x512 in a style whose statistics are known.</summary>
    (string Name, double Milliseconds) Picture(AdaIn adain, Generator random)
    {
        const int Size = 512;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var picture = rand([1, 3, Size, Size], generator: random);
        var style = new StyleShare(adain.Style(rand([1, 3, 128, 128], generator: random)));
        return Measured($"AdaIN of {Size}x{Size}, {adain.Extractor.Name}", _ => adain.Transfer(picture, [style]));
    }

    /// <summary>Both ways of stylising a field of voxels.</summary>
    IReadOnlyList<(string Name, double Milliseconds)> Steps(AdaIn adain, Generator random)
    {
        using var scope = NewDisposeScope();
        var scene = SceneFile.Open(SceneFile.Embedded, new SceneOptions(Embedded: new EmbeddedOptions(Train: 12, Val: 0, Test: 0, Size: 128))).Kept();
        using var run = Run.Start(Presets.Find("plenoxels", "small"), scene, CPU);
        foreach (var step in run.Steps(_learning)) stop.Check("nothing was written");
        var cameras = scene.Train.Select(v => v.Camera).ToList();
        var seen = cameras.Select(c => run.Render(c).Color).ToList();

        var style = StylePicture.Tensor(Painting.Find("swirls").Draw(128), CPU);
        using var match = new MatchStyle(run.Field, run.Task.State, run.Renderer, [.. cameras.Zip(seen, (c, s) => new MatchView(c, StylePicture.Of(s)))],
            adain.Extractor, style, new MatchWeights(), run.BackgroundColor);

        const int Rays = 1024;
        var module = new StyleModule(StyleModuleSpec.Small, random, run.Kernels);
        var codes = zeros(1, StyleModuleSpec.Small.Latent);
        var mimic = new MimicStyle(run.Field, run.Renderer, module, cameras, [[.. seen]], codes, codes, run.BackgroundColor, rays: Rays);
        return
        [
            Measured(Invariant($"ARF, a step on a view of {cameras[0].Width}x{cameras[0].Height}, {adain.Extractor.Name}"), i => match.Backward(i)),
            Measured(Invariant($"StylizedNeRF, a step of {Rays} rays"), i => mimic.Backward(i)),
        ];
    }

    (string Name, double Milliseconds) Measured(string name, Action<int> call)
    {
        var times = new List<double>();
        for (int turn = 0; turn < _warm + _turns; turn++)
        {
            stop.Check("nothing was written");
            screen.Progress("styles", (double)turn / (_warm + _turns), () => name);
            using var inner = NewDisposeScope();
            long begin = Stopwatch.GetTimestamp();
            call(turn);
            if (turn >= _warm) times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
        return (name, KernelBench.Median(times));
    }
}
