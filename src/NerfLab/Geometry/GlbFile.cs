using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NerfLab.Imaging;

namespace NerfLab.Geometry;

/// <summary>Binary glTF 2.0, one file with everything in it.</summary>
/// <remarks>
/// Read are the triangles (and lists of points) of all nodes of the default scene with their transforms: positions, normals, first
/// texture coordinates, first colours, base colour and its texture; the pose at rest of what moves. Materials are written as
/// unlit (KHR_materials_unlit): a field's colours have the light of the photographs in them already. glTF's corner colours are
/// linear, those of a <see cref="Mesh"/> are not; they are converted. glTF says that y is up: nothing is turned here, so that what
/// was trained with z up lies on its side in viewers.
/// </remarks>
internal static class GlbFile
{
    internal const string Expected = "a mesh in binary glTF 2.0";
    private const uint Magic = 0x46546C67, JsonChunk = 0x4E4F534A, BinaryChunk = 0x004E4942;
    private const int LargestJson = 64 << 20;

    public static Mesh Read(string path) => Read(BinaryFile.Load(path, Expected));

    internal static Mesh Read(BinaryFile file)
    {
        if (file.Left < 12 || file.UInt32("the signature") != Magic) throw new BadInputException($"{file.Path}: does not start with \"glTF\"; {Expected} is expected");
        if (file.UInt32("the version") is not 2 and var version) throw file.Bad($"glTF version {version}; 2 is expected");
        file.UInt32("the length");
        var json = Chunk(file, "the JSON chunk", out var type);
        if (type != JsonChunk) throw file.Bad("the first chunk is not JSON");
        if (json.Length > LargestJson) throw file.Bad($"the JSON chunk has {json.Length} bytes; at most {LargestJson >> 20} MiB are expected");
        byte[] binary = [];
        while (file.Left >= 8 && binary.Length == 0)
        {
            var chunk = Chunk(file, "the binary chunk", out type);
            if (type == BinaryChunk) binary = chunk;
        }
        return new GlbScene(JsonItem.Parse(file.Path, json), binary).Mesh();
    }

    private static byte[] Chunk(BinaryFile file, string what, out uint type)
    {
        var length = file.UInt32($"the length of {what}");
        type = file.UInt32($"the type of {what}");
        if (length > file.Left) throw file.Bad($"{what} needs {length} bytes, but the file ends after {file.Left}");
        return file.Bytes((int)length, what).ToArray();
    }

