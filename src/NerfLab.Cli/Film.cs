using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace NerfLab.Cli;

/// <summary>Films from numbered frames, through the ffmpeg program where there is one.</summary>
static class Film
{
    /// <summary>The first line of what ffmpeg says of itself; null where there is none.</summary>
    public static string? Version => Call("-version") is (0, var text, _) ? text.Split('\n')[0].Trim() : null;

    /// <summary>Makes a film.</summary>
    /// <param name="frames">A path with a number in C's notation, as in frame_%04d.png.</param>
    /// <param name="count">Frames, numbered from 0.</param>
    /// <param name="fps">Frames per second.</param>
    /// <param name="film">The .mp4 or .gif file to make or replace.</param>
    /// <returns>Null when it was made, else why not.</returns>
    public static string? Make(string frames, int count, double fps, string film)
    {
        // A palette of its own makes the GIF; H.264 wants even sizes and players want 4:2:0.
        bool gif = film.EndsWith(".gif", StringComparison.Ordinal);
        string[] codec = gif
            ? ["-filter_complex", "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=sierra2_4a", "-loop", "0"]
            : ["-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2", "-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart"];
        var unfinished = $"{film[..^4]}.part{film[^4..]}";
        try
        {
            var result = Call(["-nostdin", "-v", "error", "-y", "-framerate", fps.ToString(CultureInfo.InvariantCulture), "-i", frames,
                "-frames:v", count.ToString(CultureInfo.InvariantCulture), .. codec, unfinished]);
            if (result is null) return "there is no ffmpeg, which would make a film of the frames; install the package ffmpeg";
            if (result is not (0, _, _)) return $"ffmpeg made no film ({result.Value.Error.Trim().Split('\n')[^1]})";
            File.Move(unfinished, film, overwrite: true);
            return null;
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    static (int Code, string Output, string Error)? Call(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync(); // both at once: a full pipe would stop it
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
        catch (Win32Exception)
        {
            return null; // no such program
        }
    }
}
