using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NerfLab.Imaging;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>What <see cref="PoseFinder"/> found.</summary>
/// <param name="Folder">The folder that can be opened as a scene now.</param>
/// <param name="Photographs">How many photographs there are.</param>
/// <param name="Models">With how many photographs each of the models was found, the largest first; the first is the one that was kept.</param>
public sealed record FoundPoses(string Folder, int Photographs, IReadOnlyList<int> Models);

/// <summary>Finds the camera poses of photographs with an installed COLMAP (structure from motion, Schönberger and Frahm 2016), on the CPU and without windows.</summary>
/// <param name="CameraModel">The lens that is estimated, by COLMAP's name.</param>
/// <param name="CameraPerPhotograph">Whether every photograph has a lens of its own: different cameras, zooms, crops.</param>
/// <param name="Sequential">Whether photographs are only matched with their neighbours in the order of their names, as in a film, instead of each with each.</param>
/// <param name="MaxSize">Features are looked for in pictures of at most so many pixels along the longer side.</param>
/// <param name="Program">COLMAP's program: a name that is looked for on the PATH, or a file.</param>
public sealed partial record PoseFinder(string CameraModel = "OPENCV", bool CameraPerPhotograph = false, bool Sequential = false, int MaxSize = 1600, string Program = "colmap")
{
    private const int LeastPhotographs = 3, BlockSize = 10, LongestLine = 300;

    /// <summary>Finds the poses and puts them as a COLMAP model into the folder <c>sparse/0</c> beside the photographs.</summary>
    /// <param name="folder">A folder with photographs, or one with such a folder called <c>images</c>.</param>
    /// <param name="progress">Told what is being done and how far it is, 0 to 1.</param>
    /// <param name="stop">Asked now and then whether to stop.</param>
    /// <exception cref="BadInputException">COLMAP is missing, fails or finds nothing; the folder then holds what it was holding, and where COLMAP failed its output as <c>colmap.log</c>.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> said so.</exception>
    public FoundPoses Find(string folder, Action<string, double>? progress = null, Func<bool>? stop = null)
    {
        if (ColmapCamera.Find(CameraModel) is null) throw new BadInputException($"camera model {CameraModel}: unknown; {ColmapCamera.Names} are known");
        if (MaxSize < 100) throw new BadInputException($"size {MaxSize}: at least 100 pixels are expected");
        var (root, pictures) = Photographs(folder);
        if (Directory.Exists(Path.Combine(root, "sparse"))) throw new BadInputException($"{Path.Combine(root, "sparse")}: exists already; move it away to find the poses again");
        Check(pictures);
        var help = Run(["feature_extractor", "--help"], _ => { }, stop, root) + Run(["exhaustive_matcher", "--help"], _ => { }, stop, root);
        // Options changed their names with version 3.13.
        string Named(string group, string newer, string option) => help.Contains($"--{newer}.{option}") ? $"--{newer}.{option}" : $"--{group}.{option}";

        var work = Directory.CreateTempSubdirectory("nerflab-pose-").FullName;
        try
        {
            string database = Path.Combine(work, "features.db"), images = Path.Combine(work, "images"), models = Path.Combine(work, "sparse");
            Directory.CreateDirectory(models);
            Upright(pictures, images);
            Step("features", FeaturesPattern(), "feature_extractor", "--database_path", database, "--image_path", images, "--ImageReader.camera_model", CameraModel,
                "--ImageReader.single_camera", CameraPerPhotograph ? "0" : "1", Named("SiftExtraction", "FeatureExtraction", "use_gpu"), "0", Named("SiftExtraction", "FeatureExtraction", "max_image_size"), Invariant($"{MaxSize}"));
            if (Sequential) Step("matching", SequencePattern(), "sequential_matcher", "--database_path", database, Named("SiftMatching", "FeatureMatching", "use_gpu"), "0");
            else Step("matching", BlocksPattern(), "exhaustive_matcher", "--database_path", database, Named("SiftMatching", "FeatureMatching", "use_gpu"), "0", "--ExhaustiveMatching.block_size", Invariant($"{BlockSize}"));
            Step("mapping", MappingPattern(), "mapper", "--database_path", database, "--image_path", images, "--output_path", models);

            var found = Directory.EnumerateDirectories(models).Where(ColmapModel.IsIn).Select(m => (Path: m, Model: ColmapModel.Read(m))).OrderByDescending(m => m.Model.Images.Count).ThenBy(m => m.Path, StringComparer.Ordinal).ToList();
            if (found.Count == 0) throw NothingFound();
            foreach (var file in Directory.EnumerateFiles(found[0].Path, "*.bin"))
                AtomicFile.Write(Path.Combine(root, "sparse", "0", Path.GetFileName(file)), stream => { using var from = File.OpenRead(file); from.CopyTo(stream); });
            return new FoundPoses(root, pictures.Count, [.. found.Select(m => m.Model.Images.Count)]);

            BadInputException NothingFound() => new($"{root}: COLMAP found no poses for its {pictures.Count} photographs; they should be sharp, show the same things from places a few degrees apart, and overlap by more than half");

            void Step(string work, Regex pattern, params string[] arguments)
            {
                progress?.Invoke(work, 0);
                Run(arguments, line => { if (Fraction(pattern.Match(line), pictures.Count) is { } f) progress?.Invoke(work, f); }, stop, root, arguments[0] == "mapper" ? NothingFound : null);
                progress?.Invoke(work, 1);
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static (string Root, List<string> Pictures) Photographs(string folder)
    {
        if (!Directory.Exists(folder)) throw new BadInputException($"{folder}: there is no such folder; a folder with photographs is expected");
        var root = Path.GetFullPath(folder);
        if (Path.GetFileName(Path.TrimEndingDirectorySeparator(root)) == "images") (root, folder) = (Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(root))!, Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder)) is { Length: > 0 } above ? above : ".");
        if (PictureFolder.Choose(root, 1) is not { } source) throw new BadInputException($"{folder}: no photographs; PNG or JPEG files in it or in its folder images are expected");
        var pictures = source.Pictures();
        if (pictures.Count < LeastPhotographs) throw new BadInputException($"{folder}: {pictures.Count} photographs; at least {LeastPhotographs} are needed to find poses, and 30 or more for a good scene");
        return (folder, pictures);
    }

