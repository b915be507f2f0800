namespace NerfLab.Geometry;

/// <summary>Meshes and point clouds on the disk: Wavefront OBJ, Stanford PLY and binary glTF, told apart by the name's ending.</summary>
/// <remarks>
/// Coordinates are those of the file; nothing is turned or scaled. Lengths, offsets and indices are checked before memory is
/// taken for them.
/// </remarks>
public static class MeshFile
{
    /// <summary>The endings that are known, for help and complaints.</summary>
    public const string Formats = ".obj, .ply or .glb";

    /// <summary>Whether a path ends as one of the formats does.</summary>
    public static bool Knows(string path) => Path.GetExtension(path).ToLowerInvariant() is ".obj" or ".ply" or ".glb";

    /// <summary>Reads a mesh, or a cloud of points (a mesh without triangles). Several materials come as one texture.</summary>
    /// <param name="path">A file that ends in .obj, .ply or .glb.</param>
    /// <exception cref="BadInputException">The file, or a texture that it names, is missing or damaged, or it uses what is not supported.</exception>
    public static Mesh Read(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".obj" => ObjFile.Read(path),
        ".ply" => PlyFile.Read(path),
        ".glb" => GlbFile.Read(path),
        ".gltf" => throw new BadInputException($"{path}: glTF in several files is not read; save it as one .glb file"),
        var other => throw new BadInputException($"{path}: meshes are not read from '{other}'; {Formats} is expected"),
    };

    /// <summary>Writes a mesh, or a cloud of points where it has no triangles; each file is whole or absent.</summary>
    /// <param name="path">The file to make or replace. An .obj with a texture gets an .mtl and a .png beside it, a .ply with one a .png.</param>
    /// <param name="mesh">The mesh.</param>
    /// <exception cref="BadInputException">The ending is unknown or a file cannot be written.</exception>
    public static void Write(string path, Mesh mesh)
    {
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".obj": ObjFile.Write(path, mesh); break;
            case ".ply": PlyFile.Write(path, mesh); break;
            case ".glb": GlbFile.Write(path, mesh); break;
            case var other: throw new BadInputException($"{path}: meshes are not written as '{other}'; {Formats} is expected");
        }
    }
}
