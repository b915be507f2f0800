using System.Numerics;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Recipes;
using NerfLab.Rendering;
using NerfLab.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Fields that teach fields: stages, shared samples, every pair, fields of one's own, and what cannot be taught.</summary>
public class DistillTests
{
    internal static readonly Box Cube = Box.Cube(1);
    internal static readonly IReadOnlyList<Camera> Cameras = PoseSphere.Published(default, 4, Vector3.UnitZ, Camera.FromAngle(24, 24, 0.6f, default));

    /// <summary>A field that the library does not know: a soft ball, green above and red below.</summary>
    internal class Ball(float radius = 0.6f, Vector3 at = default) : IField
    {
        public virtual Radiance Query(Tensor x, Tensor d) => new(Density(x), torch.cat([torch.sigmoid(-4 * x.narrow(-1, 2, 1)), torch.sigmoid(4 * x.narrow(-1, 2, 1)), full_like(x.narrow(-1, 0, 1), 0.25f)], -1));

        public virtual Tensor Density(Tensor x) => 20 * torch.sigmoid((radius - (x - at.ToTensor()).norm(-1)) * 30);
    }

    internal static Teacher BallTeacher => Teacher.Of(new Ball(), Cube, "ball", Cameras);

    /// <summary>A recipe of a field that is small enough to learn in no time.</summary>
    internal static Recipe Tiny(FieldSpec spec) => new()
    {
        Name = spec.GetType().Name, Field = spec, Sampler = new OccupancySpec(16, 48), Batch = new BatchSize(128, 1024), Steps = 60, Seed = 3, Background = Background.Random,
        Optimizer = spec switch
        {
            MlpSpec => new OptimizerSpec(1e-2, 2e-3), HashSpec => new OptimizerSpec(2e-2, 5e-3, Epsilon: 1e-15, Beta2: 0.99),
            PlenoxelsSpec => new OptimizerSpec(5e-2, 1e-2, Factors: new LearningRateFactors(("density", 50))), _ => new OptimizerSpec(5e-2, 1e-2, Beta2: 0.99, Factors: new LearningRateFactors(("decoder", 0.2))),
        },
    };

    internal static Distillation How => Distillations.Find("small", new HashSpec()) with { Sampler = new OccupancySpec(16, 48), SpacePoints = 64, InheritVoxels = false };

    internal static Run Started(FieldSpec student, Teacher? teacher = null, Distillation? how = null, LossSet? losses = null, Kernels.Kernels? kernels = null, int steps = 60) =>
        Run.Distil((how ?? How).For(Tiny(student), teacher ?? BallTeacher) with { Steps = steps }, how ?? How, teacher ?? BallTeacher, losses, kernels: kernels);

    static double Near(Run run, Teacher teacher) => Distillations.PsnrToTeacher(run, teacher, [Cameras[100]]);

    [Fact]
    public void EveryFieldLearnsFromEveryOther()
    {
        using var scope = NewDisposeScope();
        var specs = DistillTermTests.Specs;
        var teachers = new List<Run>();
        foreach (var spec in specs)
        {
            var run = Started(spec, steps: 80);
            double before = Near(run, BallTeacher);
            foreach (var _ in run.Steps(80)) { }
            double after = Near(run, BallTeacher);
            Assert.True(after > double.Max(before + 2, 18), $"{run.Recipe.Name} of a ball: {before:F1} dB, then {after:F1} dB");
            teachers.Add(run);
        }
        foreach (var taught in teachers)
        {
            var teacher = Teacher.Of(taught);
            foreach (var spec in specs)
            {
                using var run = Started(spec, teacher, How with { Stages = new StageEnds(0.1, 0.4) }, steps: 40);
                double before = Near(run, teacher);
                foreach (var _ in run.Steps(40)) { }
                double after = Near(run, teacher);
                Assert.True(after > before + 1, $"{taught.Recipe.Name} to {run.Recipe.Name}: {before:F1} dB, then {after:F1} dB");
            }
        }
        foreach (var run in teachers) run.Dispose();
    }

    /// <summary>Counts what is decoded, of a field whose halves are real.</summary>
    sealed class Counting(IDecoder inner, Dictionary<string, int> calls) : IDecoder
    {
        public int GeometrySize => inner.GeometrySize;

        public Tensor Density(Tensor features) => Count("density", inner.Density(features));

        public Radiance Decode(Tensor features, Tensor d)
        {
            calls["decode"] = calls.GetValueOrDefault("decode") + 1;
            return inner.Decode(features, d);
        }

        public Tensor Geometry(Tensor features) => Count("geometry", inner.Geometry(features));

        Tensor Count(string what, Tensor value)
        {
            calls[what] = calls.GetValueOrDefault(what) + 1;
            return value;
        }
    }

