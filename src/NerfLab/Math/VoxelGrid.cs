using System.Numerics;

namespace NerfLab.Math;

/// <summary>How many values a voxel grid has along each axis, and where in the box they sit.</summary>
/// <remarks>
/// With n values along an axis and a coordinate u from 0 to 1, the place between the values is g = u (n - 1) where the outer
/// values sit on the walls of the box (<paramref name="Corners"/>, PyTorch's <c>align_corners: true</c>, DVGO), and
/// g = u n - 1/2, moved into 0 ... n - 1, where they sit in the middles of cells (<c>align_corners: false</c> with border
/// padding, Plenoxels).
/// </remarks>
/// <param name="X">Values along x, at least 2; the slowest index.</param>
/// <param name="Y">Values along y, at least 2.</param>
/// <param name="Z">Values along z, at least 2; the fastest index.</param>
/// <param name="Corners">Whether the outer values sit on the walls of the box.</param>
public readonly record struct VoxelLayout(int X, int Y, int Z, bool Corners)
{
    /// <summary>The grid of cubic voxels, as nearly as whole numbers allow, that fills a box.</summary>
    /// <param name="bounds">The box.</param>
    /// <param name="resolution">Values along its longest side.</param>
    /// <param name="corners">Whether the outer values sit on the walls.</param>
    public static VoxelLayout Of(Box bounds, int resolution, bool corners)
    {
        var size = bounds.Size;
        float longest = float.Max(size.X, float.Max(size.Y, size.Z));
        return new VoxelLayout(Along(size.X), Along(size.Y), Along(size.Z), corners);

        int Along(float side) => int.Max(2, (int)MathF.Round(resolution * side / longest));
    }

    /// <summary>X · Y · Z.</summary>
    public long Count => (long)X * Y * Z;

    /// <summary>Those of its values that surround a part of the box; for outer values on the walls.</summary>
    /// <param name="low">The lower corner of the part, 0 to 1 along each side.</param>
    /// <param name="high">The upper corner, 0 to 1.</param>
    public VoxelRange Around(Vector3 low, Vector3 high)
    {
        var range = new VoxelRange(this, [0, 0, 0], [0, 0, 0]);
        foreach (var (axis, count) in new[] { X, Y, Z }.Index())
        {
            // The small term keeps a value on the boundary of the part from being missed by its rounding.
            int first = int.Clamp((int)MathF.Floor(low[axis] * (count - 1) + 1e-3f), 0, count - 2);
            (range.First[axis], range.Last[axis]) = (first, int.Clamp((int)MathF.Ceiling(high[axis] * (count - 1) - 1e-3f), first + 1, count - 1));
        }
        return range;
    }
}

/// <summary>A box of values of a grid whose outer values sit on the walls.</summary>
/// <param name="Layout">The grid.</param>
/// <param name="First">The lowest number along x, y and z.</param>
/// <param name="Last">The highest, which belongs to it.</param>
public readonly record struct VoxelRange(VoxelLayout Layout, int[] First, int[] Last)
{
    /// <summary>The lower corner, 0 to 1 along each side of the grid's box.</summary>
    public Vector3 Low => Share(First);

    /// <summary>The upper corner, 0 to 1.</summary>
    public Vector3 High => Share(Last);

    Vector3 Share(int[] place) => new((float)place[0] / (Layout.X - 1), (float)place[1] / (Layout.Y - 1), (float)place[2] / (Layout.Z - 1));

    /// <summary>What belongs to it of a tensor, as a view.</summary>
    /// <param name="values">Any, with as many values along some dimensions as the grid has along its axes.</param>
    /// <param name="along">Dimensions of the tensor, and the axis that each runs along: 0, 1 or 2.</param>
    public Tensor Narrow(Tensor values, params ReadOnlySpan<(int Dimension, int Axis)> along)
    {
        foreach (var (dimension, axis) in along) values = values.narrow(dimension, First[axis], Last[axis] - First[axis] + 1);
        return values;
    }
}

