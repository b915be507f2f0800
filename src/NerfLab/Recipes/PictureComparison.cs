using System.Numerics;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Metrics;
using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>How alike two pictures of one name are.</summary>
/// <param name="Name">Path within the folders, without ending.</param>
/// <param name="Psnr">Decibels.</param>
/// <param name="Ssim">At most 1.</param>
/// <param name="Lpips">Null where it was not asked for.</param>
public sealed record PairScore(string Name, double Psnr, double Ssim, double? Lpips);

/// <summary>How alike two sets of pictures are as sets, by the distributions of their features.</summary>
/// <param name="FrechetName">FID where the features are those it is defined by, else what it is.</param>
/// <param name="Frechet">The Frechet distance.</param>
/// <param name="KernelName">KID, or what it is.</param>
/// <param name="Kernel">The kernel distance.</param>
/// <param name="Dimensions">Of the features. With fewer pictures than that the Frechet distance is far too large.</param>
/// <param name="Weights">The files behind the features.</param>
public sealed record SetScore(string FrechetName, double Frechet, string KernelName, double Kernel, long Dimensions, IReadOnlyList<WeightSource> Weights);

/// <summary>Two folders of pictures, or two pictures, against each other.</summary>
/// <param name="A">The first folder or file.</param>
/// <param name="B">The second, taken for the truth.</param>
/// <param name="CountA">Pictures in the first.</param>
/// <param name="CountB">Pictures in the second.</param>
/// <param name="Pairs">Pictures whose names are in both.</param>
public sealed record PictureComparison(string A, string B, int CountA, int CountB, IReadOnlyList<PairScore> Pairs)
{
    /// <summary>Mean over pairs, decibels; null without pairs.</summary>
    public double? Psnr => Pairs.Count == 0 ? null : Pairs.Average(p => p.Psnr);

    /// <summary>Mean over pairs; null without pairs.</summary>
    public double? Ssim => Pairs.Count == 0 ? null : Pairs.Average(p => p.Ssim);

    /// <summary>LPIPS over pairs, where it was asked for.</summary>
    public LpipsScore? Lpips { get; init; }

    /// <summary>Distances of the two sets, where they were asked for.</summary>
    public SetScore? Sets { get; init; }

    /// <summary>Compares. Pictures with alpha are laid over white; grey ones count as three equal channels.</summary>
    /// <param name="a">A folder, or a picture.</param>
    /// <param name="b">A folder, or a picture.</param>
    /// <param name="lpips">Measures LPIPS of pairs as well; null leaves it out.</param>
    /// <param name="features">Compares the sets by these features as well; null leaves that out.</param>
    /// <param name="progress">Told how much is done, 0 to 1.</param>
    /// <exception cref="BadInputException">There are no pictures, none that belong together, or one cannot be read or is of another size.</exception>
    public static PictureComparison Of(string a, string b, Lpips? lpips = null, LayerFeatures? features = null, Action<double>? progress = null)
    {
        SortedDictionary<string, string> first = Pictures(a), second = Pictures(b);
        if (File.Exists(a) && File.Exists(b)) second = new() { [first.Keys.Single()] = b }; // two files belong together whatever their names
        var names = first.Keys.Where(second.ContainsKey).ToList();
        if (names.Count == 0 && features is null) throw new BadInputException($"{a} and {b}: no picture of the one has the name of one of the other (the first are {first.Keys.First()} and {second.Keys.First()}); sets without pairs can be compared with --features");
        if (features is not null && int.Min(first.Count, second.Count) < 2) throw new BadInputException($"{(first.Count < 2 ? a : b)}: holds one picture; a set has at least 2");
        double all = names.Count + (features is null ? 0 : first.Count + second.Count);
        int done = 0;
        var pairs = names.Select(name => Pair(name)).ToList();
        return new PictureComparison(a, b, first.Count, second.Count, pairs)
        {
            Lpips = pairs.Count == 0 ? null : lpips?.Score(pairs.Average(p => p.Lpips ?? 0)),
            Sets = features is null ? null : Sets(),
        };

        PairScore Pair(string name)
        {
            using var scope = NewDisposeScope();
            var (x, y) = (Read(first[name]), Read(second[name]));
            string sizeX = $"{x.shape[1]}x{x.shape[0]}", sizeY = $"{y.shape[1]}x{y.shape[0]}";
            if (sizeX != sizeY) throw new BadInputException($"{first[name]}: is {sizeX}, and {second[name]} is {sizeY}; pairs must be of one size");
            int least = int.Max(ImageMetrics.SsimWindow, lpips?.LeastSize ?? 0);
            if (long.Min(x.shape[0], x.shape[1]) < least) throw new BadInputException($"{first[name]}: is {sizeX}; at least {least} pixels each way are expected");
            progress?.Invoke(++done / all);
            return new PairScore(name, ImageMetrics.Psnr(x, y), ImageMetrics.Ssim(x, y), lpips?.Distance(x, y));
        }

        SetScore Sets()
        {
            using var scope = NewDisposeScope();
            var (x, y) = (Features(first.Values), Features(second.Values));
            return new SetScore(features.IsFid ? "FID" : $"Frechet distance over {features.Name}", FeatureDistances.Frechet(x, y),
                features.IsFid ? "KID" : $"kernel distance over {features.Name}", FeatureDistances.Kernel(x, y), x.shape[1], features.Sources);
        }

        Tensor Features(IEnumerable<string> files) => cat([.. files.Select(file =>
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var picture = Read(file);
            if (long.Min(picture.shape[0], picture.shape[1]) < features!.LeastSize) throw new BadInputException($"{file}: is {picture.shape[1]}x{picture.shape[0]}; {features.Name} takes at least {features.LeastSize} pixels each way");
            progress?.Invoke(++done / all);
            return features.Features(picture.permute(2, 0, 1).unsqueeze(0)).cpu().MoveToOuterDisposeScope();
        })]);
    }

    /// <summary>As indented JSON.</summary>
    public string ToJson() => ResultJson.Write(this);

    static Tensor Read(string file) => ImageFile.Read(file).Over(Vector3.One).Pixels;

    static SortedDictionary<string, string> Pictures(string place)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (File.Exists(place)) found[Path.GetFileNameWithoutExtension(place)] = place;
        else if (!Directory.Exists(place)) throw new BadInputException($"{place}: there is no such file or folder; a folder of pictures is expected");
        else
            foreach (var file in new PictureFolder(place, 1).Pictures())
                if (!found.TryAdd(SceneFile.NameOf(Path.GetRelativePath(place, file)), file)) throw new BadInputException($"{file}: there is another picture of this name with another ending; one of them must go");
        return found.Count > 0 ? found : throw new BadInputException($"{place}: holds no pictures; .png and .jpg files are expected");
    }
}
