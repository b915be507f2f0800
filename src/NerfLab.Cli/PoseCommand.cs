using System.CommandLine;
using NerfLab.Data;
using static NerfLab.Cli.CommandLine;

namespace NerfLab.Cli;

/// <summary><c>nerflab pose</c>: camera poses for photographs, through an installed COLMAP.</summary>
static class PoseCommand
{
    static readonly Argument<string> Folder = new("FOLDER") { Description = "A folder with photographs, or with a folder images that holds them." };
    static readonly Option<string?> Model = Text("--camera-model", "MODEL", "The lens to estimate, by COLMAP's name: SIMPLE_RADIAL for few photographs, OPENCV_FISHEYE for a fisheye lens. [default: OPENCV, and SIMPLE_RADIAL with --camera-per-photo]");
    static readonly Option<bool> PerPhoto = Switch("--camera-per-photo", "Photographs were taken with different cameras or zooms. [default: one camera for all]");
    static readonly Option<string?> Matching = Text("--matching", "exhaustive|sequential", "Match each photograph with each, or only with its neighbours in the order of the names, as in a film. [default: exhaustive]");
    static readonly Option<int?> MaxSize = Number("--max-size", "PIXELS", "Look for features in pictures of at most so many pixels along the longer side. [default: 1600]", 100);
    static readonly Option<string?> Program = Text("--colmap", "PROGRAM", "COLMAP's program, where it is not on the PATH.");
    static readonly Option<bool> Silent = Quiet();

    public static Command Create()
    {
        var command = new Command("pose", "Find the camera poses of photographs with an installed COLMAP, so that they can be trained on.") { Folder, Model, PerPhoto, Matching, MaxSize, Program, Silent };
        command.SetAction(Invoke);
        return command;
    }

    static int Invoke(ParseResult given)
    {
        using var stop = new Interruption();
        var screen = Screen.Of(given.GetValue(Silent));
        var (folder, matching, perPhoto) = (given.GetRequiredValue(Folder), given.GetValue(Matching) ?? "exhaustive", given.GetValue(PerPhoto));
        if (matching is not ("exhaustive" or "sequential")) throw new BadInputException($"--matching {matching}: exhaustive or sequential is expected");
        var finder = new PoseFinder(given.GetValue(Model) ?? (perPhoto ? "SIMPLE_RADIAL" : "OPENCV"), perPhoto, matching == "sequential", given.GetValue(MaxSize) ?? 1600, given.GetValue(Program) ?? "colmap");
        screen.Begin();
        var found = finder.Find(folder, (work, fraction) => screen.Progress(work, fraction), () => stop.Requested);
        double seconds = screen.End();

        if (found.Models.Count > 1) screen.Note($"{found.Models.Count} models that do not fit together were found, with {string.Join(", ", found.Models)} photographs; the largest was kept");
        if (found.Models[0] < found.Photographs) screen.Note($"{found.Photographs - found.Models[0]} photographs have no pose and are left out");
        // What cannot be opened is no result.
        var scene = SceneFile.Open(found.Folder);
        screen.Result($"{found.Folder}: poses of {found.Models[0]} of {found.Photographs} photographs and {scene.Points.Count} points in {Screen.Time(seconds)}; nerflab train {found.Folder} learns the scene");
        return 0;
    }
}
