using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Procedural;
using NerfLab.Recipes;
using NerfLab.Rendering;
using NerfLab.Stylization;
using NerfLab.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>ARF: gradients of whole pictures, colours moved exactly, and a stylised run.</summary>
public class StyleArfTests
{
    static Scene Still => EmbeddedScene.Create(new SceneOptions(Embedded: new EmbeddedOptions(Train: 6, Val: 0, Test: 1, Size: 40)));

    static Recipe Small(string field) => field switch
    {
        "hash" => Presets.Find("hash", "small") with { Field = new HashSpec(Levels: 3, Features: 2, Log2TableSize: 10, Coarsest: 4, Finest: 16, Width: 16, ColorLayers: 1), Sampler = new OccupancySpec(Resolution: 16, Steps: 48) },
        "mlp" => Presets.Find("mlp", "small") with { Sampler = new UniformSpec(24) },
        _ => Presets.Find("plenoxels", "small") with { Field = new PlenoxelsSpec(16, 1, 2), Growth = new Growth(), Sampler = new OccupancySpec(Resolution: 16, Steps: 48) },
    };

    // The kernels of the CPU compute exponentials a little differently in the two ways.
    [Theory]
    [InlineData("plenoxels", false, 1e-5)]
    [InlineData("hash", false, 1e-5)]
    [InlineData("mlp", false, 1e-5)]
    [InlineData("plenoxels", true, 1e-3)]
    [InlineData("hash", true, 1e-3)]
    public void DeferredGradientsAreThoseOfThePictureAtOnce(string field, bool fused, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var run = Run.Start(Small(field), Still, CPU, kernels: fused ? Kernels.Kernels.Cpu : Kernels.Kernels.Reference);
        foreach (var _ in run.Steps(20)) { }
        var camera = run.Scene.Train[0].Camera.Framed(16, 16);
        using var random = new Generator(1);
        var wanted = randn([1, 3, 16, 16], generator: random);
        Tensor Loss(Tensor picture) => ((picture - wanted).square() * wanted.abs()).mean();

        run.Task.State.zero_grad();
        DeferredPicture.Backward(run.Field, run.Renderer, camera, run.BackgroundColor, seen => Loss(seen.Color), raysAtOnce: 50);
        var deferred = run.Field.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!.clone());

