using System.Numerics;
using System.Text;
using NerfLab.Imaging;
using static System.FormattableString;

namespace NerfLab.Geometry;

/// <summary>Wavefront MTL: the materials of an OBJ file. Read are <c>newmtl</c>, <c>Kd</c> (the colour) and <c>map_Kd</c> (the texture); what describes gloss is passed over.</summary>
/// <remarks>Kd is taken to be display-referred, as most programs write it. A texture is looked for beside the file by the path that is given, and by its name alone where that path is of another machine.</remarks>
internal static class MtlFile
{
    /// <summary>What the only material is called in written files.</summary>
    public const string Name = "surface";

    /// <summary>Adds the materials of a library to those that are known.</summary>
    /// <param name="from">The file that names it, for the folder and for complaints.</param>
    /// <param name="name">Its path from there.</param>
    /// <param name="materials">Takes them by their names.</param>
    public static void Read(TextFile from, string name, Dictionary<string, MeshMaterial> materials)
    {
        if (Beside(from.Path, name) is not { } path) throw from.Bad($"the mtllib {Short(name)} is not there; put it beside the mesh, or remove the line");
        var file = TextFile.Load(path, "a library of materials in Wavefront's MTL format");
        var textures = new Dictionary<string, Bitmap>();
        string? current = null;
        while (file.NextLine())
        {
            var word = file.Word();
            if (word.SequenceEqual("newmtl"u8)) materials[current = file.Rest()] = new MeshMaterial(Vector3.One, null);
            else if (current is null) continue;
            else if (word.SequenceEqual("Kd"u8))
            {
                // Kd spectral FILE and Kd xyz X Y Z exist on paper only; a single number is a grey.
                var red = file.Number("Kd");
                var color = file.TryNumber("Kd", out var green) ? new Vector3(red, green, file.Number("Kd")) : new Vector3(red);
                if (Vector3.Clamp(color, Vector3.Zero, Vector3.One) != color) throw file.Bad(Invariant($"Kd is {color.X} {color.Y} {color.Z}; numbers from 0 to 1 are expected"));
                materials[current] = materials[current] with { Color = color };
            }
            else if (word.SequenceEqual("map_Kd"u8))
            {
                var map = FileOf(file.Rest());
                var texture = Beside(path, map) ?? throw file.Bad($"the texture {Short(map)} is not there; put it beside the mesh, or remove the line");
                if (!textures.TryGetValue(texture, out var bitmap)) textures.Add(texture, bitmap = ImageFile.ReadBitmap(texture));
                materials[current] = materials[current] with { Texture = bitmap };
            }
        }
    }

    /// <summary>Writes one material with a texture, which goes beside the library under the same name.</summary>
    public static void Write(string path, Bitmap texture)
    {
        ImageFile.Write(Path.ChangeExtension(path, ".png"), texture);
        AtomicFile.Write(path, $"newmtl {Name}\nKa 0 0 0\nKd 1 1 1\nKs 0 0 0\nmap_Kd {Path.GetFileNameWithoutExtension(path)}.png\n");
    }

    /// <summary>The existing file that is meant beside another one, or null.</summary>
    public static string? Beside(string file, string named)
    {
        var folder = Path.GetDirectoryName(file) ?? "";
        var relative = named.Trim('"').Replace('\\', '/');
        if (relative == "" || relative.Contains('\0')) return null;
        string[] candidates = relative.StartsWith('/') || relative.Contains(':') ? [Path.GetFileName(relative)] : [relative, Path.GetFileName(relative)];
        return candidates.Select(c => Path.Combine(folder, c)).FirstOrDefault(File.Exists);
    }

    // Options such as -s 1 1 1 stand before the name; they end where a word with an ending begins that is no number.
    private static string FileOf(string rest)
    {
        if (!rest.StartsWith('-')) return rest;
        var words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var first = Array.FindIndex(words, w => w[0] != '-' && Path.HasExtension(w) && !float.TryParse(w, out _));
        return first < 0 ? words[^1] : string.Join(' ', words[first..]);
    }

    private static string Short(string name) => TextFile.Printable(Encoding.UTF8.GetBytes(name));
}
