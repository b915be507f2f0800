using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Losses;
using NerfLab.Math;
using NerfLab.Rendering;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Proposal networks and the loss terms over weights along rays, against slow loops and closed forms.</summary>
public class RayTermTests
{
    static Tensor Edges(Generator random, long rays, long pieces) => (rand([rays, pieces + 1], ScalarType.Float64, generator: random) + 0.01).cumsum(-1);

    [Fact]
    public void TheOuterMeasureIsWhatTwoLoopsSay()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var (edges, other) = (Edges(random, 5, 9), Edges(random, 5, 7));
        // Some edges coincide, and one ray's intervals reach beyond the pieces.
        other[0] = edges[0].narrow(0, 1, 8);
        edges[1] = edges[1] * 3 - 4;
        var weights = rand([5, 7], ScalarType.Float64, generator: random);
        var bound = Histograms.OuterMeasure(edges, other, weights);
        for (int r = 0; r < 5; r++)
            for (int i = 0; i < 9; i++)
            {
                double expected = 0;
                for (int j = 0; j < 7; j++)
                    if (other[r, j].ToDouble() < edges[r, i + 1].ToDouble() && edges[r, i].ToDouble() < other[r, j + 1].ToDouble()) expected += weights[r, j].ToDouble();
                Assert.Equal(expected, bound[r, i].ToDouble(), 1e-12);
            }
    }

    [Fact]
    public void OnlyWeightThatAProposalMissesCosts()
    {
        using var scope = NewDisposeScope();
        var weights = tensor(new double[,] { { 0.2, 0.5, 0.1 } });
        Assert.Equal(0, Histograms.Excess(weights, weights).ToDouble());
        Assert.Equal(0, Histograms.Excess(weights, weights * 2).ToDouble());
        Assert.Equal((0.2 - 0.1) * (0.2 - 0.1) / 0.2, Histograms.Excess(weights, tensor(new double[,] { { 0.1, 0.5, 0.1 } })).ToDouble(), 1e-6);
        // The same histogram bounds itself, pieces that are halved as well.
        var edges = tensor(new double[,] { { 0, 1, 2, 4 } });
        var halves = tensor(new double[,] { { 0, 0.5, 1, 1.5, 2, 3, 4 } });
        Assert.Equal(0, Histograms.Excess(weights.repeat_interleave(2, 1) / 2, Histograms.OuterMeasure(halves, edges, weights)).ToDouble());
    }

    [Fact]
    public void DistortionOfPackedSamplesIsTheDoubleSum()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        long[] counts = [4, 0, 1, 6];
        var offsets = tensor((long[])[0, 4, 4, 5, 11]);
        var index = arange(4).repeat_interleave(tensor(counts));
        var lengths = rand([11], ScalarType.Float64, generator: random) + 0.05;
        var s = lengths.cumsum(0); // ascending along each ray, wherever it begins
        var weights = rand([11], ScalarType.Float64, generator: random).requires_grad_(true);
        var distortion = Histograms.Distortion(weights, s, lengths, offsets, index);
        for (int r = 0, first = 0; r < 4; first += (int)counts[r++]) Assert.Equal(Slow(weights, first, (int)counts[r]), distortion[r].ToDouble(), 1e-12);

        distortion.sum().backward();
        for (int i = 0; i < 11; i++)
        {
            using var _ = no_grad();
            var h = zeros_like(weights);
            h[i] = tensor(1e-6);
            double slope = (Histograms.Distortion(weights + h, s, lengths, offsets, index).sum() - Histograms.Distortion(weights - h, s, lengths, offsets, index).sum()).ToDouble() / 2e-6;
            Assert.Equal(slope, weights.grad![i].ToDouble(), 1e-6);
        }

        double Slow(Tensor w, int first, int count)
        {
            double sum = 0;
            for (int i = first; i < first + count; i++)
            {
                for (int j = first; j < first + count; j++) sum += w[i].ToDouble() * w[j].ToDouble() * double.Abs(s[i].ToDouble() - s[j].ToDouble());
                sum += w[i].ToDouble() * w[i].ToDouble() * lengths[i].ToDouble() / 3;
            }
            return sum;
        }
    }

    [Fact]
    public void AnnealingGoesFromEqualToUnchangedWeights()
    {
        using var scope = NewDisposeScope();
        var weights = tensor(new[] { 0.01, 0.2, 1 });
        Assert.True((Histograms.Annealed(weights, 0) - 1).abs().max().ToDouble() == 0);
        Assert.True((Histograms.Annealed(weights, 1) - weights).abs().max().ToDouble() == 0);
        Assert.Equal(double.Pow(0.2, 5 / 5.5), Histograms.Annealed(weights, 0.5)[1].ToDouble(), 1e-12);
    }

    /// <summary>A slab of density, and its steepness elsewhere, as a field of the box from -1 to 1.</summary>
    sealed class Slab(double begin, double end) : IEncoding, IDecoder
    {
        public int Features => 3;

        public Tensor Encode(Tensor u) => u;

        public Tensor Density(Tensor features) => (features.select(1, 2) > begin).logical_and(features.select(1, 2) < end).to(float32) * 1000;

        public Radiance Decode(Tensor features, Tensor d) => new(Density(features), features);
    }

    static Rays Straight(int count) => new(tensor(new[] { 0.1f, 0.2f, -2 }).expand(count, 3), tensor(new[] { 0f, 0, 1 }).expand(count, 3));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FinalSamplesGatherWhereTheProposalsAreDense(bool training)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var slab = new Slab(0.5, 0.52);
        var field = new EncodedField(Box.Cube(1), slab, slab);
        var sampler = new ProposalSampler([field, field], [64, 64], 32, 0, Space.Bounded(Box.Cube(1), 0.1f, 10), Kernels.Kernels.Reference);
        var (samples, proposals) = sampler.Sample(Straight(20), field, training ? random : null);
        Assert.Equal([64L, 64L], proposals.Select(p => p.Samples.PerRay!.Value));
        Assert.Equal(32, samples.PerRay);
        var t = samples.T.view(20, 32);
        Assert.True(diff(t).min().ToDouble() >= 0 && samples.Deltas.min().ToDouble() >= 0);
        // The slab's front lies at z = 0, two from the origins; without weights a tenth of the samples would be this near.
        double near = ((t - 2).abs() < 0.1).to(float32).mean().ToDouble();
        Assert.True(near > 0.5, $"{near}");
        // Padding leaves some everywhere.
        Assert.True(t.min().ToDouble() < 1.6 && t.max().ToDouble() > 2.4);
    }

    [Fact]
    public void ProposalsLearnFromTheFinalWeightsAndNotTheOtherWayRound()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        var space = new ContractedSpace(new Reach(Box.Cube(1), 0.2f, 4), ContractionNorm.Cube, 1, 16);
        var kernels = Kernels.Kernels.Reference;
        var field = space.Build(new HashSpec(2, 2, 8, 4, 8, 8, 4, 1, 1, DensityActivation.Softplus), random, kernels);
        var sampler = (ProposalSampler)new ProposalSpec(12, 8, 6) { Network = new DensityHashSpec(2, 2, 8, 4, 8, 8) }.Build(space, HashSpec.Small, random, kernels);
        var batch = new Batch(Straight(10), zeros(10, 3), zeros(3));
        var step = new Step(0, batch, new Renderer(sampler, kernels, space).Render(field, batch.Rays, batch.Background, random));
        // A final pass with all its weight in one piece is missed by even proposals.
        var loss = RayRegularizers.Proposal(step);
        Assert.True(loss.ToDouble() >= 0);
        (loss + step.Render.Proposals.Aggregate(zeros(1).sum(), (sum, p) => sum + p.Weights.square().sum())).backward();
        Assert.All(field.parameters(), p => Assert.True(p.grad is null));
        Assert.All(sampler.parameters(), p => Assert.True(p.grad is not null && p.grad.abs().sum().ToDouble() > 0));
    }

    static Step Rendered(IField field, Tensor t, double delta, Rays rays)
    {
        var samples = RaySamples.Dense(rays, t, full_like(t, delta));
        return new Step(0, new Batch(rays, zeros(rays.Count, 3), zeros(3)), new RenderedRays(field, samples, zeros(3), Kernels.Kernels.Reference));
    }

    /// <summary>Density that grows along an axis: σ = 5 + g z.</summary>
    sealed class Ramp(double slope) : IField
    {
        public Radiance Query(Tensor x, Tensor d) => new(Density(x), x);

        public Tensor Density(Tensor x) => (5 + slope * x.select(-1, 2)).clamp_min(0);
    }

    [Fact]
    public void EntropyAndBetaAreThoseOfTheOpacity()
    {
        using var scope = NewDisposeScope();
        var step = Rendered(new Ramp(0), full(3, 1, 1f), 0.1, Straight(3));
        double a = 1 - double.Exp(-0.5);
        Assert.Equal(-a * double.Log(a) - (1 - a) * double.Log(1 - a), RayRegularizers.Entropy(step).ToDouble(), 1e-6);
        Assert.Equal(double.Log(1.1 - a) + double.Log(0.1 + a) - double.Log(0.11), RayRegularizers.Beta(step).ToDouble(), 1e-6);
        // Rays that hit or miss cost nothing.
        foreach (double length in (double[])[0, 100])
        {
            var clear = Rendered(new Ramp(0), full(3, 1, 1f), length, Straight(3));
            Assert.Equal(0, RayRegularizers.Entropy(clear).ToDouble(), 1e-4);
            Assert.Equal(0, RayRegularizers.Beta(clear).ToDouble(), 1e-5);
        }
    }

    [Theory]
    [InlineData(2, 0, 0)]     // grows along the ray: its surface faces the camera
    [InlineData(-2, 0, 1)]    // falls along the ray
    [InlineData(-2, 1.0472, 0.25)] // falls, seen at 60 degrees: the squared cosine
    public void OrientationCostsWhatIsTurnedAway(double slope, double angle, double expected)
    {
        using var scope = NewDisposeScope();
        var direction = tensor(new[] { (float)double.Sin(angle), 0, (float)double.Cos(angle) });
        var rays = new Rays(zeros(2, 3), direction.expand(2, 3));
        var step = Rendered(new Ramp(slope), tensor(new[,] { { 0.1f, 0.2f }, { 0.1f, 0.3f } }), 100, rays); // opaque
        Assert.Equal(expected, RayRegularizers.Orientation(step).ToDouble(), 1e-4);
    }

    public static TheoryData<FieldSpec> Specs => FieldTests.Specs;

    [Theory, MemberData(nameof(Specs))]
    public void EveryFieldCanBeRegularized(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(6);
        var space = Space.Bounded(new Box(new(-1, -2, -0.5f), new(1, 1, 0.5f)), 0.1f, 10);
        var field = space.Build(spec, random, Kernels.Kernels.Cpu);
        var batch = new Batch(Straight(40), zeros(40, 3), zeros(3));
        var sampler = new ProposalSpec(8, 8, 8) { Network = new DensityHashSpec(2, 2, 8, 4, 8, 8) }.Build(space, spec, random, Kernels.Kernels.Cpu);
        var step = new Step(0, batch, new Renderer(sampler, Kernels.Kernels.Cpu, space).Render(field, batch.Rays, batch.Background, random));
        var total = RayRegularizers.Distortion(step) + RayRegularizers.Entropy(step) + RayRegularizers.Beta(step) + RayRegularizers.Orientation(step) + RayRegularizers.Proposal(step);
        total.backward();
        Assert.True(double.IsFinite(total.ToDouble()));
        var touched = field.parameters().Where(p => p.grad is not null).ToList();
        Assert.NotEmpty(touched);
        Assert.All(touched, p => Assert.True(p.grad!.isfinite().all().ToBoolean()));
        Assert.Contains(touched, p => p.grad!.abs().sum().ToDouble() > 0);
    }

    [Fact]
    public void NoSamplesCostNothing()
    {
        using var scope = NewDisposeScope();
        var none = new RaySamples(Straight(3), zeros(0), zeros(0), zeros(4, ScalarType.Int64));
        var step = new Step(0, new Batch(Straight(3), zeros(3, 3), zeros(3)), new RenderedRays(new Ramp(0), none, zeros(3), Kernels.Kernels.Reference));
        foreach (LossFn term in (LossFn[])[RayRegularizers.Distortion, RayRegularizers.Beta, RayRegularizers.Orientation, RayRegularizers.Proposal]) Assert.Equal(0, term(step).ToDouble(), 1e-6);
        Assert.Equal(0, RayRegularizers.Entropy(step).ToDouble(), 1e-4);
    }
}
