using NerfLab.Fields;
using NerfLab.Math;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>TensoRF, tri-planes and multi-resolution planes: the papers' numbers, and which coordinates they see.</summary>
public class FactoredFieldTests
{
    static readonly PlaneConvention Aligned = new(true, PlanePadding.Zeros);

    static Tensor Random(ulong seed, params long[] shape)
    {
        using var random = new Generator(seed);
        return randn(shape, float64, generator: random);
    }

    /// <summary>[n³,3] coordinates 0 to 1 of the nodes, x slowest.</summary>
    static Tensor Nodes(int n)
    {
        var c = arange(n, float64) / (n - 1);
        return stack([c.view(n, 1, 1).expand(n, n, n), c.view(1, n, 1).expand(n, n, n), c.view(1, 1, n).expand(n, n, n)], -1).reshape(-1, 3);
    }

    [Fact]
    public void VectorMatrixFactorsEqualTheAssembledVolumeAtItsNodes()
    {
        using var scope = NewDisposeScope();
        const int n = 5, rank = 3;
        Tensor[] planes = [Random(1, rank + 2, n, n), Random(2, rank + 2, n, n), Random(3, rank + 2, n, n)], lines = [Random(4, rank + 2, n), Random(5, rank + 2, n), Random(6, rank + 2, n)];
        var encoding = new VmEncoding(planes, lines, VmEncoding.TensorfPlanes, VmEncoding.TensorfLines, rank, Aligned);
        // TensoRF, equation 3: M^{xy}_r v^z_r + M^{xz}_r v^y_r + M^{yz}_r v^x_r; a plane's first index is its second coordinate.
        var volume = einsum("ryx,rz->xyz", D(planes[0]), D(lines[0])) + einsum("rzx,ry->xyz", D(planes[1]), D(lines[1])) + einsum("rzy,rx->xyz", D(planes[2]), D(lines[2]));
        var features = encoding.Encode(Nodes(n));
        Assert.Equal([n * n * n, 1 + 3 * 2], features.shape);
        Assert.True((features.select(1, 0) - volume.flatten()).abs().max().ToDouble() < 1e-12);
        var appearance = einsum("ryx,rz->xyzr", planes[0].narrow(0, rank, 2), lines[0].narrow(0, rank, 2)).reshape(-1, 2);
        Assert.True((features.narrow(1, 1, 2) - appearance).abs().max().ToDouble() < 1e-12);
        Assert.True((encoding.EncodeDensity(Nodes(n)).squeeze(-1) - volume.flatten()).abs().max().ToDouble() < 1e-12);

        static Tensor D(Tensor factor) => factor.narrow(0, 0, rank);
    }

    [Fact]
    public void CpFactorsEqualTheAssembledVolumeAtItsNodes()
    {
        using var scope = NewDisposeScope();
        const int n = 5;
        Tensor[] lines = [Random(4, 6, n), Random(5, 6, n), Random(6, 6, n)];
        var encoding = new CpEncoding(lines, 4, Aligned);
        var products = einsum("rx,ry,rz->xyzr", lines[0], lines[1], lines[2]).reshape(-1, 6);
        var features = encoding.Encode(Nodes(n));
        Assert.True((features.select(1, 0) - products.narrow(1, 0, 4).sum(-1)).abs().max().ToDouble() < 1e-12);
        Assert.True((features.narrow(1, 1, 2) - products.narrow(1, 4, 2)).abs().max().ToDouble() < 1e-12);
        Assert.True((encoding.EncodeDensity(Nodes(n)) - features.narrow(1, 0, 1)).abs().max().ToDouble() < 1e-12);
    }

