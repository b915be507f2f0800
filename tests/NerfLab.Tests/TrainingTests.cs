using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Recipes;
using NerfLab.Rendering;
using NerfLab.Tasks;
using NerfLab.Training;
using NerfLab.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>The loop, its checkpoints and its leaks, on a scene of a few small pictures.</summary>
public class TrainingTests
{
    internal static readonly Scene Tiny = SceneFile.Open("embedded", new SceneOptions(Embedded: new EmbeddedOptions(Train: 6, Val: 1, Test: 2, Size: 24)));

    internal static readonly Recipe Hash = Presets.Find("hash", "small") with
    {
        Field = new HashSpec(4, 2, 12, 8, 64, 16, 8, 2, 1), Sampler = new OccupancySpec(24, 96), Batch = new BatchSize(128, 2048), Steps = 60, Seed = 3,
    };

    static readonly Recipe Mlp = Presets.Find("mlp", "small") with
    {
        Field = new MlpSpec(2, 24, 1, 4, 1, 16, Math.DensityActivation.Softplus), Sampler = new PdfSpec(8, 8), Losses = new LossWeights(1, 1), Background = Background.White, Batch = new BatchSize(96), Steps = 120, Seed = 3,
        Optimizer = new OptimizerSpec(LearningRate: 1e-2, FinalLearningRate: 1e-3),
    };

    public static TheoryData<Recipe> Recipes => [Hash, Mlp, Mlp with { Sampler = new UniformSpec(12), Losses = new LossWeights() }, Hash with { Losses = new LossWeights(0, 0, 1), Background = Background.Black }, Factors, Proposal, Contracted, Dense, Plenoxels,
        Planes("tensorf-vm", new TensorfVmSpec(16, 4, 6) { Decoder = Network }), Planes("tensorf-cp", new TensorfCpSpec(16, 12, 16) { Decoder = Network }),
        Planes("tri-plane", new TriPlaneSpec(16, 4) { Decoder = new SharedBaseSpec(16, 2) }), Planes("multi-plane", new MultiPlaneSpec(2, 8, 16, 4) { Decoder = new SharedBaseSpec(16, 2) })];

    static readonly Recipe Factors = Hash with { Optimizer = Hash.Optimizer with { Factors = new LearningRateFactors(("table", 2), ("decoder", 0.5)) } };

    static readonly Recipe Proposal = Hash with
    {
        Sampler = new ProposalSpec(24, 16, 12, Annealing: 40) { Network = new DensityHashSpec(3, 2, 10, 8, 32, 8) }, Losses = new LossWeights(Distortion: 1e-3), Batch = new BatchSize(128),
    };

    static readonly Recipe Contracted = Hash with { Space = new SpaceSpec(SpaceKind.Contracted, Inner: 0.5f, Far: 8), Sampler = new OccupancySpec(12, 96) };

    static readonly Recipe Dense = Presets.Find("dense", "small") with
    {
        Growth = new Growth(),
        Field = new DenseSpec(24, Features: 4, Layers: 1, Width: 16, DirectionFrequencies: 1, InitialAlpha: 0.1), Sampler = new OccupancySpec(24, 96), Batch = new BatchSize(128, 2048), Steps = 120, Seed = 3,
        Losses = new LossWeights(TvDensity: 1e-6, Sparsity: 1e-6), Optimizer = new OptimizerSpec(LearningRate: 0.3, FinalLearningRate: 0.1, Factors: new LearningRateFactors(("decoder", 0.03))),
    };

    // Half of the box is not stored; total variation reaches over its edge.
    static readonly Recipe Plenoxels = Presets.Find("plenoxels", "small") with
    {
        Growth = new Growth(),
        Losses = new LossWeights(TvDensity: 1e-5, TvColor: 1e-3), Field = new PlenoxelsSpec(24, 1, Sphere: true), Sampler = new OccupancySpec(24, 96), Batch = new BatchSize(128, 2048), Steps = 120, Seed = 3,
    };

