using System.Numerics;
using NerfLab.Exports;
using NerfLab.Fields;
using NerfLab.Geometry;
using NerfLab.Rendering;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Fields whose surfaces are known, as meshes, normals and baked volumes.</summary>
public class ExportTests
{
    /// <summary>A ball about a point, dense within: its colour is where one looks at plus a little of where one looks from.</summary>
    private sealed class Ball(Vector3 middle, float radius, double density, double softness) : IField
    {
        public Tensor Density(Tensor x) => density * ((radius - (x - tensor(new[] { middle.X, middle.Y, middle.Z })).norm(-1)) / softness).sigmoid();

        public Radiance Query(Tensor x, Tensor d) => new(Density(x), (0.5 + 0.3 * (x - tensor(new[] { middle.X, middle.Y, middle.Z })) - 0.1 * d.select(-1, 2).unsqueeze(-1)).clamp(0, 1));
    }

    private static readonly Vector3 s_middle = new(0.1f, -0.2f, 0.3f);

    private static FieldPoints Points(double softness = 0.003) => new(new Ball(s_middle, 0.7f, 500, softness), CPU);

    [Fact]
    public void TheMeshOfABallIsThatBall()
    {
        using var scope = NewDisposeScope();
        var mesh = FieldMesh.Extract(Points(), Box.Cube(1.2f), 250, 41);
        // A slope of 0.003 between samples that are 0.06 apart: interpolation would miss by up to 0.03, halving by 0.001.
        Assert.All(mesh.Positions, p => Assert.InRange((p - s_middle).Length(), 0.699f, 0.701f));
        Assert.InRange(mesh.Positions.Zip(mesh.Normals!, (p, n) => Vector3.Dot(Vector3.Normalize(p - s_middle), n)).Min(), 0.98f, 1.0001f); // the slope is a step between the points of a difference
        for (int i = 0; i < mesh.Positions.Length; i++)
        {
            var expected = new Vector3(0.5f) + 0.3f * (mesh.Positions[i] - s_middle) + new Vector3(0.1f * mesh.Normals![i].Z); // looked at against the normal
            Assert.True(Vector3.Distance(expected, mesh.Colors![i]) < 1e-4f);
        }
        var (a, b, c) = mesh.Corners(0);
        Assert.True(Vector3.Dot(Vector3.Cross(b - a, c - a), a - s_middle) >= 0);
    }

    [Fact]
    public void ABoxCutsTheMeshAndAThresholdThatIsTooHighIsRefused()
    {
        using var scope = NewDisposeScope();
        var box = new Box(s_middle - new Vector3(1, 1, 0), s_middle + new Vector3(1));
        var mesh = FieldMesh.Extract(Points(), box, 250, 30);
        Assert.Equal(box.Min.Z, mesh.Bounds.Min.Z); // closed by a disc
        Assert.Equal(3 * double.Pi * 0.49, SurfaceSamples.Area(mesh), 0.1);
        var error = Assert.Throws<BadInputException>(() => FieldMesh.Extract(Points(), box, 600, 20));
        Assert.Contains("threshold 600: the density is nowhere as large, 500 is the largest", error.Message);
    }

    [Fact]
    public void WhatNoCameraSeesIsHiddenAndFilled()
    {
        // Two cameras on opposite sides see surfaces one unit from the middle; the right half of the second one sees nothing.
        Camera[] cameras = [.. ((float[])[4, -4]).Select(x => Camera.FromAngle(8, 8, 0.8f, Pose.LookAt(new(x, 0, 0), default, Vector3.UnitZ)))];
        var views = cameras.Select((c, k) => (c, Enumerable.Range(0, 64).Select(i => k == 1 && i % 8 >= 4 ? float.PositiveInfinity : 3f).ToArray())).ToList();
        var seen = new SeenPoints([], [], []) { Views = views };
        var left = -0.3f * cameras[1].Pose.Right;
        Assert.True(seen.IsHidden(left, 0.1f));
        Assert.False(seen.IsHidden(-left, 0.1f)); // through the open half
        Assert.False(seen.IsHidden(left + new Vector3(0.95f, 0, 0), 0.1f)); // within the margin of a surface
        Assert.False(seen.IsHidden(new(0, 100, 0), 0.1f)); // in no picture

        using var scope = NewDisposeScope();
        var mesh = FieldMesh.Extract(new FieldPoints(new Ball(s_middle, 0.7f, 0, 0.1), CPU), Box.Cube(1.2f), 1, 25, filled: p => (p - s_middle).Length() < 0.5f);
        Assert.All(mesh.Positions, p => Assert.InRange((p - s_middle).Length(), 0.49f, 0.51f));
    }