    [Fact]
    public void EarlyStagesNeitherDecodeNorComposite()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var calls = new Dictionary<string, int>();
        EncodedField Counted() => DistillTermTests.Specs[0].Build(Cube, random) is var field ? new EncodedField(Cube, field.Encoding, new Counting(field.Decoder, calls)) : null!;
        var reference = Kernels.Kernels.Reference;
        var kernels = reference with
        {
            Weights = (d, s) => Noted("weights", reference.Weights(d, s)), Accumulate = (w, v, s) => Noted("accumulate", reference.Accumulate(w, v, s)),
            RenderHead = (f, t, h, s, p, b) => Noted("head", reference.RenderHead(f, t, h, s, p, b)), CompareHead = (f, t, h, s, p, b, c, e) => Noted("head", reference.CompareHead(f, t, h, s, p, b, c, e)),
        };
        var (teacher, student) = (Counted(), Counted());
        var how = Distillations.Find("paper", new HashSpec()) with { Stages = new StageEnds(0.25, 0.5, 0.75) };
        var renderer = new Renderer(new UniformSampler(BallTeacher.Scene.Space, 16), kernels, BallTeacher.Scene.Space);
        using var lessons = new LiveLessons(teacher, renderer, Cameras, Background.Random, (float)how.Dark, CPU);
        var task = new Distill(student, null, lessons, how.Terms(teacher, Cube, student, 4), how.StageOf(4), new BatchSize(64), 1);

        Assert.Equal(["geometry 2"], Calls(0)); // teacher and student
        Assert.All(student.named_parameters(), p => Assert.Equal(!p.name.StartsWith("decoder", StringComparison.Ordinal), Learns(p.parameter)));
        Assert.Equal(["decode 2", "geometry 2"], Calls(1));
        Assert.Equal(["accumulate 4", "decode 2", "geometry 2", "weights 2"], Calls(2));
        Assert.Equal(["accumulate 4", "decode 2", "weights 2"], Calls(3)); // this decoder has no common form that could be computed at once

        T Noted<T>(string what, T value)
        {
            calls[what] = calls.GetValueOrDefault(what) + 1;
            return value;
        }

        List<string> Calls(int step)
        {
            calls.Clear();
            task.State.zero_grad();
            var outcome = task.Backward(step);
            Assert.Equal(step < 2, double.IsNaN(outcome.Psnr));
            return [.. calls.Select(c => $"{c.Key} {c.Value}").Order()];
        }

