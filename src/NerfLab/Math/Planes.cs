using System.Text.Json.Serialization;

namespace NerfLab.Math;

/// <summary>What lies beyond the outermost texels of a plane or a line.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PlanePadding>))]
public enum PlanePadding
{
    /// <summary>Nothing: texels outside count as 0 (TensoRF, EG3D). With corners not aligned, features halve towards the boundary.</summary>
    [JsonStringEnumMemberName("zeros")] Zeros,

    /// <summary>The outermost texels go on for ever (SSDNeRF, ZeroRF).</summary>
    [JsonStringEnumMemberName("border")] Border,
}

/// <summary>How the features of several planes become one vector.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PlaneAggregation>))]
public enum PlaneAggregation
{
    /// <summary>Σ_p f_p (EG3D, the paper).</summary>
    [JsonStringEnumMemberName("sum")] Sum,

    /// <summary>Σ_p f_p / P (EG3D, the published code).</summary>
    [JsonStringEnumMemberName("mean")] Mean,

    /// <summary>All of them, channel by channel and within a channel plane by plane (SSDNeRF).</summary>
    [JsonStringEnumMemberName("concat")] Concat,

    /// <summary>Π_p f_p: a feature is where all planes say so (K-Planes).</summary>
    [JsonStringEnumMemberName("product")] Product,
}

/// <summary>Where the texels of planes and lines lie in the range -1 to 1 of a coordinate.</summary>
/// <param name="AlignCorners">Whether -1 and 1 are the middles of the outermost texels; else they are their outer edges.</param>
/// <param name="Padding">What lies beyond the outermost texels.</param>
public readonly record struct PlaneConvention(bool AlignCorners, PlanePadding Padding);

/// <summary>The two coordinates that a plane is spanned by: 0 for x, 1 for y, 2 for z.</summary>
/// <param name="Across">Runs along the width, the last dimension of the tensor.</param>
/// <param name="Down">Runs along the height, the last dimension but one.</param>
public readonly record struct PlaneAxes(int Across, int Down)
{
    /// <summary>Reads axes such as <c>xy xz yz</c>: for each plane the coordinate along its width, then the one along its height.</summary>
    /// <exception cref="BadInputException">A word is not two of the letters x, y and z.</exception>
    public static PlaneAxes[] Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > 0 && words.All(w => w.Length == 2 && w.All("xyz".Contains) && w[0] != w[1]))
            return [.. words.Select(w => new PlaneAxes(w[0] - 'x', w[1] - 'x'))];
        throw new BadInputException($"axes \"{text}\": planes as pairs of different letters x, y, z with spaces between them are expected, as in \"xy xz yz\"");
    }
}

/// <summary>Features of points from planes and lines of texels: the one equation behind tri-planes, TensoRF and ZeroRF.</summary>
/// <remarks>
/// A coordinate c in -1 ... 1 lies at texel i = (c+1)/2 · (n-1) with aligned corners and at i = ((c+1) n - 1)/2 without; its
/// value is (1-t) f[⌊i⌋] + t f[⌊i⌋+1], t = i - ⌊i⌋, and for planes the same along the other axis.
/// </remarks>
public static class Planes
{
    /// <summary>Bilinear samples of planes.</summary>
    /// <param name="planes">[P,C,H,W].</param>
    /// <param name="x">[N,3], -1 to 1.</param>
    /// <param name="axes">P pairs: which coordinates run along width and height.</param>
    /// <param name="convention">Where texels lie.</param>
    /// <returns>[P,N,C].</returns>
    public static Tensor Bilinear(Tensor planes, Tensor x, IReadOnlyList<PlaneAxes> axes, PlaneConvention convention)
    {
        Guard.Shape(planes, [axes.Count, -1, -1, -1]);
        var places = torch.stack([.. axes.Select(a => torch.stack([x.select(1, a.Across), x.select(1, a.Down)], -1))]); // [P,N,2]
        return At(planes, places, convention);
    }

    /// <summary>Linear samples of lines.</summary>
    /// <param name="lines">[P,C,L].</param>
    /// <param name="x">[N,3], -1 to 1.</param>
    /// <param name="axes">P numbers: which coordinate runs along the line.</param>
    /// <param name="convention">Where texels lie.</param>
    /// <returns>[P,N,C].</returns>
    public static Tensor Linear(Tensor lines, Tensor x, IReadOnlyList<int> axes, PlaneConvention convention)
    {
        Guard.Shape(lines, [axes.Count, -1, -1]);
        // A line is a picture one texel wide. Its coordinate has to come second, where the height is: in the first place the
        // single texel of the width would swallow it, and the other coordinate would run along the line (ZeroRF's release).
        var middle = torch.zeros_like(x.select(1, 0));
        var places = torch.stack([.. axes.Select(a => torch.stack([middle, x.select(1, a)], -1))]);
        return At(lines.unsqueeze(-1), places, convention);
    }

    static Tensor At(Tensor planes, Tensor places, PlaneConvention convention)
    {
        var padding = convention.Padding == PlanePadding.Border ? torch.GridSamplePaddingMode.Border : torch.GridSamplePaddingMode.Zeros;
        var sampled = F.grid_sample(planes, places.unsqueeze(1), torch.GridSampleMode.Bilinear, padding, convention.AlignCorners); // [P,C,1,N]
        return sampled.squeeze(2).transpose(1, 2);
    }