/// <summary>Values between the points of a voxel grid.</summary>
public static class VoxelGrid
{
    /// <summary>Tri-linear interpolation: Σ over the eight values around a point of Π (1 - f or f) times the value.</summary>
    /// <remarks>Fridovich-Keil, Yu et al. 2022, Plenoxels, section 3.1; Sun et al. 2022, DVGO, equation 5.</remarks>
    /// <param name="u">[N,3], 0 to 1; what lies outside is moved to the boundary.</param>
    /// <param name="rows">[K,C]: the values; voxel (x,y,z) has row (x Y + y) Z + z, or the row that <paramref name="links"/> says.</param>
    /// <param name="layout">The grid.</param>
    /// <param name="links">[X·Y·Z], 32-bit integers: each voxel's row, or -1 where there is none, which counts as a row of zeros; null for a dense grid.</param>
    /// <returns>[N,C].</returns>
    public static Tensor Interpolate(Tensor u, Tensor rows, VoxelLayout layout, Tensor? links = null)
    {
        long n = u.shape[0];
        var (x, fx) = Along(u.select(1, 0), layout.X, layout.Corners);
        var (y, fy) = Along(u.select(1, 1), layout.Y, layout.Corners);
        var (z, fz) = Along(u.select(1, 2), layout.Z, layout.Corners);
        var weight = Pair(1 - fx, fx).view(n, 2, 1, 1) * Pair(1 - fy, fy).view(n, 1, 2, 1) * Pair(1 - fz, fz).view(n, 1, 1, 2);
        var voxel = (Pair(x, x + 1).view(n, 2, 1, 1) * layout.Y + Pair(y, y + 1).view(n, 1, 2, 1)) * layout.Z + Pair(z, z + 1).view(n, 1, 1, 2);
        return (Gather(rows, voxel.reshape(-1), links) * weight.reshape(-1, 1)).view(n, 8, rows.shape[1]).sum(1);

        static Tensor Pair(Tensor lower, Tensor upper) => torch.stack([lower, upper], -1);
    }

    /// <summary>Several grids of the same voxels at once, their channels side by side.</summary>
    /// <param name="u">[N,3], 0 to 1.</param>
    /// <param name="rows">Each [K,C].</param>
    /// <param name="layout">The grid.</param>
    /// <param name="links">As for <see cref="Interpolate"/>.</param>
    /// <returns>[N,ΣC].</returns>
    public static Tensor InterpolateAll(Tensor u, IReadOnlyList<Tensor> rows, VoxelLayout layout, Tensor? links) => torch.cat([.. rows.Select(r => Interpolate(u, r, layout, links))], -1);

    /// <summary>The values of voxels, [M] -> [M,C]; zeros where a sparse grid has none.</summary>
    /// <remarks>A gather along the rows, whose gradient is a scatter in a fixed order: the same bits in every run.</remarks>
    public static Tensor Gather(Tensor rows, Tensor voxels, Tensor? links)
    {
        if (links is null) return rows.gather(0, voxels.unsqueeze(-1).expand(-1, rows.shape[1]));
        var row = links.index_select(0, voxels).to(torch.int64).unsqueeze(-1); // [M,1]
        if (rows.shape[0] == 0) return torch.zeros([voxels.shape[0], rows.shape[1]], rows.dtype, rows.device);
        return rows.gather(0, row.clamp_min(0).expand(-1, rows.shape[1])) * (row >= 0).to(rows.dtype);
    }

    /// <summary>Where the values of voxels sit.</summary>
    /// <param name="voxels">[M], numbers of voxels, z fastest.</param>
    /// <param name="layout">The grid.</param>
    /// <param name="dtype">Of the result.</param>
    /// <returns>[M,3], 0 to 1.</returns>
    public static Tensor Places(Tensor voxels, VoxelLayout layout, torch.ScalarType dtype)
    {
        var (x, y, z) = Apart(voxels, layout.Y, layout.Z);
        return torch.stack([Along(x, layout.X), Along(y, layout.Y), Along(z, layout.Z)], -1);

        Tensor Along(Tensor place, int count) => layout.Corners ? place.to(dtype) / (count - 1) : (place.to(dtype) + 0.5) / count;
    }

