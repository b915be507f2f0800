using System.Numerics;
using System.Text.Json.Serialization;

namespace NerfLab.Procedural;

/// <summary>
/// A shape as a signed distance in its own coordinates: negative inside, zero on the surface, and outside never more than the
/// true distance, so that a ray may safely go that far.
/// </summary>
/// <remarks>Sphere tracing: J. C. Hart, The Visual Computer 1996.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Sphere), "sphere")]
[JsonDerivedType(typeof(HalfSpace), "half-space")]
[JsonDerivedType(typeof(RoundBox), "box")]
[JsonDerivedType(typeof(RoundCylinder), "cylinder")]
[JsonDerivedType(typeof(Torus), "torus")]
[JsonDerivedType(typeof(RoundCone), "cone")]
[JsonDerivedType(typeof(Ellipsoid), "ellipsoid")]
[JsonDerivedType(typeof(Tube), "tube")]
[JsonDerivedType(typeof(Lathe), "lathe")]
[JsonDerivedType(typeof(Extrusion), "extrusion")]
[JsonDerivedType(typeof(TwistedColumn), "column")]
[JsonDerivedType(typeof(Cup), "cup")]
[JsonDerivedType(typeof(SmoothUnion), "smooth-union")]
[JsonDerivedType(typeof(Difference), "difference")]
[JsonDerivedType(typeof(Shell), "shell")]
[JsonDerivedType(typeof(Scaled), "scaled")]
public abstract record Solid
{
    /// <summary>Signed distance, or a lower bound of its size, from a point to the surface.</summary>
    public abstract float Distance(Vector3 p);

    /// <summary>Half the sides of a box about the origin that holds the shape; a ray that misses it need not be marched.</summary>
    public abstract Vector3 Extent { get; }

    /// <summary>What is wrong with the sizes, as "key is value; x is expected"; null when nothing is.</summary>
    internal virtual string? Complaint() => null;

    private protected static string? Positive(params ReadOnlySpan<(string Key, float Value)> lengths)
    {
        foreach (var (key, value) in lengths)
            if (!(value > 0)) return FormattableString.Invariant($"{key} is {value}; a length above 0 is expected");
        return null;
    }

    private protected static string? WithinHalf(string key, float round, params ReadOnlySpan<float> halves)
    {
        foreach (var half in halves)
            if (!(round >= 0 && round <= half)) return FormattableString.Invariant($"{key} is {round}; 0 up to the smallest half side, {half}, is expected");
        return null;
    }

    // Distance from a point (x, y) in a plane to a rectangle of half sides (w, h) whose corners have radius r.
    private protected static float RoundRectangle(float x, float y, float w, float h, float r)
    {
        float dx = x - w + r, dy = y - h + r;
        return MathF.Min(MathF.Max(dx, dy), 0) + Length(MathF.Max(dx, 0), MathF.Max(dy, 0)) - r;
    }

    // A minimum without the edge: its gradient is a mean of both gradients, so distances stay safe.
    private protected static float SmoothMinimum(float a, float b, float k)
    {
        var h = MathF.Max(k - MathF.Abs(a - b), 0) / k;
        return MathF.Min(a, b) - h * h * k / 4;
    }

    private protected static float Length(float x, float y) => MathF.Sqrt(x * x + y * y);
}

/// <summary>A ball; exact.</summary>
/// <param name="R">Its radius.</param>
public sealed record Sphere(float R) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p) => p.Length() - R;

    internal override string? Complaint() => Positive(("r", R));

    /// <inheritdoc/>
    public override Vector3 Extent => new(R);
}

/// <summary>Everything below the plane z = 0; exact. Its box is merely very large.</summary>
public sealed record HalfSpace : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p) => p.Z;

    /// <inheritdoc/>
    public override Vector3 Extent => new(1e4f, 1e4f, 1e4f);
}

/// <summary>A box with rounded edges; exact.</summary>
/// <param name="Half">Half side lengths, rounding included.</param>
/// <param name="Round">The radius of the edges.</param>
public sealed record RoundBox(Vector3 Half, float Round = 0) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p)
    {
        var q = Vector3.Abs(p) - Half + new Vector3(Round);
        return MathF.Min(MathF.Max(q.X, MathF.Max(q.Y, q.Z)), 0) + Vector3.Max(q, Vector3.Zero).Length() - Round;
    }

    /// <inheritdoc/>
    public override Vector3 Extent => Half;

    internal override string? Complaint() => Positive(("half[0]", Half.X), ("half[1]", Half.Y), ("half[2]", Half.Z)) ?? WithinHalf("round", Round, Half.X, Half.Y, Half.Z);
}

/// <summary>An upright cylinder with rounded rims; exact.</summary>
/// <param name="R">Its radius.</param>
/// <param name="HalfHeight">Half its height.</param>
/// <param name="Round">The radius of the rims.</param>
public sealed record RoundCylinder(float R, float HalfHeight, float Round = 0) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p) => RoundRectangle(Length(p.X, p.Y), MathF.Abs(p.Z), R, HalfHeight, Round);

    /// <inheritdoc/>
    public override Vector3 Extent => new(R, R, HalfHeight);

    internal override string? Complaint() => Positive(("r", R), ("halfHeight", HalfHeight)) ?? WithinHalf("round", Round, R, HalfHeight);
}

