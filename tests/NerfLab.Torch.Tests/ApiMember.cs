using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace NerfLab.Torch.Tests;

/// <summary>
/// One public member as both sides write it: the table of TorchSharp's signatures and the compiled assembly. In types,
/// <c>?</c> is what the table calls nullable and a nullable value type of ours, <c>¿</c> a nullable reference type of ours.
/// </summary>
sealed record ApiMember(string Kind, string Name, string Returns, ApiParameter[] Parameters, bool Static, bool Protected, bool Abstract, bool Get, bool Set, string Text)
{
    /// <summary>Whether <paramref name="ours"/> is this member of the table: names, types, defaults, accessors.</summary>
    internal bool Matches(ApiMember ours) =>
        Kind == ours.Kind && Name == ours.Name && Static == ours.Static && Protected == ours.Protected && Abstract == ours.Abstract && Get == ours.Get && Set == ours.Set
        && SameType(Returns, ours.Returns) && Parameters.Length == ours.Parameters.Length && Parameters.Zip(ours.Parameters).All(p => p.First.Matches(p.Second));

    /// <summary>
    /// Where the table says that null may be, ours must say so; not the other way round: much of TorchSharp was compiled
    /// without nullability, and then the table shows no question marks.
    /// </summary>
    internal static bool SameType(string table, string ours)
    {
        int k = 0;
        foreach (char c in table)
        {
            if (c != '?' && k < ours.Length && ours[k] == '¿') k++;
            if (k >= ours.Length) return false;
            if (c == '?' ? ours[k] is not ('?' or '¿') : ours[k] != c) return false;
            k++;
        }
        return ours[k..] is "" or "¿";
    }

    /// <summary>Namespaces and the static classes that stand for PyTorch's modules are left out of names, as the table does.</summary>
    internal static string Unqualified(IEnumerable<string> segments)
    {
        var parts = segments.ToList();
        while (parts.Count > 1 && (char.IsLower(parts[0][0]) || parts[0] is "Modules" or "Utils" or "TorchSharp")) parts.RemoveAt(0);
        return string.Join('.', parts);
    }
}

/// <summary>A parameter; <paramref name="Modifier"/> is this, params, out, ref or nothing; <paramref name="Default"/> null when it is required.</summary>
sealed record ApiParameter(string Modifier, string Type, string Name, string? Default)
{
    internal bool Matches(ApiParameter ours) =>
        Modifier == ours.Modifier && Name == ours.Name && ApiMember.SameType(Type, ours.Type) && Default is null == ours.Default is null
        && (Default == ours.Default || Number(Default) is { } a && Number(ours.Default) is { } b && a == b);

    static double? Number(string? text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
}

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

/// <summary>The public members of compiled types in the same form.</summary>
static class ApiReflection
{
    const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    internal static bool Visible(Type type) => type.DeclaringType is { } outer ? Visible(outer) && (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) : type.IsPublic;

    static bool Visible(MethodBase? method) => method is not null && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && !(method.DeclaringType!.IsSealed && !method.IsPublic);

    /// <summary>The key of a type in the table; nested generic types repeat no arguments.</summary>
    internal static string TableName(Type type)
    {
        var names = new List<string>();
        int used = 0;
        var arguments = type.GetGenericArguments();
        for (var chain = Chain(type); chain.Count > 0; chain.RemoveAt(0))
        {
            int own = chain[0].GetGenericArguments().Length - used;
            names.Add(chain[0].Name.Split('`')[0] + (own > 0 ? "<" + string.Join(",", arguments.Skip(used).Take(own).Select(a => a.Name)) + ">" : ""));
            used += own;
        }
        var space = type.Namespace!.Split('.')[^1];
        return (space == "TorchSharp" ? "" : space + ".") + string.Join('.', names);
    }

    static List<Type> Chain(Type type)
    {
        var chain = new List<Type>();
        for (Type? t = type; t is not null; t = t.DeclaringType) chain.Insert(0, t);
        return chain;
    }

    /// <summary>A member and whether it only overrides one that a base class or object declared.</summary>
    internal static IEnumerable<(ApiMember Member, bool Override)> Members(Type type)
    {
        foreach (var constructor in type.GetConstructors(All).Where(c => Visible(c) && !c.IsStatic))
            yield return (Describe("constructor", "", "", constructor, constructor.GetParameters()), false);
        foreach (var method in type.GetMethods(All).Where(m => Visible(m) && (!m.IsSpecialName || m.Name.StartsWith("op_"))))
        {
            string kind = method.Name switch { "op_Implicit" => "implicit", "op_Explicit" => "explicit", _ => Symbols.GetValueOrDefault(method.Name, method.Name) };
            if (method.IsGenericMethod) kind += "<" + string.Join(",", method.GetGenericArguments().Select(a => a.Name)) + ">";
            yield return (Describe("method", kind, Render(method.ReturnType, method.ReturnParameter, method), method, method.GetParameters()), method.GetBaseDefinition() != method);
        }
        foreach (var property in type.GetProperties(All))
        {
            var (get, set) = (property.GetMethod, property.SetMethod);
            if (!Visible(get) && !Visible(set)) continue;
            var accessor = Visible(get) ? get! : set!;
            var index = property.GetIndexParameters();
            var returns = Render(property.PropertyType, property, accessor);
            bool hides = accessor.GetBaseDefinition() != accessor;
            yield return (Describe("property", index.Length > 0 ? "this" : property.Name, returns, accessor, index) with { Get = Visible(get), Set = Visible(set) && set!.IsPublic == accessor.IsPublic }, hides);
        }
        foreach (var field in type.GetFields(All).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly))
            if (!field.IsSpecialName)
                yield return (new ApiMember("field", field.Name, Render(field.FieldType, field, field), [], field.IsStatic, !field.IsPublic, false, false, false, field.ToString()!), false);
    }

