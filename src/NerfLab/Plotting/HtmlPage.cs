using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace NerfLab.Plotting;

/// <summary>
/// A page that holds figures and everything that they need: it opens from a file, without a network. Figures can be zoomed and turned by plotly.js,
/// which the page holds once.
/// </summary>
public static class HtmlPage
{
    /// <summary>The pinned file plotly.min.js of plotly.js-dist-min; environment/setup fetches it by npm.</summary>
    internal const string Version = "4.1.2", Sha256 = "2f645d1bade8182fce161b7f10f89402f8b315805250ff4a94672a28d23c390a";

    const string Style = """
        :root{color-scheme:light dark;--paper:#fff;--ink:#21242b}@media(prefers-color-scheme:dark){:root{--paper:#16181d;--ink:#d8dbe2}}
        body{margin:0 auto;padding:20px;max-width:1000px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        h1{font-size:22px}.visual{margin:24px 0}.row{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:16px}
        """;

    // Text and grid follow the reader's preference for dark or light, also when it changes.
    const string Script = """
        const dark=matchMedia('(prefers-color-scheme:dark)');
        function draw(){const ink=dark.matches?'#d8dbe2':'#21242b',grid=dark.matches?'#3a3f4a':'#e3e5ea',axis={gridcolor:grid,linecolor:ink,zerolinecolor:grid};
        for(const data of document.querySelectorAll('script[type="application/json"]')){const f=JSON.parse(data.textContent),l=f.layout;l.font={color:ink,family:'system-ui,sans-serif'};
        for(const name of ['xaxis','yaxis'])if(l[name])l[name]={...l[name],...axis};
        if(l.scene)for(const name of ['xaxis','yaxis','zaxis'])l.scene[name]={...(l.scene[name]||{}),...axis,backgroundcolor:'rgba(0,0,0,0)'};
        Plotly.react(data.previousElementSibling,f.data,l,{responsive:true,displaylogo:false})}}
        draw();dark.addEventListener('change',draw);
        """;

    /// <summary>The page.</summary>
    /// <param name="title">Its title and heading.</param>
    /// <param name="visuals">From top to bottom.</param>
    /// <exception cref="BadInputException">plotly.js is needed and not there, or another version is.</exception>
    public static string Of(string title, params IReadOnlyList<Visual> visuals)
    {
        var page = new StringBuilder($"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{WebUtility.HtmlEncode(title)}</title><style>{Style}</style>");
        var body = string.Concat(visuals.Select(Element));
        bool plotly = body.Contains("<script type=\"application/json\">", StringComparison.Ordinal);
        page.Append($"<h1>{WebUtility.HtmlEncode(title)}</h1>").Append(body);
        if (plotly) page.Append("<script>").Append(Library(LibraryPath())).Append("</script><script>").Append(Script).Append("</script>");
        return page.Append("</html>\n").ToString();
    }

    /// <summary>Writes the page.</summary>
    /// <inheritdoc cref="Of"/>
    /// <param name="path">The file.</param>
    /// <param name="title">Its title and heading.</param>
    /// <param name="visuals">From top to bottom.</param>
    public static void Write(string path, string title, params IReadOnlyList<Visual> visuals) => AtomicFile.Write(path, Of(title, visuals));

    /// <summary>Where plotly.js lies: in artifacts/plotly of the folder that holds this library, or of one above; null if nowhere.</summary>
    internal static string? LibraryPath()
    {
        for (var folder = new DirectoryInfo(typeof(HtmlPage).Assembly.Location is { Length: > 0 } at ? Path.GetDirectoryName(at)! : AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            foreach (var place in (string[])["plotly", "artifacts/plotly"])
                if (Path.Combine(folder.FullName, place, "plotly.min.js") is var file && File.Exists(file)) return file;
        return null;
    }

    static string Element(Visual visual) => visual switch
    {
        FigureGrid grid => $"<div class=\"row\">{string.Concat(grid.Visuals.Select(Element))}</div>",
        // The encoder of JSON writes < as an escape, so that no text can end the element.
        _ when visual.Plotly is { } json => $"<div class=\"visual\"></div><script type=\"application/json\">{json.ToJsonString()}</script>",
        _ => $"<div class=\"visual\">{visual.ToSvg()}</div>",
    };

    /// <summary>The text of plotly.js.</summary>
    internal static string Library(string? path)
    {
        if (path is null) throw new BadInputException("artifacts/plotly/plotly.min.js is not there, and a page with figures needs it; environment/setup fetches it where there is npm, or write .svg or .png");
        var bytes = File.ReadAllBytes(path);
        if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != Sha256) throw new BadInputException($"{path}: not plotly.js {Version} as pinned; delete it and run environment/setup");
        return Encoding.UTF8.GetString(bytes).Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase);
    }
}
