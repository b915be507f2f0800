using System.Globalization;
using System.Text;

namespace NerfLab.Geometry;

/// <summary>A text in memory that is read line by line and word by word, and knows where it is.</summary>
/// <param name="path">What complaints call it.</param>
/// <param name="bytes">ASCII or UTF-8.</param>
internal sealed class TextFile(string path, byte[] bytes)
{
    private int _position, _end, _next, _line;

    /// <summary>Reads a whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be, for complaints.</param>
    /// <exception cref="BadInputException">The file is missing or larger than 2 GiB.</exception>
    public static TextFile Load(string path, string expected)
    {
        var file = BinaryFile.Load(path, expected);
        return new TextFile(path, file.Bytes(file.Left, "the file").ToArray());
    }

    /// <summary>The file, as it was named.</summary>
    public string Path { get; } = path;

    /// <summary>The byte at which the following line starts.</summary>
    public int Next => _next;

    /// <summary>Bytes of the lines that follow.</summary>
    public int Left => int.Max(0, bytes.Length - _next);

    /// <summary>The complaint that <paramref name="isWrong"/>, with file and line in front.</summary>
    public BadInputException Bad(string isWrong) => new($"{Path} line {_line}: {isWrong}");

    /// <summary>Goes on to the following line.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool NextLine()
    {
        if (_next >= bytes.Length) return false;
        _position = _next;
        var length = bytes.AsSpan(_position).IndexOf((byte)'\n');
        _end = length < 0 ? bytes.Length : _position + length;
        (_next, _line) = (_end + 1, _line + 1);
        return true;
    }

    /// <summary>The next word of the line; empty at its end or where a comment begins with #. A backslash at the end of a line joins the following one to it.</summary>
    public ReadOnlySpan<byte> Word()
    {
        while (true)
        {
            while (_position < _end && bytes[_position] <= ' ') _position++;
            if (_position < _end && bytes[_position] == '#') _position = _end;
            var start = _position;
            while (_position < _end && bytes[_position] > ' ') _position++;
            var word = bytes.AsSpan(start, _position - start);
            if (word is not [.., (byte)'\\'] || bytes.AsSpan(_position, _end - _position).ContainsAnyExceptInRange((byte)0, (byte)' ')) return word;
            if (!NextLine() || word.Length > 1) return word[..^1];
        }
    }

    /// <summary>What is left of the line, without blanks around it.</summary>
    public string Rest()
    {
        var rest = Encoding.UTF8.GetString(bytes, _position, _end - _position).Trim();
        _position = _end;
        return rest;
    }

    /// <summary>The next word as a finite number of single precision.</summary>
    /// <param name="what">What it is, for the complaint.</param>
    public float Number(string what) => TryNumber(what, out var value) ? value : throw Bad($"{what} is missing; a number is expected");

    /// <summary>The next word as a finite number of single precision; false where the line has ended.</summary>
    /// <param name="what">What it is, for the complaint.</param>
    /// <param name="value">The number, or 0.</param>
    public bool TryNumber(string what, out float value)
    {
        var word = Word();
        bool good = float.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);
        return good || word.IsEmpty ? good : throw Bad($"{what} is {Printable(word)}; a finite number is expected");
    }

    /// <summary>The next word as a whole number.</summary>
    /// <param name="what">What it is, for the complaint.</param>
    public int Whole(string what) => Whole(Word(), what);

    /// <summary>A word, or a part of one, as a whole number.</summary>
    /// <param name="word">The digits.</param>
    /// <param name="what">What it is, for the complaint.</param>
    public int Whole(ReadOnlySpan<byte> word, string what) => int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        ? value : throw Bad(word.IsEmpty ? $"{what} is missing; a whole number is expected" : $"{what} is {Printable(word)}; a whole number is expected");

    /// <summary>A word as a complaint can show it.</summary>
    public static string Printable(ReadOnlySpan<byte> word)
    {
        var text = string.Concat(Encoding.UTF8.GetString(word.Length <= 40 ? word : word[..40]).Select(c => char.IsControl(c) || c == '\uFFFD' ? '?' : c));
        return word.Length <= 40 ? text : text + "...";
    }
}