    /// <summary>One feature vector from those of the planes.</summary>
    /// <param name="features">[P,N,C].</param>
    /// <param name="how">Sum, mean, product, or side by side.</param>
    /// <returns>[N,C], or [N,C·P] side by side, the plane changing fastest.</returns>
    public static Tensor Aggregate(Tensor features, PlaneAggregation how) => how switch
    {
        PlaneAggregation.Sum => features.sum([0L]), // a plain 0 would be a ScalarType
        PlaneAggregation.Mean => features.mean([0L]),
        PlaneAggregation.Concat => features.permute(1, 2, 0).reshape(features.shape[1], features.shape[0] * features.shape[2]),
        PlaneAggregation.Product => features.unbind(0).Aggregate((a, b) => a * b),
        _ => throw new ArgumentOutOfRangeException(nameof(how), how, "unknown aggregation"),
    };

    /// <summary>Features of points from planes at several resolutions: sampled, made one vector level by level, and put side by side.</summary>
    /// <param name="levels">Each [P,C,H,W]; sizes may differ from level to level.</param>
    /// <param name="x">[N,3], -1 to 1.</param>
    /// <param name="axes">P pairs: which coordinates run along width and height.</param>
    /// <param name="how">How the planes of a level become one vector.</param>
    /// <param name="convention">Where texels lie.</param>
    /// <returns>[N, Σ C], or [N, Σ C·P] where the planes are put side by side.</returns>
    public static Tensor Features(IReadOnlyList<Tensor> levels, Tensor x, IReadOnlyList<PlaneAxes> axes, PlaneAggregation how, PlaneConvention convention)
    {
        var features = levels.Select(l => Aggregate(Bilinear(l, x, axes, convention), how)).ToList();
        return features.Count == 1 ? features[0] : torch.cat(features, -1);
    }

    /// <summary>How many nodes a lattice has along each axis of a box, when a cube would have <paramref name="resolution"/>.</summary>
    /// <remarks>TensoRF: voxels are cubes of side (volume / resolution³)^{1/3}; an axis has ⌊extent / side⌋ of them, and here at least 2.</remarks>
    /// <param name="bounds">The box.</param>
    /// <param name="resolution">Cube root of the number of voxels.</param>
    /// <returns>Nodes along x, y, z.</returns>
    public static int[] Resolutions(Box bounds, int resolution)
    {
        double side = double.Cbrt((double)bounds.Size.X * bounds.Size.Y * bounds.Size.Z) / resolution;
        // The small term keeps an exact number from being rounded down.
        return [Nodes(bounds.Size.X), Nodes(bounds.Size.Y), Nodes(bounds.Size.Z)];

        int Nodes(double extent) => int.Max(2, (int)double.Floor(extent / side + 1e-4));
    }

    /// <summary>The same planes or lines with other numbers of texels, interpolated between those that are there.</summary>
    /// <remarks>Values at old texels stay where new ones fall onto them: with aligned corners for sizes n and k (n - 1) + 1.</remarks>
    /// <param name="values">[...,H,W], up to four dimensions, or [C,L] for lines.</param>
    /// <param name="size">The new H and W, or L.</param>
    /// <param name="alignCorners">Whether the outer texels' middles stay at the boundary, else their edges.</param>
    public static Tensor Resample(Tensor values, long[] size, bool alignCorners)
    {
        var mode = size.Length == 1 ? torch.InterpolationMode.Linear : torch.InterpolationMode.Bilinear;
        var batch = values.reshape([1, -1, .. values.shape[^size.Length..]]);
        return F.interpolate(batch, size, mode: mode, align_corners: alignCorners).view([.. values.shape[..^size.Length], .. size]);
    }

    /// <summary>The total variation of a plane or a line: twice the mean squared difference of neighbours, axis by axis.</summary>
    /// <remarks>TensoRF's TVLoss: 2 (Σ(Δh)²/n_h + Σ(Δw)²/n_w), squared differences.</remarks>
    /// <param name="values">[C,H,W] or [C,L].</param>
    /// <returns>A scalar; axes of a single texel add nothing.</returns>
    public static Tensor TotalVariation(Tensor values)
    {
        var total = torch.zeros([], values.dtype, values.device);
        for (int axis = 1; axis < values.ndim; axis++)
        {
            long steps = values.shape[axis] - 1;
            if (steps > 0) total = total + 2 * (values.narrow(axis, 1, steps) - values.narrow(axis, 0, steps)).square().mean();
        }
        return total;
    }

    /// <summary>How far the components of a line are from being orthogonal: the mean of |⟨v_r, v_s⟩| over r ≠ s.</summary>
    /// <remarks>TensoRF's optional orthogonality loss.</remarks>
    /// <param name="line">[C,L].</param>
    /// <returns>A scalar; 0 for a single component.</returns>
    public static Tensor Overlap(Tensor line)
    {
        long channels = line.shape[0];
        if (channels < 2) return torch.zeros([], line.dtype, line.device);
        var products = line.matmul(line.t()); // [C,C]
        var others = 1 - torch.eye(channels, channels, line.dtype, line.device);
        return (products.abs() * others).sum() / (channels * (channels - 1));
    }
}
