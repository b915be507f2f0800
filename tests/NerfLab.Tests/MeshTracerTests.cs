using System.Numerics;
using NerfLab.Data;
using NerfLab.Procedural;

namespace NerfLab.Tests;

public class MeshTracerTests
{
    static readonly Lighting Light = Lighting.Daylight(Vector3.UnitZ);

    /// <summary>Triangles of all sizes at random places, some thin, some in one plane.</summary>
    static Mesh Soup(int count, int seed)
    {
        var random = new Random(seed);
        Vector3 Point(float scale) => scale * new Vector3(random.NextSingle() - 0.5f, random.NextSingle() - 0.5f, random.Next(4) == 0 ? 0 : random.NextSingle() - 0.5f);
        var positions = new List<Vector3>();
        for (int i = 0; i < count; i++)
        {
            var at = Point(2);
            float size = MathF.Pow(10, -2.5f * random.NextSingle());
            positions.AddRange([at, at + Point(size), at + Point(size)]);
        }
        return new Mesh([.. positions], [.. Enumerable.Range(0, 3 * count)]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 2)]
    [InlineData(900, 3)]
    public void TheHierarchyFindsWhatLookingAtEveryTriangleFinds(int count, int seed)
    {
        var mesh = Soup(count, seed);
        var bvh = new Bvh(mesh.Positions, mesh.Triangles);
        var random = new Random(seed + 10);
        int met = 0;
        for (int i = 0; i < 3000; i++)
        {
            var origin = 3 * new Vector3(random.NextSingle() - 0.5f, random.NextSingle() - 0.5f, random.NextSingle() - 0.5f);
            var direction = Vector3.Normalize(mesh.Positions[random.Next(mesh.Positions.Length)] + 0.05f * new Vector3(random.NextSingle(), random.NextSingle(), random.NextSingle()) - origin);
            if (i % 5 == 0) direction = i % 2 == 0 ? Vector3.UnitX : -Vector3.UnitZ; // along an axis
            float farthest = i % 3 == 0 ? 1.2f : float.PositiveInfinity, nearest = farthest;
            int which = -1;
            for (int t = 0; t < count; t++)
            {
                Vector3 a = mesh.Positions[3 * t], b = mesh.Positions[3 * t + 1], c = mesh.Positions[3 * t + 2];
                if (Bvh.Meets(origin, direction, a, b - a, c - a) is var (d, _, _) && d < nearest) (nearest, which) = (d, t);
            }
            Assert.Equal(which >= 0, bvh.Meet(origin, direction, farthest, out var hit));
            Assert.Equal(which >= 0, bvh.Blocked(origin, direction, farthest));
            if (which < 0) continue;
            met++;
            Assert.Equal(nearest, hit.Distance);
            Assert.Equal(which, hit.Which);
        }
        Assert.True(met > 200 || count < 100, $"{met} rays met something");
    }

    /// <summary>A ball of triangles.</summary>
    static Mesh Ball(int rings)
    {
        var positions = new List<Vector3>();
        var triangles = new List<int>();
        for (int i = 0; i <= rings; i++)
            for (int j = 0; j < 2 * rings; j++)
            {
                var (sin, cos) = MathF.SinCos(MathF.PI * i / rings);
                var (s, c) = MathF.SinCos(MathF.PI * j / rings);
                positions.Add(new Vector3(sin * c, sin * s, cos));
            }
        for (int i = 0; i < rings; i++)
            for (int j = 0; j < 2 * rings; j++)
            {
                int k = (j + 1) % (2 * rings), n = 2 * rings;
                triangles.AddRange([i * n + j, (i + 1) * n + j, (i + 1) * n + k, i * n + j, (i + 1) * n + k, i * n + k]);
            }
        return new Mesh([.. positions], [.. triangles]);
    }

    [Fact]
    public void ABallOfTrianglesLooksLikeABall()
    {
        var camera = Camera.FromAngle(64, 64, 0.8f, Pose.LookAt(new(0, -4, 1), Vector3.Zero, Vector3.UnitZ));
        var mesh = new MeshTracer(Ball(64), Light, new Material(new Plain(new Vector3(0.4f))));
        var ball = new SphereTracer(new SolidScene([new Thing(new Sphere(1), new Material(new Plain(new Vector3(0.4f))))], Light));
        var (a, b) = (mesh.Render(camera).Samples, ball.Render(camera).Samples);
        // The same shading from the same lighting; only the polygon's outline and the way shadows are sampled differ.
        double mean = a.Zip(b, (x, y) => double.Abs(x - y)).Average();
        Assert.True(mean < 2.5, $"{mean}");
        var (da, db, na, nb) = (mesh.Depth(camera), ball.Depth(camera), mesh.Normals(camera), ball.Normals(camera));
        int both = 0;
        for (int i = 0; i < da.Length; i++)
        {
            if (!float.IsFinite(da[i]) || !float.IsFinite(db[i])) continue;
            both++;
            Assert.Equal(db[i], da[i], 0.05f);
            Assert.True(Vector3.Dot(na[i], nb[i]) > 0.995f, $"{na[i]} for {nb[i]}");
        }
        Assert.True(both > 500);
        Assert.Equal(mesh.Objects(camera).Count(o => o == 1), da.Count(float.IsFinite));
    }

