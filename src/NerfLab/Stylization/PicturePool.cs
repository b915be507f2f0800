using System.Runtime.InteropServices;
using NerfLab.Data;
using NerfLab.Imaging;
using NerfLab.Procedural;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>Pictures in memory, each of a class, of which random pieces are drawn: what networks of this room are trained with.</summary>
public sealed class PicturePool : IDisposable
{
    readonly List<(Tensor Pixels, int Class)> _pictures = []; // [3,H,W], bytes
    readonly List<string> _classes = [];

    PicturePool() { }

    /// <summary>Names of the classes, in the order of their numbers.</summary>
    public IReadOnlyList<string> Classes => _classes;

    /// <summary>How many pictures.</summary>
    public int Count => _pictures.Count;

    /// <summary>Generated paintings, a class for each manner.</summary>
    /// <param name="each">Pictures of each manner.</param>
    /// <param name="size">Rows and columns.</param>
    /// <param name="seed">Other pictures for every number.</param>
    public static PicturePool Paintings(int each, int size, long seed) =>
        Generated([.. Painting.All.Select(p => (p.Name, (Func<int, Bitmap>)(i => p.Draw(size, seed * 1000 + i))))], each);

    /// <summary>Generated pictures of things: a class for each category of objects, before plain grounds, and one of leaves.</summary>
    /// <param name="each">Pictures of each category; of leaves there are four times as many.</param>
    /// <param name="size">Rows and columns.</param>
    /// <param name="seed">Other pictures for every number.</param>
    public static PicturePool Things(int each, int size, long seed)
    {
        var pool = Generated([.. Category.All.Select(c => (c.Name, (Func<int, Bitmap>)(i => Seen(c, i, size, seed))))], each);
        pool.Add("leaves", Enumerable.Range(0, 4 * each).AsParallel().AsOrdered().Select(i => Leaves.Draw(size, seed * 1000 + i)));
        return pool;
    }

    /// <summary>The pictures of a folder, in one class.</summary>
    /// <param name="folder">PNG and JPEG files; others are passed over.</param>
    /// <param name="size">Their shorter side is brought to this length.</param>
    /// <exception cref="BadInputException">There is no picture in it, or one cannot be read.</exception>
    public static PicturePool Folder(string folder, int size)
    {
        if (!Directory.Exists(folder)) throw new BadInputException($"{folder}: there is no such folder; one with pictures is expected");
        var files = Directory.EnumerateFiles(folder).Where(f => Path.GetExtension(f).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg").Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0) throw new BadInputException($"{folder}: holds no PNG or JPEG file; pictures to learn from are expected");
        var pool = new PicturePool();
        pool.Add(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), files.Select(f =>
        {
            var picture = StylePicture.Plain(ImageFile.ReadBitmap(f));
            var factor = (double)size / int.Min(picture.Width, picture.Height);
            return picture.Resize(int.Max(size, (int)double.Round(picture.Width * factor)), int.Max(size, (int)double.Round(picture.Height * factor)));
        }));
        return pool;
    }

    /// <summary>Draws square pieces of random pictures: at a random scale, at a random place, mirrored or not.</summary>
    /// <param name="count">B.</param>
    /// <param name="size">S, at most the pictures' shorter side.</param>
    /// <param name="random">The stream to draw from.</param>
    /// <param name="recolor">Whether colours are changed at random, so that a class is not told by its palette.</param>
    /// <param name="leastDeviation">Pieces whose values deviate by less are drawn again, up to eight times: of what is flat nothing can be learnt.</param>
    /// <returns>[B,3,S,S], 0 to 1, and classes [B], on the CPU.</returns>
    public (Tensor Pictures, Tensor Classes) Draw(int count, int size, Generator random, bool recolor = false, double leastDeviation = 0)
    {
        const int Attempts = 8;
        using var scope = NewDisposeScope();
        using var drawn = rand([count * (leastDeviation > 0 ? Attempts : 1), 12], generator: random);
        var u = drawn.data<float>().ToArray();
        var pieces = new Tensor[count];
        var classes = new long[count];
        for (int i = 0, attempt = 0; i < count; attempt++)
        {
            var r = u.AsSpan(12 * (i + count * attempt), 12);
            var (pixels, number) = _pictures[int.Min((int)(r[0] * _pictures.Count), _pictures.Count - 1)];
            long height = pixels.shape[1], width = pixels.shape[2], most = long.Min(height, width);
            if (most < size) throw new ArgumentException($"{nameof(size)}: expected at most {most}, the size of the smallest picture, got {size}");
            long extent = (long)(size * double.Pow((double)most / size, r[1] * r[1])); // small pieces more often: they show the brush
            long row = (long)(r[2] * (height - extent)), column = (long)(r[3] * (width - extent));
            var piece = F.adaptive_avg_pool2d(pixels.narrow(1, row, extent).narrow(2, column, extent).to(float32).unsqueeze(0), [size, size]) / 255;
            if (r[4] < 0.5f) piece = piece.flip(3);
            if (leastDeviation > 0 && attempt < Attempts - 1 && piece.std().ToDouble() < leastDeviation) continue;
            pieces[i] = recolor ? Recolored(piece, r[5..]) : piece;
            classes[i++] = number;
            attempt = -1;
        }
        return (cat(pieces).MoveToOuterDisposeScope(), tensor(classes).MoveToOuterDisposeScope());
    }

    /// <summary>Channels exchanged, stretched and shifted.</summary>
    static Tensor Recolored(Tensor piece, ReadOnlySpan<float> r)
    {
        int order = (int)(r[0] * 5.999f);
        long first = order % 3, second = order < 3 ? (first + 1) % 3 : (first + 2) % 3;
        var exchanged = piece.index_select(1, tensor(new[] { first, second, 3 - first - second }));
        var gain = tensor(new[] { 0.6f + 0.7f * r[1], 0.6f + 0.7f * r[2], 0.6f + 0.7f * r[3] }, [1, 3, 1, 1]);
        return ((exchanged - 0.5) * gain + 0.5 + 0.3 * (r[4] - 0.5)).clamp(0, 1);
    }

    static PicturePool Generated(IReadOnlyList<(string Name, Func<int, Bitmap> Make)> classes, int each)
    {
        var pool = new PicturePool();
        foreach (var (name, make) in classes) pool.Add(name, Enumerable.Range(0, each).AsParallel().AsOrdered().Select(make));
        return pool;
    }

    void Add(string name, IEnumerable<Bitmap> pictures)
    {
        foreach (var picture in pictures)
        {
            using var scope = NewDisposeScope();
            var pixels = empty([picture.Height, picture.Width, 3], uint8);
            picture.Samples.CopyTo(pixels.bytes);
            _pictures.Add((pixels.permute(2, 0, 1).contiguous().DetachFromDisposeScope(), _classes.Count));
        }
        _classes.Add(name);
    }

    /// <summary>A member of a category from one of its cameras, before a plain ground.</summary>
    static Bitmap Seen(Category category, int number, int size, long seed)
    {
        var dice = new Dice(seed, number);
        var scene = category.Member(number, seed).Open();
        var camera = scene.Train[dice.Below(scene.Train.Count)].Camera;
        var view = category.Member(number, seed).Tracer.Render(camera.Framed(size, size));
        using var image = Image.FromBitmap(view);
        using var plain = image.Over(new(dice.Next(), dice.Next(), dice.Next()));
        return plain.ToBitmap();
    }

    /// <summary>Frees the pictures.</summary>
    public void Dispose() => _pictures.ForEach(p => p.Pixels.Dispose());
}
