using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Rendering;

namespace NerfLab.Recipes;

/// <summary>Changes a field as a <see cref="GrowthStep"/> says.</summary>
static class Growing
{
    const int Margin = 2; // voxels that stay around those that are seen, as in Plenoxels

    /// <summary>Shrinks, then resizes and prunes. The field's parameters are the same objects afterwards, with other shapes.</summary>
    /// <param name="field">Changed in place; checked by <see cref="Growth.Check(EncodedField)"/>.</param>
    /// <param name="step">What to do.</param>
    /// <param name="index">Its number, for messages.</param>
    /// <param name="renderer">How the field is seen.</param>
    /// <param name="cameras">What it is seen from.</param>
    /// <param name="device">Where it is.</param>
    /// <exception cref="BadInputException">Nothing would be left of the field.</exception>
    public static void Apply(EncodedField field, GrowthStep step, int index, Renderer renderer, IEnumerable<Camera> cameras, torch.Device device)
    {
        if (step.Shrink > 0)
        {
            var nodes = ((ICroppable)field.Encoding).Nodes!.Value;
            field.Crop(Visibility.Occupied(field, nodes, field.Bounds, step.Shrink, device) ?? throw new BadInputException(FormattableString.Invariant(
                $"growth.{index}.shrink: nowhere in its box does the field absorb the share {step.Shrink} of the light, it is still empty; a smaller share, a later time or a denser field to begin with may help")));
        }
        if (step.Prunes) ((VoxelEncoding)field.Encoding).Prune(field.Bounds, step.Resolution, () => Kept(field, step, index, renderer, cameras, device));
        else if (step.Resolution > 0) ((IResizable)field.Encoding).Resize(field.Bounds, step.Resolution);
    }

    /// <summary>Which voxels stay, [X,Y,Z]: those that are seen or dense enough, and what is around them.</summary>
    static Tensor Kept(EncodedField field, GrowthStep step, int index, Renderer renderer, IEnumerable<Camera> cameras, torch.Device device)
    {
        var layout = ((VoxelEncoding)field.Encoding).Layout;
        bool byWeight = step.PruneWeight > 0;
        var worth = byWeight ? Visibility.LargestWeights(field, layout, field.Coordinates, cameras, renderer, device) : Densities(field, layout);
        double least = byWeight ? step.PruneWeight / int.Max(layout.X, int.Max(layout.Y, layout.Z)) : step.PruneDensity;
        var kept = Largest(worth, least, step.MostVoxels);
        if (!kept.any().ToBoolean())
            throw new BadInputException(FormattableString.Invariant($"growth.{index}: no voxel reaches {(byWeight ? "the weight" : "the density")} {least}, none would be left; a smaller number or a later time may help"));
        return VoxelGrid.Dilate(kept, Margin).to(device);
    }

    /// <summary>Those that reach a number, and no more than the largest <paramref name="most"/> of them unless that is 0.</summary>
    internal static Tensor Largest(Tensor worth, double least, long most)
    {
        var kept = worth >= least;
        if (most == 0 || kept.sum().ToInt64() <= most) return kept;
        var (values, _) = worth.flatten().topk((int)most);
        return kept.logical_and(worth >= values[most - 1]);
    }

    /// <summary>[X,Y,Z] on the CPU, per length of the box's longest side.</summary>
    static Tensor Densities(EncodedField field, VoxelLayout layout)
    {
        var voxels = ((VoxelEncoding)field.Encoding).DensityVoxels;
        using var noGradient = torch.no_grad();
        var all = torch.arange(layout.Count, torch.int64, voxels.Rows.device);
        return field.Decoder.Density(VoxelGrid.Gather(voxels.Rows, all, voxels.Links)).view(layout.X, layout.Y, layout.Z).cpu();
    }
}
