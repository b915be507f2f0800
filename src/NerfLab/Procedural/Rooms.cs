using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Rooms in the manner of GQN's: a floor, four walls and a ceiling, pictures and a window, and one to four things in the middle.</summary>
/// <remarks>S. M. A. Eslami et al., Neural scene representation and rendering, 2018. Cameras have the outer part of the room for themselves.</remarks>
internal static class Rooms
{
    private const float Floor = -0.7f, Ceiling = 0.7f, Wall = 1, Free = 0.58f;

    public static IReadOnlyList<Thing> Draw(Dice dice)
    {
        var things = new List<Thing>();
        Shell(dice, things);
        Hangings(dice, things);
        byte number = 2;
        if (dice.Chance(0.55f))
        {
            // A rug, and a piece of furniture with something beside it.
            var rug = new Assembly(new(0, 0, Floor), number++);
            rug.Add(new RoundCylinder(dice.Between(0.4f, 0.62f), 0.007f, 0.006f), Finish.Fabric(dice), new(0, 0, 0.007f));
            things.AddRange(rug.Things);
        }
        var furniture = dice.Next();
        if (furniture < 0.6f)
        {
            // Chairs and tables of the other categories, smaller.
            var scale = dice.Between(0.3f, 0.42f);
            Vector2 at = new(dice.Between(-0.15f, 0.15f), dice.Between(-0.15f, 0.15f));
            var turn = Quaternion.CreateFromAxisAngle(Vector3.UnitZ, dice.Between(0, MathF.Tau));
            var whole = furniture < 0.35f ? Chairs.Draw(dice) : Tables.Draw(dice);
            var low = new SphereTracer(new SolidScene(whole, Lighting.Daylight(Vector3.UnitZ))).Bounds.Min.Z;
            things.AddRange(whole.Select(t => new Thing(new Scaled(t.Solid, scale), t.Material with { Texture = new ScaledTexture(t.Material.Texture, scale) },
                new Vector3(at, Floor - scale * low) + scale * Vector3.Transform(t.Position, turn), t.Rotation is { } r ? turn * r : turn) { Object = number }));
            number++;
            foreach (var (place, r, _) in Tabletops.Places(dice, dice.Below(3), Free, square: false, largest: 0.12f))
            {
                if (Vector2.Distance(place, at) < 0.3f + r) continue;
                Toy(place, r);
            }
            return things;
        }
        foreach (var (place, r, _) in Tabletops.Places(dice, 1 + dice.Below(4), Free, square: false, largest: 0.22f)) Toy(place, r);
        return things;

        void Toy(Vector2 place, float r)
        {
            var toy = new Assembly(new Vector3(place, Floor), number++, dice.Between(0, MathF.Tau));
            Wares.DrawToy(dice, toy, r);
            things.AddRange(toy.Things);
        }
    }

    private static void Shell(Dice dice, List<Thing> things)
    {
        var room = new Assembly(default, 1);
        var floor = dice.Below(4) switch
        {
            0 => new Material(new Tiles(Finish.Color(dice), Finish.Color(dice), new Vector3(0.5f), dice.Between(0.2f, 0.4f)), 0.3f, 50),
            1 => Finish.Marble(dice),
            2 => Finish.Fabric(dice),
            _ => Finish.Timber(dice)(dice.Below(2)),
        };
        room.Box(new(Wall, Wall, 0.02f), 0, floor, new(0, 0, Floor - 0.02f));
        room.Box(new(Wall, Wall, 0.02f), 0, new Material(new Plain(new Vector3(0.8f)), 0, 1), new(0, 0, Ceiling + 0.02f));
        var common = WallFinish(dice);
        var alike = dice.Chance(0.5f);
        for (var i = 0; i < 4; i++)
        {
            var half = i < 2 ? new Vector3(0.02f, Wall, Ceiling) : new Vector3(Wall, 0.02f, Ceiling);
            var side = i % 2 == 0 ? -Wall - 0.02f : Wall + 0.02f;
            room.Box(half, 0, alike ? common : WallFinish(dice), i < 2 ? new(side, 0, 0) : new(0, side, 0));
        }
        things.AddRange(room.Things);
    }

    private static Material WallFinish(Dice dice)
    {
        Vector3 a = Dice.Hsv(dice.Next(), dice.Between(0.05f, 0.5f), dice.Between(0.6f, 0.95f)), b = Vector3.Lerp(a, Finish.Color(dice), 0.35f);
        var size = dice.Between(0.08f, 0.25f);
        return new Material(dice.Below(6) switch
        {
            0 => new Bricks(Srgb.OfHex(dice.Pick(0xB5533C, 0x9A8B7A, 0xD8D2C6)), Srgb.OfHex(0xD8CFC2), dice.Between(0.18f, 0.3f)),
            1 => new Stripes([a, b], new Vector3(1, 1, 0), size),
            2 => new Dots(a, b, 1.4f * size, 0.4f * size),
            3 => new Gradient(b, a, -0.7f, 0.3f),
            4 => new Clouds(a, b, dice.Between(2, 6), dice.Below(1000)),
            _ => new Plain(a),
        }, 0.03f, 8);
    }

    // Pictures in frames and perhaps a window, each on a wall of its own.
    private static void Hangings(Dice dice, List<Thing> things)
    {
        var first = dice.Below(4);
        for (int i = 0, n = dice.Below(4); i < n; i++)
        {
            var wall = new Assembly(default, 1, (first + i) % 4 * MathF.PI / 2);
            float x = dice.Between(-0.5f, 0.5f), z = dice.Between(0, 0.25f), width = dice.Between(0.12f, 0.3f), height = dice.Between(0.12f, 0.25f);
            var window = i == 0 && dice.Chance(0.5f);
            wall.Box(new(width, 0.015f, height), 0.008f, window ? new Material(new Plain(new Vector3(0.9f)), 0.2f, 30) : Finish.Paint(dice), new(x, Wall - 0.015f, z));
            Texture inside = window ? new Gradient(new(0.85f, 0.9f, 0.95f), new(0.3f, 0.55f, 0.9f), -height, height) : Finish.Fabric(dice).Texture;
            wall.Box(new(width - 0.03f, 0.006f, height - 0.03f), 0, new Material(inside, 0.1f, 20, 0, window ? 0.8f : 0), new(x, Wall - 0.03f, z));
            things.AddRange(wall.Things);
        }
    }
}