    static ApiMember Describe(string kind, string name, string returns, MethodBase method, ParameterInfo[] parameters)
    {
        var described = parameters.Select(p => new ApiParameter(
            p.IsOut ? "out" : p.ParameterType.IsByRef ? "ref" : p.IsDefined(typeof(ParamArrayAttribute)) ? "params" : p.Position == 0 && method.IsDefined(typeof(ExtensionAttribute)) ? "this" : "",
            Render(p.ParameterType, p, method), p.Name!, p.HasDefaultValue ? Default(p) : null)).ToArray();
        var text = $"{(method.IsStatic ? "static " : "")}{returns} {name}({string.Join(", ", described.Select(p => $"{p.Modifier} {p.Type} {p.Name}{(p.Default is null ? "" : " = " + p.Default)}".Trim()))})";
        return new ApiMember(kind, name, returns, described, method.IsStatic, !method.IsPublic, method.IsAbstract && !method.DeclaringType!.IsInterface, false, false, text.Replace('¿', '?'));
    }

    static string Default(ParameterInfo parameter)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        return parameter.DefaultValue switch
        {
            null => "null",
            string s => $"\"{s}\"",
            char c => $"'{c}'",
            bool b => b ? "true" : "false",
            var value when type.IsEnum => Enum.ToObject(type, value).ToString()!,
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            var other => other.ToString()!,
        };
    }

    static readonly Dictionary<string, string> Symbols = new()
    {
        ["op_Addition"] = "+", ["op_Subtraction"] = "-", ["op_Multiply"] = "*", ["op_Division"] = "/", ["op_Modulus"] = "%", ["op_UnaryNegation"] = "-",
        ["op_Equality"] = "==", ["op_Inequality"] = "!=", ["op_LessThan"] = "<", ["op_LessThanOrEqual"] = "<=", ["op_GreaterThan"] = ">", ["op_GreaterThanOrEqual"] = ">=",
        ["op_BitwiseAnd"] = "&", ["op_BitwiseOr"] = "|", ["op_ExclusiveOr"] = "^", ["op_OnesComplement"] = "~",
    };

    static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort",
        [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double",
        [typeof(char)] = "char", [typeof(string)] = "string", [typeof(object)] = "object", [typeof(nint)] = "nint",
    };

    /// <summary>The compiler stores tuple names and nullability beside a type, flattened in the order in which the type is written.</summary>
    static string Render(Type type, ICustomAttributeProvider place, MemberInfo member)
    {
        static IList<CustomAttributeData> Data(ICustomAttributeProvider where) => where is ParameterInfo p ? p.GetCustomAttributesData() : ((MemberInfo)where).GetCustomAttributesData();
        static byte[]? Flags(IList<CustomAttributeData> data, string name) => data.FirstOrDefault(a => a.AttributeType.Name == name)?.ConstructorArguments[0].Value switch
        {
            byte one => [one],
            IEnumerable<CustomAttributeTypedArgument> many => [.. many.Select(m => (byte)m.Value!)],
            _ => null,
        };
        var names = Data(place).FirstOrDefault(a => a.AttributeType.Name == nameof(TupleElementNamesAttribute))?.ConstructorArguments[0].Value is IEnumerable<CustomAttributeTypedArgument> list
            ? list.Select(n => (string?)n.Value).ToArray() : null;
        var flags = Flags(Data(place), "NullableAttribute");
        for (MemberInfo? context = member; flags is null && context is not null; context = context.DeclaringType)
            flags = Flags(context.GetCustomAttributesData(), "NullableContextAttribute");
        flags ??= [0];
        int nextName = 0, nextFlag = 0;
        return Write(type);

        string Mark() => (flags.Length == 1 ? flags[0] : flags[nextFlag++]) == 2 ? "¿" : "";

        string Write(Type t)
        {
            if (t.IsByRef) return Write(t.GetElementType()!);
            if (Nullable.GetUnderlyingType(t) is { } value) return Write(value) + "?";
            if (Keywords.TryGetValue(t, out var keyword)) return keyword + (t.IsValueType ? "" : Mark());
            if (t.IsGenericParameter) return t.Name + Mark();
            if (t.IsArray)
            {
                var mark = Mark();
                return Write(t.GetElementType()!) + "[" + new string(',', t.GetArrayRank() - 1) + "]" + mark;
            }
            var arguments = t.GetGenericArguments();
            var nullable = t.IsValueType && arguments.Length == 0 ? "" : Mark();
            if (t.IsValueType && t.Name.StartsWith("ValueTuple`"))
            {
                var own = arguments.Select(_ => names?[nextName++]).ToArray();
                return "(" + string.Join(",", arguments.Select((a, i) => Write(a) + (own[i] is null ? "" : " " + own[i]))) + ")";
            }
            var segments = t.Namespace!.StartsWith("TorchSharp") ? t.Namespace.Split('.').ToList() : [];
            int used = 0;
            foreach (var outer in Chain(t))
            {
                int count = outer.GetGenericArguments().Length - used;
                segments.Add(outer.Name.Split('`')[0] + (count > 0 ? "<" + string.Join(",", arguments.Skip(used).Take(count).Select(Write)) + ">" : ""));
                used += count;
            }
            return ApiMember.Unqualified(segments) + nullable;
        }
    }
}
