using System.Net;
using System.Text;

namespace NerfLab.Notebooks;

/// <summary>
/// Formulas in LaTeX as MathML, which browsers draw by themselves: the part of LaTeX that notebooks need. What it does not know stays
/// visible as it was written.
/// </summary>
public static class MathMl
{
    /// <summary>A formula as a <c>math</c> element.</summary>
    /// <param name="latex">Without the dollar signs.</param>
    /// <param name="isBlock">It stands in a line of its own.</param>
    public static string Of(string latex, bool isBlock)
    {
        var parser = new MathParser(latex, isBlock);
        var body = parser.All();
        return $"<math{(isBlock ? " display=\"block\"" : "")}><semantics><mrow>{body}</mrow><annotation encoding=\"application/x-tex\">{WebUtility.HtmlEncode(latex.Trim())}</annotation></semantics></math>";
    }

    /// <summary>The first command of a formula that is not known; null when all are.</summary>
    public static string? UnknownIn(string latex)
    {
        var parser = new MathParser(latex, isBlock: true);
        parser.All();
        return parser.Unknown;
    }
}

/// <summary>Reads a formula from left to right.</summary>
internal sealed class MathParser(string text, bool isBlock)
{
    private const int Deepest = 60;

    private int _at, _depth;

    /// <summary>The first thing that was not understood.</summary>
    public string? Unknown { get; private set; }

    public string All()
    {
        var all = new StringBuilder(Row(_ => false));
        while (_at < text.Length) // a bracket too many
        {
            Missing(text[_at++].ToString());
            all.Append(Row(_ => false));
        }
        return all.ToString();
    }

    // Everything up to a closing brace, the end, or a word that ends it.
    private string Row(Func<string, bool> ends)
    {
        var row = new StringBuilder();
        if (++_depth > Deepest) return Rest();
        while (Next() is { } token && token != "}" && !ends(token)) row.Append(WithScripts());
        _depth--;
        return row.ToString();
    }

    // A base with what stands below and above it.
    private string WithScripts()
    {
        var name = Next()!;
        var body = name is "^" or "_" ? "<mrow></mrow>" : Atom();
        string? below = null, above = null;
        while (Next() is "^" or "_" or "'")
        {
            var mark = Take()!;
            if (mark == "'") above = $"{above}<mo>′</mo>";
            else if (mark == "_") below = Argument();
            else above = above is null ? Argument() : $"<mrow>{above}{Argument()}</mrow>";
        }
        if (above is not null && above.StartsWith("<mo>′</mo><mo>", StringComparison.Ordinal)) above = $"<mrow>{above}</mrow>";
        bool isLarge = MathSymbols.Limits.Contains(name) && (isBlock || !MathSymbols.Large.ContainsKey(name) || name is "\\underbrace" or "\\overbrace");
        var (u, o) = isLarge && name is not ("\\int" or "\\oint") ? ("munder", "mover") : ("msub", "msup");
        return (below, above) switch
        {
            (null, null) => body,
            (not null, null) => $"<{u}>{body}{below}</{u}>",
            (null, not null) => $"<{o}>{body}{above}</{o}>",
            _ => u == "munder" ? $"<munderover>{body}{below}{above}</munderover>" : $"<msubsup>{body}{below}{above}</msubsup>",
        };
    }

