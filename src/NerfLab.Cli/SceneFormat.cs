using NerfLab.Data;

namespace NerfLab.Cli;

/// <summary>A format that scenes can be written in, and what it can hold.</summary>
/// <param name="Name">As in <c>--to</c>.</param>
/// <param name="Write">Writes a scene into a new folder.</param>
/// <param name="Splits">Whether it says which views are for training and which for tests.</param>
/// <param name="Bounds">Whether it holds box, near and far.</param>
/// <param name="Masks">Whether it holds masks.</param>
/// <param name="Alpha">Whether pictures keep their alpha.</param>
sealed record SceneFormat(string Name, Action<Scene, string> Write, bool Splits, bool Bounds, bool Masks, bool Alpha)
{
    static readonly SceneFormat[] s_all =
    [
        new("blender", BlenderScene.Write, true, true, false, true),
        new("instant-ngp", InstantNgpScene.Write, true, true, true, true),
        new("nerfstudio", NerfstudioScene.Write, true, true, true, true),
        new("colmap", ColmapScene.Write, false, false, true, true),
        new("llff", LlffScene.Write, false, false, false, true),
        new("shapenet-srn", ShapeNetSrnScene.Write, false, true, false, true),
        new("eg3d", Eg3dScene.Write, false, true, false, false),
    ];

    /// <summary>All names, as a help text lists them.</summary>
    public static string Names => string.Join('|', s_all.Select(f => f.Name));

    /// <summary>The format that an option names.</summary>
    /// <exception cref="BadInputException">There is none of that name.</exception>
    public static SceneFormat Find(string name) => Array.Find(s_all, f => f.Name == name)
        ?? throw new BadInputException($"--to {name}: unknown{Spelling.Suggest(name, s_all.Select(f => f.Name))}");
}
