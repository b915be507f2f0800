using System.Numerics;
using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Rendering;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Where rays are looked at: intervals, stratification, inverse CDF, occupancy.</summary>
public class SamplingTests
{
    static Rays Ray(Vector3 origin, Vector3 direction, int copies = 1)
    {
        direction = Vector3.Normalize(direction);
        return new Rays(tensor(new float[,] { { origin.X, origin.Y, origin.Z } }).expand(copies, 3), tensor(new float[,] { { direction.X, direction.Y, direction.Z } }).expand(copies, 3));
    }

    [Theory]
    [InlineData(0, 0, -3, 0, 0, 1, 2, 4)]      // along an axis: two components are exactly zero
    [InlineData(0.5, 0.5, 0.5, 0, 1, 0, 0.1, 0.5)] // from inside: begins at near
    [InlineData(0, 0, -3, 0, 0, -1, 1, 0)]     // away from it: empty
    [InlineData(0, 5, -3, 0, 0, 1, 1, 0)]      // past it: empty
    public void TheBoxIntervalIsWhatGeometrySays(float ox, float oy, float oz, float dx, float dy, float dz, float entry, float exit)
    {
        using var scope = NewDisposeScope();
        var (a, b) = Sampling.BoxInterval(Ray(new(ox, oy, oz), new(dx, dy, dz)), Box.Cube(1), 0.1f, 100);
        if (exit == 0) Assert.True(b.ToSingle() <= a.ToSingle());
        else
        {
            Assert.Equal(entry, a.ToSingle(), 1e-5f);
            Assert.Equal(exit, b.ToSingle(), 1e-5f);
        }
    }

    [Fact]
    public void StratifiedSamplesFallIntoTheirOwnPieces()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var (entry, exit) = (full(100, 2f), full(100, 6f));
        var (t, deltas) = Sampling.Stratified(entry, exit, 8, random);
        var piece = ((t - 2) / 0.5).floor();
        Assert.True((piece - arange(8, float32)).abs().max().ToDouble() == 0);
        Assert.True((deltas - 0.5).abs().max().ToDouble() < 1e-6);
        Assert.True(t.std([0]).min().ToDouble() > 0.05); // it does jitter
        var (middle, _) = Sampling.Stratified(entry, exit, 8, null);
        Assert.True((middle - (arange(8, float32) + 0.5) * 0.5 - 2).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void UniformWeightsGiveUniformPlaces()
    {
        using var scope = NewDisposeScope();
        var edges = linspace(2, 6, 33).expand(1, 33).contiguous();
        var t = Sampling.InverseCdf(edges, ones(1, 32), 1001, null).flatten();
        Assert.True((t - linspace(2, 6, 1001)).abs().max().ToDouble() < 1e-3);
    }

    [Fact]
    public void AOneHotWeightDrawsAllPlacesIntoItsBin()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var edges = linspace(0, 10, 11).expand(1, 11).contiguous();
        var weights = zeros(1, 10);
        weights[0, 4] = tensor(1e6f);
        var t = Sampling.InverseCdf(edges, weights, 500, random);
        Assert.True(t.min().ToDouble() >= 4 - 1e-3 && t.max().ToDouble() <= 5 + 1e-3);
    }

