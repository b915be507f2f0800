using System.Numerics;
using NerfLab.Data;
using NerfLab.Procedural;

namespace NerfLab.Tests;

public class CategoryTests
{
    public static TheoryData<string> Names => [.. Category.All.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void TwoThousandSeedsAreTwoThousandObjects(string name)
    {
        var category = Category.Find(name);
        var members = Enumerable.Range(0, 2000).Select(i => Traits(category.Draw(new Dice(7, i)))).ToHashSet();
        Assert.Equal(2000, members.Count);
        Assert.Equal(StrictJson.Write(category.Draw(new Dice(7, 11))), StrictJson.Write(category.Draw(new Dice(7, 11))));
    }

    /// <summary>Where things are, how large, and how they look: 64 bits of it.</summary>
    static ulong Traits(IReadOnlyList<Thing> things)
    {
        ulong hash = 14695981039346656037;
        foreach (var thing in things)
            foreach (var v in (Vector3[])[thing.Position, thing.Solid.Extent, thing.Material.Texture.At(new(0.01f, 0.02f, 0.03f)), new(thing.Material.Gloss, thing.Material.Mirror, thing.Rotation?.Z ?? 0)])
                for (int i = 0; i < 3; i++) hash = unchecked((hash ^ BitConverter.SingleToUInt32Bits(v[i])) * 1099511628211);
        return hash;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryMemberIsSoundAndWithinItsCube(string name)
    {
        var category = Category.Find(name);
        for (int i = 0; i < 100; i++)
            foreach (var thing in category.Draw(new Dice(1, i)))
            {
                Assert.Null(thing.Solid.Complaint());
                Assert.Null(thing.Material.Complaint());
                Assert.InRange(thing.Object ?? 0, 1, 255);
            }
        var pictures = new HashSet<string>();
        for (int i = 0; i < 8; i++)
        {
            var member = category.Member(i, seed: 1);
            var scene = member.Open(10);
            var (view, bounds) = (scene.Train[7 * i % scene.Train.Count], scene.Bounds);
            var depth = view.ReadDepth();
            int seen = 0;
            for (int k = 0; k < depth.Length; k++)
            {
                if (!float.IsFinite(depth[k])) continue;
                seen++;
                var point = view.Camera.Pose.Position + depth[k] * view.Camera.Direction(new Vector2(k % view.Camera.Width + 0.5f, k / view.Camera.Width + 0.5f));
                Assert.True(bounds.Contains(point), $"{member.Name}: {point}");
            }
            Assert.True(seen > 5, $"{member.Name} is hardly seen");
            pictures.Add(Convert.ToBase64String(view.Read().Samples));
        }
        Assert.Equal(8, pictures.Count);
    }

    [Fact]
    public void ARoomIsClosedAndItsCamerasStandInTheOpen()
    {
        var category = Category.Find("rooms");
        for (int i = 0; i < 12; i++)
        {
            var member = category.Member(i, seed: 5);
            var tracer = (SphereTracer)member.Tracer;
            foreach (var view in member.Open(16).Train.Where((_, k) => k % 10 == i % 10))
            {
                Assert.True(tracer.Distance(view.Camera.Pose.Position) > 0.02f, $"{member.Name}: a camera stands in something");
                Assert.All(view.ReadDepth(), d => Assert.True(float.IsFinite(d)));
            }
        }
    }

    [Fact]
    public void ThingsOnATableDoNotTouch()
    {
        for (int i = 0; i < 200; i++)
        {
            var places = Tabletops.Places(new Dice(3, i), 6, 0.8f, square: i % 2 == 0, largest: 0.26f);
            Assert.NotEmpty(places);
            for (int a = 0; a < places.Count; a++)
                for (int b = 0; b < a; b++) Assert.True(Vector2.Distance(places[a].At, places[b].At) > places[a].R + places[b].R);
        }
    }

    [Fact]
    public void ACollectionIsOpenedOneByOneAndSeedsDiffer()
    {
        var chairs = Category.Find("chairs").Collect(5000, seed: 2);
        Assert.Equal((5000, "chair_004999"), (chairs.Count, chairs.Names[^1]));
        var scene = chairs[4321];
        Assert.Equal(50, scene.Train.Count);
        Assert.Equal(scene.Train[0].Camera, chairs[1].Train[0].Camera);
        var scattered = Category.Find("chairs").Collect(2, 2, new AroundCameras { Seed = 1, Train = 4, Val = 0, Test = 0, Size = 16 });
        Assert.NotEqual(scattered[0].Train[0].Camera, scattered[1].Train[0].Camera);
        Assert.NotEqual(StrictJson.Write(Category.Find("cars").Draw(new Dice(1, 0))), StrictJson.Write(Category.Find("cars").Draw(new Dice(2, 0))));
        Assert.Contains("did you mean chairs?", Assert.Throws<BadInputException>(() => Category.Find("chiars")).Message);
        Assert.Contains("1 to 1000000", Assert.Throws<BadInputException>(() => Category.Find("cars").Collect(0)).Message);
    }

    [Fact]
    public void DiceAreFair()
    {
        var dice = new Dice(1, 2);
        var draws = Enumerable.Range(0, 40_000).Select(_ => dice.Next()).ToArray();
        Assert.All(draws, d => Assert.InRange(d, 0, 0.99999999f));
        Assert.Equal(0.5, draws.Average(), 0.01);
        Assert.Equal(1 / 12.0, draws.Average(d => (d - 0.5) * (d - 0.5)), 0.002);
        var bells = Enumerable.Range(0, 40_000).Select(_ => (double)dice.Normal()).ToArray();
        Assert.Equal(0, bells.Average(), 0.03);
        Assert.Equal(1, bells.Average(b => b * b), 0.04);
        Assert.Equal(new Dice(1, 3).Next(), new Dice(1, 3).Next());
        Assert.NotEqual(new Dice(1, 3).Next(), new Dice(2, 3).Next());
    }
}
