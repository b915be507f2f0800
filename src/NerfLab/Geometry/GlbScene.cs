using System.Buffers.Binary;
using System.Numerics;
using NerfLab.Imaging;
using static System.FormattableString;

namespace NerfLab.Geometry;

/// <summary>What the JSON of a glTF file says about its bytes, gathered to one mesh.</summary>
internal sealed class GlbScene(JsonItem root, byte[] binary)
{
    // Nodes may repeat a mesh, so that a small file can ask for much: this many corners and indices beyond one for each of its bytes.
    private const long Repeated = 1 << 22, EachPrimitive = 32;
    private static readonly string[] s_understood = ["KHR_mesh_quantization", "KHR_materials_", "KHR_lights_punctual"];

    private readonly Dictionary<int, Bitmap> _images = [];
    private readonly List<MeshPart> _parts = [], _points = [];
    private long _corners;

    public Mesh Mesh()
    {
        foreach (var extension in root.Find("extensionsRequired")?.Items ?? [])
            if (!Array.Exists(s_understood, u => extension.Text.StartsWith(u, StringComparison.Ordinal))) throw extension.Bad($"is {TextFile.Printable(System.Text.Encoding.UTF8.GetBytes(extension.Text))}, which is not supported; save the mesh without it");
        var nodes = root.Find("nodes")?.Items ?? [];
        var seen = new bool[nodes.Count];
        var waiting = new Stack<(JsonItem Name, int Node, Matrix4x4 Parent)>(Roots(nodes).Reverse());
        while (waiting.TryPop(out var next))
        {
            if (seen[next.Node]) throw next.Name.Bad(Invariant($"is node {next.Node}, which stands in the tree already"));
            seen[next.Node] = true;
            var node = nodes[next.Node];
            var world = Transform(node) * next.Parent;
            if (node.Find("mesh") is { } mesh)
                foreach (var primitive in At("meshes", mesh).Get("primitives", "a list of primitives").Items) Add(primitive, world);
            foreach (var child in node.Find("children")?.Items ?? []) waiting.Push((child, Number(child, nodes.Count), world));
        }
        // Points beside a surface are marks; alone they are a cloud.
        var parts = _parts.Count > 0 ? _parts : _points;
        return parts.Exists(p => p.Mesh.Positions.Length > 0) ? MeshParts.Join(parts) : throw root.Bad("shows no triangles and no points");
    }

    private IEnumerable<(JsonItem, int, Matrix4x4)> Roots(IReadOnlyList<JsonItem> nodes)
    {
        if (root.Find("scenes") is { Items.Count: > 0 } scenes)
            return (scenes.Items[root.Find("scene") is { } scene ? Number(scene, scenes.Items.Count) : 0].Find("nodes")?.Items ?? []).Select(n => (n, Number(n, nodes.Count), Matrix4x4.Identity));
        var children = nodes.SelectMany(n => n.Find("children")?.Items ?? []).Select(c => Number(c, nodes.Count)).ToHashSet();
        return nodes.Select((n, i) => (n, i, Matrix4x4.Identity)).Where(n => !children.Contains(n.i));
    }

    private static int Number(JsonItem item, int count) => item.Whole() is var i && i < count ? i : throw item.Bad(Invariant($"is {i}, but there are only {count}"));

    /// <summary>The element of one of the file's lists that <paramref name="index"/> means.</summary>
    private JsonItem At(string list, JsonItem index)
    {
        var items = root.Get(list, "a list").Items;
        return items[Number(index, items.Count)];
    }

