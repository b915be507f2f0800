namespace NerfLab.Math;

/// <summary>
/// How a multiresolution hash grid is laid out: per level a cubic lattice whose corners are rows of one table, directly
/// where the level is small enough, hashed where it is not.
/// </summary>
/// <remarks>Müller et al. 2022, Instant Neural Graphics Primitives, equations 2 to 4.</remarks>
public sealed class HashGridLayout
{
    /// <summary>The most cells along a side: their corners' products with the hash's multipliers stay within 64 bits, and places within a cell keep some digits.</summary>
    public const int MostCells = 1 << 20;

    /// <summary>Lays out the levels.</summary>
    /// <param name="levels">L, at least 1.</param>
    /// <param name="features">F, numbers per table row.</param>
    /// <param name="log2TableSize">Rows of one level, at most, as a power of two.</param>
    /// <param name="coarsest">N_min: cells along a side of the coarsest level.</param>
    /// <param name="finest">N_max: cells along a side of the finest level.</param>
    public HashGridLayout(int levels, int features, int log2TableSize, int coarsest, int finest)
    {
        (Levels, Features, TableSize) = (levels, features, 1L << log2TableSize);
        Growth = levels > 1 ? double.Exp((double.Log(finest) - double.Log(coarsest)) / (levels - 1)) : 1;
        Resolutions = new int[levels];
        FirstRows = new long[levels + 1];
        for (int l = 0; l < levels; l++)
        {
            // The small term keeps an exact power from being rounded down.
            Resolutions[l] = (int)double.Floor(coarsest * double.Pow(Growth, l) + 1e-6);
            long corners = (long)(Resolutions[l] + 1) * (Resolutions[l] + 1) * (Resolutions[l] + 1);
            FirstRows[l + 1] = FirstRows[l] + long.Min(corners, TableSize);
        }
    }

    /// <summary>L.</summary>
    public int Levels { get; }

    /// <summary>F, numbers per row.</summary>
    public int Features { get; }

    /// <summary>T, the largest number of rows of one level.</summary>
    public long TableSize { get; }

    /// <summary>b = exp((ln N_max - ln N_min) / (L - 1)).</summary>
    /// <remarks>Instant-NGP, equation 3.</remarks>
    public double Growth { get; }

    /// <summary>N_l = ⌊N_min b^l⌋: cells along a side, per level.</summary>
    /// <remarks>Instant-NGP, equation 2.</remarks>
    public int[] Resolutions { get; }

    /// <summary>[L+1]: the first row of each level in the common table, and the number of rows.</summary>
    public long[] FirstRows { get; }

    /// <summary>Whether the level has a row for each of its (N_l+1)³ corners.</summary>
    public bool IsDense(int level) => (long)(Resolutions[level] + 1) * (Resolutions[level] + 1) * (Resolutions[level] + 1) <= TableSize;
}

/// <summary>Encoding of positions by interpolated table rows.</summary>
public static class HashGrid
{
    /// <summary>The multipliers of the spatial hash.</summary>
    /// <remarks>Instant-NGP, equation 4.</remarks>
    public static readonly uint[] Primes = [1, 2654435761, 805459861];

    /// <summary>h(x) = (x₁π₁ ⊕ x₂π₂ ⊕ x₃π₃), 32-bit arithmetic that wraps; a level takes it modulo its table size.</summary>
    /// <remarks>Instant-NGP, equation 4.</remarks>
    public static uint Hash(uint x, uint y, uint z) => unchecked((x * Primes[0]) ^ (y * Primes[1]) ^ (z * Primes[2]));

    /// <summary>The rows that the corners of a level's lattice map to.</summary>
    /// <remarks>64-bit integers hold the products exactly; the mask to 32 bits is the wrap.</remarks>
    /// <param name="corners">[...,3], 64-bit integers in 0 ... N_l.</param>
    /// <param name="layout">The grid.</param>
    /// <param name="level">The level.</param>
    /// <returns>[...], rows of the common table.</returns>
    public static Tensor Rows(Tensor corners, HashGridLayout layout, int level)
    {
        var (x, y, z) = (corners.select(-1, 0), corners.select(-1, 1), corners.select(-1, 2));
        return Rows(x, y, z, layout, level);
    }

    static Tensor Rows(Tensor x, Tensor y, Tensor z, HashGridLayout layout, int level)
    {
        long side = layout.Resolutions[level] + 1;
        // The table size is a power of two no larger than 2³², so the modulus of the wrapped product is a mask of the exact one.
        var row = layout.IsDense(level)
            ? x + y * side + z * (side * side)
            : (x ^ (y * (long)Primes[1]) ^ (z * (long)Primes[2])) & torch.tensor(layout.TableSize - 1, device: x.device);
        return row + layout.FirstRows[level];
    }

    /// <summary>The features of positions: per level the tri-linear mixture of the eight corners around it, side by side.</summary>
    /// <remarks>Instant-NGP, section 3. The gradient of a row is the sum over all corners that map to it: collisions are averaged, nothing else resolves them.</remarks>
    /// <param name="x">[N,3], 0 to 1; what lies outside is moved to the boundary.</param>
    /// <param name="table">[rows,F].</param>
    /// <param name="layout">The grid.</param>
    /// <returns>[N, L·F], level by level.</returns>
    public static Tensor Encode(Tensor x, Tensor table, HashGridLayout layout)
    {
        long n = x.shape[0];
        var inside = x.clamp(0, 1);
        var levels = new List<Tensor>(layout.Levels);
        for (int l = 0; l < layout.Levels; l++)
        {
            int resolution = layout.Resolutions[l];
            var u = inside * resolution;
            var cell = u.detach().floor().clamp(0, resolution - 1);
            var f = u - cell;                                                        // [N,3], 0 to 1
            var (wx, wy, wz) = (Pair(f, 0), Pair(f, 1), Pair(f, 2));                 // [N,2]
            var weight = (wz.view(n, 2, 1, 1) * wy.view(n, 1, 2, 1) * wx.view(n, 1, 1, 2)).view(n * 8, 1);
            var c = cell.to(torch.int64);
            var (cx, cy, cz) = (Corner(c, 0), Corner(c, 1), Corner(c, 2));
            var rows = Rows(cx.view(n, 1, 1, 2), cy.view(n, 1, 2, 1), cz.view(n, 2, 1, 1), layout, l).reshape(n * 8);
            levels.Add((Gather(table, rows) * weight).view(n, 8, layout.Features).sum(1));
        }
        return torch.cat(levels, -1);

        static Tensor Pair(Tensor f, long axis) => torch.stack([1 - f.select(1, axis), f.select(1, axis)], -1);
        static Tensor Corner(Tensor c, long axis) => torch.stack([c.select(1, axis), c.select(1, axis) + 1], -1);
    }

    /// <summary>Rows of a table, [M] -> [M,F]. As a gather along the rows, whose gradient on a CPU is a scatter in a fixed order: the same bits in every run.</summary>
    static Tensor Gather(Tensor table, Tensor rows) => table.gather(0, rows.unsqueeze(-1).expand(-1, table.shape[1]));
}
