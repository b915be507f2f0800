using System.Numerics;
using NerfLab.Data;
using NerfLab.Math;
using NerfLab.Metrics;
using NerfLab.Procedural;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Warps through depth: exact reprojection, masks against traced visibility, errors of scenes that cannot have any.</summary>
public class WarpTests
{
    private static Camera At(float degrees, int size, float height = 1.1f)
    {
        var (sin, cos) = MathF.SinCos(degrees * MathF.PI / 180);
        return Camera.FromAngle(size, size, 0.7f, Pose.LookAt(new Vector3(3 * cos, 3 * sin, height), Vector3.Zero, Vector3.UnitZ));
    }

    private static Tensor Depth(float[] depth, Camera camera) => tensor(depth, [camera.Height, camera.Width]);

    [Theory]
    [InlineData(0)]
    [InlineData(0.08f)]
    public void ProjectionUndoesTheRays(float k1)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var camera = At(20, 24) with { Height = 17, Cx = 11, Cy = 9.5f, Distortion = new Distortion(k1, -k1 / 3, k1 / 10, k1 / 20) };
        var rays = Cameras.Rays(camera, CPU);
        var points = rays.Origins + (rand([rays.Count, 1], generator: random) + 1) * rays.Directions;
        var (column, row, depth) = Cameras.Project(camera, points);
        var (c, r, d) = (column.data<float>().ToArray(), row.data<float>().ToArray(), depth.data<float>().ToArray());
        for (int i = 0; i < c.Length; i++)
        {
            Assert.Equal(i % 24 + 0.5f, c[i], 2e-4f);
            Assert.Equal(i / 24 + 0.5f, r[i], 2e-4f);
            Assert.True(d[i] > 0);
        }
        var world = new Vector3(0.2f, -0.1f, 0.3f);
        var one = Cameras.Project(camera, tensor(new[] { world.X, world.Y, world.Z }, [1, 3]));
        Assert.Equal(camera.Project(world)!.Value.X, one.Column.ToSingle(), 1e-3f);
        Assert.Equal(camera.Project(world)!.Value.Y, one.Row.ToSingle(), 1e-3f);
        Assert.True(Cameras.Project(camera, (points - 2 * (points - rays.Origins))).Depth.max().ToSingle() < 0); // mirrored: behind the camera
    }

    [Fact]
    public void BilinearSamplesAreTheSlowFormula()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var picture = rand([5, 7, 2], generator: random);
        var p = picture.data<float>().ToArray();
        (float X, float Y)[] places = [(0.5f, 0.5f), (6.5f, 4.5f), (2.5f, 3.5f), (1.75f, 2.1f), (5.9f, 0.7f)];
        var found = Warps.Bilinear(picture, tensor(places.Select(q => q.X).ToArray()), tensor(places.Select(q => q.Y).ToArray()));
        for (int k = 0; k < places.Length; k++)
            for (int c = 0; c < 2; c++)
            {
                float x = places[k].X - 0.5f, y = places[k].Y - 0.5f;
                int i = int.Min((int)x, 5), j = int.Min((int)y, 3);
                float s = x - i, t = y - j;
                float At(int row, int column) => p[(row * 7 + column) * 2 + c];
                Assert.Equal((1 - t) * ((1 - s) * At(j, i) + s * At(j, i + 1)) + t * ((1 - s) * At(j + 1, i) + s * At(j + 1, i + 1)), found[k, c].ToSingle(), 1e-5f);
            }
    }

    [Fact]
    public void APictureWarpedToItsOwnPlaceIsItself()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var camera = At(35, 40);
        var depth = Depth(EmbeddedScene.Depth(camera), camera);
        var color = rand([40, 40, 3], generator: random);
        var (warped, mask) = Warps.Backward(camera, depth, camera, depth, color);
        var surface = depth.isfinite();
        // On a surface whose neighbours are none, rounding may look beyond the edge; nowhere else.
        Assert.False((mask & surface.logical_not()).any().ToBoolean());
        Assert.True(mask.sum().ToDouble() >= 0.85 * surface.sum().ToDouble());
        Assert.Equal(0, (warped - color).abs().masked_fill(mask.logical_not().unsqueeze(-1), 0).max().ToDouble(), 2e-3);
        Assert.Equal(0, warped.masked_fill(mask.unsqueeze(-1), 0).abs().max().ToDouble());
    }

    [Theory]
    [InlineData(6)]
    [InlineData(30)]
    [InlineData(75)]
    public void TheMaskIsTheVisibilityThatRaysFind(float degrees)
    {
        const int Size = 96;
        using var scope = NewDisposeScope();
        var (a, b) = (At(10, Size), At(10 + degrees, Size, 1.4f));
        var (depthA, depthB) = (EmbeddedScene.Depth(a), EmbeddedScene.Depth(b));
        var found = Warps.Backward(a, Depth(depthA, a), b, Depth(depthB, b), zeros(Size, Size, 3)).Mask.data<bool>().ToArray();
        int seen = 0, agreed = 0, wrong = 0, surface = 0;
        var tracer = new SphereTracer(EmbeddedScene.Content);
        for (int i = 0; i < found.Length; i++)
        {
            if (!float.IsFinite(depthA[i]))
            {
                Assert.False(found[i]);
                continue;
            }
            surface++;
            var point = a.Pose.Position + depthA[i] * a.Direction(new Vector2(i % Size + 0.5f, i / Size + 0.5f));
            var way = point - b.Pose.Position;
            bool inFrame = b.Project(point) is { } p && p.X >= 0.5f && p.X <= Size - 0.5f && p.Y >= 0.5f && p.Y <= Size - 0.5f;
            bool visible = inFrame && tracer.Trace(b.Pose.Position, Vector3.Normalize(way)) is { } t && t > way.Length() * (1 - 0.002f);
            if (visible) seen++;
            if (visible && found[i]) agreed++;
            if (!visible && found[i]) wrong++;
        }
        Assert.True(surface > 1500 && seen > 500);
        Assert.True(surface - seen > 0.05 * surface, "nothing is hidden: the test says nothing");
        // What is hidden is masked but for pixels on edges; what is seen counts but for pixels on edges and at grazing angles.
        Assert.True(wrong < 0.02 * surface, $"{wrong} hidden pixels of {surface} pass");
        Assert.True(agreed > 0.75 * seen, $"only {agreed} of {seen} visible pixels pass");
    }

    [Fact]
    public void APlateBeforeAWallHidesExactlyItsShadow()
    {
        // A wall at z = 4 and before its middle a plate at z = 2 that covers |x|, |y| < 0.5; the other camera stands 1 to the right.
        const int Size = 80;
        using var scope = NewDisposeScope();
        Camera Stand(float x) => Camera.FromAngle(Size, Size, MathF.PI / 2, new Pose(Vector3.UnitX, Vector3.UnitY, Vector3.UnitZ, new Vector3(x, 0, 0)));
        Tensor Seen(Camera camera)
        {
            var depth = new float[Size * Size];
            for (int i = 0; i < depth.Length; i++)
            {
                var d = camera.Direction(new Vector2(i % Size + 0.5f, i / Size + 0.5f));
                var plate = camera.Pose.Position + d * (2 / d.Z);
                depth[i] = (MathF.Abs(plate.X) < 0.5f && MathF.Abs(plate.Y) < 0.5f ? 2 : 4) / d.Z;
            }
            return Depth(depth, camera);
        }
        var (a, b) = (Stand(0), Stand(1));
        var mask = Warps.Backward(a, Seen(a), b, Seen(b), zeros(Size, Size, 1)).Mask.data<bool>().ToArray();
        int doubtful = 0;
        for (int i = 0; i < mask.Length; i++)
        {
            // In units of the plate's plane as a sees it; a pixel is 0.05 wide there.
            float x = (i % Size + 0.5f - Size / 2) * 4f / Size, y = (i / Size + 0.5f - Size / 2) * 4f / Size;
            bool plate = MathF.Abs(x) < 0.5f && MathF.Abs(y) < 0.5f;
            // The wall's point is (2x, 2y, 4); from (1,0,0) the way to it crosses z = 2 at ((1 + 2x)/2, y).
            float cross = (1 + 2 * x) / 2, column = plate ? Size / 2 + (x - 1) * Size / 4 : Size / 2 + (2 * x - 1) * Size / 8;
            bool inFrame = column >= 0.5f && column <= Size - 0.5f;
            bool expected = inFrame && (plate || !(MathF.Abs(cross) < 0.5f && MathF.Abs(y) < 0.5f));
            bool edge = MathF.Abs(MathF.Abs(x) - 0.5f) < 0.06f || MathF.Abs(MathF.Abs(y) - 0.5f) < 0.06f || MathF.Abs(MathF.Abs(cross) - 0.5f) < 0.06f || MathF.Abs(column - 0.5f) < 0.5f;
            if (edge) doubtful++;
            else Assert.True(mask[i] == expected, $"({x}, {y}): {mask[i]}");
        }
        Assert.True(doubtful < mask.Length / 4);
    }

    /// <summary>Without highlights and mirrors a place has one colour, whoever looks; each pixel is the colour at its centre, where its depth is.</summary>
    private static SphereTracer Diffuse(Texture? texture = null) =>
        new(EmbeddedScene.Content with { Things = [.. EmbeddedScene.Content.Things.Select(t => t with { Material = t.Material with { Gloss = 0, Mirror = 0, Texture = texture ?? t.Material.Texture } })] }, grid: 1);

    private static PictureWithDepth Exact(SphereTracer tracer, Camera camera) =>
        new(camera, Image.FromBitmap(tracer.Render(camera)).Over(Vector3.One).Pixels, Depth(tracer.Depth(camera), camera).nan_to_num(0, 0, 0));

    [Fact]
    public void ADiffuseSceneAgreesWithItself()
    {
        using var scope = NewDisposeScope();
        // Two smooth bodies of one colour each: nothing but light and soft shadow is interpolated.
        Thing Ball(float radius, float grey, Vector3 position) => new(new Sphere(radius), new Material(new Plain(new Vector3(grey)), Gloss: 0), position);
        var smooth = Errors(new SphereTracer(EmbeddedScene.Content with { Things = [Ball(0.5f, 0.4f, new(-0.3f, 0, 0)), Ball(0.3f, 0.7f, new(0.65f, 0.3f, 0.1f))] }, grid: 1));
        Assert.InRange(smooth.Short.Overlap, 0.1, 0.9);
        Assert.True(smooth.Short.Rmse < 0.01 && smooth.Long.Rmse < 0.015, $"{smooth}");
        // The still life in one colour: its creases and the edges of its shadows are narrower than pixels.
        var life = Errors(Diffuse(new Plain(new Vector3(0.5f))));
        Assert.InRange(life.Long.Overlap, 0.1, life.Short.Overlap);
        Assert.True(life.Short.Rmse < 0.03 && life.Long.Rmse < 0.035, $"{life}");

        static (WarpError Short, WarpError Long) Errors(SphereTracer tracer)
        {
            var (a, near, far) = (Exact(tracer, At(40, 128)), Exact(tracer, At(44, 128)), Exact(tracer, At(68, 128)));
            return (Consistency.Between(a, near), Consistency.Between(a, far));
        }
    }

    [Fact]
    public void AWrongDepthIsSeenInTheColours()
    {
        using var scope = NewDisposeScope();
        var tracer = Diffuse();
        var (a, b) = (Exact(tracer, At(40, 128)), Exact(tracer, At(68, 128)));
        double right = Consistency.Between(a, b).Rmse;
        // All depths 5 % too large: both views agree on a surface that is not where the pictures were taken.
        double wrong = Consistency.Between(a with { Depth = a.Depth * 1.05 }, b with { Depth = b.Depth * 1.05 }, tolerance: 0.2).Rmse;
        double unwarped = (a.Color - b.Color).square().mean().sqrt().ToDouble();
        Assert.True(wrong > 1.5 * right && unwarped > 1.5 * right, $"{right}, {wrong}, {unwarped}");
    }

    [Fact]
    public void RmseIsOverMaskedPixelsAndLpipsSeesNothingElse()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(4);
        using var lpips = RandomWeights.Lpips("squeeze");
        var camera = At(35, 40);
        var depth = Depth(EmbeddedScene.Depth(camera), camera);
        var (color, other) = (rand([40, 40, 3], generator: random), rand([40, 40, 3], generator: random));
        var (warped, mask) = Warps.Backward(camera, depth, camera, depth, other);
        var (w, m, c) = (warped.data<float>().ToArray(), mask.data<bool>().ToArray(), color.data<float>().ToArray());
        double sum = 0;
        for (int i = 0; i < c.Length; i++) if (m[i / 3]) sum += ((double)w[i] - c[i]) * ((double)w[i] - c[i]);
        var error = Consistency.Between(new(camera, color, depth), new(camera, other, depth), lpips);
        Assert.Equal(double.Sqrt(sum / (3 * m.Count(x => x))), error.Rmse, 1e-6);
        Assert.Equal(m.Count(x => x) / 1600.0, error.Overlap, 1e-9);
        Assert.True(error.Lpips > 0.01);
        var empty = Consistency.Between(new(camera, color, zeros(40, 40)), new(camera, other, depth), lpips);
        Assert.Equal((double.NaN, 0.0, 0.0), (empty.Rmse, empty.Lpips!.Value, empty.Overlap));
    }
}
