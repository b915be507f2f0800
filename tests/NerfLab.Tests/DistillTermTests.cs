using System.Numerics;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Math;
using NerfLab.Recipes;
using NerfLab.Rendering;
using NerfLab.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>The terms of distillation by themselves: norms, the range of densities, features, weights that decay, poses.</summary>
public class DistillTermTests
{
    static readonly Box Cube = Box.Cube(1);

    internal static readonly FieldSpec[] Specs =
    [
        new HashSpec(4, 2, 12, 8, 64, 16, 16, 2, 1), new MlpSpec(2, 24, 1, 4, 1, 16, DensityActivation.Softplus), new TensorfVmSpec(12, 4, 6) { Decoder = new FeatureMlpSpec(8, 16, 1, 1, DensityActivation.Exp, 1) },
        new TensorfCpSpec(12, 8, 12) { Decoder = new FeatureMlpSpec(8, 16, 1, 1, DensityActivation.Exp, 1) }, new TriPlaneSpec(16, 4) { Decoder = new SharedBaseSpec(16, 2) },
        new DenseSpec(16, Features: 4, Layers: 1, Width: 16, DirectionFrequencies: 1, InitialAlpha: 0.05), new PlenoxelsSpec(16, 1, InitialDensity: 2),
    ];

    public static TheoryData<FieldSpec> All => [.. Specs];

    static EncodedField Built(FieldSpec spec, long seed = 1)
    {
        using var random = new Generator((ulong)seed);
        return spec.Build(Cube, random);
    }

    static Tensor Points(int count)
    {
        using var random = new Generator(5);
        return rand([count, 3], generator: random) * 2 - 1;
    }

    static Tensor Up(Tensor x) => tensor(new[] { 0f, 0, 1 }).expand(x.shape[0], 3);

    [Theory, MemberData(nameof(All))]
    public void EveryFieldButHarmonicsPassesThroughAVectorOfSixteenNumbersOfWhichTheFirstIsTheLogarithmOfItsDensity(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        var sixteen = spec.WithGeometry(16);
        if (spec is PlenoxelsSpec)
        {
            Assert.Null(sixteen);
            Assert.Equal(0, Built(spec).GeometrySize);
            return;
        }
        var field = Built(sixteen!);
        var x = Points(40);
        var v = field.Geometry(x);
        Assert.Equal([40, 16], v.shape);
        Assert.Equal(16, field.GeometrySize);
        Assert.True((v.select(1, 0) - field.Density(x).log()).abs().max().ToDouble() < 1e-4);
        Assert.Equal([40, 3], field.Query(x, Up(x)).Color.shape);
    }

    [Theory, MemberData(nameof(All))]
    public void AStudentThatIsItsTeacherHasNothingToLearn(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        var (teacher, student) = (Built(spec), Built(spec, 2));
        foreach (var (name, value) in teacher.state_dict())
            using (no_grad()) student.state_dict()[name].copy_(value);
        foreach (var norm in new[] { Norm.RootMeanSquare, Norm.Frobenius, Norm.MeanSquare })
        {
            var terms = new DistillTerms(teacher, norm, new DensityRange(), 1);
            var losses = new List<LossFn> { terms.Colors, terms.Density, terms.Pixels, terms.Space(Cube, 50) };
            if (student.GeometrySize > 0) losses.Add(terms.Features);
            foreach (var term in losses)
            {
                var loss = term(Shown(teacher, student));
                Assert.Equal(0, loss.ToDouble());
                student.zero_grad();
                loss.backward();
                foreach (var parameter in student.parameters().Where(p => p.grad is not null)) Assert.Equal(0, parameter.grad!.abs().max().ToDouble());
            }
        }
    }

    static Step Shown(IField teacher, IField student)
    {
        using var random = new Generator(3);
        var renderer = new Renderer(new UniformSampler(Space.Bounded(Cube, 0.1f, 6), 12), Kernels.Kernels.Reference);
        var rays = Math.Cameras.Rays(Camera.FromAngle(5, 5, 0.7f, Pose.LookAt(new Vector3(0, -3, 1), default, Vector3.UnitZ)), CPU);
        var render = renderer.Render(student, rays, ones(3), random);
        var wanted = render.Of(teacher.Frozen());
        return new Step(0, new Batch(rays, wanted.Color.detach(), ones(25, 3)), render).Knowing(teacher, wanted);
    }

