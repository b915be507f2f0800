using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>An ellipsoid along the axes; a lower bound.</summary>
/// <param name="Half">Half its axes.</param>
public sealed record Ellipsoid(Vector3 Half) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p) => ((p / Half).Length() - 1) * MathF.Min(Half.X, MathF.Min(Half.Y, Half.Z));

    /// <inheritdoc/>
    public override Vector3 Extent => Half;

    internal override string? Complaint() => Positive(("half[0]", Half.X), ("half[1]", Half.Y), ("half[2]", Half.Z));
}

/// <summary>A round tube along a chain of points, with balls at its ends and corners; exact.</summary>
/// <param name="Points">At least 2, at most 64.</param>
/// <param name="R">Its radius.</param>
public sealed record Tube(Vector3[] Points, float R) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p)
    {
        var nearest = float.PositiveInfinity;
        for (var i = 1; i < Points.Length; i++)
        {
            Vector3 from = Points[i - 1], along = Points[i] - from, to = p - from;
            var t = float.Clamp(Vector3.Dot(to, along) / MathF.Max(along.LengthSquared(), 1e-20f), 0, 1);
            nearest = MathF.Min(nearest, (to - t * along).LengthSquared());
        }
        return MathF.Sqrt(nearest) - R;
    }

    /// <inheritdoc/>
    public override Vector3 Extent => Points.Aggregate(Vector3.Zero, (most, p) => Vector3.Max(most, Vector3.Abs(p))) + new Vector3(R);

    internal override string? Complaint() => Points.Length is >= 2 and <= 64 ? Positive(("r", R)) : $"points has {Points.Length} points; 2 to 64 are expected";
}

/// <summary>A turned body: an outline that is swung around the z axis; exact.</summary>
/// <param name="Outline">Corners (distance from the axis, height) of a closed polygon, 3 to 64.</param>
/// <param name="Round">How much is added all around, which rounds the corners.</param>
public sealed record Lathe(Vector2[] Outline, float Round = 0) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p) => Polygon.Distance(Outline, new Vector2(Length(p.X, p.Y), p.Z), aroundAxis: true) - Round;

    /// <inheritdoc/>
    public override Vector3 Extent => new(Outline.Max(c => c.X) + Round, Outline.Max(c => c.X) + Round, Outline.Max(c => MathF.Abs(c.Y)) + Round);

    internal override string? Complaint() => Polygon.Complaint(Outline, Round)
        ?? (Outline.All(c => c.X >= 0) ? null : FormattableString.Invariant($"outline has a corner at {Outline.Min(c => c.X)} from the axis; 0 or more is expected"));
}

/// <summary>An outline in the plane of x and z, drawn out along y; exact.</summary>
/// <param name="Outline">Corners (x, z) of a closed polygon, 3 to 64.</param>
/// <param name="HalfDepth">Half its length along y, without the rounding.</param>
/// <param name="Round">How much is added all around, which rounds edges and corners.</param>
public sealed record Extrusion(Vector2[] Outline, float HalfDepth, float Round = 0) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p)
    {
        float side = Polygon.Distance(Outline, new Vector2(p.X, p.Z), aroundAxis: false), end = MathF.Abs(p.Y) - HalfDepth;
        return MathF.Min(MathF.Max(side, end), 0) + Length(MathF.Max(side, 0), MathF.Max(end, 0)) - Round;
    }

    /// <inheritdoc/>
    public override Vector3 Extent => new Vector3(Outline.Max(c => MathF.Abs(c.X)), HalfDepth, Outline.Max(c => MathF.Abs(c.Y))) + new Vector3(Round);

    internal override string? Complaint() => Polygon.Complaint(Outline, Round) ?? Positive(("halfDepth", HalfDepth));
}

/// <summary>Closed polygons in a plane.</summary>
internal static class Polygon
{
    /// <summary>Signed distance, negative inside; the side of the corners does not matter.</summary>
    /// <param name="corners">The corners in turn.</param>
    /// <param name="p">The point.</param>
    /// <param name="aroundAxis">Whether the shape is swung around x = 0, so that edges there are inside of it.</param>
    public static float Distance(Vector2[] corners, Vector2 p, bool aroundAxis)
    {
        var (nearest, inside) = (float.PositiveInfinity, false);
        var from = corners[^1];
        foreach (var to in corners)
        {
            Vector2 edge = to - from, w = p - from;
            if (!aroundAxis || from.X > 0 || to.X > 0)
                nearest = MathF.Min(nearest, (w - float.Clamp(Vector2.Dot(w, edge) / MathF.Max(edge.LengthSquared(), 1e-20f), 0, 1) * edge).LengthSquared());
            // A ray to the right crosses the edge.
            if (from.Y > p.Y != to.Y > p.Y && p.X < from.X + (p.Y - from.Y) / (to.Y - from.Y) * edge.X) inside = !inside;
            from = to;
        }
        return inside ? -MathF.Sqrt(nearest) : MathF.Sqrt(nearest);
    }

    public static string? Complaint(Vector2[] corners, float round) =>
        corners.Length is < 3 or > 64 ? $"outline has {corners.Length} corners; 3 to 64 are expected"
        : !(round >= 0) ? FormattableString.Invariant($"round is {round}; 0 or more is expected")
        : MathF.Abs(Area(corners)) > 1e-9f ? null : "outline has no area; a polygon is expected";

    private static float Area(Vector2[] corners)
    {
        var (sum, from) = (0f, corners[^1]);
        foreach (var to in corners) (sum, from) = (sum + from.X * to.Y - to.X * from.Y, to);
        return sum / 2;
    }
}
