using System.Numerics;
using NerfLab.Data;
using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>What stands before a field is asked, against the reference: drawn pixels, places of samples, encoded directions.</summary>
public class FusedRayTests
{
    static readonly Kernels.Kernels s_cpu = Kernels.Kernels.Cpu;

    static bool Same(Tensor a, Tensor b) => a.numel() == 0 ? b.numel() == 0 : a.equal(b).all().ToBoolean();

    static Tensor Unit(long count, Generator random) => nn.functional.normalize(rand([count, 3], generator: random) - 0.5, dim: -1);

    [Fact]
    public void DirectionsAreEncodedAsByTheReference()
    {
        using var random = new Generator(1);
        for (int degree = 1; degree <= SphericalHarmonics.MaxDegree; degree++)
            foreach (int count in (int[])[0, 1, 7, 8, 9, 1023, 1024, 1025, 5000])
            {
                using var scope = NewDisposeScope();
                var d = Unit(count, random);
                if (count > 1) d[1] = tensor(new float[] { 0, -1, 0 });
                var (expected, actual) = (SphericalHarmonics.Encode(d, degree), s_cpu.DirectionEncode(d, degree));
                Assert.Equal(expected.shape, actual.shape);
                Assert.True(count == 0 || (expected - actual).abs().max().ToDouble() < 1e-6);
                Assert.True(Same(actual, s_cpu.DirectionEncode(d, degree)));
            }
    }

    [Fact]
    public void DirectionsThatAreNotKnownGoToTheReference()
    {
        using var scope = NewDisposeScope();
        var d = rand(10, 3).requires_grad_();
        s_cpu.DirectionEncode(d, 3).sum().backward();
        Assert.True(d.grad!.abs().sum().ToDouble() > 0);
        Assert.Equal(float64, s_cpu.DirectionEncode(rand([10, 3], float64), 2).dtype);
        Assert.Throws<ArgumentOutOfRangeException>(() => s_cpu.DirectionEncode(rand(10, 3), 5));
        // One direction for all is not contiguous, and not-a-number is seen.
        var up = tensor(new float[,] { { 0, 0, 1 } });
        Assert.True(Same(s_cpu.DirectionEncode(up.expand(9, 3), 4), s_cpu.DirectionEncode(up.repeat(9, 1), 4)));
        Assert.True(s_cpu.DirectionEncode(full(9, 3, float.NaN), 4).narrow(1, 1, 15).isnan().all().ToBoolean());
    }

