using System.Text;
using NerfLab.Geometry;

namespace NerfLab.Tests;

/// <summary>Damaged meshes end as a mesh or as one sentence, and never need more memory than their size calls for.</summary>
public class GeometryFuzzTests
{
    private const int Cases = 2000;

    [Theory]
    [InlineData(nameof(PlyFormat.Ascii)), InlineData(nameof(PlyFormat.LittleEndian)), InlineData(nameof(PlyFormat.BigEndian))]
    public void Ply(string format) => Damage(Written("mesh.ply", (p, m) => PlyFile.Write(p, m, Enum.Parse<PlyFormat>(format))), bytes => PlyFile.Read("damaged", bytes));

    [Fact]
    public void Glb() => Damage(Written("mesh.glb", GlbFile.Write), GeometryGlbTests.Read);

    [Fact]
    public void Obj() => Damage(Written("mesh.obj", ObjFile.Write), bytes => ObjFile.Read(new TextFile("damaged", bytes)));

    // Every fortieth line: positions, texture coordinates and faces, most of which then have nothing to refer to.
    [Fact]
    public void TheRealCow()
    {
        var lines = File.ReadAllLines(RealData.Path("meshes/spot/cow.obj")).Where(l => !l.StartsWith("mtllib") && !l.StartsWith("usemtl")).ToList();
        var head = lines.Where(l => l.StartsWith("v ")).Take(60).Concat(lines.Where(l => l.StartsWith("vt ")).Take(60)).Concat(Enumerable.Range(1, 56).Select(i => $"f {i}/{i} {i + 1}/{i + 1} {i + 3}/{i + 3} -{i}/-{i}"));
        Damage(Encoding.UTF8.GetBytes(string.Join('\n', head)), bytes => ObjFile.Read(new TextFile("damaged", bytes)));
    }

    [Fact]
    public void Mtl()
    {
        using var folder = new TemporaryFolder();
        MeshFile.Write(folder["mesh.obj"], MeshShapes.Tetrahedron(texture: true));
        var library = File.ReadAllBytes(folder["mesh.mtl"]);
        for (int seed = 0; seed < 300; seed++)
        {
            File.WriteAllBytes(folder["mesh.mtl"], Mutate(library, new Random(seed)));
            try { MeshFile.Read(folder["mesh.obj"]); } catch (BadInputException e) { Assert.DoesNotContain("\n", e.Message); }
        }
    }

    private static byte[] Written(string name, Action<string, Mesh> write)
    {
        using var folder = new TemporaryFolder();
        write(folder[name], MeshShapes.Tetrahedron(normals: true, colors: true));
        return File.ReadAllBytes(folder[name]);
    }

    private static void Damage(byte[] file, Func<byte[], Mesh> read)
    {
        int good = 0, refused = 0;
        Assert.True(read(file).TriangleCount > 0);
        for (var seed = 0; seed < Cases; seed++)
        {
            var broken = Mutate(file, new Random(seed));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var mesh = read(broken);
                Assert.True(Array.TrueForAll(mesh.Triangles, i => i >= 0 && i < mesh.Positions.Length));
                Assert.True(Array.TrueForAll(mesh.Positions, p => float.IsFinite(p.X) && float.IsFinite(p.Y) && float.IsFinite(p.Z)));
                good++;
            }
            catch (BadInputException e)
            {
                Assert.DoesNotContain("\n", e.Message);
                refused++;
            }
            var used = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(used < 100 * broken.Length + 200_000, $"seed {seed}: {used} bytes for a file of {broken.Length}");
        }
        Assert.True(refused > Cases / 8 && good > 0, $"{refused} of {Cases} damaged files were refused, {good} were read");
    }

    /// <summary>Some bytes changed, a number made huge, or a piece cut, removed or doubled.</summary>
    private static byte[] Mutate(byte[] file, Random random)
    {
        var bytes = (byte[])file.Clone();
        int start = random.Next(file.Length), end = int.Min(file.Length, start + 1 + random.Next(40));
        switch (random.Next(6))
        {
            case 0:
                return bytes[..start];
            case 1:
                return [.. bytes[..start], .. bytes[end..]];
            case 2:
                return [.. bytes[..end], .. bytes[start..]];
            case 3:
                uint[] values = [uint.MaxValue, int.MaxValue, 1u << 31, 1u << 28, 0x7F800000, 0x7FC00000, (uint)random.Next()];
                BitConverter.TryWriteBytes(bytes.AsSpan(int.Min(start, file.Length - 4)), values[random.Next(values.Length)]);
                return bytes;
            case 4:
                // A number of the text grows.
                int digit = Array.FindIndex(bytes, start, b => b is >= (byte)'0' and <= (byte)'9');
                if (digit < 0) return bytes[..start];
                string[] numbers = ["4294967295", "2147483647", "-1", "1e39", "nan", "99999", "0"];
                return [.. bytes[..digit], .. Encoding.ASCII.GetBytes(numbers[random.Next(numbers.Length)]), .. bytes[(digit + 1)..]];
            default:
                for (int n = 1 + random.Next(6); n > 0; n--) bytes[random.Next(file.Length)] = (byte)random.Next(256);
                return bytes;
        }
    }
}
