using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Small things that stand on tables and floors: toys, crockery, fruit, books. All stand on z = 0 of their own coordinates.</summary>
internal static class Wares
{
    private const int Kinds = 14, Toys = 6;

    /// <summary>Anything that stands on a table.</summary>
    /// <param name="dice">Draws it.</param>
    /// <param name="to">Where to put it.</param>
    /// <param name="r">Its radius on the ground, about.</param>
    public static void Draw(Dice dice, Assembly to, float r) => Draw(dice.Below(Kinds), dice, to, r);

    /// <summary>A plain body: ball, box, cylinder, cone, ring or capsule.</summary>
    public static void DrawToy(Dice dice, Assembly to, float r) => Draw(dice.Below(Toys), dice, to, r);

    private static void Draw(int kind, Dice dice, Assembly to, float r)
    {
        var finish = dice.Below(4) switch { 0 => Finish.Metal(dice), 1 => Finish.Fabric(dice), 2 => Finish.Timber(dice)(2), _ => Finish.Paint(dice) };
        var turn = Quaternion.CreateFromAxisAngle(Vector3.UnitZ, dice.Between(0, MathF.Tau));
        var h = r * dice.Between(0.7f, 1.5f); // half the height of what is tall
        switch (kind)
        {
            case 0: to.Add(new Sphere(r), dice.Chance(0.4f) ? Ball(dice) : finish, new(0, 0, r), turn); break;
            case 1: to.Box(new Vector3(0.75f * r, dice.Between(0.5f, 0.75f) * r, 0.8f * h), dice.Between(0.02f, 0.3f) * r, finish, new(0, 0, 0.8f * h), turn); break;
            case 2: to.Add(new RoundCylinder(0.85f * r, h, dice.Between(0.02f, 0.3f) * r), finish, new(0, 0, h), turn); break;
            case 3: to.Add(new Lathe([new(0, 0), new(0.95f * r, 0), new(dice.Between(0, 0.3f) * r, 2 * h), new(0, 2 * h)], 0.02f * r), finish, new(0, 0, 0.02f * r), turn); break;
            case 4: to.Add(new Torus(0.7f * r, dice.Between(0.18f, 0.28f) * r), finish, new(0, 0, 0.28f * r), turn); break;
            case 5: to.Bar(new(0, 0, 0.5f * r), new(0, 0, 0.5f * r + h), 0.5f * r, finish); break;
            case 6: Cup(dice, to, r, turn); break;
            case 7: Turned(dice, to, r, 1.2f * h + r, [(0, 0), (0.5f, 0), (0.95f, 0.35f), (0.8f, 0.62f), (0.3f, 0.82f), (0.45f, 1), (0.36f, 1), (0.24f, 0.82f), (0, 0.8f)]); break; // vase
            case 8: Turned(dice, to, 0.8f * r, 1.6f * h + 1.6f * r, [(0, 0), (0.75f, 0), (0.8f, 0.05f), (0.8f, 0.5f), (0.3f, 0.75f), (0.26f, 0.97f), (0.32f, 1), (0, 1)]); break; // bottle
            case 9: Turned(dice, to, r, 0.75f * r, [(0, 0), (0.45f, 0), (0.8f, 0.4f), (1, 1), (0.92f, 1), (0.7f, 0.45f), (0.3f, 0.2f), (0, 0.18f)]); break; // bowl
            case 10: Fruit(dice, to, r); break;
            case 11: Books(dice, to, r, turn); break;
            case 12: Candle(dice, to, 0.45f * r, h + 0.6f * r); break;
            default: Teapot(dice, to, 0.7f * r, turn); break;
        }
    }

    private static Material Ball(Dice dice)
    {
        Vector3 a = Finish.Color(dice), b = Finish.Color(dice), c = Finish.Color(dice);
        return new Material(new Sectors([a, Vector3.One * 0.9f, b, Vector3.One * 0.9f, c, Vector3.One * 0.9f], a, 0.03f), 0.7f, 70);
    }

    // An outline in shares of radius and height.
    private static void Turned(Dice dice, Assembly to, float r, float height, ReadOnlySpan<(float R, float Z)> outline)
    {
        float slim = dice.Between(0.85f, 1), round = 0.015f * r;
        var corners = new Vector2[outline.Length];
        for (var i = 0; i < corners.Length; i++) corners[i] = new Vector2(outline[i].R * slim * r, outline[i].Z * height);
        Vector3 a = Finish.Color(dice), b = Finish.Color(dice);
        Texture glaze = dice.Below(4) switch
        {
            0 => new Plain(a),
            1 => new Stripes([a, a, b], Vector3.UnitZ, height * dice.Between(0.08f, 0.2f)),
            2 => new Gradient(a, b, 0, height),
            _ => new Clouds(a, b, dice.Between(1, 3) / r, dice.Below(1000)),
        };
        to.Add(new Lathe(corners, round), new Material(glaze, dice.Between(0.4f, 0.9f), 80, dice.Between(0, 0.15f)), new(0, 0, round));
    }

