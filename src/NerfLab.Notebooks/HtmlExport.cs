using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Markdig;
using Markdig.Extensions.Mathematics;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace NerfLab.Notebooks;

/// <summary>
/// Notebooks as pages that open from a file, without a network and without scripts: contents, coloured code, formulas, pictures, dark and
/// light, and an index of all.
/// </summary>
public static class HtmlExport
{
    internal static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseMathematics().UseTaskLists().UseAutoLinks().UseEmphasisExtras().UseFootnotes().Build();

    /// <summary>Writes a page for each notebook, and <c>index.html</c>.</summary>
    /// <param name="notebooks">In reading order, each with its file.</param>
    /// <param name="folder">Where to; made when it is missing.</param>
    /// <returns>The path of the index.</returns>
    /// <exception cref="BadInputException">The folder cannot be written.</exception>
    public static string Write(IReadOnlyList<(NotebookFile Notebook, string Path)> notebooks, string folder)
    {
        var pages = notebooks.Select(n => new NotebookPage(n.Notebook, System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(n.Path))!, folder)).ToList();
        for (int i = 0; i < pages.Count; i++)
            AtomicFile.Write(System.IO.Path.Combine(folder, pages[i].FileName), pages[i].Html(pages.ElementAtOrDefault(i - 1), i + 1 < pages.Count ? pages[i + 1] : null));
        var list = string.Concat(pages.Select(p => $"<li><a href=\"{Attribute(p.FileName)}\">{WebUtility.HtmlEncode(p.Title)}</a><p>{WebUtility.HtmlEncode(p.Opening)}</p></li>\n"));
        var index = System.IO.Path.Combine(folder, "index.html");
        AtomicFile.Write(index, Frame("Notebooks", "", $"<h1>Notebooks</h1>\n<ol class=\"index\">\n{list}</ol>"));
        return index;
    }

    /// <summary>The formula in a node of a text; null when it is none.</summary>
    internal static string? FormulaOf(MarkdownObject node) => node switch
    {
        MathInline inline => inline.Content.ToString(),
        MathBlock block => block.Lines.ToString(),
        _ => null,
    };

    /// <summary>A whole page around its content.</summary>
    internal static string Frame(string title, string contents, string main)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("page.html")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Replace("{{title}}", WebUtility.HtmlEncode(title)).Replace("{{contents}}", contents).Replace("{{main}}", main);
    }

    internal static string Attribute(string text) => WebUtility.HtmlEncode(Uri.EscapeDataString(text));
}

/// <summary>The page of one notebook.</summary>
internal sealed class NotebookPage
{
    private readonly NotebookFile _notebook;
    private readonly string _from, _to;
    private readonly HashSet<string> _anchors = [];
    private readonly List<(int Level, string Id, string Text)> _headings = [];
    private readonly List<string> _cells = [];

    /// <param name="notebook">What is shown.</param>
    /// <param name="from">The folder of the notebook, at which its links start.</param>
    /// <param name="to">The folder of the page.</param>
    public NotebookPage(NotebookFile notebook, string from, string to)
    {
        (_notebook, _from, _to) = (notebook, from, System.IO.Path.GetFullPath(to));
        var code = CodeColors.Of([.. notebook.Cells.Where(c => c.Kind == "code").Select(c => c.Source)]);
        int next = 0;
        foreach (var cell in notebook.Cells)
            _cells.Add(cell.Kind switch { "code" => Code(cell, code[next++]), "markdown" => Text(cell), _ => "" });
        Title = _headings.Select(h => h.Text).FirstOrDefault() ?? System.IO.Path.GetFileNameWithoutExtension(notebook.Name);
    }

    public string FileName => System.IO.Path.ChangeExtension(_notebook.Name, ".html");

    public string Title { get; }

    /// <summary>The first sentences.</summary>
    public string Opening { get; private set; } = "";

    public string Html(NotebookPage? before, NotebookPage? after)
    {
        var contents = string.Concat(_headings.Where(h => h.Level <= 3).Select(h => $"<li class=\"l{h.Level}\"><a href=\"#{WebUtility.HtmlEncode(h.Id)}\">{WebUtility.HtmlEncode(h.Text)}</a></li>\n"));
        var way = $"<nav class=\"way\">{Link(before, "← ", "")}<a href=\"index.html\">all notebooks</a>{Link(after, "", " →")}</nav>";
        return HtmlExport.Frame(Title, $"<nav class=\"contents\"><ul>\n{contents}</ul></nav>", $"{way}\n{string.Concat(_cells)}{way}");

        static string Link(NotebookPage? page, string left, string right) => page is null ? "<span></span>" : $"<a href=\"{HtmlExport.Attribute(page.FileName)}\">{left}{WebUtility.HtmlEncode(page.Title)}{right}</a>";
    }

    private static string Code(NotebookCell cell, string colored)
    {
        var html = new StringBuilder("<section class=\"code\">\n");
        if (cell.Source.Trim() != "") html.Append(CultureInfo.InvariantCulture, $"<pre class=\"source\"><code>{colored}</code></pre>\n");
        foreach (var output in cell.Outputs) html.Append(Output(output));
        return html.Append("</section>\n").ToString();
    }

