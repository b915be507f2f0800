using System.Numerics;
using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Recipes;
using NerfLab.Rendering;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Fields that change their shape: what stays the same, and what is given up.</summary>
public class GrowthTests
{
    static readonly Box Bounds = new(new(-1, -1, -1), new(1, 1, 1));

    static Tensor Random(ulong seed, params long[] shape)
    {
        using var random = new Generator(seed);
        return randn(shape, generator: random);
    }

    static Tensor Points(int count, double share = 1)
    {
        using var random = new Generator(3);
        return (rand([count, 3], generator: random) - 0.5) * share + 0.5;
    }

    /// <summary>[n³,3] coordinates 0 to 1 of the nodes of a cube, x slowest.</summary>
    static Tensor Nodes(int n) => VoxelGrid.Places(arange(n * n * n, int64), new VoxelLayout(n, n, n, true), float32);

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0.5)] // with values in the middles what is beyond the outermost ones is constant, here and in the original, and every change carries that a voxel inwards
    public void ALinearFunctionInVoxelsSurvivesAnotherResolutionExactly(bool corners, double share)
    {
        using var scope = NewDisposeScope();
        var layout = new VoxelLayout(8, 8, 8, corners);
        var at = VoxelGrid.Places(arange(layout.Count, int64), layout, float32);
        var values = Function(at).view(8, 8, 8, 1);
        var encoding = corners
            ? new VoxelEncoding(nn.Parameter(values), nn.Parameter(values * 2), null, corners)
            : new VoxelEncoding(nn.Parameter(values.view(-1, 1)), nn.Parameter(values.view(-1, 1) * 2), arange(512, int32).view(8, 8, 8), corners);
        foreach (int resolution in new[] { 15, 21, 12 })
        {
            encoding.Resize(Bounds, resolution);
            Assert.Equal(new VoxelLayout(resolution, resolution, resolution, corners), encoding.Layout);
            var u = Points(200, share);
            var expected = Function(u);
            Assert.True((encoding.Encode(u) - cat([expected, expected * 2], -1)).abs().max().ToDouble() < 1e-5);
        }

        static Tensor Function(Tensor u) => (u * tensor(new[] { 2f, -3, 1 })).sum(-1, keepdim: true) + 0.5;
    }

    [Fact]
    public void ALinearFunctionInPlanesSurvivesAnotherResolutionExactly()
    {
        using var scope = NewDisposeScope();
        var ramp = linspace(0, 1, 5);
        var planes = nn.Parameter(stack([ramp.view(1, 5).expand(5, 5), ramp.view(5, 1).expand(5, 5), ramp.view(1, 5) + ramp.view(5, 1)]).unsqueeze(1));
        var encoding = new PlaneEncoding([planes], PlaneAxes.Parse("xy xz yz"), PlaneAggregation.Concat, new PlaneConvention(true, PlanePadding.Border));
        encoding.Resize(Bounds, 12);
        Assert.Equal([3, 1, 12, 12], encoding.Level(0).shape);
        var u = Points(50);
        var expected = stack([u.select(1, 0), u.select(1, 2), u.select(1, 1) + u.select(1, 2)], -1);
        Assert.True((encoding.Encode(u) - expected).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void FinerLevelsOfPlanesKeepTheirRatios()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var encoding = (PlaneEncoding)new MultiPlaneSpec(3, 4, 16, 2).Build(Bounds, random).Encoding;
        encoding.Resize(Bounds, 32);
        Assert.Equal([8, 16, 32], Enumerable.Range(0, 3).Select(l => encoding.Level(l).shape[2]));
    }

    static (IEncoding Encoding, int Channels) Factors(bool vm) => vm
        ? (new VmEncoding([.. Enumerable.Range(1, 3).Select(s => nn.Parameter(Random((ulong)s, 5, 6, 6)))], [.. Enumerable.Range(4, 3).Select(s => nn.Parameter(Random((ulong)s, 5, 6)))],
            VmEncoding.TensorfPlanes, VmEncoding.TensorfLines, 2, new PlaneConvention(true, PlanePadding.Zeros)), 5)
        : (new CpEncoding([.. Enumerable.Range(4, 3).Select(s => nn.Parameter(Random((ulong)s, 5, 6)))], 2, new PlaneConvention(true, PlanePadding.Zeros)), 5);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FactorsKeepTheirValuesAtOldNodes(bool vm)
    {
        using var scope = NewDisposeScope();
        var (encoding, _) = Factors(vm);
        var before = encoding.Encode(Nodes(6)).detach();
        ((IResizable)encoding).Resize(Bounds, 11);
        Assert.Equal(new VoxelLayout(11, 11, 11, true), ((ICroppable)encoding).Nodes);
        Assert.True((encoding.Encode(Nodes(6)) - before).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void ABoxThatIsNoCubeGetsAsManyVoxelsAsACube()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var slab = new Box(new(-2, -1, -1), new(2, 1, 1)); // side (16/8³)^⅓: 12.7, 6.3, 6.3 of them
        var field = new TensorfVmSpec(8, 2, 2).Build(slab, random);
        ((IResizable)field.Encoding).Resize(slab, 16);
        Assert.Equal(new VoxelLayout(25, 12, 12, true), ((ICroppable)field.Encoding).Nodes);
    }

    public static TheoryData<FieldSpec> Croppable => [new TensorfVmSpec(21, 3, 4), new TensorfCpSpec(21, 8, 4), new DenseSpec(21, VoxelColor.Harmonics)];

    [Theory, MemberData(nameof(Croppable))]
    public void ACroppedFieldIsTheSameInsideAndEmptyOutside(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var whole = new Box(new(-1, -1.5f, -2), new(1, 1.5f, 2));
        var field = spec.Build(whole, random);
        using (no_grad())
            foreach (var (name, parameter) in field.named_parameters())
                if (name.StartsWith("encoding", StringComparison.Ordinal)) parameter.copy_(randn(parameter.shape, generator: random) * 2);
        Assert.Null(field.Support);
        var part = new Box(new(-0.5f, -0.76f, -1.3f), new(0.61f, 0.37f, 0.9f));
        var inside = Points(300) * Vector(part.Size) + Vector(part.Min);
        var d = nn.functional.normalize(Random(9, 300, 3), dim: -1);
        var (density, color) = field.Query(inside, d);
        long before = field.parameters().Sum(p => p.numel());
        for (int twice = 0; twice < 2; twice++) // the second time there is nothing left to cut
        {
            field.Crop(part);
            var box = field.Support!.Value;
            Assert.Equal(box, field.Bounds);
            Assert.True(box.Contains(part.Min) && box.Contains(part.Max));
            Assert.True(Vector3.Distance(box.Min, part.Min) < 0.25 * 1.8 && Vector3.Distance(box.Max, part.Max) < 0.25 * 1.8); // to the next nodes
            Assert.True((field.Query(inside, d).Density - density).abs().max().ToDouble() < 1e-3 * density.abs().max().ToDouble());
            Assert.True((field.Query(inside, d).Color - color).abs().max().ToDouble() < 1e-3);
            Assert.True((field.Density(inside) - density).abs().max().ToDouble() < 1e-3 * density.abs().max().ToDouble());
            Assert.Equal(0, field.Density(tensor(new float[,] { { 0.9f, 0, 0 }, { 0, 0, 1.9f }, { 0, -1.4f, 0 } })).abs().max().ToDouble());
        }
        Assert.True(field.parameters().Sum(p => p.numel()) < before);
        // The same seen from the sampler: no sample outside.
        var rays = new Rays(tensor(new float[,] { { 0, 0, -5 } }), tensor(new float[,] { { 0, 0, 1 } }));
        foreach (ISampler sampler in new ISampler[] { new UniformSampler(Space.Bounded(whole, 0.1f, 20), 16), new OccupancySampler(Space.Bounded(whole, 0.1f, 20), 8, 64, 0) })
        {
            var t = sampler.Sample(rays, field, null).Samples.T;
            Assert.True(t.min().ToDouble() >= 5 + field.Bounds.Min.Z - 1e-4 && t.max().ToDouble() <= 5 + field.Bounds.Max.Z + 1e-4);
            Assert.True(t.shape[0] > 0);
        }
    }

    static Tensor Vector(Vector3 v) => tensor(new[] { v.X, v.Y, v.Z });

    [Fact]
    public void TheOccupiedBoxHoldsEveryNodeThatAbsorbsEnoughAndIsNoLarger()
    {
        using var scope = NewDisposeScope();
        var nodes = new VoxelLayout(21, 21, 21, true); // 0.1 apart
        // α over half of 0.1: 1 - exp(-σ/20).
        var blob = new Blob(new(0.3f, -0.2f, 0.1f), 0.25f, 10);
        double alpha = 1 - double.Exp(-10 / 20.0);
        var box = Visibility.Occupied(blob, nodes, Bounds, alpha * 0.999, CPU)!.Value;
        // Nodes within 0.25 of the middle: 0.1 to 0.5 along x and so on, and one more on each side.
        Assert.True(Vector3.Distance(box.Min, new(0.0f, -0.5f, -0.2f)) < 1e-5 && Vector3.Distance(box.Max, new(0.6f, 0.1f, 0.4f)) < 1e-5, $"{box}");
        Assert.Null(Visibility.Occupied(blob, nodes, Bounds, alpha * 1.001, CPU));
        Assert.Equal(Bounds, Visibility.Occupied(new Blob(default, 9, 10), nodes, Bounds, 0.01, CPU));
    }

    sealed class Blob(Vector3 middle, float radius, float density) : IField
    {
        public Radiance Query(Tensor x, Tensor d) => new(Density(x), full_like(x, 0.5));

        public Tensor Density(Tensor x) => ((x - Vector(middle)).norm(-1) < radius).to(float32) * density;
    }

    [Fact]
    public void LargestWeightsEqualASlowLoopOverEveryRay()
    {
        using var scope = NewDisposeScope();
        var blob = new Blob(new(0.1f, 0.2f, 0), 0.5f, 3);
        var layout = new VoxelLayout(8, 8, 8, false);
        var renderer = new Renderer(new UniformSampler(Space.Bounded(Bounds, 0.1f, 20), 24), Kernels.Kernels.Reference);
        Camera[] cameras = [Camera.FromAngle(8, 6, 0.7f, Pose.LookAt(new(0, -3, 1), Vector3.Zero, Vector3.UnitZ)), Camera.FromAngle(40, 40, 0.7f, Pose.LookAt(new(3, 0, 0), Vector3.Zero, Vector3.UnitZ))];
        var largest = Visibility.LargestWeights(blob, layout, x => (x + 1) / 2, cameras, renderer, CPU).data<float>().ToArray();
        var expected = new float[512];
        foreach (var camera in new[] { cameras[0], cameras[1].Resized(8, 8) })
        {
            var rendered = renderer.Render(blob, Cameras.Rays(camera, CPU), zeros(3));
            var (w, p) = (rendered.Weights.data<float>().ToArray(), rendered.Samples.Positions.data<float>().ToArray());
            for (int i = 0; i < w.Length; i++)
                for (int v = 0; v < 512; v++)
                {
                    int[] place = [v / 64, v / 8 % 8, v % 8];
                    // A voxel takes part where its middle is less than a voxel away along every axis, the outermost ones also beyond.
                    bool near = Enumerable.Range(0, 3).All(a => float.Abs(float.Clamp((p[3 * i + a] + 1) * 4 - 0.5f, 0, 7) - place[a]) < 0.999f);
                    if (near) expected[v] = float.Max(expected[v], w[i]);
                }
        }
        Assert.True(expected.Count(e => e > 0) is > 50 and < 450);
        for (int v = 0; v < 512; v++) Assert.True(largest[v] >= expected[v] - 1e-6, $"{v}: {largest[v]} < {expected[v]}");
        Assert.Equal(expected.Max(), largest.Max(), 1e-6f);
        Assert.Contains(0f, largest);
    }

    [Fact]
    public void DilationAddsNeighboursAndIsMonotone()
    {
        using var scope = NewDisposeScope();
        var one = zeros(7, 7, 7, dtype: ScalarType.Bool);
        one[3, 3, 0] = tensor(true);
        Assert.Equal(3 * 3 * 2, VoxelGrid.Dilate(one).sum().ToInt64());
        Assert.Equal(5 * 5 * 3, VoxelGrid.Dilate(one, 2).sum().ToInt64());
        using var random = new Generator(1);
        var small = rand([7, 7, 7], generator: random) > 0.9;
        var large = small.logical_or(rand([7, 7, 7], generator: random) > 0.9);
        for (int times = 0; times < 3; times++)
        {
            Assert.True(VoxelGrid.Dilate(small, times).logical_or(small).equal(VoxelGrid.Dilate(small, times)).all().ToBoolean());
            Assert.False(VoxelGrid.Dilate(small, times).logical_and(VoxelGrid.Dilate(large, times).logical_not()).any().ToBoolean());
        }
    }

    [Fact]
    public void TheCapKeepsTheLargest()
    {
        using var scope = NewDisposeScope();
        var worth = tensor(new[] { 0.1f, 0.5f, 0.3f, 0.9f, 0.7f });
        Assert.Equal([false, true, true, true, true], Growing.Largest(worth, 0.2, 0).data<bool>().ToArray());
        Assert.Equal([false, false, false, true, true], Growing.Largest(worth, 0.2, 2).data<bool>().ToArray());
        Assert.Equal([false, true, true, true, true], Growing.Largest(worth, 0.2, 9).data<bool>().ToArray());
    }

    static readonly Camera[] Around = [.. Enumerable.Range(0, 6).Select(i => Camera.FromAngle(32, 32, 0.9f, Pose.LookAt(new(3 * MathF.Cos(i), 3 * MathF.Sin(i), 1), Vector3.Zero, Vector3.UnitZ)))];

    [Theory]
    [InlineData(0, true)]
    [InlineData(24, true)]
    [InlineData(0, false)]
    [InlineData(24, false)]
    public void PruningKeepsWhatIsSeenAndFreesTheRest(int resolution, bool byWeight)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        var field = new PlenoxelsSpec(16, 1).Build(Bounds, random);
        var encoding = (VoxelEncoding)field.Encoding;
        var at = VoxelGrid.Places(arange(16 * 16 * 16, int64), encoding.Layout, float32);
        using (no_grad())
        {
            // A ball whose inside no camera sees, in thin fog.
            encoding.get_parameter("density")!.copy_((((at - 0.5).norm(-1, keepdim: true) < 0.3).to(float32) * 200) + 0.01);
            encoding.get_parameter("color")!.copy_(randn(encoding.get_parameter("color")!.shape, generator: random));
        }
        var renderer = new Renderer(new UniformSampler(Space.Bounded(Bounds, 0.1f, 20), 64), Kernels.Kernels.Reference);
        var x = Points(2000) * 2 - 1;
        var d = nn.functional.normalize(Random(5, 2000, 3), dim: -1);
        var before = field.Query(x, d);

        // What a voxel must have to stay, and which voxels have it.
        var step = new GrowthStep(0, resolution, PruneWeight: byWeight ? 0.3 : 0, PruneDensity: byWeight ? 0 : 10);
        var grown = new PlenoxelsSpec(16, 1).Build(Bounds, random);
        grown.load_state_dict(field.state_dict());
        if (resolution > 0) ((IResizable)grown.Encoding).Resize(Bounds, resolution);
        var unpruned = (VoxelEncoding)grown.Encoding;
        var seen = byWeight
            ? Visibility.LargestWeights(grown, unpruned.Layout, grown.Coordinates, Around, renderer, CPU).flatten() >= 0.3f / unpruned.Layout.X
            : unpruned.DensityVoxels.Rows.squeeze(-1) >= 10;
        Assert.InRange(seen.to(float32).mean().ToDouble(), 0.02, 0.6);

        Growing.Apply(field, step, 0, renderer, Around, CPU);
        Assert.Equal(unpruned.Layout, encoding.Layout);
        var exists = encoding.DensityVoxels.Links! >= 0;
        Assert.False(seen.logical_and(exists.logical_not()).any().ToBoolean()); // none above the threshold was lost
        long rows = exists.sum().ToInt64();
        Assert.Equal([rows, 1], encoding.get_parameter("density")!.shape);
        Assert.Equal([rows, 12], encoding.get_parameter("color")!.shape);
        Assert.True(rows < 0.8 * encoding.Layout.Count);
        Assert.Equal(rows * 13 * sizeof(float), encoding.parameters().Sum(p => (long)p.bytes.Length)); // memory, too
        // Where nothing was dropped around a point, its colour and density are those of the field that kept everything.
        var kept = encoding.EncodeDensity((x + 1) / 2).squeeze(-1) == unpruned.EncodeDensity((x + 1) / 2).squeeze(-1);
        Assert.True(kept.to(float32).mean().ToDouble() > 0.1);
        Assert.True((field.Query(x, d).Color - grown.Query(x, d).Color).abs().amax([-1]).masked_select(kept).max().ToDouble() < 1e-5);
        if (resolution == 0) Assert.True((field.Query(x, d).Color - before.Color).abs().amax([-1]).masked_select(kept).max().ToDouble() == 0);
        // Pruning again with the same threshold loses nothing that it measures.
        Growing.Apply(field, step with { Resolution = 0 }, 0, renderer, Around, CPU);
        Assert.True(encoding.DensityVoxels.Rows.shape[0] <= rows);
    }

    [Fact]
    public void AFieldOfWhichNothingWouldBeLeftIsRefusedInASentence()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        var renderer = new Renderer(new UniformSampler(Space.Bounded(Bounds, 0.1f, 20), 16), Kernels.Kernels.Reference);
        var e = Assert.Throws<BadInputException>(() => Growing.Apply(new TensorfVmSpec(8, 2, 2).Build(Bounds, random), new GrowthStep(0, Shrink: 0.5), 3, renderer, Around, CPU));
        Assert.Contains("growth.3.shrink", e.Message);
        Assert.Contains("0.5", e.Message);
        e = Assert.Throws<BadInputException>(() => Growing.Apply(new PlenoxelsSpec(8).Build(Bounds, random), new GrowthStep(0, PruneWeight: 100), 1, renderer, Around, CPU));
        Assert.Contains("growth.1", e.Message);
        e = Assert.Throws<BadInputException>(() => Growing.Apply(new PlenoxelsSpec(8).Build(Bounds, random), new GrowthStep(0, PruneDensity: 100), 1, renderer, Around, CPU));
        Assert.Contains("density 100", e.Message);
    }

    [Fact]
    public void SparseVoxelsThatGrowStayThere()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(9);
        var field = new PlenoxelsSpec(12, 0, Sphere: true).Build(Bounds, random);
        var encoding = (VoxelEncoding)field.Encoding;
        double share = (double)encoding.DensityVoxels.Rows.shape[0] / encoding.Layout.Count;
        encoding.Resize(Bounds, 36);
        double grown = (double)encoding.DensityVoxels.Rows.shape[0] / encoding.Layout.Count;
        Assert.InRange(grown, share, share + 0.25); // everywhere where a value reached before, which is up to a voxel farther
        Assert.Equal(0.1, field.Density(zeros(1, 3)).ToDouble(), 1e-6);
        Assert.Equal(0, field.Density(full([1, 3], 0.97f)).ToDouble());
    }

    [Fact]
    public void WhatANetworkMadeIsNotReshaped()
    {
        using var scope = NewDisposeScope();
        var encoding = new VoxelEncoding(zeros(4, 4, 4, 1), zeros(4, 4, 4, 3), null, corners: true);
        Assert.Contains("made elsewhere", Assert.Throws<InvalidOperationException>(() => encoding.Resize(Bounds, 8)).Message);
        var planes = new PlaneEncoding([zeros(3, 2, 4, 4)], PlaneAxes.Parse("xy xz yz"), PlaneAggregation.Sum, new PlaneConvention(true, PlanePadding.Border));
        Assert.Throws<InvalidOperationException>(() => planes.Resize(Bounds, 8));
        Assert.Throws<InvalidOperationException>(() => new VoxelEncoding(nn.Parameter(zeros(4, 4, 4, 1)), nn.Parameter(zeros(4, 4, 4, 3)), null, true).Prune(Bounds, 0, () => ones(64)));
    }
}
