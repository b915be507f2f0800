using System.Globalization;

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