    private static string Output(JsonObject output)
    {
        string? Form(string type) => output["data"] is JsonObject data ? NotebookReader.Lines(data[type]) : null;
        var plain = WebUtility.HtmlEncode(Form(ValueFormatter.Plain) ?? "");
        return output["output_type"]!.GetValue<string>() switch
        {
            "stream" => $"<pre class=\"{(output["name"]?.ToString() == "stderr" ? "out warning" : "out")}\">{WebUtility.HtmlEncode(NotebookReader.Lines(output["text"]))}</pre>\n",
            "error" => $"<pre class=\"out error\">{WebUtility.HtmlEncode(string.Join('\n', (output["traceback"] as JsonArray ?? []).Select(t => t?.ToString())))}</pre>\n",
            _ when Form("image/png") is { } picture => $"<img class=\"out\" alt=\"{plain}\" src=\"data:image/png;base64,{WebUtility.HtmlEncode(picture.ReplaceLineEndings(""))}\">\n",
            _ => $"<pre class=\"out\">{plain}</pre>\n",
        };
    }

    private string Text(NotebookCell cell)
    {
        var document = Markdown.Parse(cell.Source, HtmlExport.Pipeline);
        foreach (var heading in document.Descendants<HeadingBlock>())
        {
            var text = PlainOf(heading.Inline);
            var id = text.Replace(' ', '-'); // as Jupyter does, so that links within a notebook work
            for (int i = 2; !_anchors.Add(id); i++) id = FormattableString.Invariant($"{text.Replace(' ', '-')}-{i}");
            heading.GetAttributes().Id = id;
            _headings.Add((heading.Level, id, text));
        }
        if (Opening == "" && document.OfType<ParagraphBlock>().FirstOrDefault() is { } first) Opening = PlainOf(first.Inline);
        foreach (var link in document.Descendants<LinkInline>()) link.Url = Moved(link.Url ?? "", link.IsImage, cell);

        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var renderer = new HtmlRenderer(writer);
        HtmlExport.Pipeline.Setup(renderer);
        renderer.ObjectRenderers.RemoveAll(r => r is HtmlMathInlineRenderer or HtmlMathBlockRenderer or CodeBlockRenderer);
        renderer.ObjectRenderers.Insert(0, new Formula());
        renderer.ObjectRenderers.Insert(0, new FormulaBlock());
        renderer.ObjectRenderers.Insert(2, new Listing());
        renderer.Render(document);
        writer.Flush();
        return $"<section class=\"text\">\n{writer}</section>\n";
    }

    // Pictures come along; links lead from the page to where they led from the notebook.
    private string Moved(string url, bool isPicture, NotebookCell cell)
    {
        if (url.StartsWith("attachment:", StringComparison.Ordinal))
            return cell.Attachments?[Uri.UnescapeDataString(url[11..])] is JsonObject { Count: > 0 } forms && forms.First() is { Key: var type, Value: { } data } ? $"data:{type};base64,{data}" : url;
        if (url == "" || url[0] == '#' || Uri.TryCreate(url, UriKind.Absolute, out _)) return url;
        var parts = url.Split('#', 2);
        var file = System.IO.Path.GetFullPath(System.IO.Path.Combine(_from, Uri.UnescapeDataString(parts[0])));
        if (isPicture && File.Exists(file) && MimeType(file) is { } picture) return $"data:{picture};base64,{Convert.ToBase64String(File.ReadAllBytes(file))}";
        if (System.IO.Path.GetExtension(file) == ".ipynb" && System.IO.Path.GetDirectoryName(file) == _from) return System.IO.Path.ChangeExtension(parts[0], ".html") + (parts.Length > 1 ? "#" + parts[1] : "");
        return string.Join('/', System.IO.Path.GetRelativePath(_to, file).Split(System.IO.Path.DirectorySeparatorChar).Select(Uri.EscapeDataString)) + (parts.Length > 1 ? "#" + parts[1] : "");
    }

    private static string? MimeType(string file) => System.IO.Path.GetExtension(file).ToLowerInvariant() switch { ".png" => "image/png", ".jpg" or ".jpeg" => "image/jpeg", ".gif" => "image/gif", ".svg" => "image/svg+xml", _ => null };

    private static string PlainOf(ContainerInline? inline) => inline is null ? "" : string.Concat(inline.Descendants().Select(i => i switch
    {
        LiteralInline l => l.Content.ToString(),
        CodeInline c => c.Content,
        MathInline m => m.Content.ToString(),
        LineBreakInline => " ",
        _ => "",
    })).Trim();

    private sealed class Formula : HtmlObjectRenderer<MathInline>
    {
        protected override void Write(HtmlRenderer renderer, MathInline obj) => renderer.Write(MathMl.Of(obj.Content.ToString(), obj.DelimiterCount > 1));
    }

    private sealed class FormulaBlock : HtmlObjectRenderer<MathBlock>
    {
        protected override void Write(HtmlRenderer renderer, MathBlock obj) => renderer.Write(MathMl.Of(obj.Lines.ToString(), isBlock: true));
    }

    private sealed class Listing : HtmlObjectRenderer<CodeBlock>
    {
        protected override void Write(HtmlRenderer renderer, CodeBlock obj)
        {
            var text = obj.Lines.ToString();
            bool isCSharp = obj is FencedCodeBlock { Info: "csharp" or "cs" or "c#" or "C#" };
            renderer.Write("<pre class=\"source\"><code>").Write(isCSharp ? CodeColors.Of([text])[0] : WebUtility.HtmlEncode(text)).Write("</code></pre>\n");
        }
    }
}
