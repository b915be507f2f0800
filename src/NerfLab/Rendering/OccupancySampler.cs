using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Rendering;

/// <summary>Marches rays in fixed steps and keeps the samples that fall into cells where the field has been seen to be dense.</summary>
/// <remarks>
/// Müller et al. 2022, Instant-NGP, appendix E.2: a grid of densities decays by 0.95 at each update and is raised to what the
/// field answers at a jittered point of each cell; a cell is occupied while the optical thickness of one step is above
/// min(0.01, mean), where a cell of a field with one density everywhere counts as above its mean. Several grids about the same middle, each
/// of twice the size of the one before, reach far without many cells; a point belongs to the smallest that holds it.
/// </remarks>
public sealed class OccupancySampler : nn.Module, ISampler
{
    /// <summary>So many grids at most.</summary>
    public const int MostCascades = 16;

    const long MostAsked = 64 * 64 * 64; // cells at a time
    const int UpdateEvery = 16, WarmUp = 256, Share = 8;
    const float Decay = 0.95f, Threshold = 0.01f;

    readonly Kernels.Kernels _kernels;
    readonly Space _space;
    readonly Box _inner; // of the smallest grid
    readonly Spacing _spacing;
    readonly float _step, _leastWeight;
    readonly int _resolution, _cascades, _refine;
    readonly Tensor density;  // [K·G³], highest recent density of each cell, per length that steps grow with, x slowest, the smallest grid first
    readonly Tensor occupied; // [K·G³], truth values

    /// <summary>All cells count as occupied at first.</summary>
    /// <param name="space">Where rays are followed.</param>
    /// <param name="resolution">G, cells along each side of a grid.</param>
    /// <param name="steps">Steps across the diagonal of the smallest grid, which fixes the step's length.</param>
    /// <param name="coneAngle">Beyond step / coneAngle from the camera the steps grow in proportion to the distance; 0 for what suits the space.</param>
    /// <param name="cascades">K, the number of grids: the largest covers all that rays are followed through; 0 for what suits the space: one, or where it goes on beyond its box as many as leave the smallest about that.</param>
    /// <param name="leastWeight">Samples that contribute no more than this to their pixel are dropped, after the field was asked for its density; 0 keeps all.</param>
    /// <param name="refine">How many times shorter steps are where they do not lie at random.</param>
    /// <param name="kernels">The operations to use; null for the reference.</param>
    public OccupancySampler(Space space, int resolution, int steps, float coneAngle, int cascades = 0, float leastWeight = 0, int refine = 1, Kernels.Kernels? kernels = null) : base(nameof(OccupancySampler))
    {
        (_space, _resolution, _leastWeight, _refine, _kernels) = (space, resolution, leastWeight, refine, kernels ?? Kernels.Kernels.Reference);
        _cascades = cascades > 0 ? cascades : int.Min(MostCascades, 1 + (int)float.Ceiling(float.Log2(space.Stretch)));
        _inner = space.Bounds.Scaled(space.Stretch / (1 << (_cascades - 1))); // the largest covers everything
        _step = _inner.Diagonal / steps;
        _spacing = coneAngle > 0 ? new Spacing(SpacingKind.Cone, _step / coneAngle) : space.Spacing;
        long cells = (long)_cascades * resolution * resolution * resolution;
        (density, occupied) = (torch.zeros(cells), torch.ones(cells, torch.@bool));
        RegisterComponents();
    }

    /// <summary>[K,G,G,G], truth values: which cells are looked into; the smallest grid first, then x, y, z.</summary>
    public Tensor Occupied => get_buffer(nameof(occupied))!.view(_cascades, _resolution, _resolution, _resolution);

    /// <summary>The grids as marching sees them.</summary>
    internal OccupancyGrid Grid => new(get_buffer(nameof(occupied))!, _inner, _resolution, _cascades);

    /// <summary>The share of cells that are looked into, 0 to 1.</summary>
    public double OccupiedShare
    {
        get
        {
            using var scope = torch.NewDisposeScope();
            return Occupied.to(torch.float32).mean().ToDouble();
        }
    }

    /// <inheritdoc/>
    public Sampled Sample(Rays rays, IField field, torch.Generator? random)
    {
        using var noGradient = torch.no_grad();
        var device = rays.Origins.device;
        var (entry, exit) = _space.Interval(rays, field.Support);
        var (first, last) = (_spacing.Coordinate(entry), _spacing.Coordinate(torch.maximum(entry, exit)));
        var jitter = random is null ? torch.full(rays.Count, 0.5f, device: device) : Sampling.Uniform([rays.Count, 1], random, device).squeeze(-1);
        float step = random is null ? _step / _refine : _step;
        var (t, offsets) = _kernels.MarchRays(rays, new RaySteps(first, last, jitter, step, _spacing), Grid);
        var samples = new RaySamples(rays, t, step * _spacing.Growth(t), offsets);
        if (_leastWeight == 0) return new Sampled(samples);
        samples.Place(_kernels.PlaceSamples(samples));
        return new Sampled(_kernels.KeepVisible(field.Density(samples.Positions), samples, _leastWeight));
    }

