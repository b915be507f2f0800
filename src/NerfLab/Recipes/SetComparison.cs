using NerfLab.Metrics;
using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>Two sets of pictures against each other, by the distributions of their features.</summary>
/// <param name="A">The first folder.</param>
/// <param name="B">The second.</param>
/// <param name="CountA">Pictures in the first.</param>
/// <param name="CountB">Pictures in the second.</param>
/// <param name="FrechetName">FID where the features are those it is defined by, else what it is.</param>
/// <param name="Frechet">The Frechet distance.</param>
/// <param name="KernelName">KID, or what it is.</param>
/// <param name="Kernel">The kernel distance.</param>
/// <param name="Dimensions">Of the features. With fewer pictures than that the Frechet distance is far too large.</param>
/// <param name="Weights">The files behind the features.</param>
public sealed record SetComparison(string A, string B, int CountA, int CountB, string FrechetName, double Frechet, string KernelName, double Kernel, long Dimensions, IReadOnlyList<WeightSource> Weights)
{
    /// <summary>Compares. Pictures may be of any sizes; those with alpha are laid over white.</summary>
    /// <param name="a">A folder of at least 2 pictures.</param>
    /// <param name="b">The same.</param>
    /// <param name="features">What to compare.</param>
    /// <param name="progress">Told how much is done, 0 to 1.</param>
    /// <exception cref="BadInputException">There are too few pictures, or one cannot be read or is too small.</exception>
    public static SetComparison Of(string a, string b, LayerFeatures features, Action<double>? progress = null)
    {
        using var scope = NewDisposeScope();
        string[] first = [.. PictureComparison.ByName(a).Values], second = [.. PictureComparison.ByName(b).Values];
        if (int.Min(first.Length, second.Length) < 2) throw new BadInputException($"{(first.Length < 2 ? a : b)}: holds one picture; a set has at least 2");
        int done = 0;
        Tensor x = cat([.. first.Select(Described)]), y = cat([.. second.Select(Described)]);
        var (frechet, kernel) = features.IsFid ? ("FID", "KID") : ($"Frechet distance over {features.Name}", $"kernel distance over {features.Name}");
        return new SetComparison(a, b, first.Length, second.Length, frechet, FeatureDistances.Frechet(x, y), kernel, FeatureDistances.Kernel(x, y), x.shape[1], features.Sources);

        Tensor Described(string file)
        {
            using var picture = NewDisposeScope();
            using var noGradient = no_grad();
            var pixels = PictureComparison.Read(file);
            if (long.Min(pixels.shape[0], pixels.shape[1]) < features.LeastSize) throw new BadInputException($"{file}: is {pixels.shape[1]}x{pixels.shape[0]}; {features.Name} takes at least {features.LeastSize} pixels each way");
            progress?.Invoke(++done / (double)(first.Length + second.Length));
            return features.Features(pixels.permute(2, 0, 1).unsqueeze(0)).cpu().MoveToOuterDisposeScope();
        }
    }

    /// <summary>As indented JSON.</summary>
    public string ToJson() => ResultJson.Write(this);
}
