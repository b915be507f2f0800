using System.Numerics;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Recipes;
using NerfLab.Rendering;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Normalised device coordinates and contraction: closed forms, round trips, and what is rendered through them.</summary>
public class SpaceTests
{
    static readonly Pose Turned = Pose.LookAt(new(0.3f, -2, 0.5f), new(0.5f, 1, 0.2f), Vector3.UnitZ);

    static readonly NdcFrame Frame = new(Turned, 1.8f, 2.4f, 0.7f);

    static readonly Reach World = new(Box.Cube(3), 1, 20);

    static Vector3 At(float x, float y, float z) => Turned.Position + Turned.Rotate(new(x, y, z));

    static Tensor Row(Vector3 v) => tensor(new double[,] { { v.X, v.Y, v.Z } });

    /// <summary>Cameras side by side, a little turned.</summary>
    static List<Camera> SideBySide => [.. Enumerable.Range(0, 9).Select(i =>
    {
        float x = 0.4f * (i % 3 - 1), y = 0.3f * (i / 3 - 1);
        return Camera.FromAngle(40, 30, 0.9f, Pose.LookAt(At(x, y, 0.1f * (i % 2)), At(0.3f * x, 0, 8), Turned.Down * -1));
    })];

    [Fact]
    public void TheNearPlaneBecomesMinusOneAndInfinityOne()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(-1, Ndc.Points(Row(At(0.2f, -0.1f, 0.7f)), Frame)[0, 2].ToDouble(), 1e-5);
        Assert.Equal(1, Ndc.Points(Row(At(3, 5, 1e6f)), Frame)[0, 2].ToDouble(), 1e-5);
        // The edge of the picture is at 1: x/z = 1/scale.
        Assert.Equal(1, Ndc.Points(Row(At(2 / 1.8f, 0, 2)), Frame)[0, 0].ToDouble(), 1e-5);
        Assert.Equal(-1, Ndc.Points(Row(At(0, -5 / 2.4f, 5)), Frame)[0, 1].ToDouble(), 1e-5);
    }

    [Fact]
    public void PointsComeBackFromDeviceCoordinates()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var camera = rand([500, 3], ScalarType.Float64, generator: random) * tensor(new[] { 6.0, 4, 30 }) + tensor(new[] { -3, -2, 0.7 });
        var world = Row(Turned.Position) + camera.matmul(cat([Row(Turned.Right), Row(Turned.Down), Row(Turned.Forward)]));
        Assert.True((Ndc.World(Ndc.Points(world, Frame), Frame) - world).abs().max().ToDouble() < 1e-5);
    }

    [Theory]
    [InlineData(-0.4f)] // before the near plane: the ray begins on it
    [InlineData(1.3f)]  // behind it: at its origin
    public void APointOnARayIsOnTheMappedRayAtThePlaceThatTheAppendixSays(float depth)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var origins = Row(At(0.2f, -0.3f, depth)).expand(50, 3);
        var inCamera = randn([50, 3], ScalarType.Float64, generator: random) * tensor(new[] { 0.4, 0.4, 0 }) + tensor(new[] { 0, 0, 1.0 });
        var directions = nn.functional.normalize(inCamera.matmul(cat([Row(Turned.Right), Row(Turned.Down), Row(Turned.Forward)])), dim: -1);
        var (o, d, forward) = Ndc.Rays(origins, directions, Frame);
        Assert.True(forward.all().ToBoolean());
        Assert.Equal(depth < Frame.Near ? -1 : 1 - 2 * Frame.Near / depth, o[0, 2].ToDouble(), 1e-5);

        var dz = Ndc.Turned(directions, Turned).select(1, 2);
        double z = double.Max(Frame.Near, depth);
        var start = (z - depth) / dz;
        foreach (double t in (double[])[0, 0.1, 1, 7, 1000])
        {
            var along = 1 - z / (z + t * dz);
            var point = Ndc.Points(origins + (start + t).unsqueeze(-1) * directions, Frame);
            Assert.True((o + along.unsqueeze(-1) * d - point).abs().max().ToDouble() < 1e-4, $"t = {t}");
        }
    }

    [Fact]
    public void TheFrameOfCamerasHoldsEverythingThatTheySee()
    {
        using var scope = NewDisposeScope();
        var space = NdcSpace.Of(World, SideBySide);
        var random = new Random(4);
        var points = new List<Tensor>();
        foreach (var camera in SideBySide)
            for (int i = 0; i < 50; i++)
            {
                var d = camera.Direction(new((float)random.NextDouble() * 40, (float)random.NextDouble() * 30));
                points.Add(Row(camera.Pose.Position + (World.Near + MathF.Exp(8 * (float)random.NextDouble()) - 1) * d));
            }
        var q = Ndc.Points(cat(points), space.Frame);
        Assert.True(q.select(1, 2).min().ToDouble() >= -1 - 1e-5);
        var (low, high) = (space.Box.Min, space.Box.Max);
        Assert.True((q - tensor(new[] { low.X, low.Y, low.Z })).min().ToDouble() > -1e-4);
        Assert.True((tensor(new[] { high.X, high.Y, high.Z }) - q).min().ToDouble() > -1e-4);
        // It is not wasteful either.
        Assert.True(high.X - low.X < 4.2f && high.Y - low.Y < 4.2f, $"{space.Box}");
        Assert.True(Vector3.Dot(space.Frame.Pose.Forward, Turned.Forward) > 0.999f);
    }

    [Fact]
    public void CamerasAllAroundAreRefusedInOneSentence()
    {
        var around = Enumerable.Range(0, 8).Select(i => Camera.FromAngle(20, 20, 0.7f, Pose.LookAt(new(4 * MathF.Cos(i), 4 * MathF.Sin(i), 1), Vector3.Zero, Vector3.UnitZ))).ToList();
        Assert.Contains("space ndc", Assert.Throws<BadInputException>(() => NdcSpace.Of(World, around)).Message);
        Assert.Throws<BadInputException>(() => NdcSpace.Of(World, [around[0], around[0] with { Pose = around[0].Pose with { Forward = -around[0].Pose.Forward, Right = -around[0].Pose.Right } }]));
    }

    /// <summary>Solid beyond a plane in some coordinate.</summary>
    sealed class Behind(Func<Tensor, Tensor> depth, double begin, double density) : IField
    {
        public Radiance Query(Tensor x, Tensor d) => new(Density(x), (d + 1) / 2);

        public Tensor Density(Tensor x) => (depth(x) > begin).to(float32) * density;
    }

    [Fact]
    public void APlaneInDeviceCoordinatesIsSeenAtItsDepthInTheWorld()
    {
        using var scope = NewDisposeScope();
        var space = NdcSpace.Of(World, SideBySide);
        const double Depth = 6; // from the frame's camera
        var wall = new Behind(q => q.select(-1, 2), 1 - 2 * space.Frame.Near / Depth, 1e4);
        ISampler[] samplers = [new UniformSampler(space, 2048), new OccupancySampler(space, 32, 4000, 0)];
        foreach (var sampler in samplers)
        {
            var renderer = new Renderer(sampler, Kernels.Kernels.Reference, space);
            var rays = Cameras.Rays(SideBySide[0], CPU);
            var rendered = renderer.Render(wall, rays, zeros(3));
            Assert.True((rendered.Opacity - 1).abs().max().ToDouble() < 1e-3);
            var (o, d) = (Ndc.ToCamera(rays.Origins, space.Frame.Pose).select(1, 2), Ndc.Turned(rays.Directions, space.Frame.Pose).select(1, 2));
            Assert.True((rendered.Depth - (Depth - o) / d).abs().max().ToDouble() < 0.06);
            // Colours are asked with the directions of the world.
            Assert.True((rendered.Color - (rays.Directions + 1) / 2).abs().max().ToDouble() < 2e-3);
        }
    }

    [Fact]
    public void RaysThatRunBackwardsInDeviceCoordinatesSeeTheBackground()
    {
        using var scope = NewDisposeScope();
        var space = NdcSpace.Of(World, SideBySide);
        var back = SideBySide[4] with { Pose = SideBySide[4].Pose with { Forward = -SideBySide[4].Pose.Forward, Right = -SideBySide[4].Pose.Right } };
        var fog = new Behind(q => q.select(-1, 2), -2, 5);
        foreach (ISampler sampler in (ISampler[])[new UniformSampler(space, 16), new OccupancySampler(space, 8, 32, 0)])
        {
            var image = new Renderer(sampler, Kernels.Kernels.Reference, space).Image(fog, back, tensor(new[] { 0.2f, 0.5f, 0.8f }));
            Assert.Equal(0, image.Opacity.max().ToDouble());
            Assert.Equal(0, image.Depth.abs().max().ToDouble());
            Assert.True((image.Color - tensor(new[] { 0.2f, 0.5f, 0.8f })).abs().max().ToDouble() < 1e-6);
        }
    }

    [Fact]
    public void AFieldOfDeviceCoordinatesIsTheSameToTheWorld()
    {
        using var scope = NewDisposeScope();
        var space = NdcSpace.Of(World, SideBySide);
        var fog = new Behind(q => q.select(-1, 2), -0.2, 3);
        var world = space.OfWorld(fog);
        var (pose, near) = (space.Frame.Pose, space.Frame.Near);
        // Along the axis the optical thickness up to a depth is the same in both: density times length.
        double begin = 2 * near / 1.2, end = 9;
        var z = begin + (arange(20000, float64) + 0.5) / 20000 * (end - begin);
        var x = Row(pose.Position) + z.unsqueeze(-1) * Row(pose.Forward);
        var thickness = (world.Density(x) * ((end - begin) / 20000)).sum().ToDouble();
        Assert.Equal(3 * (1 - 2 * near / end + 0.2), thickness, 2e-3);
        Assert.Equal(0, world.Density(Row(pose.Position - pose.Forward)).ToDouble());
        var (density, color) = world.Query(x.narrow(0, 0, 4), zeros(4, 3, ScalarType.Float64));
        Assert.True((density - world.Density(x.narrow(0, 0, 4))).abs().max().ToDouble() < 1e-6 && color.shape[0] == 4);
    }

    [Theory]
    [InlineData(ContractionNorm.Cube)]
    [InlineData(ContractionNorm.Sphere)]
    public void ContractionLeavesTheMiddleAndBringsTheRestWithinTwo(ContractionNorm norm)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var x = randn([2000, 3], ScalarType.Float64, generator: random) * tensor(new[] { 0.3, 2, 30 });
        var r = norm == ContractionNorm.Cube ? x.abs().amax([-1]) : x.norm(-1);
        var y = Contraction.Contract(x, norm);
        var length = norm == ContractionNorm.Cube ? y.abs().amax([-1]) : y.norm(-1);
        Assert.True((y - x).masked_select((r <= 1).unsqueeze(-1)).abs().max().ToDouble() < 1e-15);
        Assert.True((length - where(r <= 1, r, 2 - 1 / r)).abs().max().ToDouble() < 1e-12);
        Assert.True((Contraction.Expand(y, norm) - x).abs().max().ToDouble() < 1e-9);
        Assert.True((Contraction.Contract(tensor(new double[,] { { 0, 0, 4 }, { 0, -0.5, 0 } }), norm) - tensor(new double[,] { { 0, 0, 1.75 }, { 0, -0.5, 0 } })).abs().max().ToDouble() < 1e-15);
        // Along the radius lengths shrink by the derivative.
        var step = Contraction.Contract(x * (1 + 1e-6), norm) - y;
        Assert.True((step.norm(-1) / (1e-6 * x.norm(-1)) - Contraction.Shrinkage(x, norm)).abs().max().ToDouble() < 1e-4);
    }

    [Theory]
    [InlineData(ContractionNorm.Cube)]
    [InlineData(ContractionNorm.Sphere)]
    public void GradientsOfTheContractionAreFiniteDifferences(ContractionNorm norm)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(6);
        var weights = randn([40, 3], ScalarType.Float64, generator: random);
        var x = (randn([40, 3], ScalarType.Float64, generator: random) * 2).requires_grad_(true);
        (Contraction.Contract(x, norm) * weights).sum().backward();
        for (int axis = 0; axis < 3; axis++)
        {
            var h = zeros(3, ScalarType.Float64);
            h[axis] = tensor(1e-6);
            using var _ = no_grad();
            var slope = ((Contraction.Contract(x + h, norm) - Contraction.Contract(x - h, norm)) * weights).sum(-1) / 2e-6;
            Assert.True((slope - x.grad!.select(1, axis)).abs().max().ToDouble() < 1e-6);
        }
        var zero = zeros([1, 3], ScalarType.Float64).requires_grad_(true);
        Contraction.Contract(zero, norm).sum().backward();
        Assert.True((zero.grad! - 1).abs().max().ToDouble() < 1e-12);
    }

    public static TheoryData<FieldSpec> Specs => FieldTests.Specs;

    [Theory, MemberData(nameof(Specs))]
    public void EveryFieldCanBeContracted(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var bounds = new Box(new(-1, -2, -0.5f), new(1, 1, 0.5f));
        var space = new ContractedSpace(new Reach(bounds, 0.1f, 5), ContractionNorm.Cube, 1, 32);
        var field = space.Build(spec, random, Kernels.Kernels.Cpu);
        // From the middle to far away, in all directions.
        var x = randn([20, 200, 3], generator: random) * torch.pow(10, linspace(-1, 4, 20)).view(20, 1, 1);
        var d = nn.functional.normalize(x, dim: -1);
        var (density, color) = field.Query(x, d);
        Assert.Equal([20, 200], density.shape);
        Assert.True(density.isfinite().all().ToBoolean() && color.isfinite().all().ToBoolean());
        Assert.True(density.min().ToDouble() >= 0);
        Assert.True((field.Density(x) - density).abs().max().ToDouble() < 1e-5);
        ((density * (x.square().sum(-1) + 1) + 1).log().sum() + color.square().sum()).backward();
        foreach (var (name, parameter) in field.named_parameters()) Assert.True(parameter.grad is { } g && g.abs().sum().ToDouble() > 0 && g.isfinite().all().ToBoolean(), name);
    }

    sealed class Place : IEncoding, IDecoder
    {
        public int Features => 3;

        public Tensor Encode(Tensor u) => u;

        public Tensor Density(Tensor features) => ones_like(features.select(1, 0));

        public Radiance Decode(Tensor features, Tensor d) => new(Density(features), features);
    }

    [Fact]
    public void AContractedFieldPutsItsBoxIntoTheInnerHalfAndThinsOutWithTheSquareOfTheDistance()
    {
        using var scope = NewDisposeScope();
        var place = new Place();
        var field = new EncodedField(new Box(new(0, 0, 0), new(4, 4, 8)), place, place) { Contraction = ContractionNorm.Cube };
        var x = tensor(new float[,] { { 2, 2, 4 }, { 4, 2, 4 }, { 0, 0, 8 }, { 2, 2, 20 }, { -6, 2, 4 } });
        var (density, u) = field.Query(x, x);
        // Outside, the fourth point lies at 4 half sides (2 - 1/4 of the middle), the fifth as well.
        Assert.True((u - tensor(new[,] { { 0.5f, 0.5f, 0.5f }, { 0.75f, 0.5f, 0.5f }, { 0.25f, 0.25f, 0.75f }, { 0.5f, 0.5f, 0.5f + 1.75f / 4 }, { 0.5f - 1.75f / 4, 0.5f, 0.5f } })).abs().max().ToDouble() < 1e-6);
        // Twice the box's longest side across all of space.
        Assert.True((density - tensor(new[] { 1, 1, 1, 1 / 16f, 1 / 16f }) / 16).abs().max().ToDouble() < 1e-7);
    }

    [Fact]
    public void AnUntrainedContractedFieldIsLookedIntoEverywhere()
    {
        using var random = new Generator(7);
        var (place, space) = (new Place(), new ContractedSpace(World, ContractionNorm.Cube, 1, 16));
        var field = new EncodedField(space.Bounds, place, place) { Contraction = ContractionNorm.Cube };
        using var sampler = new OccupancySampler(space, 6, 64, 0);
        for (int step = 0; step < 64; step += 16) sampler.Update(field, step, random);
        Assert.Equal([5, 6, 6, 6], sampler.Occupied.shape);
        Assert.InRange(sampler.OccupiedShare, 0.99, 1);
    }

    [Fact]
    public void AWallFarOutsideTheBoxIsSeenAtItsDistanceInAContractedSpace()
    {
        using var scope = NewDisposeScope();
        var space = new ContractedSpace(new Reach(Box.Cube(1), 0.1f, 5), ContractionNorm.Cube, 1, 64);
        var wall = new Behind(x => x.select(-1, 2), 12, 50);
        var camera = Camera.FromAngle(8, 8, 0.5f, Pose.LookAt(new(0, 0, -1), Vector3.Zero, Vector3.UnitY));
        var rays = Cameras.Rays(camera, CPU);
        foreach (ISampler sampler in (ISampler[])[new UniformSampler(space, 2048), new OccupancySampler(space, 16, 2000, 0)])
        {
            var rendered = new Renderer(sampler, Kernels.Kernels.Reference, space).Render(wall, rays, zeros(3));
            Assert.True((rendered.Depth - 13 / rays.Directions.select(1, 2)).abs().max().ToDouble() < 0.15);
            Assert.True((rendered.Opacity - 1).abs().max().ToDouble() < 1e-3);
        }
    }

    public static TheoryData<Space> Spaces => [new BoundedSpace(World), NdcSpace.Of(World, SideBySide), new ContractedSpace(World, ContractionNorm.Sphere, 0.5f, 16)];

    [Theory, MemberData(nameof(Spaces))]
    public void ARunFolderKeepsItsSpace(Space space)
    {
        using var folder = new TemporaryFolder();
        var summary = new SceneSummary("x", space, [], [], []);
        summary.Write(folder["scene.json"]);
        var read = SceneSummary.Read(folder["scene.json"]);
        Assert.Equal(space, read.Space);
        Assert.Equal(World, read.Reach);
    }

    [Fact]
    public void ForwardFacingPhotographsGetDeviceCoordinatesUnlessTheRecipeSaysOtherwise()
    {
        var fern = SceneFile.Open(RealData.Path("scenes/llff_fern"), new SceneOptions(8));
        var ndc = Assert.IsType<NdcSpace>(new SpaceSpec().Of(fern));
        // The mean pose of the training views is not quite the one of all views, in which the scene is given.
        Assert.InRange(ndc.Frame.Near, 0.6f, 1.3f);
        Assert.True(ndc.Frame.Pose.Forward.Z < -0.999f);
        Assert.IsType<BoundedSpace>(new SpaceSpec(SpaceKind.Bounded).Of(fern));
        Assert.IsType<ContractedSpace>(new SpaceSpec(SpaceKind.Contracted).Of(fern));
        var lego = SceneFile.Open(RealData.Path("scenes/lego_400"), new SceneOptions(8));
        Assert.IsType<BoundedSpace>(new SpaceSpec().Of(lego));
        Assert.Contains("space ndc", Assert.Throws<BadInputException>(() => new SpaceSpec(SpaceKind.Ndc).Of(lego)).Message);
    }

    [Theory]
    [InlineData(SpaceKind.Ndc)]
    [InlineData(SpaceKind.Contracted)]
    public void RealForwardFacingPhotographsAreLearnedAndSeenAtFiniteDepths(SpaceKind kind)
    {
        using var scope = NewDisposeScope();
        var fern = SceneFile.Open(RealData.Path("scenes/llff_fern"), new SceneOptions(64));
        var recipe = Presets.Find("hash", "small") with
        {
            Space = new SpaceSpec(kind), Field = new HashSpec(4, 2, 12, 8, 64, 16, 8, 2, 1), Sampler = new OccupancySpec(16, 48), Batch = new(128, 4096), Steps = 150, Seed = 3,
        };
        using var run = Run.Start(recipe, fern, CPU);
        var psnr = run.Steps(150).Select(s => s.Outcome.Psnr).ToList();
        Assert.True(psnr.TakeLast(10).Average() > psnr.Take(5).Average() + 2.5, $"{psnr.Take(5).Average():F1} dB, then {psnr.TakeLast(10).Average():F1} dB");
        var image = run.Render(fern.Test[0].Camera);
        var hit = image.Depth.masked_select(image.Opacity > 0.5);
        Assert.True(hit.shape[0] > image.Depth.numel() / 2 && hit.isfinite().all().ToBoolean());
        // The nearest thing is at 4/3; what is seen through everything is far away but not at infinity.
        Assert.InRange(hit.median().ToDouble(), 1, 20);
        foreach (var camera in CameraPaths.Spiral([.. fern.Train.Select(v => v.Camera)], 2).Concat(CameraPaths.Orbit([.. fern.Train.Select(v => v.Camera)], 3)))
        {
            var moved = run.Render(camera);
            Assert.True(moved.Color.isfinite().all().ToBoolean() && moved.Depth.isfinite().all().ToBoolean());
        }
    }

    [Theory]
    [InlineData("space.kind=cylinder", "space.kind")]
    [InlineData("space.inner=0", "space.inner is 0")]
    [InlineData("space.far=1", "space.far is 1")]
    [InlineData("space.nrom=cube", "did you mean norm")]
    public void WhatASpaceCannotBeIsSaidInOneSentence(string assignment, string part)
    {
        var e = Assert.Throws<BadInputException>(() => RecipeJson.Set(Presets.Find("hash", "small"), assignment).Space.Of(SceneFile.Open("embedded", new SceneOptions(Embedded: new EmbeddedOptions(1, 0, 0, 8)))));
        Assert.Contains(part, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }
}
