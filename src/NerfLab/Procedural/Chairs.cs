using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Chairs: seats round or square, seven kinds of back, six kinds of legs, with or without arms and cushions.</summary>
internal static class Chairs
{
    public static IReadOnlyList<Thing> Draw(Dice dice)
    {
        float width = dice.Between(0.36f, 0.52f), depth = dice.Between(0.36f, 0.5f), seat = dice.Between(0.62f, 0.8f), thick = dice.Between(0.025f, 0.06f);
        var back = dice.Below(8);
        var rise = back == 7 ? 0 : dice.Between(0.55f, 0.85f);
        if (back == 7) seat += dice.Between(0, 0.4f); // a stool
        var frame = Finish.Frame(dice);
        var seatFinish = dice.Chance(0.45f) ? frame(0) : dice.Chance(0.5f) ? Finish.Fabric(dice) : Finish.Paint(dice);
        var round = dice.Chance(back == 7 ? 0.7f : 0.25f);
        var chair = new Assembly(new Vector3(0, 0, -(seat + rise) / 2));

        Legs(chair, dice, frame, width, depth, seat - 2 * thick, round);
        if (round) chair.Add(new RoundCylinder(width, thick, 0.8f * thick), seatFinish, new(0, 0, seat - thick));
        else chair.Box(new(width, depth, thick), dice.Between(0.2f, 1) * thick, seatFinish, new(0, 0, seat - thick));
        if (dice.Chance(0.3f))
            chair.Add(round ? new RoundCylinder(width * 0.92f, 0.045f, 0.04f) : new RoundBox(new(width * 0.93f, depth * 0.93f, 0.045f), 0.04f), Finish.Fabric(dice), new(0, 0, seat + 0.03f));
        if (rise == 0) return chair.Things;
        // A round seat carries its back on a shorter chord.
        if (round) (width, depth) = (width * 0.72f, depth * 0.8f);
        Back(chair, dice, back, frame, width, depth, seat, rise);
        if (dice.Chance(0.35f)) Arms(chair, dice, frame, width, depth, seat);
        return chair.Things;
    }

    private static void Legs(Assembly chair, Dice dice, Func<int, Material> frame, float width, float depth, float height, bool round)
    {
        var kind = dice.Below(6);
        float r = dice.Between(0.022f, 0.045f), splay = kind == 1 ? dice.Between(0.04f, 0.13f) : 0, inset = round ? 0.68f : 0.92f;
        if (kind == 4)
        {
            // One column on a star of feet or a plate.
            chair.Bar(new(0, 0, 0.06f), new(0, 0, height), 1.3f * r, frame(2));
            if (dice.Chance(0.5f)) chair.Add(new RoundCylinder(0.8f * width, 0.025f, 0.02f), frame(0), new(0, 0, 0.025f));
            else
                for (int i = 0, n = 4 + dice.Below(2); i < n; i++)
                {
                    var (sin, cos) = MathF.SinCos(MathF.Tau * (i + 0.5f) / n);
                    chair.Bar(new(0, 0, 0.09f), new(0.95f * width * cos, 0.95f * width * sin, r), r, frame(0));
                }
            return;
        }
        for (var sx = -1; sx <= 1; sx += 2)
        {
            float x = sx * (inset * width - r), low = sx * (inset * width - r + splay), front = -(inset * depth - r), rear = inset * depth - r;
            if (kind == 5)
            {
                // Sledges: two bent tubes.
                chair.Add(new Tube([new(x, front, height), new(x, front - splay, r), new(x, rear + splay, r), new(x, rear, height)], r), frame(2), default);
                continue;
            }
            foreach (var y in (float[])[front, rear])
            {
                Vector3 top = new(x, y, height), foot = new(low, y + float.Sign(y) * splay, 0);
                if (kind == 2) chair.TurnedLeg(foot, height, 1.35f * r, frame(2));
                else if (kind == 3) chair.Bar(foot + new Vector3(0, 0, r), top, r, frame(2));
                else chair.Beam(foot, top, r, frame(2));
            }
            if (dice.Chance(0.4f)) chair.Bar(new(sx * (inset * width - r + splay / 2), front, height * 0.4f), new(sx * (inset * width - r + splay / 2), rear, height * 0.4f), 0.6f * r, frame(1));
        }
        if (kind != 5 && dice.Chance(0.4f)) chair.Bar(new(-inset * width + r, 0, height * 0.4f), new(inset * width - r, 0, height * 0.4f), 0.6f * r, frame(0));
    }