    [Fact]
    public void WithoutChannelsOfDensityAllProductsAreFeatures()
    {
        // ZeroRF's form: planes xy, yz, zx with lines z, x, y, sixteen channels each, shared by density and colour.
        using var scope = NewDisposeScope();
        Tensor[] planes = [Random(1, 16, 4, 4), Random(2, 16, 4, 4), Random(3, 16, 4, 4)], lines = [Random(4, 16, 4), Random(5, 16, 4), Random(6, 16, 4)];
        var encoding = new VmEncoding(planes, lines, PlaneAxes.Parse("xy yz zx"), [2, 0, 1], 0, new PlaneConvention(false, PlanePadding.Border));
        Assert.Equal(48, encoding.Features);
        // Texel (row 1, column 2) of the plane xy is at x = 5/8, y = 3/8; texel 3 of the line z at 7/8.
        var feature = encoding.Encode(tensor(new[] { 5 / 8.0, 3 / 8.0, 7 / 8.0 }).view(1, 3)).narrow(1, 0, 16).flatten();
        Assert.True((feature - planes[0].select(1, 1).select(1, 2) * lines[0].select(1, 3)).abs().max().ToDouble() < 1e-12);
        Assert.Empty(encoding.parameters());
    }

    public static TheoryData<string> Encodings => ["vm", "cp", "tri-plane", "multi-plane"];

    static IEncoding Encoding(string kind)
    {
        using var random = new Generator(7);
        FieldSpec spec = kind switch
        {
            "vm" => new TensorfVmSpec(6, 2, 2),
            "cp" => new TensorfCpSpec(6, 2, 2),
            "tri-plane" => new TriPlaneSpec(6, 2),
            _ => new MultiPlaneSpec(2, 4, 8, 2),
        };
        return spec.Build(Box.Cube(1), random).to(ScalarType.Float64).Encoding;
    }

    [Theory, MemberData(nameof(Encodings))]
    public void EveryFeatureChangesWithTheCoordinatesThatItIsMadeOf(string kind)
    {
        using var scope = NewDisposeScope();
        var encoding = Encoding(kind);
        var here = tensor(new[] { 0.31, 0.57, 0.73 }).view(1, 3);
        var before = encoding.Encode(here);
        for (int axis = 0; axis < 3; axis++)
        {
            var moved = here.clone();
            moved[0, axis] += 0.11;
            var changed = (encoding.Encode(moved) - before).abs().flatten() > 1e-7;
            for (int f = 0; f < encoding.Features; f++)
            {
                // Side by side, SSDNeRF's tri-plane keeps apart which plane a feature is from: xy, xz, yz, the plane fastest.
                bool expected = kind != "tri-plane" || (f % 3) switch { 0 => axis != 2, 1 => axis != 1, _ => axis != 0 };
                Assert.Equal(expected, changed[f].ToBoolean());
            }
        }
    }

    [Theory]
    [InlineData("xy xz yz", true)]
    [InlineData("xy xz zy", true)]
    [InlineData("xy xz zx", false)]
    public void OnlyTheIntendedPlanesOfEg3dCanHoldAFunctionOfYAndZ(string axes, bool can)
    {
        // One channel per texel that is 1 there and 0 elsewhere: the summed features are the columns of a least-squares problem.
        using var scope = NewDisposeScope();
        const int n = 4, columns = 3 * n * n;
        var planes = eye(columns, columns, float64).view(columns, 3, n, n).transpose(0, 1);
        var encoding = new PlaneEncoding([planes], PlaneAxes.Parse(axes), PlaneAggregation.Sum, Aligned);
        var u = Nodes(5);
        var x = u * 2 - 1;
        var wanted = (x.select(1, 1) * x.select(1, 2)).unsqueeze(-1);
        var a = encoding.Encode(u);
        var solution = linalg.solve(a.t().matmul(a) + eye(columns, columns, float64) * 1e-9, a.t().matmul(wanted));
        double residual = (a.matmul(solution) - wanted).square().mean().ToDouble() / wanted.square().mean().ToDouble();
        Assert.True(can ? residual < 1e-6 : residual > 0.99, $"{residual}");
    }

    [Fact]
    public void Eg3dIsThereAsPublishedAndAsMeant()
    {
        Assert.Equal([new PlaneAxes(0, 1), new(0, 2), new(2, 0)], PlaneAxes.Parse(TriPlaneSpec.Eg3dPublished.Axes));
        Assert.Equal([new PlaneAxes(0, 1), new(0, 2), new(2, 1)], PlaneAxes.Parse(TriPlaneSpec.Eg3d.Axes));
        Assert.Equal((256, 32, PlaneAggregation.Mean, false, PlanePadding.Zeros), (TriPlaneSpec.Eg3d.Resolution, TriPlaneSpec.Eg3d.Channels, TriPlaneSpec.Eg3d.Aggregation, TriPlaneSpec.Eg3d.AlignCorners, TriPlaneSpec.Eg3d.Padding));
        Assert.Equal((128, 6, PlaneAggregation.Concat, false, PlanePadding.Border), (new TriPlaneSpec().Resolution, new TriPlaneSpec().Channels, new TriPlaneSpec().Aggregation, new TriPlaneSpec().AlignCorners, new TriPlaneSpec().Padding));
    }

