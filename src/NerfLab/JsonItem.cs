using System.Text;
using System.Text.Json;

namespace NerfLab;

/// <summary>A value of a JSON file that knows where it stands, so that whatever is wrong with it can be said with file, line and key.</summary>
internal sealed class JsonItem
{
    private const int LargestFile = 256 << 20;

    private readonly Document _document;
    private readonly int _token;

    private JsonItem(Document document, int token) => (_document, _token) = (document, token);

    /// <summary>The way here from the top of the file, such as <c>frames[3].transform_matrix</c>; empty for the whole file.</summary>
    public string Key => _document.KeyOf(_token);

    /// <summary>The line on which the value starts, from 1.</summary>
    public int Line => _document.LineOf(_document.Tokens[_token].Start);

    /// <summary>The file, as complaints call it.</summary>
    public string Source => _document.File;

    /// <summary>What the value is.</summary>
    public JsonTokenType Kind => _document.Tokens[_token].Kind;

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="BadInputException">The file is missing, too large, or not JSON.</exception>
    public static JsonItem Load(string file)
    {
        try
        {
            if (new FileInfo(file).Length > LargestFile) throw new BadInputException($"{file}: larger than {LargestFile >> 20} MB; a list of cameras is expected");
            return Parse(file, File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{file}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>Reads JSON that is in memory.</summary>
    /// <param name="file">What complaints call it.</param>
    /// <param name="bytes">UTF-8 text; not copied.</param>
    /// <exception cref="BadInputException">It is not JSON.</exception>
    public static JsonItem Parse(string file, byte[] bytes) => new(new Document(file, bytes), 0);

    /// <summary>The complaint that this value <paramref name="isWrong"/>, with its place in front.</summary>
    public BadInputException Bad(string isWrong) => new($"{_document.File} line {Line}: {(Key == "" ? "the file" : Key)} {isWrong}");

    /// <summary>The member named <paramref name="key"/>, or null.</summary>
    public JsonItem? Find(string key)
    {
        Expect(JsonTokenType.StartObject, "an object");
        foreach (var name in _document.Children(_token, step: 2))
            if (_document.ReaderAt(name).ValueTextEquals(key)) return new JsonItem(_document, name + 1);
        return null;
    }

    /// <summary>The member named <paramref name="key"/>, which must exist: <paramref name="expected"/> says what it should hold.</summary>
    public JsonItem Get(string key, string expected) => Find(key) ?? throw Missing(key, expected);

    /// <summary>The complaint that the member named <paramref name="key"/> is missing.</summary>
    public BadInputException Missing(string key, string expected) =>
        new($"{_document.File} line {Line}: {(Key == "" ? key : $"{Key}.{key}")} is missing; {expected} is expected");

    /// <summary>The elements of an array.</summary>
    public IReadOnlyList<JsonItem> Items => Expect(JsonTokenType.StartArray, "an array")._document.ItemsOf(_token);

    /// <summary>A number within the range of single precision.</summary>
    public double Number
    {
        get
        {
            var number = Expect(JsonTokenType.Number, "a number").Value;
            return double.Abs(number) <= float.MaxValue ? number : throw Bad($"is {number}; a number of ordinary size is expected");
        }
    }

    /// <summary>A whole number from 0 to <paramref name="most"/>.</summary>
    public int Whole(int most = int.MaxValue)
    {
        var value = Expect(JsonTokenType.Number, "a whole number").Value;
        return value >= 0 && value <= most && value == double.Floor(value) ? (int)value : throw Bad(FormattableString.Invariant($"is {value}; a whole number from 0 to {most} is expected"));
    }

    /// <summary>The numbers of an array that has <paramref name="count"/> of them.</summary>
    public float[] Numbers(int count)
    {
        var items = Items;
        return items.Count == count ? [.. items.Select(i => (float)i.Number)] : throw Bad($"has {items.Count} numbers; {count} are expected");
    }

    /// <summary>A text.</summary>
    public string Text => _document.ReaderAt(Expect(JsonTokenType.String, "a text")._token).GetString()!;

    /// <summary>Whether the value is <c>true</c>.</summary>
    public bool IsTrue => Kind == JsonTokenType.True;

    private double Value => _document.ReaderAt(_token).GetDouble();

    private JsonItem Expect(JsonTokenType kind, string name) => Kind == kind ? this : throw Bad($"is {Described()}; {name} is expected");

    private string Described() => Kind switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"the text \"{Text}\"",
        JsonTokenType.Number => FormattableString.Invariant($"the number {Value}"),
        _ => Kind.ToString().ToLowerInvariant(),
    };

    /// <summary>A value or a member's name.</summary>
    /// <param name="Start">Its first byte.</param>
    /// <param name="Next">The token after it and all that it holds.</param>
    /// <param name="Kind">What it is.</param>
    private readonly record struct Token(int Start, int Next, JsonTokenType Kind);

    /// <summary>The bytes of a file and where its values stand in them: 12 bytes a value. Values are only read when they are asked for.</summary>
    private sealed class Document
    {
        private readonly byte[] _bytes;
        private readonly Dictionary<int, JsonItem[]> _items = []; // of the arrays that have been asked for

        public Document(string file, byte[] bytes)
        {
            (File, _bytes) = (file, bytes);
            var reader = new Utf8JsonReader(bytes.AsSpan(Start));
            try
            {
                reader.Read();
                Add(ref reader);
                reader.Read(); // complains when something follows the value
            }
            catch (JsonException e)
            {
                var (line, key) = (e.LineNumber + 1, KeyOf(Tokens.Count)); // of the value that was expected
                var word = WordAt((int)reader.BytesConsumed + Start);
                if (word.TrimStart('-').ToLowerInvariant() is "nan" or "inf" or "infinity")
                    throw new BadInputException($"{file} line {line}: {(key == "" ? "the file" : key)} is {word}; a finite number is expected", e);
                throw new BadInputException($"{file} line {line}: broken JSON{(key == "" ? "" : $" at {key}")} ({e.Message.Split(" LineNumber:")[0].TrimEnd('.')})", e);
            }
            catch (InvalidOperationException e)
            {
                throw new BadInputException($"{file} line {LineOf((int)reader.TokenStartIndex + Start)}: {(KeyOf(Tokens.Count - 1) is { Length: > 0 } key ? key : "the file")} is not valid UTF-8 text", e);
            }
        }

        public string File { get; }

        public List<Token> Tokens { get; } = [];

        private int Start => _bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;

        /// <summary>A reader that stands on a name, text, number or word.</summary>
        public Utf8JsonReader ReaderAt(int token)
        {
            // Nothing after the value is looked at.
            var reader = new Utf8JsonReader(_bytes.AsSpan(Tokens[token].Start));
            reader.Read();
            return reader;
        }

        /// <summary>The names of an object's members (step 2) or the elements of an array (step 1).</summary>
        public IEnumerable<int> Children(int token, int step)
        {
            for (var child = token + 1; child < Tokens[token].Next; child = Tokens[child + step - 1].Next) yield return child;
        }

        public JsonItem[] ItemsOf(int array) =>
            _items.TryGetValue(array, out var items) ? items : _items[array] = [.. Children(array, step: 1).Select(t => new JsonItem(this, t))];

        /// <summary>The way to a token, or to the one that would come next while the file is still being read.</summary>
        public string KeyOf(int token)
        {
            var key = new StringBuilder();
            for (var at = 0; at < token && Tokens[at].Next > token;)
            {
                if (Tokens[at].Kind == JsonTokenType.StartObject)
                {
                    var name = at + 1;
                    while (name + 1 < token && Tokens[name + 1].Next <= token) name = Tokens[name + 1].Next;
                    if (name == Tokens.Count) break; // a name is expected, or the end of the object
                    key.Append(key.Length == 0 ? "" : ".").Append(ReaderAt(name).GetString());
                    at = name + 1;
                }
                else
                {
                    var index = 0;
                    for (at++; at < token && Tokens[at].Next <= token; index++) at = Tokens[at].Next;
                    key.Append('[').Append(index).Append(']');
                }
            }
            return key.ToString();
        }

        public int LineOf(int position) => 1 + _bytes.AsSpan(0, int.Min(position, _bytes.Length)).Count((byte)'\n');

        private void Add(ref Utf8JsonReader reader)
        {
            var (token, kind) = (Tokens.Count, reader.TokenType);
            Open(ref reader);
            if (kind == JsonTokenType.String) _ = reader.GetString(); // complains about what is no Unicode
            if (kind == JsonTokenType.StartObject)
            {
                var names = new HashSet<string>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    Open(ref reader);
                    Close(Tokens.Count - 1);
                    if (!names.Add(name)) throw new BadInputException($"{File} line {LineOf(Tokens[^1].Start)}: {KeyOf(Tokens.Count)} stands there a second time");
                    reader.Read();
                    Add(ref reader);
                }
            }
            else if (kind == JsonTokenType.StartArray)
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) Add(ref reader);
            Close(token);
        }

        private void Open(ref Utf8JsonReader reader) => Tokens.Add(new((int)reader.TokenStartIndex + Start, int.MaxValue, reader.TokenType));

        private void Close(int token) => Tokens[token] = Tokens[token] with { Next = Tokens.Count };

        // What the user wrote where the reader stopped: Python writes NaN and Infinity, which JSON does not know.
        private string WordAt(int position)
        {
            while (position < _bytes.Length && _bytes[position] is (byte)' ' or (byte)',' or (byte)':' or (byte)'\r' or (byte)'\n' or (byte)'\t') position++;
            var end = position;
            while (end < _bytes.Length && end - position < 20 && (char.IsAsciiLetter((char)_bytes[end]) || _bytes[end] == '-')) end++;
            return Encoding.ASCII.GetString(_bytes, position, end - position);
        }
    }
}
