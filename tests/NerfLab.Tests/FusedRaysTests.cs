using NerfLab.Kernels;
using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Decoding, compositing and comparing at once, against the same as tensor operations.</summary>
public class FusedRaysTests
{
    public enum Form { Hash, Dense, Sigmoid, Clamped }

    static Tensor[] Layers(Generator random, params int[] widths) => [.. widths.Skip(1).Select((w, l) => ((rand([w, widths[l]], generator: random) - 0.5) * 0.7).requires_grad_())];

    static (Tensor Features, RadianceHead Head) Random(Form form, long samples, long rays, Generator random)
    {
        var codes = rand([rays, form is Form.Sigmoid or Form.Clamped ? 4 : 5], generator: random) - 0.5;
        return form switch
        {
            Form.Hash => (Features(12), new RadianceHead(new RawDensity(DensityActivation.Exp), codes) { Trunk = Layers(random, 12, 64, 7), ColorSeesDensity = true, Color = Layers(random, 12, 33, 20, 3) }),
            Form.Dense => (Features(9), new RadianceHead(new RawDensity(DensityActivation.Softplus, -0.5, 3), codes) { Color = Layers(random, 13, 16, 3), ColorBiases = [(rand(16) - 0.5).requires_grad_(), (rand(3) - 0.5).requires_grad_()] }),
            Form.Sigmoid => (Features(13), new RadianceHead(new RawDensity(DensityActivation.Relu, 0.2), codes) { Harmonics = ShColor.Sigmoid }),
            _ => (Features(13), new RadianceHead(new RawDensity(DensityActivation.Softplus10, 10, 4), codes) { Harmonics = ShColor.Clamped }),
        };

        Tensor Features(long width) => (rand([samples, width], generator: random) - 0.5).requires_grad_();
    }

    /// <summary>Rays of very different lengths, some of them without samples.</summary>
    static RaySamples Samples(long[] counts, Generator random)
    {
        long rays = counts.Length, samples = counts.Sum();
        var offsets = tensor(counts.Prepend(0L).ToArray()).cumsum(0);
        return new RaySamples(new Rays(zeros(rays, 3), ones(rays, 3)), rand([samples], generator: random), rand([samples], generator: random) * 0.005 + 0.001, offsets);
    }

    public static TheoryData<Form, ColorError> Cases => new MatrixTheoryData<Form, ColorError>([Form.Hash, Form.Dense, Form.Sigmoid, Form.Clamped], [ColorError.Squared, ColorError.Huber]);

    [Theory, MemberData(nameof(Cases))]
    public void TheyEqualTheirReferenceInValuesAndGradients(Form form, ColorError error)
    {
        foreach (var counts in new long[][] { [], [0], [1], [0, 0, 3, 0], [4, 5], [255, 0, 1, 256, 257, 600], [.. Enumerable.Range(0, 700).Select(i => (long)(i * 7 % 23))] })
        {
            using var scope = NewDisposeScope();
            using var random = new Generator((ulong)counts.Length);
            var samples = Samples(counts, random);
            var (features, head) = Random(form, counts.Sum(), counts.Length, random);
            var (background, target) = (rand([counts.Length, 3], generator: random), rand([counts.Length, 3], generator: random));
            var (expected, actual, again) = (Run(Kernels.Kernels.Reference), Run(Kernels.Kernels.Cpu), Run(Kernels.Kernels.Cpu));
            if (counts.Sum() == 0) continue; // the mean over nothing; and without samples there are no gradients to compare
            Close(expected.Error, actual.Error, 1e-5);
            Close(expected.Rendered.Color, actual.Rendered.Color, 2e-5);
            Close(expected.Rendered.Opacity, actual.Rendered.Opacity, 2e-5);
            Close(expected.Rendered.Place, actual.Rendered.Place, 2e-5);
            foreach (var (e, a, b) in expected.Gradients.Zip(actual.Gradients, again.Gradients))
            {
                Assert.Equal(e.shape, a.shape);
                Close(e, a, 2e-5 * e.abs().max().ToDouble());
                Assert.True(a.equal(b).all().ToBoolean());
            }

            (Tensor Error, RenderedHead Rendered, Tensor[] Gradients) Run(Kernels.Kernels kernels)
            {
                Tensor[] trained = [features, .. head.Parameters];
                foreach (var tensor in trained) tensor.grad?.zero_();
                var (value, rendered) = kernels.CompareHead(features, samples.Deltas, head, samples, samples.T, background, target, error);
                if (counts.Sum() > 0) (value * 1.5).backward();
                return (value.detach(), rendered, [.. trained.Select(t => t.grad?.clone() ?? zeros_like(t))]);
            }
        }
    }

