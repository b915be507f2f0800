using System.Numerics;
using System.Runtime.InteropServices;
using NerfLab.Fields;

namespace NerfLab.Exports;

/// <summary>Questions to a field about many points at once, in pieces that bound the memory and without gradients.</summary>
/// <param name="field">Asked at world points.</param>
/// <param name="device">Where it computes.</param>
public sealed class FieldPoints(IField field, torch.Device device)
{
    const int AtOnce = 1 << 17;
    const float Golden = 1.618034f;

    // Through the corners of an icosahedron and of the dodecahedron between them.
    static readonly Vector3[] s_axes = [.. ((Vector3[])
    [
        new(0, 1, Golden), new(0, 1, -Golden), new(1, Golden, 0), new(1, -Golden, 0), new(Golden, 0, 1), new(-Golden, 0, 1),
        new(1, 1, 1), new(1, 1, -1), new(1, -1, 1), new(-1, 1, 1),
        new(0, 1 / Golden, Golden), new(0, 1 / Golden, -Golden), new(1 / Golden, Golden, 0), new(1 / Golden, -Golden, 0), new(Golden, 0, 1 / Golden), new(-Golden, 0, 1 / Golden),
    ]).Select(Vector3.Normalize)];

    /// <summary>Densities of points, per world unit.</summary>
    public float[] Densities(ReadOnlySpan<Vector3> points)
    {
        var result = new float[points.Length];
        for (int begin = 0; begin < points.Length; begin += AtOnce)
        {
            using var scope = torch.NewDisposeScope();
            using var noGradient = torch.no_grad();
            var piece = points.Slice(begin, int.Min(AtOnce, points.Length - begin));
            Values(field.Density(Tensor(piece))).CopyTo(result.AsSpan(begin));
        }
        return result;
    }

    /// <summary>Unit vectors against the gradient of density, which point out of what is dense; zero where density is the same all around.</summary>
    /// <remarks>
    /// Central differences along sixteen axes, g ∝ Σ (σ(x + h a) - σ(x - h a)) a. Three axes give the same where density is smooth over the length h; where it
    /// jumps, the differences along all three are alike whichever way the surface faces, and only the mean over many follows it.
    /// </remarks>
    /// <param name="points">Where.</param>
    /// <param name="step">Half the distance between the two points of a difference, world units; one for all, or one for each point.</param>
    public Vector3[] Normals(ReadOnlySpan<Vector3> points, params ReadOnlySpan<float> step)
    {
        int ends = 2 * s_axes.Length, atOnce = AtOnce / ends;
        var result = new Vector3[points.Length];
        var around = new Vector3[ends * int.Min(points.Length, atOnce)];
        for (int begin = 0; begin < points.Length; begin += atOnce)
        {
            int count = int.Min(atOnce, points.Length - begin);
            for (int i = 0; i < count; i++)
            {
                float h = step.Length == 1 ? step[0] : step[begin + i];
                for (int a = 0; a < s_axes.Length; a++) (around[ends * i + 2 * a], around[ends * i + 2 * a + 1]) = (points[begin + i] + h * s_axes[a], points[begin + i] - h * s_axes[a]);
            }
            var d = Densities(around.AsSpan(0, ends * count));
            for (int i = 0; i < count; i++)
            {
                var inwards = Vector3.Zero;
                for (int a = 0; a < s_axes.Length; a++) inwards += (d[ends * i + 2 * a] - d[ends * i + 2 * a + 1]) * s_axes[a];
                // Scaled first: large densities overflow when they are squared.
                float most = Vector3.Abs(inwards) is var m ? float.Max(m.X, float.Max(m.Y, m.Z)) : 0;
                result[begin + i] = most > 0 && float.IsFinite(most) ? -Vector3.Normalize(inwards / most) : Vector3.Zero;
            }
        }
        return result;
    }

    /// <summary>Colours of points, 0 to 1.</summary>
    /// <param name="points">Where.</param>
    /// <param name="directions">Of unit length: in which directions they are looked at, one for each point.</param>
    public Vector3[] Colors(ReadOnlySpan<Vector3> points, ReadOnlySpan<Vector3> directions)
    {
        var result = new Vector3[points.Length];
        for (int begin = 0; begin < points.Length; begin += AtOnce)
        {
            using var scope = torch.NewDisposeScope();
            using var noGradient = torch.no_grad();
            int count = int.Min(AtOnce, points.Length - begin);
            var color = field.Query(Tensor(points.Slice(begin, count)), Tensor(directions.Slice(begin, count))).Color.clamp(0, 1);
            MemoryMarshal.Cast<float, Vector3>(Values(color)).CopyTo(result.AsSpan(begin));
        }
        return result;
    }

    Tensor Tensor(ReadOnlySpan<Vector3> points) => torch.tensor(MemoryMarshal.Cast<Vector3, float>(points).ToArray(), [points.Length, 3], device: device);

    /// <summary>The values in memory order, valid while the caller's dispose scope is open.</summary>
    static ReadOnlySpan<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.detach().to(torch.float32).cpu().contiguous().bytes);
}
