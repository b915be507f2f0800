using System.Globalization;

namespace NerfLab.Plotting;

/// <summary>The least and the largest of the values that are drawn along an axis.</summary>
internal sealed class Extent(bool log)
{
    int _seen;

    /// <summary>The least value; +∞ without any.</summary>
    public double Low { get; private set; } = double.PositiveInfinity;

    /// <summary>The largest value; -∞ without any.</summary>
    public double High { get; private set; } = double.NegativeInfinity;

    /// <summary>Room beyond the values, as a part of their range.</summary>
    public double Room { get; private set; }

    /// <summary>The value that shapes stand on, with no room below.</summary>
    public double? Floor { get; private set; }

    /// <summary>Whether there are values, but none that has a logarithm.</summary>
    public int NoLogarithm => log && Low > High ? _seen : 0;

    /// <summary>Counts values in; those that are not finite, and on a log axis those that are not above 0, do not count.</summary>
    public void Add(IEnumerable<double> values, double room = 0.04)
    {
        Room = double.Max(Room, room);
        foreach (double value in values)
        {
            if (!double.IsFinite(value)) continue;
            _seen++;
            if (log && value <= 0) continue;
            (Low, High) = (double.Min(Low, value), double.Max(High, value));
        }
    }

    /// <summary>Shapes stand on 0, where an axis has it.</summary>
    public void StandOnZero()
    {
        if (log) return;
        Add([0]);
        Floor = 0;
    }
}

/// <summary>From the values of an axis to a part of its length.</summary>
/// <param name="Low">Where it begins.</param>
/// <param name="High">Where it ends, above <paramref name="Low"/>.</param>
/// <param name="Log">Whether equal ratios are equally long.</param>
/// <param name="Down">Whether it runs backwards.</param>
internal sealed record Scale(double Low, double High, bool Log = false, bool Down = false)
{
    /// <summary>The range of an axis: what it says itself, and else that of its values with some room.</summary>
    /// <exception cref="BadInputException">The axis ends before it begins, or has no logarithms to show.</exception>
    public static Scale Of(Axis axis, Extent values, string which)
    {
        string name = axis.Label.Length > 0 ? $"{which} axis \"{axis.Label}\"" : $"{which} axis";
        if (axis.Log && values.NoLogarithm is > 0 and var count)
            throw new BadInputException($"{name}: none of its {count} values is above 0, and a log axis shows no others; make it linear");
        foreach (double? given in (double?[])[axis.From, axis.To])
            if (given is { } end && (!double.IsFinite(end) || (axis.Log && end <= 0))) throw new BadInputException(FormattableString.Invariant($"{name}: it cannot begin or end at {end}; expected a number{(axis.Log ? " above 0 for a log axis" : "")}"));

        var (low, high) = values.Low <= values.High ? (values.Low, values.High) : axis.Log ? (1, 10) : (0.0, 1.0);
        if (axis.Log) (low, high) = (double.Log10(low), double.Log10(high));
        double room = values.Room * (high - low), least = axis.Log ? 0.3 : double.Abs(low) is > 0 and var size ? 0.1 * size : 0.5;
        if (high - low < 1e-12 * double.Max(1, double.Abs(low))) room = double.Max(room, least);
        (low, high) = (low - (low == values.Floor ? 0 : room), high + (high == values.Floor && low < high ? 0 : room));
        if (axis.Log) (low, high) = (double.Pow(10, low), double.Pow(10, high));
        (low, high) = (axis.From ?? low, axis.To ?? high);
        if (axis.From is not null && axis.To is null && high <= low) high = axis.Log ? 10 * low : low + 1;
        if (axis.To is not null && axis.From is null && high <= low) low = axis.Log ? high / 10 : high - 1;
        return low < high ? new Scale(low, high, axis.Log, axis.Down) : throw new BadInputException(FormattableString.Invariant($"{name}: it would run from {low} to {high}; expected From below To"));
    }

    /// <summary>Where a value lies: 0 at the beginning, 1 at the end; NaN for a value that is not finite or has no logarithm.</summary>
    public double Part(double value)
    {
        if (!double.IsFinite(value) || (Log && value <= 0)) return double.NaN;
        double part = Log ? double.Log10(value / Low) / double.Log10(High / Low) : (value - Low) / (High - Low);
        return Down ? 1 - part : part;
    }

    /// <summary>Round values with their labels.</summary>
    /// <param name="atMost">About how many are wanted.</param>
    public IReadOnlyList<(double At, string Text)> Ticks(int atMost) => [.. (Log ? Decades(atMost) : Steps(Low, High, atMost)).Select(at => (at, Number(at)))];

    /// <summary>Round numbers, 1, 2 or 5 times a power of ten apart, that lie between two numbers.</summary>
    /// <param name="low">The smaller number.</param>
    /// <param name="high">The larger number.</param>
    /// <param name="atMost">About how many are wanted.</param>
    public static IEnumerable<double> Steps(double low, double high, int atMost)
    {
        double rough = (high - low) / int.Max(atMost, 1), power = double.Pow(10, double.Floor(double.Log10(rough)));
        double step = power * (rough / power is var r && r <= 1 ? 1 : r <= 2 ? 2 : r <= 5 ? 5 : 10);
        for (double k = double.Ceiling(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) yield return k * step + 0.0;
    }

    IEnumerable<double> Decades(int atMost)
    {
        double first = double.Log10(Low), last = double.Log10(High);
        // Two decades or more get one line each, or one for several; less gets the numbers in between as well.
        double[] within = last - first >= 2 ? [1] : last - first >= 0.6 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
        int every = int.Max(1, (int)double.Ceiling((last - first) / int.Max(atMost, 1)));
        if (last - first < 0.15) return Steps(Low, High, atMost);
        return from decade in Enumerable.Range((int)double.Floor(first), (int)(double.Ceiling(last) - double.Floor(first)) + 1)
               where decade % every == 0
               from factor in within
               let at = factor * double.Pow(10, decade)
               where at >= Low * (1 - 1e-9) && at <= High * (1 + 1e-9)
               select at;
    }

    /// <summary>A number as a person would write it: 0.002, 1500, 2·10⁻⁵.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value)) return double.IsNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
        double size = double.Abs(value);
        string text;
        if (size is > 0 and (< 1e-3 or >= 1e6))
        {
            var parts = size.ToString("0.###e0", CultureInfo.InvariantCulture).Split('e');
            text = (parts[0] == "1" ? "10" : parts[0] + "·10") + string.Concat(parts[1].Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));
        }
        else text = double.Round(size, 9).ToString("0.######", CultureInfo.InvariantCulture);
        return value < 0 ? "−" + text : text;
    }

    /// <summary>The same with at most four digits that count.</summary>
    public static string Short(double value) => !double.IsFinite(value) || value == 0 ? Number(value)
        : double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) is var rounded ? Number(rounded) : "";
}