    [Fact]
    public void DensitiesOutsideOfTheRangeAreAllTheSame()
    {
        using var scope = NewDisposeScope();
        var range = new DensityRange();
        Assert.Equal(0.135335, double.Exp(range.Least), 1e-6);
        Assert.Equal(1096.633, double.Exp(range.Most), 1e-3);
        var teacher = tensor(new[] { 1.0f, 1, 1, 1 });
        var student = tensor(new[] { -10f, -2, 7, 9 }).exp().requires_grad_();
        var difference = range.Difference(student, teacher, 1);
        var values = difference.data<float>().ToArray();
        Assert.Equal(-2, values[0], 1e-5);
        Assert.Equal(values[0], values[1], 1e-5);
        Assert.Equal(values[2], values[3], 1e-5);
        difference.square().sum().backward();
        var slopes = student.grad!.data<float>().ToArray();
        Assert.Equal([0f, 0f], [slopes[0], slopes[3]]);

        // The unit of the world does not count: twice the length, half the density.
        Assert.Equal(values[1], range.Difference(tensor(new[] { -2f }).exp() / 2, teacher[0].unsqueeze(0) / 2, 2).ToDouble(), 1e-5);

        // Of a student alone: it is left in peace where both are beyond the same end, and brought back where only it is.
        var one = range with { BothSides = false };
        var free = one.Difference(tensor(new[] { -10f, -10, 9, 0 }).exp(), tensor(new[] { -5f, 1, 8, 8 }).exp(), 1).data<float>().ToArray();
        Assert.Equal([0f, -4.9975f, 0, -6.982f], free, (a, b) => float.Abs(a - b) < 1e-2); // e^-4 is added before the logarithm
        var gone = zeros(1).requires_grad_();
        one.Difference(gone, ones(1), 1).square().sum().backward();
        Assert.True(gone.grad!.isfinite().all().ToBoolean());
    }

    [Fact]
    public void NormsAreWhatTheyAreCalled()
    {
        using var scope = NewDisposeScope();
        var error = tensor(new[] { 3f, 4, 0, 0 }).requires_grad_();
        Assert.Equal(5, Norm.Frobenius.Of(error).ToDouble(), 1e-6);
        Assert.Equal(2.5, Norm.RootMeanSquare.Of(error).ToDouble(), 1e-6);
        Assert.Equal(6.25, Norm.MeanSquare.Of(error).ToDouble(), 1e-6);
        Assert.Equal(0, Norm.RootMeanSquare.Of(zeros(0)).ToDouble());

        // The gradient of the un-squared norm has the length 1 whatever the error; at 0 it is 0.
        foreach (var scale in new[] { 1.0, 1e-3, 1e3 })
        {
            var e = (error.detach() * scale).requires_grad_();
            Norm.Frobenius.Of(e).backward();
            Assert.Equal(1, e.grad!.norm().ToDouble(), 1e-5);
        }
        var none = zeros(4).requires_grad_();
        Norm.Frobenius.Of(none).backward();
        Assert.Equal(0, none.grad!.abs().max().ToDouble());

        // The same error four times over: twice the norm, the same root of the mean square.
        var more = error.detach().repeat(4);
        Assert.Equal(10, Norm.Frobenius.Of(more).ToDouble(), 1e-5);
        Assert.Equal(2.5, Norm.RootMeanSquare.Of(more).ToDouble(), 1e-5);
    }

    [Fact]
    public void TheWeightOfFeaturesDecaysAsPublished()
    {
        var how = Distillations.Find("code", new HashSpec());
        Assert.Equal(0.002, how.FeatureWeight(0), 1e-12);
        Assert.Equal(0.5, how.FeatureWeight(138) / how.FeatureWeight(0), 2e-3);
        Assert.Equal(8.855e-8, how.FeatureWeight(2000), 1e-11);
        Assert.Equal(2.6e-14, how.FeatureWeight(5000), 1e-15);
        Assert.Equal(how.FeatureWeight(0), (how with { FeatureDecay = 1 }).FeatureWeight(5000));
        using var scope = NewDisposeScope();
        var terms = how.Terms(Built(new HashSpec(4, 2, 10)), Cube, Built(new HashSpec(4, 2, 10)), 30_000);
        Assert.Equal(0.002 * double.Pow(0.995, 777), terms.Terms.Single(t => t.Name == "features").Weight(777), 1e-15);
    }

