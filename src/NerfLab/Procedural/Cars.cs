using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Cars: saloons, hatchbacks, estates, sports cars, off-roaders, vans and pickups, from a side view that is drawn across.</summary>
internal static class Cars
{
    // Where hood, windscreen, roof and rear window begin and end, as shares of the length from front (-1) to rear (1).
    private static readonly (float Hood, float Front, float Rear, float Tail, float Height, float Roof)[] s_bodies =
    [
        (-0.3f, -0.02f, 0.42f, 0.68f, 0.3f, 0.27f),   // saloon
        (-0.32f, -0.05f, 0.72f, 0.93f, 0.32f, 0.3f),  // hatchback
        (-0.34f, -0.06f, 0.86f, 0.97f, 0.31f, 0.28f), // estate
        (-0.16f, 0.14f, 0.3f, 0.75f, 0.25f, 0.2f),    // sports car
        (-0.42f, -0.22f, 0.88f, 0.95f, 0.42f, 0.36f), // off-roader
        (-0.82f, -0.62f, 0.95f, 0.98f, 0.46f, 0.44f), // van
        (-0.4f, -0.2f, 0.1f, 0.16f, 0.36f, 0.32f),    // pickup
    ];

    public static IReadOnlyList<Thing> Draw(Dice dice)
    {
        var kind = dice.Below(s_bodies.Length);
        var (hood, front, rear, tail, belt, roof) = s_bodies[kind];
        float length = dice.Between(0.74f, 0.88f) * (kind == 3 ? 0.95f : 1), half = dice.Between(0.3f, 0.36f), wheel = dice.Between(0.13f, 0.17f) * (kind is 4 or 6 ? 1.2f : 1);
        float clear = wheel * dice.Between(0.7f, 0.95f), nose = dice.Between(0.6f, 0.95f), raise = clear + belt * dice.Between(0.92f, 1.1f);
        roof *= dice.Between(0.9f, 1.1f);
        float shift = dice.Between(-0.04f, 0.04f), round = 0.035f;
        var paint = new Material(dice.Chance(0.15f) ? new Stripes([Finish.Color(dice), Finish.Color(dice)], Vector3.UnitZ, dice.Between(0.1f, 0.25f)) : new Plain(Finish.Color(dice)), 0.9f, 120, dice.Between(0.08f, 0.25f));
        Material glass = new(new Plain(new Vector3(0.02f, 0.025f, 0.03f)), 1, 200, 0.3f), trim = new(new Plain(new Vector3(0.03f)), 0.4f, 40), chrome = new(new Plain(Srgb.OfHex(0xC9D2DA)), 0.8f, 140, 0.7f);
        var car = new Assembly(new Vector3(0, 0, -(raise + roof) / 2));
        float L(float share) => (share + shift) * length;

        // The lower body, with its wheel arches cut out; the front is at -x and turned towards -y below.
        float axleFront = -0.62f * length, axleRear = 0.62f * length, bed = kind == 6 ? clear + 0.62f * (raise - clear) : raise;
        Vector2[] side =
        [
            new(-length + round, clear + 0.06f), new(-length + round, clear + nose * 0.62f * (raise - clear)), new(-0.93f * length, clear + nose * (raise - clear)), new(L(hood), raise - round),
            new(L(tail), raise - round), new(kind == 6 ? L(tail) + 0.01f : 0.96f * length, bed - round), new(length - round, bed - 0.03f - round), new(length - round, clear + 0.06f), new(0.94f * length, clear), new(-0.94f * length, clear),
        ];
        Quaternion across = Quaternion.CreateFromAxisAngle(Vector3.UnitX, MathF.PI / 2), ahead = Quaternion.CreateFromAxisAngle(Vector3.UnitZ, MathF.PI / 2);
        Solid body = new Extrusion(side, half - round, round);
        foreach (var axle in (float[])[axleFront, axleRear]) body = new Difference(body, new Part(new RoundCylinder(1.16f * wheel, half + 0.1f, 0), new(axle, 0, wheel), across));
        if (kind == 6) body = new Difference(body, new Part(new RoundBox(new(0.5f * (0.95f * length - L(tail)) - 0.03f, half - 0.05f, 0.2f), 0.01f), new(0.5f * (0.95f * length + L(tail)) + 0.02f, 0, bed + 0.05f)));
        Add(body, paint, default);

        // The cabin: painted, with glass let in on all sides.
        Vector2 a = new(L(hood), raise - 0.02f), b = new(L(front), raise + roof - round), c = new(L(rear), raise + roof - round), d = new(L(tail) - (kind == 6 ? round : 0), raise - 0.02f);
        var inner = 0.9f * half;
        Add(new Extrusion([a, b, c, d], inner - round, round), paint, default);
        var (low, high) = (0.2f, 0.86f);
        Vector2 Mix(Vector2 p, Vector2 q, float t) => p + t * (q - p);
        Vector2 fl = Mix(a, b, low), fh = Mix(a, b, high), rl = Mix(d, c, low), rh = Mix(d, c, high);
        var frame = new Vector2(0.05f, 0);
        Add(new Extrusion([fl + frame, fh + frame, rh - frame, rl - frame], inner + 0.004f, 0), glass, default);
        var pane = new Vector2(round + 0.006f, 0);
        Add(new Extrusion([fl - pane, fh - pane, fh, fl], 0.84f * inner, 0), glass, default);
        if (kind != 6) Add(new Extrusion([rl + pane, rh + pane, rh, rl], 0.84f * inner, 0), glass, default);
        if (kind != 6) Add(new RoundBox(new(0.012f, inner + 0.006f, 0.45f * roof), 0.005f), paint, new(0.5f * (L(front) + L(rear)) * 0.9f, 0, raise + 0.45f * roof));

        // Wheels, lights, bumpers, mirrors.
        var spokes = dice.Below(4);
        foreach (var axle in (float[])[axleFront, axleRear])
            foreach (var sy in (int[])[-1, 1])
            {
                var y = sy * (half - 0.055f);
                Add(new RoundCylinder(wheel, 0.06f, 0.025f), trim, new(axle, y, wheel), across);
                Add(new RoundCylinder(0.62f * wheel, 0.012f, 0.008f), chrome, new(axle, y + sy * 0.052f, wheel), across);
                Add(spokes switch { 0 => new Sphere(0.022f), 1 => new Torus(0.36f * wheel, 0.012f), 2 => new RoundBox(new(0.55f * wheel, 0.02f, 0.012f), 0.006f), _ => new RoundBox(new(0.02f, 0.02f, 0.55f * wheel), 0.006f) },
                    trim, new(axle, y + sy * 0.062f, wheel), spokes == 1 ? across : null);
            }
        var lamp = clear + nose * 0.5f * (raise - clear);
        foreach (var sy in (int[])[-1, 1])
        {
            Add(new Ellipsoid(new(0.03f, dice.Chance(0.5f) ? 0.05f : 0.08f, 0.04f)), new Material(new Plain(new(0.95f, 0.95f, 0.85f)), 1, 150, 0.2f, 0.3f), new(-length + 0.015f, sy * 0.68f * half, lamp));
            Add(new RoundBox(new(0.02f, 0.06f, 0.04f), 0.012f), new Material(new Plain(new(0.6f, 0.01f, 0.01f)), 0.9f, 120, 0, 0.25f), new(length - 0.012f, sy * 0.75f * half, clear + 0.72f * (bed - clear)));
            Add(new Ellipsoid(new(0.025f, 0.04f, 0.028f)), dice.Chance(0.5f) ? paint : trim, new(L(hood) + 0.1f, sy * (half + 0.02f), raise + 0.05f));
        }
        foreach (var sx in (int[])[-1, 1]) Add(new RoundBox(new(0.035f, 0.92f * half, 0.035f), 0.03f), dice.Chance(0.5f) ? trim : chrome, new(sx * (length - 0.02f), 0, clear + 0.07f));
        Add(new RoundBox(new(0.012f, 0.45f * half, 0.035f), 0.01f), trim, new(-length + 0.012f, 0, lamp - 0.02f));
        if (kind is 4 or 2 && dice.Chance(0.6f))
            foreach (var sy in (int[])[-1, 1]) Add(new Tube([new(L(front), 0, 0), new(L(rear) - 0.05f, 0, 0)], 0.014f), chrome, new(0, sy * 0.7f * inner, raise + roof + 0.02f));
        if (kind == 3 && dice.Chance(0.6f)) Add(new RoundBox(new(0.06f, 0.9f * half, 0.012f), 0.01f), paint, new(0.93f * length, 0, raise + 0.06f));
        return car.Things;

        void Add(Solid solid, Material material, Vector3 at, Quaternion? rotation = null) =>
            car.Add(solid, material, Vector3.Transform(at, ahead), rotation is { } r ? ahead * r : ahead);
    }
}
