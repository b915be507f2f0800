using System.Numerics;
using NerfLab.Geometry;
using NerfLab.Procedural;

namespace NerfLab.Data;

/// <summary>What scenes are generated from: a category, a scene recipe, a mesh, or a file of voxel shapes.</summary>
/// <param name="Name">What to call it.</param>
/// <param name="Count">How many members there are; null for as many as are wanted.</param>
/// <param name="Member">Makes a member by its number, from 0.</param>
public sealed record GeneratedSource(string Name, int? Count, Func<int, GeneratedScene> Member)
{
    /// <summary>What can be opened, for help and complaints.</summary>
    public static string Known => $"a category ({string.Join(", ", Category.All.Select(c => c.Name))}), a scene recipe (.json), a mesh ({MeshFile.Formats}) or voxels (.npy, .npy.gz)";

    /// <summary>Remarks about the whole.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Opens what a name or a path means.</summary>
    /// <param name="what">The name of a category, or the path of a file.</param>
    /// <param name="seed">Other members of a category, and other colours of voxel shapes, for every seed.</param>
    /// <exception cref="BadInputException">There is no such category or file, or the file cannot be used.</exception>
    public static GeneratedSource Open(string what, long seed = 0)
    {
        if (Category.All.FirstOrDefault(c => c.Name == what) is { } category) return new GeneratedSource(what, null, i => category.Member(i, seed));
        if (!File.Exists(what)) throw new BadInputException($"{what}: neither a file nor a category{Spelling.Suggest(what, Category.All.Select(c => c.Name))}");
        var name = Path.GetFileNameWithoutExtension(what.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? what[..^3] : what);
        if (VoxelGrids.Knows(what))
        {
            var grids = VoxelGrids.Read(what);
            return new GeneratedSource(name, grids.Grids.Count, i => OfVoxels(grids, name, i, seed))
            {
                Remarks = grids.LeftOut > 0 ? [$"{Path.GetFileName(what)}: {grids.LeftOut} of {grids.LeftOut + grids.Grids.Count} shapes are empty or repeat others and were left out"] : [],
            };
        }
        var single = MeshFile.Knows(what) ? MeshScene.Read(what)
            : what.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? SceneRecipe.Read(what).Build()
            : throw new BadInputException($"{what}: {Known} is expected");
        return new GeneratedSource(single.Name, 1, _ => single);
    }

    // Every shape in a colour of its own.
    private static GeneratedScene OfVoxels(VoxelGrids grids, string name, int index, long seed) =>
        MeshScene.Of(FormattableString.Invariant($"{name}_{index:000000}"), grids.Surface(index), Vector3.UnitZ, new Material(new Plain(Finish.Color(new Dice(seed, index)))));
}
