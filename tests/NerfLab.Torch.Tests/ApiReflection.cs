using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace NerfLab.Torch.Tests;

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
