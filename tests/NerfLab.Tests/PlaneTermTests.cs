using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Math;
using NerfLab.Recipes;
using NerfLab.Rendering;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Regularisers of planes and lines as loss terms, and the presets of fields of planes.</summary>
public class PlaneTermTests
{
    static readonly Scene Tiny = SceneFile.Open("embedded", new SceneOptions(Embedded: new EmbeddedOptions(Train: 2, Val: 0, Test: 1, Size: 8)));

    static Step StepOf(EncodedField field)
    {
        using var random = new Generator(1);
        using var source = new RaySource(Tiny.Train, CPU);
        var batch = source.Draw(4, Background.White, random);
        return new Step(0, batch, new Renderer(new UniformSampler(Space.Bounded(Tiny.Bounds, Tiny.Near, Tiny.Far), 4), Kernels.Kernels.Reference).Render(field, batch.Rays, batch.Background, random));
    }

    static EncodedField Vm(Tensor[] planes, Tensor[] lines)
    {
        using var random = new Generator(1);
        var encoding = new VmEncoding(planes, lines, VmEncoding.TensorfPlanes, VmEncoding.TensorfLines, 2, new PlaneConvention(true, PlanePadding.Zeros));
        return new EncodedField(Tiny.Bounds, encoding, new FeatureMlpDecoder(new FeatureMlpSpec(0, 8, 0, 0), encoding.Features, true, random, Kernels.Kernels.Reference));
    }

    [Fact]
    public void L1SeesTheChannelsOfDensityOnly()
    {
        using var scope = NewDisposeScope();
        var planes = Enumerable.Range(0, 3).Select(m => cat([full([2, 4, 4], -(m + 1.0)), full([3, 4, 4], 100.0)])).ToArray();
        var lines = Enumerable.Range(0, 3).Select(m => cat([full([2, 4], 0.5), full([3, 4], -100.0)])).ToArray();
        var step = StepOf(Vm(planes, lines));
        Assert.Equal(1 + 2 + 3 + 3 * 0.5, PlaneRegularizers.PlaneL1(step).ToDouble(), 1e-5);
        Assert.Equal(0, PlaneRegularizers.PlaneTv(step).ToDouble(), 1e-9);
        // Constant components of four texels: <v_r, v_s> = 4 · 0.25 for density and 4 · 10⁴ for appearance.
        Assert.Equal(3 * (1 + 4e4), PlaneRegularizers.LineOverlap(step).ToDouble(), 1);
    }

    [Fact]
    public void TotalVariationAddsUpPlanesAndGradientsReachThem()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var field = new MultiPlaneSpec(2, 4, 8, 2).Build(Tiny.Bounds, random);
        var step = StepOf(field);
        var expected = ((PlaneEncoding)field.Encoding).Factors.Sum(f => Planes.TotalVariation(f.Values).ToDouble());
        var term = PlaneRegularizers.PlaneTv(step);
        Assert.Equal(expected, term.ToDouble(), 1e-5);
        term.backward();
        for (int level = 0; level < 2; level++) Assert.True(((PlaneEncoding)field.Encoding).Level(level).grad!.abs().sum().ToDouble() > 0);
        Assert.Equal(6, ((PlaneEncoding)field.Encoding).Factors.Count());
    }

    [Fact]
    public void WithoutPlanesTheTotalVariationIsThatOfTheLines()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var field = new TensorfCpSpec(6, 2, 2).Build(Tiny.Bounds, random);
        double expected = ((CpEncoding)field.Encoding).Factors.Sum(f => Planes.TotalVariation(f.Values).ToDouble());
        Assert.True(expected > 0);
        Assert.Equal(expected, PlaneRegularizers.PlaneTv(StepOf(field)).ToDouble(), 1e-5);
    }

    [Fact]
    public void AFieldWithoutPlanesOrLinesIsToldSo()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var hash = StepOf(new HashSpec(2, 2, 8, 4, 8, 8, 4, 1, 1).Build(Tiny.Bounds, random));
        Assert.Contains("planeL1", Assert.Throws<BadInputException>(() => PlaneRegularizers.PlaneL1(hash)).Message);
        var planes = StepOf(new TriPlaneSpec(8, 2).Build(Tiny.Bounds, random));
        Assert.Contains("lines", Assert.Throws<BadInputException>(() => PlaneRegularizers.LineOverlap(planes)).Message);
    }

    [Fact]
    public void TheFullPresetsHaveThePapersNumbers()
    {
        var vm = Presets.Find("tensorf-vm", "full");
        Assert.Equal(new TensorfVmSpec(128, 16, 48), vm.Field);
        Assert.Equal(300, vm.Growth.Steps[^1].Resolution);
        Assert.Equal((0.02, 0.99, 8e-5, 4096, 30_000), (vm.Optimizer.LearningRate, vm.Optimizer.Beta2, vm.Losses.PlaneL1, vm.Batch.Rays, vm.Steps));
        Assert.Equal(1e-3, vm.Optimizer.LearningRate * vm.Optimizer.Factors!.For("field.decoder.color.weight0"), 1e-9);
        Assert.Equal(new TensorfCpSpec(128, 96, 288), Presets.Find("tensorf-cp", "full").Field);
        Assert.Equal(500, Presets.Find("tensorf-cp", "full").Growth.Steps[^1].Resolution);
        Assert.Equal(new FeatureMlpSpec(27, 128, 2, 2, DensityActivation.Softplus10, 75), ((TensorfVmSpec)vm.Field).Decoder);
    }

    [Fact]
    public void ADecoderIsChosenAndMisspeltByName()
    {
        var recipe = Presets.Find("tri-plane", "small");
        Assert.Equal(new Eg3dSpec(), ((TriPlaneSpec)RecipeJson.Set(recipe, "field.decoder.kind=eg3d").Field).Decoder);
        Assert.Contains("did you mean shared-base", Assert.Throws<BadInputException>(() => RecipeJson.Set(recipe, "field.decoder.kind=shared-bass")).Message);
        Assert.Equal(PlanePadding.Zeros, ((TriPlaneSpec)RecipeJson.Set(recipe, "field.padding=zeros").Field).Padding);
    }
}
