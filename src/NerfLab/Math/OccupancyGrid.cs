namespace NerfLab.Math;

/// <summary>Which parts of space are worth a look: grids of cells about the same middle, each of twice the size of the one before; a point belongs to the smallest that holds it.</summary>
/// <remarks>Müller et al. 2022, Instant-NGP, appendix E.2.</remarks>
/// <param name="Occupied">[K·G³], truth values, x slowest, the smallest grid first.</param>
/// <param name="Inner">The box of the smallest grid.</param>
/// <param name="Resolution">G, cells along each side of a grid.</param>
/// <param name="Cascades">K, the number of grids.</param>
public readonly record struct OccupancyGrid(Tensor Occupied, Box Inner, int Resolution, int Cascades)
{
    /// <summary>The number of the cell that contains each point, [...,3] -> [...]; points outside get the nearest cell.</summary>
    public Tensor Cell(Tensor points)
    {
        var u = (points - Inner.Center.ToTensor(points.device)) / (Inner.Size / 2).ToTensor(points.device); // the smallest grid reaches from -1 to 1
        var level = Cascades == 1 ? null : u.abs().amax([-1]).clamp(1, 1 << (Cascades - 1)).log2().ceil().clamp_max(Cascades - 1);
        if (level is not null) u = u / torch.pow(2, level).unsqueeze(-1);
        var cell = ((u + 1) * (Resolution / 2.0)).clamp(0, Resolution - 1).to(torch.int64);
        var x = level is null ? cell.select(-1, 0) : level.to(torch.int64) * Resolution + cell.select(-1, 0);
        return (x * Resolution + cell.select(-1, 1)) * Resolution + cell.select(-1, 2);
    }
}

/// <summary>Steps along rays of which those count that meet something.</summary>
/// <param name="First">[R], where rays enter, in the coordinate of the spacing.</param>
/// <param name="Last">[R], where they leave; there is nothing to meet where it is not beyond the entry.</param>
/// <param name="Jitter">[R], 0 to 1: the place of the first step, as a share of a step.</param>
/// <param name="Step">Length of a step in the coordinate of the spacing, above 0.</param>
/// <param name="Spacing">From the coordinate to distances.</param>
public readonly record struct RaySteps(Tensor First, Tensor Last, Tensor Jitter, float Step, Spacing Spacing)
{
    const long StepsAtOnce = 1 << 21;

    /// <summary>The steps s_k = first + (k + jitter) step, s_k &lt; last, at which a ray is in an occupied cell.</summary>
    /// <param name="rays">R rays.</param>
    /// <param name="steps">Where they are looked at.</param>
    /// <param name="grid">What is occupied.</param>
    /// <returns>Distances t(s_k), [N], ray by ray and ascending; and where each ray's begin, [R+1].</returns>
    public static (Tensor T, Tensor Offsets) March(Rays rays, RaySteps steps, OccupancyGrid grid)
    {
        var device = rays.Origins.device;
        long count = rays.Count == 0 ? 0 : long.Max(0, (long)double.Ceiling(((steps.Last - steps.First).max() / steps.Step).ToDouble()));
        var number = torch.arange(count, torch.float32, device);
        // In pieces: all steps of all rays at once would take far more memory than the samples that are left of them.
        var (kept, counts) = (new List<Tensor> { torch.zeros(0, device: device) }, new List<Tensor> { torch.zeros(1, torch.int64, device) });
        long atOnce = long.Max(1, StepsAtOnce / long.Max(count, 1));
        for (long begin = 0; begin < rays.Count; begin += atOnce)
        {
            using var piece = torch.NewDisposeScope();
            long r = long.Min(atOnce, rays.Count - begin);
            Tensor Part(Tensor whole) => whole.narrow(0, begin, r).unsqueeze(1);
            var s = Part(steps.First) + (number + Part(steps.Jitter)) * steps.Step; // [r,K]
            var t = steps.Spacing.Distance(s);
            var points = Part(rays.Origins) + Part(rays.Directions) * t.unsqueeze(-1); // [r,K,3]
            var looked = grid.Occupied.index_select(0, grid.Cell(points).reshape(-1)).view(r, count);
            var keep = looked.logical_and(s < Part(steps.Last));
            kept.Add(t.masked_select(keep).MoveToOuterDisposeScope());
            counts.Add(keep.sum(-1, type: torch.int64).MoveToOuterDisposeScope());
        }
        return (torch.cat(kept, 0), torch.cat(counts, 0).cumsum(0));
    }
}
