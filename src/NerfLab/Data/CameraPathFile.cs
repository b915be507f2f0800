using System.Numerics;
using System.Text.Json.Nodes;

namespace NerfLab.Data;

/// <summary>A place on a camera's way.</summary>
/// <param name="Time">When it is reached, in seconds.</param>
/// <param name="Pose">Where the camera is then.</param>
/// <param name="Fov">Its full horizontal angle of view, in radians.</param>
public readonly record struct Keyframe(double Time, Pose Pose, float Fov);

/// <summary>A camera's way through keyframes, in JSON.</summary>
/// <remarks>
/// <code>
/// { "closed": false, "constantSpeed": false,
///   "keyframes": [ { "time": 0, "position": [4, 0, 1], "lookAt": [0, 0, 0], "up": [0, 0, 1], "fov": 40 },
///                  { "time": 2, "transform_matrix": [[...], [...], [...], [...]] } ] }
/// </code>
/// A keyframe has either position and lookAt (up is [0, 0, 1] where it is missing) or the camera-to-world matrix that transforms.json has.
/// fov is the full horizontal angle in degrees, the scene's where it is missing; time is the number of the keyframe where it is missing.
/// </remarks>
/// <param name="Keyframes">At least one, times ascending.</param>
/// <param name="Closed">Whether the way leads back to the first keyframe, which takes as long as the mean of the other pieces.</param>
/// <param name="ConstantSpeed">Whether the camera moves evenly instead of by the keyframes' times.</param>
public sealed record CameraPathFile(IReadOnlyList<Keyframe> Keyframes, bool Closed = false, bool ConstantSpeed = false)
{
    const int PiecesMeasured = 64;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="like">Gives the angle of view where the file does not.</param>
    /// <exception cref="BadInputException">It cannot be read, or a value in it cannot be used.</exception>
    public static CameraPathFile Read(string path, Camera like)
    {
        if (!File.Exists(path)) throw new BadInputException($"{path}: there is no such file; a camera path in JSON is expected");
        var file = JsonItem.Load(path);
        var frames = file.Get("keyframes", "a list of keyframes");
        if (frames.Items.Count == 0) throw frames.Bad("is empty; at least one keyframe is expected");
        var keyframes = new List<Keyframe>();
        foreach (var item in frames.Items)
        {
            double time = item.Find("time")?.Number ?? keyframes.Count;
            if (keyframes.Count > 0 && time <= keyframes[^1].Time) throw item.Bad(FormattableString.Invariant($"has the time {time}; a later one than {keyframes[^1].Time} is expected"));
            float fov = item.Find("fov") is { } f ? f.Number is > 0 and < 180 and var angle ? (float)(angle * double.Pi / 180) : throw f.Bad("is no angle between 0 and 180 degrees") : Fov(like);
            keyframes.Add(new Keyframe(time, PoseOf(item), fov));
        }
        return new CameraPathFile(keyframes, file.Find("closed")?.IsTrue ?? false, file.Find("constantSpeed")?.IsTrue ?? false);

        static Pose PoseOf(JsonItem item)
        {
            if (item.Find("transform_matrix") is not null) return PoseJson.Read(item);
            var (eye, target) = (Vector(item.Get("position", "three numbers, or a transform_matrix")), Vector(item.Get("lookAt", "three numbers")));
            var up = item.Find("up") is { } u ? Vector(u) : Vector3.UnitZ;
            if (Vector3.Distance(eye, target) < 1e-6f) throw item.Bad("looks at its own position; another point is expected");
            return up.Length() > 1e-6f ? Pose.LookAt(eye, target, Vector3.Normalize(up)) : throw item.Bad("has an up without length; a direction is expected");
        }

        static Vector3 Vector(JsonItem item) => new(item.Numbers(3));
    }

    /// <summary>Writes cameras as keyframes, one each second.</summary>
    /// <param name="path">The file to make or replace.</param>
    /// <param name="cameras">The cameras.</param>
    public static void Write(string path, IReadOnlyList<Camera> cameras)
    {
        var frames = new JsonArray([.. cameras.Select((c, i) => new JsonObject { ["time"] = i, ["fov"] = Fov(c) * 180 / double.Pi, ["transform_matrix"] = PoseJson.Write(c.Pose) })]);
        var lines = frames.Select(f => "    " + f!.ToJsonString());
        AtomicFile.Write(path, $"{{\n  \"closed\": false,\n  \"constantSpeed\": false,\n  \"keyframes\": [\n{string.Join(",\n", lines)}\n  ]\n}}\n");
    }

    /// <summary>Cameras on the way, evenly spaced from the first keyframe to the last; on a closed way the one after the last would be the first again.</summary>
    /// <param name="frames">How many, at least 1.</param>
    /// <param name="like">Gives the size of the picture; pixels keep their shape.</param>
    public IReadOnlyList<Camera> Cameras(int frames, Camera like)
    {
        double begin = Keyframes[0].Time, end = Closed ? Times[^1] : Keyframes[^1].Time;
        var even = ConstantSpeed ? Even(begin, end) : null;
        return [.. Enumerable.Range(0, frames).Select(i =>
        {
            double share = Closed ? (double)i / frames : frames == 1 ? 0 : i / (frames - 1.0);
            var key = At(even is null ? begin + share * (end - begin) : even(share));
            float focal = like.Width / 2f / MathF.Tan(key.Fov / 2);
            return like with { Pose = key.Pose, Fx = focal, Fy = focal * (like.Fy / like.Fx), Distortion = default };
        })];
    }

