using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Rendering;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>What a student has from its teacher before the first step.</summary>
static class Inheritance
{
    const int Looks = 8;
    const long PointsAtOnce = 1 << 17;

    /// <summary>The grid of what is occupied; where it is asked for also the decoder, and the densities of voxels.</summary>
    /// <returns>How many steps of the growth have been made: a first one at the time 0 is, of voxels that begin with the teacher's densities, so that none are made where it has nothing.</returns>
    public static int Take(EncodedField student, ISampler sampler, Teacher teacher, Distillation how, Recipe recipe, Action<string>? remark)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var random = new Generator(RandomStream.Seed(recipe.Seed, -2));
        var occupancy = sampler as OccupancySampler;
        if (occupancy is not null && !(teacher.Sampler is OccupancySampler known && occupancy.TakeOver(known))) occupancy.Learn(teacher.Field.Frozen(), Looks, random);
        if (how.CopyDecoder && !CopyDecoder(student, teacher.Field)) remark?.Invoke("the student has another decoder than the teacher, so that it begins with one of its own");
        if (!how.InheritVoxels || student is not { Encoding: VoxelEncoding voxels, Contraction: null } || student.Decoder.FirstFeature is not { } density) return 0;
        int resolution = recipe.Growth.Steps is [{ At: 0, Prunes: false, Shrink: 0, Losses: null } first, ..] ? first.Resolution : 0;
        Fill(student, voxels, density, teacher.Field.Frozen(), occupancy, resolution);
        return resolution > 0 ? 1 : 0;
    }

    static bool CopyDecoder(EncodedField student, IField teacher)
    {
        if (student.Decoder is not nn.Module to || (teacher as EncodedField)?.Decoder is not nn.Module from || to.GetType() != from.GetType()) return false;
        var (targets, sources) = (to.state_dict(), from.state_dict());
        if (targets.Count != sources.Count || targets.Any(t => !sources.TryGetValue(t.Key, out var s) || !s.shape.SequenceEqual(t.Value.shape))) return false;
        foreach (var (name, target) in targets) target.copy_(sources[name]);
        return true;
    }

    static void Fill(EncodedField student, VoxelEncoding voxels, RawDensity activation, IField teacher, OccupancySampler? occupancy, int resolution)
    {
        var bounds = student.Bounds;
        var (low, size, device) = (bounds.Min.ToTensor(), bounds.Size.ToTensor(), voxels.DensityVoxels.Rows.device);
        if (voxels.DensityVoxels.Links is not null && occupancy is not null) voxels.Prune(bounds, resolution, () => Touched(voxels.Layout));
        else if (resolution > 0) voxels.Resize(bounds, resolution);
        var (rows, layout, links) = voxels.DensityVoxels;
        var exists = links is null ? arange(layout.Count, int64, device) : (links >= 0).nonzero().squeeze(-1); // rows are numbered in their order
        for (long begin = 0; begin < exists.shape[0]; begin += PointsAtOnce)
        {
            using var piece = NewDisposeScope();
            long count = long.Min(PointsAtOnce, exists.shape[0] - begin);
            var x = low.to(device) + VoxelGrid.Places(exists.narrow(0, begin, count), layout, float32) * size.to(device);
            // Per length of the longest side, as decoders count; never so little that an activation has no slope left there.
            var density = (teacher.Density(x) * bounds.LongestSide).clamp(Least, Most);
            rows.narrow(0, begin, count).copy_(activation.Inverse(density).unsqueeze(-1));
        }

        // Voxels around whose middles samples can lie: in occupied cells, or one voxel beside them.
        Tensor Touched(VoxelLayout layout)
        {
            var occupied = zeros(layout.Count, @bool);
            var grid = occupancy.Grid;
            for (long begin = 0; begin < layout.Count; begin += PointsAtOnce)
            {
                using var piece = NewDisposeScope();
                var voxel = arange(begin, long.Min(begin + PointsAtOnce, layout.Count), int64, device);
                var x = low.to(device) + VoxelGrid.Places(voxel, layout, float32) * size.to(device);
                occupied.narrow(0, begin, voxel.shape[0]).copy_(grid.Occupied.index_select(0, grid.Cell(x)));
            }
            return VoxelGrid.Dilate(occupied.view(layout.X, layout.Y, layout.Z), 1).to(device);
        }
    }

    const double Least = 1e-2, Most = 1e4;
}
