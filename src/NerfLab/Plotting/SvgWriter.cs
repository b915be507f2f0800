using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text;
using NerfLab.Imaging;

namespace NerfLab.Plotting;

/// <summary>Writes a sketch as SVG. Text and axes take the colour of the page around; a file of its own follows the reader's preference for dark or light.</summary>
internal sealed class SvgWriter
{
    readonly StringBuilder _svg = new();

    /// <summary>The element.</summary>
    /// <param name="sketch">What is drawn.</param>
    /// <param name="description">For who cannot see it.</param>
    public static string Write(Sketch sketch, string description)
    {
        var writer = new SvgWriter();
        writer.Add($"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {sketch.Width:0.##} {sketch.Height:0.##}' width='{sketch.Width:0.##}' height='{sketch.Height:0.##}' class='nerflab' role='img' aria-label='{Escaped(description)}'>");
        writer._svg.Append("<style>.nerflab{max-width:100%;height:auto;font-family:system-ui,sans-serif;color-scheme:light dark}.nerflab:root{color:#222}@media(prefers-color-scheme:dark){.nerflab:root{color:#ddd}}.nerflab path{stroke-linejoin:round;stroke-linecap:round}.nerflab image{image-rendering:pixelated}</style>");
        writer.Draw(sketch);
        return writer._svg.Append("</svg>").ToString();
    }

    void Draw(Sketch sketch)
    {
        foreach (var shape in sketch.Shapes)
        {
            switch (shape)
            {
                case Stroke s: Add($"<path fill='none' stroke='{Color(s.Ink)}'{Opacity("stroke-opacity", s.Ink)} stroke-width='{s.Width:0.##}'{(s.Dashed ? FormattableString.Invariant($" stroke-dasharray='{4 * s.Width:0.##}'") : "")} d='{Path(s.Points)}'/>"); break;
                case Fill f: Add($"<path fill='{Color(f.Ink)}'{Opacity("fill-opacity", f.Ink)} fill-rule='evenodd' d='{Path(f.Outline)}Z'/>"); break;
                case Dots d: Discs(d); break;
                case Label l: Add($"<text x='{l.At.X:0.#}' y='{l.At.Y:0.#}' font-size='{l.Size:0.#}' fill='{Color(l.Ink)}'{Opacity("fill-opacity", l.Ink)}{(l.Anchor == Anchor.Start ? "" : l.Anchor == Anchor.Middle ? " text-anchor='middle'" : " text-anchor='end'")}{(l.Bold ? " font-weight='600'" : "")}>{Escaped(l.Text)}</text>"); break;
                case Photo p: Add($"<image x='{p.Corner.X:0.##}' y='{p.Corner.Y:0.##}' width='{p.Size.X:0.##}' height='{p.Size.Y:0.##}' preserveAspectRatio='none' href='data:image/png;base64,{Convert.ToBase64String(ImageFile.Encode(p.Bitmap, ImageFormat.Png))}'/>"); break;
                case Part p: Within(p); break;
            }
        }
    }

    void Within(Part part)
    {
        // A nested element cuts off what lies outside of it, without a name that would have to be unique on the page.
        Add($"<svg x='{part.Corner.X:0.##}' y='{part.Corner.Y:0.##}' width='{part.Sketch.Width:0.##}' height='{part.Sketch.Height:0.##}' overflow='{(part.Clipped ? "hidden" : "visible")}'>");
        Draw(part.Sketch);
        _svg.Append("</svg>");
    }

    void Discs(Dots dots)
    {
        for (int i = 0; i < dots.Centers.Count; i++)
        {
            var (c, ink) = (dots.Centers[i], dots.Inks[i % dots.Inks.Count]);
            if (c.Length() < 1e6f) Add($"<circle cx='{c.X:0.#}' cy='{c.Y:0.#}' r='{dots.Radius:0.##}' fill='{Color(ink)}'{Opacity("fill-opacity", ink)}/>");
        }
    }

    static string Path(IReadOnlyList<Vector2> points)
    {
        var path = new StringBuilder();
        foreach (var p in points)
            if (p.Length() < 1e6f) path.Append(path.Length == 0 ? 'M' : 'L').Append(CultureInfo.InvariantCulture, $"{p.X:0.##} {p.Y:0.##}");
        return path.Length == 0 ? "M0 0" : points.Count == 1 ? path.Append("h0").ToString() : path.ToString();
    }

    static string Color(Ink ink) => ink.Color is null ? "currentColor" : ink.Hex;

    static string Opacity(string name, Ink ink) => ink.Opacity < 1 ? FormattableString.Invariant($" {name}='{ink.Opacity:0.##}'") : "";

    // Signs that XML cannot hold are left out.
    static string Escaped(string text) => WebUtility.HtmlEncode(string.Concat(text.Where(c => c >= ' ' && c is not ('\ufffe' or '\uffff') && !char.IsSurrogate(c))));

    void Add(FormattableString text) => _svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
