using System.Numerics;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Metrics;
using NerfLab.Procedural;
using NerfLab.Recipes;
using NerfLab.Rendering;
using NerfLab.Stylization;
using NerfLab.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>StylizedNeRF: codes, the consistency of the decoder, and the whole way on a small scene.</summary>
public class StyleNerfTests
{
    static Scene Still => EmbeddedScene.Create(new SceneOptions(Embedded: new EmbeddedOptions(Train: 8, Val: 0, Test: 1, Size: 40)));

    static Recipe Small => Presets.Find("plenoxels", "small") with { Field = new PlenoxelsSpec(16, 1, 2), Growth = new Growth(), Sampler = new OccupancySpec(Resolution: 16, Steps: 48) };

    static AdaIn Styler() => AdaIn.Embedded(CPU);

    static Tensor Picture(string manner) => StylePicture.Tensor(Painting.Find(manner).Draw(64), CPU);

    static double Squared(Tensor a, Tensor b) => (a - b).square().mean().ToDouble();

    /// <summary>Exact pictures and depths of the scene, from neighbouring places.</summary>
    static List<PictureWithDepth> Exact(int count, int size)
    {
        var cameras = CameraPaths.Orbit([.. Still.Train.Select(v => v.Camera)], 60).Take(count).Select(c => c.Framed(size, size));
        return [.. cameras.Select(c =>
        {
            var depth = tensor(EmbeddedScene.Depth(c), [size, size]);
            return new PictureWithDepth(c, Image.FromBitmap(EmbeddedScene.Render(c)).Over(Vector3.One).Pixels, depth.masked_fill(depth.isfinite().logical_not(), 0));
        })];
    }

    [Fact]
    public void ACodeIsHeldAtTheMeanOfItsStyle()
    {
        using var scope = NewDisposeScope();
        var (mean, log) = (tensor(new[] { 0.5f, -1 }, [1, 2]), tensor(new[] { 2 * float.Log(0.5f), 0 }, [1, 2]));
        var code = tensor(new[] { 1.5f, -1 }, [1, 2]);
        Assert.Equal(1 / (2 * 0.25), MimicStyle.Penalty(code, mean, log, CodePenalty.Likelihood).ToDouble(), 1e-5);
        Assert.Equal(1 / (2 * double.Pi * 0.25), MimicStyle.Penalty(code, mean, log, CodePenalty.Paper).ToDouble(), 1e-5);
        Assert.Equal(1 / 0.501, MimicStyle.Penalty(code, mean, log, CodePenalty.Code).ToDouble(), 1e-4);
        foreach (var penalty in Enum.GetValues<CodePenalty>())
        {
            var at = mean.clone().requires_grad_();
            var held = MimicStyle.Penalty(at, mean, log, penalty);
            held.backward();
            Assert.Equal((0, 0), (held.ToDouble(), at.grad!.abs().max().ToDouble()));
        }
    }

    [Fact]
    public void TheDecoderLearnsThatViewsAgree()
    {
        using var scope = NewDisposeScope();
        using var styler = Styler();
        var views = Exact(4, 64);
        List<IReadOnlyList<ChannelStatistics>> styles;
        using (no_grad()) styles = [styler.Extractor.Statistics(Picture("swirls"))];
        var reports = new ConsistencyTraining(Steps: 60, Views: 2, LearningRate: 3e-4).Train(styler, views, styles).ToList();
        Assert.All(reports, r => Assert.InRange(r.Overlap, 0.02, 1));
        double Mean(IEnumerable<ConsistencyTraining.Report> some, Func<ConsistencyTraining.Report, double> value) => some.Average(value);
        Assert.True(Mean(reports.TakeLast(10), r => r.Difference) < 0.7 * Mean(reports.Take(5), r => r.Difference));
        Assert.True(Mean(reports.TakeLast(10), r => r.Style) < 1.2 * Mean(reports.Take(5), r => r.Style));
    }

    [Fact]
    public void ViewsWithNothingInCommonAreNoNumberThatIsNone()
    {
        using var scope = NewDisposeScope();
        var camera = Still.Train[0].Camera.Framed(16, 16);
        var away = camera with { Pose = Pose.LookAt(camera.Pose.Position, 2 * camera.Pose.Position, Vector3.UnitZ) };
        var views = new[] { camera, away }.Select(c => new PictureWithDepth(c, ones(16, 16, 3), ones(16, 16))).ToList();
        var (difference, overlap) = ConsistencyTraining.Difference(views, rand(2, 3, 16, 16));
        Assert.Equal((0, 0), (difference.ToDouble(), overlap));
    }

    [Fact]
    public void AViewIsWarpedToItselfUnchanged()
    {
        using var scope = NewDisposeScope();
        var view = Exact(1, 48)[0];
        var pictures = StylePicture.Of(view.Color).expand(2, 3, 48, 48);
        var (difference, overlap) = ConsistencyTraining.Difference([view, view], pictures);
        Assert.Equal(0, difference.ToDouble(), 1e-8);
        Assert.True(overlap > 0.5 * (view.Depth > 0).to(float32).mean().ToDouble());
    }

