using System.Numerics;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Math;
using NerfLab.Metrics;
using NerfLab.Procedural;
using NerfLab.Recipes;
using NerfLab.Rendering;
using NerfLab.Stylization;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>What stylised pictures are measured by.</summary>
public class StyleMeasureTests
{
    static Scene Still => EmbeddedScene.Create(new SceneOptions(Embedded: new EmbeddedOptions(Train: 6, Val: 0, Test: 1, Size: 40)));

    static Tensor Pixels(string manner, long seed = 0) => StylePicture.Pixels(StylePicture.Tensor(Painting.Find(manner).Draw(64, seed), CPU));

    [Fact]
    public void AStyleIsNoDistanceFromItself()
    {
        using var scope = NewDisposeScope();
        using var extractor = EmbeddedExtractor.Open(CPU);
        var style = Pixels("swirls");
        using var distance = new StyleDistance(extractor, StylePicture.Of(style));
        var self = distance.Of(style, style);
        Assert.Equal(0, self.Nearest, 1e-5);
        Assert.Equal(0, self.Gram, 1e-4);
        Assert.Equal(0, self.Content, 1e-6);
        // Another picture of the manner is nearer than one of another manner, and shows something else.
        var (same, other) = (distance.Of(Pixels("swirls", 5), style), distance.Of(Pixels("woodcut"), style));
        Assert.True(same.Nearest < other.Nearest && same.Gram < other.Gram, $"{same} and {other}");
        Assert.True(other.Content > 0.1);
        // Places that do not count have no say.
        var half = cat([ones(64, 32), zeros(64, 32)], 1);
        var mixed = cat([style.narrow(1, 0, 32), Pixels("woodcut").narrow(1, 32, 32)], 1);
        Assert.True(distance.Of(mixed, style, half).Nearest < 0.5 * distance.Of(mixed, style).Nearest);
    }

    [Fact]
    public void FeaturesTellPicturesApart()
    {
        using var scope = NewDisposeScope();
        using var extractor = EmbeddedExtractor.Open(CPU);
        var distance = new FeatureDistance(extractor);
        var picture = Pixels("mosaic");
        Assert.Equal("features of nerflab-mini", distance.Name);
        Assert.Equal(0, distance.Distance(picture, picture), 1e-6);
        using var random = new Generator(1);
        var noise = randn(picture.shape, generator: random);
        double[] further = [.. new[] { 0.02, 0.1, 0.5 }.Select(a => distance.Distance((picture + a * noise).clamp(0, 1), picture))];
        Assert.Equal(further.Order(), further);
        Assert.True(further[0] > 1e-3);
    }

    [Fact]
    public void PaintOnTheSurfaceAgreesAndNoiseInPicturesDoesNot()
    {
        using var scope = NewDisposeScope();
        using var run = Run.Start(Presets.Find("plenoxels", "small") with { Scene = SceneFile.Embedded, Field = new Fields.PlenoxelsSpec(16, 1, 2), Growth = new Growth(), Sampler = new OccupancySpec(Resolution: 16, Steps: 48) }, Still, CPU);
        foreach (var _ in run.Steps(150)) { }
        using var extractor = EmbeddedExtractor.Open(CPU);
        using var style = new StyleDistance(extractor, StylePicture.Of(Pixels("swirls")));
        using var frames = new StyleFrames(run, pairs: 2);
        Assert.Equal([0, 1, 7, 45, 46, 52], frames.All.Select(f => f.Number));
        int asked = 0;
        // Colours that belong to places of the world, by the exact depth that the frames carry.
        var painted = frames.Measure(f => Painted(f, asked++), style, new FeatureDistance(extractor));
        Assert.Equal((6, 6, true), (asked, painted.Frames, painted.ExactDepth));
        Assert.InRange(painted.Consistency.Short.Overlap, 0.05, 0.9);
        Assert.True(painted.Consistency.Short.Rmse < 0.05 && painted.Consistency.Long.Rmse < 0.06, $"{painted.Consistency}");
        using var random = new Generator(2);
        var noisy = frames.Measure(f => rand(f.View.Color.shape, generator: random), style, new FeatureDistance(extractor));
        Assert.True(noisy.Consistency.Short.Rmse > 0.25 && noisy.Consistency.Short.Lpips > 3 * painted.Consistency.Short.Lpips, $"{noisy.Consistency}");
        Assert.True(noisy.Content > painted.Content);
        Assert.Contains("is 8x8", Assert.Throws<BadInputException>(() => frames.Measure(_ => zeros(8, 8, 3), style)).Message);

        static Tensor Painted(StyleFrame frame, int _)
        {
            var rays = Cameras.Rays(frame.View.Camera, CPU);
            var points = (rays.Origins + frame.View.Depth.view(-1, 1) * rays.Directions).view(frame.View.Color.shape);
            return 0.5 + 0.3 * (points * 1.5).sin();
        }
    }

    [Fact]
    public void FramesWithoutAnythingInCommonHaveNoPairs()
    {
        using var scope = NewDisposeScope();
        var camera = Still.Train[0].Camera.Framed(16, 16);
        var score = ConsistencyScore.Of("orbit", 2, _ => new PictureWithDepth(camera, ones(16, 16, 3), zeros(16, 16)));
        Assert.Equal((0, 0), (score.Short.Pairs, score.Long.Pairs));
    }
}
