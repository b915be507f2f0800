using System.Text.RegularExpressions;

namespace NerfLab.Torch.Tests;

/// <summary>Reads the table's shorthand.</summary>
sealed class ApiTable
{
    /// <summary>Type (as <c>torch.nn.functional</c>, <c>Modules.Linear</c>, <c>Scalar</c>) to members, in the table's order.</summary>
    internal Dictionary<string, List<(string Section, ApiMember Member)>> Types { get; } = [];

    /// <summary>Enums by type: name = value, ...</summary>
    internal Dictionary<string, string> Enums { get; } = [];

    /// <summary>Members of <c>torch</c> and <c>torch.nn</c> that exist but whose signatures the table leaves out; <c>*</c> at the end stands for anything.</summary>
    internal HashSet<string> LeftOut { get; } = [];

    readonly HashSet<string> _words;

    internal bool Mentions(string name) => _words.Contains(name);

    const string Tail = "ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null";

    static readonly string[] Elements =
        ["bool", "byte", "sbyte", "short", "int", "long", "float", "double", "(float Real, float Imaginary)", "Complex", "BFloat16"];

    internal ApiTable(string text)
    {
        _words = [.. Regex.Matches(text, @"\w+").Select(m => m.Value)];
        string section = "", type = "";
        bool code = false;
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.TrimEnd();
            if (line.StartsWith("```")) code = !code;
            else if (code) Read(section, type, line);
            else if (line.StartsWith("## "))
            {
                section = Regex.Match(line, @"^## (\d+)").Groups[1].Value;
                type = section switch { "4" => "torch", "8" => "torch.nn", "9" => "torch.nn.functional", "11" => "torch.optim", _ => "" };
            }
            else if (line.StartsWith("### `")) type = Heading(line[5..].TrimEnd('`'));
            else if (line.StartsWith("### 4.")) type = "torch";
            else if (Regex.Match(line, @"^- `enum ([\w.]+)` : (.*)$") is { Success: true } e) Enums[Full(e.Groups[1].Value)] = e.Groups[2].Value;
            else if (line.StartsWith("Left out here") || line.StartsWith("(left out:"))
                foreach (Match name in Regex.Matches(line[line.IndexOf(':')..], @"\w+\*?")) LeftOut.Add(name.Value);
        }
        // "Module<...> exists for 1-6 inputs, same pattern".
        if (Types.ContainsKey("torch.nn.Module<T1,T2,TResult>"))
            for (int inputs = 5; inputs <= 6; inputs++)
            {
                var types = string.Join(", ", Enumerable.Range(1, inputs).Select(i => $"T{i}"));
                var arguments = string.Join(", ", Enumerable.Range(1, inputs).Select(i => $"T{i} input{i}"));
                foreach (var line in new[] { "protected Module(string name)", "protected Module(nint handle, nint boxedHandle)", $"abstract TResult forward({arguments})", $"TResult call({arguments})" })
                    Read("7", Full($"nn.Module<{types}, TResult>"), line);
            }
    }

    /// <summary>"sealed class Modules.X&lt;T&gt; where ... : Base" is the type Modules.X&lt;T&gt;.</summary>
    static string Heading(string text)
    {
        text = Regex.Replace(text, @"^((static|sealed|abstract|class|struct|interface) )+", "");
        return Full(Regex.Split(text, @" where | : ")[0]);
    }

    static string Full(string name)
    {
        name = name.Replace(" ", "");
        var first = name.Split('.', '<')[0];
        if (first is "nn" or "optim") return "torch." + name;
        if (first == "lr_scheduler") return "torch.optim." + name;
        return name is "Tensor" or "TensorIndex" or "Device" or "Generator" or "ScalarType" ? "torch." + name : name == "Reduction" ? "torch.nn.Reduction" : name;
    }

    void Read(string section, string type, string line)
    {
        line = Regex.Replace(line, @"\s*//.*$", "");
        foreach (var one in Regex.Split(line, @"\s{3,}"))
        {
            if (one.Length == 0) continue;
            bool family = type == "torch" && Regex.IsMatch(one, @"\bE\b");
            // as_tensor is shown for float only; it belongs to the families.
            var texts = family ? Elements.Where(e => e != "BFloat16" || !one.Contains("Memory<")).Select(e => Regex.Replace(one, @"\bE\b", e).Replace("...", Tail))
                : one.Contains(" as_tensor(") && one.Contains("float") ? Elements.Select(e => one.Replace("float", e))
                : [one];
            foreach (var text in texts)
            {
                var parsed = new Line(text).Members().ToList();
                if (!Types.TryGetValue(type, out var members)) Types[type] = members = [];
                foreach (var member in parsed)
                    if (!members.Exists(m => m.Member.Text == member.Text)) members.Add((section, member));
            }
        }
    }

    /// <summary>A recursive-descent reader of one line.</summary>
    sealed class Line(string text)
    {
        int _at;

        bool Skip(string expected)
        {
            while (_at < text.Length && text[_at] == ' ') _at++;
            if (string.CompareOrdinal(text, _at, expected, 0, expected.Length) != 0) return false;
            // A word must end where it ends.
            if (char.IsLetter(expected[^1]) && _at + expected.Length < text.Length && (char.IsLetterOrDigit(text[_at + expected.Length]) || text[_at + expected.Length] == '_')) return false;
            _at += expected.Length;
            return true;
        }

        void Expect(string expected)
        {
            if (!Skip(expected)) throw new FormatException($"'{expected}' expected at column {_at} of: {text}");
        }

        string Word()
        {
            Skip("@");
            while (_at < text.Length && text[_at] == ' ') _at++;
            int from = _at;
            while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] == '_')) _at++;
            return _at > from ? text[from.._at] : throw new FormatException($"a name expected at column {_at} of: {text}");
        }

        string TypeName()
        {
            string name;
            if (Skip("("))
            {
                var items = new List<string>();
                do
                {
                    var item = TypeName();
                    if (!Skip(",")) { if (!Skip(")")) { item += " " + Word(); if (!Skip(",")) Expect(")"); else { items.Add(item); continue; } } items.Add(item); break; }
                    items.Add(item);
                }
                while (true);
                name = "(" + string.Join(",", items) + ")";
            }
            else
            {
                var segments = new List<string>();
                do
                {
                    var segment = Word();
                    if (Skip("<"))
                    {
                        var arguments = new List<string>();
                        do arguments.Add(TypeName()); while (Skip(","));
                        Expect(">");
                        segment += "<" + string.Join(",", arguments) + ">";
                    }
                    segments.Add(segment);
                }
                while (Skip("."));
                name = ApiMember.Unqualified(segments);
            }
            while (true)
            {
                if (Skip("?")) name += "?";
                else if (Regex.Match(text[_at..], @"^\[(,*)\]") is { Success: true } brackets) { _at += brackets.Length; name += brackets.Value; }
                else return name;
            }
        }

        ApiParameter[] Parameters(string close)
        {
            var parameters = new List<ApiParameter>();
            if (Skip(close)) return [];
            do
            {
                string modifier = "";
                foreach (var word in new[] { "this", "params", "out", "ref" })
                    if (Skip(word)) modifier = word;
                var type = TypeName();
                var name = Word();
                string? value = null;
                if (Skip("=")) value = Value();
                parameters.Add(new ApiParameter(modifier, type, name, value));
            }
            while (Skip(","));
            Expect(close);
            return [.. parameters];
        }

        string Value()
        {
            var match = Regex.Match(text[_at..], @"^\s*(""[^""]*""|'[^']*'|[-+\w.]+)");
            _at += match.Length;
            var value = match.Groups[1].Value;
            if (value == "default") return "null";
            // An enum's constant: with or without its type.
            return char.IsLetter(value[0]) ? value.Split('.')[^1] : value;
        }

        internal IEnumerable<ApiMember> Members()
        {
            var modifiers = new HashSet<string>();
            for (bool more = true; more;)
            {
                more = false;
                foreach (var word in new[] { "static", "readonly", "const", "protected", "internal", "virtual", "override", "abstract" })
                    if (Skip(word)) more = modifiers.Add(word);
            }
            ApiMember Make(string kind, string name, string returns, ApiParameter[] parameters, bool get = false, bool set = false) =>
                new(kind, name, returns, parameters, modifiers.Contains("static") || modifiers.Contains("const"), modifiers.Contains("protected"), modifiers.Contains("abstract"), get, set,
                    $"{string.Join(' ', modifiers.Order())} {kind} {returns} {name}({string.Join(", ", parameters.Select(p => $"{p.Modifier} {p.Type} {p.Name}={p.Default}"))})");

            if (Skip("~"))
            {
                Word();
                yield return Make("method", "Finalize", "void", []);
                yield break;
            }
            foreach (var kind in new[] { "implicit", "explicit" })
                if (Skip(kind))
                {
                    Expect("operator");
                    var target = TypeName();
                    Expect("(");
                    yield return Make("method", kind, target, Parameters(")"));
                    yield break;
                }
            var type = TypeName();
            if (Skip("("))
            {
                yield return Make("constructor", "", "", Parameters(")"));
                yield break;
            }
            if (Skip("this"))
            {
                Expect("[");
                var parameters = Parameters("]");
                var (get, set) = Accessors();
                yield return Make("property", "this", type, parameters, get, set);
                yield break;
            }
            if (Skip("operator"))
            {
                Skip(" ");
                int end = text.IndexOf('(', _at);
                var symbol = text[_at..end].Trim();
                _at = end + 1;
                yield return Make("method", symbol, type, Parameters(")"));
                yield break;
            }
            var names = new List<string>();
            if (Skip("{"))
            {
                do names.Add(Word()); while (Skip("|"));
                Expect("}");
            }
            else names.Add(Word());
            string generic = "";
            if (Skip("<"))
            {
                var arguments = new List<string>();
                do arguments.Add(Word()); while (Skip(","));
                Expect(">");
                generic = "<" + string.Join(",", arguments) + ">";
            }
            if (Skip("("))
            {
                var parameters = Parameters(")");
                foreach (var name in names) yield return Make("method", name + generic, type, parameters);
            }
            else if (Skip("{"))
            {
                _at--;
                var (get, set) = Accessors();
                foreach (var name in names) yield return Make("property", name, type, [], get, set);
            }
            else foreach (var name in names) yield return Make("field", name, type, []);
        }

        (bool Get, bool Set) Accessors()
        {
            Expect("{");
            bool get = Skip("get;"), set = Skip("set;");
            Expect("}");
            return (get, set);
        }
    }
}