    private static Matrix4x4 Transform(JsonItem node)
    {
        if (node.Find("matrix") is { } matrix)
        {
            // glTF stores columns of a matrix that is applied from the left; these are rows of one that is applied from the right.
            var m = matrix.Numbers(16);
            return new Matrix4x4(m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11], m[12], m[13], m[14], m[15]);
        }
        var (s, r, t) = (node.Find("scale")?.Numbers(3) ?? [1, 1, 1], node.Find("rotation")?.Numbers(4) ?? [0, 0, 0, 1], node.Find("translation")?.Numbers(3) ?? [0, 0, 0]);
        return Matrix4x4.CreateScale(s[0], s[1], s[2]) * Matrix4x4.CreateFromQuaternion(Quaternion.Normalize(new Quaternion(r[0], r[1], r[2], r[3]))) * Matrix4x4.CreateTranslation(t[0], t[1], t[2]);
    }

    private void Add(JsonItem primitive, Matrix4x4 world)
    {
        var mode = primitive.Find("mode")?.Whole(6) ?? 4;
        if (mode is 1 or 2 or 3) return; // lines
        var attributes = primitive.Get("attributes", "an object of accessors");
        var place = attributes.Get("POSITION", "the number of an accessor");
        Claim(place, EachPrimitive);
        if (primitive.Find("extensions")?.Find("KHR_draco_mesh_compression") is { } draco) throw draco.Bad("is not supported; save the mesh without compression");
        var positions = Vectors(place, null, world, direction: false);
        var triangles = mode == 0 ? [] : Triangles(primitive, mode, positions.Length);
        if (world.GetDeterminant() < 0) for (var t = 0; t < triangles.Length; t += 3) (triangles[t], triangles[t + 1]) = (triangles[t + 1], triangles[t]);
        var (color, texture) = primitive.Find("material") is { } material ? Covering(At("materials", material)) : (Vector3.One, null);
        (mode == 0 ? _points : _parts).Add(new MeshPart(new Mesh(positions, triangles)
        {
            Normals = attributes.Find("NORMAL") is { } normal && Matrix4x4.Invert(world, out var inverse) ? Vectors(normal, positions.Length, Matrix4x4.Transpose(inverse), direction: true) : null,
            Colors = attributes.Find("COLOR_0") is { } colors ? Colors(colors, positions.Length) : null,
            TextureCoordinates = texture is not null && attributes.Find("TEXCOORD_0") is { } at ? Coordinates(at, positions.Length) : null,
        }, new MeshMaterial(color, texture)));
    }

    private (Vector3 Color, Bitmap? Texture) Covering(JsonItem material)
    {
        var surface = material.Find("pbrMetallicRoughness");
        var factor = surface?.Find("baseColorFactor")?.Numbers(4) ?? [1, 1, 1, 1];
        var color = Srgb.FromLinear(Vector3.Clamp(new Vector3(factor), Vector3.Zero, Vector3.One));
        if (surface?.Find("baseColorTexture") is not { } covered) return (color, null);
        if (covered.Find("texCoord") is { } second && second.Whole() != 0) throw second.Bad("is not 0; only the first texture coordinates are read");
        var source = At("textures", covered.Get("index", "the number of a texture")).Get("source", "the number of an image");
        var number = source.Whole();
        if (!_images.TryGetValue(number, out var bitmap)) _images.Add(number, bitmap = Picture(At("images", source)));
        return (color, bitmap);
    }

    private Bitmap Picture(JsonItem image)
    {
        if (image.Find("bufferView") is { } view)
        {
            var (start, length, _) = View(view);
            return ImageFile.Decode(binary.AsSpan(start, length).ToArray(), $"{root.Source} {image.Key}");
        }
        var uri = image.Get("uri", "a bufferView or a uri").Text;
        var comma = uri.IndexOf(";base64,", StringComparison.Ordinal);
        if (!uri.StartsWith("data:", StringComparison.Ordinal) || comma < 0) throw image.Bad("is in a file of its own; save the mesh with its pictures inside");
        var bytes = new byte[(uri.Length - comma) / 4 * 3];
        return Convert.TryFromBase64Chars(uri.AsSpan(comma + 8), bytes, out var written) ? ImageFile.Decode(bytes[..written], $"{root.Source} {image.Key}") : throw image.Bad("has a uri that is not base64");
    }

    private int[] Triangles(JsonItem primitive, int mode, int corners)
    {
        int[] indices;
        if (primitive.Find("indices") is { } of)
        {
            var values = Accessor(of, "indices", 1, out var count);
            Claim(of, count);
            indices = new int[count];
            for (var i = 0; i < count; i++)
            {
                var index = values(i, 0);
                indices[i] = index >= 0 && index < corners ? (int)index : throw of.Bad(Invariant($"holds the index {index}, but there are only {corners} corners"));
            }
        }
        else
        {
            indices = [.. Enumerable.Range(0, corners)];
        }
        if (mode == 4) return indices.Length % 3 == 0 ? indices : throw primitive.Bad(Invariant($"has {indices.Length} indices; a multiple of 3 is expected"));
        Claim(primitive, 3L * indices.Length);
        var triangles = new List<int>(3 * indices.Length);
        for (var i = 0; i + 2 < indices.Length; i++)
            triangles.AddRange(mode == 6 ? [indices[0], indices[i + 1], indices[i + 2]] : i % 2 == 0 ? [indices[i], indices[i + 1], indices[i + 2]] : [indices[i + 1], indices[i], indices[i + 2]]);
        return [.. triangles];
    }

    private Vector3[] Vectors(JsonItem accessor, int? corners, Matrix4x4 transform, bool direction)
    {
        var values = Accessor(accessor, "vectors", 3, out var count);
        SameLength(accessor, count, corners ?? count);
        Claim(accessor, count);
        var result = new Vector3[count];
        for (var i = 0; i < count; i++)
        {
            var v = new Vector3((float)values(i, 0), (float)values(i, 1), (float)values(i, 2));
            var moved = direction ? Vector3.TransformNormal(v, transform) : Vector3.Transform(v, transform);
            if (!float.IsFinite(moved.X + moved.Y + moved.Z)) throw accessor.Bad(Invariant($"holds {v.X} {v.Y} {v.Z} at {i}, which its nodes move to no finite place"));
            result[i] = direction && moved.LengthSquared() > 0 ? Vector3.Normalize(moved) : moved;
        }
        return result;
    }

    private Vector2[] Coordinates(JsonItem accessor, int corners)
    {
        var values = Accessor(accessor, "texture coordinates", 2, out var count);
        SameLength(accessor, count, corners);
        Claim(accessor, count);
        return [.. Enumerable.Range(0, count).Select(i => new Vector2((float)values(i, 0), (float)values(i, 1)))];
    }

    private Vector3[] Colors(JsonItem accessor, int corners)
    {
        var values = Accessor(accessor, "colours", 0, out var count);
        SameLength(accessor, count, corners);
        Claim(accessor, count);
        return [.. Enumerable.Range(0, count).Select(i => Srgb.FromLinear(Vector3.Clamp(new Vector3((float)values(i, 0), (float)values(i, 1), (float)values(i, 2)), Vector3.Zero, Vector3.One)))];
    }

    private static void SameLength(JsonItem accessor, int count, int corners)
    {
        if (count != corners) throw accessor.Bad(Invariant($"has {count} values for {corners} corners"));
    }

    private void Claim(JsonItem item, long corners)
    {
        if ((_corners += corners) > Repeated + binary.Length) throw item.Bad(Invariant($"makes {_corners} corners and indices in all from {binary.Length} bytes; fewer repetitions are expected"));
    }

    /// <summary>The values of an accessor, which has been seen to lie within the file.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="what">For complaints.</param>
    /// <param name="components">Expected of each element; 0 for 3 or 4.</param>
    /// <param name="count">Elements.</param>
    /// <returns>Element and component to value.</returns>
    private Func<int, int, double> Accessor(JsonItem number, string what, int components, out int count)
    {
        var accessor = At("accessors", number);
        if (accessor.Find("sparse") is { } sparse) throw sparse.Bad("is not supported; save the mesh without sparse accessors");
        count = accessor.Get("count", "a count").Whole();
        var type = accessor.Get("type", "the type of an element").Text;
        var has = type switch { "SCALAR" => 1, "VEC2" => 2, "VEC3" => 3, "VEC4" => 4, _ => throw accessor.Bad($"has the type {TextFile.Printable(System.Text.Encoding.UTF8.GetBytes(type))}; SCALAR, VEC2, VEC3 or VEC4 is expected") };
        if (components == 0 ? has < 3 : has != components) throw accessor.Bad($"has the type {type}, which does not fit {what}");
        var kind = accessor.Get("componentType", "the type of a component").Whole();
        var bytes = kind switch { 5120 or 5121 => 1, 5122 or 5123 => 2, 5125 or 5126 => 4, _ => throw accessor.Bad($"has the componentType {kind}; 5120 to 5123, 5125 or 5126 is expected") };
        var (start, length, stride) = View(accessor.Get("bufferView", "the number of a view"));
        if (stride == 0) stride = has * bytes;
        if (stride < has * bytes) throw accessor.Bad(Invariant($"has elements of {has * bytes} bytes, but its view a stride of {stride}"));
        long offset = accessor.Find("byteOffset")?.Whole() ?? 0;
        if (count > 0 && offset + (count - 1L) * stride + has * bytes > length) throw accessor.Bad(Invariant($"needs {offset + (count - 1L) * stride + has * bytes} bytes, but its view has {length}"));
        var scale = accessor.Find("normalized") is { IsTrue: true } ? kind switch { 5120 => 127.0, 5121 => 255, 5122 => 32767, 5123 => 65535, _ => 1 } : 1;
        return (i, c) =>
        {
            var value = binary.AsSpan((int)(start + offset + (long)i * stride) + c * bytes);
            var result = kind switch
            {
                5120 => (sbyte)value[0],
                5121 => value[0],
                5122 => BinaryPrimitives.ReadInt16LittleEndian(value),
                5123 => BinaryPrimitives.ReadUInt16LittleEndian(value),
                5125 => BinaryPrimitives.ReadUInt32LittleEndian(value),
                _ => (double)BinaryPrimitives.ReadSingleLittleEndian(value),
            } / scale;
            return double.IsFinite(result) ? result : throw accessor.Bad(Invariant($"holds {result} at {i}; finite numbers are expected"));
        };
    }

    private (int Start, int Length, int Stride) View(JsonItem number)
    {
        var view = At("bufferViews", number);
        if (view.Get("buffer", "the number of a buffer").Whole() != 0 || root.Find("buffers") is not { Items: [var buffer, ..] } || buffer.Find("uri") is not null) throw view.Bad("is not in the file's binary chunk; save the mesh with its buffers inside");
        int start = view.Find("byteOffset")?.Whole() ?? 0, length = view.Get("byteLength", "a length").Whole();
        return (long)start + length <= binary.Length ? (start, length, view.Find("byteStride")?.Whole(65535) ?? 0) : throw view.Bad(Invariant($"reaches to byte {(long)start + length}, but the binary chunk has {binary.Length}"));
    }
}
