using System.Numerics;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Recipes;
using NerfLab.Rendering;
using TorchSharp;
using static NerfLab.Tests.DistillTests;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Distilled fields as runs: folders, resuming, chains, boxes, parts, and what cannot be used.</summary>
public class DistillRunTests
{
    static readonly FieldSpec Hash = DistillTermTests.Specs[0], Voxels = DistillTermTests.Specs[6];

    static float[] Weights(Run run)
    {
        using var scope = NewDisposeScope();
        return cat([.. run.Task.State.state_dict().OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => p.Value.to(float32).flatten())]).data<float>().ToArray();
    }

    public static TheoryData<FieldSpec> Some => [Hash, Voxels];

    [Theory, MemberData(nameof(Some))]
    public void AResumedDistillationEndsInTheSameBitsAndAnOpenedOneRendersTheSame(FieldSpec spec)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var how = How with { InheritVoxels = true };
        using var whole = Started(spec, how: how);
        foreach (var _ in whole.Steps(30)) { }
        using (var begun = Started(spec, how: how))
        {
            foreach (var _ in begun.Steps(12)) { }
            begun.Save(folder.Path);
        }
        using var resumed = Run.Distil(Run.ReadRecipe(folder.Path), Run.ReadDistillation(folder.Path)!, BallTeacher, resumed: true);
        resumed.Resume(folder.Path);
        Assert.Equal(12, resumed.Training.Done);
        foreach (var _ in resumed.Steps(18)) { }
        Assert.Equal(Weights(whole), Weights(resumed));
        resumed.Save(folder.Path);
        using var opened = Run.Open(folder.Path, CPU);
        Assert.Equal("small", opened.Distillation!.Name);
        Assert.True(whole.Render(Cameras[7]).Color.equal(opened.Render(Cameras[7]).Color).all().ToBoolean());
        Assert.Throws<InvalidOperationException>(() => opened.Steps(1).First());
    }

    [Fact]
    public void AChainOfDistillationsKeepsMostOfTheFirst()
    {
        using var scope = NewDisposeScope();
        using var hash = Started(Hash, steps: 100);
        foreach (var _ in hash.Steps(100)) { }
        using var vm = Started(DistillTermTests.Specs[2], Teacher.Of(hash), steps: 80);
        foreach (var _ in vm.Steps(80)) { }
        using var mlp = Started(DistillTermTests.Specs[1], Teacher.Of(vm), steps: 80);
        foreach (var _ in mlp.Steps(80)) { }
        double last = Distillations.PsnrToTeacher(mlp, BallTeacher, [Cameras[100]]);
        Assert.True(last > 18, $"{last:F1} dB");
    }

    [Fact]
    public void WhatFallsOutsideOfTheStudentsBoxIsSaid()
    {
        var half = new Box(new(-1, -1, 0), new(1, 1, 1));
        Assert.Equal(0.5, BallTeacher.Into(half).Outside, 0.02);
        Assert.Equal(0, BallTeacher.Into(Cube.Scaled(2)).Outside, 1e-9);
        Assert.Contains("do not overlap", Assert.Throws<BadInputException>(() => BallTeacher.Into(new Box(new(2), new(3)))).Message);
        using var scope = NewDisposeScope();
        var (placed, _) = BallTeacher.Into(half);
        using var run = Started(Hash, placed);
        Assert.Equal(half, run.Field.Bounds);
        foreach (var _ in run.Steps(5)) { }
    }

    [Fact]
    public void PartsOfATeacherAreMovedAndTakenAway()
    {
        using var scope = NewDisposeScope();
        var two = new Ball(0.3f, new(-0.5f, 0, 0)).With(new Ball(0.3f, new(0.5f, 0, 0)));
        float At(IField field, float x) => field.Density(tensor(new[] { x, 0f, 0 }).view(1, 3)).ToSingle();
        Assert.Equal(At(new Ball(0.3f), 0), At(two, 0.5f), 1e-3);
        var teacher = Teacher.Of(two, Cube, "two", Cameras);
        var without = teacher.Edited([new DistillEdit([0, -1, -1, 1, 1, 1])]).Field;
        Assert.Equal((At(two, -0.5f), 0f), (At(without, -0.5f), At(without, 0.5f)));
        var moved = teacher.Edited([new DistillEdit([1, 1, 1, 0.1f, -1, -1], [-0.3f, 0, 0])]).Field; // corners in any order
        Assert.Equal(At(two, 0.5f), At(moved, 0.2f), 1e-4);
        Assert.InRange(At(moved, 0.75f), 0, 1e-3);
        var x = tensor(new[] { -0.5f, 0, 0.1f, 0.2f, 0, 0.1f }).view(2, 3);
        var (_, color) = moved.Query(x, x);
        Assert.True((color[0] - color[1]).abs().max().ToDouble() < 1e-3);
        var copied = teacher.Edited([new DistillEdit([0, -1, -1, 1, 1, 1], [0, 0, 0.5f], Copy: true)]).Field;
        Assert.True(At(copied, 0.5f) > 0.9f * At(two, 0.5f));
        Assert.Contains("6 and 3", Assert.Throws<BadInputException>(() => teacher.Edited([new DistillEdit([0, 0, 0])])).Message);
        using var run = Started(Voxels, teacher, How with { InheritVoxels = true, Edits = [new DistillEdit([0, -1, -1, 1, 1, 1])] });
        Assert.True(At(run.Field, 0.5f) < 0.1f * At(run.Field, -0.5f));
    }

    sealed class Broken(float value) : Ball
    {
        public override Tensor Density(Tensor x) => where(x.select(-1, 0) > 0.5, full_like(x.select(-1, 0), value), base.Density(x));
    }

    sealed class Colorless : Ball
    {
        public override Radiance Query(Tensor x, Tensor d) => base.Query(x, d) with { Color = full_like(x, float.NaN) };
    }

    public static TheoryData<string> Unusable => ["nan", "infinite", "colours", "empty", "box", "stages", "sampler"];

    [Theory, MemberData(nameof(Unusable))]
    public void WhatCannotTeachIsSaidInOneSentence(string what)
    {
        Teacher Of(IField field) => Teacher.Of(field, Cube, what, Cameras);
        var (expected, act) = what switch
        {
            "nan" => ("not a finite number", (Action)(() => Started(Hash, Of(new Broken(float.NaN))))),
            "infinite" => ("not a finite number", () => Started(Hash, Of(new Broken(float.PositiveInfinity)))),
            "colours" => ("not finite", () => { using var run = Started(Hash, Of(new Colorless())); _ = run.Steps(3).Last(); }),
            "empty" => ("it is empty", () => Started(Hash, Of(new Ball(-9)))),
            "box" => ("is no box", () => Teacher.Of(new Ball(), new Box(new(1), new(0)))),
            "stages" => ("stages end at", () => Started(Hash, how: How with { Stages = new StageEnds(0, 2) })),
            _ => ("sampler", () => Started(Hash, how: How with { Sampler = new OccupancySpec(0) })),
        };
        var message = Assert.Throws<BadInputException>(act).Message;
        Assert.Contains(expected, message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void CamerasThatLookElsewhereAreSaid()
    {
        var away = Cameras.Select(c => c with { Pose = c.Pose with { Forward = -c.Pose.Forward, Right = -c.Pose.Right } }).ToList();
        using var run = Started(Hash, Teacher.Of(new Ball(), Cube, "away", away), How with { Poses = PosesKind.Cameras });
        Assert.Contains("no ray has met anything", Assert.Throws<BadInputException>(() => run.Steps(150).Last()).Message);
    }

    [Fact]
    public void FeaturesThatCannotBeComparedAreLeftOutAndThatIsSaid()
    {
        using var hash = Started(Hash);
        foreach (var (teacher, student, expected) in new[] { (BallTeacher, Hash, "the teacher has no features"), (Teacher.Of(hash), Voxels, "the student has no features") })
        {
            var said = new List<string>();
            var how = How with { Stages = new StageEnds(0.2, 0.4) };
            using var run = Run.Distil(how.For(Tiny(student), teacher), how, teacher, remark: said.Add);
            Assert.Contains(expected, said.Single());
            Assert.Equal(0, run.Distillation!.Stages.Features);
        }
        // By default a student's vector gets the teacher's length; where it may not, that is said.
        var matched = How with { Stages = new StageEnds(0.2, 0.4) };
        Assert.Equal(15, ((TensorfVmSpec)matched.For(Tiny(DistillTermTests.Specs[2]), Teacher.Of(hash)).Field).Decoder.Appearance);
        var other = new List<string>();
        var not = matched with { MatchFeatures = false };
        using var vm = Run.Distil(not.For(Tiny(DistillTermTests.Specs[2]), Teacher.Of(hash)), not, Teacher.Of(hash), remark: other.Add);
        Assert.Contains("16 numbers and the student's 9", other.Single());
    }

    [Fact]
    public void ATimedDistillationEndsItsStagesWithItsTime()
    {
        var (run, report) = Distillations.Distil(BallTeacher, Tiny(Hash), 1.5, How, views: 1);
        using (run)
        {
            Assert.Equal(report.Steps, run.Training.Done);
            Assert.InRange(report.PsnrToTeacher, 12, 90);
            Assert.Null(report.Psnr);
            Assert.Equal("ball", report.Teacher);
            Assert.InRange(run.Recipe.Steps, report.Steps * 0.5, report.Steps * 2.0);
        }
    }
}

/// <summary>Tensors are counted over the whole process, so nothing may run beside this.</summary>
[Collection(nameof(LeakTests))]
public class DistillLeakTests
{
    [Fact]
    public void NeitherLessonsNorStepsLeakTensors()
    {
        using var run = Started(DistillTermTests.Specs[0], how: How with { Stages = new StageEnds(0.1, 0.5, 0.8) });
        foreach (var _ in run.Steps(10)) { }
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        foreach (var _ in run.Steps(50)) { }
        Assert.Equal(before, Tensor.TotalCount);
    }
}