    private string Atom()
    {
        var token = Take()!;
        if (token == "{") return Group();
        if (char.IsAsciiDigit(token[0]) || (token[0] == '.' && token.Length > 1)) return $"<mn>{token}</mn>";
        if (token[0] != '\\') return char.IsLetter(token[0]) ? $"<mi>{Html(token)}</mi>" : token == "&" ? Missing("&") : $"<mo{(token is "|" or "/" ? " stretchy=\"false\"" : token is "(" or ")" or "[" or "]" ? " stretchy=\"false\"" : "")}>{Html(token == "-" ? "−" : token == "*" ? "∗" : token)}</mo>";
        if (MathSymbols.Letters.TryGetValue(token, out var letter)) return $"<mi>{letter}</mi>";
        if (MathSymbols.Large.TryGetValue(token, out var large)) return $"<mo>{large}</mo>";
        if (MathSymbols.Operators.TryGetValue(token, out var sign)) return $"<mo stretchy=\"false\">{Html(sign)}</mo>";
        if (MathSymbols.Functions.Contains(token)) return $"<mi>{token[1..]}</mi><mo>&#x2061;</mo>".Replace("<mo>&#x2061;</mo>", "", StringComparison.Ordinal);
        if (MathSymbols.Spaces.TryGetValue(token, out var width)) return $"<mspace width=\"{width}\"></mspace>";
        if (MathSymbols.Accents.TryGetValue(token, out var accent)) return $"<mover accent=\"true\">{Argument()}<mo{(token is "\\overline" or "\\widehat" or "\\widetilde" or "\\overbrace" ? "" : " stretchy=\"false\"")}>{accent}</mo></mover>";
        if (MathSymbols.Alphabets.TryGetValue(token, out var alphabet)) return Letters(alphabet);
        switch (token)
        {
            case "\\frac" or "\\tfrac" or "\\dfrac": return $"<mfrac>{Argument()}{Argument()}</mfrac>";
            case "\\binom": return $"<mrow><mo>(</mo><mfrac linethickness=\"0\">{Argument()}{Argument()}</mfrac><mo>)</mo></mrow>";
            case "\\sqrt":
                if (Next() != "[") return $"<msqrt>{Argument()}</msqrt>";
                Take();
                var degree = Row(t => t == "]");
                Take();
                return $"<mroot>{Argument()}<mrow>{degree}</mrow></mroot>";
            case "\\underline": return $"<munder>{Argument()}<mo>_</mo></munder>";
            case "\\underbrace": return $"<munder>{Argument()}<mo>⏟</mo></munder>";
            case "\\text" or "\\textrm" or "\\mbox" or "\\textbf" or "\\textit": return $"<mtext>{Html(Verbatim())}</mtext>";
            case "\\operatorname": return $"<mi>{Html(Verbatim())}</mi>";
            case "\\left": return Fenced();
            case "\\middle" or "\\big" or "\\Big" or "\\bigl" or "\\bigr" or "\\Bigl" or "\\Bigr" or "\\bigg" or "\\Bigg": return $"<mo stretchy=\"false\">{Delimiter(Take())}</mo>";
            case "\\begin": return Table(Verbatim());
            case "\\displaystyle" or "\\textstyle" or "\\limits" or "\\nolimits" or "\\nonumber": return "";
            case "\\tag": return $"<mspace width=\"2em\"></mspace><mtext>({Html(Verbatim())})</mtext>";
            case "\\boxed": return $"<mrow>{Argument()}</mrow>";
            case "\\color": Verbatim(); return "";
            default: return Missing(token);
        }
    }

    private string Group()
    {
        var row = Row(_ => false);
        if (Next() == "}") Take();
        else Missing("{");
        return $"<mrow>{row}</mrow>";
    }

    private string Argument()
    {
        if (Next() is null or "}")
        {
            Missing("an argument");
            return "<mrow></mrow>";
        }
        if (++_depth > Deepest) return Rest();
        // Without braces an argument is a single digit: x^23 is x^2 3.
        if (char.IsAsciiDigit(Next()![0]))
        {
            while (char.IsWhiteSpace(text[_at])) _at++;
            _depth--;
            return $"<mn>{text[_at++]}</mn>";
        }
        var argument = Atom();
        _depth--;
        return argument == "" ? "<mrow></mrow>" : argument;
    }

    private string Fenced()
    {
        var open = Delimiter(Take());
        var row = Row(t => t == "\\right");
        var close = "";
        if (Take() == "\\right") close = Delimiter(Take());
        else Missing("\\left");
        return $"<mrow>{Fence(open)}{row}{Fence(close)}</mrow>";

        static string Fence(string sign) => sign == "" ? "" : $"<mo fence=\"true\" stretchy=\"true\">{sign}</mo>";
    }

    private string Delimiter(string? token) => token switch
    {
        null => Missing("a bracket"),
        "." => "",
        "\\{" => "{",
        "\\}" => "}",
        _ when MathSymbols.Operators.TryGetValue(token, out var sign) => Html(sign),
        _ => Html(token),
    };

    private string Table(string kind)
    {
        var (open, close) = kind switch { "pmatrix" => ("(", ")"), "bmatrix" => ("[", "]"), "vmatrix" => ("|", "|"), "Bmatrix" => ("{", "}"), "cases" => ("{", ""), _ => ("", "") };
        if (kind is not ("pmatrix" or "bmatrix" or "vmatrix" or "Bmatrix" or "matrix" or "cases" or "aligned" or "align" or "align*" or "split" or "array" or "gathered")) Missing($"\\begin{{{kind}}}");
        if (kind == "array") Verbatim(); // columns
        bool isAligned = kind is "aligned" or "align" or "align*" or "split";
        var rows = new StringBuilder();
        bool more = true;
        while (more)
        {
            rows.Append("<mtr>");
            for (int column = 0; ; column++)
            {
                var side = isAligned ? column % 2 == 0 ? "right" : "left" : kind == "cases" ? "left" : "center";
                rows.Append($"<mtd style=\"text-align:{side}{(isAligned ? ";padding-inline:0" : "")}\">{(isAligned ? "<mstyle displaystyle=\"true\">" : "")}{Row(t => t is "&" or "\\\\" or "\\end")}{(isAligned ? "</mstyle>" : "")}</mtd>");
                if (Next() != "&") break;
                Take();
            }
            rows.Append("</mtr>");
            more = Take() == "\\\\" && Next() != "\\end";
            if (!more && Next() == "\\end") Take();
        }
        if (Next() == "{") Verbatim();
        else Missing("\\begin");
        return $"<mrow>{(open == "" ? "" : $"<mo fence=\"true\">{open}</mo>")}<mtable>{rows}</mtable>{(close == "" ? "" : $"<mo fence=\"true\">{close}</mo>")}</mrow>";
    }

    // The text of a group in another alphabet.
    private string Letters(string alphabet)
    {
        if (alphabet == "normal") return $"<mi mathvariant=\"normal\">{Html(Verbatim())}</mi>";
        var inner = Next() == "{" ? Verbatim() : Take() ?? "";
        var letters = string.Concat(inner.Select(c => MathSymbols.InAlphabet(c, alphabet)));
        return inner.All(c => char.IsAsciiLetterOrDigit(c)) && inner != "" ? $"<mi>{letters}</mi>" : $"<mrow>{new MathParser(inner, isBlock).Styled(alphabet, this)}</mrow>";
    }

    // \mathbf{x}_i + \boldsymbol{\theta}: letters take the style, everything else stays.
    private string Styled(string alphabet, MathParser outer)
    {
        var all = All();
        outer.Unknown ??= Unknown;
        return alphabet == "bold" ? $"<mstyle style=\"font-weight:bold\">{all}</mstyle>" : all;
    }

    private string Verbatim()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
        if (_at >= text.Length || text[_at] != '{') return Take() ?? Missing("an argument");
        int depth = 0, start = _at + 1;
        for (; _at < text.Length; _at++)
        {
            if (text[_at] == '{') depth++;
            if (text[_at] == '}' && --depth == 0) return text[start.._at++];
        }
        Missing("{");
        return text[start..];
    }

    private string? Next()
    {
        int here = _at;
        var token = Take();
        _at = here;
        return token;
    }

    private string? Take()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
        if (_at >= text.Length) return null;
        int start = _at++;
        char c = text[start];
        if (c == '\\' && _at < text.Length)
        {
            if (char.IsAsciiLetter(text[_at])) while (_at < text.Length && char.IsAsciiLetter(text[_at])) _at++;
            else _at++;
        }
        else if (char.IsAsciiDigit(c) || (c == '.' && _at < text.Length && char.IsAsciiDigit(text[_at])))
            while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || (text[_at] == '.' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1])))) _at++;
        return text[start.._at];
    }

    // Nested too deeply for anybody to read: what is left stays as it was written.
    private string Rest()
    {
        var rest = text[_at..];
        _at = text.Length;
        return Missing(rest);
    }

    private string Missing(string token)
    {
        Unknown ??= token;
        return $"<mtext class=\"unknown\">{Html(token)}</mtext>";
    }

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
