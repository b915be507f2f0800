using System.Text;
using NerfLab.Geometry;

namespace NerfLab.Tests;

/// <summary>What is wrong with a mesh is said with its place.</summary>
public class GeometryBadInputTests
{
    [Theory]
    [InlineData("v 1 2\n", "mesh.obj line 1: a coordinate is missing")]
    [InlineData("v 1 2 x\n", "mesh.obj line 1: a coordinate is x; a finite number is expected")]
    [InlineData("\nv 1 2 nan\n", "mesh.obj line 2: a coordinate is nan")]
    [InlineData("v 1 2 3 255 0 0\n", "the colour is 255 0 0; numbers from 0 to 1")]
    [InlineData("v 1 2 3\nf 1 1\n", "line 2: the face has 2 corners; at least 3")]
    [InlineData("v 1 2 3\nf 1 1 2\n", "line 2: the face has position 2, but 1 stand before it")]
    [InlineData("v 1 2 3\nf 1 1 -2\n", "the face has position -2, but 1 stand before it")]
    [InlineData("v 1 2 3\nf 1 1 0\n", "the face has position 0, but 1 stand before it")]
    [InlineData("v 1 2 3\nf 1/1 1/1 1/1\n", "the face has texture coordinate 1, but 0 stand before it")]
    [InlineData("v 1 2 3\nf 1//1 1//1 1//1\n", "the face has normal 1, but 0")]
    [InlineData("v 1 2 3\nf 1 a 1\n", "the number of a position is a; a whole number")]
    [InlineData("mtllib no.mtl\n", "line 1: the mtllib no.mtl is not there")]
    [InlineData("hello\n", "no line starts with v")]
    public void Obj(string text, string expected) => Assert.Contains(expected, Assert.Throws<BadInputException>(() => ObjFile.Read(new TextFile("mesh.obj", Encoding.UTF8.GetBytes(text)))).Message);

    private const string Vertex = "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n";

    [Theory]
    [InlineData("plz\n", "the first line is not \"ply\"")]
    [InlineData("ply\nformat binary 1.0\n", "line 2: the format is binary; ascii,")]
    [InlineData("ply\nelement vertex -1\n", "-1 vertex elements")]
    [InlineData("ply\nproperty float x\n", "the property belongs to no element")]
    [InlineData("ply\nelement vertex 1\nproperty real x\n", "the type real is unknown; char, uchar")]
    [InlineData("ply\nelement vertex 1\nproperty list float int x\n", "the length of a list is of type float")]
    [InlineData("ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\n", "the file ends within its header")]
    [InlineData("ply\nend_header\n", "ends without a line \"format\"")]
    [InlineData("ply\nformat ascii 1.0\nelement a 4000000\nend_header\n", "the element a has no properties")]
    [InlineData("ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nend_header\n1\n", "the vertices have no x, y and z")]
    [InlineData("ply\nformat ascii 1.0\nelement vertex 2000000000\nproperty float x\nend_header\n1\n", "2000000000 vertex elements are announced, but only 2 bytes follow")]
    [InlineData("ply\nformat binary_little_endian 1.0\nelement vertex 2000000000\nproperty double x\nend_header\n1\n", "2000000000 vertex elements of at least 8 bytes")]
    [InlineData("ply\nformat ascii 1.0\nelement face 1\nproperty list uchar int vertex_index\nend_header\n3 0 0 0\n", "no vertices before the faces")]
    [InlineData(Vertex + "end_header\n0 0 0\n1 0 0\n1 q 0\n", "line 10: y is q; a finite number")]
    [InlineData(Vertex + "element face 1\nproperty list uchar int vertex_index\nend_header\n0 0 0\n1 0 0\n1 1 0\n3 0 1 3\n", "face 0 has the corner 3; 0 to 2 is expected")]
    [InlineData(Vertex + "element face 1\nproperty list uchar int vertex_index\nend_header\n0 0 0\n1 0 0\n1 1 0\n2 0 1\n", "face 0 has 2 corners")]
    [InlineData(Vertex + "comment TextureFile no.png\nend_header\n", "the texture no.png is not there")]
    public void Ply(string text, string expected) => Assert.Contains(expected, Assert.Throws<BadInputException>(() => PlyFile.Read("mesh.ply", Encoding.UTF8.GetBytes(text))).Message);

    [Theory]
    [InlineData("mesh.stl", "meshes are not read from '.stl'; .obj, .ply or .glb is expected")]
    [InlineData("mesh.gltf", "save it as one .glb file")]
    [InlineData("nowhere.obj", "nowhere.obj: the file is missing")]
    [InlineData("nowhere.ply", "nowhere.ply: the file is missing")]
    [InlineData("nowhere.glb", "nowhere.glb: the file is missing")]
    public void Paths(string path, string expected) => Assert.Contains(expected, Assert.Throws<BadInputException>(() => MeshFile.Read(path)).Message);

    [Fact]
    public void AMeshThatCannotBeWrittenLeavesNothing()
    {
        Assert.Contains("not written as '.stl'", Assert.Throws<BadInputException>(() => MeshFile.Write("mesh.stl", MeshShapes.Tetrahedron())).Message);
        Assert.Contains("cannot be written", Assert.Throws<BadInputException>(() => MeshFile.Write("/proc/nerflab/mesh.glb", MeshShapes.Tetrahedron())).Message);
    }

    [Fact]
    public void AMaterialOrTextureThatIsMissing()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["m.mtl"], "newmtl a\nmap_Kd none.png\n");
        File.WriteAllText(folder["m.obj"], "mtllib m.mtl\nv 0 0 0\n");
        Assert.Contains("m.mtl line 2: the texture none.png is not there", Assert.Throws<BadInputException>(() => MeshFile.Read(folder["m.obj"])).Message);
        File.WriteAllText(folder["m.mtl"], "newmtl a\nKd 1 1 1\n");
        File.WriteAllText(folder["m.obj"], "mtllib m.mtl\nv 0 0 0\nusemtl b\nf 1 1 1\n");
        Assert.Contains("line 3: the material b is in no mtllib", Assert.Throws<BadInputException>(() => MeshFile.Read(folder["m.obj"])).Message);
        // A picture that is none.
        File.WriteAllText(folder["m.mtl"], "newmtl a\nmap_Kd m.obj\n");
        Assert.Contains("m.obj", Assert.Throws<BadInputException>(() => MeshFile.Read(folder["m.obj"])).Message);
    }
}
