using System.Numerics;
using System.Text;
using NerfLab.Geometry;
using NerfLab.Imaging;

namespace NerfLab.Tests;

/// <summary>glTF as other programs write it: transforms, strips, quantised numbers, several primitives.</summary>
public class GeometryGlbTests
{
    /// <summary>A file of these parts; in the JSON ' stands for ".</summary>
    internal static byte[] Glb(string json, byte[] binary)
    {
        var text = Encoding.UTF8.GetBytes(json.Replace('\'', '"')).ToList();
        while (text.Count % 4 != 0) text.Add((byte)' ');
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var word in (uint[])[0x46546C67, 2, (uint)(28 + text.Count + binary.Length), (uint)text.Count, 0x4E4F534A]) writer.Write(word);
        writer.Write(text.ToArray());
        writer.Write(binary.Length);
        writer.Write(0x004E4942);
        writer.Write(binary);
        return bytes.ToArray();
    }

    internal static Mesh Read(byte[] file) => GlbFile.Read(new BinaryFile("mesh.glb", file));

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    // A triangle in bytes 0 to 35, and whatever else a test needs behind it.
    private static Mesh Triangle(string nodes, string primitive = "{'attributes': {'POSITION': 0}}", string more = "", string accessors = "", string views = "", byte[]? extra = null)
    {
        byte[] binary = [.. Floats(0, 0, 0, 1, 0, 0, 0, 1, 0), .. extra ?? []];
        return Read(Glb($$"""
            {'asset': {'version': '2.0'}, 'scenes': [{'nodes': [0]}], 'nodes': [{{nodes}}], 'meshes': [{'primitives': [{{primitive}}]}], {{more}}
             'accessors': [{'bufferView': 0, 'componentType': 5126, 'count': 3, 'type': 'VEC3'}{{accessors}}],
             'bufferViews': [{'buffer': 0, 'byteLength': 36}{{views}}], 'buffers': [{'byteLength': {{binary.Length}}}]}
            """, binary));
    }

    [Fact]
    public void TransformsOfNodesAreMultiplied()
    {
        // The parent turns x to y and moves along z; the child doubles first.
        var mesh = Triangle("{'children': [1], 'rotation': [0, 0, 0.70710678, 0.70710678], 'translation': [0, 0, 5]}, {'mesh': 0, 'scale': [2, 2, 2]}");
        Assert.True(Vector3.Distance(new Vector3(0, 2, 5), mesh.Positions[1]) < 1e-5f, $"{mesh.Positions[1]}");
        Assert.True(Vector3.Distance(new Vector3(-2, 0, 5), mesh.Positions[2]) < 1e-5f, $"{mesh.Positions[2]}");
        // The same as a matrix, column by column.
        var other = Triangle("{'mesh': 0, 'matrix': [0, 2, 0, 0, -2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 5, 1]}");
        for (int i = 0; i < 3; i++) Assert.True(Vector3.Distance(mesh.Positions[i], other.Positions[i]) < 1e-5f);
    }

    [Fact]
    public void MirrorsTurnTrianglesRound()
    {
        var mesh = Triangle("{'mesh': 0, 'scale': [1, 1, -1]}", "{'attributes': {'POSITION': 0, 'NORMAL': 1}}",
            accessors: ", {'bufferView': 1, 'componentType': 5126, 'count': 3, 'type': 'VEC3'}", views: ", {'buffer': 0, 'byteOffset': 36, 'byteLength': 36}", extra: Floats(0, 0, 1, 0, 0, 1, 0, 0, 1));
        var (a, b, c) = mesh.Corners(0);
        Assert.Equal(-1, Vector3.Cross(b - a, c - a).Z);
        Assert.All(mesh.Normals!, n => Assert.Equal(-Vector3.UnitZ, n));
    }

    [Fact]
    public void NormalsStayAtRightAnglesUnderUnequalScales()
    {
        var slope = Vector3.Normalize(new Vector3(1, 0, 1));
        byte[] normals = Floats([.. Enumerable.Repeat((float[])[slope.X, slope.Y, slope.Z], 3).SelectMany(v => v)]);
        var mesh = Triangle("{'mesh': 0, 'scale': [4, 1, 1]}", "{'attributes': {'POSITION': 0, 'NORMAL': 1}}",
            accessors: ", {'bufferView': 1, 'componentType': 5126, 'count': 3, 'type': 'VEC3'}", views: ", {'buffer': 0, 'byteOffset': 36, 'byteLength': 36}", extra: normals);
        // The direction (1,0,-1) of the surface becomes (4,0,-1).
        Assert.All(mesh.Normals!, n => Assert.Equal(0, Vector3.Dot(n, new Vector3(4, 0, -1)), 1e-5f));
    }

    [Fact]
    public void StripsFansAndSmallNumbers()
    {
        string Primitive(int mode) => $"{{'attributes': {{'POSITION': 1}}, 'indices': 2, 'mode': {mode}}}";
        // Positions as signed bytes of which 127 means 1, four bytes apart; indices as bytes.
        byte[] extra = [0, 0, 0, 9, 127, 0, 0, 9, 0, 127, 0, 9, 127, 127, 0, 9, 0, 1, 2, 3];
        const string Accessors = ", {'bufferView': 1, 'componentType': 5120, 'normalized': true, 'count': 4, 'type': 'VEC3'}, {'bufferView': 2, 'componentType': 5121, 'count': 4, 'type': 'SCALAR'}";
        const string Views = ", {'buffer': 0, 'byteOffset': 36, 'byteLength': 16, 'byteStride': 4}, {'buffer': 0, 'byteOffset': 52, 'byteLength': 4}";
        var strip = Triangle("{'mesh': 0}", Primitive(5), accessors: Accessors, views: Views, extra: extra);
        Assert.Equal([0, 1, 2, 2, 1, 3], strip.Triangles);
        Assert.Equal(new Vector3(1, 1, 0), strip.Positions[3]);
        Assert.Equal([0, 1, 2, 0, 2, 3], Triangle("{'mesh': 0}", Primitive(6), accessors: Accessors, views: Views, extra: extra).Triangles);
    }

    [Fact]
    public void PrimitivesAreMergedAndFactorsAreLinear()
    {
        // sRGB 0.5 is linear 0.2140; the picture is in the JSON.
        var picture = Convert.ToBase64String(ImageFile.Encode(MeshShapes.Picture(), ImageFormat.Png));
        var mesh = Triangle("{'mesh': 0, 'children': [1]}, {'mesh': 0, 'translation': [0, 0, 1]}",
            "{'attributes': {'POSITION': 0}, 'material': 0}, {'attributes': {'POSITION': 0, 'TEXCOORD_0': 1, 'COLOR_0': 0}, 'material': 1}, {'attributes': {'POSITION': 0}, 'mode': 1}",
            $"'materials': [{{'pbrMetallicRoughness': {{'baseColorFactor': [0.21404, 1, 0, 1]}}}}, {{'pbrMetallicRoughness': {{'baseColorTexture': {{'index': 0}}}}}}], 'textures': [{{'source': 0}}], 'images': [{{'uri': 'data:image/png;base64,{picture}'}}],",
            ", {'bufferView': 1, 'componentType': 5126, 'count': 3, 'type': 'VEC2'}", ", {'buffer': 0, 'byteOffset': 36, 'byteLength': 24}", Floats(0.3f, 0.5f, 0.3f, 0.5f, 0.3f, 0.5f));
        Assert.Equal(4, mesh.TriangleCount);
        Assert.True(Vector3.Distance(new(0.5f, 1, 0), mesh.ColorAt(0, new(0.2f, 0.3f, 0.5f))) < 1e-4f);
        // Positions served as colours: black, red, green times the texture at (0.3, 0.5), between pixels (1, 1) and (1, 2).
        var texture = MeshShapes.Picture();
        var between = new Vector3(texture.Samples[18] + texture.Samples[33], 0, 0) / 510;
        Assert.True(Vector3.Distance(between, mesh.ColorAt(1, Vector3.UnitY)) < 2e-3f, $"{between} {mesh.ColorAt(1, Vector3.UnitY)}");
        Assert.Equal(1, mesh.Positions[mesh.Triangles[6]].Z);
    }

    [Theory]
    [InlineData("{'mesh': 0, 'children': [0]}", "nodes[0].children[0] is node 0, which stands in the tree already")]
    [InlineData("{'mesh': 1}", "nodes[0].mesh is 1, but there are only 1")]
    [InlineData("{'mesh': 0.5}", "nodes[0].mesh is 0.5; a whole number")]
    [InlineData("{'mesh': 0, 'scale': [1, 2]}", "nodes[0].scale has 2 numbers; 3 are expected")]
    [InlineData("{'mesh': 0, 'scale': [1e38, 1e38, 1e38], 'children': [1]}, {'mesh': 0, 'scale': [1e38, 1, 1]}", "move to no finite place")]
    public void NodesThatAreRefused(string nodes, string expected) => Assert.Contains(expected, Assert.Throws<BadInputException>(() => Triangle(nodes)).Message);

    [Theory]
    [InlineData("{'attributes': {'POSITION': 0}, 'indices': 0}", "has the type VEC3, which does not fit indices")]
    [InlineData("{'attributes': {'POSITION': 0, 'NORMAL': 1}}", "needs 48 bytes, but its view has 36")]
    [InlineData("{'attributes': {'POSITION': 0, 'COLOR_0': 2}}", "has 1 values for 3 corners")]
    [InlineData("{'attributes': {'POSITION': 3}}", "has elements of 12 bytes, but its view a stride of 4")]
    [InlineData("{'attributes': {'POSITION': 4}}", "reaches to byte 136")]
    [InlineData("{'attributes': {'POSITION': 0}, 'indices': 5}", "holds the index 1065353216, but there are only 3 corners")]
    [InlineData("{'attributes': {}}", "POSITION is missing")]
    [InlineData("{'attributes': {'POSITION': 0}, 'mode': 7}", "mode is 7; a whole number from 0 to 6")]
    public void PrimitivesThatAreRefused(string primitive, string expected) => Assert.Contains(expected, Assert.Throws<BadInputException>(() => Triangle("{'mesh': 0}", primitive,
        accessors: ", {'bufferView': 0, 'componentType': 5126, 'count': 4, 'type': 'VEC3'}, {'bufferView': 0, 'componentType': 5126, 'count': 1, 'type': 'VEC3'}, {'bufferView': 1, 'componentType': 5126, 'count': 1, 'type': 'VEC3'}, {'bufferView': 2, 'componentType': 5126, 'count': 3, 'type': 'VEC3'}, {'bufferView': 0, 'componentType': 5125, 'count': 6, 'type': 'SCALAR'}",
        views: ", {'buffer': 0, 'byteLength': 36, 'byteStride': 4}, {'buffer': 0, 'byteOffset': 100, 'byteLength': 36}")).Message);

    [Theory]
    [InlineData("'extensionsRequired': ['KHR_draco_mesh_compression'],", "is KHR_draco_mesh_compression, which is not supported")]
    [InlineData("'scene': 3,", "scene is 3, but there are only 1")]
    public void FilesThatAreRefused(string more, string expected) => Assert.Contains(expected, Assert.Throws<BadInputException>(() => Triangle("{'mesh': 0}", more: more)).Message);

    [Fact]
    public void AFewBytesCannotAskForManyCorners()
    {
        // 500 nodes show 500 primitives of three corners each.
        var nodes = string.Join(',', Enumerable.Repeat("{'mesh': 0}", 500));
        var primitives = string.Join(',', Enumerable.Repeat("{'attributes': {'POSITION': 0}}", 500));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<BadInputException>(() => Triangle($"{{'children': [{string.Join(',', Enumerable.Range(1, 500))}]}}, {nodes}", primitives));
        Assert.Contains("fewer repetitions are expected", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 << 20);
    }
}
