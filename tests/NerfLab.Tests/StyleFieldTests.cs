using NerfLab.Data;
using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Procedural;
using NerfLab.Recipes;
using NerfLab.Rendering;
using NerfLab.Stylization;
using NerfLab.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>What both ways of stylising have to do with every field: colours change, densities do not.</summary>
public class StyleFieldTests
{
    static readonly FeatureMlpSpec Colors = new(8, 16, 1, 1, DensityActivation.Softplus, 1);

    public static TheoryData<string, FieldSpec> Fields => new()
    {
        { "mlp", new MlpSpec(2, 24, 1, 4, 1, 16, DensityActivation.Softplus) },
        { "hash", new HashSpec(4, 2, 10, 4, 32, 16, 8, 2, 1) },
        { "dense", new DenseSpec(16, Features: 4, Layers: 1, Width: 16, DirectionFrequencies: 1, InitialAlpha: 0.05) },
        { "plenoxels", new PlenoxelsSpec(16, 1, InitialDensity: 2) },
        { "tensorf-vm", new TensorfVmSpec(12, 4, 6) { Decoder = Colors } },
        { "tensorf-cp", new TensorfCpSpec(12, 8, 12) { Decoder = Colors } },
        { "tri-plane", new TriPlaneSpec(16, 4) { Decoder = new SharedBaseSpec(16, 2) } },
        { "multi-plane", new MultiPlaneSpec(2, 4, 8, 3) { Decoder = new SharedBaseSpec(8, 2) } },
    };

    static Tensor Picture(string manner) => StylePicture.Tensor(Painting.Find(manner).Draw(48), CPU);

    static string Trained(TemporaryFolder folder, Scene scene, string preset, FieldSpec field)
    {
        var recipe = Presets.Find(preset, "small") with { Field = field, Growth = new Growth(), Sampler = new UniformSpec(24) };
        using var run = Run.Start(recipe, scene, CPU);
        foreach (var _ in run.Steps(30)) { }
        run.Save(folder["run"]);
        return folder["run"];
    }

    [Theory, MemberData(nameof(Fields))]
    public void ColoursBecomeThoseOfAStyleAndDensitiesStay(string preset, FieldSpec field)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var scene = EmbeddedScene.Create(new SceneOptions(Embedded: new EmbeddedOptions(Train: 6, Val: 0, Test: 1, Size: 24))).Kept();
        var trained = Trained(folder, scene, preset, field);
        using var before = Run.Open(trained, CPU);
        using var random = new Generator(7);
        var (x, up) = (rand([300, 3], generator: random) * 2 - 1, tensor(new[] { 0f, 0, 1 }).expand(300, 3));

        var spec = new ArfSpec(FitSteps: 3, Steps: 3);
        using (var extractor = EmbeddedExtractor.Open(CPU))
        using (var run = Arf.Open(trained, CPU, spec))
        {
            foreach (var _ in Arf.Stylize(run, scene, extractor, Picture("swirls"), spec)) { }
            Compare(run.Field);
            run.Save(folder["arf"]);
            using var opened = Run.Open(folder["arf"], CPU);
            Assert.Equal(0, Apart(opened.Field.Query(x, up).Color, run.Field.Query(x, up).Color), 1e-6);
        }

        // Another run than the one that is compared with: what changed in place would change in both.
        using var shape = Run.Open(trained, CPU);
        using var styler = AdaIn.Embedded(CPU);
        using var stylized = new StylizedNerf(shape, styler, StylizedNerfSpec.Small with
        {
            Consistency = new ConsistencyTraining(Steps: 2, Views: 2), Codes = new StyleCodes.Training(Steps: 20, Latent: 4), Module = new StyleModuleSpec(4, 16, 2, 4), Steps = 6, Rays = 128, MutualEvery = 3,
        });
        foreach (var _ in stylized.Stages([.. scene.Train.Select(v => v.Camera)], [Picture("swirls"), Picture("mosaic")])) { }
        Compare(stylized.Field(0));
        Assert.True(Apart(stylized.Field(0).Query(x, up).Color, stylized.Field(1).Query(x, up).Color) > 0);

        void Compare(IField styled)
        {
            using var noGradient = no_grad();
            Assert.Equal(0, Apart(before.Field.Density(x), styled.Density(x)));
            var color = styled.Query(x, up).Color;
            Assert.True(Apart(before.Field.Query(x, up).Color, color) > 1e-3);
            Assert.InRange(color.min().ToDouble(), 0, 1);
            Assert.InRange(color.max().ToDouble(), 0, 1);
        }
    }

    static double Apart(Tensor a, Tensor b) => (a - b).abs().max().ToDouble();
}