    private void Check(List<string> pictures)
    {
        if (pictures.GroupBy(Path.GetFileNameWithoutExtension).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new BadInputException($"{twice.ElementAt(1)}: {Path.GetFileName(twice.First())} has the same name; every photograph needs a name of its own");
        if (CameraPerPhotograph) return;
        var sizes = pictures.GroupBy(p => PictureFile.Measure(p) is var m ? $"{m.Width}x{m.Height}" : "").OrderByDescending(g => g.Count()).ToList();
        if (sizes.Count > 1) throw new BadInputException($"{sizes[1].First()}: the picture is {sizes[1].Key}, but most are {sizes[0].Key}; pictures of different sizes need --camera-per-photo");
    }

    /// <summary>The photographs in one folder, as COLMAP should see them: it does not know that some are stored turned.</summary>
    private static void Upright(List<string> pictures, string into)
    {
        Directory.CreateDirectory(into);
        foreach (var picture in pictures)
        {
            ImageHeader header;
            using (var stream = File.OpenRead(picture)) header = ImageHeader.Read(stream);
            if (header.Orientation == 1) File.CreateSymbolicLink(Path.Combine(into, Path.GetFileName(picture)), Path.GetFullPath(picture));
            else PictureFile.Write(Path.Combine(into, Path.GetFileNameWithoutExtension(picture) + ".png"), ImageFile.ReadBitmap(picture));
        }
    }

    /// <summary>Runs COLMAP to its end.</summary>
    /// <returns>What it printed.</returns>
    private string Run(string[] arguments, Action<string> line, Func<bool>? stop, string root, Func<BadInputException>? otherwise = null)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["QT_QPA_PLATFORM"] = "offscreen";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or FileNotFoundException)
        {
            throw new BadInputException($"{Program}: COLMAP cannot be started; install it (Debian and Ubuntu: apt-get install colmap; others: colmap.github.io) or say with --colmap where it is", e);
        }
        using (process)
        {
            var output = new List<string>();
            void Take(string? text)
            {
                if (text is null) return;
                lock (output) output.Add(text);
                line(text);
            }
            process.OutputDataReceived += (_, e) => Take(e.Data);
            process.ErrorDataReceived += (_, e) => Take(e.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            process.StandardInput.Close();
            while (!process.WaitForExit(100))
            {
                if (stop?.Invoke() != true) continue;
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
                throw new OperationCanceledException($"interrupted; {root} is as it was");
            }
            process.WaitForExit(); // all output has been read
            if (process.ExitCode == 0 || arguments is [_, "--help"]) return string.Join('\n', output);
            // The mapper ends with 1 where it finds nothing, and not by a signal.
            if (otherwise is not null && process.ExitCode < 128 && output.Exists(l => l.Contains("No good initial image pair", StringComparison.Ordinal) || l.Contains("failed to create sparse model", StringComparison.OrdinalIgnoreCase))) throw otherwise();
            var log = Path.Combine(root, "colmap.log");
            AtomicFile.Write(log, string.Join('\n', output) + "\n");
            var last = output.FindLast(l => l.Trim() != "")?.Trim() ?? "it printed nothing";
            throw new BadInputException(Invariant($"colmap {arguments[0]} failed with exit code {process.ExitCode} ({last[..int.Min(last.Length, LongestLine)].TrimEnd('.')}); {log} has all that it printed"));
        }
    }

    private static double? Fraction(Match match, int photographs)
    {
        if (!match.Success) return null;
        double At(int group) => double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
        return double.Clamp(match.Groups.Count switch
        {
            5 => ((At(1) - 1) * At(4) + At(3)) / (At(2) * At(4)), // blocks of pairs
            3 => At(1) / At(2),
            _ => At(1) / photographs,
        }, 0, 1);
    }

    [GeneratedRegex(@"Processed file \[(\d{1,9})/(\d{1,9})\]")]
    private static partial Regex FeaturesPattern();

    [GeneratedRegex(@"Matching image \[(\d{1,9})/(\d{1,9})\]")]
    private static partial Regex SequencePattern();

    [GeneratedRegex(@"Matching block \[(\d{1,9})/(\d{1,9}), (\d{1,9})/(\d{1,9})\]")]
    private static partial Regex BlocksPattern();

    [GeneratedRegex(@"Registering image #\d+ \((?:num_reg_frames=)?(\d{1,9})\)")]
    private static partial Regex MappingPattern();
}
