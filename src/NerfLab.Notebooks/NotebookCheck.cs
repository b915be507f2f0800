using System.Text.Json.Nodes;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace NerfLab.Notebooks;

/// <summary>What is wrong with a notebook as it lies there, without running it.</summary>
public static class NotebookCheck
{
    private const int LargestFile = 1_000_000; // bytes

    private static readonly byte[] Png = [0x89, (byte)'P', (byte)'N', (byte)'G'];

    /// <summary>One sentence for each fault.</summary>
    public static IReadOnlyList<string> Faults(string path)
    {
        NotebookFile notebook;
        try
        {
            notebook = NotebookFile.Read(path);
        }
        catch (BadInputException e)
        {
            return [e.Message];
        }
        return [.. OfFile(notebook, path), .. notebook.Cells.SelectMany((cell, i) => OfCell(notebook, cell).Concat(OfLinks(cell, path)).Select(fault => $"{notebook.LabelOf(i)}: {fault}")), .. OfNumbers(notebook)];
    }

    private static IEnumerable<string> OfFile(NotebookFile notebook, string path)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes.Length > LargestFile) yield return FormattableString.Invariant($"{notebook.Name}: has {bytes.Length / 1e6:0.0} MB; at most 1 MB is expected");
        if (notebook.MinorVersion != 5) yield return $"{notebook.Name}: is nbformat 4.{notebook.MinorVersion}; 4.5 is expected";
        if (notebook.CellsWithoutId > 0) yield return $"{notebook.Name}: {notebook.CellsWithoutId} cells have no id of their own";
        var kernel = Text(notebook.Metadata["kernelspec"], "name");
        if (kernel != ".net-csharp") yield return $"{notebook.Name}: has the kernel {kernel ?? "of nobody"}; .net-csharp is expected";
        var language = Text(notebook.Metadata["language_info"], "name");
        if (language is not ("C#" or "polyglot-notebook")) yield return $"{notebook.Name}: has the language {language ?? "of nobody"}; C# is expected";
        if (notebook.MinorVersion == 5 && notebook.CellsWithoutId == 0 && !bytes.AsSpan().SequenceEqual(notebook.ToBytes())) yield return $"{notebook.Name}: is not in the canonical form that nerflab notebook run --write gives it";
    }

    private static IEnumerable<string> OfCell(NotebookFile notebook, NotebookCell cell)
    {
        if (cell.Kind == "code" && !cell.IsCSharp) yield return $"is written for the kernel {cell.Language}; csharp is expected";
        foreach (var formula in cell.Kind == "markdown" ? Formulas(cell.Source) : [])
            if (MathMl.UnknownIn(formula) is { } unknown) yield return $"the formula ${formula}$ uses {unknown}, which the HTML export does not know";
        foreach (var output in cell.Outputs)
            switch (Text(output, "output_type"))
            {
                case "error": yield return $"holds an error ({Text(output, "ename")})"; break;
                case "stream" when Text(output, "name") is not ("stdout" or "stderr") || NotebookReader.Lines(output["text"]) is null: yield return "has a broken stream"; break;
                case "display_data" or "execute_result":
                    var data = output["data"] as JsonObject ?? [];
                    if (!data.ContainsKey(ValueFormatter.Plain)) yield return "has an output without text/plain";
                    foreach (var type in data.Select(d => d.Key).Where(t => t is not ("image/png" or ValueFormatter.Plain))) yield return $"has an output of the type {type}; image/png and text/plain are expected";
                    if (data.ContainsKey("image/png") && !IsPng(NotebookReader.Lines(data["image/png"]))) yield return "has a picture that is no PNG";
                    break;
            }
    }

    private static IEnumerable<string> OfNumbers(NotebookFile notebook)
    {
        int expected = 0;
        for (int i = 0; i < notebook.Cells.Count; i++)
            if (notebook.Cells[i].IsCSharp && notebook.Cells[i].ExecutionCount is var count && count != ++expected)
            {
                yield return $"{notebook.LabelOf(i)}: {(count is null ? "was not run" : $"was run as number {count}")}; nerflab notebook run --write runs all cells in their order";
                yield break;
            }
    }

    private static IEnumerable<string> OfLinks(NotebookCell cell, string path)
    {
        if (cell.Kind != "markdown") yield break;
        foreach (var link in Markdown.Parse(cell.Source, HtmlExport.Pipeline).Descendants<LinkInline>())
        {
            var url = link.Url ?? "";
            if (url.StartsWith("attachment:", StringComparison.Ordinal))
            {
                if (cell.Attachments?.ContainsKey(Uri.UnescapeDataString(url["attachment:".Length..])) is not true) yield return $"refers to {url}, which is not attached";
                continue;
            }
            if (url == "" || url[0] == '#' || Uri.TryCreate(url, UriKind.Absolute, out _)) continue;
            var file = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Uri.UnescapeDataString(url.Split('#', '?')[0]));
            if (!Path.Exists(file)) yield return $"links to {url}, which does not exist";
        }
    }

    private static IEnumerable<string> Formulas(string markdown) =>
        Markdown.Parse(markdown, HtmlExport.Pipeline).Descendants().Select(HtmlExport.FormulaOf).OfType<string>();

    private static bool IsPng(string? base64)
    {
        var bytes = new byte[(base64?.Length ?? 0) * 3 / 4 + 3];
        return base64 is not null && Convert.TryFromBase64String(base64, bytes, out int length) && bytes.AsSpan(0, length).StartsWith(Png);
    }

    private static string? Text(JsonNode? node, string key) => node is JsonObject o && o[key] is JsonValue v && v.TryGetValue<string>(out var text) ? text : null;
}