    private static void Cup(Dice dice, Assembly to, float r, Quaternion turn)
    {
        float outer = 0.68f * r, half = outer * dice.Between(0.75f, 1.1f);
        Vector3 glaze = Finish.Color(dice), band = Finish.Color(dice);
        Texture texture = dice.Chance(0.5f) ? new Plain(glaze) : new Stripes([glaze, band, glaze, glaze], Vector3.UnitZ, 0.3f * half);
        to.Add(new Cup(outer, half, 0.14f * outer), new Material(texture, 0.8f, 70), new(0, 0, half), turn);
        to.Add(new RoundCylinder(0.87f * outer, 0.02f * outer), new Material(new Plain(Srgb.OfHex(dice.Pick(0x3B1E0E, 0x8A5A1E, 0xF4EFE4))), 0.3f, 120, 0.08f), new(0, 0, half * dice.Between(1.3f, 1.7f)));
    }

    private static void Fruit(Dice dice, Assembly to, float r)
    {
        var kind = dice.Below(3);
        var (a, b) = dice.Pick((0xD63A2A, 0xE7A33A), (0x8FB33A, 0xD8D45A), (0xF08A1E, 0xE86A12), (0x5A2A5A, 0x8A3A6A));
        Material skin = new(new Clouds(Srgb.OfHex(a), Srgb.OfHex(b), 1.5f / r, dice.Below(1000)), 0.6f, 60), stem = new(new Plain(Srgb.OfHex(0x5A3A1E)), 0.1f, 10);
        if (kind == 0)
        {
            to.Add(new Sphere(0.75f * r), skin, new(0, 0, 0.75f * r));
            to.Bar(new(0, 0, 1.45f * r), new(0.1f * r, 0, 1.75f * r), 0.05f * r, stem);
        }
        else if (kind == 1)
        {
            // A pear.
            to.Add(new RoundCone(0.7f * r, 0.36f * r, 0.8f * r), skin, new(0, 0, 0.7f * r));
            to.Bar(new(0, 0, 1.8f * r), new(0.08f * r, 0, 2.1f * r), 0.05f * r, stem);
        }
        else
        {
            // A heap of three.
            for (var i = 0; i < 3; i++)
            {
                var (sin, cos) = MathF.SinCos(i * MathF.Tau / 3);
                to.Add(new Sphere(0.46f * r), skin, new(0.53f * r * cos, 0.53f * r * sin, 0.46f * r));
            }
        }
    }

    private static void Books(Dice dice, Assembly to, float r, Quaternion turn)
    {
        var z = 0f;
        for (int i = 0, n = 1 + dice.Below(4); i < n; i++)
        {
            float half = r * dice.Between(0.07f, 0.16f), width = r * dice.Between(0.6f, 0.8f);
            var askew = turn * Quaternion.CreateFromAxisAngle(Vector3.UnitZ, dice.Between(-0.4f, 0.4f));
            to.Box(new(width, 0.7f * width, half), 0.02f * r, Finish.Paint(dice), new(0, 0, z + half), askew);
            to.Box(new(width * 0.98f, 0.7f * width + 0.004f, half * 0.7f), 0, new Material(new Plain(new Vector3(0.85f, 0.82f, 0.74f)), 0, 1), new(0, 0, z + half), askew);
            z += 2 * half;
        }
    }

    private static void Candle(Dice dice, Assembly to, float r, float height)
    {
        Vector3 wax = Finish.Color(dice);
        to.Add(new TwistedColumn(0.85f * r, 0.14f * r, 4 + dice.Below(4), dice.Between(2, 9), height / 2), new Material(new Helix(wax, Vector3.Lerp(wax, Vector3.One * 0.9f, 0.7f), 5, 7, 0.4f), 0.35f, 30), new(0, 0, height / 2));
        to.Add(new RoundCone(0.4f * r, 0.07f * r, 1.2f * r), new Material(new Gradient(Srgb.OfHex(0xFF7A10), Srgb.OfHex(0xFFE98A), 0, 0.9f * r), 0, 1, 0, 0.9f), new(0, 0, height + 0.35f * r));
    }

    private static void Teapot(Dice dice, Assembly to, float r, Quaternion turn)
    {
        var glaze = Finish.Paint(dice);
        var body = new SmoothUnion(
        [
            new Part(new Ellipsoid(new(r, r, 0.8f * r)), new(0, 0, 0.05f * r)),
            new Part(new Tube([new(0.8f * r, 0, -0.1f * r), new(1.15f * r, 0, 0.15f * r), new(1.4f * r, 0, 0.6f * r)], 0.14f * r)),
            new Part(new Torus(0.5f * r, 0.1f * r), new(-1.05f * r, 0, 0.1f * r), Quaternion.CreateFromAxisAngle(Vector3.UnitX, MathF.PI / 2)),
            new Part(new Sphere(0.16f * r), new(0, 0, 0.98f * r)),
        ], 0.2f * r);
        to.Add(body, glaze, new(0, 0, 0.78f * r), turn);
    }
}