        static bool Learns(Tensor parameter) => parameter.grad is { } g && g.abs().max().ToDouble() > 0;
    }

    [Fact]
    public void TheStageOfFeaturesDoesNotTouchWhatIsBehindThem()
    {
        using var teacher = Started(DistillTermTests.Specs[0]);
        foreach (var _ in teacher.Steps(5)) { } // or it would be the same as its student
        using var run = Started(DistillTermTests.Specs[0], Teacher.Of(teacher), How with { Stages = new StageEnds(0.5, 0.8) });
        foreach (var _ in run.Steps(1)) { }
        using var scope = NewDisposeScope();
        Assert.All(run.Field.named_parameters(), p => Assert.Equal(!p.name.StartsWith("decoder.color", StringComparison.Ordinal), p.parameter.grad is { } g && g.abs().max().ToDouble() > 0));
    }

    [Fact]
    public void PixelsAloneAreComputedByTheKernelThatDoesEverythingAtOnce()
    {
        int heads = 0, compared = 0;
        var cpu = Kernels.Kernels.Cpu;
        var kernels = cpu with
        {
            RenderHead = (f, t, h, s, p, b) => { heads++; return cpu.RenderHead(f, t, h, s, p, b); },
            CompareHead = (f, t, h, s, p, b, c, e) => { compared++; return cpu.CompareHead(f, t, h, s, p, b, c, e); },
        };
        using var teacher = Started(DistillTermTests.Specs[0]);
        using var run = Started(DistillTermTests.Specs[0], Teacher.Of(teacher), How with { Stages = new StageEnds(0, 0.5, 0.5) }, kernels: kernels);
        foreach (var _ in run.Steps(60)) { }
        Assert.Equal((30, 30), (heads, compared)); // teacher, student
    }

    /// <summary>Remembers where it was asked.</summary>
    sealed class Asked : Ball
    {
        public List<float[]> Positions { get; } = [];

        public override Radiance Query(Tensor x, Tensor d)
        {
            Positions.Add(x.data<float>().ToArray());
            return base.Query(x, d);
        }
    }

    [Fact]
    public void TeacherAndStudentAreAskedAtTheSamePlaces()
    {
        using var scope = NewDisposeScope();
        var asked = new Asked();
        var places = new List<float[]>();
        var losses = new LossSet().Add("seen", s =>
        {
            _ = s.Of(asked).Colors;
            places.Add(s.Render.Samples.Positions.data<float>().ToArray());
            return s.Render.Colors.sum();
        });
        using var run = Started(DistillTermTests.Specs[0], Teacher.Of(asked, Cube, "asked", Cameras), How with { Dark = 0 }, losses);
        asked.Positions.Clear();
        foreach (var _ in run.Steps(4)) { }
        Assert.Equal(4, places.Count);
        Assert.All(places, p => Assert.NotEmpty(p));
        Assert.Equal(places, asked.Positions);
    }

    [Fact]
    public void WhatIsHiddenBehindSolidThingsIsLeftOutAndTheRestStays()
    {
        using var scope = NewDisposeScope();
        RaySamples Of(float dark)
        {
            using var random = new Generator(2);
            var space = BallTeacher.Scene.Space;
            using var lessons = new LiveLessons(new Ball(), new Renderer(new UniformSampler(space, 64), Kernels.Kernels.Reference, space), Cameras, Background.White, dark, CPU);
            var lesson = lessons.Draw(200, DistillStage.All, 0, random);
            Assert.Equal(lesson.Teacher.Density.data<float>().ToArray(), new Ball().Density(lesson.Teacher.Samples.Positions).data<float>().ToArray());
            return lesson.Teacher.Samples;
        }
        var (all, lit) = (Of(0), Of(1e-2f));
        Assert.Equal(all.Rays.Count * 64, all.Count);
        Assert.True(lit.Count < all.Count && lit.Count > all.Count / 4, $"{lit.Count} of {all.Count}");
        var (offsets, t, whole) = (lit.Offsets.data<long>().ToArray(), lit.T.data<float>().ToArray(), all.T.data<float>().ToArray());
        for (int r = 0; r < 200; r++) // of each ray the first ones
            Assert.Equal(whole[(64 * r)..(int)(64 * r + offsets[r + 1] - offsets[r])], t[(int)offsets[r]..(int)offsets[r + 1]]);
    }

    /// <summary>A student of one's own: a few soft balls that can be moved, in eight lines.</summary>
    sealed class Balls : nn.Module, IField
    {
        readonly TorchSharp.Modules.Parameter at, color;

        public Balls(Generator random) : base(nameof(Balls))
        {
            (at, color) = (nn.Parameter(rand([40, 3], generator: random) - 0.5), nn.Parameter(zeros(40, 3)));
            RegisterComponents();
        }

        Tensor Weights(Tensor x) => (-(x.unsqueeze(-2) - at).square().sum(-1) * 30).exp();

        public Radiance Query(Tensor x, Tensor d) => new(Density(x), (Weights(x).unsqueeze(-1) * sigmoid(color)).sum(-2) / (Weights(x).sum(-1, keepdim: true) + 1e-6));

        public Tensor Density(Tensor x) => 20 * Weights(x).sum(-1);
    }

    [Fact]
    public void AFieldOfOnesOwnLearnsFromAFieldOfOnesOwn()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var balls = new Balls(random);
        using var student = new OwnStudent(balls, BallTeacher, How with { Batch = new BatchSize(128, 1024), Stages = new StageEnds(0.1, 0.3) }, 60, new OptimizerSpec(3e-2, 1e-2));
        var camera = Cameras[100];
        Tensor Wanted() => student.Renderer.Image(new Ball(), camera, ones(3)).Color;
        double before = Metrics.ImageMetrics.Psnr(student.Render(camera).Color, Wanted());
        foreach (var _ in student.Training.Steps(60)) { }
        double after = Metrics.ImageMetrics.Psnr(student.Render(camera).Color, Wanted());
        Assert.True(after > before + 3, $"{before:F1} dB, then {after:F1} dB");
    }

    [Fact]
    public void TheEncodingAloneLearnsAndTheDecoderIsTheTeachers()
    {
        using var scope = NewDisposeScope();
        using var teacher = Started(DistillTermTests.Specs[0]);
        foreach (var _ in teacher.Steps(20)) { }
        using var run = Started(DistillTermTests.Specs[0], Teacher.Of(teacher), How with { EncoderOnly = true, CopyDecoder = true });
        foreach (var _ in run.Steps(10)) { }
        var (mine, its) = (run.Field.state_dict(), teacher.Field.state_dict());
        foreach (var (name, value) in mine.Where(p => p.Key.Contains('.')))
            Assert.Equal(name.StartsWith("decoder", StringComparison.Ordinal), value.equal(its[name]).all().ToBoolean());
    }

    [Fact]
    public void VoxelsBeginWithTheTeachersDensities()
    {
        using var scope = NewDisposeScope();
        var x = (rand(200, 3) - 0.5) * 1.6;
        var sparse = DistillTermTests.Specs[6];
        foreach (var spec in new[] { DistillTermTests.Specs[5], sparse })
        {
            using var run = Started(spec, how: How with { InheritVoxels = true });
            var (mine, its) = (run.Field.Density(x), new Ball().Density(x));
            Assert.True((mine - its).abs().mean().ToDouble() < 2, spec.ToString());
            if (spec == sparse) Assert.True(((VoxelEncoding)run.Field.Encoding).DensityVoxels.Rows.shape[0] < 16 * 16 * 16);
            double before = Near(run, BallTeacher);
            foreach (var _ in run.Steps(30)) { }
            Assert.True(Near(run, BallTeacher) > before + 1);
        }
    }
}
