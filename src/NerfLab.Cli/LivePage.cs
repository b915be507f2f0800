using NerfLab.Plotting;
using NerfLab.Training;
using static System.FormattableString;

namespace NerfLab.Cli;

/// <summary>A page beside a run that shows how its training goes: written anew every two seconds, and read anew by the browser as often, until the training ends.</summary>
/// <param name="folder">The run folder.</param>
sealed class LivePage(string folder)
{
    const double Every = 2;

    readonly List<(double Step, double Psnr)> _psnr = [];
    readonly List<(double Step, double Loss)> _loss = [];
    long _written = long.MinValue;

    /// <summary>The page.</summary>
    public string File { get; } = Path.Combine(folder, "live.html");

    /// <summary>Counts a step in, and writes the page when it is time.</summary>
    public void Add(StepReport step)
    {
        _psnr.Add((step.Index, step.Outcome.Psnr));
        _loss.Add((step.Index, step.Outcome.Losses.Total));
        if (_written != long.MinValue && Environment.TickCount64 - _written < 1000 * Every) return;
        Write(goesOn: true);
        _written = Environment.TickCount64;
    }

    /// <summary>Writes the page for the last time.</summary>
    public void End() => Write(goesOn: false);

    void Write(bool goesOn)
    {
        string refresh = goesOn ? Invariant($"<meta http-equiv=\"refresh\" content=\"{Every}\">") : "";
        string state = _psnr.Count == 0 ? "no step yet" : Invariant($"{_psnr[^1].Step + 1} steps, {Figure.Smoothed(_psnr)[^1].Y:0.00} dB{(goesOn ? "" : ", ended")}");
        AtomicFile.Write(File, $$"""
            <!doctype html><html lang="en"><meta charset="utf-8">{{refresh}}<title>{{state}}</title>
            <style>:root{color-scheme:light dark;background:light-dark(#fff,#16181d);color:light-dark(#21242b,#d8dbe2)}body{margin:24px auto;max-width:820px;font:15px system-ui,sans-serif}</style>
            <h1>{{state}}</h1>
            {{Curve("PSNR of the rays of a step (dB)", _psnr)}}
            {{Curve(new("loss") { Log = true }, _loss)}}
            </html>

            """);
    }

    static string Curve(Axis y, List<(double, double)> points) => new Figure { X = "step", Y = y, Height = 320 }.Line("", Figure.Smoothed(points, 200)).ToSvg();
}
