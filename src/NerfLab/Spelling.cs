namespace NerfLab;

/// <summary>What was perhaps meant by a word that is not known.</summary>
public static class Spelling
{
    /// <summary>"; did you mean x?" for the nearest word within reach, else what there is.</summary>
    /// <param name="wrong">What was written.</param>
    /// <param name="known">What could have been meant; nothing is said when this is empty.</param>
    public static string Suggest(string wrong, IEnumerable<string> known)
    {
        var words = known.Distinct().ToList();
        if (words.Count == 0) return "";
        var nearest = words.MinBy(w => Distance(wrong.ToLowerInvariant(), w.ToLowerInvariant()))!;
        return Distance(wrong.ToLowerInvariant(), nearest.ToLowerInvariant()) <= 1 + wrong.Length / 3 ? $"; did you mean {nearest}?" : $"; there are {string.Join(", ", words)}";
    }

    /// <summary>How many insertions, deletions and substitutions turn one word into the other (Levenshtein 1966).</summary>
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = int.Min(substitute, 1 + int.Min(row[j], row[j - 1]));
            }
        }
        return row[b.Length];
    }
}
