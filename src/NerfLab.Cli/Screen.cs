using System.Diagnostics;
using Spectre.Console;

namespace NerfLab.Cli;

/// <summary>
/// What a command says: results, and the progress of one piece of work at a time. On a terminal progress is a bar that is drawn
/// over; elsewhere it is a line every ten per cent or ten seconds, whichever is rarer in short work and nearer in long.
/// </summary>
sealed class Screen(TextWriter writer, bool terminal, bool quiet)
{
    readonly bool _color = terminal && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
    long _work, _last;
    double _shown;
    bool _drawn;

    /// <summary>The usual one: results go to the standard output, or to the error output where the former carries JSON.</summary>
    public static Screen Of(bool quiet, bool jsonOnOutput = false)
    {
        bool redirected = jsonOnOutput ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        return new Screen(jsonOnOutput ? Console.Error : Console.Out, !redirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"), quiet);
    }

    /// <summary>Begins a piece of work.</summary>
    public void Begin() => (_work, _last, _shown, _drawn) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp(), 0, false);

    /// <summary>Shows how far the work is; cheap enough to be called at every step.</summary>
    /// <param name="work">What is being done.</param>
    /// <param name="fraction">0 to 1.</param>
    /// <param name="details">Figures; only made when they are shown.</param>
    public void Progress(string work, double fraction, Func<string>? details = null)
    {
        if (quiet) return;
        double since = Stopwatch.GetElapsedTime(_last).TotalSeconds;
        if (terminal)
        {
            if (since < 0.1 && _drawn && fraction < 1) return;
            Draw(work, fraction, details?.Invoke() ?? "");
        }
        else
        {
            if (!(since >= 10 || (since >= 1 && fraction >= _shown + 0.1))) return;
            writer.WriteLine($"{work,-10} {fraction,4:P0}  {details?.Invoke()}".TrimEnd());
            writer.Flush();
        }
        (_last, _shown) = (Stopwatch.GetTimestamp(), fraction);
    }

    /// <summary>Ends the work; the bar makes room.</summary>
    /// <returns>Seconds since <see cref="Begin"/>.</returns>
    public double End()
    {
        if (_drawn) writer.Write("\r\e[2K");
        _drawn = false;
        return Stopwatch.GetElapsedTime(_work).TotalSeconds;
    }

    /// <summary>A line that explains; not when quiet.</summary>
    public void Note(string line)
    {
        if (quiet) return;
        End();
        writer.WriteLine(_color ? $"\e[2m{line}\e[0m" : line);
    }

    /// <summary>A line that is a result.</summary>
    public void Result(string line)
    {
        End();
        writer.WriteLine(line);
    }

    /// <summary>A table.</summary>
    public void Show(Table table)
    {
        End();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = _color ? AnsiSupport.Yes : AnsiSupport.No, Interactive = InteractionSupport.No });
        if (!terminal) console.Profile.Width = 200; // a file has no edge at which to break lines
        console.Write(table);
    }

    void Draw(string work, double fraction, string details)
    {
        int width = Width;
        int bar = int.Clamp(width - work.Length - details.Length - 12, 8, 32);
        int full = (int)(double.Clamp(fraction, 0, 1) * bar);
        var (done, rest) = (new string('━', full), new string('━', bar - full));
        details = details[..int.Min(details.Length, int.Max(0, width - work.Length - bar - 10))];
        writer.Write(_color ? $"\r\e[2K{work} \e[36m{done}\e[90m{rest}\e[0m {fraction,4:P0}  {details}" : $"\r\e[2K{work} {done}{new string('─', bar - full)} {fraction,4:P0}  {details}");
        writer.Flush();
        _drawn = true;
    }

    static int Width
    {
        get
        {
            try
            {
                return Console.WindowWidth is > 20 and var width ? width : 80;
            }
            catch (IOException)
            {
                return 80; // a terminal that does not tell its size
            }
        }
    }

    /// <summary>Seconds as 4.2 s, 3:05 min or 2:03:04 h.</summary>
    public static string Time(double seconds) => seconds < 60 ? FormattableString.Invariant($"{seconds:0.0} s")
        : TimeSpan.FromSeconds(seconds) is { TotalHours: < 1 } t ? $"{t.Minutes}:{t.Seconds:00} min" : FormattableString.Invariant($"{double.Floor(seconds / 3600)}:{TimeSpan.FromSeconds(seconds):mm\\:ss} h");

    /// <summary>Counts as 950, 12.3 k or 4.56 M.</summary>
    public static string Count(double count) => count switch
    {
        < 1000 => FormattableString.Invariant($"{count:0}"),
        < 1e6 => FormattableString.Invariant($"{count / 1e3:0.0} k"),
        _ => FormattableString.Invariant($"{count / 1e6:0.00} M"),
    };
}
