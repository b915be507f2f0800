using System.Numerics;
using NerfLab.Geometry;

namespace NerfLab.Tests;

/// <summary>Marching cubes: closed surfaces of anything, and the right ones of what is known.</summary>
public class GeometryIsoSurfaceTests
{
    private static readonly Box s_cube = Box.Cube(1.5f);

    private static IsoSurface Of(Func<Vector3, float> value, int samples, float level = 0, Box? box = null)
    {
        var b = box ?? s_cube;
        return IsoSurface.Extract(b, (samples, samples, samples), level, (x, layer) =>
        {
            for (int i = 0; i < layer.Length; i++) layer[i] = value(b.Min + b.Size * new Vector3(x, i / samples, i % samples) / (samples - 1));
        });
    }

    /// <summary>Every edge lies between exactly two triangles, which run through it in opposite directions.</summary>
    private static void IsClosed(Mesh mesh)
    {
        var edges = new HashSet<(int, int)>();
        for (int t = 0; t < mesh.Triangles.Length; t += 3)
            for (int k = 0; k < 3; k++) Assert.True(edges.Add((mesh.Triangles[t + k], mesh.Triangles[t + (k + 1) % 3])), "an edge is run through twice in one direction");
        Assert.All(edges, e => Assert.True(edges.Contains((e.Item2, e.Item1)), "an edge has only one triangle"));
    }

    /// <summary>Six times the volume, by the divergence theorem.</summary>
    private static double Volume(Mesh mesh) => Enumerable.Range(0, mesh.TriangleCount).Sum(t => mesh.Corners(t) is var (a, b, c) ? (double)Vector3.Dot(a, Vector3.Cross(b, c)) : 0) / 6;

    [Fact]
    public void EveryCaseIsMadeOfItsEdges()
    {
        Assert.Equal(256, CubeCases.Triangles.Length);
        for (int inside = 0; inside < 256; inside++)
        {
            var crossed = Enumerable.Range(0, 12).Where(e => CubeCases.Edges[e] is var (axis, low) && (inside >> low & 1) != (inside >> (low | 1 << axis) & 1));
            Assert.Equal(crossed, CubeCases.Triangles[inside].Distinct().Order());
        }
        Assert.Equal(5, CubeCases.Triangles.Max(t => t.Length / 3));
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void TheSurfaceOfNoiseIsClosed(int seed)
    {
        // Every sample of its own: all cases occur, ambiguous ones beside each other, and the surface meets the boundary everywhere.
        var random = new Random(seed);
        int samples = 14;
        var mesh = Of(_ => random.NextSingle() - 0.2f * seed, samples).Mesh;
        Assert.True(mesh.TriangleCount > 1000);
        IsClosed(mesh);
        Assert.True(Volume(mesh) > 0, "triangles face inwards");
        Assert.True(s_cube.Contains(mesh.Bounds.Min) && s_cube.Contains(mesh.Bounds.Max));
    }

    [Fact]
    public void WhatFillsTheBoxIsTheBox()
    {
        var mesh = Of(_ => 1, 5).Mesh;
        IsClosed(mesh);
        Assert.Equal(27, Volume(mesh), 1e-4);
        Assert.Equal(54, SurfaceSamples.Area(mesh), 1e-4);
    }

    [Fact]
    public void NothingHasNoSurface() => Assert.Equal(0, Of(_ => float.NaN, 5).Mesh.TriangleCount);

    [Fact]
    public void AreaAndVolumeOfASphereConverge()
    {
        double lastArea = 0, lastVolume = 0;
        foreach (int samples in (int[])[11, 21, 41])
        {
            var mesh = Of(p => 1 - p.Length(), samples).Mesh;
            IsClosed(mesh);
            double area = double.Abs(SurfaceSamples.Area(mesh) / (4 * double.Pi) - 1), volume = double.Abs(Volume(mesh) / (4 * double.Pi / 3) - 1);
            // Both errors go with the square of the distance between samples.
            if (lastArea > 0) Assert.True(area < lastArea / 3 && volume < lastVolume / 3, $"{samples}: area off by {area}, volume by {volume}; before {lastArea} and {lastVolume}");
            (lastArea, lastVolume) = (area, volume);
        }
        Assert.True(lastArea < 0.003 && lastVolume < 0.004, $"{lastArea} {lastVolume}");
    }

    [Fact]
    public void CornersAreSharedAndLieBetweenTheirSamples()
    {
        var (mesh, inside, outside) = Of(p => 1 - p.Length(), 16);
        Assert.Equal(mesh.Positions.Length, mesh.Positions.Distinct().Count());
        Assert.Equal(2, mesh.Positions.Length - 3 * mesh.TriangleCount / 2 + mesh.TriangleCount); // Euler's formula for a sphere
        for (int i = 0; i < inside.Length; i++)
        {
            Assert.True(inside[i].Length() <= 1 && outside[i].Length() > 1);
            Assert.Equal(0, Vector3.Cross(mesh.Positions[i] - inside[i], outside[i] - inside[i]).Length(), 1e-5f);
        }
    }

    [Fact]
    public void SamplesAreAskedLayerByLayerOverAnyBox()
    {
        var box = new Box(new(-1, 2, 0), new(3, 3, 2));
        var asked = new List<int>();
        var mesh = IsoSurface.Extract(box, (9, 3, 5), 0.5f, (x, layer) =>
        {
            asked.Add(x);
            Assert.Equal(15, layer.Length);
            for (int i = 0; i < layer.Length; i++) layer[i] = x / 8f; // grows along x: a plane in the middle
        }).Mesh;
        Assert.Equal(Enumerable.Range(0, 9), asked);
        Assert.Equal(new Box(new(1, 2, 0), new(3, 3, 2)), mesh.Bounds);
        Assert.Equal(4, Volume(mesh), 1e-4);
    }

    [Fact]
    public void TheLargestPieceIsKeptWithoutItsHollow()
    {
        // A shell with a hollow, and a small ball beside it.
        var mesh = Of(p => float.Max(float.Min(0.7f - (p - new Vector3(0.5f)).Length(), (p - new Vector3(0.5f)).Length() - 0.3f), 0.3f - (p + new Vector3(1)).Length()), 31).Mesh;
        var colored = mesh with { Colors = [.. mesh.Positions.Select(p => Vector3.Abs(p) / 2)] };
        var largest = Components.Largest(colored);
        Assert.True(largest.TriangleCount < mesh.TriangleCount);
        IsClosed(largest);
        Assert.Equal(4 * double.Pi / 3 * 0.343, Volume(largest), 0.03);
        Assert.All(largest.Positions.Zip(largest.Colors!), p => Assert.Equal(Vector3.Abs(p.First) / 2, p.Second));
    }
}