    [Fact]
    public void FixedQuantilesAscendAndRandomOnesFollowTheDensity()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(9);
        var edges = linspace(0, 4, 5).expand(1, 5).contiguous();
        var weights = tensor(new float[,] { { 1, 2, 3, 4 } });
        var fixedPlaces = Sampling.InverseCdf(edges, weights, 64, null).flatten();
        Assert.True(diff(fixedPlaces).min().ToDouble() >= 0);
        var drawn = Sampling.InverseCdf(edges, weights, 100_000, random);
        for (int bin = 0; bin < 4; bin++)
        {
            double share = ((drawn >= bin).logical_and(drawn < bin + 1)).to(float32).mean().ToDouble();
            Assert.Equal((bin + 1) / 10.0, share, 0.01);
        }
    }

    [Theory]
    [InlineData(SpacingKind.Linear)]
    [InlineData(SpacingKind.Cone)]
    [InlineData(SpacingKind.Piecewise)]
    [InlineData(SpacingKind.Disparity)]
    public void SpacingIsInvertibleAscendsAndGrowsAsItsDerivativeSays(SpacingKind kind)
    {
        using var scope = NewDisposeScope();
        var spacing = new Spacing(kind, 1.5f);
        var t = linspace(0.01, 50, 2001, float64);
        var s = spacing.Coordinate(t);
        Assert.True((spacing.Distance(s) - t).abs().max().ToDouble() < 1e-9);
        Assert.True(diff(s).min().ToDouble() > 0);
        var slope = (spacing.Distance(s + 1e-6) - spacing.Distance(s - 1e-6)) / 2e-6;
        Assert.True(((slope - spacing.Growth(t)) / spacing.Growth(t)).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void SpacingHasTheClosedFormsOfThePapers()
    {
        using var scope = NewDisposeScope();
        // Cone: the step at t is t/knee times the step at the camera. Piecewise: the second half of s reaches infinity.
        Assert.Equal(10, new Spacing(SpacingKind.Cone, 1.5f).Growth(tensor(15.0)).ToDouble(), 1e-9);
        var piecewise = new Spacing(SpacingKind.Piecewise, 2);
        Assert.Equal(1, piecewise.Coordinate(tensor(1.0)).ToDouble(), 1e-12);
        Assert.Equal(4 - 4 / 10.0, piecewise.Coordinate(tensor(10.0)).ToDouble(), 1e-12);
        Assert.Equal(4, piecewise.Coordinate(tensor(1e12)).ToDouble(), 1e-9);
    }

    [Fact]
    public void PiecesAreEvenInTheCoordinateOfTheSpacing()
    {
        using var scope = NewDisposeScope();
        var spacing = new Spacing(SpacingKind.Piecewise, 1);
        var (t, deltas) = Sampling.Stratified(full(2, 0.5f), full(2, 16f), 8, null, spacing);
        var s = spacing.Coordinate(t);
        Assert.True((diff(s, dim: -1) - (2 - 1 / 16.0 - 0.5) / 8).abs().max().ToDouble() < 1e-5);
        Assert.True((deltas.sum(-1) - 15.5).abs().max().ToDouble() < 1e-4);
    }

    [Fact]
    public void HierarchicalSamplesGatherWhereTheCoarseFieldIsDense()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var field = new MlpSpec(2, 16, 0, 4, 1, 16).Build(Box.Cube(1), random);
        var sampler = new PdfSampler(field, Space.Bounded(Box.Cube(1), 0.1f, 10), 16, 32, Kernels.Kernels.Reference);
        var (samples, proposals) = sampler.Sample(Ray(new(0, 0, -3), new(0.1f, 0.05f, 1), 7), field, random);
        Assert.Equal(48, samples.PerRay);
        var proposal = Assert.Single(proposals);
        var t = samples.T.view(7, 48);
        Assert.True(diff(t).min().ToDouble() >= 0);
        Assert.True(samples.Deltas.min().ToDouble() >= 0);
        Assert.False(samples.T.requires_grad);
        Assert.True(proposal.Color.requires_grad);
    }

    /// <summary>A solid ball.</summary>
    sealed class Ball(float radius, float density) : IField
    {
        public Radiance Query(Tensor x, Tensor d) => new(Density(x), (x + 1) / 2);

        public Tensor Density(Tensor x) => (x.square().sum(-1) < radius * radius).to(float32) * density;
    }

    /// <summary>A solid cube.</summary>
    sealed class Cube(float half, float density) : IField
    {
        public Radiance Query(Tensor x, Tensor d) => new(Density(x), (x + 1) / 2);

        public Tensor Density(Tensor x) => (x.abs().amax(-1) < half).to(float32) * density;
    }

    [Theory]
    [InlineData(0.2f)]
    [InlineData(1e-7f)]
    public void AFieldOfOneDensityIsLookedIntoEverywhere(float density)
    {
        using var random = new Generator(3);
        using var sampler = new OccupancySampler(Space.Bounded(Box.Cube(1), 0.05f, 10), 16, 100, 0);
        for (int step = 0; step < 64; step++) sampler.Update(new Fog(density), step, random);
        Assert.Equal(1, sampler.OccupiedShare, 1e-6);
    }

    sealed class Fog(float density) : IField
    {
        public Radiance Query(Tensor x, Tensor d) => new(Density(x), zeros_like(x));

        public Tensor Density(Tensor x) => full(x.shape[..^1], density);
    }

    [Fact]
    public void SamplesThatHardlyContributeAreDropped()
    {
        // In even fog w_i = (1 - e^-στ) e^-στi falls from step to step, so the first so many stay.
        using var scope = NewDisposeScope();
        const float Density = 30, Least = 0.01f;
        var space = Space.Bounded(Box.Cube(1), 0.05f, 10);
        using OccupancySampler all = new(space, 8, 100, 0), few = new(space, 8, 100, 0, leastWeight: Least);
        var rays = new Rays(tensor(new[] { -3f, 0.1f, 0.2f }).reshape(1, 3), tensor(new[] { 1f, 0, 0 }).reshape(1, 3));
        var (whole, kept) = (all.Sample(rays, new Fog(Density), null).Samples, few.Sample(rays, new Fog(Density), null).Samples);
        double through = double.Exp(-Density * double.Sqrt(12) / 100);
        int expected = Enumerable.Range(0, (int)whole.Count).Count(i => (1 - through) * double.Pow(through, i) > Least);
        Assert.InRange(expected, 2, whole.Count - 1);
        Assert.Equal(expected, kept.Count);
        Assert.True(kept.T.equal(whole.T[..expected]).all().ToBoolean());
    }

    [Fact]
    public void PicturesAreMadeInShorterStepsThanTrainingTakes()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var space = Space.Bounded(Box.Cube(1), 0.05f, 10);
        using OccupancySampler plain = new(space, 8, 100, 0), fine = new(space, 8, 100, 0, refine: 3), always = new(space, 8, 300, 0);
        var rays = new Rays(tensor(new[] { -3f, 0.1f, 0.2f }).reshape(1, 3), tensor(new[] { 1f, 0, 0 }).reshape(1, 3));
        var (picture, expected) = (fine.Sample(rays, new Fog(1), null).Samples, always.Sample(rays, new Fog(1), null).Samples);
        Assert.True(picture.T.allclose(expected.T) && picture.Deltas.allclose(expected.Deltas));
        Assert.Equal(plain.Sample(rays, new Fog(1), random).Samples.Deltas[0].ToSingle(), fine.Sample(rays, new Fog(1), random).Samples.Deltas[0].ToSingle());
    }

    static (OccupancySampler Sampler, Ball Ball) Trained()
    {
        var (sampler, ball) = (new OccupancySampler(Space.Bounded(Box.Cube(1), 0.05f, 10), 32, 400, 0), new Ball(0.5f, 40));
        using var random = new Generator(4);
        for (int step = 0; step < 256; step += 16) sampler.Update(ball, step, random);
        return (sampler, ball);
    }

    [Fact]
    public void OccupiedCellsAreThoseOfTheBall()
    {
        using var scope = NewDisposeScope();
        var (sampler, ball) = Trained();
        var axis = (arange(32, float32) + 0.5) / 16 - 1;
        var centers = stack([.. meshgrid([axis, axis, axis])], -1);
        var inside = centers.norm(-1);
        // Cells wholly inside must be on; cells wholly outside must be off; the shell between may be either.
        double half = double.Sqrt(3) / 32;
        Assert.True(sampler.Occupied.masked_select(inside < 0.5 - half).all().ToBoolean());
        Assert.False(sampler.Occupied.masked_select(inside > 0.5 + half).any().ToBoolean());
        Assert.Equal(4.0 / 3 * double.Pi * 0.125 / 8, sampler.OccupiedShare, 0.02);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01f)]
    public void SkippingEmptySpaceChangesNoPixel(float coneAngle)
    {
        using var scope = NewDisposeScope();
        // A cube whose faces are walls of cells, so that each cell is wholly full or wholly empty.
        var (sampler, cube) = (new OccupancySampler(Space.Bounded(Box.Cube(1), 0.05f, 10), 32, 400, coneAngle), new Cube(0.5f, 40));
        using var random = new Generator(4);
        for (int step = 0; step < 256; step += 16) sampler.Update(cube, step, random);
        Assert.Equal(1 / 8.0, sampler.OccupiedShare, 1e-9);
        var everywhere = new OccupancySampler(Space.Bounded(Box.Cube(1), 0.05f, 10), 32, 400, coneAngle);
        var camera = Camera.FromAngle(24, 24, 0.8f, Pose.LookAt(new(0, -2.5f, 1), Vector3.Zero, Vector3.UnitZ));
        var (with, without) = (Image(sampler), Image(everywhere));
        Assert.True((with.Color - without.Color).abs().max().ToDouble() < 1e-3);
        Assert.True((with.Opacity - without.Opacity).abs().max().ToDouble() < 1e-3);

        RenderedImage Image(ISampler s) => new Renderer(s, Kernels.Kernels.Reference).Image(cube, camera, ones(3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void SkippingEmptySpaceOverSeveralGridsChangesNoPixel(int scene)
    {
        using var scope = NewDisposeScope();
        // A contracted space with grids of half sides 1, 2, 4, 8, and a bounded one with 1, 2, 4; the cube fills whole cells of all of them.
        Space space = scene == 0 ? new ContractedSpace(new Reach(Box.Cube(1), 0.05f, 10), ContractionNorm.Cube, 1, 8) : Space.Bounded(Box.Cube(4), 0.05f, 20);
        var cube = new Cube(3, 4);
        using var random = new Generator(4);
        var (sampler, everywhere) = (Grids(), Grids());
        for (int step = 0; step < 64; step += 16) sampler.Update(cube, step, random);
        var occupied = sampler.Occupied.to(float32).mean([1L, 2, 3]).data<float>().ToArray();
        Assert.Equal(scene == 0 ? [1, 1, 27 / 64f, 27 / 512f] : [1, 1, 27 / 64f], occupied);
        var camera = Camera.FromAngle(12, 12, 1, Pose.LookAt(new(0.5f, -6, 2), Vector3.Zero, Vector3.UnitZ));
        var (with, without) = (Image(sampler), Image(everywhere));
        Assert.True(with.Opacity.max().ToDouble() > 0.99);
        Assert.True((with.Color - without.Color).abs().max().ToDouble() < 1e-3);

        OccupancySampler Grids() => new(space, 16, 400, 0, scene == 0 ? 0 : 3);
        RenderedImage Image(ISampler s) => new Renderer(s, Kernels.Kernels.Reference, space).Image(cube, camera, ones(3));
    }

    /// <summary>One random density in each cell of three grids of half sides 1, 2, 4 with 8 cells along each side; many are small.</summary>
    sealed class Patchwork : IField
    {
        public Radiance Query(Tensor x, Tensor d) => new(Density(x), zeros_like(x));

        public Tensor Density(Tensor x)
        {
            var level = x.abs().amax([-1]).clamp(1, 4).log2().ceil();
            var cell = ((x / pow(2, level).unsqueeze(-1) + 1) * 4).floor().clamp(0, 7);
            var mixed = (cell * tensor(new[] { 12.9898f, 78.233f, 37.719f })).sum(-1) + level * 4.581f;
            return pow((sin(mixed) * 43758.5f).frac().abs(), 6) * 2;
        }
    }

    [Fact]
    public void AfterAFullUpdateNoCellAboveTheThresholdIsEmpty()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var sampler = new OccupancySampler(Space.Bounded(Box.Cube(4), 0.05f, 20), 8, 40, 0, 3);
        var field = new Patchwork();
        sampler.Update(field, 0, random);
        var axis = (arange(8, float32) + 0.5) / 4 - 1;
        var centers = stack([.. meshgrid([axis, axis, axis])], -1); // [8,8,8,3]
        double step = 2 * double.Sqrt(3) / 40;
        for (int level = 0; level < 3; level++)
        {
            // What smaller grids hold does not count in larger ones.
            var own = level == 0 ? ones(8, 8, 8, @bool) : centers.abs().amax([-1]) > 0.5;
            var thick = (field.Density(centers * (1 << level)) * step > 0.01).logical_and(own);
            Assert.True(thick.any().ToBoolean());
            Assert.True(sampler.Occupied[level].masked_select(thick).all().ToBoolean());
            var thin = (field.Density(centers * (1 << level)) * step < 1e-4).logical_and(own);
            Assert.True(thin.any().ToBoolean());
            Assert.False(sampler.Occupied[level].masked_select(thin).any().ToBoolean());
        }
    }

    [Fact]
    public void WhatWasDenseFadesByTheDecayAtEachUpdate()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var sampler = new OccupancySampler(Space.Bounded(Box.Cube(1), 0.05f, 20), 4, 100, 0);
        sampler.Update(new Cube(0.5f, 40), 0, random);
        for (int i = 1; i <= 10; i++) sampler.Update(new Cube(0.5f, 0), 16 * i, random);
        // 40 in 8 of 64 cells, 0.95 times less at each of ten updates.
        var density = sampler.get_buffer("density")!;
        Assert.Equal(40 * double.Pow(0.95, 10), density.max().ToDouble(), 1e-3);
        Assert.Equal(8, (density > 0).sum().ToInt64());
    }

    [Fact]
    public void ABallHasTheOpacityOfItsChord()
    {
        using var scope = NewDisposeScope();
        var sampler = new OccupancySampler(Space.Bounded(Box.Cube(1), 0.05f, 10), 16, 4000, 0);
        var thin = new Ball(0.5f, 1.5f);
        var rendered = new Renderer(sampler, Kernels.Kernels.Reference).Render(thin, Ray(new(0, 0.3f, -3), new(0, 0, 1)), zeros(3));
        double chord = 2 * double.Sqrt(0.25 - 0.09);
        Assert.Equal(1 - double.Exp(-1.5 * chord), rendered.Opacity.ToDouble(), 2e-3);
    }

    [Fact]
    public void PackedOffsetsCountTheSamplesOfEachRay()
    {
        using var scope = NewDisposeScope();
        var (sampler, ball) = Trained();
        var rays = new Rays(tensor(new float[,] { { 0, 0, -3 }, { 0, 5, -3 }, { 0, 0.4f, -3 } }), tensor(new float[,] { { 0, 0, 1 } }).expand(3, 3));
        using var random = new Generator(1);
        var samples = sampler.Sample(rays, ball, random).Samples;
        var offsets = samples.Offsets.data<long>().ToArray();
        Assert.Equal((0, samples.Count), (offsets[0], offsets[3]));
        Assert.Equal(offsets[1], offsets[2]); // the second ray misses the box
        var index = samples.RayIndex.data<long>().ToArray();
        for (int r = 0; r < 3; r++) Assert.Equal(offsets[r + 1] - offsets[r], index.Count(i => i == r));
        var back = samples.Positions - samples.Rays.Origins.index_select(0, samples.RayIndex);
        Assert.True((back.norm(-1) - samples.T).abs().max().ToDouble() < 1e-4);
    }

    [Fact]
    public void NoRaysAreFine()
    {
        using var scope = NewDisposeScope();
        var (sampler, ball) = Trained();
        var none = new Rays(zeros(0, 3), zeros(0, 3));
        Assert.Equal([0, 3], new Renderer(sampler, Kernels.Kernels.Reference).Render(ball, none, ones(3)).Color.shape);
    }
}