    /// <summary>Writes one node with one primitive; without triangles it is a list of points.</summary>
    public static void Write(string path, Mesh mesh)
    {
        var (binary, views, accessors, attributes) = (new MemoryStream(), new JsonArray(), new JsonArray(), new JsonObject());
        var bounds = mesh.Bounds;
        attributes["POSITION"] = Accessor(MemoryMarshal.AsBytes(mesh.Positions.AsSpan()), 5126, "VEC3", mesh.Positions.Length, 34962);
        accessors[0]!["min"] = new JsonArray(bounds.Min.X, bounds.Min.Y, bounds.Min.Z);
        accessors[0]!["max"] = new JsonArray(bounds.Max.X, bounds.Max.Y, bounds.Max.Z);
        if (mesh.Normals is { } normals) attributes["NORMAL"] = Accessor(MemoryMarshal.AsBytes(normals.AsSpan()), 5126, "VEC3", normals.Length, 34962);
        if (mesh.Colors is { } colors)
        {
            // Four values, because rows start at multiples of 4 bytes.
            var linear = new ushort[4 * colors.Length];
            for (var i = 0; i < colors.Length; i++)
            {
                var light = Srgb.ToLinear(Vector3.Clamp(colors[i], Vector3.Zero, Vector3.One)) * 65535 + new Vector3(0.5f);
                (linear[4 * i], linear[4 * i + 1], linear[4 * i + 2], linear[4 * i + 3]) = ((ushort)light.X, (ushort)light.Y, (ushort)light.Z, 65535);
            }
            attributes["COLOR_0"] = Accessor(MemoryMarshal.AsBytes(linear.AsSpan()), 5123, "VEC4", colors.Length, 34962);
            accessors[^1]!["normalized"] = true;
        }
        var material = new JsonObject { ["pbrMetallicRoughness"] = new JsonObject { ["metallicFactor"] = 0, ["roughnessFactor"] = 1 }, ["doubleSided"] = true, ["extensions"] = new JsonObject { ["KHR_materials_unlit"] = new JsonObject() } };
        var root = new JsonObject
        {
            ["asset"] = new JsonObject { ["version"] = "2.0", ["generator"] = "NerfLab" },
            ["extensionsUsed"] = new JsonArray("KHR_materials_unlit"),
            ["scene"] = 0,
            ["scenes"] = new JsonArray(new JsonObject { ["nodes"] = new JsonArray(0) }),
            ["nodes"] = new JsonArray(new JsonObject { ["mesh"] = 0 }),
        };
        if (mesh is { Texture: { } texture, TextureCoordinates: { } coordinates })
        {
            attributes["TEXCOORD_0"] = Accessor(MemoryMarshal.AsBytes(coordinates.AsSpan()), 5126, "VEC2", coordinates.Length, 34962);
            root["images"] = new JsonArray(new JsonObject { ["bufferView"] = View(ImageFile.Encode(texture, ImageFormat.Png), null), ["mimeType"] = "image/png" });
            root["textures"] = new JsonArray(new JsonObject { ["source"] = 0 });
            material["pbrMetallicRoughness"]!["baseColorTexture"] = new JsonObject { ["index"] = 0 };
        }
        var primitive = new JsonObject { ["attributes"] = attributes, ["material"] = 0, ["mode"] = mesh.Triangles.Length == 0 ? 0 : 4 };
        if (mesh.Triangles.Length > 0) primitive["indices"] = Accessor(MemoryMarshal.AsBytes(mesh.Triangles.AsSpan()), 5125, "SCALAR", mesh.Triangles.Length, 34963);
        root["meshes"] = new JsonArray(new JsonObject { ["primitives"] = new JsonArray(primitive) });
        root["materials"] = new JsonArray(material);
        (root["accessors"], root["bufferViews"], root["buffers"]) = (accessors, views, new JsonArray(new JsonObject { ["byteLength"] = binary.Length }));

        var json = System.Text.Encoding.UTF8.GetBytes(root.ToJsonString());
        Array.Resize(ref json, (json.Length + 3) / 4 * 4);
        json.AsSpan().Replace((byte)0, (byte)' '); // the padding
        AtomicFile.Write(path, stream =>
        {
            Span<byte> words = stackalloc byte[20];
            uint[] header = [Magic, 2, checked((uint)(28 + json.Length + binary.Length)), (uint)json.Length, JsonChunk];
            for (var i = 0; i < header.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(words[(4 * i)..], header[i]);
            stream.Write(words);
            stream.Write(json);
            BinaryPrimitives.WriteUInt32LittleEndian(words, (uint)binary.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(words[4..], BinaryChunk);
            stream.Write(words[..8]);
            binary.WriteTo(stream);
        });

        int Accessor(ReadOnlySpan<byte> bytes, int componentType, string type, int count, int target)
        {
            accessors.Add((JsonNode)new JsonObject { ["bufferView"] = View(bytes, target), ["componentType"] = componentType, ["count"] = count, ["type"] = type });
            return accessors.Count - 1;
        }

        int View(ReadOnlySpan<byte> bytes, int? target)
        {
            var view = new JsonObject { ["buffer"] = 0, ["byteOffset"] = binary.Length, ["byteLength"] = bytes.Length };
            if (target is not null) view["target"] = target;
            binary.Write(bytes);
            while (binary.Length % 4 != 0) binary.WriteByte(0);
            views.Add((JsonNode)view);
            return views.Count - 1;
        }
    }
}
