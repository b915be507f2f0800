using System.Numerics;
using NerfLab.Procedural;

namespace NerfLab.Data;

/// <summary>A parametric family of objects or scenes, all different: what generative models learn from. Nothing is read from files.</summary>
/// <remarks>Objects stand in the cube [-1, 1]³ with z upwards and look towards -y. The same seed and number give the same object everywhere.</remarks>
/// <param name="Name">What to call it, as on the command line.</param>
/// <param name="Contents">What is in it, in a few words.</param>
/// <param name="Draw">Draws the things of one member.</param>
/// <param name="Lighting">The light.</param>
/// <param name="Cameras">The cameras that fit.</param>
public sealed record Category(string Name, string Contents, Func<Dice, IReadOnlyList<Thing>> Draw, Lighting Lighting, CameraSpec Cameras)
{
    private const int MostMembers = 1_000_000;

    private static readonly Lighting s_studio = new(new(-0.5f, -0.65f, 0.9f), new(1.05f, 0.98f, 0.88f), new(0.38f, 0.41f, 0.48f), new(0.26f, 0.23f, 0.2f), 8);
    private static readonly AroundCameras s_around = new(Distance: 3.1f, Low: -0.1f, High: 0.95f) { Train = 50, Val = 0, Test = 5 };

    /// <summary>All categories.</summary>
    public static IReadOnlyList<Category> All { get; } =
    [
        new("chairs", "one chair or stool", Chairs.Draw, s_studio, s_around),
        new("tables", "one table or desk", Tables.Draw, s_studio, s_around),
        new("cars", "one car, van or pickup", Cars.Draw, s_studio, s_around),
        new("rooms", "a room with furniture and toys, seen from inside", Rooms.Draw,
            new Lighting(Vector3.UnitZ, Vector3.Zero, new(0.24f, 0.24f, 0.25f), new(0.22f, 0.2f, 0.18f), 5) { Lamps = [new(new(0, 0, 0.62f), new(0.6f, 0.57f, 0.52f)), new(new(-0.5f, 0.5f, 0.5f), new(0.16f, 0.16f, 0.17f))] },
            new InsideCameras(Radius: 0.8f, Low: 0.12f, High: 0.55f, Spread: 0.3f) { Target = new(0, 0, -0.4f), Degrees = 70, Train = 50, Val = 0, Test = 5 }),
        new("tabletops", "a table with several things on it", Tabletops.Draw, s_studio, s_around with { Low = 0.12f, High = 0.9f, Target = new(0, 0, -0.15f) }),
    ];

    /// <summary>The category of a name.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static Category Find(string name) =>
        All.FirstOrDefault(c => c.Name == name) ?? throw new BadInputException($"{name}: no category{Spelling.Suggest(name, All.Select(c => c.Name))}");

    /// <summary>One member.</summary>
    /// <param name="number">Its number, from 0.</param>
    /// <param name="seed">Other members for every seed.</param>
    /// <param name="cameras">How its pictures are taken; null for <see cref="Cameras"/>. Where these are drawn at random, every member has its own.</param>
    public GeneratedScene Member(int number, long seed = 0, CameraSpec? cameras = null)
    {
        cameras ??= Cameras;
        if (cameras.Seed is { } s) cameras = cameras with { Seed = (long)RandomStream.Seed(s, number) };
        return new GeneratedScene(MemberName(number), new SphereTracer(new SolidScene(Draw(new Dice(seed, number)), Lighting)), cameras) { Bounds = Box.Cube(1.02f) };
    }

    /// <summary>Many members, rendered when they are looked at.</summary>
    /// <param name="count">How many, 1 to 1000000.</param>
    /// <param name="seed">Other members for every seed.</param>
    /// <param name="cameras">How pictures are taken; null for <see cref="Cameras"/>.</param>
    /// <exception cref="BadInputException">The count is out of range.</exception>
    public SceneCollection Collect(int count, long seed = 0, CameraSpec? cameras = null)
    {
        if (count is < 1 or > MostMembers) throw new BadInputException($"{count} {Name}: 1 to {MostMembers} are expected");
        return new SceneCollection(Name, [.. Enumerable.Range(0, count).Select(MemberName)], i => Member(i, seed, cameras).Open());
    }

    /// <summary>The name of a member: the category's in the singular, and a number of six digits.</summary>
    public string MemberName(int number) => FormattableString.Invariant($"{Name.TrimEnd('s')}_{number:000000}");
}
