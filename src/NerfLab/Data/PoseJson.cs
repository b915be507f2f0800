using System.Numerics;
using System.Text.Json.Nodes;

namespace NerfLab.Data;

/// <summary>Camera-to-world matrices in JSON: 4x4 (or the upper 3x4), rows first, OpenGL axes (x right, y up, looking along -z).</summary>
internal static class PoseJson
{
    // Photogrammetry writes rotations with a few digits; anything beyond this is another kind of matrix.
    private const double Rigid = 1e-2;

    /// <summary>Reads a frame's <c>transform_matrix</c>; small rounding is repaired, anything that is no rigid motion refused.</summary>
    public static Pose Read(JsonItem frame)
    {
        var item = frame.Get("transform_matrix", "a camera-to-world matrix of 4 rows of 4 numbers");
        var rows = item.Items;
        if (rows.Count is not (3 or 4)) throw item.Bad($"has {rows.Count} rows; 4 rows of 4 numbers are expected");
        var m = new double[4, 4];
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].Items.Count != 4) throw rows[i].Bad($"has {rows[i].Items.Count} numbers; 4 are expected");
            for (var j = 0; j < 4; j++) m[i, j] = rows[i].Items[j].Number;
        }
        if (rows.Count == 4 && double.Abs(m[3, 0]) + double.Abs(m[3, 1]) + double.Abs(m[3, 2]) + double.Abs(m[3, 3] - 1) > 1e-4)
            throw rows[3].Bad(FormattableString.Invariant($"is {m[3, 0]}, {m[3, 1]}, {m[3, 2]}, {m[3, 3]}; the last row of a camera-to-world matrix is 0, 0, 0, 1"));

        CheckRigid(m, item);
        Orthonormalise(m);
        return Pose.FromOpenGl(Column(0), Column(1), Column(2), Column(3));

        Vector3 Column(int j) => new((float)m[0, j], (float)m[1, j], (float)m[2, j]);
    }

    /// <summary>The 4x4 matrix of a pose.</summary>
    public static JsonArray Write(Pose pose)
    {
        var (x, y, z, p) = pose.ToOpenGl();
        return [Row(x.X, y.X, z.X, p.X), Row(x.Y, y.Y, z.Y, p.Y), Row(x.Z, y.Z, z.Z, p.Z), Row(0, 0, 0, 1)];

        static JsonArray Row(float a, float b, float c, float d) => [a, b, c, d];
    }

    private static void CheckRigid(double[,] m, JsonItem item)
    {
        var worst = 0.0;
        var gram = new double[3, 3];
        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
            {
                for (var k = 0; k < 3; k++) gram[i, j] += m[k, i] * m[k, j];
                worst = double.Max(worst, double.Abs(gram[i, j] - (i == j ? 1 : 0)));
            }
        if (worst > Rigid)
        {
            var scale = double.Sqrt((gram[0, 0] + gram[1, 1] + gram[2, 2]) / 3);
            var uniform = scale > 0 && Enumerable.Range(0, 9).All(n => double.Abs(gram[n / 3, n % 3] / (scale * scale) - (n % 4 == 0 ? 1 : 0)) < Rigid);
            throw item.Bad(uniform
                ? FormattableString.Invariant($"is scaled: its columns have length {scale:0.####}; a rotation with columns of length 1 is expected")
                : FormattableString.Invariant($"is not rigid: its rotation part deviates from orthonormal by {worst:0.####}; at most {Rigid} is allowed"));
        }
        if (Determinant(m) < 0) throw item.Bad("is left-handed (determinant -1): it mirrors the scene; a rotation (determinant 1) is expected");
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
