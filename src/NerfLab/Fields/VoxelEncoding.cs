using System.Numerics;
using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Values at the points of a grid, as a regulariser sees them.</summary>
/// <param name="Rows">[K,C], with gradient.</param>
/// <param name="Layout">The grid.</param>
/// <param name="Links">[X·Y·Z], the row of each voxel or -1; null for a dense grid.</param>
public readonly record struct VoxelValues(Tensor Rows, VoxelLayout Layout, Tensor? Links);

/// <summary>Density and colour in a voxel grid, dense or sparse. In a sparse grid voxels that do not exist take no memory and count as zeros.</summary>
/// <remarks>
/// Tensors may be parameters, which are then trained as part of this module, or may have been computed by a network. The shapes of
/// the tensors say all that there is to know about the grid.
/// </remarks>
public sealed class VoxelEncoding : nn.Module, IEncoding, IResizable, ICroppable
{
    /// <summary>The most voxels along a side.</summary>
    public const int MostResolution = 1024;

    readonly Kernels.Kernels _kernels;
    readonly Tensor?[] _given; // density, colour, links
    readonly bool _corners;

    /// <summary>An encoding over voxels.</summary>
    /// <param name="density">What becomes density, before its activation: [X,Y,Z,1], or rows [K,1] of a sparse grid.</param>
    /// <param name="color">What becomes colour: [X,Y,Z,C], or [K,C].</param>
    /// <param name="links">[X,Y,Z], 32-bit integers: the row of each voxel, or -1 for none; null for a dense grid.</param>
    /// <param name="corners">Whether the outer values sit on the walls of the box, else in the middles of voxels.</param>
    /// <param name="kernels">The operations to use; null for the reference.</param>
    public VoxelEncoding(Tensor density, Tensor color, Tensor? links, bool corners, Kernels.Kernels? kernels = null) : base(nameof(VoxelEncoding))
    {
        (_given, _corners, _kernels) = ([density, color, links], corners, kernels ?? NerfLab.Kernels.Kernels.Reference);
        if (links is null) Guard.Shape(color, [.. Guard.Shape(density, [-1, -1, -1, 1]).shape[..3], -1]);
        else
        {
            Guard.Shape(links, [-1, -1, -1]);
            Guard.Shape(color, [Guard.Shape(density, [-1, 1]).shape[0], -1]);
            register_buffer(nameof(links), links);
        }
        if (density is Parameter first) register_parameter(nameof(density), first);
        if (color is Parameter second) register_parameter(nameof(color), second);
    }

    Tensor Density => get_parameter("density") ?? _given[0]!;

    Tensor Color => get_parameter("color") ?? _given[1]!;

    Tensor? Links => get_buffer("links");

    /// <summary>The grid.</summary>
    public VoxelLayout Layout
    {
        get
        {
            var shape = (Links ?? Density).shape;
            return new VoxelLayout((int)shape[0], (int)shape[1], (int)shape[2], _corners);
        }
    }

    /// <inheritdoc/>
    public int Features => 1 + (int)Color.shape[^1];

    /// <summary>What becomes density, one channel, before its activation.</summary>
    public VoxelValues DensityVoxels => new(Rows(Density), Layout, Links?.view(-1));

    /// <summary>What becomes colour.</summary>
    public VoxelValues ColorVoxels => new(Rows(Color), Layout, Links?.view(-1));

    static Tensor Rows(Tensor values) => values.ndim == 2 ? values : values.view(-1, values.shape[3]);

    /// <inheritdoc/>
    public Tensor Encode(Tensor u) => _kernels.VoxelInterpolate(u, [Rows(Density), Rows(Color)], Layout, Links?.view(-1));

    /// <inheritdoc/>
    public Tensor EncodeDensity(Tensor u) => At(u, DensityVoxels);

    Tensor At(Tensor u, VoxelValues voxels) => _kernels.VoxelInterpolate(u, [voxels.Rows], voxels.Layout, voxels.Links);

    /// <inheritdoc/>
    public void Resize(Box bounds, int resolution) => Resample(VoxelLayout.Of(bounds, resolution, _corners), null);

    /// <summary>Takes another resolution and drops voxels of a sparse grid; memory for colours is only taken for those that stay.</summary>
    /// <remarks>Plenoxels, section 3.3.</remarks>
    /// <param name="bounds">The box that it covers.</param>
    /// <param name="resolution">Along the longest side, at least 2; 0 for what it is.</param>
    /// <param name="keep">Which voxels may stay, [X,Y,Z], truth values. It is asked when the densities have the new resolution and the colours do not have it yet.</param>
    /// <exception cref="InvalidOperationException">The grid is dense.</exception>
    public void Prune(Box bounds, int resolution, Func<Tensor> keep)
    {
        if (Links is null) throw new InvalidOperationException("a dense grid of voxels cannot lose some of them");
        Resample(resolution == 0 ? Layout : VoxelLayout.Of(bounds, resolution, _corners), keep);
    }

