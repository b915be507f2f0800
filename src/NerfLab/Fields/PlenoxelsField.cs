using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>Plenoxels: density and spherical harmonics in sparse voxels, without any network.</summary>
/// <remarks>
/// Fridovich-Keil, Yu et al. 2022. The defaults are those of its code for synthetic scenes at its first resolution. Densities
/// count per length of the box's longest side: the original's initial 0.1 per unit in a box of side 2 is 0.2 here. Values sit in
/// the middles of voxels, g = u n - 1/2.
/// </remarks>
/// <param name="Resolution">Voxels along the box's longest side, at least 2; voxels are cubes. A recipe may let it grow, and drop voxels.</param>
/// <param name="Degree">The highest band of the spherical harmonics, 0 to 3.</param>
/// <param name="InitialDensity">Of every voxel, above 0.</param>
/// <param name="Sphere">Whether only voxels exist whose middle lies in the ellipsoid that touches the walls of the box; no memory is spent on the others, and they stay empty.</param>
/// <param name="Color">From the sum of harmonics to a colour.</param>
/// <param name="Activation">From interpolated value to density. <c>relu</c> is the paper's: a voxel at or below 0 gets no gradient and stays empty.</param>
public sealed record PlenoxelsSpec(int Resolution = 256, int Degree = 2, double InitialDensity = 0.2, bool Sphere = false, ShColor Color = ShColor.Clamped,
    DensityActivation Activation = DensityActivation.Relu) : FieldSpec
{
    /// <summary>A size that a laptop trains in a minute: reduced resolution and degree, and a denser fog to begin with.</summary>
    public static PlenoxelsSpec Small { get; } = new(Resolution: 40, Degree: 1, InitialDensity: 2);

    /// <inheritdoc/>
    public override FieldSpec? WithGeometry(int size) => null;

    /// <inheritdoc/>
    public override EncodedField Build(Box bounds, torch.Generator random, Kernels.Kernels? kernels = null)
    {
        if (Resolution is < 2 or > VoxelEncoding.MostResolution || !ShDecoder.Knows(Degree) || !(InitialDensity > 0 && double.IsFinite(InitialDensity)))
            throw new BadInputException(FormattableString.Invariant($"field plenoxels: resolution {Resolution}, degree {Degree}, initialDensity {InitialDensity}; resolution must be 2 to 1024, degree 0 to 3 and initialDensity above 0"));
        var used = kernels ?? Kernels.Kernels.Reference;
        var layout = VoxelLayout.Of(bounds, Resolution, corners: false);
        var exists = Sphere ? InEllipsoid(layout) : torch.ones(layout.Count, torch.@bool);
        long voxels = exists.to(torch.int64).sum().ToInt64();
        var density = nn.Parameter(torch.full([voxels, 1], (float)Activation.Inverse(InitialDensity)));
        var harmonics = nn.Parameter(torch.zeros(voxels, 3L * ShDecoder.Coefficients(Degree))); // colour by colour
        var encoding = new VoxelEncoding(density, harmonics, VoxelEncoding.Numbered(exists).view(layout.X, layout.Y, layout.Z), corners: false, used);
        return new EncodedField(bounds, encoding, new ShDecoder(Degree, Color, new RawDensity(Activation), used));
    }

    /// <summary>[X·Y·Z], truth values: whose middle lies in the ellipsoid that touches the walls.</summary>
    static Tensor InEllipsoid(VoxelLayout layout)
    {
        var (x, y, z) = (Middles(layout.X), Middles(layout.Y), Middles(layout.Z));
        return (x.view(-1, 1, 1) + y.view(1, -1, 1) + z.view(1, 1, -1) <= 1).reshape(-1);

        static Tensor Middles(int count) => ((torch.arange(count) + 0.5) * 2.0 / count - 1).square();
    }
}
