namespace NerfLab.Notebooks;

/// <summary>LaTeX's names of signs.</summary>
internal static class MathSymbols
{
    public static readonly Dictionary<string, string> Letters = Read("""
        alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ varrho ϱ
        sigma σ tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
        infty ∞ partial ∂ nabla ∇ ell ℓ hbar ℏ Re ℜ Im ℑ emptyset ∅ varnothing ∅ top ⊤ bot ⊥ degree °
        """);

    public static readonly Dictionary<string, string> Large = Read("sum ∑ prod ∏ int ∫ iint ∬ iiint ∭ oint ∮ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ coprod ∐");

    public static readonly Dictionary<string, string> Operators = Read("""
        cdot ⋅ times × div ÷ pm ± mp ∓ ast ∗ star ⋆ circ ∘ bullet ∙ oplus ⊕ otimes ⊗ odot ⊙ le ≤ leq ≤ ge ≥ geq ≥ ll ≪ gg ≫ ne ≠ neq ≠ approx ≈ equiv ≡ sim ∼ simeq ≃ propto ∝ cong ≅
        to → rightarrow → leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ mapsto ↦ longrightarrow ⟶ implies ⟹ iff ⟺ uparrow ↑ downarrow ↓ gets ←
        in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ cup ∪ cap ∩ setminus ∖ forall ∀ exists ∃ neg ¬ lnot ¬ land ∧ wedge ∧ lor ∨ vee ∨ perp ⊥ parallel ∥ mid ∣
        dots … ldots … cdots ⋯ vdots ⋮ ddots ⋱ colon : prime ′ langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ lVert ‖ rVert ‖ Vert ‖ lvert | rvert | vert | lbrace { rbrace } lbrack [ rbrack ] backslash \
        { { } } | ‖ % % # # & & _ _ $ $
        """);

    public static readonly HashSet<string> Functions =
        [.. "exp log ln sin cos tan sinh cosh tanh arcsin arccos arctan max min sup inf lim arg argmax argmin det dim ker Pr deg gcd sigmoid".Split(' ').Select(n => "\\" + n)];

    /// <summary>Whose limits stand below and above.</summary>
    public static readonly HashSet<string> Limits = [.. Large.Keys, "\\max", "\\min", "\\sup", "\\inf", "\\lim", "\\argmax", "\\argmin", "\\underbrace", "\\operatorname"];

    public static readonly Dictionary<string, string> Spaces = new() { ["\\,"] = "0.17em", ["\\:"] = "0.22em", ["\\;"] = "0.28em", ["\\!"] = "-0.17em", ["\\ "] = "0.25em", ["\\quad"] = "1em", ["\\qquad"] = "2em", ["~"] = "0.25em" };

    public static readonly Dictionary<string, string> Accents = Read("hat ^ widehat ^ bar ¯ overline ¯ tilde ~ widetilde ~ vec → dot ˙ ddot ¨ overbrace ⏞");

    public static readonly Dictionary<string, string> Alphabets = Read("mathbf bold boldsymbol bold bm bold mathcal script mathscr script mathbb double mathrm normal mathit italic mathsf sans mathtt mono mathfrak fraktur");

    /// <summary>A letter in another alphabet; itself where the alphabet has none.</summary>
    public static string InAlphabet(char c, string alphabet)
    {
        // Unicode had some of the letters before it had the alphabets.
        if (alphabet == "script" && "BEFHILMRego".IndexOf(c) is >= 0 and var s) return "ℬℰℱℋℐℒℳℛℯℊℴ"[s].ToString();
        if (alphabet == "double" && "CHNPQRZ".IndexOf(c) is >= 0 and var d) return "ℂℍℕℙℚℝℤ"[d].ToString();
        if (alphabet == "fraktur" && "CHIRZ".IndexOf(c) is >= 0 and var f) return "ℭℌℑℜℨ"[f].ToString();
        var (upper, lower, digits) = alphabet switch
        {
            "bold" => (0x1D400, 0x1D41A, 0x1D7CE),
            "script" => (0x1D49C, 0x1D4B6, 0),
            "double" => (0x1D538, 0x1D552, 0x1D7D8),
            "sans" => (0x1D5A0, 0x1D5BA, 0x1D7E2),
            "mono" => (0x1D670, 0x1D68A, 0x1D7F6),
            "fraktur" => (0x1D504, 0x1D51E, 0),
            _ => (0, 0, 0),
        };
        return c switch
        {
            >= 'A' and <= 'Z' when upper > 0 => char.ConvertFromUtf32(upper + c - 'A'),
            >= 'a' and <= 'z' when lower > 0 => char.ConvertFromUtf32(lower + c - 'a'),
            >= '0' and <= '9' when digits > 0 => char.ConvertFromUtf32(digits + c - '0'),
            _ => c.ToString(),
        };
    }

    private static Dictionary<string, string> Read(string pairs)
    {
        var words = pairs.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Chunk(2).ToDictionary(p => "\\" + p[0], p => p[1]);
    }
}
