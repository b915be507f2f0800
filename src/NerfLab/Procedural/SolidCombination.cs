using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>A solid within a larger one.</summary>
/// <param name="Solid">The shape.</param>
/// <param name="Position">Where its origin lies.</param>
/// <param name="Rotation">How it is turned; null leaves it upright.</param>
public sealed record Part(Solid Solid, Vector3 Position = default, Quaternion? Rotation = null)
{
    /// <summary>Signed distance from a point in the coordinates of the whole, or a lower bound.</summary>
    public float Distance(Vector3 p) => Solid.Distance(Rotation is { } q ? Vector3.Transform(p - Position, Quaternion.Conjugate(Quaternion.Normalize(q))) : p - Position);

    // Half the sides of a box about the origin of the whole.
    internal Vector3 Extent
    {
        get
        {
            var e = Solid.Extent;
            if (Rotation is not { } r) return Vector3.Abs(Position) + e;
            var q = Quaternion.Normalize(r);
            return Vector3.Abs(Position) + e.X * Vector3.Abs(Vector3.Transform(Vector3.UnitX, q)) + e.Y * Vector3.Abs(Vector3.Transform(Vector3.UnitY, q)) + e.Z * Vector3.Abs(Vector3.Transform(Vector3.UnitZ, q));
        }
    }
}

/// <summary>Solids that flow into each other where they are near; a lower bound.</summary>
/// <param name="Parts">At least one, at most 64.</param>
/// <param name="Width">How near: the surfaces are joined by a fillet of about this size.</param>
public sealed record SmoothUnion(Part[] Parts, float Width) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p)
    {
        var distance = Parts[0].Distance(p);
        for (var i = 1; i < Parts.Length; i++) distance = SmoothMinimum(distance, Parts[i].Distance(p), Width);
        return distance;
    }

    /// <inheritdoc/>
    public override Vector3 Extent => Parts.Aggregate(Vector3.Zero, (most, part) => Vector3.Max(most, part.Extent)) + new Vector3(Width / 4 * (Parts.Length - 1));

    internal override string? Complaint()
    {
        if (Parts.Length is < 1 or > 64) return $"parts has {Parts.Length} solids; 1 to 64 are expected";
        for (var i = 0; i < Parts.Length; i++)
            if (Parts[i].Solid.Complaint() is { } complaint) return $"parts[{i}].solid.{complaint}";
        return Positive(("width", Width));
    }
}

/// <summary>A solid from which another one is cut; a lower bound.</summary>
/// <param name="Body">What is left of.</param>
/// <param name="Cut">What is taken away.</param>
public sealed record Difference(Solid Body, Part Cut) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p) => MathF.Max(Body.Distance(p), -Cut.Distance(p));

    /// <inheritdoc/>
    public override Vector3 Extent => Body.Extent;

    internal override string? Complaint() => Body.Complaint() is { } body ? $"body.{body}" : Cut.Solid.Complaint() is { } cut ? $"cut.solid.{cut}" : null;
}

/// <summary>The skin of a solid; a lower bound.</summary>
/// <param name="Body">The solid whose surface is the middle of the skin.</param>
/// <param name="Wall">The thickness of the skin.</param>
public sealed record Shell(Solid Body, float Wall) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p) => MathF.Abs(Body.Distance(p)) - Wall / 2;

    /// <inheritdoc/>
    public override Vector3 Extent => Body.Extent + new Vector3(Wall / 2);

    internal override string? Complaint() => Body.Complaint() is { } body ? $"body.{body}" : Positive(("wall", Wall));
}

/// <summary>A solid in another size; as exact as the solid.</summary>
/// <param name="Body">The solid in its own size.</param>
/// <param name="Factor">How many times larger it is, above 0.</param>
public sealed record Scaled(Solid Body, float Factor) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p) => Factor * Body.Distance(p / Factor);

    /// <inheritdoc/>
    public override Vector3 Extent => Factor * Body.Extent;

    internal override string? Complaint() => Body.Complaint() is { } body ? $"body.{body}" : Positive(("factor", Factor));
}