    [Fact]
    public void AStyledFieldKeepsItsShapeAndItsViewsAgree()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var scene = Still.Kept();
        // With the reference, so that both ways round alike: the kernels of the CPU compute exponentials a little differently.
        using var run = Run.Start(Small, scene, CPU, kernels: Kernels.Kernels.Reference);
        foreach (var _ in run.Steps(150)) { }
        using var styler = Styler();
        var spec = StylizedNerfSpec.Small with
        {
            Consistency = new ConsistencyTraining(Steps: 5, Views: 2), Codes = new StyleCodes.Training(Steps: 100, Latent: 4), Module = new StyleModuleSpec(4, 32, 2, 4), Steps = 150, Rays = 512, MutualEvery = 25,
        };
        using var stylized = new StylizedNerf(run, styler, spec);
        var cameras = scene.Train.Select(v => v.Camera).ToList();
        using var places = new Generator(9);
        var x = rand([500, 3], generator: places) * 2 - 1;
        var (plain, density) = (run.Render(cameras[0]), run.Field.Density(x).detach().clone()); // before anything could change in place
        var stages = stylized.Stages(cameras, [Picture("swirls"), Picture("mosaic")]).Select(s => (s.Stage, s.Figures)).ToList();
        Assert.Equal(["geometry", "consistency", "codes", "style"], stages.Select(s => s.Stage).Distinct());
        Assert.Contains(stages, s => s.Figures.Any(f => f.Name == "mutual"));
        double Mimic((string Stage, IReadOnlyList<(string Name, double Value)> Figures) s) => s.Figures.First(f => f.Name == "mimic").Value;
        var style = stages.Where(s => s.Stage == "style").ToList();
        Assert.True(style.TakeLast(10).Average(Mimic) < 0.6 * style.Take(3).Average(Mimic));

        var styled = stylized.Render(stylized.Field(0), cameras[0]);
        Assert.Equal(0, (density - stylized.Field(0).Density(x)).abs().max().ToDouble()); // to the bit
        Assert.Equal(0, (plain.Depth - styled.Depth).abs().max().ToDouble(), 1e-5);
        Assert.Equal(0, (plain.Opacity - styled.Opacity).abs().max().ToDouble(), 1e-6);
        // The mean of a style is one field, the learnt codes of views are several.
        Assert.Equal(0, Squared(stylized.Render(stylized.Field(1, 0), cameras[0]).Color, stylized.Render(stylized.Field(1, 3), cameras[0]).Color));
        Assert.True(Squared(stylized.Render(stylized.Field(1, 0, 1), cameras[0]).Color, stylized.Render(stylized.Field(1, 3, 1), cameras[0]).Color) > 0);
        // Between two styles lies something else than either.
        var (first, second, half) = (Shown(stylized.Field(0)), Shown(stylized.Field(1)), Shown(stylized.Mimic!.Between(0, 1, 0.5)));
        Assert.True(Squared(first, half) < Squared(first, second) && Squared(second, half) < Squared(first, second));

        // What the paper is about: views of the field agree better than pictures that are stylised one by one.
        var near = CameraPaths.Orbit(cameras, 40).Take(4).ToList();
        var statistics = styler.Style(Picture("swirls"));
        double Inconsistent(Func<Camera, Tensor> picture) => Enumerable.Range(0, 3).Average(i => Consistency.Between(Seen(near[i], picture), Seen(near[i + 1], picture), tolerance: 0.05).Rmse);
        double byField = Inconsistent(c => stylized.Render(stylized.Field(0), c).Color);
        double byView = Inconsistent(c => { using var noGradient = no_grad(); return StylePicture.Pixels(styler.Transfer(StylePicture.Of(run.Render(c).Color), [new(statistics)])); });
        Assert.True(byField < byView, $"{byField} and {byView}");

        Tensor Shown(IField field) => stylized.Render(field, cameras[0]).Color;

        PictureWithDepth Seen(Camera camera, Func<Camera, Tensor> picture)
        {
            var image = run.Render(camera);
            return new PictureWithDepth(camera, picture(camera), image.Depth.masked_fill(image.Opacity < 0.5, 0));
        }
    }

    [Fact]
    public void WhatCannotBeIsSaid()
    {
        using var scope = NewDisposeScope();
        using var run = Run.Start(Small with { Field = new PlenoxelsSpec(16, 1, 1e-6) }, Still, CPU);
        using var styler = Styler();
        using var stylized = new StylizedNerf(run, styler, StylizedNerfSpec.Small);
        var cameras = Still.Train.Select(v => v.Camera).ToList();
        Assert.Contains("no style is given", Assert.Throws<BadInputException>(() => stylized.Stages(cameras, []).First()).Message);
        Assert.Contains("shows no surface", Assert.Throws<BadInputException>(() => stylized.Stages(cameras, [Picture("swirls")]).First()).Message);
        using var random = new Generator(1);
        using var module = new StyleModule(new StyleModuleSpec(2, 8, 1, 4), random);
        var pictures = new List<Tensor[]> { new[] { zeros(40, 40, 3) }, new[] { zeros(40, 40, 3) } };
        Assert.Contains("2 are given and 1 codes", Assert.Throws<BadInputException>(() =>
            new MimicStyle(run.Field, run.Renderer, module, [cameras[0]], pictures, zeros(1, 4), zeros(1, 4), run.BackgroundColor)).Message);
    }
}
