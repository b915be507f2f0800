using System.Numerics;
using NerfLab.Data;

namespace NerfLab.Tests;

/// <summary>Camera paths through keyframes.</summary>
public class DataCameraPathTests
{
    private static readonly Camera s_like = Camera.FromAngle(40, 30, 0.8f, Pose.LookAt(new(4, 0, 0), default, Vector3.UnitZ));

    private static Keyframe Key(double time, Vector3 eye, float fov = 0.8f) => new(time, Pose.LookAt(eye, new(0.1f, 0.2f, 0.3f), Vector3.UnitZ), fov);

    private static CameraPathFile Parse(string json)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["path.json"], json.Replace('\'', '"'));
        return CameraPathFile.Read(folder["path.json"], s_like);
    }

    private static void Near(Pose expected, Pose actual, float within = 1e-5f)
    {
        Assert.True(Vector3.Distance(expected.Position, actual.Position) < within, $"{expected.Position} {actual.Position}");
        Assert.True(Vector3.Distance(expected.Right, actual.Right) < within, $"{expected.Right} {actual.Right}");
        Assert.True(Vector3.Distance(expected.Forward, actual.Forward) < within, $"{expected.Forward} {actual.Forward}");
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void ThePathGoesThroughItsKeyframes(bool closed)
    {
        Keyframe[] keys = [Key(0, new(4, 0, 1)), Key(0.5, new(0, 5, 2), 0.5f), Key(3, new(-4, 1, 0), 1), Key(4, new(-1, -3, 1))];
        var path = new CameraPathFile(keys, closed);
        foreach (var key in keys)
        {
            Near(key.Pose, path.At(key.Time).Pose);
            Assert.Equal(key.Fov, path.At(key.Time).Fov, 1e-6f);
            // Without a kink: the velocity is the same from both sides.
            if (key.Time is 0 or 4 && !closed) continue;
            var (before, after) = (closed && key.Time == 0 ? 4 + 4 / 3.0 : key.Time, key.Time);
            var (v, w) = (path.At(before).Pose.Position - path.At(before - 1e-3).Pose.Position, path.At(after + 1e-3).Pose.Position - path.At(after).Pose.Position);
            Assert.True(Vector3.Distance(v, w) < 0.003f * v.Length() + 1e-4f, $"{key.Time}: {v} {w}");
        }
        var cameras = path.Cameras(9, s_like);
        Near(keys[0].Pose, cameras[0].Pose);
        if (!closed) Near(keys[3].Pose, cameras[8].Pose);
        Assert.Equal(40 / 2f / MathF.Tan(0.4f), cameras[0].Fx, 1e-4f);
    }

    [Fact]
    public void AParabolaInTimeIsKept()
    {
        // Velocities are those of parabolas, so that a parabola is reproduced whatever the times are.
        static Vector3 P(double t) => new((float)(1 + 2 * t), (float)(t * t), (float)(3 - t + 0.5 * t * t));
        var path = new CameraPathFile([.. ((double[])[0, 0.4, 1.5, 2, 3]).Select(t => Key(t, P(t)))]);
        for (double t = 0; t <= 3; t += 0.05) Assert.True(Vector3.Distance(P(t), path.At(t).Pose.Position) < 1e-4f, $"{t}: {P(t)} {path.At(t).Pose.Position}");
    }

    [Fact]
    public void HalfOfAQuarterTurnIsAnEighth()
    {
        var start = new Pose(Vector3.UnitX, Vector3.UnitY, Vector3.UnitZ, default);
        var to = start with { Right = -Vector3.UnitZ, Forward = Vector3.UnitX };
        var middle = new CameraPathFile([new(0, start, 1), new(2, to, 1)]).At(1).Pose;
        var expected = new Pose(Vector3.Normalize(new(1, 0, -1)), Vector3.UnitY, Vector3.Normalize(new(1, 0, 1)), default);
        Near(expected, middle);
    }

    [Fact]
    public void ConstantSpeedIsConstant()
    {
        Keyframe[] keys = [Key(0, new(4, 0, 1)), Key(0.1, new(0, 5, 2)), Key(3, new(-4, 1, 0)), Key(3.2, new(-1, -3, 1))];
        double Unevenness(bool even)
        {
            var eyes = new CameraPathFile(keys, ConstantSpeed: even).Cameras(200, s_like).Select(c => c.Pose.Position).ToList();
            var steps = eyes.Zip(eyes.Skip(1), Vector3.Distance).ToList();
            return steps.Max() / steps.Min();
        }
        Assert.True(Unevenness(false) > 5);
        Assert.InRange(Unevenness(true), 1, 1.05);
        // One that only turns keeps its times.
        var turning = new CameraPathFile([Key(0, new(4, 0, 1)), Key(1, new(4, 0, 1))], ConstantSpeed: true);
        Near(turning.At(0.5).Pose, turning.Cameras(3, s_like)[1].Pose);
    }

    [Fact]
    public void WhatIsWrittenIsReadAsTheSameCameras()
    {
        using var folder = new TemporaryFolder();
        var cameras = CameraPaths.Orbit([s_like, s_like with { Pose = Pose.LookAt(new(0, 4, 1), default, Vector3.UnitZ) }], 7);
        CameraPathFile.Write(folder["path.json"], cameras);
        var read = CameraPathFile.Read(folder["path.json"], s_like).Cameras(7, s_like);
        for (int i = 0; i < 7; i++)
        {
            Near(cameras[i].Pose, read[i].Pose, 1e-4f);
            Assert.Equal(cameras[i].Fx, read[i].Fx, 1e-2f);
        }
    }

    [Fact]
    public void BothFormsOfKeyframes()
    {
        var path = Parse("{'constantSpeed': true, 'keyframes': [{'position': [4, 0, 1], 'lookAt': [0, 0, 0], 'fov': 90}, {'time': 5, 'transform_matrix': [[1,0,0,1],[0,1,0,2],[0,0,1,3],[0,0,0,1]]}]}");
        Assert.Equal((true, false, 0d, 5d), (path.ConstantSpeed, path.Closed, path.Keyframes[0].Time, path.Keyframes[1].Time));
        Near(Pose.LookAt(new(4, 0, 1), default, Vector3.UnitZ), path.Keyframes[0].Pose);
        Near(new Pose(Vector3.UnitX, -Vector3.UnitY, -Vector3.UnitZ, new(1, 2, 3)), path.Keyframes[1].Pose);
        Assert.Equal(MathF.PI / 2, path.Keyframes[0].Fov, 1e-6f);
        Assert.Equal(0.8f, path.Keyframes[1].Fov, 1e-5f);
    }

    [Theory]
    [InlineData("{}", "keyframes is missing")]
    [InlineData("{'keyframes': []}", "keyframes is empty")]
    [InlineData("{'keyframes': [{}]}", "keyframes[0].position is missing; three numbers, or a transform_matrix")]
    [InlineData("{'keyframes': [{'position': [1, 2], 'lookAt': [0, 0, 0]}]}", "keyframes[0].position has 2 numbers; 3")]
    [InlineData("{'keyframes': [{'position': [0, 0, 0], 'lookAt': [0, 0, 0]}]}", "looks at its own position")]
    [InlineData("{'keyframes': [{'position': [1, 0, 0], 'lookAt': [0, 0, 0], 'up': [0, 0, 0]}]}", "has an up without length")]
    [InlineData("{'keyframes': [{'position': [1, 0, 0], 'lookAt': [0, 0, 0], 'fov': 180}]}", "fov is no angle between 0 and 180")]
    [InlineData("{'keyframes': [{'time': 1, 'position': [1, 0, 0], 'lookAt': [0, 0, 0]}, {'time': 1, 'position': [1, 0, 0], 'lookAt': [0, 0, 0]}]}", "keyframes[1] has the time 1; a later one than 1")]
    [InlineData("{'keyframes': [{'transform_matrix': [[2,0,0,1],[0,1,0,2],[0,0,1,3],[0,0,0,1]]}]}", "transform_matrix")]
    public void PathsThatAreRefused(string json, string expected)
    {
        var message = Assert.Throws<BadInputException>(() => Parse(json)).Message;
        Assert.Contains("path.json line 1", message);
        Assert.Contains(expected, message);
    }
}
