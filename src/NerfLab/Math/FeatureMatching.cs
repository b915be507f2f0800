namespace NerfLab.Math;

/// <summary>Nearest-neighbour matching of feature maps by the angle between features.</summary>
/// <remarks>Zhang et al. 2022, ARF, section 3.1.</remarks>
public static class FeatureMatching
{
    /// <summary>Numbers of a block of the table of angles: 2^22, that is 16 MiB.</summary>
    public const long UsualBlock = 1 << 22;

    /// <summary>For each feature, the index of the one among others that it has the smallest angle with.</summary>
    /// <remarks>The table of all angles is computed in blocks of rows, so its size does not limit the pictures.</remarks>
    /// <param name="features">[P,C].</param>
    /// <param name="others">[Q,C].</param>
    /// <param name="block">How many numbers of the table may be in memory at once.</param>
    /// <returns>[P], int64, without gradient.</returns>
    public static Tensor Nearest(Tensor features, Tensor others, long block = UsualBlock)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var turned = Unit(Guard.Shape(others, [-1, -1])).t().contiguous(); // [C,Q]
        long rows = long.Max(1, block / turned.shape[1]), count = Guard.Shape(features, [-1, turned.shape[0]]).shape[0];
        var found = new List<Tensor>();
        for (long begin = 0; begin < count; begin += rows)
        {
            using var piece = torch.NewDisposeScope();
            // The length of a feature of the rows does not change which of the others is nearest.
            found.Add(features.narrow(0, begin, long.Min(rows, count - begin)).matmul(turned).argmax(1).MoveToOuterDisposeScope());
        }
        return torch.cat(found).MoveToOuterDisposeScope();
    }

    /// <summary>The mean over features of the cosine distance to the nearest other one, 1 - ⟨a,b⟩ / (‖a‖ ‖b‖); the choice of the nearest is taken as constant.</summary>
    /// <remarks>ARF, equations 1 and 2.</remarks>
    /// <param name="features">[P,C].</param>
    /// <param name="others">[Q,C].</param>
    /// <param name="block">See <see cref="Nearest"/>.</param>
    /// <returns>A scalar, 0 to 2; differentiable in the features.</returns>
    public static Tensor Distance(Tensor features, Tensor others, long block = UsualBlock)
    {
        using var scope = torch.NewDisposeScope();
        var matched = Unit(others).index_select(0, Nearest(features, others, block)).detach();
        return (1 - (Unit(features) * matched).sum(1)).mean().MoveToOuterDisposeScope();
    }

    /// <summary>Feature maps as rows: [1,C,H,W] to [H·W,C].</summary>
    public static Tensor Rows(Tensor map) => Guard.Shape(map, [1, -1, -1, -1]).squeeze(0).permute(1, 2, 0).reshape(-1, map.shape[1]);

    static Tensor Unit(Tensor rows) => rows / (torch.linalg.vector_norm(rows, 2, [1], keepdim: true) + 1e-10);
}
