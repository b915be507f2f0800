using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>Camera matrices from files: photogrammetry rounds its rotations, and some files hold matrices that are none.</summary>
internal static class RigidMotion
{
    // Photogrammetry writes rotations with a few digits; anything beyond this is another kind of matrix.
    private const double Tolerance = 1e-2;

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
