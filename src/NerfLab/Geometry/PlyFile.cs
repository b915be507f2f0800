using System.Numerics;
using System.Text;
using NerfLab.Imaging;
using static System.FormattableString;

namespace NerfLab.Geometry;

/// <summary>Stanford PLY: a header that describes what follows, as text or binary in either byte order.</summary>
/// <remarks>
/// Read are the elements vertex (x y z, nx ny nz, red green blue as whole or as real numbers, s t or u v) and face (a list
/// vertex_indices or vertex_index; any polygon); everything else is passed over. A texture is the one of a line
/// <c>comment TextureFile NAME</c>, as MeshLab writes it. A file without faces is a cloud of points.
/// </remarks>
internal static class PlyFile
{
    internal const string Expected = "a mesh or a cloud of points in Stanford's PLY format";

    // Places in the array of a vertex's values.
    private const int X = 0, Normal = 3, Red = 6, U = 9, Values = 11;

    public static Mesh Read(string path)
    {
        var file = BinaryFile.Load(path, Expected);
        return Read(path, file.Bytes(file.Left, "the file").ToArray());
    }

    internal static Mesh Read(string path, byte[] bytes)
    {
        var text = new TextFile(path, bytes);
        var (format, elements, texture) = PlyHeader.Read(text);
        IPlyValues values = format == PlyFormat.Ascii ? new PlyText(text) : new PlyBinary(path, bytes, text.Next, format == PlyFormat.BigEndian);
        var (vertices, triangles) = (new Vertices(), new List<int>());
        foreach (var element in elements)
        {
            if (element.Properties.Count == 0 && element.Count > 0) throw new BadInputException($"{path}: the element {element.Name} has no properties");
            values.Expect(element);
            if (element.Name == "vertex") vertices = new Vertices(path, element, values);
            else Faces(path, element, values, vertices.Positions, triangles);
        }
        if (vertices.Positions.Length == 0) throw new BadInputException($"{path}: there are no vertices; {Expected} is expected");
        return new Mesh(vertices.Positions, [.. triangles])
        {
            Normals = vertices.Normals,
            Colors = vertices.Colors,
            TextureCoordinates = texture is null ? null : vertices.Coordinates,
            Texture = texture is null || vertices.Coordinates is null ? null : ImageFile.ReadBitmap(texture),
        };
    }

    /// <summary>The values of vertices that a mesh can use.</summary>
    private sealed class Vertices
    {
        public Vertices() { }

        public Vertices(string path, PlyElement element, IPlyValues values)
        {
            var places = element.Properties.Select(p => p.Count is not null ? -1 : Place(p.Name)).ToArray();
            bool Has(int from, int count) => Enumerable.Range(from, count).All(i => places.Contains(i));
            if (!Has(X, 3)) throw new BadInputException($"{path}: the vertices have no x, y and z");
            Positions = new Vector3[element.Count];
            if (Has(Normal, 3)) Normals = new Vector3[element.Count];
            if (Has(Red, 3)) Colors = new Vector3[element.Count];
            if (Has(U, 2)) Coordinates = new Vector2[element.Count];
            var white = element.Properties.Zip(places).Where(p => p.Second == Red).Select(p => p.First.Type.Name switch { "uchar" or "char" => 255f, "ushort" or "short" => 65535f, "float" or "double" => 1f, _ => 255f }).FirstOrDefault();
            var vertex = new float[Values];
            for (var i = 0; i < element.Count; i++)
            {
                values.Begin();
                for (var k = 0; k < places.Length; k++)
                {
                    if (element.Properties[k].Count is { } count) values.Skip(element.Properties[k].Type, values.Length(count, element.Properties[k].Type));
                    else if (places[k] < 0) values.Skip(element.Properties[k].Type, 1);
                    else vertex[places[k]] = (float)values.Number(element.Properties[k].Type, element.Properties[k].Name);
                }
                Positions[i] = new Vector3(vertex.AsSpan(X));
                if (Normals is not null) Normals[i] = new Vector3(vertex.AsSpan(Normal)) is var n && n.LengthSquared() > 0 ? Vector3.Normalize(n) : n;
                if (Colors is not null) Colors[i] = Vector3.Clamp(new Vector3(vertex.AsSpan(Red)) / white, Vector3.Zero, Vector3.One);
                if (Coordinates is not null) Coordinates[i] = new Vector2(vertex[U], 1 - vertex[U + 1]);
            }
        }

