using System.Numerics;
using System.Text;
using NerfLab.Geometry;
using NerfLab.Imaging;

namespace NerfLab.Tests;

/// <summary>Meshes that are written come back, and what other programs write is understood.</summary>
public class GeometryFileTests
{
    public static TheoryData<string, bool, bool, bool> Kinds()
    {
        var kinds = new TheoryData<string, bool, bool, bool>();
        foreach (var ending in (string[])["obj", "ply", "glb"])
            for (int i = 0; i < 8; i++) kinds.Add(ending, (i & 1) != 0, (i & 2) != 0, (i & 4) != 0);
        return kinds;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WhatIsWrittenComesBack(string ending, bool normals, bool colors, bool texture)
    {
        using var folder = new TemporaryFolder();
        var mesh = MeshShapes.Tetrahedron(normals, colors, texture);
        MeshFile.Write(folder["mesh." + ending], mesh);
        Same(mesh, MeshFile.Read(folder["mesh." + ending]));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.tmp"));
    }

    [Theory]
    [InlineData(nameof(PlyFormat.Ascii)), InlineData(nameof(PlyFormat.LittleEndian)), InlineData(nameof(PlyFormat.BigEndian))]
    public void PlyInEveryByteOrder(string name)
    {
        using var folder = new TemporaryFolder();
        var mesh = MeshShapes.Tetrahedron(true, true, true);
        var format = Enum.Parse<PlyFormat>(name);
        PlyFile.Write(folder["mesh.ply"], mesh, format);
        Assert.Contains(format switch { PlyFormat.Ascii => "ascii", PlyFormat.BigEndian => "big", _ => "little" }, File.ReadAllLines(folder["mesh.ply"])[1]);
        Same(mesh, MeshFile.Read(folder["mesh.ply"]));
    }

    [Theory]
    [InlineData("obj"), InlineData("ply"), InlineData("glb")]
    public void CloudsOfPoints(string ending)
    {
        using var folder = new TemporaryFolder();
        var cloud = MeshShapes.Tetrahedron(colors: true) with { Triangles = [] };
        MeshFile.Write(folder["points." + ending], cloud);
        Same(cloud, MeshFile.Read(folder["points." + ending]));
    }

    [Theory]
    [InlineData("obj"), InlineData("ply"), InlineData("glb")]
    public void TheRealCow(string ending)
    {
        var cow = MeshFile.Read(RealData.Path("meshes/spot/cow.obj"));
        Assert.Equal((5856, 3225), (cow.TriangleCount, cow.Positions.Length)); // one corner for each of the file's texture coordinates
        Assert.Equal(2930, cow.Positions.Distinct().Count());
        Assert.Equal((1024, 1024), (cow.Texture!.Width, cow.Texture.Height));
        Assert.Null(cow.Colors);
        using var folder = new TemporaryFolder();
        MeshFile.Write(folder["cow." + ending], cow);
        Same(cow, MeshFile.Read(folder["cow." + ending]));
    }

    // Corners may be numbered anew; triangles stay in their order.
    private static void Same(Mesh expected, Mesh actual)
    {
        Assert.Equal(expected.TriangleCount, actual.TriangleCount);
        Assert.Equal(expected.Positions.Length, actual.Positions.Length);
        Assert.Equal(expected.Texture?.Samples, actual.Texture?.Samples);
        Assert.Equal((expected.Normals is null, expected.Colors is null, expected.TextureCoordinates is null), (actual.Normals is null, actual.Colors is null, actual.TextureCoordinates is null));
        var (from, to) = expected.TriangleCount > 0 ? (expected.Triangles, actual.Triangles) : ([.. Enumerable.Range(0, expected.Positions.Length)], [.. Enumerable.Range(0, expected.Positions.Length)]);
        for (int i = 0; i < from.Length; i++)
        {
            Assert.Equal(expected.Positions[from[i]], actual.Positions[to[i]]);
            if (expected.Normals is { } n) Assert.True(Vector3.Distance(n[from[i]], actual.Normals![to[i]]) < 1e-6f);
            if (expected.Colors is { } c) Assert.True(Vector3.Distance(c[from[i]], actual.Colors![to[i]]) < 2e-4f, $"{c[from[i]]} {actual.Colors[to[i]]}"); // 16 bits of linear light
            if (expected.TextureCoordinates is { } t) Assert.True(Vector2.Distance(t[from[i]], actual.TextureCoordinates![to[i]]) < 1e-6f);
        }
    }

    private static Mesh Obj(string text) => ObjFile.Read(new TextFile("mesh.obj", Encoding.UTF8.GetBytes(text)));

    private static Mesh Ply(string text) => PlyFile.Read("mesh.ply", Encoding.UTF8.GetBytes(text));

    [Fact]
    public void ObjPolygonsNegativeNumbersAndContinuedLines()
    {
        var mesh = Obj("# a square\nv 0 0 0 # first\nv 1 0 0\nv 1 1 0\r\nv 0 1 0\ng any\ns off\nf -4 -3 \\\n -2 -1\nl 1 2\n");
        Assert.Equal([0, 1, 2, 0, 2, 3], mesh.Triangles);
        Assert.Equal(new Vector3(1, 1, 0), mesh.Positions[2]);
        Assert.Null(mesh.Normals);
    }

    [Fact]
    public void ConcavePolygonsKeepTheirArea()
    {
        // An L and a star, whose cutting from corner to corner would reach outside.
        Assert.Equal(3, Area("0 0,2 0,2 1,1 1,1 2,0 2"), 1e-5);
        var star = string.Join(',', Enumerable.Range(0, 10).Select(i => FormattableString.Invariant($"{(i % 2 == 0 ? 1 : 0.3) * double.Cos(i * double.Pi / 5)} {(i % 2 == 0 ? 1 : 0.3) * double.Sin(i * double.Pi / 5)}")));
        Assert.Equal(10 * 0.5 * 0.3 * double.Sin(double.Pi / 5), Area(star), 1e-5);

        static double Area(string outline)
        {
            var corners = outline.Split(',');
            var mesh = Obj(string.Concat(corners.Select(c => $"v {c} 0\n")) + "f " + string.Join(' ', Enumerable.Range(1, corners.Length)));
            Assert.Equal(corners.Length - 2, mesh.TriangleCount);
            Assert.All(Enumerable.Range(0, mesh.TriangleCount), t => Assert.True(mesh.Corners(t) is var (a, b, c) && Vector3.Cross(b - a, c - a).Z > 0));
            return SurfaceSamples.Area(mesh);
        }
    }

    [Fact]
    public void ObjColorsOfMaterialsGoToTheCorners()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["m.mtl"], "newmtl red\nKd 1 0 0\nNs 10\nnewmtl half\nKd 0.5\n");
        File.WriteAllText(folder["m.obj"], "mtllib m.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nusemtl red\nf 1 2 3\nusemtl half\nf 1 3 4\n");
        var mesh = MeshFile.Read(folder["m.obj"]);
        Assert.Equal(6, mesh.Positions.Length); // two corners have a colour on either side
        Assert.Equal(Vector3.UnitX, mesh.ColorAt(0, new(0.2f, 0.3f, 0.5f)));
        Assert.Equal(new Vector3(0.5f), mesh.ColorAt(1, new(0.2f, 0.3f, 0.5f)));
    }

    [Fact]
    public void SeveralTexturesBecomeOnePictureThatShowsTheSame()
    {
        using var folder = new TemporaryFolder();
        ImageFile.Write(folder["a.png"], MeshShapes.Picture(6, 9, 1));
        ImageFile.Write(folder["b.png"], MeshShapes.Picture(13, 4, 2));
        File.WriteAllText(folder["m.mtl"], "newmtl a\nmap_Kd a.png\nnewmtl b\nKd 0.5 0.5 1\nmap_Kd -s 1 1 1 C:\\pictures\\b.png\nnewmtl c\nKd 0 1 0\n");
        const string Square = "v 0 0 0\nv 1 0 0\nv 1 1 0\nvt 0.1 0.2\nvt -1.7 0.4\nvt 0.3 2.9\n";
        File.WriteAllText(folder["m.obj"], $"mtllib m.mtl\n{Square}usemtl a\nf 1/1 2/2 3/3\nusemtl b\nf 1/1 2/2 3/3\nusemtl c\nf 1 2 3\n");
        var mesh = MeshFile.Read(folder["m.obj"]);
        for (int part = 0; part < 2; part++)
        {
            // The same triangle with its texture alone, which repeats.
            File.WriteAllText(folder["one.mtl"], $"newmtl one\nmap_Kd {"ab"[part]}.png\n");
            File.WriteAllText(folder["one.obj"], $"mtllib one.mtl\n{Square}usemtl one\nf 1/1 2/2 3/3\n");
            var one = MeshFile.Read(folder["one.obj"]);
            var random = new Random(part);
            for (int i = 0; i < 200; i++)
            {
                float a = random.NextSingle(), b = (1 - a) * random.NextSingle();
                var weights = new Vector3(a, b, 1 - a - b);
                var expected = one.ColorAt(0, weights) * (part == 0 ? Vector3.One : new Vector3(0.5f, 0.5f, 1));
                Assert.True(Vector3.Distance(expected, mesh.ColorAt(part, weights)) < 2e-3f, $"{expected} {mesh.ColorAt(part, weights)}");
            }
        }
        Assert.True(Vector3.Distance(Vector3.UnitY, mesh.ColorAt(2, new(0.2f, 0.3f, 0.5f))) < 1e-6f);
    }

    [Fact]
    public void PlyAsOthersWriteIt()
    {
        var mesh = Ply("""
            ply
            format ascii 1.0
            comment made by hand
            obj_info nothing
            element camera 1
            property list uchar float pose
            property double focal
            element vertex 4
            property double x
            property double y
            property double z
            property float quality
            property ushort red
            property ushort green
            property ushort blue
            property uchar alpha
            element face 1
            property uchar flags
            property list uint8 uint vertex_index
            end_header
            3 1 2 3 50.5
            0 0 0 1 65535 0 0 255
            1 0 0 1 0 65535 0 255
            1 1 0 1 0 0 65535 255
            0 1 0 1 13107 13107 13107 255
            7 4 0 1 2 3
            """);
        Assert.Equal([0, 1, 2, 0, 2, 3], mesh.Triangles);
        Assert.Equal([Vector3.UnitX, Vector3.UnitY, Vector3.UnitZ, new Vector3(0.2f)], mesh.Colors!);
    }

    [Fact]
    public void ColorsBetweenPixelsAreInterpolatedAndRepeat()
    {
        var texture = new Bitmap(2, 1, 3, 8, [255, 0, 0, 0, 0, 255]);
        var mesh = new Mesh([default, Vector3.UnitX, Vector3.UnitY], [0, 1, 2]) { Texture = texture, TextureCoordinates = [new(0.25f, 0.5f), new(0.5f, 0.5f), new(-0.25f, 7.5f)] };
        Assert.Equal(Vector3.UnitX, mesh.ColorAt(0, Vector3.UnitX)); // the centre of the first pixel
        Assert.Equal(new Vector3(0.5f, 0, 0.5f), mesh.ColorAt(0, Vector3.UnitY)); // between the two
        Assert.Equal(Vector3.UnitZ, mesh.ColorAt(0, Vector3.UnitZ)); // -1/4 is 3/4
        Assert.Equal(new Vector3(0.5f, 0, 0), (mesh with { Colors = [.. Enumerable.Repeat(new Vector3(0.5f), 3)] }).ColorAt(0, Vector3.UnitX));
    }

    [Fact]
    public void SamplesAreEvenlySpread()
    {
        // A tetrahedron whose large face has √3 of the area 3 + √3: counts are exact to within one.
        var mesh = MeshShapes.Tetrahedron();
        var samples = SurfaceSamples.Of(mesh, 20000, 5);
        double area = (3 + double.Sqrt(3)) / 2;
        Assert.Equal(area, SurfaceSamples.Area(mesh), 1e-6);
        for (int t = 0; t < 4; t++) Assert.InRange(samples.Triangles.Count(k => k == t) - (t == 3 ? double.Sqrt(3) / 2 : 0.5) / area * 20000, -1.01, 1.01);
        // Within the triangle z = 0 every one of 16 equal triangles gets its share: χ² of 15 degrees of freedom, 99.99 %.
        var counts = new int[4, 4, 2];
        var onFloor = samples.Points.Where((_, i) => samples.Triangles[i] == 0).ToList();
        foreach (var p in onFloor) counts[(int)(4 * p.X), (int)(4 * p.Y), 4 * p.X % 1 + 4 * p.Y % 1 < 1 ? 0 : 1]++;
        double expected = onFloor.Count / 16.0;
        Assert.InRange(counts.Cast<int>().Where(c => c > 0).Sum(c => (c - expected) * (c - expected) / expected), 0.5, 45);
        Assert.Equal(16, counts.Cast<int>().Count(c => c > 0));
        Assert.All(samples.Normals.Zip(samples.Triangles), s => Assert.True(Vector3.Dot(s.First, s.Second switch { 0 => -Vector3.UnitZ, 1 => -Vector3.UnitY, 2 => -Vector3.UnitX, _ => Vector3.One / MathF.Sqrt(3) }) > 0.99999f));
        Assert.Equal(samples.Points, SurfaceSamples.Of(mesh, 20000, 5).Points);
        Assert.NotEqual(samples.Points, SurfaceSamples.Of(mesh, 20000, 6).Points);
    }

    [Fact]
    public void TrianglesWithoutAreaGetNoSamples()
    {
        var mesh = new Mesh([default, Vector3.UnitX, Vector3.UnitY], [0, 0, 1, 0, 1, 2, 2, 2, 2]);
        Assert.All(SurfaceSamples.Of(mesh, 100, 1).Triangles, t => Assert.Equal(1, t));
        Assert.Throws<BadInputException>(() => SurfaceSamples.Of(mesh with { Triangles = [0, 0, 1] }, 10, 1));
    }
}
