using System.Numerics;
using NerfLab.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Drawing rays: patches, masks, and what it costs.</summary>
public class RaySourceTests
{
    /// <summary>Views whose pixels say where they are: red = column, green = row, blue = view. Every third pixel of the second view is masked.</summary>
    static List<View> Views(bool mask = false) =>
    [
        .. (((int Width, int Height)[])[(40, 30), (20, 50), (9, 9)]).Select((s, v) => new View($"v{v}", Camera.FromAngle(s.Width, s.Height, 1, Pose.LookAt(new(3, v, 1), Vector3.Zero, Vector3.UnitZ)),
            () => new Bitmap(s.Width, s.Height, 3, 8, [.. Enumerable.Range(0, s.Width * s.Height).SelectMany(i => (byte[])[(byte)(i % s.Width), (byte)(i / s.Width), (byte)v])]),
            mask: mask && v == 1 ? () => [.. Enumerable.Range(0, s.Width * s.Height).Select(i => i % 3 != 0)] : null)),
    ];

    [Fact]
    public void APatchIsASquareOfNeighboursInOrder()
    {
        using var scope = NewDisposeScope();
        using var source = new RaySource(Views(), CPU);
        using var random = new Generator(1);
        var batch = source.Patch(1, 7, 3, 4, 5, Background.White, random);
        var rgb = (batch.Rgb * 255).round().data<float>().ToArray();
        var directions = batch.Rays.Directions.data<float>().ToArray();
        for (int i = 0; i < 16; i++)
        {
            var (column, row) = (3 + 5 * (i % 4), 7 + 5 * (i / 4));
            Assert.Equal((column, row, 1f), (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]));
            Assert.True(Vector3.Distance(Views()[1].Camera.Direction(new(column + 0.5f, row + 0.5f)), new(directions[3 * i], directions[3 * i + 1], directions[3 * i + 2])) < 2e-6f);
        }
        Assert.Throws<BadInputException>(() => source.Patch(1, 7, 5, 4, 5, Background.White, random)); // columns 5 to 20 of 20
        Assert.Throws<BadInputException>(() => source.Patch(1, -1, 3, 4, 5, Background.White, random));
    }

    [Fact]
    public void PatchesAreDrawnFromAllPlacesOfAllViewsThatAreLargeEnough()
    {
        using var scope = NewDisposeScope();
        using var source = new RaySource(Views(), CPU);
        using var random = new Generator(3);
        var places = new Dictionary<(float View, float Row, float Column), int>();
        for (int i = 0; i < 600; i++)
        {
            using var inner = NewDisposeScope();
            var first = (source.DrawPatch(10, 2, Background.Black, random).Rgb[0] * 255).round().data<float>().ToArray();
            places[(first[2], first[1], first[0])] = places.GetValueOrDefault((first[2], first[1], first[0])) + 1;
        }
        // 19 pixels across: 22 x 12 places in the first view, 2 x 32 in the second, none in the third.
        Assert.Equal([0f, 1f], places.Keys.Select(p => p.View).Distinct().Order());
        Assert.InRange(places.Where(p => p.Key.View == 0).Sum(p => p.Value), 240, 360);
        Assert.Equal((21f, 11f), (places.Keys.Where(p => p.View == 0).Max(p => p.Column), places.Keys.Where(p => p.View == 0).Max(p => p.Row)));
        Assert.Equal((1f, 31f), (places.Keys.Where(p => p.View == 1).Max(p => p.Column), places.Keys.Where(p => p.View == 1).Max(p => p.Row)));
        Assert.Contains("larger than every picture", Assert.Throws<BadInputException>(() => source.DrawPatch(51, 1, Background.Black, random)).Message);
        using var a = new Generator(9);
        using var b = new Generator(9);
        Assert.True(source.DrawPatch(5, 1, Background.Random, a).Rgb.equal(source.DrawPatch(5, 1, Background.Random, b).Rgb).all().ToBoolean());
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(64, 2)]
    [InlineData(200, 5)]
    [InlineData(1000, 70)]
    public void TheKthPixelThatCountsIsFound(int pixels, int each)
    {
        using var scope = NewDisposeScope();
        var random = new Random(pixels);
        var counts = Enumerable.Range(0, pixels).Select(i => (byte)(random.Next(each) == 0 ? 1 : 0)).ToArray();
        counts[^1] = 1;
        var expected = Enumerable.Range(0, pixels).Where(i => counts[i] == 1).Select(i => (long)i).ToArray();
        using var counting = new CountingPixels(tensor(counts));
        Assert.Equal(expected.Length, counting.Count);
        Assert.Equal(expected, counting.At(arange(counting.Count, int64)).data<long>().ToArray());
    }

    [Fact]
    public void EveryPixelThatCountsIsDrawnEquallyOften()
    {
        using var scope = NewDisposeScope();
        using var source = new RaySource([Views(mask: true)[1]], CPU);
        using var random = new Generator(2);
        var rgb = (source.Draw(100_000, Background.White, random).Rgb * 255).round().to(int64);
        var times = (rgb.select(1, 1) * 20 + rgb.select(1, 0)).data<long>().ToArray().CountBy(i => i).ToDictionary();
        for (int i = 0; i < 1000; i++)
            if (i % 3 == 0) Assert.False(times.ContainsKey(i));
            else Assert.InRange(times[i], 90, 220); // 150 expected; five standard deviations
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ABatchTakesNoManagedMemoryThatGrowsWithIt(bool mask)
    {
        using var source = new RaySource(Views(mask), CPU);
        using var random = new Generator(1);
        long Used(int rays)
        {
            long least = long.MaxValue;
            for (int i = 0; i < 5; i++)
            {
                using var scope = NewDisposeScope();
                var before = GC.GetAllocatedBytesForCurrentThread();
                source.Draw(rays, Background.Random, random);
                least = long.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }
            return least;
        }
        var (few, many) = (Used(16), Used(16_384));
        Assert.True(many <= few + 256, $"{few} bytes for 16 rays, {many} for 16384");
        Assert.True(many < 24_000, $"{many} bytes"); // the wrappers of some sixty tensors
    }

    /// <summary>Three hundred pictures of 1080x1920 must fit into 4 GiB: here the same in small, in programs of their own, by what more pictures take.</summary>
    [Fact]
    public void APixelTakesLittleMoreThanItsThreeBytes()
    {
        const int Width = 1200, Height = 800, Few = 8, Many = 48;
        using var folder = new TemporaryFolder();
        double Peak(int count)
        {
            InstantNgpScene.Write(new Scene
            {
                Name = "x", Bounds = Box.Cube(1), Near = 2, Far = 4,
                Train = [.. Enumerable.Range(0, count).Select(i => new View($"v{i}", Camera.FromAngle(Width, Height, 1, Pose.LookAt(new(3, i, 1), Vector3.Zero, Vector3.UnitZ)), () => new Bitmap(Width, Height, 3)))],
            }, folder[$"{count}"]);
            // Everything else about the training is small.
            var output = CliProgram.Good(["train", folder[$"{count}"], "--out", folder[$"run{count}"], "--steps", "2", "--quiet", .. CliProgram.Tiny.Skip(2)]);
            return double.Parse(System.Text.RegularExpressions.Regex.Match(output, @"(\d+) MiB at most").Groups[1].Value);
        }
        var bytes = (Peak(Many) - Peak(Few)) * (1 << 20) / ((Many - Few) * (double)(Width * Height));
        Assert.True(bytes < 4.5, $"{bytes:0.0} bytes a pixel");
    }
}
