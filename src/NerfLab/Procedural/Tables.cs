using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Tables: six shapes of top, seven ways to stand, with shelves, drawers and aprons.</summary>
internal static class Tables
{
    public static IReadOnlyList<Thing> Draw(Dice dice)
    {
        var shape = dice.Below(6);
        float height = dice.Between(0.5f, 1.05f), length = dice.Between(0.5f, 0.85f), width = shape is 0 or 3 ? length : dice.Between(0.3f, 0.55f), thick = dice.Between(0.015f, 0.05f);
        // The corners of the top stay within the cube's sphere.
        var most = MathF.Sqrt(0.98f - height * height / 4);
        var fit = MathF.Min(1, most / (shape is 0 or 1 or 3 ? length : MathF.Sqrt(length * length + width * width)));
        (length, width) = (length * fit, width * fit);
        var frame = Finish.Frame(dice);
        var top = dice.Next() switch { < 0.5f => frame(0), < 0.7f => Finish.Marble(dice), < 0.85f => Finish.Paint(dice), _ => Finish.Timber(dice)(0) };
        var table = new Assembly(new Vector3(0, 0, -height / 2));
        Top(table, dice, shape, length, width, thick, height, top);
        Stand(table, dice, frame, shape is 0 or 1 or 3, length, width, height - 2 * thick);
        return table.Things;
    }

    private static void Top(Assembly table, Dice dice, int shape, float length, float width, float thick, float height, Material material)
    {
        Vector3 at = new(0, 0, height - thick);
        var edge = dice.Between(0.2f, 0.95f) * thick;
        switch (shape)
        {
            case 0:
                table.Add(new RoundCylinder(length, thick, edge), material, at);
                break;
            case 1:
            case 3:
                // An oval, or a polygon of five to eight corners.
                int corners = shape == 1 ? 32 : 5 + dice.Below(4);
                var outline = new Vector2[corners];
                for (var i = 0; i < corners; i++)
                {
                    var (sin, cos) = MathF.SinCos(MathF.Tau * (i + 0.5f) / corners);
                    outline[i] = new Vector2((length - edge) * cos, (width - edge) * sin);
                }
                // Drawn out along y, so it is laid down.
                table.Add(new Extrusion(outline, thick - edge * 0.99f, edge), material, at, Quaternion.CreateFromAxisAngle(Vector3.UnitX, MathF.PI / 2));
                break;
            default:
                table.Box(new(length, width, thick), shape == 4 ? thick : edge, material, at);
                break;
        }
    }

    private static void Stand(Assembly table, Dice dice, Func<int, Material> frame, bool oval, float length, float width, float height)
    {
        var kind = dice.Below(7);
        float r = dice.Between(0.022f, 0.05f), inset = oval ? 0.66f : dice.Between(0.8f, 0.95f), x = inset * length - r, y = inset * width - r;
        switch (kind)
        {
            case 0:
                // One turned column.
                float foot = dice.Between(0.45f, 0.75f) * MathF.Min(length, width), waist = dice.Between(0.04f, 0.08f);
                table.Add(new Lathe([new(0, 0), new(foot, 0), new(foot * 0.95f, 0.04f), new(0.3f * foot, 0.1f), new(waist, 0.3f * height), new(1.5f * waist, 0.5f * height), new(0.8f * waist, 0.75f * height), new(0.5f * foot, height), new(0, height)], 0.003f), frame(2), default);
                return;
            case 1:
                // Two trestles and a beam.
                foreach (var sx in (int[])[-1, 1])
                {
                    table.Box(new(r, 0.9f * y, 0.6f * r), 0.01f, frame(1), new(sx * 0.75f * x, 0, 0.6f * r));
                    table.Box(new(r, 0.3f * y, height / 2), 0.01f, frame(2), new(sx * 0.75f * x, 0, height / 2));
                }
                table.Box(new(0.75f * x, 0.6f * r, 1.2f * r), 0.01f, frame(0), new(0, 0, 0.35f * height));
                return;
            case 2:
                // Crossed legs at both ends.
                foreach (var sx in (int[])[-1, 1])
                {
                    table.Beam(new(sx * 0.85f * x, -y, 0.01f), new(sx * 0.85f * x, y, height - r), 0.8f * r, frame(1));
                    table.Beam(new(sx * (0.85f * x - 1.6f * r), y, 0.01f), new(sx * (0.85f * x - 1.6f * r), -y, height - r), 0.8f * r, frame(1));
                }
                return;
            case 3:
                // Solid sides, with drawers under the top.
                foreach (var sx in (int[])[-1, 1]) table.Box(new(0.5f * r, y, height / 2), 0.008f, frame(2), new(sx * x, 0, height / 2));
                var drawers = 1 + dice.Below(3);
                for (var i = 0; i < drawers; i++)
                {
                    Vector3 at = new(x * (2 * (i + 0.5f) / drawers - 1), -0.02f, height - 0.09f);
                    table.Box(new(x / drawers - 0.012f, y, 0.085f), 0.012f, frame(0), at);
                    table.Add(new Sphere(0.022f), Finish.Metal(dice), at + new Vector3(0, -y - 0.012f, 0));
                }
                return;
        }
        var splay = kind == 5 ? dice.Between(0.03f, 0.1f) : 0;
        foreach (var sx in (int[])[-1, 1])
            foreach (var sy in (int[])[-1, 1])
            {
                Vector3 top = new(sx * x * (1 - splay), sy * y * (1 - splay), height), low = new(sx * x, sy * y, 0);
                if (kind == 4) table.TurnedLeg(low, height, 1.3f * r, frame(2));
                else if (kind == 5) table.Bar(low + new Vector3(0, 0, 0.7f * r), top, 0.7f * r, frame(2));
                else table.Beam(low, top, r, frame(2));
            }
        if (dice.Chance(0.5f))
        {
            var apron = dice.Between(0.03f, 0.08f);
            foreach (var s in (int[])[-1, 1])
            {
                table.Box(new(x, 0.012f, apron), 0.004f, frame(0), new(0, s * y, height - apron));
                table.Box(new(0.012f, y, apron), 0.004f, frame(1), new(s * x, 0, height - apron));
            }
        }
        if (dice.Chance(0.3f)) table.Box(new(x, y, 0.014f), 0.008f, frame(0), new(0, 0, dice.Between(0.2f, 0.45f) * height));
    }
}
