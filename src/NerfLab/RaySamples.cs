namespace NerfLab;

/// <summary>
/// Where a field is asked: N points on R rays, packed. Ray r owns the samples Offsets[r] to Offsets[r+1]-1, from near to
/// far; a ray may own none.
/// </summary>
public sealed class RaySamples
{
    Tensor? _positions, _directions, _rayIndex;

    /// <summary>Packs samples that are given ray by ray.</summary>
    /// <param name="rays">The R rays.</param>
    /// <param name="t">[N], distances of the samples along their rays, in the units of the rays.</param>
    /// <param name="deltas">[N], lengths of the pieces of ray that the samples stand for, in the units of the rays.</param>
    /// <param name="offsets">[R+1], 64-bit integers: 0, then the running number of samples.</param>
    public RaySamples(Rays rays, Tensor t, Tensor deltas, Tensor offsets) => (Rays, T, Deltas, Offsets) = (rays, t, deltas, offsets);

    /// <summary>The same number of samples on every ray.</summary>
    /// <param name="rays">The R rays.</param>
    /// <param name="t">[R,S], distances, ascending along each row.</param>
    /// <param name="deltas">[R,S], lengths.</param>
    public static RaySamples Dense(Rays rays, Tensor t, Tensor deltas)
    {
        long samples = t.shape[1];
        var offsets = torch.arange(0, rays.Count + 1, torch.int64, t.device) * samples;
        return new RaySamples(rays, t.reshape(-1), deltas.reshape(-1), offsets) { PerRay = samples };
    }

    /// <summary>The rays.</summary>
    public Rays Rays { get; }

    /// <summary>[N], distances along the rays, in their units: the world's unless the rays were mapped into another space.</summary>
    public Tensor T { get; }

    /// <summary>[N], lengths of the pieces of ray that the samples stand for, in the same units.</summary>
    public Tensor Deltas { get; }

    /// <summary>[R+1], 64-bit integers: where each ray's samples begin, and N.</summary>
    public Tensor Offsets { get; }

    /// <summary>N.</summary>
    public long Count => T.shape[0];

    /// <summary>S when every ray has S samples, otherwise null.</summary>
    public long? PerRay { get; private init; }

    /// <summary>[N], 64-bit integers: the ray of each sample.</summary>
    public Tensor RayIndex => _rayIndex ??= PerRay is { } samples
        ? torch.arange(Rays.Count, torch.int64, T.device).repeat_interleave(samples)
        : torch.arange(Rays.Count, torch.int64, T.device).repeat_interleave(Offsets.narrow(0, 1, Rays.Count) - Offsets.narrow(0, 0, Rays.Count));

    /// <summary>[N,3], o + t d: where to ask the field, in the units of the rays.</summary>
    public Tensor Positions => _positions ??= Rays.Origins.index_select(0, RayIndex) + Rays.Directions.index_select(0, RayIndex) * T.unsqueeze(-1);

    /// <summary>[N,3], unit length: the direction in the world in which light's path is followed.</summary>
    public Tensor Directions => _directions ??= Rays.World.Directions.index_select(0, RayIndex);

    /// <summary>Some of the samples.</summary>
    /// <param name="kept">[M], 64-bit integers, ascending: their numbers.</param>
    public RaySamples Part(Tensor kept)
    {
        // How many of the kept ones lie before each ray's first.
        var part = new RaySamples(Rays, T.index_select(0, kept), Deltas.index_select(0, kept), torch.searchsorted(kept, Offsets));
        if (ArePlaced) part.Place((_positions!.index_select(0, kept), _directions!.index_select(0, kept)));
        return part;
    }

    /// <summary>Whether both are known.</summary>
    internal bool ArePlaced => _positions is not null && _directions is not null;

    /// <summary>Takes positions and directions that were computed elsewhere, in a faster way.</summary>
    internal void Place((Tensor Positions, Tensor Directions) places) => (_positions, _directions) = places;
}
