using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>What every field has to do, run over all of them.</summary>
public class FieldTests
{
    public static TheoryData<FieldSpec> Specs => [
        new MlpSpec(3, 16, 1, 4, 2, 8, DensityActivation.Softplus), new MlpSpec(2, 16, 0, 3, 1, 8, DensityActivation.Exp), MlpSpec.Small,
        new HashSpec(4, 2, 8, 4, 32, 16, 8, 3, 1), new HashSpec(2, 4, 10, 4, 16, 16, 8, 2, 2, DensityActivation.Softplus10), HashSpec.Small,
        new DenseSpec(9, VoxelColor.Mlp, 4, 1, 8, 2), new DenseSpec(6, VoxelColor.Harmonics, Degree: 2, Activation: DensityActivation.Exp),
        new PlenoxelsSpec(8), new PlenoxelsSpec(9, 3, 0.5, Sphere: true, ShColor.Sigmoid, DensityActivation.Softplus),
        .. FactoredSpecs];

    static FieldSpec[] FactoredSpecs => [
        new TensorfVmSpec(6, 2, 3) { Decoder = new FeatureMlpSpec(5, 8, 1, 1, DensityActivation.Softplus, 2) }, new TensorfVmSpec(5, 1, 2) { Decoder = new FeatureMlpSpec(0, 8, 0, 2, DensityActivation.Exp, 1) },
        new TensorfCpSpec(6, 3, 4) { Decoder = new FeatureMlpSpec(5, 8, 2, 0, DensityActivation.Softplus, 2) }, TensorfVmSpec.Small, TensorfCpSpec.Small,
        new TriPlaneSpec(8, 3), new TriPlaneSpec(8, 4, "xy xz zx", PlaneAggregation.Mean, false, PlanePadding.Zeros) { Decoder = new Eg3dSpec(8, 5) },
        new TriPlaneSpec(8, 3, "yx zy", PlaneAggregation.Sum, true) { Decoder = new FeatureMlpSpec(4, 8, 1, 1, DensityActivation.Softplus, 1) }, TriPlaneSpec.Small,
        new MultiPlaneSpec(2, 4, 8, 3) { Decoder = new SharedBaseSpec(8, 2) }, new MultiPlaneSpec(3, 4, 16, 2, Aggregation: PlaneAggregation.Sum), MultiPlaneSpec.Small];

    static readonly Box Bounds = new(new(-1, -2, -0.5f), new(1, 1, 0.5f));

    static EncodedField Build(FieldSpec spec, ulong seed = 1)
    {
        using var random = new Generator(seed);
        return spec.Build(Bounds, random);
    }

    static (Tensor X, Tensor D) Points(params long[] leading)
    {
        using var random = new Generator(11);
        var x = rand([.. leading, 3], generator: random) * tensor(new[] { 2f, 3, 1 }) + tensor(new[] { -1f, -2, -0.5f });
        return (x, nn.functional.normalize(randn([.. leading, 3], generator: random), dim: -1));
    }

    [Theory, MemberData(nameof(Specs))]
    public void AnswersHaveTheLeadingShapeOfTheQuestion(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        var field = Build(spec);
        var (x, d) = Points(4, 5);
        var (density, color) = field.Query(x, d);
        Assert.Equal([4, 5], density.shape);
        Assert.Equal([4, 5, 3], color.shape);
        var flat = field.Query(x.view(20, 3), d.view(20, 3));
        Assert.True((flat.Density - density.flatten()).abs().max().ToDouble() < 1e-6);
        Assert.True((flat.Color - color.view(20, 3)).abs().max().ToDouble() < 1e-6);
        Assert.True((field.Density(x) - density).abs().max().ToDouble() < 1e-6);
    }

    [Theory, MemberData(nameof(Specs))]
    public void DensityIsNotNegativeAndColourLiesBetweenZeroAndOne(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        var (density, color) = Build(spec).Query(Points(200).X, Points(200).D);
        Assert.True(density.min().ToDouble() >= 0);
        Assert.True(color.min().ToDouble() >= 0 && color.max().ToDouble() <= 1);
    }

    [Theory, MemberData(nameof(Specs))]
    public void NoPointsAreFine(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        var (density, color) = Build(spec).Query(zeros(0, 3), zeros(0, 3));
        Assert.Equal([0], density.shape);
        Assert.Equal([0, 3], color.shape);
    }

