using System.Numerics;

namespace NerfLab.Tests;

/// <summary>How far found poses are from known ones, whose frame and scale are others.</summary>
internal static class PoseErrors
{
    /// <summary>Errors after the rotation, scale and shift that fit the found poses to the known ones: the mean rotation between the cameras' axes, then scale and centre of the positions.</summary>
    /// <returns>For each pair the angle between the orientations in degrees, and the distance of the positions in parts of the known positions' root-mean-square spread.</returns>
    public static (double[] Degrees, double[] Distances) AfterAlignment(IReadOnlyList<(Pose Found, Pose Known)> pairs)
    {
        // The quaternion that is nearest to all rotations from found to known axes.
        var rotation = default(Quaternion);
        foreach (var (found, known) in pairs)
        {
            var q = Quaternion.CreateFromRotationMatrix(Matrix4x4.Transpose(Axes(found)) * Axes(known));
            rotation += Quaternion.Dot(q, rotation) < 0 ? -q : q;
        }
        rotation = Quaternion.Normalize(rotation);
        var turned = pairs.Select(p => Vector3.Transform(p.Found.Position, rotation)).ToList();
        Vector3 from = turned.Aggregate(Vector3.Add) / pairs.Count, to = pairs.Aggregate(Vector3.Zero, (s, p) => s + p.Known.Position) / pairs.Count;
        var scale = turned.Zip(pairs).Sum(z => Vector3.Dot(z.First - from, z.Second.Known.Position - to)) / turned.Sum(t => (t - from).LengthSquared());
        var spread = double.Sqrt(pairs.Average(p => (p.Known.Position - to).LengthSquared()));
        return ([.. pairs.Select(p => Angle(Matrix4x4.Transpose(Axes(p.Found)) * Axes(p.Known), rotation))],
            [.. turned.Zip(pairs).Select(z => Vector3.Distance(scale * (z.First - from) + to, z.Second.Known.Position) / spread)]);
    }

    static double Angle(Matrix4x4 turn, Quaternion rotation)
    {
        var q = Quaternion.CreateFromRotationMatrix(turn);
        return 2 * double.Acos(double.Min(1, double.Abs(Quaternion.Dot(q, rotation)))) * 180 / double.Pi;
    }

    // Rows are the camera's axes: row vectors in camera coordinates become world coordinates.
    static Matrix4x4 Axes(Pose p) => new(p.Right.X, p.Right.Y, p.Right.Z, 0, p.Down.X, p.Down.Y, p.Down.Z, 0, p.Forward.X, p.Forward.Y, p.Forward.Z, 0, 0, 0, 0, 1);
}
