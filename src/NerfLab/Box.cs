using System.Numerics;

namespace NerfLab;

/// <summary>An axis-aligned box in world coordinates.</summary>
/// <param name="Min">The corner with the smallest coordinates.</param>
/// <param name="Max">The corner with the largest coordinates.</param>
public readonly record struct Box(Vector3 Min, Vector3 Max)
{
    /// <summary>The cube of half side <paramref name="half"/> about the origin.</summary>
    public static Box Cube(float half) => new(new Vector3(-half), new Vector3(half));

    /// <summary>Side lengths.</summary>
    public Vector3 Size => Max - Min;

    /// <summary>The middle of the box.</summary>
    public Vector3 Center => (Min + Max) / 2;

    /// <summary>The length of the longest side.</summary>
    public float LongestSide => float.Max(Size.X, float.Max(Size.Y, Size.Z));

    /// <summary>The length of the space diagonal: the longest way through the box.</summary>
    public float Diagonal => Size.Length();

    /// <summary>The box of <paramref name="factor"/> times the size about the same middle.</summary>
    public Box Scaled(float factor) => new(Center - Size * (factor / 2), Center + Size * (factor / 2));

    /// <summary>Whether <paramref name="point"/> lies inside or on the boundary.</summary>
    public bool Contains(Vector3 point) => Vector3.Clamp(point, Min, Max) == point;
}
