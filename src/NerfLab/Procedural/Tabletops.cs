using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Tabletops: a board, round or square, with two to six things on it that do not touch.</summary>
internal static class Tabletops
{
    private const float Top = -0.35f;

    public static IReadOnlyList<Thing> Draw(Dice dice)
    {
        var cloth = dice.Below(4) switch { 0 => Finish.Fabric(dice), 1 => Finish.Marble(dice), _ => Finish.Timber(dice)(0) };
        var table = new Assembly(default, 1);
        var round = dice.Chance(0.5f);
        if (round) table.Add(new RoundCylinder(0.95f, 0.035f, 0.02f), cloth, new(0, 0, Top - 0.035f));
        else table.Box(new(0.7f, 0.7f, 0.035f), 0.02f, cloth, new(0, 0, Top - 0.035f));
        if (dice.Chance(0.3f)) table.Add(new RoundCylinder(0.5f, 0.006f, 0.005f), Finish.Fabric(dice), new(0, 0, Top + 0.006f));
        var things = table.Things;
        foreach (var (at, r, number) in Places(dice, 2 + dice.Below(5), round ? 0.86f : 0.62f, square: !round, largest: 0.26f))
        {
            var ware = new Assembly(new Vector3(at, Top), number, dice.Between(0, MathF.Tau));
            Wares.Draw(dice, ware, r);
            things.AddRange(ware.Things);
        }
        return things;
    }

    /// <summary>Places for things that do not touch: drawn until one is free; what finds none is left out.</summary>
    /// <param name="dice">Draws them.</param>
    /// <param name="count">How many are wanted; the first is always there.</param>
    /// <param name="reach">How far from the middle things may reach.</param>
    /// <param name="square">Whether the ground is square.</param>
    /// <param name="largest">The largest radius.</param>
    /// <returns>Middle, radius, and a number for masks, from 2.</returns>
    public static List<(Vector2 At, float R, byte Number)> Places(Dice dice, int count, float reach, bool square, float largest)
    {
        var places = new List<(Vector2 At, float R, byte Number)>();
        for (var i = 0; i < count; i++)
        {
            var r = dice.Between(0.5f, 1) * largest;
            for (var attempt = 0; attempt < 20; attempt++)
            {
                var at = square ? new Vector2(dice.Between(-1, 1), dice.Between(-1, 1)) : OnDisc(dice);
                at *= reach - r;
                if (places.Any(p => Vector2.Distance(p.At, at) < 1.1f * (p.R + r))) continue;
                places.Add((at, r, (byte)(places.Count + 2)));
                break;
            }
        }
        return places;
    }

    private static Vector2 OnDisc(Dice dice)
    {
        var (sin, cos) = MathF.SinCos(dice.Between(0, MathF.Tau));
        return MathF.Sqrt(dice.Next()) * new Vector2(cos, sin);
    }
}