        run.Task.State.zero_grad();
        var rendered = run.Renderer.Render(run.Field, Cameras.Rays(camera, CPU), run.BackgroundColor);
        Loss(rendered.Color.view(16, 16, 3).permute(2, 0, 1).unsqueeze(0)).backward();
        var direct = run.Field.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!);
        Assert.NotEmpty(direct);
        foreach (var (name, gradient) in direct)
        {
            double size = linalg.vector_norm(gradient.flatten(), 2, [0]).ToDouble();
            if (size == 0) continue;
            double error = linalg.vector_norm((deferred[name] - gradient).flatten(), 2, [0]).ToDouble() / size;
            Assert.True(error < tolerance, FormattableString.Invariant($"{name}: {error}"));
        }
    }

    [Fact]
    public void MovedCoefficientsGiveMovedPictures()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var random = new Generator(2);
        var spec = new PlenoxelsSpec(12, 1, 2);
        var field = spec.Build(Box.Cube(1), random);
        var coefficients = field.get_parameter("encoding.color")!;
        coefficients.copy_((randn(coefficients.shape, generator: random) * 0.1));
        var renderer = new Renderer(new UniformSpec(32).Build(Space.Bounded(Box.Cube(1), 0.5f, 6), spec, random, Kernels.Kernels.Reference), Kernels.Kernels.Reference);
        var rays = Cameras.Rays(Still.Train[0].Camera.Framed(12, 12), CPU);
        // A map that leaves colours away from 0, where they are clamped.
        var transfer = new ColorTransfer(tensor(new[] { 0.7f, 0.2f, 0, 0.1f, 0.6f, 0.1f, 0, 0.1f, 0.5f }, [3, 3]), tensor(new[] { 0.1f, 0.2f, 0.3f }));
        var before = renderer.Render(field, rays, zeros(3));
        var (color, opacity) = (before.Color, before.Opacity.unsqueeze(-1));
        coefficients.copy_(transfer.OfHarmonics(coefficients.view(-1, 3, 4)).view(coefficients.shape));
        var after = renderer.Render(field, rays, zeros(3)).Color;
        Assert.True(opacity.max().ToDouble() > 0.5);
        // The constant part counts as much as the ray is opaque.
        Assert.Equal(0, (after - (color.matmul(transfer.A.t()) + opacity * transfer.B)).abs().max().ToDouble(), 1e-4);
    }

    [Fact]
    public void AStylisedRunKeepsItsDensitiesAndLosesItsViewDependence()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var scene = Still.Kept();
        using (var run = Run.Start(Small("plenoxels"), scene, CPU))
        {
            foreach (var _ in run.Steps(150)) { }
            run.Save(folder["run"]);
        }
        using var extractor = EmbeddedExtractor.Open(CPU);
        var style = StylePicture.Tensor(Painting.Find("swirls").Draw(64), CPU);
        var spec = new ArfSpec(FitSteps: 20, Steps: 120);
        using (var run = Arf.Open(folder["run"], CPU, spec))
        {
            var stages = Arf.Stylize(run, scene, extractor, style, spec).ToList();
            Assert.Equal(["photographs", "colours", "matching", "colours again"], stages.Select(s => s.Stage).Distinct());
            var match = stages.Where(s => s.Stage == "matching").Select(s => s.Step!.Outcome.Losses.Terms[0].Value).ToList();
            Assert.True(match.TakeLast(5).Average() < 0.6 * match[0], $"{match[0]} to {match.TakeLast(5).Average()}");
            run.Save(folder["styled"]);
        }
        using var before = Run.Open(folder["run"], CPU);
        using var after = Run.Open(folder["styled"], CPU);
        Assert.Equal(0, (after.Field.get_parameter("encoding.density")! - before.Field.get_parameter("encoding.density")!).abs().max().ToDouble());
        var camera = scene.Train[1].Camera;
        var (plain, styled) = (before.Render(camera), after.Render(camera));
        Assert.Equal(0, (plain.Depth - styled.Depth).abs().max().ToDouble(), 1e-5);
        Assert.True((plain.Color - styled.Color).abs().mean().ToDouble() > 0.02);
        using var random = new Generator(3);
        var x = rand([50, 3], generator: random) * 2 - 1;
        Tensor Towards(float a, float b, float c) => tensor(new[] { a, b, c }).expand(50, 3);
        Assert.Equal(0, (after.Field.Query(x, Towards(1, 0, 0)).Color - after.Field.Query(x, Towards(0, 0.6f, 0.8f)).Color).abs().max().ToDouble());
        // Colours are those of the style, where the scene is seen.
        var seen = cat([.. scene.Train.Select(v => after.Render(v.Camera)).Select(i => i.Color.view(-1, 3).index_select(0, (i.Opacity.flatten() > 0.9).nonzero().squeeze(-1)))]);
        var (mean, _) = ColorTransfer.Moments(seen);
        var (wanted, _) = ColorTransfer.Moments(FeatureMatching.Rows(style));
        Assert.Equal(0, (mean - wanted).abs().max().ToDouble(), 0.06);
    }

    [Fact]
    public void PicturesThatAreTooSmallAreRefused()
    {
        using var scope = NewDisposeScope();
        using var extractor = EmbeddedExtractor.Open(CPU);
        using var run = Run.Start(Small("plenoxels"), Still, CPU);
        Assert.Contains("takes at least 5 each way", Assert.Throws<BadInputException>(() =>
            Arf.Stylize(run, EmbeddedScene.Create(new SceneOptions(Embedded: new EmbeddedOptions(1, 0, 0, 8))), extractor, rand(1, 3, 32, 32), new ArfSpec(Shrink: 2)).First()).Message);
    }
}
