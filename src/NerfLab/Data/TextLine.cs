using System.Globalization;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>A line of a text file of values separated by blanks. Only the first values are ever looked at: lines can be long.</summary>
internal sealed class TextLine
{
    private const long LargestFile = 1L << 30;
    private const int Most = 32;

    private readonly string _text;
    private List<Range>? _words;

    private TextLine(string path, int number, string text) => (Place, _text) = ($"{path} line {number}", text);

    /// <summary>All lines of a file, read as they are asked for.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">The file is missing, cannot be read, or is larger than 1 GiB.</exception>
    public static IEnumerable<TextLine> Of(string path)
    {
        if (!File.Exists(path)) throw new BadInputException($"{path}: the file is missing");
        if (new FileInfo(path).Length > LargestFile) throw new BadInputException($"{path}: larger than 1 GiB; a few lines of numbers are expected");
        var number = 0;
        foreach (var line in File.ReadLines(path)) yield return new TextLine(path, ++number, line);
    }

    /// <summary>File and line, for complaints.</summary>
    public string Place { get; }

    /// <summary>Whether it starts with <c>#</c>.</summary>
    public bool IsComment => _text.AsSpan().TrimStart().StartsWith("#");

    /// <summary>Whether there is anything but a comment.</summary>
    public bool HasValues => !IsComment && !_text.AsSpan().Trim().IsEmpty;

    /// <summary>How many values there are, counted up to 32.</summary>
    public int Count => Words.Count;

    /// <summary>The complaint that <paramref name="isWrong"/>, with the place in front.</summary>
    public BadInputException Bad(string isWrong) => new($"{Place}: {isWrong}");

    /// <summary>A value as it stands.</summary>
    /// <param name="i">From 0.</param>
    /// <param name="what">What it is, for complaints.</param>
    public string Word(int i, string what) => i < Words.Count ? _text[Words[i]] : throw Bad(Invariant($"{what} is expected as value {i + 1}, but the line has only {Words.Count}"));

    /// <summary>The rest of the line from a value on.</summary>
    public string From(int i) => _text[Words[i].Start..].Trim();

    /// <summary>A number within the range of single precision.</summary>
    /// <inheritdoc cref="Word"/>
    public double Number(int i, string what)
    {
        var word = Word(i, what);
        return double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.Abs(value) <= float.MaxValue
            ? value : throw Bad($"{what} is {Short(word)}; a finite number is expected as value {i + 1}");
    }

    /// <summary>A whole number from 0 to <paramref name="most"/>.</summary>
    /// <inheritdoc cref="Word"/>
    public uint Whole(int i, string what, uint most)
    {
        var word = Word(i, what);
        return uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= most
            ? value : throw Bad($"{what} is {Short(word)}; a whole number up to {most} is expected as value {i + 1}");
    }

    private List<Range> Words
    {
        get
        {
            if (_words is not null) return _words;
            _words = [];
            for (var i = 0; i < _text.Length && _words.Count < Most;)
            {
                while (i < _text.Length && char.IsWhiteSpace(_text[i])) i++;
                var start = i;
                while (i < _text.Length && !char.IsWhiteSpace(_text[i])) i++;
                if (i > start) _words.Add(start..i);
            }
            return _words;
        }
    }

    private static string Short(string word) => word.Length <= 40 ? word : word[..40] + "...";
}
