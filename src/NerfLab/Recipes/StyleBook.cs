using NerfLab.Tasks;
using NerfLab.Training;
using NerfLab.Weights;
using static TorchSharp.torch;

namespace NerfLab.Recipes;

/// <summary>What is shown of a run that has learnt styles.</summary>
/// <param name="Style">The name of one, a share of each with commas between them, or none for the field as it was; null for the first.</param>
/// <param name="View">The training view whose codes <paramref name="Scale"/> goes to.</param>
/// <param name="Scale">From the mean of the styles' codes, 0, to what the view has learnt, 1; null for what the folder says.</param>
public sealed record StyleChoice(string? Style, int View = 0, double? Scale = null);

/// <summary>The styles that a run has learnt, as its folder keeps them in <c>styles.json</c>; the network of colours and the codes are in <c>styles.safetensors</c>.</summary>
/// <param name="Styles">The pictures, by the names of their files without what follows the dot.</param>
/// <param name="Views">How many views have codes of their own.</param>
/// <param name="Module">The form of the network.</param>
/// <param name="Extractor">What saw the styles.</param>
/// <param name="Weights">The file behind it.</param>
/// <param name="Scale">What is shown unless something else is asked for: 0 for the mean of a style's codes, 1 for the learnt one.</param>
public sealed record StyleBook(IReadOnlyList<WeightSource> Styles, int Views, StyleModuleSpec Module, string Extractor, WeightSource Weights, double Scale = 0)
{
    const string JsonFile = "styles.json", StateFile = "styles.safetensors";

    /// <summary>The names of the styles.</summary>
    public IReadOnlyList<string> Names() => [.. Styles.Select(s => s.File)];

    /// <summary>Where a run folder keeps the network and the codes.</summary>
    public static string FileIn(string folder) => Path.Combine(folder, StateFile);

    /// <summary>The styles of a run folder; null where it has none.</summary>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static StyleBook? In(string folder)
    {
        var path = Path.Combine(folder, JsonFile);
        if (!File.Exists(path)) return null;
        var book = StrictJson.Read<StyleBook>(File.ReadAllText(path), path, complete: true);
        if (book.Styles.Count == 0 || book.Views < 1) throw new BadInputException($"{path}: {book.Styles.Count} styles and {book.Views} views; at least one of each is expected");
        return book;
    }

    /// <summary>Writes <c>styles.json</c>.</summary>
    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, JsonFile), StrictJson.Write(this));

    /// <summary>Reads the network and the codes.</summary>
    /// <exception cref="BadInputException">The file is missing, damaged or of other styles.</exception>
    public LearntStyles Open(string folder, Device device)
    {
        var learnt = LearntStyles.Blank(Module, Styles.Count, Views, Kernels.Kernels.Best(device).Kernels);
        try
        {
            Checkpoint.LoadState(FileIn(folder), learnt);
            learnt.to(device);
            return learnt;
        }
        catch
        {
            learnt.Dispose();
            throw;
        }
    }

    /// <summary>Shares of the styles from what a user writes: the name of a style, or a number for each with commas between them.</summary>
    /// <exception cref="BadInputException">It is neither.</exception>
    public IReadOnlyList<double> Shares(string text)
    {
        int found = Names().ToList().IndexOf(text);
        if (found >= 0) return [.. Styles.Select((_, i) => i == found ? 1.0 : 0)];
        var numbers = text.Split(',').Select(p => double.TryParse(p, System.Globalization.CultureInfo.InvariantCulture, out double n) ? n : double.NaN).ToList();
        if (numbers.Exists(double.IsNaN)) throw new BadInputException($"style {text}: unknown{Spelling.Suggest(text, Names())}");
        return numbers;
    }
}