    /// <summary>The three numbers (x,y,z) of which (x Y + y) Z + z is made.</summary>
    internal static (Tensor X, Tensor Y, Tensor Z) Apart(Tensor number, long y, long z)
    {
        var xy = number.div(z, torch.RoundingMode.floor);
        var x = xy.div(y, torch.RoundingMode.floor);
        return (x, xy - x * y, number - xy * z);
    }

    /// <summary>Adds to a set of voxels all that touch one of its own by a face, an edge or a corner.</summary>
    /// <param name="voxels">[X,Y,Z], truth values.</param>
    /// <param name="times">How often.</param>
    public static Tensor Dilate(Tensor voxels, int times = 1)
    {
        var wide = voxels.to(torch.float32).unsqueeze(0).unsqueeze(0);
        for (int i = 0; i < times; i++) wide = F.max_pool3d(wide, [3, 3, 3], [1, 1, 1], [1, 1, 1]);
        return wide.squeeze(0).squeeze(0) > 0;
    }

    /// <summary>The lower of the two values around a coordinate, and how far towards the upper one it lies.</summary>
    static (Tensor Lower, Tensor Fraction) Along(Tensor u, int count, bool corners)
    {
        var g = corners ? u.clamp(0, 1) * (count - 1) : (u * count - 0.5).clamp(0, count - 1);
        var lower = g.detach().floor().clamp(0, count - 2);
        return (lower.to(torch.int64), g - lower);
    }

    /// <summary>
    /// Total variation: the mean over cells of Σ over channels of √(Δx² + Δy² + Δz² + ε) - √ε, with Δ the difference to the
    /// next value along an axis times that axis' number of values / 256, so that a finer grid of the same content costs the same.
    /// </summary>
    /// <remarks>
    /// Plenoxels, equation 3, with the scale of its code. ε = 1e-9 here in both directions, where the original uses
    /// 1e-5 for the value and 1e-9 for the gradient; √ε is taken off so that a constant grid costs exactly 0.
    /// </remarks>
    /// <param name="rows">[K,C].</param>
    /// <param name="layout">The grid.</param>
    /// <param name="links">As for <see cref="Interpolate"/>; values that are not there count as 0.</param>
    /// <param name="first">The first cell that counts. There are (X-1)(Y-1)(Z-1) cells, z fastest, each named by its lowest value.</param>
    /// <param name="count">How many follow each other, from the last on to the first; null for all.</param>
    /// <returns>A scalar.</returns>
    public static Tensor TotalVariation(Tensor rows, VoxelLayout layout, Tensor? links = null, long first = 0, long? count = null)
    {
        const double Epsilon = 1e-9;
        long cells = Cells(layout), taken = long.Min(count ?? cells, cells), channels = rows.shape[1];
        var cell = (torch.arange(taken, torch.int64, rows.device) + first).remainder(cells);
        var (x, y, z) = Apart(cell, layout.Y - 1, layout.Z - 1);
        var voxel = (x * layout.Y + y) * layout.Z + z;
        // One gather for all four: its gradient is one pass over the grid.
        var values = Gather(rows, torch.cat([voxel, voxel + (long)layout.Y * layout.Z, voxel + layout.Z, voxel + 1]), links).view(4, taken, channels);
        var (dx, dy, dz) = (Difference(1, layout.X), Difference(2, layout.Y), Difference(3, layout.Z));
        return (dx * dx + dy * dy + dz * dz + Epsilon).sqrt().sum() / taken - channels * double.Sqrt(Epsilon);

        Tensor Difference(long neighbour, int along) => (values.select(0, neighbour) - values.select(0, 0)) * (along / 256.0);
    }

    /// <summary>(X-1)(Y-1)(Z-1): the cells between the values of a grid.</summary>
    public static long Cells(VoxelLayout layout) => (layout.X - 1L) * (layout.Y - 1L) * (layout.Z - 1L);
}
