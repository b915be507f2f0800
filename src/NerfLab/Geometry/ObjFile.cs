using System.Numerics;
using System.Text;
using static System.FormattableString;

namespace NerfLab.Geometry;

/// <summary>Wavefront OBJ: polygons as text, with materials in an <c>.mtl</c> file beside it.</summary>
/// <remarks>
/// Read are <c>v</c> (also with a colour behind the position, 0 to 1), <c>vt</c>, <c>vn</c>, <c>f</c> (any polygon, indices from
/// the end where they are negative), <c>mtllib</c> and <c>usemtl</c>. Lines, curves, groups and smoothing are passed over.
/// Materials are in <see cref="MtlFile"/>. Texture coordinates run upwards in the file and downwards in a <see cref="Mesh"/>.
/// </remarks>
internal static class ObjFile
{
    private const string Expected = "a mesh in Wavefront's OBJ format";

    public static Mesh Read(string path) => Read(TextFile.Load(path, Expected));

    internal static Mesh Read(TextFile file)
    {
        var reader = new Reader(file);
        while (file.NextLine()) reader.Line();
        return reader.Mesh();
    }

    /// <summary>Writes the mesh; a texture goes into NAME.png with NAME.mtl to name it.</summary>
    public static void Write(string path, Mesh mesh)
    {
        var (positions, colors, coordinates, normals) = (mesh.Positions, mesh.Colors, mesh.Texture is null ? null : mesh.TextureCoordinates, mesh.Normals);
        if (mesh.Texture is not null) MtlFile.Write(Path.ChangeExtension(path, ".mtl"), mesh.Texture);
        AtomicFile.Write(path, stream =>
        {
            using var text = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
            text.WriteLine(Invariant($"# {positions.Length} corners, {mesh.TriangleCount} triangles"));
            if (mesh.Texture is not null) text.WriteLine($"mtllib {Path.GetFileNameWithoutExtension(path)}.mtl");
            for (var i = 0; i < positions.Length; i++)
            {
                text.Write(Invariant($"v {positions[i].X} {positions[i].Y} {positions[i].Z}"));
                text.WriteLine(colors is null ? "" : Invariant($" {colors[i].X} {colors[i].Y} {colors[i].Z}"));
            }
            if (coordinates is not null) foreach (var t in coordinates) text.WriteLine(Invariant($"vt {t.X} {1 - t.Y}"));
            if (normals is not null) foreach (var n in normals) text.WriteLine(Invariant($"vn {n.X} {n.Y} {n.Z}"));
            if (mesh.Texture is not null) text.WriteLine($"usemtl {MtlFile.Name}");
            // One number serves for all: every corner has its own of each.
            var form = (coordinates, normals) switch { (null, null) => "{0}", (not null, null) => "{0}/{0}", (null, not null) => "{0}//{0}", _ => "{0}/{0}/{0}" };
            for (var t = 0; t < mesh.Triangles.Length; t += 3)
            {
                text.Write('f');
                for (var k = 0; k < 3; k++)
                {
                    text.Write(' ');
                    text.Write(form, mesh.Triangles[t + k] + 1);
                }
                text.WriteLine();
            }
        });
    }

    /// <summary>A corner of a polygon: its numbers in the three lists, -1 where it has none.</summary>
    private readonly record struct Corner(int Position, int Texture, int Normal);

    private sealed class Reader(TextFile file)
    {
        private readonly List<Vector3> _positions = [], _colors = [], _normals = [];
        private readonly List<Vector2> _coordinates = [];
        private readonly Dictionary<string, MeshMaterial> _known = [];
        private readonly Dictionary<MeshMaterial, List<Corner>> _faces = [];
        private readonly List<Corner> _polygon = [];
        private MeshMaterial _material = MeshMaterial.White;

        public void Line()
        {
            switch (file.Word())
            {
                case [(byte)'v']:
                    _positions.Add(Vector("a coordinate"));
                    Color();
                    break;
                case [(byte)'v', (byte)'t']:
                    _coordinates.Add(new Vector2(file.Number("a texture coordinate"), file.TryNumber("a texture coordinate", out var v) ? 1 - v : 0));
                    break;
                case [(byte)'v', (byte)'n']:
                    var normal = Vector("a normal");
                    _normals.Add(normal.LengthSquared() > 0 ? Vector3.Normalize(normal) : normal);
                    break;
                case [(byte)'f']:
                    Face();
                    break;
                case var word when word.SequenceEqual("mtllib"u8):
                    MtlFile.Read(file, file.Rest(), _known);
                    break;
                case var word when word.SequenceEqual("usemtl"u8):
                    var name = file.Rest();
                    // A name without a library is only a name, as many programs write it.
                    if (!_known.TryGetValue(name, out _material!)) _material = _known.Count == 0 ? MeshMaterial.White : throw file.Bad($"the material {TextFile.Printable(Encoding.UTF8.GetBytes(name))} is in no mtllib before this line");
                    break;
            }
        }

