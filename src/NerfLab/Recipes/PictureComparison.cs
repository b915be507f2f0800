using System.Numerics;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Metrics;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>How alike two pictures of one name are.</summary>
/// <param name="Name">Path within the folders, without ending.</param>
/// <param name="Psnr">Decibels.</param>
/// <param name="Ssim">At most 1.</param>
/// <param name="Lpips">Null where it was not asked for.</param>
public sealed record PairScore(string Name, double Psnr, double Ssim, double? Lpips);

/// <summary>The pictures of two folders, or two pictures, against each other name by name.</summary>
/// <param name="A">The first folder or file.</param>
/// <param name="B">The second, taken for the truth.</param>
/// <param name="Alone">Pictures whose name is in one folder only.</param>
/// <param name="Psnr">Mean over pairs, decibels.</param>
/// <param name="Ssim">Mean over pairs.</param>
/// <param name="Lpips">Over pairs; null where it was not asked for.</param>
/// <param name="Pairs">Pair by pair; at least one.</param>
public sealed record PictureComparison(string A, string B, int Alone, double Psnr, double Ssim, LpipsScore? Lpips, IReadOnlyList<PairScore> Pairs)
{
    /// <summary>Compares. Pictures with alpha are laid over white; grey ones count as three equal channels.</summary>
    /// <param name="a">A folder, or a picture.</param>
    /// <param name="b">A folder, or a picture.</param>
    /// <param name="lpips">Measures LPIPS as well; null leaves it out.</param>
    /// <param name="progress">Told how much is done, 0 to 1.</param>
    /// <exception cref="BadInputException">There are no pictures, none of one name, or one cannot be read or is of another size or too small.</exception>
    public static PictureComparison Of(string a, string b, Lpips? lpips = null, Action<double>? progress = null)
    {
        SortedDictionary<string, string> first = ByName(a), second = ByName(b);
        if (File.Exists(a) && File.Exists(b)) second = new() { [first.Keys.Single()] = b }; // two files belong together whatever their names
        var names = first.Keys.Where(second.ContainsKey).ToList();
        if (names.Count == 0) throw new BadInputException($"{a} and {b}: no picture of the one has the name of one of the other (the first are {first.Keys.First()} and {second.Keys.First()}); as sets, without pairs, they can be compared with --features");
        var pairs = new List<PairScore>();
        foreach (var name in names)
        {
            pairs.Add(Pair(name));
            progress?.Invoke((double)pairs.Count / names.Count);
        }
        return new PictureComparison(a, b, first.Count + second.Count - 2 * names.Count, pairs.Average(p => p.Psnr), pairs.Average(p => p.Ssim), lpips?.Score(pairs.Average(p => p.Lpips ?? 0)), pairs);

        PairScore Pair(string name)
        {
            using var scope = NewDisposeScope();
            var (x, y) = (Read(first[name]), Read(second[name]));
            string sizeX = $"{x.shape[1]}x{x.shape[0]}", sizeY = $"{y.shape[1]}x{y.shape[0]}";
            if (sizeX != sizeY) throw new BadInputException($"{first[name]}: is {sizeX}, and {second[name]} is {sizeY}; pairs must be of one size");
            int least = int.Max(ImageMetrics.SsimWindow, lpips?.LeastSize ?? 0);
            if (long.Min(x.shape[0], x.shape[1]) < least) throw new BadInputException($"{first[name]}: is {sizeX}; at least {least} pixels each way are expected");
            return new PairScore(name, ImageMetrics.Psnr(x, y), ImageMetrics.Ssim(x, y), lpips?.Distance(x, y));
        }
    }

    /// <summary>As indented JSON.</summary>
    public string ToJson() => ResultJson.Write(this);

    /// <summary>[H,W,3].</summary>
    internal static Tensor Read(string file) => ImageFile.Read(file).Over(Vector3.One).Pixels;

    /// <summary>The pictures of a folder by their names.</summary>
    internal static SortedDictionary<string, string> ByName(string place)
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
