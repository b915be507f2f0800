using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace NerfLab.Notebooks.Jupyter;

/// <summary>The cells that were run since the kernel started, for front ends that leaf through them.</summary>
internal sealed class History
{
    /// <summary>The number of this session: nothing is known of earlier ones.</summary>
    private const int Session = 1;

    private readonly List<Entry> _entries = [];

    public void Add(int count, string code, string? result) => _entries.Add(new Entry(count, code, result));

    /// <summary>What a <c>history_request</c> asks for: the last ones, those of a range, or those like a pattern.</summary>
    public JsonArray Find(Request request)
    {
        int most = int.Max(0, request.Whole("n") ?? int.MaxValue);
        IEnumerable<Entry> found = request.Text("hist_access_type", "tail") switch
        {
            "range" => Range(request.Whole("session") ?? 0, request.Whole("start") ?? 0, request.Whole("stop") ?? int.MaxValue),
            "search" => Search(request.Text("pattern", "*"), request.Flag("unique", false)).TakeLast(most),
            _ => _entries.TakeLast(most),
        };
        bool output = request.Flag("output", false);
        return [.. found.Select(e => new JsonArray(Session, e.Count, output ? new JsonArray(e.Code, e.Result) : JsonValue.Create(e.Code)))];
    }

    private IEnumerable<Entry> Range(int session, int start, int stop) => session is 0 or Session ? _entries.Where(e => e.Count >= start && e.Count < stop) : [];

    // The pattern's * stands for any text, its ? for one character.
    private IEnumerable<Entry> Search(string pattern, bool unique)
    {
        var expression = new Regex($"^{Regex.Escape(pattern).Replace(@"\*", ".*").Replace(@"\?", ".")}$", RegexOptions.Singleline | RegexOptions.NonBacktracking);
        var found = _entries.Where(e => expression.IsMatch(e.Code));
        return unique ? found.Reverse().DistinctBy(e => e.Code).Reverse() : found;
    }

    private sealed record Entry(int Count, string Code, string? Result);
}