/// <summary>A ring around the z axis; exact.</summary>
/// <param name="Major">From the axis to the middle of the tube.</param>
/// <param name="Minor">The radius of the tube.</param>
public sealed record Torus(float Major, float Minor) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p) => Length(Length(p.X, p.Y) - Major, p.Z) - Minor;

    /// <inheritdoc/>
    public override Vector3 Extent => new(Major + Minor, Major + Minor, Minor);

    internal override string? Complaint() => Positive(("major", Major), ("minor", Minor));
}

/// <summary>Two balls on the z axis and the cone that touches both; exact.</summary>
/// <param name="Low">Radius of the ball at z = 0.</param>
/// <param name="High">Radius of the ball at z = <paramref name="Height"/>, not above <paramref name="Low"/>.</param>
/// <param name="Height">The distance of the two middles, above the difference of the radii.</param>
public sealed record RoundCone(float Low, float High, float Height) : Solid
{
    private float Slope => (Low - High) / Height;

    /// <inheritdoc/>
    public override float Distance(Vector3 p)
    {
        float rho = Length(p.X, p.Y), s = Slope, c = MathF.Sqrt(1 - s * s);
        // Which of the three parts is nearest follows from the place along the cone's side.
        var along = p.Z * c - rho * s;
        if (along < 0) return p.Length() - Low;
        return along > c * Height ? Length(rho, p.Z - Height) - High : rho * c + p.Z * s - Low;
    }

    /// <inheritdoc/>
    public override Vector3 Extent => new(Low, Low, Height + High);

    internal override string? Complaint() => Positive(("low", Low), ("high", High), ("height", Height))
        ?? (High <= Low && Low - High < Height ? null : FormattableString.Invariant($"high is {High}; at most low, {Low}, and more than {Low - Height} is expected"));
}

/// <summary>An upright column whose cross-section has round lobes that wind around it, as in a rope; a lower bound.</summary>
/// <param name="R">The mean radius.</param>
/// <param name="Depth">How far the lobes go in and out.</param>
/// <param name="Lobes">How many there are.</param>
/// <param name="Twist">Turn per unit of height, in radians.</param>
/// <param name="HalfHeight">Half the height.</param>
public sealed record TwistedColumn(float R, float Depth, int Lobes, float Twist, float HalfHeight) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p)
    {
        var rho = Length(p.X, p.Y);
        // Far away a plain cylinder around it is near enough and needs no angle.
        var hull = RoundRectangle(rho, MathF.Abs(p.Z), R + Depth, HalfHeight, 0);
        if (hull > 0.1f) return hull;
        var side = rho - R - Depth * MathF.Cos(Lobes * (MathF.Atan2(p.Y, p.X) - Twist * p.Z));
        // The gradient of the wave is Depth·Lobes·(1/rho, Twist): dividing by its length keeps the step safe.
        var wave = Depth * Lobes;
        side /= MathF.Sqrt(1 + wave * wave * (1 / MathF.Max(rho * rho, R * R / 4) + Twist * Twist));
        return -SmoothMinimum(-side, HalfHeight - MathF.Abs(p.Z), 0.03f);
    }

    /// <inheritdoc/>
    public override Vector3 Extent => new(R + Depth, R + Depth, HalfHeight);

    internal override string? Complaint() => Positive(("r", R), ("halfHeight", HalfHeight))
        ?? (Depth >= 0 && Depth < R ? null : FormattableString.Invariant($"depth is {Depth}; 0 up to r, {R}, is expected"))
        ?? (Lobes is >= 1 and <= 100 ? null : $"lobes is {Lobes}; 1 to 100 is expected");
}

/// <summary>An open cup with a handle towards +x that flows into its side; a lower bound.</summary>
/// <param name="R">The outer radius.</param>
/// <param name="HalfHeight">Half the height.</param>
/// <param name="Wall">The thickness of side and floor.</param>
public sealed record Cup(float R, float HalfHeight, float Wall) : Solid
{
    /// <inheritdoc/>
    public override float Distance(Vector3 p)
    {
        var rho = Length(p.X, p.Y);
        var outside = RoundRectangle(rho, MathF.Abs(p.Z), R, HalfHeight, Wall * 0.45f);
        var handle = Length(Length(p.X - R, p.Z) - HalfHeight * 0.58f, p.Y) - Wall * 0.8f;
        var body = SmoothMinimum(outside, handle, 0.05f);
        var cavity = RoundRectangle(rho, MathF.Abs(p.Z - Wall - HalfHeight), R - Wall, 2 * HalfHeight, Wall);
        return MathF.Max(body, -cavity);
    }

    /// <inheritdoc/>
    public override Vector3 Extent => new(R + HalfHeight * 0.58f + Wall * 0.8f, R, HalfHeight);

    internal override string? Complaint() => Positive(("r", R), ("halfHeight", HalfHeight), ("wall", Wall)) ?? WithinHalf("wall", Wall, R, HalfHeight);
}