        public Vector3[] Positions { get; } = [];

        public Vector3[]? Normals { get; }

        public Vector3[]? Colors { get; }

        public Vector2[]? Coordinates { get; }

        private static int Place(string name) => name switch
        {
            "x" => X, "y" => X + 1, "z" => X + 2,
            "nx" => Normal, "ny" => Normal + 1, "nz" => Normal + 2,
            "red" or "r" or "diffuse_red" => Red, "green" or "g" or "diffuse_green" => Red + 1, "blue" or "b" or "diffuse_blue" => Red + 2,
            "s" or "u" or "texture_u" => U, "t" or "v" or "texture_v" => U + 1,
            _ => -1,
        };
    }

    /// <summary>The triangles of a face element; other elements are passed over.</summary>
    private static void Faces(string path, PlyElement element, IPlyValues values, Vector3[] positions, List<int> triangles)
    {
        var (polygon, cut) = (new List<int>(), new List<int>());
        for (var i = 0; i < element.Count; i++)
        {
            values.Begin();
            foreach (var property in element.Properties)
            {
                var length = property.Count is { } count ? values.Length(count, property.Type) : 1;
                if (element.Name != "face" || property.Count is null || property.Name is not ("vertex_indices" or "vertex_index"))
                {
                    values.Skip(property.Type, length);
                    continue;
                }
                if (positions.Length == 0) throw new BadInputException($"{path}: there are no vertices before the faces");
                if (length < 3) throw new BadInputException(Invariant($"{path}: face {i} has {length} corners; at least 3 are expected"));
                polygon.Clear();
                for (var k = 0; k < length; k++)
                {
                    var corner = values.Number(property.Type, property.Name);
                    if (!(corner >= 0 && corner < positions.Length)) throw new BadInputException(Invariant($"{path}: face {i} has the corner {corner}; 0 to {positions.Length - 1} is expected"));
                    polygon.Add((int)corner);
                }
                if (length == 3)
                {
                    triangles.AddRange(polygon);
                    continue;
                }
                cut.Clear();
                Polygon.Triangulate([.. polygon.Select(p => positions[p])], cut);
                foreach (var k in cut) triangles.Add(polygon[k]);
            }
        }
    }

    /// <summary>Writes the mesh: colours in 8 bits, a texture into NAME.png.</summary>
    public static void Write(string path, Mesh mesh, PlyFormat format = PlyFormat.LittleEndian)
    {
        var (normals, colors, coordinates) = (mesh.Normals, mesh.Colors, mesh.Texture is null ? null : mesh.TextureCoordinates);
        var picture = Path.ChangeExtension(path, ".png");
        if (mesh.Texture is not null) ImageFile.Write(picture, mesh.Texture);
        var header = new StringBuilder("ply\nformat ").Append(format switch { PlyFormat.Ascii => "ascii", PlyFormat.BigEndian => "binary_big_endian", _ => "binary_little_endian" }).Append(" 1.0\n");
        if (mesh.Texture is not null) header.Append("comment TextureFile ").Append(Path.GetFileName(picture)).Append('\n');
        header.Append(Invariant($"element vertex {mesh.Positions.Length}\nproperty float x\nproperty float y\nproperty float z\n"));
        if (normals is not null) header.Append("property float nx\nproperty float ny\nproperty float nz\n");
        if (colors is not null) header.Append("property uchar red\nproperty uchar green\nproperty uchar blue\n");
        if (coordinates is not null) header.Append("property float s\nproperty float t\n");
        if (mesh.Triangles.Length > 0) header.Append(Invariant($"element face {mesh.TriangleCount}\nproperty list uchar int vertex_indices\n"));
        header.Append("end_header\n");
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes(header.ToString()));
            var row = new PlyRow(stream, format);
            for (var i = 0; i < mesh.Positions.Length; i++)
            {
                row.Real(mesh.Positions[i]);
                if (normals is not null) row.Real(normals[i]);
                if (colors is not null) row.Bytes(Vector3.Clamp(colors[i], Vector3.Zero, Vector3.One) * 255 + new Vector3(0.5f));
                if (coordinates is not null) row.Real(coordinates[i].X, 1 - coordinates[i].Y);
                row.End();
            }
            for (var t = 0; t < mesh.Triangles.Length; t += 3)
            {
                row.Byte(3);
                for (var k = t; k < t + 3; k++) row.Whole(mesh.Triangles[k]);
                row.End();
            }
        });
    }
}