    [Fact]
    public void ACubeKeepsItsEdgesAndABallLosesThem()
    {
        // Nine positions of a unit cube's face, its corners shared by three faces at right angles.
        var corners = Enumerable.Range(0, 8).Select(i => new Vector3(i & 1, i >> 1 & 1, i >> 2)).ToArray();
        int[] quads = [0, 2, 3, 1, 4, 5, 7, 6, 0, 1, 5, 4, 2, 6, 7, 3, 0, 4, 6, 2, 1, 3, 7, 5];
        var triangles = Enumerable.Range(0, 6).SelectMany(q => new[] { quads[4 * q], quads[4 * q + 1], quads[4 * q + 2], quads[4 * q], quads[4 * q + 2], quads[4 * q + 3] }).ToArray();
        var tracer = new MeshTracer(new Mesh(corners, triangles), Light);
        var camera = Camera.FromAngle(33, 33, 0.6f, Pose.LookAt(new(0.5f, -3, 0.5f), new(0.5f), Vector3.UnitZ));
        Assert.All(tracer.Normals(camera).Where(n => n != Vector3.Zero), n => Assert.True(Vector3.Distance(n, -Vector3.UnitY) < 1e-4f));
    }

    [Fact]
    public void ATextureIsReadBetweenItsPixels()
    {
        // 2x1: black and white. A quarter of the way lies the middle of the first pixel.
        var texture = new Bitmap(2, 1, 3, 8, [0, 0, 0, 255, 255, 255]);
        Assert.Equal(0, MeshTracer.Texel(texture, new(0.25f, 0.5f)).X, 1e-6f);
        Assert.Equal(0.5f, MeshTracer.Texel(texture, new(0.5f, 0.5f)).X, 1e-6f);
        Assert.Equal(1, MeshTracer.Texel(texture, new(0.75f, 0.3f)).X, 1e-6f);
        Assert.Equal(0.5f, MeshTracer.Texel(texture, new(1, 0.5f)).X, 1e-6f); // it repeats
        Assert.Equal(MeshTracer.Texel(texture, new(0.4f, 0.5f)).X, MeshTracer.Texel(texture, new(-0.6f, 7.5f)).X, 1e-5f);
    }

    [Fact]
    public void AMeshWithoutTrianglesIsRefused() =>
        Assert.Contains("no triangles", Assert.Throws<BadInputException>(() => new MeshTracer(new Mesh([Vector3.Zero], []), Light)).Message);

    [Fact]
    public void VoxelsBecomeTheSurfaceBetweenFullAndEmpty()
    {
        // One voxel, then two beside each other: 6 and 10 faces; a repetition and an empty grid are left out.
        var values = new double[4 * 27];
        values[13] = 1;
        values[27 + 13] = values[27 + 14] = 1;
        values[54 + 13] = 1;
        using var folder = new TemporaryFolder();
        new NpyFile([4, 3, 3, 3], values).Write(folder["x.npy"]);
        var grids = VoxelGrids.Read(folder["x.npy"]);
        Assert.Equal((2, 2), (grids.Grids.Count, grids.LeftOut));
        Assert.Equal(12, grids.Surface(0).TriangleCount);
        Assert.Equal(20, grids.Surface(1).TriangleCount);
        Assert.Equal(8, grids.Surface(0).Positions.Length);
        var box = grids.Surface(1).Bounds;
        Assert.Equal(new Vector3(1, 1, 2) / 3, Vector3.Round(box.Size * 3) / 3);
        // Every face looks outwards: the volume that they enclose is positive.
        var mesh = grids.Surface(1);
        float volume = 0;
        for (int t = 0; t < mesh.TriangleCount; t++) volume += Vector3.Dot(mesh.Positions[mesh.Triangles[3 * t]], Vector3.Cross(mesh.Positions[mesh.Triangles[3 * t + 1]], mesh.Positions[mesh.Triangles[3 * t + 2]])) / 6;
        Assert.Equal(2f / 27, volume, 1e-5f);
    }

    [Theory]
    [InlineData(60, "ends within shape")]
    [InlineData(5, "not a .npy file")]
    public void DamagedVoxelsAreOneSentence(int percent, string expected)
    {
        using var folder = new TemporaryFolder();
        new NpyFile([2, 3, 3, 3], new double[54]).Write(folder["x.npy"]);
        var bytes = File.ReadAllBytes(folder["x.npy"]);
        File.WriteAllBytes(folder["x.npy"], percent < 10 ? bytes[1..] : bytes[..(bytes.Length * percent / 100)]);
        var e = Assert.Throws<BadInputException>(() => VoxelGrids.Read(folder["x.npy"]));
        Assert.Contains(expected, e.Message);
        File.WriteAllBytes(folder["x.npy.gz"], bytes);
        Assert.Contains("damaged", Assert.Throws<BadInputException>(() => VoxelGrids.Read(folder["x.npy.gz"])).Message);
    }

    [Fact]
    public void RealChairsAreReadAndRepetitionsLeftOut()
    {
        var grids = VoxelGrids.Read(RealData.Path("meshes/modelnet10_voxels/chair.npy.gz"));
        Assert.Equal((32, 32, 32), (grids.Depth, grids.Height, grids.Width));
        Assert.Equal(839, grids.Grids.Count);
        Assert.InRange(grids.Surface(0).TriangleCount, 100, 20000);
    }
}
