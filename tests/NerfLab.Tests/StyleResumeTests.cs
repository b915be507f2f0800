using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Procedural;
using NerfLab.Recipes;
using NerfLab.Rendering;
using NerfLab.Stylization;
using NerfLab.Tasks;
using NerfLab.Training;
using NerfLab.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Stylizations that are interrupted and go on, and runs that keep the styles they have learnt.</summary>
public class StyleResumeTests
{
    static Scene Still => EmbeddedScene.Create(new SceneOptions(Embedded: new EmbeddedOptions(Train: 6, Val: 0, Test: 1, Size: 32)));

    static Recipe Small => Presets.Find("plenoxels", "small") with { Field = new PlenoxelsSpec(16, 1, 2), Growth = new Growth(), Sampler = new OccupancySpec(Resolution: 16, Steps: 48) };

    static Tensor Picture(string manner) => StylePicture.Tensor(Painting.Find(manner).Draw(48), CPU);

    static double Squared(Tensor a, Tensor b) => (a - b).square().mean().ToDouble();

    static string Trained(TemporaryFolder folder, Scene scene)
    {
        using var run = Run.Start(Small, scene, CPU);
        foreach (var _ in run.Steps(120)) { }
        run.Save(folder["run"]);
        return folder["run"];
    }

    [Theory]
    [InlineData("colours", 4)]
    [InlineData("matching", 5)]
    [InlineData("colours again", 1)]
    public void ArfGoesOnToTheSameBits(string stage, int step)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var scene = Still.Kept();
        var trained = Trained(folder, scene);
        using var extractor = EmbeddedExtractor.Open(CPU);
        var spec = new ArfSpec(FitSteps: 8, Steps: 9, ViewDependent: true, Recoloring: Recoloring.Published);
        using (var whole = Arf.Open(trained, CPU, spec))
        {
            foreach (var _ in Arf.Stylize(whole, scene, extractor, Picture("swirls"), spec)) { }
            whole.Save(folder["whole"]);
        }
        using (var part = Arf.Open(trained, CPU, spec))
        {
            int made = 0;
            foreach (var at in Arf.Stylize(part, scene, extractor, Picture("swirls"), spec, new StageFile(folder["stage.safetensors"], every: 0)))
                if (at.Stage == stage && ++made == step) break;
        }
        using (var rest = Arf.Open(trained, CPU, spec))
        {
            var kept = new StageFile(folder["stage.safetensors"]);
            Assert.Equal(stage == "colours" ? "colours" : "matching", kept.Stage);
            var again = Arf.Stylize(rest, scene, extractor, Picture("swirls"), spec, kept).Where(s => s.Step is not null).ToList();
            if (stage != "colours again") Assert.Equal(step, again[0].Step!.Index);
            rest.Save(folder["parts"]);
        }
        using var first = WeightFile.Open(folder["whole/checkpoint.safetensors"]);
        using var second = WeightFile.Open(folder["parts/checkpoint.safetensors"]);
        foreach (var name in first.Names) Assert.True(Squared(first.Read(name).to(float32), second.Read(name).to(float32)) == 0, name);
    }

    [Fact]
    public void StylesAreKeptAndGoneOnWith()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var trained = Trained(folder, Still.Kept());
        var spec = StylizedNerfSpec.Small with
        {
            Consistency = new ConsistencyTraining(Steps: 3, Views: 2), Codes = new StyleCodes.Training(Steps: 50, Latent: 4), Module = new StyleModuleSpec(4, 24, 2, 4), Steps = 60, Rays = 256, MutualEvery = 10, CodeScale = 0.5,
        };
        Tensor[] styles = [Picture("swirls"), Picture("mosaic")];
        using (var run = Run.Open(trained, CPU))
        using (var styler = AdaIn.Embedded(CPU))
        using (var part = new StylizedNerf(run, styler, spec))
            foreach (var step in part.Stages([.. run.Scene.Train.Select(c => c.Camera)], styles, new StyleKeeper(folder["styled"], every: 0)))
                if (step.Stage == "style" && step.Done > 0.8) break;
        Assert.False(Run.IsRun(folder["styled"]));
        using (var run = Run.Open(trained, CPU))
        using (var styler = AdaIn.Embedded(CPU))
        using (var rest = new StylizedNerf(run, styler, spec))
        {
            var kept = new StyleKeeper(folder["styled"]);
            Assert.Equal("style", kept.Stage.Stage);
            var steps = rest.Stages([.. run.Scene.Train.Select(c => c.Camera)], styles, kept).ToList();
            Assert.DoesNotContain(steps, s => s.Stage == "consistency");
            Assert.InRange(steps.Count(s => s.Stage == "style"), 10, 30);
            run.Save(folder["styled"]);
            rest.Book([new WeightSource("swirls", ""), new WeightSource("mosaic", "")]).Write(folder["styled"]);

            // What the folder shows is what was learnt.
            using var opened = Run.Open(folder["styled"], CPU);
            var camera = run.Scene.Train[0].Camera;
            Assert.Equal(0, Squared(opened.Render(camera).Color, rest.Render(rest.Field(0, 0, 0.5), camera).Color), 1e-10);
            opened.ShowStyle(opened.Styles!.Shares("mosaic"), scale: 0);
            Assert.Equal(0, Squared(opened.Render(camera).Color, rest.Render(rest.Field(1), camera).Color), 1e-10);
            opened.ShowStyle(opened.Styles!.Shares("1,3"), scale: 0);
            Assert.Equal(0, Squared(opened.Render(camera).Color, rest.Render(rest.Mimic!.Between(0, 1, 0.75), camera).Color), 1e-10);
            opened.ShowStyle(null);
            Assert.Equal(0, Squared(opened.Render(camera).Color, run.Render(camera).Color), 1e-10);
            Assert.Throws<BadInputException>(() => opened.ShowStyle([1, 1, 1])).Message.ShouldSay("3 weights are given and 2 styles");
            Assert.Throws<BadInputException>(() => opened.ShowStyle([0, 0])).Message.ShouldSay("not all 0");
            Assert.Throws<BadInputException>(() => opened.ShowStyle([1, 0], view: 6)).Message.ShouldSay("0 to 5 have codes");
            Assert.Throws<BadInputException>(() => opened.Styles!.Shares("mosaik")).Message.ShouldSay("mosaic");
            Assert.Throws<BadInputException>(() => run.ShowStyle([1])).Message.ShouldSay("has learnt no styles");

            // What another field learns from it has the colours of the style.
            opened.ShowStyle([0, 1]);
            var x = Box.Cube(1).Size.ToTensor(CPU) * 0;
            using var noGradient = no_grad();
            var d = tensor(new[] { 0f, 0, 1 }, [1, 3]);
            Assert.Equal(0, Squared(Teacher.Of(opened).Field.Query(x.view(1, 3), d).Color, opened.Shown.Query(x.view(1, 3), d).Color));
        }
    }
}

static class Said
{
    public static void ShouldSay(this string message, string part) => Assert.Contains(part, message);
}