    /// <summary>The camera at one time.</summary>
    /// <remarks>
    /// Positions by a Catmull-Rom spline over unequal times: a cubic through the keyframes whose velocity at each one is that of the parabola
    /// through it and its neighbours (Barry and Goldman 1988 for the usual form). Rotations by spherical interpolation (Shoemake 1985) between neighbours.
    /// </remarks>
    /// <param name="time">Seconds; before the first and after the last keyframe the camera stands still.</param>
    public Keyframe At(double time)
    {
        int count = Times.Count;
        if (count == 1) return Keyframes[0] with { Time = time };
        int k = 0;
        while (k + 2 < count && time >= Times[k + 1]) k++;
        double span = Times[k + 1] - Times[k];
        float s = (float)double.Clamp((time - Times[k]) / span, 0, 1);
        var (a, b) = (Key(k), Key(k + 1));
        // Hermite's form of the cubic.
        float s2 = s * s, s3 = s2 * s;
        var position = (2 * s3 - 3 * s2 + 1) * a.Pose.Position + (s3 - 2 * s2 + s) * (float)span * Velocity(k)
            + (3 * s2 - 2 * s3) * b.Pose.Position + (s3 - s2) * (float)span * Velocity(k + 1);
        var q = Quaternion.Slerp(Rotation(a.Pose), Rotation(b.Pose), s);
        var pose = new Pose(Vector3.Transform(Vector3.UnitX, q), Vector3.Transform(Vector3.UnitY, q), Vector3.Transform(Vector3.UnitZ, q), position);
        return new Keyframe(time, pose, a.Fov + s * (b.Fov - a.Fov));
    }

    /// <summary>The times of the keyframes, on a closed way with the return to the first.</summary>
    IReadOnlyList<double> Times => Closed && Keyframes.Count > 1
        ? [.. Keyframes.Select(k => k.Time), Keyframes[^1].Time + (Keyframes[^1].Time - Keyframes[0].Time) / (Keyframes.Count - 1)]
        : [.. Keyframes.Select(k => k.Time)];

    Keyframe Key(int k) => Keyframes[k % Keyframes.Count];

    Vector3 Velocity(int k)
    {
        int last = Times.Count - 1;
        double before, after;
        Vector3 from, to, here = Key(k).Pose.Position;
        if (Closed && (k == 0 || k == last))
        {
            (from, to) = (Key(last - 1).Pose.Position, Key(1).Pose.Position);
            (before, after) = (Times[last] - Times[last - 1], Times[1] - Times[0]);
        }
        else if (k == 0 || k == last)
        {
            // At an end the parabola is that of the neighbour, or a straight line.
            var (next, sign) = k == 0 ? (1, 1) : (last - 1, -1);
            var straight = sign * (Key(next).Pose.Position - here) / (float)double.Abs(Times[next] - Times[k]);
            return last == 1 ? straight : 2 * straight - Velocity(next);
        }
        else
        {
            (from, to) = (Key(k - 1).Pose.Position, Key(k + 1).Pose.Position);
            (before, after) = (Times[k] - Times[k - 1], Times[k + 1] - Times[k]);
        }
        var (v, w) = ((here - from) / (float)before, (to - here) / (float)after);
        return (v * (float)after + w * (float)before) / (float)(before + after);
    }

    /// <summary>Share of the way's length to time.</summary>
    Func<double, double> Even(double begin, double end)
    {
        int pieces = PiecesMeasured * int.Max(1, Times.Count - 1);
        var length = new double[pieces + 1];
        var last = At(begin).Pose.Position;
        for (int i = 1; i <= pieces; i++)
        {
            var here = At(begin + (end - begin) * i / pieces).Pose.Position;
            length[i] = length[i - 1] + Vector3.Distance(last, here);
            last = here;
        }
        if (length[^1] < 1e-9) return share => begin + share * (end - begin); // it only turns
        return share =>
        {
            int found = Array.BinarySearch(length, share * length[^1]);
            int i = int.Clamp(found < 0 ? ~found - 1 : found, 0, pieces - 1);
            double within = length[i + 1] > length[i] ? (share * length[^1] - length[i]) / (length[i + 1] - length[i]) : 0;
            return begin + (end - begin) * (i + within) / pieces;
        };
    }

    static float Fov(Camera camera) => 2 * MathF.Atan(camera.Width / 2f / camera.Fx);

    static Quaternion Rotation(Pose p) => Quaternion.CreateFromRotationMatrix(new Matrix4x4(
        p.Right.X, p.Right.Y, p.Right.Z, 0, p.Down.X, p.Down.Y, p.Down.Z, 0, p.Forward.X, p.Forward.Y, p.Forward.Z, 0, 0, 0, 0, 1));
}
