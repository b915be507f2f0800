using NerfLab.Fields;
using NerfLab.Recipes;
using NerfLab.Rendering;

namespace NerfLab.Tests;

/// <summary>Recipes as data: round trips, changes, and sentences for what does not fit.</summary>
public class RecipeTests
{
    public static TheoryData<string> Names => [.. Presets.All.Select(r => r.Name)];

    static Recipe Preset(string name) => Presets.Find(name.Split('/')[0], name.Split('/')[1]);

    [Theory, MemberData(nameof(Names))]
    public void APresetSurvivesJson(string name) => Assert.Equal(Preset(name), RecipeJson.Read(RecipeJson.Write(Preset(name)), "memory"));

    // The full ones are compared below without taking their memory.
    public static TheoryData<string> SmallNames => [.. Presets.All.Select(r => r.Name).Where(n => n.EndsWith("/small", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(SmallNames))]
    public void APresetBuilds(string name)
    {
        using var random = new TorchSharp.torch.Generator(1);
        var recipe = Preset(name);
        recipe.Check();
        using var field = recipe.Field.Build(Box.Cube(1), random);
        Assert.NotEmpty(field.parameters());
    }

    [Fact]
    public void TheFullPresetsHaveThePapersNumbers()
    {
        var nerf = Preset("mlp/full");
        Assert.Equal(new MlpSpec(8, 256, 5, 10, 4, 128, Math.DensityActivation.Relu), nerf.Field);
        Assert.Equal(new PdfSpec(64, 128), nerf.Sampler);
        Assert.Equal((4096, 5e-4), (nerf.Batch.Rays, nerf.Optimizer.LearningRate));
        var ngp = Assert.IsType<HashSpec>(Preset("hash/full").Field);
        Assert.Equal((16, 2, 19, 16, 2048, 64), (ngp.Levels, ngp.Features, ngp.Log2TableSize, ngp.Coarsest, ngp.Finest, ngp.Width));
        Assert.Equal((1e-2, 0.9, 0.99, 1e-15), (Preset("hash/full").Optimizer.LearningRate, Preset("hash/full").Optimizer.Beta1, Preset("hash/full").Optimizer.Beta2, Preset("hash/full").Optimizer.Epsilon));
    }

    [Fact]
    public void ThePapersLearningRateFallsByTenOverItsSteps()
    {
        // Card: 0.1^(200k/500k) of 5e-4 = 1.9905e-4.
        var rate = NerfLab.Training.Schedules.Exponential(5e-4, 5e-5, 500_000);
        Assert.Equal(5e-4, rate(0), 1e-12);
        Assert.Equal(1.9905e-4, rate(200_000), 1e-8);
        Assert.Equal(7.924e-5, NerfLab.Training.Schedules.Exponential(5e-4, 5e-5, 250_000)(200_000), 1e-8);
        Assert.Equal(5e-5, rate(900_000), 1e-12);
        Assert.Equal(5e-6, NerfLab.Training.Schedules.WarmUp(rate, 10)(0), 1e-12);
    }

    [Fact]
    public void SetChangesOneValueWhereverItIs()
    {
        var recipe = Preset("hash/small");
        Assert.Equal(0.25, RecipeJson.Set(recipe, "optimizer.learningRate=0.25").Optimizer.LearningRate);
        Assert.Equal(4, Assert.IsType<HashSpec>(RecipeJson.Set(recipe, "field.levels=4").Field).Levels);
        Assert.Equal(Data.Background.Black, RecipeJson.Set(recipe, "background=black").Background);
        Assert.Equal(recipe with { Steps = 7 }, RecipeJson.Set(recipe, "STEPS=7"));
        Assert.Equal(new UniformSpec(), RecipeJson.Set(recipe, "sampler.kind=uniform").Sampler);
    }

    [Fact]
    public void FactorsOfTheLearningRateAreFoundByPartsOfNames()
    {
        var factors = new LearningRateFactors(("encoding", 3), ("encoding.density", 50), ("decoder", 0.5));
        Assert.Equal([3, 50, 0.5, 1, 50], new[] { "field.encoding.table", "field.encoding.density", "field.decoder.color.weight0", "field.encodings.x", "sampler.coarse.encoding.density" }.Select(factors.For));
        var recipe = RecipeJson.Set(Preset("hash/small"), "optimizer.factors={\"encoding\":2,\"decoder\":0.5}");
        Assert.Equal(new LearningRateFactors(("decoder", 0.5), ("encoding", 2)), recipe.Optimizer.Factors);
        Assert.Equal(recipe, RecipeJson.Read(RecipeJson.Write(recipe), "memory"));
        Assert.NotEqual(recipe.Optimizer.Factors, new LearningRateFactors(("decoder", 0.5), ("encoding", 3)));
        string[] names = ["field.encoding.table", "field.decoder.weight0"];
        Assert.Contains("did you mean encoding", Assert.Throws<BadInputException>(() => new LearningRateFactors(("encodng", 2)).Check(names)).Message);
        Assert.Contains("optimizer.factors.encoding is -1", Assert.Throws<BadInputException>(() => new LearningRateFactors(("encoding", -1)).Check(names)).Message);
    }

    [Theory]
    [InlineData("optimizer.factors=2", "factors")]
    [InlineData("optimizer.factors={\"encoding\":\"x\"}", "factors")]
    [InlineData("optimiser.learningRate=1", "optimizer")]
    [InlineData("optimizer.learningrat=1", "learningRate")]
    [InlineData("field.level=4", "levels")]
    [InlineData("sampler.kind=ocupancy", "occupancy")]
    [InlineData("field.kind=hasch", "hash")]
    [InlineData("steps", "path=value")]
    [InlineData("steps.more=1", "value, not a group")]
    [InlineData("steps=many", "steps")]
    [InlineData("steps=-3", "steps")]
    [InlineData("steps=0", "steps")]
    [InlineData("optimizer.beta1=1", "beta1")]
    [InlineData("background=purple", "background")]
    [InlineData("losses.rgb=0", "losses.rgb")]
    [InlineData("field=null", "field")]
    [InlineData("batch=null", "batch")]
    [InlineData("growth=null", "growth")]
    [InlineData("growth=3", "growth")]
    [InlineData("growth=[null]", "growth")]
    [InlineData("growth=[{\"at\":1}]", "growth.0.at is 1")]
    [InlineData("growth=[{\"at\":0.5},{\"at\":0.25}]", "growth.1.at is 0.25; a share of the steps from 0.5")]
    [InlineData("growth=[{\"at\":0.5,\"resolutoin\":8}]", "did you mean resolution")]
    [InlineData("growth=[{\"at\":0.5,\"resolution\":1}]", "growth.0.resolution is 1")]
    [InlineData("growth=[{\"at\":0.5,\"resolution\":100000}]", "growth.0.resolution is 100000")]
    [InlineData("growth=[{\"at\":0.5,\"shrink\":1}]", "growth.0.shrink is 1")]
    [InlineData("growth=[{\"at\":0.5,\"pruneWeight\":-1}]", "growth.0.pruneWeight is -1")]
    [InlineData("growth=[{\"at\":0.5,\"pruneWeight\":1,\"pruneDensity\":1}]", "both")]
    [InlineData("growth=[{\"at\":0.5,\"mostVoxels\":9}]", "growth.0.mostVoxels is 9")]
    [InlineData("growth=[{\"at\":0.5,\"losses\":{\"rgb\":0}}]", "losses.rgb")]
    public void AWrongSetIsOneSentenceThatNamesTheKey(string assignment, string expected)
    {
        var e = Assert.Throws<BadInputException>(() => RecipeJson.Set(Preset("hash/small"), assignment));
        Assert.Contains(expected, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("{", "line 1")]
    [InlineData("null", "null")]
    [InlineData("{\"name\":\"x\",\n\"field\":{\"kind\":\"hash\"},\n\"sampler\":{\"kind\":\"uniform\",\"sampels\":3}}", "did you mean samples")]
    [InlineData("{\"name\":\"x\",\"field\":{\"kind\":\"hash\"}}", "sampler")]
    public void ABrokenRecipeIsOneSentenceThatNamesThePlace(string json, string expected)
    {
        var e = Assert.Throws<BadInputException>(() => RecipeJson.Read(json, "my.json"));
        Assert.StartsWith("my.json", e.Message);
        Assert.Contains(expected, e.Message);
    }

    [Theory]
    [InlineData("hsah", "small", "hash")]
    [InlineData("hash", "smal", "small")]
    public void AnUnknownPresetIsAnsweredWithTheNearest(string field, string size, string expected) =>
        Assert.Contains($"did you mean {expected}", Assert.Throws<BadInputException>(() => Presets.Find(field, size)).Message);
}
