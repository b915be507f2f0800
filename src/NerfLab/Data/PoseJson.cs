using System.Text.Json.Nodes;

namespace NerfLab.Data;

/// <summary>Camera-to-world matrices in JSON: 4x4 (or the upper 3x4), rows first, OpenGL axes (x right, y up, looking along -z).</summary>
internal static class PoseJson
{
    /// <summary>Reads a frame's <c>transform_matrix</c>; small rounding is repaired, anything that is no rigid motion refused.</summary>
    public static Pose Read(JsonItem frame)
    {
        var item = frame.Get("transform_matrix", "a camera-to-world matrix of 4 rows of 4 numbers");
        var rows = item.Items;
        if (rows.Count is not (3 or 4)) throw item.Bad($"has {rows.Count} rows; 4 rows of 4 numbers are expected");
        var m = new double[4 * rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].Items.Count != 4) throw rows[i].Bad($"has {rows[i].Items.Count} numbers; 4 are expected");
            for (var j = 0; j < 4; j++) m[4 * i + j] = rows[i].Items[j].Number;
        }
        var (pose, wrong) = RigidMotion.PoseOf(m);
        return wrong is null ? Pose.FromOpenGl(pose.Right, pose.Down, pose.Forward, pose.Position) : throw item.Bad(wrong);
    }

    /// <summary>The 4x4 matrix of a pose.</summary>
    public static JsonArray Write(Pose pose)
    {
        var (x, y, z, p) = pose.ToOpenGl();
        return [Row(x.X, y.X, z.X, p.X), Row(x.Y, y.Y, z.Y, p.Y), Row(x.Z, y.Z, z.Z, p.Z), Row(0, 0, 0, 1)];

        static JsonArray Row(float a, float b, float c, float d) => [a, b, c, d];
    }
}