    // Tiny factors have few entries, so the mean magnitude has to weigh little.
    static Recipe Planes(string name, FieldSpec field) => Presets.Find(name, "small") with
    {
        Field = field, Growth = new Growth(), Sampler = new OccupancySpec(24, 96), Batch = new BatchSize(128, 2048), Steps = 120, Seed = 3, Losses = new LossWeights(PlaneL1: name.StartsWith("tensorf", StringComparison.Ordinal) ? 1e-8 : 0, PlaneTv: 1e-4),
        Optimizer = new OptimizerSpec(LearningRate: 0.05, FinalLearningRate: 0.02, Beta2: 0.99, Factors: new LearningRateFactors(("decoder", 0.5))),
    };

    static readonly FeatureMlpSpec Network = new(8, 16, 1, 1);

    static Growth At(params IEnumerable<GrowthStep> steps) => new(steps);

    /// <summary>Recipes whose fields change their shape after steps 6, 12 and 24 of 60.</summary>
    public static TheoryData<Recipe> Growing => [
        Dense with { Steps = 60, Growth = At(new(0.1, 28), new(0.2, Shrink: 0.08), new(0.4, 33, Shrink: 0.1)) },
        Plenoxels with { Steps = 60, Growth = At(new(0.1, 30, Losses: new LossWeights(TvColor: 1e-4)), new(0.2, PruneDensity: 0.1, MostVoxels: 20_000), new(0.4, 36, PruneWeight: 0.02)) },
        VmGrown, Planes("tensorf-cp", new TensorfCpSpec(16, 12, 16) { Decoder = Network }) with { Steps = 60, Growth = At(new(0.1, 20, Shrink: 1e-7), new(0.4, 25)) },
        Planes("tri-plane", new TriPlaneSpec(16, 4) { Decoder = new SharedBaseSpec(16, 2) }) with { Steps = 60, Growth = At(new(0.1, 20), new(0.4, 32)) },
        Planes("multi-plane", new MultiPlaneSpec(2, 8, 16, 4) { Decoder = new SharedBaseSpec(16, 2) }) with { Steps = 60, Growth = At(new GrowthStep(0.2, 40)), Sampler = new UniformSpec(16) },
    ];

    static Recipe VmGrown => Planes("tensorf-vm", new TensorfVmSpec(16, 4, 6) { Decoder = Network }) is var recipe
        ? recipe with { Steps = 60, Growth = At(new(0.1, 20), new(0.2, 24, Shrink: 1e-7), new(0.4, 31)), Optimizer = recipe.Optimizer with { Restarts = true } } : recipe;

    internal static Run Started(Recipe recipe) => Run.Start(recipe, Tiny, CPU);

