namespace NerfLab.Plotting;

/// <summary>What notebooks show of figures, views and pictures: a PNG and a line of text, and an HTML element where a value stands in a list.</summary>
public sealed class VisualFormatters
{
    /// <summary>What is kept in a notebook, the best first.</summary>
    internal const string Png = "image/png", Text = "text/plain", Html = "text/html";

    /// <summary>One formatter for each kind of output.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        [new Formatter(Png, v => Convert.ToBase64String(v.ToPng())), new Formatter(Text, v => v.Description), new Formatter(Html, v => v.ToHtml())];

    /// <summary>Writes one kind of output. Engines call <see cref="Format"/> by its name, so there is only one.</summary>
    sealed class Formatter(string mimeType, Func<Visual, string> write)
    {
        public string MimeType => mimeType;

        public bool Format(object value, TextWriter writer)
        {
            // What is not shown is nobody's but the text's: an engine takes "false" from a formatter of pictures for an empty picture.
            writer.Write(Seen(value) is { } visual ? write(visual) : mimeType == Png ? "" : value?.ToString());
            return true;
        }
    }

    static Visual? Seen(object? value) => value switch
    {
        Visual visual => visual,
        LiveFigure live => live.Figure,
        Bitmap bitmap => new ImageView(bitmap),
        Image image => new ImageView(image),
        _ => null,
    };
}