    static RaySamples Packed(Rays rays, Random counts, Generator random)
    {
        var offsets = new long[rays.Count + 1];
        for (int r = 0; r < rays.Count; r++) offsets[r + 1] = offsets[r] + (counts.Next(3) == 0 ? 0 : counts.Next(20));
        return new RaySamples(rays, rand([offsets[^1]], generator: random) * 5, ones(offsets[^1]), tensor(offsets));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1500)]
    public void SamplesLieWhereTheReferencePutsThem(int count)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)count);
        var world = new Rays(rand([count, 3], generator: random), Unit(count, random));
        var mapped = new Rays(rand([count, 3], generator: random), Unit(count, random)) { Source = world };
        foreach (var rays in (Rays[])[world, mapped, new Rays(tensor(new[] { 1f, 2, 3 }).expand(count, 3), world.Directions)])
        {
            var samples = Packed(rays, new Random(count), random);
            var (positions, directions) = s_cpu.PlaceSamples(samples);
            Assert.True(Same(samples.Positions, positions) && Same(samples.Directions, directions)); // to the bits
            Assert.Equal(samples.Positions.shape, positions.shape);
        }
    }

    [Fact]
    public void ARenderingAsksWhereItsKernelsPlaceTheSamples()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var samples = Packed(new Rays(zeros(9, 3), Unit(9, random)), new Random(1), random);
        int placed = 0;
        var kernels = s_cpu with { PlaceSamples = s => { placed++; return s_cpu.PlaceSamples(s); } };
        var rendered = new Rendering.RenderedRays(new Everywhere(), samples, zeros(3), kernels);
        _ = rendered.Density;
        _ = rendered.Color;
        _ = rendered.Of(new Everywhere()).Density;
        Assert.Equal(1, placed);
        Assert.True(Same(rendered.Density, samples.Positions.select(1, 0).abs()));
    }

    sealed class Everywhere : Fields.IField
    {
        public Radiance Query(Tensor x, Tensor d) => new(Density(x), d.abs());

        public Tensor Density(Tensor x) => x.select(-1, 0).abs();
    }

    [Fact]
    public void GradientsOfRaysAndDistancesComeFromTheReference()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var (origins, directions) = (zeros(5, 3).requires_grad_(), Unit(5, random).requires_grad_());
        var (places, seen) = s_cpu.PlaceSamples(RaySamples.Dense(new Rays(origins, directions), ones(5, 4), ones(5, 4)));
        (places.sum() + seen.sum()).backward();
        Assert.Equal(4, origins.grad!.min().ToDouble());
        Assert.Equal(8, directions.grad!.min().ToDouble());
        var t = ones(5, 4).requires_grad_();
        s_cpu.PlaceSamples(RaySamples.Dense(new Rays(zeros(5, 3), ones(5, 3)), t, ones(5, 4))).Positions.sum().backward();
        Assert.Equal(3, t.grad!.min().ToDouble());
    }

    static Photographs Pictures(int channels, bool distorted, Generator random)
    {
        Camera[] cameras = [.. (((int Width, int Height)[])[(40, 30), (20, 50), (1, 1), (9, 9)])
            .Select((s, v) => Camera.FromAngle(s.Width, s.Height, 1, Pose.LookAt(new(3, v, 1), Vector3.Zero, Vector3.UnitZ)))];
        if (distorted) cameras[1] = cameras[1] with { Distortion = new Distortion(0.05f, 0, 0, 0) };
        var first = new long[cameras.Length];
        for (int i = 1; i < first.Length; i++) first[i] = first[i - 1] + cameras[i - 1].Width * cameras[i - 1].Height;
        return new Photographs(randint(0, 256, [2282, channels], uint8, generator: random), Cameras.Pack(cameras), tensor(first), tensor(cameras.Select(c => (long)c.Width).ToArray()), distorted);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public void PixelsAreSeenAsByTheReference(int channels, bool distorted)
    {
        using var random = new Generator(4);
        foreach (int count in (int[])[0, 1, 255, 256, 257, 2282])
        {
            using var scope = NewDisposeScope();
            var photographs = Pictures(channels, distorted, random);
            var pixel = count == 2282 ? arange(count, int64) : randint(0, 2282, [count], int64, generator: random);
            foreach (var behind in (Tensor[])[rand([count, 3], generator: random), tensor(new[] { 0.1f, 0.2f, 0.3f })])
            {
                var (expected, actual) = (Pixels.See(photographs, pixel, behind), s_cpu.SeePixels(photographs, pixel, behind));
                Assert.Equal(expected.Rgb.shape, actual.Rgb.shape);
                Assert.True(Same(expected.Rgb, actual.Rgb) && Same(expected.Rays.Origins, actual.Rays.Origins)); // to the bits
                Assert.True(count == 0 || (expected.Rays.Directions - actual.Rays.Directions).abs().max().ToDouble() < 2e-7);
            }
        }
    }

    [Fact]
    public void ASourceDrawsTheSameWithEitherKernels()
    {
        using var scope = NewDisposeScope();
        var camera = Camera.FromAngle(30, 20, 1, Pose.LookAt(new(3, 1, 1), Vector3.Zero, Vector3.UnitZ));
        View[] views = [new("v", camera, () => new Bitmap(30, 20, 4, 8, [.. Enumerable.Range(0, 2400).Select(i => (byte)i)]), hasAlpha: true)];
        using RaySource slow = new(views, CPU), fast = new(views, CPU, see: s_cpu.SeePixels);
        using Generator a = new(6), b = new(6);
        for (int i = 0; i < 3; i++)
        {
            var (expected, actual) = (slow.Draw(500, Background.Random, a), fast.Draw(500, Background.Random, b));
            Assert.True(Same(expected.Background, actual.Background) && Same(expected.Rgb, actual.Rgb) && Same(expected.Rays.Origins, actual.Rays.Origins));
            Assert.True((expected.Rays.Directions - actual.Rays.Directions).abs().max().ToDouble() < 2e-7);
        }
        Assert.True(Same(slow.Patch(0, 2, 3, 5, 2, Background.Black, a).Rgb, fast.Patch(0, 2, 3, 5, 2, Background.Black, b).Rgb));
    }

    [Fact]
    public void PixelsThatThereAreNotAreRefused()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        var photographs = Pictures(3, false, random);
        foreach (long pixel in (long[])[-1, 2282, long.MaxValue])
            Assert.Contains("0 to 2281", Assert.Throws<ArgumentOutOfRangeException>(() => s_cpu.SeePixels(photographs, tensor(new[] { 0, pixel }), zeros(2, 3))).Message);
    }
}