    static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        double off = (expected - actual).abs().max().ToDouble();
        Assert.True(off <= tolerance, $"{off} apart, {tolerance} allowed");
    }

    [Theory]
    [InlineData(Form.Hash)]
    [InlineData(Form.Dense)]
    [InlineData(Form.Clamped)]
    public void PicturesEqualTheirReference(Form form)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var random = new Generator(3);
        var samples = Samples([.. Enumerable.Range(0, 300).Select(i => (long)(i % 31))], random);
        var (features, head) = Random(form, samples.Count, 300, random);
        var background = rand([3], generator: random);
        var (expected, actual) = (RenderedHead.Render(features, samples.Deltas, head, samples, samples.T, background), Kernels.Kernels.Cpu.RenderHead(features, samples.Deltas, head, samples, samples.T, background));
        Close(expected.Color, actual.Color, 2e-5);
        Close(expected.Opacity, actual.Opacity, 2e-5);
        Close(expected.Place, actual.Place, 2e-5);
    }

    /// <summary>What is behind a wall is left out, and that changes a pixel by no more than the light that comes through.</summary>
    [Fact]
    public void ARayEndsInTheDark()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        var samples = Samples([200, 200, 200], random);
        var (features, head) = Random(Form.Sigmoid, 600, 3, random);
        var thickness = samples.Deltas * 2000;
        var (background, target) = (zeros(3), rand([3, 3], generator: random));
        var (error, rendered) = Kernels.Kernels.Cpu.CompareHead(features, thickness, head, samples, samples.T, background, target, ColorError.Squared);
        error.backward();
        Close(RenderedHead.Render(features, thickness, head, samples, samples.T, background).Color.detach(), rendered.Color, 2 * FusedRays.Dark);
        var reached = features.grad!.abs().sum(-1) > 0;
        Assert.InRange(reached.sum().ToInt64(), 3, 100);
        Assert.False(reached.view(3, 200).narrow(1, 100, 100).any().ToBoolean());
    }

    [Fact]
    public void TheErrorFallsAlongItsGradient()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var samples = Samples([9, 0, 14], random);
        var (features, head) = Random(Form.Hash, 23, 3, random);
        var (background, target) = (rand([3, 3], generator: random), rand([3, 3], generator: random));
        double Error() => Kernels.Kernels.Cpu.CompareHead(features, samples.Deltas, head, samples, samples.T, background, target, ColorError.Squared).Error.ToDouble();
        Kernels.Kernels.Cpu.CompareHead(features, samples.Deltas, head, samples, samples.T, background, target, ColorError.Squared).Error.backward();
        foreach (var parameter in head.Parameters.Append(features))
        {
            var direction = parameter.grad! / parameter.grad!.norm();
            const double Step = 2e-2;
            using var noGradient = no_grad();
            parameter.add_(direction * Step);
            double above = Error();
            parameter.add_(direction * (-2 * Step));
            double below = Error();
            parameter.add_(direction * Step);
            double expected = parameter.grad!.norm().ToDouble();
            Assert.Equal(expected, (above - below) / (2 * Step), 0.02 * expected + 2e-5);
        }
    }
}