    void Resample(VoxelLayout layout, Func<Tensor>? keep)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var (trained, colors) = (this.Trained("density"), this.Trained("color"));
        var (density, color) = (Detached(DensityVoxels), Detached(ColorVoxels));
        if (color.Links is null)
        {
            trained.Become(Resampled(density, layout, null).view(layout.X, layout.Y, layout.Z, 1));
            colors.Become(Resampled(color, layout, null).view(layout.X, layout.Y, layout.Z, -1));
            return;
        }
        var exists = layout == color.Layout ? color.Links >= 0 : Resampled(color with { Rows = torch.ones_like(density.Rows) }, layout, null).squeeze(-1) > 0;
        Exist(exists, Resampled(density, layout, exists));
        if (keep is not null)
        {
            density = Detached(DensityVoxels);
            exists = exists.logical_and(keep().view(-1));
            Exist(exists, Resampled(density, layout, exists));
        }
        colors.Become(Resampled(color, layout, exists));

        void Exist(Tensor voxels, Tensor rows)
        {
            Links!.Become(Numbered(voxels).view(layout.X, layout.Y, layout.Z));
            trained.Become(rows);
        }
    }

    static VoxelValues Detached(VoxelValues voxels) => voxels with { Rows = voxels.Rows.detach(), Links = voxels.Links?.detach() };

    /// <summary>The values at the voxels of a layout, at all or at those that exist, [K',C].</summary>
    Tensor Resampled(VoxelValues from, VoxelLayout layout, Tensor? exists)
    {
        const long AtOnce = 1 << 20; // bounds the memory of one question
        var voxels = exists?.nonzero().squeeze(-1) ?? torch.arange(layout.Count, torch.int64, from.Rows.device);
        if (layout == from.Layout) return VoxelGrid.Gather(from.Rows, voxels, from.Links); // to the same bits
        var pieces = new List<Tensor> { from.Rows.narrow(0, 0, 0) };
        for (long begin = 0; begin < voxels.shape[0]; begin += AtOnce)
        {
            using var piece = torch.NewDisposeScope();
            var u = VoxelGrid.Places(voxels.narrow(0, begin, long.Min(AtOnce, voxels.shape[0] - begin)), layout, from.Rows.dtype);
            pieces.Add(At(u, from).MoveToOuterDisposeScope());
        }
        return torch.cat(pieces);
    }

    /// <summary>Row numbers for the voxels that exist, in their order, -1 for the others: [N], truth values -> [N], 32-bit integers.</summary>
    internal static Tensor Numbered(Tensor exists) =>
        torch.where(exists, exists.to(torch.int64).cumsum(0) - 1, torch.full_like(exists, -1, torch.int64)).to(torch.int32);

    /// <inheritdoc/>
    public VoxelLayout? Nodes => _corners && Links is null ? Layout : null;

    /// <inheritdoc/>
    public (Vector3 Low, Vector3 High) Crop(Vector3 low, Vector3 high)
    {
        var part = (Nodes ?? throw new InvalidOperationException("these voxels cannot be cut")).Around(low, high);
        using var scope = torch.NewDisposeScope();
        foreach (var values in new[] { this.Trained("density"), this.Trained("color") }) values.Become(part.Narrow(values.detach(), (0, 0), (1, 1), (2, 2)));
        return (part.Low, part.High);
    }

    /// <inheritdoc/>
    public string? Misfit(Func<string, long[]> shape, Func<string, Tensor> read)
    {
        var (density, color) = (shape("density"), shape("color"));
        var grid = Links is null ? density : shape("links");
        if (density.Length != Density.ndim || color.Length != Color.ndim || grid.Length < 3 || grid[..3].Any(n => n is < 2 or > MostResolution)
            || density[^1] != 1 || color[^1] != Color.shape[^1] || !density[..^1].SequenceEqual(color[..^1]))
            return $"density [{string.Join(',', density)}] and color [{string.Join(',', color)}] are not those of such a grid of voxels";
        if (Links is null) return null;
        using var scope = torch.NewDisposeScope();
        var links = read("links").to(torch.int64);
        return links.ndim == 3 && (links < density[0]).logical_and(links >= -1).all().ToBoolean() ? null : $"links name rows outside of the {density[0]} that there are";
    }
}