    [Fact]
    public void NormalsOfAPictureAreTheBalls()
    {
        using var scope = NewDisposeScope();
        var field = new Ball(s_middle, 0.7f, 50, 0.05);
        var camera = Camera.FromAngle(40, 30, 0.6f, Pose.LookAt(s_middle + new Vector3(0, -4, 0), s_middle, Vector3.UnitZ));
        var image = new Renderer(new UniformSampler(Space.Bounded(Box.Cube(1.2f), 0, 10), 400), Kernels.Kernels.Reference).Image(field, camera, zeros(3));
        var picture = NormalPicture.Of(new FieldPoints(field, CPU), camera, image);
        for (int y = 0; y < 30; y++)
            for (int x = 0; x < 40; x++)
            {
                var pixel = picture.Samples.AsSpan(3 * (y * 40 + x), 3);
                if (image.Opacity[y, x].ToSingle() < 0.5f) Assert.True(pixel is [128, 128, 128]);
                if (image.Opacity[y, x].ToSingle() < 0.9f) continue; // the rim, where a ray ends in no one place
                var hit = camera.Pose.Position + image.Depth[y, x].ToSingle() * camera.Direction(new Vector2(x + 0.5f, y + 0.5f));
                var n = Vector3.Normalize(hit - s_middle);
                // Looking along +y with z upwards: x is to the right, z upwards, and -y towards the viewer.
                Assert.InRange(pixel[0] - 255 * (n.X + 1) / 2, -6, 6);
                Assert.InRange(pixel[1] - 255 * (n.Z + 1) / 2, -6, 6);
                Assert.InRange(pixel[2] - 255 * (1 - n.Y) / 2, -6, 6);
            }
    }

    [Fact]
    public void ABakedVolumeHoldsColorsLobesAndOpacities()
    {
        using var scope = NewDisposeScope();
        var (field, box) = (new FieldPoints(new Ball(s_middle, 0.7f, 40, 0.04), CPU), Box.Cube(1.2f));
        var volume = BakedVolume.Of(field, box, 32);
        Assert.Equal((4, 4, 4), volume.Size);
        Assert.Equal(2.4f / 32, volume.Cell, 1e-6f);
        Assert.Equal(volume.Bricks, volume.Index.Max());
        Assert.Equal(volume.Bricks * 729 * 4, volume.Base.Length);
        Assert.Equal(volume.Bricks * 729 * 3, volume.Lobe.Length);
        // A cell in the middle of the ball, found through the index; there all directions agree on the lobe (0, 0, -0.1).
        int brick = volume.Index[(2 * 4 + 1) * 4 + 2] - 1, sample = (3 * 9 + 2) * 9 + 5, at = brick * 729 + sample;
        var p = box.Min + volume.Cell * new Vector3(2 * 8 + 5, 8 + 2, 2 * 8 + 3);
        float density = field.Densities([p])[0];
        Assert.Equal(255 * (1 - MathF.Exp(-density * volume.Cell)), volume.Base[4 * at + 3], 0.51f);
        for (int c = 0; c < 3; c++) Assert.Equal(255 * (0.5f + 0.3f * (p - s_middle)[c]), volume.Base[4 * at + c], 4f);
        Assert.InRange(volume.Lobe[3 * at + 2], 128 - 26, 128 - 18); // -0.1 is 25 steps below; the ridge takes a little
        Assert.InRange(volume.Lobe[3 * at], 126, 130);
        // A corner of the box is empty, and so are the bricks of an empty field.
        Assert.Equal(0, volume.Index[0]);
        Assert.Throws<BadInputException>(() => BakedVolume.Of(new FieldPoints(new Ball(s_middle, 0.7f, 0, 0.1), CPU), box, 16));
    }
}
