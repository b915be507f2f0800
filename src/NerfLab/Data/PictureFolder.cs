using System.Globalization;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>Photographs in a folder called <c>images</c>, with smaller copies of all of them in folders beside it: <c>images</c>, <c>images_2</c>, <c>images_4</c>, <c>images_8</c>. Where there is none of these, photographs may lie in the folder above itself.</summary>
/// <param name="Path">The folder that is read.</param>
/// <param name="Factor">How many times smaller its pictures are than the photographs.</param>
/// <param name="Deep">Whether pictures in folders below count as well.</param>
internal readonly record struct PictureFolder(string Path, int Factor, bool Deep = true)
{
    internal static readonly string[] Extensions = [".png", ".jpg", ".jpeg"];

    /// <summary>The folder to read: the one with the largest factor up to the wanted one, else the one with the smallest; null where there is none.</summary>
    /// <param name="root">Where the folders are.</param>
    /// <param name="downscale">The wanted factor.</param>
    public static PictureFolder? Choose(string root, float downscale)
    {
        if (!Directory.Exists(root)) return null;
        var found = new List<PictureFolder>();
        foreach (var folder in Directory.EnumerateDirectories(root, "images*"))
        {
            var rest = System.IO.Path.GetFileName(folder)["images".Length..];
            if (rest == "") found.Add(new(folder, 1));
            else if (rest[0] == '_' && int.TryParse(rest.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var factor) && factor is >= 1 and <= 64) found.Add(new(folder, factor));
        }
        found.Sort((a, b) => a.Factor.CompareTo(b.Factor));
        if (found.Count == 0) return new PictureFolder(root, 1, Deep: false) is var flat && flat.Pictures().Count > 0 ? flat : null;
        return found.FindLastIndex(f => f.Factor <= downscale) is >= 0 and var i ? found[i] : found[0];
    }

    /// <summary>All pictures, in the order of their paths.</summary>
    public List<string> Pictures() =>
        [.. Directory.EnumerateFiles(Path, "*", Deep ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly).Where(f => Extensions.Contains(System.IO.Path.GetExtension(f).ToLowerInvariant())).Order(StringComparer.Ordinal)];

    /// <summary>A view with a picture of this folder.</summary>
    /// <param name="picture">The file.</param>
    /// <param name="camera">The camera of the photograph, before it was made smaller.</param>
    /// <param name="downscale">The wanted factor.</param>
    /// <param name="mask">The file of the mask, if there is one.</param>
    /// <exception cref="BadInputException">The picture is no smaller copy of that photograph.</exception>
    public View View(string picture, Camera camera, float downscale, string? mask = null)
    {
        var (width, height, hasAlpha) = PictureFile.Measure(picture);
        // Whoever made the picture smaller rounded one side or both.
        if (double.Abs((double)camera.Height * width / camera.Width - height) > 1 && double.Abs((double)camera.Width * height / camera.Height - width) > 1)
            throw new BadInputException($"{picture}: the picture is {width}x{height}, which has not the proportions of its camera's {camera.Width}x{camera.Height}");
        var more = downscale / Factor;
        var scaled = camera.Resized(width, height).Smaller(float.Max(1, more));
        var name = SceneFile.NameOf(System.IO.Path.GetRelativePath(System.IO.Path.GetDirectoryName(Path)!, picture));
        return new View(name, scaled, () => PictureFile.Read(picture, (width, height), scaled.Width, scaled.Height), file: picture, hasAlpha: hasAlpha,
            mask: CameraCheck.Mask(scaled, mask is null ? null : () => PictureFile.ReadMask(mask, (width, height), scaled.Width, scaled.Height)));
    }

    /// <summary>What the user should know about the choice, or nothing.</summary>
    public IEnumerable<string> Remarks(float downscale)
    {
        if (Factor > downscale) yield return Invariant($"only {System.IO.Path.GetFileName(Path)} exists: pictures are {Factor} times smaller than the photographs");
    }
}