    internal static float[] Weights(Run run)
    {
        using var scope = NewDisposeScope();
        return cat([.. run.Task.State.state_dict().OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value.to(float32).flatten())]).data<float>().ToArray();
    }

    [Theory, MemberData(nameof(Recipes))]
    public void TrainingImprovesThePicture(Recipe recipe)
    {
        using var run = Started(recipe);
        var psnr = run.Steps(120).Select(s => s.Outcome.Psnr).ToList();
        Assert.True(psnr.TakeLast(10).Average() > psnr.Take(10).Average() + 1.5, $"{psnr.Take(10).Average():F1} dB, then {psnr.TakeLast(10).Average():F1} dB");
    }

    [Fact]
    public void TheFirstStepOfAdamIsTheLearningRateTimesTheFactorOfEachPart()
    {
        // With the averages' bias corrected the first step is the rate times the gradient's sign, whatever its size.
        using var run = Started(Factors with { Optimizer = Factors.Optimizer with { LearningRate = 1e-3, FinalLearningRate = 1e-3, Epsilon = 1e-30 } });
        var before = run.Field.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone());
        foreach (var _ in run.Steps(1)) { }
        foreach (var (name, parameter) in run.Field.named_parameters())
        {
            using var scope = NewDisposeScope();
            Assert.Equal(name.StartsWith("encoding", StringComparison.Ordinal) ? 2e-3 : 0.5e-3, (parameter.detach() - before[name]).abs().max().ToDouble(), 1e-6);
        }
    }

    [Theory, MemberData(nameof(Recipes))]
    public void TheSameSeedGivesTheSameBits(Recipe recipe)
    {
        using var first = Started(recipe);
        using var second = Started(recipe);
        foreach (var _ in first.Steps(20)) { }
        foreach (var _ in second.Steps(20)) { }
        Assert.Equal(Weights(first), Weights(second));
        using var other = Started(recipe with { Seed = 4 });
        foreach (var _ in other.Steps(20)) { }
        Assert.NotEqual(Weights(first), Weights(other));
    }

    [Theory, MemberData(nameof(Recipes))]
    public void AResumedTrainingEndsInTheSameBitsAsAnUninterruptedOne(Recipe recipe)
    {
        using var folder = new TemporaryFolder();
        using var whole = Started(recipe);
        foreach (var _ in whole.Steps(37)) { }

        using (var begun = Started(recipe))
        {
            foreach (var _ in begun.Steps(20)) { }
            begun.Save(folder.Path);
        }
        using var resumed = Started(Run.ReadRecipe(folder.Path));
        resumed.Resume(folder.Path);
        Assert.Equal(20, resumed.Training.Done);
        foreach (var _ in resumed.Steps(17)) { }
        Assert.Equal(Weights(whole), Weights(resumed));
        Assert.Equal(37, resumed.Training.Done);
    }

    [Theory, MemberData(nameof(Growing))]
    public void AFieldThatGrowsIsResumedToTheSameBitsBeforeBetweenAndAfterItsChanges(Recipe recipe)
    {
        using var folder = new TemporaryFolder();
        using var whole = Started(recipe);
        long small = whole.ParameterCount;
        var shapes = new HashSet<string>();
        foreach (var step in whole.Steps(30))
        {
            shapes.Add(string.Join(' ', whole.Field.state_dict().Select(p => string.Join(',', p.Value.shape))));
            if (step.Index is 5 or 11 or 25) whole.Save(System.IO.Path.Combine(folder.Path, $"{step.Index}"));
        }
        Assert.Equal(recipe.Growth.Steps.Length, whole.Task.Grown);
        Assert.True(shapes.Count > recipe.Growth.Steps.Length, string.Join(" | ", shapes));
        foreach (int saved in new[] { 5, 11, 25 })
        {
            var path = System.IO.Path.Combine(folder.Path, $"{saved}");
            using var resumed = Started(Run.ReadRecipe(path)); // built as small as the first one was
            Assert.Equal(small, resumed.ParameterCount);
            resumed.Resume(path);
            foreach (var _ in resumed.Steps(30 - saved - 1)) { }
            Assert.Equal(Weights(whole), Weights(resumed));
            Assert.Equal(whole.Field.Bounds, resumed.Field.Bounds);
        }
    }

    [Theory, MemberData(nameof(Growing))]
    public void AGrownFieldIsOpenedAsItWas(Recipe recipe)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var run = Started(recipe);
        foreach (var _ in run.Steps(26)) { }
        run.Save(folder.Path);
        using var opened = Run.Open(folder.Path, CPU);
        Assert.Equal(run.ParameterCount, opened.ParameterCount);
        var camera = Tiny.Test[0].Camera;
        Assert.True(run.Render(camera).Color.equal(opened.Render(camera).Color).all().ToBoolean());
    }

    public static TheoryData<Recipe> GrowingMost => [.. Growing.Take(3).Select(r => r.Data)];

    [Theory, MemberData(nameof(GrowingMost))]
    public void AFieldThatGrowsLearns(Recipe recipe) => TrainingImprovesThePicture(recipe with { Growth = new Growth(recipe.Growth.Steps.Select(s => s with { At = s.At / 2 })), Steps = 120 });

    [Fact]
    public void LossesAndLearningRatesFollowTheGrowth()
    {
        var recipe = Hash with
        {
            Steps = 100, Losses = new LossWeights(TvDensity: 1, TvColor: 2), Optimizer = new OptimizerSpec(1, 0.1, Restarts: true),
            Growth = At(new(0.1, 8), new(0.2, Losses: new LossWeights(TvColor: 3)), new(0.405, 9, Losses: new LossWeights())),
        };
        double[] Weights(string name) => [.. new[] { 0, 19, 20, 40, 41, 99 }.Select(i => recipe.Terms.Terms.Single(t => t.Name == name).Weight(i))];
        Assert.Equal([1, 1, 0, 0, 0, 0], Weights("tvDensity"));
        Assert.Equal([2, 2, 3, 3, 0, 0], Weights("tvColor"));
        Assert.Equal([1, 1, 1, 1, 1, 1], Weights("rgb"));
        double At10(double step) => double.Pow(0.1, step / 100);
        Assert.Equal([1, At10(9), 1, At10(30), 1, At10(58)], new[] { 0, 9, 10, 40, 41, 99 }.Select(i => recipe.LearningRate(i)), (a, b) => double.Abs(a - b) < 1e-12);
        Assert.Equal(At10(50), (recipe with { Optimizer = recipe.Optimizer with { Restarts = false } }).LearningRate(50), 1e-12);
        Assert.Same(recipe.Losses.Terms.Terms[0].Fn.Method, (recipe with { Growth = new() }).Terms.Terms[0].Fn.Method);
    }

    [Fact]
    public void AFieldThatCannotGrowIsToldSoBeforePicturesAreRead()
    {
        foreach (var (recipe, expected) in new (Recipe, string)[]
        {
            (Hash with { Growth = At(new GrowthStep(0.5, 64)) }, "growth.0.resolution"), (Plenoxels with { Growth = At(new(0.1, 9), new(0.5, Shrink: 0.1)) }, "growth.1.shrink"),
            (Dense with { Growth = At(new GrowthStep(0.5, PruneDensity: 0.1)) }, "growth.0: this field has no sparse voxels"),
            (Dense with { Space = new SpaceSpec(SpaceKind.Contracted), Growth = At(new GrowthStep(0.5, Shrink: 0.1)) }, "contracted"),
        })
            Assert.Contains(expected, Assert.Throws<BadInputException>(() => Started(recipe)).Message);
    }

    [Fact]
    public void AFieldThatIsStillEmptyCannotShrinkAndTheTrainingSaysSo()
    {
        using var run = Started(VmGrown with { Growth = At(new GrowthStep(0.05, Shrink: 0.9)) });
        Assert.Contains("growth.0.shrink", Assert.Throws<BadInputException>(() => run.Steps(10).Last()).Message);
    }

    public static TheoryData<string> Hostile => ["rows", "links", "links shape", "channels", "scale", "origin", "lines", "planes", "levels", "average", "dense", "flat"];

    [Theory, MemberData(nameof(Hostile))]
    public void AGrownCheckpointWhoseTensorsDoNotFitEachOtherIsRefusedAndNothingIsChanged(string damage)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var recipe = damage switch { "lines" or "planes" or "scale" or "origin" or "average" => VmGrown, "levels" => (Recipe)Growing.ElementAt(4), "dense" or "flat" => (Recipe)Growing.ElementAt(0), _ => (Recipe)Growing.ElementAt(1) };
        using (var run = Started(recipe))
        {
            foreach (var _ in run.Steps(7)) { } // the last of them with another shape
            run.Save(folder.Path);
        }
        var path = System.IO.Path.Combine(folder.Path, "checkpoint.safetensors");
        Dictionary<string, Tensor> tensors;
        Dictionary<string, string> metadata;
        using (var file = WeightFile.Open(path)) (tensors, metadata) = (new(file.ReadAll()), new(file.Metadata));
        const string Encoding = "state.field.encoding.";
        switch (damage)
        {
            case "rows": tensors[Encoding + "density"] = ones(5, 1); break;
            case "links": tensors[Encoding + "links"][0, 0, 0] = tensor(1 << 30, int32); break;
            case "links shape": tensors[Encoding + "links"] = zeros([2, 1, 7], int32); break;
            case "channels": tensors[Encoding + "color"] = ones(tensors[Encoding + "density"].shape[0], 27); break;
            case "scale": tensors["state.field.scale"] = tensor(new[] { 1f, 0, 1 }); break;
            case "origin": tensors["state.field.origin"] = tensor(new[] { 1f, float.NaN, 1 }); break;
            case "lines": tensors[Encoding + "line1"] = ones(10, 7); break;
            case "planes": tensors[Encoding + "plane2"] = ones(10, 7); break;
            case "levels": tensors[Encoding + "planes0"] = ones(3, 4, 1, 9); break;
            case "average": tensors["adam.0.mean"] = ones(3, 4, 1, 9); break;
            case "dense": tensors[Encoding + "density"] = ones(3, 4, 5, 1); break;
            case "flat": tensors[Encoding + "density"] = tensors[Encoding + "color"] = ones(3, 1); break;
        }
        Safetensors.Write(path, tensors.Select(t => (t.Key, t.Value)), metadata);
        using var other = Started(recipe);
        var before = Weights(other);
        var e = Assert.Throws<BadInputException>(() => other.Resume(folder.Path));
        Assert.Contains("checkpoint.safetensors", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal(before, Weights(other));
        if (damage != "average") Assert.Throws<BadInputException>(() => Run.Open(folder.Path, CPU));
    }

    [Fact]
    public void AnOpenedRunRendersWhatTheTrainedOneDid()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var run = Started(Hash);
        foreach (var _ in run.Steps(25)) { }
        run.Save(folder.Path);
        using var opened = Run.Open(folder.Path, CPU);
        var camera = Tiny.Test[0].Camera;
        Assert.True(run.Render(camera).Color.equal(opened.Render(camera).Color).all().ToBoolean());
        Assert.Equal(25, opened.Training.Done);
        Assert.Equal(run.Scene.Test[1].Camera, opened.Scene.Test[1].Camera);
        Assert.Throws<InvalidOperationException>(() => opened.Steps(1).First());
    }

    [Fact]
    public void EvaluationComparesEachViewWithItsPicture()
    {
        using var scope = NewDisposeScope();
        using var run = Started(Hash);
        foreach (var _ in run.Steps(40)) { }
        var scores = new List<double>();
        var evaluation = Evaluation.Of(run, Tiny, "test", progress: (score, rendered, truth) => scores.Add(-10 * double.Log10((rendered.Color - truth).square().mean().ToDouble())));
        Assert.Equal(2, evaluation.Views.Count);
        Assert.Equal(scores.Average(), evaluation.Psnr, 1e-3);
        Assert.InRange(evaluation.Ssim, 0.05, 1);
        Assert.Contains("\"psnr\"", evaluation.ToJson());
        Assert.Throws<BadInputException>(() => Evaluation.Of(run, Tiny with { Test = [] }, "test"));
        var smaller = SceneFile.Open("embedded", new SceneOptions(Downscale: 3, Embedded: new EmbeddedOptions(Train: 1, Val: 0, Test: 1, Size: 24)));
        Assert.Contains("8x8", Assert.Throws<BadInputException>(() => Evaluation.Of(run, smaller, "test")).Message);
    }

    [Fact]
    public async Task AnAwaitInsideTheLoopIsAnsweredInOneSentence()
    {
        using var run = Started(Hash);
        var steps = run.Steps(5).GetEnumerator();
        steps.MoveNext();
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => Task.Factory.StartNew(() => steps.MoveNext(), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        Assert.Contains("await", e.Message);
    }

    [Fact]
    public void ALossOfOnesOwnIsThreeLines()
    {
        var mine = Hash.Losses.Terms.Replace("rgb", s => ((s.Render.Color - s.Batch.Rgb).abs() + 1e-3).log().mean());
        using var run = Run.Start(Hash, Tiny, CPU, mine);
        Assert.True(run.Steps(30).Last().Outcome.Losses.Total < 0);
    }

    [Fact]
    public void LossSetsRefuseUnknownAndDoubleNames()
    {
        var losses = new LossSet().Add("a", s => s.Render.Color.sum());
        Assert.Throws<ArgumentException>(() => losses.Add("a", s => s.Render.Color.sum()));
        Assert.Contains("a", Assert.Throws<ArgumentException>(() => losses.Replace("b", s => s.Render.Color.sum())).Message);
        Assert.Empty(losses.Without("a").Terms);
    }

    [Fact]
    public void AnotherFieldOnTheSameSamplesIsAskedOnceAndPassesNoGradient()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var (student, teacher) = (Hash.Field.Build(Tiny.Bounds, random), Hash.Field.Build(Tiny.Bounds, random));
        var renderer = new Renderer(new UniformSampler(Space.Bounded(Tiny.Bounds, Tiny.Near, Tiny.Far), 8), Kernels.Kernels.Reference);
        using var source = new RaySource(Tiny.Train, CPU);
        var batch = source.Draw(16, Background.White, random);
        var step = new Step(0, batch, renderer.Render(student, batch.Rays, batch.Background, random));
        Assert.Same(step.Of(teacher), step.Of(teacher));
        Assert.False(step.Of(teacher).Color.requires_grad);
        Assert.True(step.Render.Color.requires_grad);
        Assert.Same(step.Render.Samples, step.Of(teacher).Samples);
    }

    [Fact]
    public void TheNumberOfRaysFollowsTheSamplesThatTheyNeed()
    {
        using var run = Started(Hash);
        var last = run.Steps(50).Last().Outcome;
        Assert.InRange(last.Samples, 1024, 4096);
    }

    [Fact]
    public void ThereAreNeverMoreRaysThanAllowed()
    {
        using var run = Started(Hash with { Batch = new BatchSize(24, 2048, MaxRays: 24) });
        Assert.All(run.Steps(3), step => Assert.Equal(24, step.Outcome.Rays));
    }

    [Fact]
    public void ADivergingTrainingStopsWithASentence()
    {
        using var run = Started(Hash with { Optimizer = Hash.Optimizer with { LearningRate = 1e30, FinalLearningRate = 1e30 } });
        var e = Assert.Throws<BadInputException>(() => run.Steps(60).Last());
        Assert.Contains("learning rate", e.Message);
    }

    [Fact]
    public void ProposalNetworksLearnToBoundTheFinalWeights()
    {
        double learned = Missed(Proposal), untrained = Missed(Proposal with { Optimizer = Proposal.Optimizer with { Factors = new LearningRateFactors(("sampler", 1e-9)) } });
        Assert.True(learned < 0.5 * untrained, $"{learned:G3}, untrained {untrained:G3}");

        static double Missed(Recipe recipe)
        {
            using var run = Started(recipe);
            return run.Steps(100).TakeLast(10).Average(s => s.Outcome.Losses.Terms.First(t => t.Name == "proposal").Value);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AFieldThatHasBecomeEmptyIsSaidInOneSentence(bool occupancy)
    {
        using var run = Started(Dense with { Sampler = occupancy ? Dense.Sampler : new UniformSpec(16), Losses = new LossWeights() });
        foreach (var _ in run.Steps(3)) { }
        using (no_grad()) run.Field.get_parameter("encoding.density")!.fill_(-1e4);
        var e = Assert.Throws<BadInputException>(() => run.Steps(400).Last());
        Assert.Contains("the field is empty", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("text")]
    [InlineData("empty")]
    [InlineData("missing")]
    [InlineData("architecture")]
    [InlineData("metadata")]
    public void ACheckpointThatDoesNotFitIsRefusedAndNothingIsChanged(string damage)
    {
        using var folder = new TemporaryFolder();
        using var run = Started(Hash);
        foreach (var _ in run.Steps(3)) { }
        run.Save(folder.Path);
        var file = Path.Combine(folder.Path, "checkpoint.safetensors");
        var bytes = File.ReadAllBytes(file);
        switch (damage)
        {
            case "truncated": File.WriteAllBytes(file, bytes[..(bytes.Length / 2)]); break;
            case "text": File.WriteAllText(file, "hello"); break;
            case "empty": File.WriteAllBytes(file, []); break;
            case "missing": File.Delete(file); break;
            case "metadata": File.WriteAllBytes(file, System.Text.Encoding.Latin1.GetBytes(System.Text.Encoding.Latin1.GetString(bytes).Replace("\"step\":\"3\"", "\"step\":\"x\""))); break;
        }
        using var other = Started(damage == "architecture" ? Hash with { Field = ((HashSpec)Hash.Field) with { Width = 32 } } : Hash);
        var before = Weights(other);
        var e = Assert.Throws<BadInputException>(() => other.Resume(folder.Path));
        Assert.Contains("checkpoint.safetensors", e.Message);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal(before, Weights(other));
    }

    [Fact]
    public void TheLogOfAKilledRunLosesItsBrokenLineAndTheStepsThatAreMadeAgain()
    {
        using var folder = new TemporaryFolder();
        using (var run = Started(Hash))
        {
            using var log = Run.Log(folder.Path);
            foreach (var step in run.Steps(12))
            {
                log.Add(step);
                if (step.Index == 7) run.Save(folder.Path);
            }
        }
        File.AppendAllText(Path.Combine(folder.Path, "metrics.jsonl"), "{\"step\":12,\"sec");
        using var resumed = Started(Hash);
        resumed.Resume(folder.Path);
        Assert.Equal(Enumerable.Range(0, 8), Run.ReadLog(folder.Path).Select(s => s.Step));
    }
}
