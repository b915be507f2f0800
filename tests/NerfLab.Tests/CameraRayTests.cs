using System.Numerics;
using NerfLab.Data;
using NerfLab.Math;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Rays made in bulk against the camera's own arithmetic, and the pixels that go with them.</summary>
public class CameraRayTests
{
    static readonly Camera Distorted = new(54, 96, 68.8f, 68.7f, 27.7f, 48.3f, Pose.LookAt(new(3, -5, 1), new(0.2f, 0, 0), Vector3.UnitZ),
        new Distortion(0.0578421f, -0.0805099f, -0.000980296f, 0.00015575f));

    [Fact]
    public void EveryRayIsTheOneThatTheCameraGivesForItsPixel()
    {
        using var scope = NewDisposeScope();
        foreach (var camera in new[] { Distorted, Distorted with { Distortion = default } })
        {
            var rays = Cameras.Rays(camera, CPU);
            Assert.Equal((long)camera.Width * camera.Height, rays.Count);
            var directions = rays.Directions.data<float>().ToArray();
            for (int p = 0; p < rays.Count; p += 7)
            {
                var expected = camera.Direction(new Vector2(p % camera.Width + 0.5f, p / camera.Width + 0.5f));
                Assert.True(Vector3.Distance(expected, new(directions[3 * p], directions[3 * p + 1], directions[3 * p + 2])) < 2e-6f);
            }
        }
    }

    [Fact]
    public void PointsOnARayAreProjectedBackToItsPixel()
    {
        using var scope = NewDisposeScope();
        var rays = Cameras.Rays(Distorted, CPU);
        var points = (rays.Origins + rays.Directions * 4).data<float>().ToArray();
        for (int p = 0; p < rays.Count; p += 11)
        {
            var pixel = Distorted.Project(new(points[3 * p], points[3 * p + 1], points[3 * p + 2]))!.Value;
            Assert.True(Vector2.Distance(pixel, new Vector2(p % 54 + 0.5f, p / 54 + 0.5f)) < 2e-3f);
        }
    }

    static RaySource Source(out List<View> views, bool alpha)
    {
        // Two pictures of different sizes whose pixels say where they are: red = column, green = row, blue = view.
        views = [Make("a", Distorted, 0), Make("b", Distorted with { Width = 30, Height = 20, Cx = 15, Cy = 10 }, 200)];
        return new RaySource(views, CPU);

        View Make(string name, Camera camera, byte blue) => new(name, camera, () =>
        {
            int channels = alpha ? 4 : 3;
            var bitmap = new Bitmap(camera.Width, camera.Height, channels);
            for (int y = 0; y < camera.Height; y++)
                for (int x = 0; x < camera.Width; x++)
                {
                    int at = (y * camera.Width + x) * channels;
                    (bitmap.Samples[at], bitmap.Samples[at + 1], bitmap.Samples[at + 2]) = ((byte)x, (byte)y, blue);
                    if (alpha) bitmap.Samples[at + 3] = (byte)(x % 2 == 0 ? 255 : 0);
                }
            return bitmap;
        }, hasAlpha: alpha);
    }

    [Fact]
    public void ADrawnColourIsThePixelThatTheDrawnRayGoesThrough()
    {
        using var scope = NewDisposeScope();
        using var source = Source(out var views, alpha: false);
        using var random = new Generator(1);
        var batch = source.Draw(500, Background.White, random);
        var rgb = (batch.Rgb * 255).round().data<float>().ToArray();
        var directions = batch.Rays.Directions.data<float>().ToArray();
        var seen = new HashSet<int>();
        for (int i = 0; i < 500; i++)
        {
            int view = rgb[3 * i + 2] == 0 ? 0 : 1;
            seen.Add(view);
            var expected = views[view].Camera.Direction(new Vector2(rgb[3 * i] + 0.5f, rgb[3 * i + 1] + 0.5f));
            Assert.True(Vector3.Distance(expected, new(directions[3 * i], directions[3 * i + 1], directions[3 * i + 2])) < 2e-6f);
        }
        Assert.Equal(2, seen.Count);
    }

    [Theory]
    [InlineData(Background.White)]
    [InlineData(Background.Black)]
    [InlineData(Background.Random)]
    public void TransparentPixelsShowTheBackgroundThatTheRenderingWillHave(Background background)
    {
        using var scope = NewDisposeScope();
        using var source = Source(out _, alpha: true);
        using var random = new Generator(1);
        var batch = source.Draw(400, background, random);
        var (rgb, behind) = (batch.Rgb.data<float>().ToArray(), batch.Background.data<float>().ToArray());
        int transparent = 0;
        for (int i = 0; i < 400; i++)
        {
            bool isBehind = Enumerable.Range(0, 3).All(c => rgb[3 * i + c] == behind[3 * i + c]);
            // A pixel with even column is opaque, and shows its own numbers.
            if (isBehind) transparent++;
            else Assert.Equal(0, (int)MathF.Round(rgb[3 * i] * 255) % 2);
        }
        Assert.InRange(transparent, 150, 250);
        bool varied = batch.Background.std([0]).min().ToDouble() > 0.2;
        Assert.Equal(background == Background.Random, varied);
    }

    [Fact]
    public void TheSameStreamDrawsTheSameRays()
    {
        using var scope = NewDisposeScope();
        using var source = Source(out _, alpha: true);
        using var a = new Generator(5);
        using var b = new Generator(5);
        var (first, second) = (source.Draw(64, Background.Random, a), source.Draw(64, Background.Random, b));
        Assert.True(first.Rgb.equal(second.Rgb).all().ToBoolean());
        Assert.True(first.Rays.Directions.equal(second.Rays.Directions).all().ToBoolean());
    }

    [Fact]
    public void APictureOfAnotherSizeThanItsCameraIsRefused()
    {
        var view = new View("wrong", Distorted, () => new Bitmap(3, 3, 3));
        var e = Assert.Throws<BadInputException>(() => new RaySource([view], CPU));
        Assert.Contains("3x3", e.Message);
        Assert.Contains("54x96", e.Message);
    }
}
