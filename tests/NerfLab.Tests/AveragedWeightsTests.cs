using NerfLab.Math;
using NerfLab.Recipes;
using NerfLab.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Averages of parameters: the equation, the kernel, and runs that make pictures with them.</summary>
public class AveragedWeightsTests
{
    static readonly Recipe s_averaged = TrainingTests.Hash with { Optimizer = TrainingTests.Hash.Optimizer with { Averaging = 0.9 } };

    [Fact]
    public void OfAConstantTheDistanceShrinksByTheDecay()
    {
        using var scope = NewDisposeScope();
        var (average, value) = (full(3, 5f), full(3, 1f));
        for (int i = 0; i < 7; i++) MovingAverage.Step(average, value, 0.8);
        Assert.Equal(1 + 4 * double.Pow(0.8, 7), average[1].ToDouble(), 5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(70_001)]
    public void TheKernelEqualsTheReference(int count)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var (expected, value) = (rand([count], generator: random), rand([count], generator: random));
        var actual = expected.clone();
        MovingAverage.Step(expected, value, 0.95);
        Kernels.Kernels.Cpu.MoveAverage(actual, value, 0.95);
        Assert.True(count == 0 || (expected - actual).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void WhatIsNotContiguousIsAveragedToo()
    {
        using var scope = NewDisposeScope();
        var (whole, value) = (zeros(4, 6), ones(6, 4));
        Kernels.Kernels.Cpu.MoveAverage(whole.t(), value, 0.5);
        Assert.Equal(12, whole.sum().ToDouble(), 6);
    }

    [Fact]
    public void ParametersComeBackToTheBitAndPicturesAreOfTheAverages()
    {
        using var scope = NewDisposeScope();
        using var run = TrainingTests.Started(s_averaged);
        foreach (var _ in run.Steps(30)) { }
        var (camera, before) = (TrainingTests.Tiny.Test[0].Camera, TrainingTests.Weights(run));
        var averaged = run.Render(camera).Color;
        Assert.Equal(before, TrainingTests.Weights(run));
        var raw = run.Renderer.Image(run.Field, camera, run.BackgroundColor).Color;
        Assert.False(averaged.equal(raw).all().ToBoolean());
        using (run.Training.Average!.Shown()) Assert.True(averaged.equal(run.Renderer.Image(run.Field, camera, run.BackgroundColor).Color).all().ToBoolean());
    }

    [Fact]
    public void AnOpenedRunRendersTheAverages()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var run = TrainingTests.Started(s_averaged);
        foreach (var _ in run.Steps(25)) { }
        run.Save(folder.Path);
        using var opened = Run.Open(folder.Path, CPU);
        var camera = TrainingTests.Tiny.Test[0].Camera;
        Assert.True(run.Render(camera).Color.equal(opened.Render(camera).Color).all().ToBoolean());
    }

    [Fact]
    public void AResumedTrainingHasTheSameAverages()
    {
        using var folder = new TemporaryFolder();
        using var whole = TrainingTests.Started(s_averaged);
        foreach (var step in whole.Steps(20)) if (step.Index == 11) whole.Save(folder.Path);
        using var resumed = TrainingTests.Started(s_averaged);
        resumed.Resume(folder.Path);
        foreach (var _ in resumed.Steps(8)) { }
        foreach (var ((name, expected), (_, actual)) in whole.Training.Average!.Named.Zip(resumed.Training.Average!.Named)) Assert.True(expected.equal(actual).all().ToBoolean(), name);
    }

    [Fact]
    public void AveragesFollowAFieldThatGrows()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var recipe = (Recipe)TrainingTests.Growing.First().Data;
        using var run = TrainingTests.Started(recipe with { Optimizer = recipe.Optimizer with { Averaging = 0.5 } });
        foreach (var _ in run.Steps(26)) { }
        run.Save(folder.Path);
        using var opened = Run.Open(folder.Path, CPU);
        var camera = TrainingTests.Tiny.Test[0].Camera;
        Assert.True(run.Render(camera).Color.equal(opened.Render(camera).Color).all().ToBoolean());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void ADecayOutsideOfItsRangeIsRefused(double decay) =>
        Assert.Contains("optimizer.averaging", Assert.Throws<BadInputException>((s_averaged with { Optimizer = s_averaged.Optimizer with { Averaging = decay } }).Check).Message);
}
