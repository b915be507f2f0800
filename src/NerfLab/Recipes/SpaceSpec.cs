using NerfLab.Data;
using NerfLab.Math;
using NerfLab.Rendering;

namespace NerfLab.Recipes;

/// <summary>Names of the spaces.</summary>
public enum SpaceKind
{
    /// <summary>Normalised device coordinates for forward-facing scenes, else bounded.</summary>
    Auto,

    /// <summary>The scene's box; see <see cref="BoundedSpace"/>.</summary>
    Bounded,

    /// <summary>Normalised device coordinates; see <see cref="NdcSpace"/>.</summary>
    Ndc,

    /// <summary>All of space, contracted; see <see cref="ContractedSpace"/>.</summary>
    Contracted,
}

/// <summary>How to lay a field into a scene's world.</summary>
/// <param name="Kind">Which space.</param>
/// <param name="Norm">Contracted: the form of what stays as it is, the whole box or the ball in it.</param>
/// <param name="Inner">Contracted: the box that stays as it is, as a share of the scene's bounds.</param>
/// <param name="Far">Contracted: how far rays are followed, in half longest sides of that box.</param>
public sealed record SpaceSpec(SpaceKind Kind = SpaceKind.Auto, ContractionNorm Norm = ContractionNorm.Cube, float Inner = 1, float Far = 32)
{
    /// <summary>The space of a scene.</summary>
    /// <exception cref="BadInputException">A value is out of range, or the scene's cameras do not allow this kind.</exception>
    public Space Of(Scene scene)
    {
        if (!(Inner is > 0 and <= 1)) throw new BadInputException(FormattableString.Invariant($"recipe: space.inner is {Inner}; a number above 0, at most 1, is expected"));
        if (!(Far is >= 2 and <= 1e4f)) throw new BadInputException(FormattableString.Invariant($"recipe: space.far is {Far}; a number from 2 to 10000 is expected"));
        var world = new Reach(scene.Bounds, scene.Near, scene.Far);
        return Kind switch
        {
            SpaceKind.Auto when scene.ForwardFacing => Device(),
            SpaceKind.Ndc => Device(),
            SpaceKind.Contracted => new ContractedSpace(world, Norm, Inner, Far),
            _ => new BoundedSpace(world),
        };

        NdcSpace Device() => NdcSpace.Of(world, [.. scene.Train.Select(v => v.Camera)]);
    }
}
