using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Things that are put together piece by piece, in coordinates of their own.</summary>
/// <param name="origin">Where these coordinates begin.</param>
/// <param name="number">The number of the object in masks, 1 to 255.</param>
/// <param name="turn">How all of it is turned about z, in radians.</param>
internal sealed class Assembly(Vector3 origin, byte number = 1, float turn = 0)
{
    private readonly Quaternion _turn = Quaternion.CreateFromAxisAngle(Vector3.UnitZ, turn);

    /// <summary>What there is so far.</summary>
    public List<Thing> Things { get; } = [];

    /// <summary>A solid at a place.</summary>
    public void Add(Solid solid, Material material, Vector3 at, Quaternion? rotation = null)
    {
        Quaternion? whole = turn == 0 ? rotation : rotation is { } r ? _turn * r : _turn;
        Things.Add(new Thing(solid, material, origin + Vector3.Transform(at, _turn), whole) { Object = number });
    }

    /// <summary>A box with its middle at a place.</summary>
    public void Box(Vector3 half, float round, Material material, Vector3 at, Quaternion? rotation = null) =>
        Add(new RoundBox(half, MathF.Min(round, MathF.Min(half.X, MathF.Min(half.Y, half.Z)))), material, at, rotation);

    /// <summary>A round bar between two points.</summary>
    public void Bar(Vector3 from, Vector3 to, float r, Material material)
    {
        var middle = (from + to) / 2;
        Add(new Tube([from - middle, to - middle], r), material, middle);
    }

    /// <summary>A square bar between two points, from which it is <paramref name="half"/> wide in both directions.</summary>
    public void Beam(Vector3 from, Vector3 to, float half, Material material)
    {
        var along = to - from;
        var length = along.Length();
        var axis = Vector3.Cross(Vector3.UnitZ, along / length);
        Quaternion? rotation = axis.LengthSquared() < 1e-8f ? null : Quaternion.CreateFromAxisAngle(Vector3.Normalize(axis), MathF.Acos(float.Clamp(along.Z / length, -1, 1)));
        Box(new Vector3(half, half, length / 2), half * 0.3f, material, (from + to) / 2, rotation);
    }

    /// <summary>A turned leg from its foot upwards.</summary>
    public void TurnedLeg(Vector3 foot, float height, float r, Material material)
    {
        float h = height / 2;
        Add(new Lathe([new(0, -h), new(0.55f * r, -h), new(0.7f * r, -0.8f * h), new(0.5f * r, -0.72f * h), new(r, -0.1f * h), new(0.6f * r, 0.3f * h), new(0.95f * r, 0.38f * h), new(0.95f * r, 0.45f * h), new(0.6f * r, 0.52f * h), new(0.9f * r, h), new(0, h)]),
            material, foot + new Vector3(0, 0, h));
    }
}
