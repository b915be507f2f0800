using System.Text.Json.Serialization;

namespace NerfLab.Losses;

/// <summary>How a difference of many numbers becomes one loss.</summary>
/// <remarks>
/// PVD takes the un-squared norm ‖e‖ over a whole batch. Its gradient e/‖e‖ has the length 1 whatever the error and however many numbers there are, so a push
/// does not weaken towards the end, weights of terms say what share of the push each gets, and twice as many samples push each of them √2 times less: weights
/// that were found with one batch are wrong with another, and a term over samples outweighs one over pixels as √samples does √pixels. Divided by √n it is the
/// root of the mean square: the same directions, but equal for batches of any size, and a weight means the same for samples and for pixels.
/// </remarks>
[JsonConverter(typeof(JsonStringEnumConverter<Norm>))]
public enum Norm
{
    /// <summary>‖e‖ / √n, the root of the mean square.</summary>
    [JsonStringEnumMemberName("rms")] RootMeanSquare,

    /// <summary>‖e‖, un-squared, over everything: PVD's.</summary>
    [JsonStringEnumMemberName("norm")] Frobenius,

    /// <summary>‖e‖² / n, the mean square.</summary>
    [JsonStringEnumMemberName("mse")] MeanSquare,
}

/// <summary>Sizes of differences.</summary>
public static class Norms
{
    /// <summary>The size of a difference, a scalar; 0, with gradient 0, where nothing differs or nothing is there.</summary>
    /// <param name="norm">Which.</param>
    /// <param name="error">[...].</param>
    public static Tensor Of(this Norm norm, Tensor error) => norm.OfSquares(error.square().sum(), error.numel());

    /// <summary>The same from the sum of squares.</summary>
    /// <param name="norm">Which.</param>
    /// <param name="squares">A scalar, at least 0.</param>
    /// <param name="count">n.</param>
    public static Tensor OfSquares(this Norm norm, Tensor squares, long count) => norm switch
    {
        Norm.Frobenius => Root(squares),
        Norm.MeanSquare => squares / long.Max(count, 1),
        _ => Root(squares / long.Max(count, 1)),
    };

    /// <summary>√x, whose gradient at 0 is 0 and not infinite.</summary>
    static Tensor Root(Tensor x)
    {
        var some = x != 0; // also what is no number, which has to come out as that
        return torch.where(some, torch.where(some, x, torch.ones_like(x)).sqrt(), torch.zeros_like(x));
    }
}
