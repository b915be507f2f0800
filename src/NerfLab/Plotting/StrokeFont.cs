using System.Numerics;

namespace NerfLab.Plotting;

/// <summary>Letters as strokes on a grid 4 wide and 6 high: capitals, digits and a little more. Small letters look like capitals.</summary>
internal static class StrokeFont
{
    /// <summary>From one letter to the next, in grid units.</summary>
    public const float Advance = 6;

    /// <summary>Of every letter, in grid units.</summary>
    public const float Height = 6;

    // Column and row of every corner; a blank lifts the pen.
    private static readonly Dictionary<char, string> s_letters = new()
    {
        ['A'] = "0004264440 0343", ['B'] = "00063645443303 3342413000", ['C'] = "4536160501103041", ['D'] = "00062644422000", ['E'] = "46060040 0333",
        ['F'] = "460600 0333", ['G'] = "45361605011030414323", ['H'] = "0006 4046 0343", ['I'] = "2026 1030 1636", ['J'] = "4641301001",
        ['K'] = "0006 4602 1340", ['L'] = "060040", ['M'] = "0006234640", ['N'] = "00064046", ['O'] = "100105163645413010",
        ['P'] = "00063645443303", ['Q'] = "100105163645413010 2240", ['R'] = "00063645443303 2340", ['S'] = "453616050413334241301001", ['T'] = "0646 2620",
        ['U'] = "060110304146", ['V'] = "062046", ['W'] = "0610233046", ['X'] = "0046 0640", ['Y'] = "0623 4623 2320", ['Z'] = "06460040",
        ['0'] = "100105163645413010 0145", ['1'] = "152620 1030", ['2'] = "05163645440040", ['3'] = "05163645443313 334241301001", ['4'] = "30360242",
        ['5'] = "460603334241301001", ['6'] = "453616050110304142331302", ['7'] = "064610", ['8'] = "13040516364544331302011030414233", ['9'] = "443313040516364541301001",
        ['.'] = "2021", [','] = "2110", [':'] = "2122 2425", ['-'] = "1333", ['+'] = "1333 2224", ['='] = "0242 0444", ['_'] = "0040", ['/'] = "0046",
        ['('] = "36252130", [')'] = "16252110", ['#'] = "1016 3036 0242 0444", ['%'] = "0046 0516 3041",
    };

    /// <summary>The strokes of a letter, from the lower left corner upwards; none for what the font has not.</summary>
    public static IEnumerable<(Vector2 From, Vector2 To)> Strokes(char letter)
    {
        foreach (var line in s_letters.GetValueOrDefault(char.ToUpperInvariant(letter), "").Split(' '))
            for (var i = 2; i < line.Length; i += 2)
                yield return (At(line, i - 2), At(line, i));

        static Vector2 At(string line, int i) => new(line[i] - '0', line[i + 1] - '0');
    }
}
