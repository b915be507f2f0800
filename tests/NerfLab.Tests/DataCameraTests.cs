using System.Numerics;

namespace NerfLab.Tests;

public class DataCameraTests
{
    private static readonly Distortion s_fox = new(0.0578421f, -0.0805099f, -0.000980296f, 0.00015575f);
    private static readonly Distortion s_strong = new(-0.28f, 0.07f, 0.002f, -0.003f, 0.01f);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void UndistortInvertsDistort(bool strong)
    {
        var lens = strong ? s_strong : s_fox;
        for (var y = -0.7f; y <= 0.7f; y += 0.07f)
            for (var x = -0.7f; x <= 0.7f; x += 0.07f)
            {
                var p = new Vector2(x, y);
                Assert.True(Vector2.Distance(lens.Undistort(lens.Distort(p)), p) < 1e-6f, $"{p}");
                Assert.True(Vector2.Distance(lens.Distort(lens.Undistort(p)), p) < 1e-6f, $"{p}");
            }
    }

    [Fact]
    public void BeyondTheFoldThereIsNoIdealPoint()
    {
        // x(1 - x²/2) reaches its maximum 0.5443 at x = sqrt(2/3): nothing lands farther out.
        var lens = new Distortion(-0.5f, 0, 0, 0);
        Assert.True(float.IsNaN(lens.Undistort(new Vector2(0.55f, 0)).X));
        var near = lens.Undistort(new Vector2(0.54f, 0)).X;
        Assert.InRange(near, 0.5f, MathF.Sqrt(2 / 3f));
        Assert.Equal(0.54, near * (1 - near * (double)near / 2), 1e-6);
    }

    [Fact]
    public void ProjectAndDirectionAreInverse()
    {
        var pose = Pose.LookAt(new Vector3(2, -1, 0.5f), new Vector3(0, 0.2f, 0), Vector3.UnitZ);
        var camera = new Camera(320, 200, 250, 240, 150, 110, pose, s_strong);
        for (var i = 0; i < 50; i++)
        {
            var pixel = new Vector2(i * 37 % 320 + 0.5f, i * 53 % 200 + 0.5f);
            var direction = camera.Direction(pixel);
            Assert.Equal(1, direction.Length(), 1e-6);
            var back = camera.Project(pose.Position + 1.7f * direction)!.Value;
            Assert.True(Vector2.Distance(back, pixel) < 2e-3f, $"{pixel} came back as {back}");
        }
    }

    [Fact]
    public void TheMiddleOfThePictureLooksForwardAndRowsGoDown()
    {
        var pose = Pose.LookAt(new Vector3(0, -3, 0), Vector3.Zero, Vector3.UnitZ);
        var camera = Camera.FromAngle(100, 100, MathF.PI / 2, pose);
        Assert.True(Vector3.Distance(camera.Direction(new Vector2(50, 50)), Vector3.UnitY) < 1e-6f);
        // A quarter turn of view: the left border looks 45 degrees to the left, the upper border 45 degrees up.
        var half = MathF.Sqrt(0.5f);
        Assert.True(Vector3.Distance(camera.Direction(new Vector2(0, 50)), new Vector3(-half, half, 0)) < 1e-6f);
        Assert.True(Vector3.Distance(camera.Direction(new Vector2(50, 0)), new Vector3(0, half, half)) < 1e-6f);
    }

    [Fact]
    public void ResizingKeepsEveryRay()
    {
        var camera = new Camera(320, 200, 250, 240, 150, 110, Pose.LookAt(Vector3.UnitX, Vector3.Zero, Vector3.UnitZ), s_fox);
        var half = camera.Resized(160, 100);
        Assert.True(Vector3.Distance(camera.Direction(new Vector2(40, 60)), half.Direction(new Vector2(20, 30))) < 1e-6f);
    }

    [Fact]
    public void OpenGlPosesComeBackUnchanged()
    {
        var pose = Pose.LookAt(new Vector3(1, 2, 3), Vector3.Zero, Vector3.UnitZ);
        var (x, y, z, position) = pose.ToOpenGl();
        Assert.Equal(pose, Pose.FromOpenGl(x, y, z, position));
        // OpenGL looks along -z with y up.
        Assert.True(Vector3.Dot(-z, Vector3.Normalize(-position)) > 0.99999f);
        Assert.True(y.Z > 0);
    }
}