    [Theory, MemberData(nameof(Specs))]
    public void GradientsReachEveryParameter(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        var field = Build(spec);
        var (x, d) = Points(4000);
        var (density, color) = field.Query(x, d);
        ((density + 1).log().sum() + color.square().sum()).backward();
        foreach (var (name, parameter) in field.named_parameters())
        {
            Assert.True(parameter.grad is not null, name);
            Assert.True(parameter.grad!.abs().sum().ToDouble() > 0, name);
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void GradientsAreFiniteDifferences(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        var field = Build(spec).to(ScalarType.Float64);
        var (x, d) = (Points(40).X.to(float64), Points(40).D.to(float64));
        Loss().backward();
        using var random = new Generator(5);
        foreach (var (name, parameter) in field.named_parameters())
        {
            var direction = randn(parameter.shape, float64, generator: random);
            direction = direction / direction.norm();
            double slope = (parameter.grad! * direction).sum().ToDouble();
            double h = 1e-6;
            double up = Moved(parameter, direction, h), down = Moved(parameter, direction, -h);
            double difference = (up - down) / (2 * h);
            Assert.True(double.Abs(difference - slope) <= 1e-4 * (1 + double.Abs(slope)), $"{name}: {slope} against {difference}");
        }

        Tensor Loss()
        {
            var (density, color) = field.Query(x, d);
            return (density + 1).log().mean() + color.square().mean();
        }

        double Moved(Tensor parameter, Tensor direction, double h)
        {
            using var noGradient = no_grad();
            parameter.add_(direction * h);
            double value = Loss().ToDouble();
            parameter.sub_(direction * h);
            return value;
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void TheSameSeedGivesTheSameFieldAndAnotherOneAnother(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        var (x, d) = Points(50);
        var (a, b, c) = (Build(spec).Query(x, d), Build(spec).Query(x, d), Build(spec, 2).Query(x, d));
        Assert.True(a.Color.equal(b.Color).all().ToBoolean());
        bool drawsNothing = spec is PlenoxelsSpec or DenseSpec { Color: VoxelColor.Harmonics }; // these begin with constants
        Assert.Equal(drawsNothing, a.Color.equal(c.Color).all().ToBoolean());
    }

    [Theory, MemberData(nameof(Specs))]
    public void AStateDictionaryCarriesTheWholeField(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Build(spec, 1), Build(spec, 2));
        var (x, d) = Points(50);
        second.load_state_dict(first.state_dict());
        Assert.True(first.Query(x, d).Color.equal(second.Query(x, d).Color).all().ToBoolean());
    }

    [Theory, MemberData(nameof(Specs))]
    public void AFileCarriesTheWholeField(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var (first, second) = (Build(spec, 1), Build(spec, 2));
        var path = System.IO.Path.Combine(folder.Path, "field.safetensors");
        Weights.Safetensors.Write(path, first.state_dict().Select(t => (t.Key, t.Value)));
        using (var file = Weights.WeightFile.Open(path)) second.load_state_dict(new(file.ReadAll()));
        var (x, d) = Points(50);
        Assert.True(first.Query(x, d).Color.equal(second.Query(x, d).Color).all().ToBoolean());
        Assert.True(first.Density(x).equal(second.Density(x)).all().ToBoolean());
    }

    [Theory, MemberData(nameof(Specs))]
    public void SpecsSurviveJson(FieldSpec spec)
    {
        var recipe = Presets.Find("hash", "small") with { Field = spec };
        var read = RecipeJson.Read(RecipeJson.Write(recipe), "memory").Field;
        Assert.Equal(spec, read);
        Assert.IsType(spec.GetType(), read);
    }

    [Fact]
    public void FieldsMoveToAGpuAndAnswerTheSame()
    {
        Assert.SkipUnless(cuda_is_available(), "there is no GPU here");
        foreach (FieldSpec spec in Specs.Select(s => s.Data))
        {
            using var scope = NewDisposeScope();
            var (x, d) = Points(6, 7);
            var field = Build(spec);
            var here = field.Query(x, d);
            field = field.to(CUDA);
            Assert.All(field.state_dict().Values, t => Assert.Equal(DeviceType.CUDA, t.device_type));
            var there = field.Query(x.cuda(), d.cuda());
            Assert.Equal(DeviceType.CUDA, there.Density.device_type);
            Assert.True((there.Density.cpu() - here.Density).abs().max().ToDouble() <= 1e-3 * here.Density.abs().max().ToDouble(), $"{spec}");
            Assert.True((there.Color.cpu() - here.Color).abs().max().ToDouble() < 1e-3, $"{spec}");
            field.cpu();
            Assert.True(field.Query(x, d).Color.equal(here.Color).all().ToBoolean(), $"{spec}");
        }
    }

    [Theory, MemberData(nameof(Specs))]
    public void FieldsConvertToDoublePrecisionAndAnswerTheSame(FieldSpec spec)
    {
        using var scope = NewDisposeScope();
        var (x, d) = Points(30);
        var single = Build(spec).Query(x, d);
        var twice = Build(spec).to(ScalarType.Float64).Query(x.to(float64), d.to(float64));
        Assert.Equal(ScalarType.Float64, twice.Density.dtype);
        Assert.True((twice.Density - single.Density).abs().max().ToDouble() <= 1e-3 * twice.Density.abs().max().ToDouble());
        Assert.True((twice.Color - single.Color).abs().max().ToDouble() < 1e-3);
    }

    [Theory, MemberData(nameof(Specs))]
    public void SpecsAreValues(FieldSpec spec)
    {
        Assert.Equal(spec, spec with { });
        if (spec is HashSpec hash) Assert.NotEqual(spec, hash with { Levels = hash.Levels + 1 });
        if (spec is PlenoxelsSpec plenoxels) Assert.NotEqual(spec, plenoxels with { Degree = (plenoxels.Degree + 1) % 4 });
        if (spec is DenseSpec dense) Assert.NotEqual(spec, dense with { Resolution = dense.Resolution + 1 });
        if (spec is TensorfVmSpec vm) Assert.NotEqual(spec, vm with { Decoder = vm.Decoder with { Width = 5 } });
        if (spec is TensorfCpSpec cp) Assert.NotEqual(spec, cp with { AppearanceRank = cp.AppearanceRank + 1 });
        if (spec is MultiPlaneSpec multi) Assert.NotEqual(spec, multi with { Decoder = new Eg3dSpec(9, 9) });
        if (spec is TriPlaneSpec tri) Assert.NotEqual(spec, tri with { Axes = "xy yz" });
        if (spec is MlpSpec mlp) Assert.NotEqual(spec, mlp with { Width = mlp.Width + 1 });
    }

    [Fact]
    public void AFieldMayBeAPlainObjectOverTensorsMadeElsewhere()
    {
        using var scope = NewDisposeScope();
        var plane = rand(3).requires_grad_();
        var field = new EncodedField(Bounds, new Scaled(plane), new Direct());
        var (x, d) = Points(6);
        field.Query(x, d).Color.sum().backward();
        Assert.True(plane.grad!.abs().sum().ToDouble() > 0);
        Assert.Empty(field.parameters());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void VoxelsMayBeTheOutputOfANetwork(bool sparse)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var generator = nn.Conv3d(2, 4, 3, padding: 1);
        var made = generator.call(randn([1, 2, 6, 5, 4], generator: random)).squeeze(0).permute(1, 2, 3, 0); // [X,Y,Z,4]
        var links = arange(6 * 5 * 4, int32).view(6, 5, 4);
        var encoding = sparse
            ? new VoxelEncoding(made.reshape(-1, 4).narrow(1, 0, 1), made.reshape(-1, 4).narrow(1, 1, 3), links, corners: false, Kernels.Kernels.Cpu)
            : new VoxelEncoding(made.narrow(3, 0, 1).contiguous(), made.narrow(3, 1, 3).contiguous(), null, corners: true, Kernels.Kernels.Cpu);
        var field = new EncodedField(Bounds, encoding, new ShDecoder(0, ShColor.Sigmoid, new RawDensity(DensityActivation.Softplus, 1), Kernels.Kernels.Reference));
        Assert.Empty(field.parameters());
        var (x, d) = Points(3, 40);
        var (density, color) = field.Query(x, d);
        (density.sum() + color.square().sum()).backward();
        Assert.All(generator.parameters(), p => Assert.True(p.grad!.abs().sum().ToDouble() > 0));
        // Exported, they render the same without the network.
        var exported = new VoxelEncoding(nn.Parameter((sparse ? made.reshape(-1, 4).narrow(1, 0, 1) : made.narrow(3, 0, 1)).detach().clone()),
            nn.Parameter((sparse ? made.reshape(-1, 4).narrow(1, 1, 3) : made.narrow(3, 1, 3)).detach().clone()), sparse ? links : null, corners: !sparse);
        Assert.True((new EncodedField(Bounds, exported, field.Decoder).Query(x, d).Color - color).abs().max().ToDouble() < 1e-5);
        Assert.Equal(2, exported.parameters().Count());
    }

    sealed class Scaled(Tensor scale) : IEncoding
    {
        public int Features => 3;

        public Tensor Encode(Tensor u) => u * scale;
    }

    sealed class Direct : IDecoder
    {
        public Tensor Density(Tensor features) => features.sum(-1);

        public Radiance Decode(Tensor features, Tensor d) => new(Density(features), sigmoid(features));
    }

    [Theory]
    [InlineData(DensityActivation.Relu, 0, 0)]
    [InlineData(DensityActivation.Softplus, 0.31326, 0.269)]
    [InlineData(DensityActivation.Softplus10, 4.5398e-5, 0.0034)] // times 75
    [InlineData(DensityActivation.Exp, 1, 0.632)]
    public void ActivationsStartWhereTheirDocumentationSays(DensityActivation activation, double expected, double opacity)
    {
        using var scope = NewDisposeScope();
        // Light that crosses the whole side of a box in which all raw values are 0, whatever the unit of the box.
        var zero = new EncodedField(Box.Cube(7), new Scaled(zeros(3)), new FeatureMlpDecoder(new FeatureMlpSpec(0, 4, 0, 0, activation, activation == DensityActivation.Softplus10 ? 75 : 1), 3, true, new Generator(1), Kernels.Kernels.Reference));
        Assert.Equal(opacity, 1 - double.Exp(-14 * zero.Density(zeros(1, 3)).ToDouble()), 5e-4);
        Assert.Equal(expected, activation.AtZero(), 1e-5);
        Assert.Equal(expected, activation.Apply(zeros(1, float64)).ToDouble(), 1e-5);
        foreach (double density in new[] { 1e-3, 0.2, 3, 800 })
            Assert.Equal(density, activation.Apply(tensor(activation.Inverse(density), float64)).ToDouble(), 1e-6 * density);
    }

    [Fact]
    public void TheGradientOfTheTruncatedExponentialIsBounded()
    {
        using var scope = NewDisposeScope();
        var z = tensor(new[] { 0.5, 14, 20, -20 }).requires_grad_();
        var y = DensityActivation.Exp.Apply(z);
        Assert.Equal(double.Exp(20), y.data<double>()[2], 1e-3 * double.Exp(20));
        y.sum().backward();
        Assert.Equal([double.Exp(0.5), double.Exp(14), double.Exp(15), double.Exp(-15)], z.grad!.data<double>().ToArray(), VolumeRenderingTests.Within(1e-6));
    }

    [Fact]
    public void SizesOutOfRangeAreRefusedInOneSentence()
    {
        using var random = new Generator(1);
        var e = Assert.Throws<BadInputException>(() => new HashSpec(Levels: 0).Build(Bounds, random));
        Assert.Contains("levels 0", e.Message);
        e = Assert.Throws<BadInputException>(() => new MlpSpec(Layers: 4, Skip: 4).Build(Bounds, random));
        Assert.Contains("skip 4", e.Message);
        foreach (var (spec, key) in new (FieldSpec, string)[]
        {
            (new HashSpec(DirectionDegree: 5), "directionDegree 5"), (new HashSpec(Width: 0), "width 0"), (new HashSpec(Log2TableSize: 4, Finest: int.MaxValue), "finest 2147483647"),
            (new MlpSpec(PositionFrequencies: -1), "positionFrequencies -1"), (new MlpSpec(HeadWidth: 0), "headWidth 0"),
            (new DenseSpec(Resolution: 1), "resolution 1"), (new DenseSpec(InitialAlpha: 1), "initialAlpha is 1"), (new DenseSpec(Degree: 4), "degree 4"), (new DenseSpec(Activation: DensityActivation.Relu), "relu"),
            (new PlenoxelsSpec(Degree: -1), "degree -1"), (new PlenoxelsSpec(InitialDensity: 0), "initialDensity 0"), (new PlenoxelsSpec(Resolution: 5000), "resolution 5000"),
        })
        {
            e = Assert.Throws<BadInputException>(() => spec.Build(Bounds, random));
            Assert.Contains(key, e.Message);
        }
    }
}
