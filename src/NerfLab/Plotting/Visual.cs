using System.Net;
using System.Text.Json.Nodes;
using NerfLab.Imaging;

namespace NerfLab.Plotting;

/// <summary>Something to look at: a figure or a view of pictures. It is data until it is shown, and changed by <c>with</c>.</summary>
public abstract record Visual
{
    /// <summary>Pixels on a page, 120 to 4000.</summary>
    public float Width { get; init; } = 800;

    /// <summary>How many colours PNG files may have, 2 to 256, which makes those of paintings and photographs a third as large; 0 for as many as there are.</summary>
    public int MostColors { get; init; }

    /// <summary>One or two lines that say what is seen, without anything that differs between two runs of the same computation.</summary>
    public abstract string Description { get; }

    /// <summary>The shapes at the wanted width.</summary>
    internal abstract Sketch Draw();

    /// <summary>What plotly.js draws; null where it draws nothing better than the picture.</summary>
    internal virtual JsonObject? Plotly => null;

    /// <summary>The picture, on white.</summary>
    /// <param name="scale">Pixels of the picture for one of the page: 2 is sharp on every screen.</param>
    public Bitmap ToBitmap(float scale = 2) => Raster.Paint(Checked().Draw(), scale);

    /// <summary>The picture as a PNG file; the same figure gives the same bytes.</summary>
    /// <inheritdoc cref="ToBitmap"/>
    public byte[] ToPng(float scale = 2)
    {
        if (MostColors is not (0 or (>= 2 and <= 256))) throw new BadInputException($"MostColors {MostColors}: 2 to 256 are expected, or 0 for as many as there are");
        var bitmap = MostColors > 0 ? FewColors.Of(ToBitmap(scale), MostColors) : ToBitmap(scale);
        return PalettePng.Encode(bitmap) ?? ImageFile.Encode(bitmap, ImageFormat.Png);
    }

    /// <summary>The picture as an SVG element, which takes the colour of text from the page around it.</summary>
    public string ToSvg() => SvgWriter.Write(Checked().Draw(), Description);

    /// <summary>The picture as an HTML element that holds everything itself.</summary>
    public string ToHtml() => $"<img src=\"data:image/png;base64,{Convert.ToBase64String(ToPng())}\" width=\"{Draw().Width:0}\" style=\"max-width:100%\" alt=\"{WebUtility.HtmlEncode(Description)}\">";

    /// <summary>Writes a file whose kind is decided by its ending: .png, .jpg, .svg, or .html for a page that can be turned and zoomed.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">The ending is another one, or the file cannot be written.</exception>
    public void Write(string path)
    {
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".png": AtomicFile.Write(path, stream => stream.Write(ToPng())); break;
            case ".jpg" or ".jpeg": ImageFile.Write(path, ToBitmap()); break;
            case ".html": HtmlPage.Write(path, Path.GetFileNameWithoutExtension(path), this); break;
            case ".svg": AtomicFile.Write(path, ToSvg()); break;
            default: throw new BadInputException($"{path}: a figure is written as .png, .jpg, .svg or .html, not as \"{Path.GetExtension(path)}\"");
        }
    }

    /// <summary>The <see cref="Description"/>.</summary>
    public sealed override string ToString() => Description;

    /// <summary>The parts of a description: eight of them at most, so that a drawing of many lines can be described in a few.</summary>
    private protected static string Listed(IReadOnlyList<string> parts)
    {
        const int Most = 8;
        return string.Join("; ", parts.Take(Most)) + (parts.Count > Most ? $"; and {parts.Count - Most} more" : "");
    }

    Visual Checked() => Width is >= 120 and <= 4000 ? this : throw new BadInputException(FormattableString.Invariant($"Width {Width}: expected 120 to 4000 pixels"));
}