    [Theory]
    [InlineData(10, 2, 3)]
    [InlineData(300, 16, 48)]
    public void TensorfHasAsManyParametersAsThePaperCounts(int n, int density, int appearance)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var field = new TensorfVmSpec(n, density, appearance).Build(Box.Cube(1.5f), random);
        long factors = 3L * (density + appearance) * ((long)n * n + n), basis = 3L * appearance * 27, mlp = 150 * 128 + 128 + 128 * 128 + 128 + 128 * 3 + 3;
        Assert.Equal(factors + basis + mlp, field.parameters().Sum(p => p.numel()));
        Assert.Equal(150, ((FeatureMlpDecoder)field.Decoder).Inputs);
        if (n == 300) Assert.Equal(17_337_600, factors);
    }

    [Fact]
    public void AnUntrainedTensorfIsAsEmptyAsThePaperSays()
    {
        // softplus(-10) = 4.540e-5, times 25 per unit, over half a voxel of a 300³ grid in a box of 3 units: about 1e-5.
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var field = new TensorfVmSpec(8, 2, 2).Build(Box.Cube(1.5f), random);
        foreach (var (name, parameter) in field.named_parameters())
            if (name.Contains("plane"))
                using (no_grad()) parameter.zero_();
        double density = field.Density(zeros(1, 3)).ToDouble();
        Assert.Equal(25 * 4.540e-5, density, 1e-6);
        Assert.InRange(1 - double.Exp(-density * 0.0087), 0.9e-5, 1.1e-5);
    }

    [Fact]
    public void TheSharedBaseLooksTheSameFromEverywhereAtFirstAndNotAfterwards()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var decoder = new SharedBaseDecoder(new SharedBaseSpec(), 18, random, Kernels.Kernels.Reference);
        var features = randn([20, 18], generator: random);
        var (d, e) = (nn.functional.normalize(randn([20, 3], generator: random), dim: -1), nn.functional.normalize(randn([20, 3], generator: random), dim: -1));
        Assert.Equal(0, (decoder.Decode(features, d).Color - decoder.Decode(features, e).Color).abs().max().ToDouble());
        using (no_grad())
            foreach (var (name, parameter) in decoder.named_parameters())
                if (name.StartsWith("direction", StringComparison.Ordinal)) parameter.fill_(0.1);
        Assert.True((decoder.Decode(features, d).Color - decoder.Decode(features, e).Color).abs().max().ToDouble() > 1e-3);
    }

    [Fact]
    public void Eg3dsDecoderRendersAVectorWhoseFirstThreeChannelsAreTheColour()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var decoder = new Eg3dDecoder(new Eg3dSpec(), 32, random, Kernels.Kernels.Reference);
        var features = randn([20, 32], generator: random);
        var (raw, channels) = decoder.Describe(features);
        var (density, color) = decoder.Decode(features, zeros(20, 3));
        Assert.Equal([20, 32], channels.shape);
        Assert.True(color.equal(channels.narrow(1, 0, 3)).all().ToBoolean());
        Assert.True((density - nn.functional.softplus(raw - 1)).abs().max().ToDouble() < 1e-7);
        Assert.True((decoder.Density(features) - density).abs().max().ToDouble() < 1e-7);
        // Card: the density of a zero-feature point with zero biases is softplus(-1) where the hidden layer adds nothing.
        foreach (var parameter in decoder.parameters())
            using (no_grad()) parameter.zero_();
        Assert.Equal(0.3132617, decoder.Density(zeros(1, 32)).ToDouble(), 1e-6);
    }

    [Fact]
    public void PlanesMayBeTheOutputOfANetwork()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var noise = randn([1, 8, 8, 8], generator: random);
        var generator = nn.Conv2d(8, 3 * 4, 3, padding: 1);
        var planes = generator.call(noise).view(3, 4, 8, 8);
        var encoding = new PlaneEncoding([planes], PlaneAxes.Parse("xy xz yz"), PlaneAggregation.Sum, new PlaneConvention(false, PlanePadding.Border));
        var decoder = new SharedBaseSpec(8, 2).Build(encoding.Features, random, Kernels.Kernels.Reference);
        var field = new EncodedField(Box.Cube(1), encoding, decoder);
        field.Query(rand([30, 3], generator: random), nn.functional.normalize(randn([30, 3], generator: random), dim: -1)).Color.sum().backward();
        Assert.True(generator.parameters().All(p => p.grad!.abs().sum().ToDouble() > 0));
        Assert.Equal(((nn.Module)decoder).parameters().Count(), field.parameters().Count());

        // Exported, they render the same without the network.
        var exported = new EncodedField(Box.Cube(1), new PlaneEncoding([nn.Parameter(planes.detach().clone())], PlaneAxes.Parse("xy xz yz"), PlaneAggregation.Sum, new PlaneConvention(false, PlanePadding.Border)), decoder);
        var x = rand([30, 3], generator: random);
        Assert.True((exported.Density(x) - field.Density(x)).abs().max().ToDouble() < 1e-6);
        Assert.Equal(field.parameters().Count() + 1, exported.parameters().Count());
    }

    [Fact]
    public void ANetworkMayAlsoMakeTheFactorsOfTensorf()
    {
        using var scope = NewDisposeScope();
        var source = Random(1, 3).requires_grad_();
        Tensor[] planes = [.. Enumerable.Range(0, 3).Select(m => Random((ulong)m + 2, 4, 5, 5) * source[m])], lines = [.. Enumerable.Range(0, 3).Select(m => Random((ulong)m + 9, 4, 5))];
        new VmEncoding(planes, lines, VmEncoding.TensorfPlanes, VmEncoding.TensorfLines, 1, Aligned).Encode(Nodes(3)).square().sum().backward();
        Assert.True(source.grad!.abs().min().ToDouble() > 0);
    }

    [Fact]
    public void FinerLevelsGrowInEqualRatios()
    {
        var spec = new MultiPlaneSpec();
        Assert.Equal([64, 128, 256, 512], Enumerable.Range(0, spec.Levels).Select(spec.Resolution));
        Assert.Equal(16, new MultiPlaneSpec(1, 16, 64).Resolution(0));
    }

    [Fact]
    public void WavesAreTensorfsPositionalEncoding()
    {
        using var scope = NewDisposeScope();
        float[] p = [0.3f, -0.7f];
        var waves = PositionalEncoding.Waves(tensor(p).view(1, 2), 2).data<float>().ToArray();
        float[] angles = [0.3f, 0.6f, -0.7f, -1.4f];
        float[] expected = [.. angles.Select(MathF.Sin), .. angles.Select(MathF.Cos)];
        for (int i = 0; i < 8; i++) Assert.Equal(expected[i], waves[i], 1e-6f);
        Assert.Equal([1, 0], PositionalEncoding.Waves(tensor(p).view(1, 2), 0).shape);
    }

    [Fact]
    public void SizesOutOfRangeAreRefusedInOneSentence()
    {
        using var random = new Generator(1);
        foreach (var (spec, word) in new (FieldSpec, string)[]
        {
            (new TensorfVmSpec(Resolution: 1), "resolution 1"), (new TensorfCpSpec(DensityRank: 0), "densityRank 0"), (new TriPlaneSpec(Channels: 0), "channels 0"), (new TriPlaneSpec(Axes: "xy yw"), "xy yw"),
            (new MultiPlaneSpec(Finest: 8), "finest 8"), (new TriPlaneSpec(8, 2) { Decoder = new SharedBaseSpec(DirectionDegree: 5) }, "directionDegree is 5"), (new TriPlaneSpec(8, 2) { Decoder = new Eg3dSpec(Channels: 2) }, "channels is 2"),
            (new TensorfVmSpec(8, 1, 1) { Decoder = new FeatureMlpSpec(DensityScale: -1) }, "densityScale is -1"),
        })
            Assert.Contains(word, Assert.Throws<BadInputException>(() => spec.Build(Box.Cube(1), random)).Message);
    }
}
