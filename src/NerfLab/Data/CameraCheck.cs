using System.Numerics;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>What no camera has.</summary>
internal static class CameraCheck
{
    // From a view of 168 degrees to a telescope of a third of a degree.
    private const double Shortest = 0.05, Longest = 200;

    /// <summary>Whether a focal length is possible for a picture of so many pixels in its direction.</summary>
    public static bool IsFocal(double focal, int size) => focal >= Shortest * size && focal <= Longest * size;

    /// <summary>The possible focal lengths, in words.</summary>
    public static string FocalRange(int size) => Invariant($"{Shortest * size:0.#} to {Longest * size} pixels are possible");

    /// <summary>Whether a principal point is near enough to the middle of so many pixels.</summary>
    public static bool IsPrincipal(double c, int size) => c >= -size && c <= 2 * size;

    /// <summary>What is wrong with a camera, or null.</summary>
    public static string? Wrong(Camera c)
    {
        if (!IsFocal(c.Fx, c.Width)) return Invariant($"the focal length is {c.Fx} for {c.Width} pixels of picture; {FocalRange(c.Width)}");
        if (!IsFocal(c.Fy, c.Height)) return Invariant($"the focal length is {c.Fy} for {c.Height} pixels of picture; {FocalRange(c.Height)}");
        if (!IsPrincipal(c.Cx, c.Width) || !IsPrincipal(c.Cy, c.Height)) return Invariant($"the principal point is {c.Cx}, {c.Cy}; a place near the middle of {c.Width}x{c.Height} pixels is expected");
        if (c.Distortion.Projection == Projection.Fov && !(c.Distortion.Omega is > 1e-3f and < 3.1415f)) return Invariant($"omega is {c.Distortion.Omega}; an angle above 0 and below 3.1416 is expected");
        return c.Distortion.Projection != Projection.Perspective ? (HasRay(c, c.Width / 2f, c.Height / 2f) ? null : "the coefficients describe a lens that shows nothing in the middle of its picture") : Folds(c) ? "the coefficients describe a lens that folds the picture over before its border; check the signs" : null;
    }

    /// <summary>A mask that also excludes the pixels without a ray: a round fisheye picture has none in its corners. Null where nothing is excluded.</summary>
    public static Func<bool[]>? Mask(Camera camera, Func<bool[]>? mask)
    {
        if (camera.Distortion.Projection == Projection.Perspective || !Folds(camera)) return mask;
        return () =>
        {
            var counts = mask?.Invoke() ?? [.. Enumerable.Repeat(true, camera.Width * camera.Height)];
            for (var i = 0; i < counts.Length; i++) counts[i] &= HasRay(camera, i % camera.Width + 0.5f, i / camera.Width + 0.5f);
            return counts;
        };
    }

    /// <summary>Whether some of the picture's border has no ray, because the lens folds the picture over before.</summary>
    public static bool Folds(Camera camera)
    {
        if (camera.Distortion.IsNone) return false;
        for (var i = 0; i <= 16; i++)
        {
            float x = camera.Width * i / 16f, y = camera.Height * i / 16f;
            if (!HasRay(camera, x, 0) || !HasRay(camera, x, camera.Height) || !HasRay(camera, 0, y) || !HasRay(camera, camera.Width, y)) return true;
        }
        return false;
    }

    private static bool HasRay(Camera camera, float x, float y) => !float.IsNaN(camera.Direction(new Vector2(x, y)).X);
}