    private static void Back(Assembly chair, Dice dice, int kind, Func<int, Material> frame, float width, float depth, float seat, float rise)
    {
        float r = dice.Between(0.02f, 0.04f), tilt = dice.Between(0.02f, 0.22f) * rise, half = 0.95f * width - r;
        Vector3 At(float x, float h) => new(x, depth - r + tilt * h, seat + h * (rise - r)); // h from 0 to 1
        var lean = Quaternion.CreateFromAxisAngle(Vector3.UnitX, -MathF.Atan2(tilt, rise));
        var count = 2 + dice.Below(6);
        var panel = dice.Chance(0.5f) ? frame(0) : Finish.Fabric(dice);
        if (kind is 0 or 6)
        {
            // A board or an upholstered back, from the seat or above a gap.
            float from = kind == 0 ? 0 : dice.Between(0.25f, 0.5f), thick = kind == 0 ? dice.Between(0.02f, 0.05f) : 0.05f;
            var middle = At(0, (1 + from) / 2);
            chair.Box(new(half, thick, (1 - from) * rise / 2), dice.Chance(0.5f) ? thick : 0.01f, panel, middle, lean);
            if (from > 0)
                foreach (var sx in (int[])[-1, 1]) chair.Bar(At(sx * half * 0.7f, -0.02f), At(sx * half * 0.7f, from + 0.1f), r, frame(2));
            return;
        }
        foreach (var sx in (int[])[-1, 1]) chair.Bar(At(sx * half, -0.04f), At(sx * half, 1), r, frame(2));
        chair.Bar(At(-half, 1), At(half, 1), kind == 5 ? 2 * r : 1.2f * r, frame(0));
        if (kind is 1 or 4)
        {
            // Upright bars, thin ones as spindles.
            if (kind == 4) count += 2;
            for (var i = 0; i < count; i++)
            {
                var x = half * (2 * (i + 0.5f) / count - 1);
                if (kind == 4) chair.Bar(At(x, 0), At(x, 1), 0.45f * r, frame(2));
                else chair.Box(new(MathF.Min(0.35f * half / count + 0.01f, 0.07f), 0.014f, rise / 2), 0.008f, frame(2), At(x, 0.5f), lean);
            }
        }
        else if (kind is 2 or 5)
        {
            // A ladder.
            count = int.Max(2, count / 2);
            for (var i = 0; i < count; i++) chair.Box(new(half, 0.014f, dice.Between(0.03f, 0.06f)), 0.008f, frame(0), At(0, (i + 0.8f) / (count + 0.6f)), lean);
        }
        else
        {
            // A cross or a ring within the frame.
            if (dice.Chance(0.5f))
            {
                chair.Bar(At(-half, 0.15f), At(half, 0.95f), 0.7f * r, frame(0));
                chair.Bar(At(half, 0.15f), At(-half, 0.95f), 0.7f * r, frame(0));
            }
            else chair.Add(new Torus(0.62f * MathF.Min(half, rise / 2), 0.8f * r), frame(0), At(0, 0.55f), lean * Quaternion.CreateFromAxisAngle(Vector3.UnitX, MathF.PI / 2));
            chair.Bar(At(-half, 0.15f), At(half, 0.15f), 0.8f * r, frame(0));
        }
    }

    private static void Arms(Assembly chair, Dice dice, Func<int, Material> frame, float width, float depth, float seat)
    {
        float height = seat + dice.Between(0.22f, 0.36f), front = -depth * dice.Between(0.5f, 0.85f), r = dice.Between(0.022f, 0.035f);
        foreach (var sx in (int[])[-1, 1])
        {
            var x = sx * (width - r);
            chair.Bar(new(x, front, seat - 0.03f), new(x, front, height), r, frame(2));
            chair.Box(new(1.4f * r, (depth - front) / 2 + r, 0.7f * r), 0.5f * r, frame(1), new(x, (depth + front) / 2, height));
        }
    }
}
