using System.Text;

namespace NerfLab.Geometry;

/// <summary>How the values of a PLY file are stored.</summary>
internal enum PlyFormat
{
    LittleEndian,
    BigEndian,
    Ascii,
}

/// <summary>A type of number.</summary>
/// <param name="Name">In PLY's first version.</param>
/// <param name="Also">In later ones.</param>
/// <param name="Bytes">Its size.</param>
internal sealed record PlyType(string Name, string Also, int Bytes)
{
    public bool IsReal => Name is "float" or "double";
}

/// <summary>A named value, or a list of values where <paramref name="Count"/> says how its length is stored.</summary>
internal sealed record PlyProperty(string Name, PlyType Type, PlyType? Count);

/// <summary>Things of one kind, as many as <paramref name="Count"/> says.</summary>
internal sealed record PlyElement(string Name, int Count, List<PlyProperty> Properties);

/// <summary>What the first lines of a PLY file say about the rest.</summary>
/// <param name="Format">How values are stored.</param>
/// <param name="Elements">What follows, in this order.</param>
/// <param name="Texture">An existing file, or null.</param>
internal sealed record PlyHeader(PlyFormat Format, IReadOnlyList<PlyElement> Elements, string? Texture)
{
    private static readonly PlyType[] s_types =
    [
        new("char", "int8", 1), new("uchar", "uint8", 1), new("short", "int16", 2), new("ushort", "uint16", 2),
        new("int", "int32", 4), new("uint", "uint32", 4), new("float", "float32", 4), new("double", "float64", 8),
    ];

    /// <summary>Reads the header; the file is then at the line after it.</summary>
    public static PlyHeader Read(TextFile file)
    {
        if (!file.NextLine() || !file.Word().SequenceEqual("ply"u8)) throw new BadInputException($"{file.Path}: the first line is not \"ply\"; {PlyFile.Expected} is expected");
        (PlyFormat? format, List<PlyElement> elements, string? texture) = (null, [], null);
        while (file.NextLine())
        {
            switch (Encoding.Latin1.GetString(file.Word()))
            {
                case "format":
                    var name = TextFile.Printable(file.Word());
                    format = name switch
                    {
                        "ascii" => PlyFormat.Ascii, "binary_little_endian" => PlyFormat.LittleEndian, "binary_big_endian" => PlyFormat.BigEndian,
                        _ => throw file.Bad($"the format is {name}; ascii, binary_little_endian or binary_big_endian is expected"),
                    };
                    break;
                case "comment":
                    if (file.Word().SequenceEqual("TextureFile"u8) && file.Rest() is var named)
                        texture = MtlFile.Beside(file.Path, named) ?? throw file.Bad($"the texture {TextFile.Printable(Encoding.UTF8.GetBytes(named))} is not there; put it beside the mesh, or remove the line");
                    break;
                case "element":
                    var element = TextFile.Printable(file.Word());
                    var count = file.Whole($"the number of {element} elements");
                    if (count < 0) throw file.Bad($"{count} {element} elements are announced; 0 or more are expected");
                    if (elements.Exists(e => e.Name == element)) throw file.Bad($"the element {element} stands there a second time");
                    elements.Add(new PlyElement(element, count, []));
                    break;
                case "property":
                    if (elements.Count == 0) throw file.Bad("the property belongs to no element; a line \"element\" is expected before it");
                    var first = file.Word();
                    PlyType? length = null;
                    if (first.SequenceEqual("list"u8))
                    {
                        length = Type(file, file.Word());
                        first = file.Word();
                    }
                    var type = Type(file, first);
                    if (length is { IsReal: true }) throw file.Bad($"the length of a list is of type {length.Name}; a whole number is expected");
                    elements[^1].Properties.Add(new PlyProperty(TextFile.Printable(file.Word()), type, length));
                    break;
                case "obj_info" or "":
                    break;
                case "end_header":
                    return new PlyHeader(format ?? throw file.Bad("the header ends without a line \"format\""), elements, texture);
                case var other:
                    throw file.Bad($"{TextFile.Printable(Encoding.UTF8.GetBytes(other))} is unknown; format, element, property, comment or end_header is expected");
            }
        }
        throw file.Bad("the file ends within its header; a line \"end_header\" is expected");
    }

    private static PlyType Type(TextFile file, ReadOnlySpan<byte> word)
    {
        var name = TextFile.Printable(word);
        return Array.Find(s_types, t => t.Name == name || t.Also == name) ?? throw file.Bad($"the type {name} is unknown; {string.Join(", ", s_types.Select(t => t.Name))} are known");
    }
}
