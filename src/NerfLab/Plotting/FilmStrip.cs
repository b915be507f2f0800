namespace NerfLab.Plotting;

/// <summary>One row of pictures in time: how a rendering grows, what a camera sees on its way. Of many it shows some, evenly apart, the first and the last among them.</summary>
/// <param name="Title">Above them; may be empty.</param>
[TypeFormatterSource(typeof(VisualFormatters), PreferredMimeTypes = [VisualFormatters.Png, VisualFormatters.Text])]
public sealed record FilmStrip(string Title = "") : Visual
{
    /// <summary>So many pictures are shown at most.</summary>
    public int Most { get; init; } = 6;

    /// <summary>The largest height of a picture, pixels on a page.</summary>
    public float MaxHeight { get; init; } = 420;

    internal IReadOnlyList<(Bitmap Picture, string Caption)> Frames { get; init; } = [];

    /// <summary>The strip with one more picture.</summary>
    public FilmStrip Add(Bitmap picture, string caption = "") => this with { Frames = [.. Frames, (picture, caption)] };

    /// <summary>The strip with one more picture; its values are copied.</summary>
    public FilmStrip Add(Image picture, string caption = "") => Add(picture.ToBitmap(), caption);

    /// <summary>The strip with one more picture; its values are copied.</summary>
    /// <param name="picture">[H,W,1|3|4] or [H,W], 0 to 1.</param>
    /// <param name="caption">Below it.</param>
    public FilmStrip Add(Tensor picture, string caption = "") => Add(ImageView.Bitmap(picture), caption);

    /// <inheritdoc/>
    public override string Description => $"Film{(Title.Length > 0 ? $": {Title}" : "")}; {Frames.Count} picture{(Frames.Count == 1 ? "" : "s")}{(Frames.Count > 0 && Frames[0].Caption.Length > 0 ? $" from {Frames[0].Caption} to {Frames[^1].Caption}" : "")}";

    /// <inheritdoc/>
    internal override Sketch Draw()
    {
        if (Most < 1) throw new BadInputException($"Most {Most}: expected at least 1 picture");
        int shown = int.Min(Most, Frames.Count);
        var chosen = Enumerable.Range(0, shown).Select(i => Frames[shown == 1 ? Frames.Count - 1 : (int)((long)i * (Frames.Count - 1) / (shown - 1))]);
        return new ImageGrid(Title) { Pictures = [.. chosen], Columns = int.Max(1, shown), MaxHeight = MaxHeight, Width = Width }.Draw();
    }
}