    [Theory]
    [InlineData("paper", 20_000, 3000, 8000)]
    [InlineData("code", 30_000, 2000, 5000)]
    public void StagesEndWhereTheyWerePublishedToEnd(string name, int steps, int features, int samples)
    {
        var how = Distillations.Find(name, new HashSpec());
        Assert.Equal(steps, how.Steps);
        var stage = how.StageOf(steps);
        Assert.Equal([DistillStage.Features, DistillStage.Samples, DistillStage.Samples, DistillStage.All, DistillStage.All], new[] { features - 1, features, samples - 1, samples, steps - 1 }.Select(stage));
        Assert.Equal([0.02, 0.01], [Distillations.Find("paper", new HashSpec()).Optimizer!.LearningRate, Distillations.Find("code", new HashSpec()).Optimizer!.LearningRate]);
        Assert.Equal(how.Optimizer!.LearningRate / 10, Distillations.Find(name, new MlpSpec()).Optimizer!.LearningRate, 1e-12);
        Assert.Equal(1e-3, how.Optimizer.LearningRate * Distillations.Find(name, new TensorfVmSpec()).Optimizer!.Factors!.For("field.decoder.x"), 1e-12);
    }

    [Fact]
    public void ThreeHundredAndTwelveCamerasStandOnTheUpperHalfOfASphere()
    {
        Assert.Equal(312, 1 + Enumerable.Range(0, 80).Sum(a => (90 - a) / 15 + 1));
        var center = new Vector3(1, 2, 3);
        var cameras = PoseSphere.Published(center, 4, Vector3.UnitZ, Camera.FromAngle(8, 8, 0.7f, default));
        Assert.Equal(312, cameras.Count);
        Assert.All(cameras, c =>
        {
            Assert.Equal(4, Vector3.Distance(c.Pose.Position, center), 1e-4);
            Assert.Equal(1, Vector3.Dot(c.Pose.Forward, Vector3.Normalize(center - c.Pose.Position)), 1e-4);
            Assert.True(c.Pose.Position.Z >= 3 - 1e-4);
        });
        Assert.Equal(312, cameras.Select(c => c.Pose.Position).Distinct().Count());
        Assert.Equal(7, cameras.Count(c => float.Abs(c.Pose.Position.Z - 3) < 1e-4)); // at the horizon
    }

    [Fact]
    public void RandomCamerasStandWhereTheOthersDo()
    {
        var scene = EmbeddedScene.Create(new SceneOptions(Embedded: new EmbeddedOptions(Train: 20, Val: 0, Test: 0, Size: 16)));
        List<Camera> given = [.. scene.Train.Select(v => v.Camera)];
        var around = PoseSphere.Around(given, 200, 1);
        Assert.All(around, c => Assert.InRange(c.Pose.Position.Length(), 3.0f, 3.2f));
        Assert.All(around, c => Assert.InRange(c.Pose.Position.Z, given.Min(g => g.Pose.Position.Z) - 0.1f, given.Max(g => g.Pose.Position.Z) + 0.1f));
        Assert.Equal(around, PoseSphere.Around(given, 200, 1));
        Assert.NotEqual(around, PoseSphere.Around(given, 200, 2));
        var within = PoseSphere.Within(given, 50, 1);
        Assert.All(within, c => Assert.True(c.Pose.Position.X >= given.Min(g => g.Pose.Position.X) && c.Pose.Position.X <= given.Max(g => g.Pose.Position.X)));
    }

    [Fact]
    public void ADistillationRoundTripsThroughJsonAndAMisspeltKeyIsAnswered()
    {
        foreach (var name in Distillations.Names)
        {
            var how = Distillations.Find(name, new TensorfVmSpec()) with { Edits = [new DistillEdit([0, 0, 0, 1, 1, 1], [0.5f, 0, 0])], Teacher = "somewhere" };
            Assert.Equal(how.ToJson(), Distillation.Read(how.ToJson(), "x").ToJson());
        }
        var small = Distillations.Find(null, new HashSpec());
        Assert.Equal(0.5, small.Set("distill.weights.colors=0.5").Weights.Colors);
        Assert.Equal(Norm.Frobenius, small.Set("distill.norm=norm").Norm);
        foreach (var (assignment, expected) in new[] { ("distill.weihgts.colors=1", "weights"), ("distill.stages.samples=2", "stages"), ("distill.weights.rgb=0", "weights.rgb"), ("distill.range.least=9", "range"), ("distill.dark=1", "dark"), ("distill.featureDecay=0", "featureDecay"), ("distill.norm=l3", "norm"), ("distill.weights.space=-1", "weights.space") })
        {
            var message = Assert.Throws<BadInputException>(() => small.Set(assignment)).Message;
            Assert.Contains(expected, message);
            Assert.DoesNotContain('\n', message);
        }
        Assert.Contains("did you mean paper", Assert.Throws<BadInputException>(() => Distillations.Find("papre", new HashSpec())).Message);
    }
}
