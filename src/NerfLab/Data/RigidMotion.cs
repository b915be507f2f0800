using System.Numerics;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>Camera matrices from files: photogrammetry rounds its rotations, and some files hold matrices that are none.</summary>
internal static class RigidMotion
{
    // Photogrammetry writes rotations with a few digits; anything beyond this is another kind of matrix.
    private const double Tolerance = 1e-2;

    /// <summary>A pose from a camera-to-world matrix whose camera axes are those of <see cref="Pose"/> (OpenCV); small rounding is repaired.</summary>
    /// <param name="rows">4x4, or its upper 3x4, rows first.</param>
    /// <returns>The pose, or what is wrong with the matrix.</returns>
    public static (Pose Pose, string? Wrong) PoseOf(ReadOnlySpan<double> rows)
    {
        if (rows.Length == 16 && double.Abs(rows[12]) + double.Abs(rows[13]) + double.Abs(rows[14]) + double.Abs(rows[15] - 1) > 1e-4)
            return (default, Invariant($"has the last row {rows[12]}, {rows[13]}, {rows[14]}, {rows[15]}; the last row of a camera-to-world matrix is 0, 0, 0, 1"));
        var m = new double[3, 4];
        for (var i = 0; i < 12; i++) m[i / 4, i % 4] = rows[i];
        if (Repair(m) is { } wrong) return (default, wrong);
        return (new Pose(Column(0), Column(1), Column(2), Column(3)), null);

        Vector3 Column(int j) => new((float)m[0, j], (float)m[1, j], (float)m[2, j]);
    }

    /// <summary>The 4x4 camera-to-world matrix of a pose, rows first: the inverse of <see cref="PoseOf"/>.</summary>
    public static float[] Rows(Pose pose)
    {
        Vector3 x = pose.Right, y = pose.Down, z = pose.Forward, p = pose.Position;
        return [x.X, y.X, z.X, p.X, x.Y, y.Y, z.Y, p.Y, x.Z, y.Z, z.Z, p.Z, 0, 0, 0, 1];
    }

    /// <summary>Makes the left 3x3 of a matrix the nearest rotation, if it is one up to rounding.</summary>
    /// <param name="m">At least 3x3, changed in place.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? Repair(double[,] m)
    {
        var worst = 0.0;
        var gram = new double[3, 3];
        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
            {
                for (var k = 0; k < 3; k++) gram[i, j] += m[k, i] * m[k, j];
                worst = double.Max(worst, double.Abs(gram[i, j] - (i == j ? 1 : 0)));
            }
        if (!(worst <= Tolerance))
        {
            var scale = double.Sqrt((gram[0, 0] + gram[1, 1] + gram[2, 2]) / 3);
            var uniform = scale > 0 && Enumerable.Range(0, 9).All(n => double.Abs(gram[n / 3, n % 3] / (scale * scale) - (n % 4 == 0 ? 1 : 0)) < Tolerance);
            return uniform
                ? Invariant($"is scaled: its columns have length {scale:0.####}; a rotation with columns of length 1 is expected")
                : Invariant($"is not rigid: its rotation part deviates from orthonormal by {worst:0.####}; at most {Tolerance} is allowed");
        }
        if (Determinant(m) < 0) return "is left-handed (determinant -1): it mirrors the scene; a rotation (determinant 1) is expected";
        Orthonormalise(m);
        return null;
    }

    // The nearest rotation (polar decomposition) by Newton's iteration R <- (R + R^-T) / 2, which squares the deviation each time.
    private static void Orthonormalise(double[,] m)
    {
        for (var iteration = 0; iteration < 4; iteration++)
        {
            var determinant = Determinant(m);
            var next = new double[3, 3];
            for (var i = 0; i < 3; i++)
                for (var j = 0; j < 3; j++)
                {
                    int a = (i + 1) % 3, b = (i + 2) % 3, c = (j + 1) % 3, d = (j + 2) % 3;
                    next[i, j] = (m[i, j] + (m[a, c] * m[b, d] - m[a, d] * m[b, c]) / determinant) / 2;
                }
            for (var i = 0; i < 3; i++) for (var j = 0; j < 3; j++) m[i, j] = next[i, j];
        }
    }

    private static double Determinant(double[,] m) =>
        m[0, 0] * (m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1])
        - m[0, 1] * (m[1, 0] * m[2, 2] - m[1, 2] * m[2, 0])
        + m[0, 2] * (m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0]);
}