        private Vector3 Vector(string what) => new(file.Number(what), file.Number(what), file.Number(what));

        // x y z, x y z w, x y z r g b: a weight without a colour behind it says nothing about a surface.
        private void Color()
        {
            if (!file.TryNumber("red", out var red) || !file.TryNumber("green", out var green)) return;
            var color = new Vector3(red, green, file.Number("blue"));
            if (Vector3.Clamp(color, Vector3.Zero, Vector3.One) != color) throw file.Bad(Invariant($"the colour is {color.X} {color.Y} {color.Z}; numbers from 0 to 1 are expected"));
            while (_colors.Count < _positions.Count - 1) _colors.Add(Vector3.One);
            _colors.Add(color);
        }

        private void Face()
        {
            _polygon.Clear();
            while (file.Word() is { IsEmpty: false } word)
            {
                var (first, second) = (word.IndexOf((byte)'/'), -1);
                if (first >= 0) second = word[(first + 1)..].IndexOf((byte)'/');
                var texture = first < 0 ? default : second < 0 ? word[(first + 1)..] : word.Slice(first + 1, second);
                var normal = second < 0 ? default : word[(first + second + 2)..];
                _polygon.Add(new Corner(
                    Index(first < 0 ? word : word[..first], _positions.Count, "position"),
                    texture.IsEmpty ? -1 : Index(texture, _coordinates.Count, "texture coordinate"),
                    normal.IsEmpty ? -1 : Index(normal, _normals.Count, "normal")));
            }
            if (_polygon.Count < 3) throw file.Bad($"the face has {_polygon.Count} corners; at least 3 are expected");
            if (!_faces.TryGetValue(_material, out var corners)) _faces.Add(_material, corners = []);
            if (_polygon.Count == 3)
            {
                corners.AddRange(_polygon);
                return;
            }
            var triangles = new List<int>(3 * _polygon.Count);
            Polygon.Triangulate([.. _polygon.Select(c => _positions[c.Position])], triangles);
            foreach (var i in triangles) corners.Add(_polygon[i]);
        }

        private int Index(ReadOnlySpan<byte> word, int count, string what)
        {
            var number = file.Whole(word, $"the number of a {what}");
            long index = number < 0 ? (long)count + number : number - 1L;
            return index >= 0 && index < count ? (int)index : throw file.Bad(Invariant($"the face has {what} {number}, but {count} stand before it"));
        }

        public Mesh Mesh()
        {
            while (_colors.Count > 0 && _colors.Count < _positions.Count) _colors.Add(Vector3.One);
            if (_positions.Count == 0) throw new BadInputException($"{file.Path}: no line starts with v; {Expected} is expected");
            // Corners that differ in nothing but their position are those of the file, used or not.
            if (_faces.Count == 0 || (_faces.Count == 1 && _faces.Values.Single().TrueForAll(c => c is { Texture: -1, Normal: -1 })))
                return MeshParts.Join([Part([.. _positions.Select((_, i) => new Corner(i, -1, -1))], [.. _faces.Values.SingleOrDefault([]).Select(c => c.Position)], _faces.Keys.SingleOrDefault(MeshMaterial.White))]);
            return MeshParts.Join([.. _faces.Select(f =>
            {
                var numbers = new Dictionary<Corner, int>();
                var triangles = new int[f.Value.Count];
                for (var i = 0; i < triangles.Length; i++)
                    if (!numbers.TryGetValue(f.Value[i], out triangles[i])) numbers.Add(f.Value[i], triangles[i] = numbers.Count);
                return Part([.. numbers.Keys], triangles, f.Key);
            })]);
        }

        private MeshPart Part(Corner[] corners, int[] triangles, MeshMaterial material) => new(new Mesh([.. corners.Select(c => _positions[c.Position])], triangles)
        {
            Colors = _colors.Count == 0 ? null : [.. corners.Select(c => _colors[c.Position])],
            TextureCoordinates = Array.Exists(corners, c => c.Texture >= 0) ? [.. corners.Select(c => c.Texture < 0 ? default : _coordinates[c.Texture])] : null,
            Normals = Array.TrueForAll(corners, c => c.Normal >= 0) ? [.. corners.Select(c => _normals[c.Normal])] : null,
        }, material);
    }
}