    /// <summary>Every 16 steps: asks the field at one point of each cell; after the warm-up only of an eighth of all cells and of as many occupied ones; instant-ngp asks twice as many. Of several grids as many cells are asked as one of them has, and no more than 64³.</summary>
    public void Update(IField field, int step, torch.Generator random)
    {
        if (step % UpdateEvery != 0) return;
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var (grid, flags) = (get_buffer(nameof(density))!, get_buffer(nameof(occupied))!);
        long cells = grid.shape[0];
        var device = grid.device;
        grid.mul_(Decay);
        // Several or fine grids cost no more than one of 64³: after the first look at everything cells take turns, at random.
        long turn = long.Min(cells / _cascades, MostAsked);
        if (step < WarmUp) Refresh(step == 0 || turn == cells ? torch.arange(cells, torch.int64, device) : OneOfEach(cells, turn));
        else
        {
            var busy = flags.nonzero().squeeze(-1);
            Refresh(OneOfEach(cells, turn / Share));
            Refresh(busy.index_select(0, OneOfEach(busy.shape[0], long.Min(busy.shape[0], turn / Share))));
        }
        // A little below the mean, so that a field of one density everywhere, as voxels begin with, is looked into everywhere.
        flags.copy_(grid * _step > float.Min(Threshold, (float)(grid.mean().ToDouble() * _step * 0.999)));

        // Numbers below `all`, one from each of `count` equal pieces: without repetition, so that no write depends on an order.
        Tensor OneOfEach(long all, long count) =>
            ((torch.arange(count, torch.float64, device) + Sampling.Uniform([count], random, device)) * ((double)all / count)).to(torch.int64).clamp_max(all - 1);

        void Refresh(Tensor chosen)
        {
            const long Chunk = 1 << 18; // bounds the memory of one question
            for (long begin = 0; begin < chosen.shape[0]; begin += Chunk)
            {
                using var inner = torch.NewDisposeScope();
                var cell = chosen.narrow(0, begin, long.Min(Chunk, chosen.shape[0] - begin));
                var point = RandomPoint(cell, random);
                var seen = _space.DensityHere(field.Density(point).to(torch.float32), point);
                grid.index_copy_(0, cell, torch.maximum(grid.index_select(0, cell), seen));
            }
        }
    }

    /// <summary>Looks at a field that does not change any more, several times at other random points of each cell, and keeps what was found: from then on it is enough to sample.</summary>
    /// <param name="field">The field.</param>
    /// <param name="looks">How often each cell is looked at, at least 1.</param>
    /// <param name="random">Draws the points.</param>
    /// <exception cref="BadInputException">The field answers with what is no number, or is empty.</exception>
    public void Learn(IField field, int looks, torch.Generator random)
    {
        const long Chunk = 1 << 17;
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var (grid, flags) = (get_buffer(nameof(density))!, get_buffer(nameof(occupied))!);
        grid.zero_();
        for (int look = 0; look < looks; look++)
            for (long begin = 0; begin < grid.shape[0]; begin += Chunk)
            {
                using var inner = torch.NewDisposeScope();
                var cell = torch.arange(begin, long.Min(begin + Chunk, grid.shape[0]), torch.int64, grid.device);
                var point = RandomPoint(cell, random);
                var part = grid.narrow(0, begin, cell.shape[0]);
                part.copy_(torch.maximum(part, _space.DensityHere(field.Density(point).to(torch.float32), point)));
            }
        if (!grid.isfinite().all().ToBoolean()) throw new BadInputException("teacher: its density is not a finite number everywhere in its box; a field that is NaN or infinite somewhere cannot teach");
        if (grid.max().ToDouble() * _step < 1e-4) throw new BadInputException("teacher: it is empty everywhere in its box; a trained field, or a box around what it shows, is expected");
        flags.copy_(grid * _step > float.Min(Threshold, (float)(grid.mean().ToDouble() * _step * 0.999)));
    }

    /// <summary>Takes what another one has found, if it looks at the same cells with the same steps.</summary>
    /// <returns>Whether it does.</returns>
    public bool TakeOver(OccupancySampler other)
    {
        if ((other._inner, other._resolution, other._cascades) != (_inner, _resolution, _cascades)) return false;
        get_buffer(nameof(density))!.copy_(other.get_buffer(nameof(density))!);
        get_buffer(nameof(occupied))!.copy_(other.get_buffer(nameof(occupied))!);
        return true;
    }

    Tensor RandomPoint(Tensor cell, torch.Generator random)
    {
        var xy = cell.div(_resolution, torch.RoundingMode.floor);
        var levelX = xy.div(_resolution, torch.RoundingMode.floor);
        var level = levelX.div(_resolution, torch.RoundingMode.floor);
        var corner = torch.stack([levelX - level * _resolution, xy - levelX * _resolution, cell - xy * _resolution], -1).to(torch.float32);
        var u = (corner + Sampling.Uniform([cell.shape[0], 3], random, cell.device)) * (2.0 / _resolution) - 1;
        if (_cascades > 1) u = u * torch.pow(2, level.to(torch.float32)).unsqueeze(-1);
        return _inner.Center.ToTensor(u.device) + u * (_inner.Size / 2).ToTensor(u.device);
    }
}
