using System.Text;
using System.Text.Json;

namespace NerfLab;

/// <summary>A value of a JSON file that knows where it stands, so that whatever is wrong with it can be said with file, line and key.</summary>
internal sealed class JsonItem
{
    private const int LargestFile = 256 << 20;

    private readonly string _file;
    private readonly Dictionary<string, JsonItem> _members; // only of an object
    private readonly List<JsonItem> _items; // only of an array
    private double _number;
    private string _text = "";

    private JsonItem(string file, string key, int line, JsonTokenType kind)
    {
        (_file, Key, Line, Kind) = (file, key, line, kind);
        (_members, _items) = (kind == JsonTokenType.StartObject ? [] : null!, kind == JsonTokenType.StartArray ? [] : null!);
    }

    /// <summary>The way here from the top of the file, such as <c>frames[3].transform_matrix</c>; empty for the whole file.</summary>
    public string Key { get; }

    /// <summary>The file, as complaints call it.</summary>
    public string Source => _file;

    /// <summary>The line on which the value starts, from 1.</summary>
    public int Line { get; }

    /// <summary>What the value is.</summary>
    public JsonTokenType Kind { get; }

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="BadInputException">The file is missing, too large, or not JSON.</exception>
    public static JsonItem Load(string file)
    {
        try
        {
            if (new FileInfo(file).Length > LargestFile) throw new BadInputException($"{file}: larger than {LargestFile >> 20} MB; a list of cameras is expected");
            return new Parser(file, File.ReadAllBytes(file)).Whole();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{file}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>Reads JSON that is in memory.</summary>
    /// <param name="file">What complaints call it.</param>
    /// <param name="bytes">UTF-8 text.</param>
    /// <exception cref="BadInputException">It is not JSON.</exception>
    public static JsonItem Parse(string file, byte[] bytes) => new Parser(file, bytes).Whole();

    /// <summary>The complaint that this value <paramref name="isWrong"/>, with its place in front.</summary>
    public BadInputException Bad(string isWrong) => new($"{_file} line {Line}: {(Key == "" ? "the file" : Key)} {isWrong}");

    /// <summary>The member named <paramref name="key"/>, or null.</summary>
    public JsonItem? Find(string key) => Expect(JsonTokenType.StartObject, "an object")._members.GetValueOrDefault(key);

    /// <summary>The member named <paramref name="key"/>, which must exist: <paramref name="expected"/> says what it should hold.</summary>
    public JsonItem Get(string key, string expected) => Find(key) ?? throw Missing(key, expected);

    /// <summary>The complaint that the member named <paramref name="key"/> is missing.</summary>
    public BadInputException Missing(string key, string expected) =>
        new($"{_file} line {Line}: {(Key == "" ? key : $"{Key}.{key}")} is missing; {expected} is expected");

    /// <summary>The elements of an array.</summary>
    public IReadOnlyList<JsonItem> Items => Expect(JsonTokenType.StartArray, "an array")._items;

    /// <summary>A number within the range of single precision.</summary>
    public double Number => double.Abs(Expect(JsonTokenType.Number, "a number")._number) <= float.MaxValue
        ? _number : throw Bad($"is {_number}; a number of ordinary size is expected");

    /// <summary>A whole number from 0 to <paramref name="most"/>.</summary>
    public int Whole(int most = int.MaxValue)
    {
        var value = Expect(JsonTokenType.Number, "a whole number")._number;
        return value >= 0 && value <= most && value == double.Floor(value) ? (int)value : throw Bad(FormattableString.Invariant($"is {value}; a whole number from 0 to {most} is expected"));
    }

    /// <summary>The numbers of an array that has <paramref name="count"/> of them.</summary>
    public float[] Numbers(int count) =>
        Items.Count == count ? [.. Items.Select(i => (float)i.Number)] : throw Bad($"has {Items.Count} numbers; {count} are expected");

    /// <summary>A text.</summary>
    public string Text => Expect(JsonTokenType.String, "a text")._text;

    /// <summary>Whether the value is <c>true</c>.</summary>
    public bool IsTrue => Kind == JsonTokenType.True;

    private JsonItem Expect(JsonTokenType kind, string name) => Kind == kind ? this : throw Bad($"is {Described()}; {name} is expected");

    private string Described() => Kind switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"the text \"{_text}\"",
        JsonTokenType.Number => FormattableString.Invariant($"the number {_number}"),
        _ => Kind.ToString().ToLowerInvariant(),
    };

    private sealed class Parser(string file, byte[] bytes)
    {
        private string _key = "";
        private int _line = 1;
        private int _counted;

        public JsonItem Whole()
        {
            var start = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
            var reader = new Utf8JsonReader(bytes.AsSpan(start));
            try
            {
                reader.Read();
                var whole = Value(ref reader);
                reader.Read(); // complains when something follows the value
                return whole;
            }
            catch (JsonException e)
            {
                var line = e.LineNumber + 1;
                var place = _key == "" ? "" : $" at {_key}";
                var word = WordAt((int)reader.BytesConsumed + start);
                if (word.TrimStart('-').ToLowerInvariant() is "nan" or "inf" or "infinity")
                    throw new BadInputException($"{file} line {line}: {(_key == "" ? "the file" : _key)} is {word}; a finite number is expected", e);
                throw new BadInputException($"{file} line {line}: broken JSON{place} ({e.Message.Split(" LineNumber:")[0].TrimEnd('.')})", e);
            }
            catch (InvalidOperationException e)
            {
                throw new BadInputException($"{file} line {_line}: {_key} is not valid UTF-8 text", e);
            }
        }

        private JsonItem Value(ref Utf8JsonReader reader)
        {
            var key = _key;
            var item = new JsonItem(file, key, LineOf(reader.TokenStartIndex), reader.TokenType);
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                    {
                        var name = reader.GetString()!;
                        _key = key == "" ? name : $"{key}.{name}";
                        reader.Read();
                        if (!item._members.TryAdd(name, Value(ref reader))) throw new BadInputException($"{file} line {_line}: {_key} stands there a second time");
                        _key = key;
                    }
                    break;
                case JsonTokenType.StartArray:
                    _key = $"{key}[0]";
                    while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    {
                        item._items.Add(Value(ref reader));
                        _key = $"{key}[{item._items.Count}]";
                    }
                    _key = key;
                    break;
                case JsonTokenType.Number:
                    item._number = reader.GetDouble();
                    break;
                case JsonTokenType.String:
                    item._text = reader.GetString()!;
                    break;
            }
            return item;
        }

        private int LineOf(long position)
        {
            while (_counted < position) if (bytes[_counted++] == '\n') _line++;
            return _line;
        }

        // What the user wrote where the reader stopped: Python writes NaN and Infinity, which JSON does not know.
        private string WordAt(int position)
        {
            while (position < bytes.Length && bytes[position] is (byte)' ' or (byte)',' or (byte)':' or (byte)'\r' or (byte)'\n' or (byte)'\t') position++;
            var end = position;
            while (end < bytes.Length && end - position < 20 && (char.IsAsciiLetter((char)bytes[end]) || bytes[end] == '-')) end++;
            return Encoding.ASCII.GetString(bytes, position, end - position);
        }
    }
}
