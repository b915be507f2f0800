using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>A manner of painting: pictures for style transfer that are generated, so that nothing has to be fetched.</summary>
/// <param name="Name">What to call it, as in file names.</param>
/// <param name="Manner">What it looks like, in a few words.</param>
public sealed record Painting(string Name, string Manner)
{
    private const int Smallest = 16, Largest = 4096;

    private Action<Canvas, Dice> Paint { get; init; } = (_, _) => { };

    private int Ground { get; init; } = 0xFFFFFF;

    /// <summary>All manners.</summary>
    public static IReadOnlyList<Painting> All { get; } =
    [
        new("impressionist", "short dabs that follow the form") { Paint = Strokes.Impressionist, Ground = 0x9A8A6A },
        new("pointillist", "dots of pure colour") { Paint = Strokes.Pointillist, Ground = 0xF4EFE2 },
        new("impasto", "thick paint laid on with a knife, lit from the side") { Paint = Strokes.Impasto, Ground = 0x5A4A3A },
        new("swirls", "a night sky of curling strokes") { Paint = Strokes.Swirls, Ground = 0x10204F },
        new("ink-wash", "mountains in mist, brushed in ink, with a red seal") { Paint = Prints.InkWash, Ground = 0xF2EBDA },
        new("watercolour", "wet washes with dark rims on grained paper") { Paint = Prints.Watercolour, Ground = 0xFAF7F0 },
        new("woodcut", "carved lines in black over flat inks") { Paint = Prints.Woodcut, Ground = 0xF2E8D2 },
        new("hatching", "pen and ink, crossed where it is dark") { Paint = Prints.Hatching, Ground = 0xF6F0E0 },
        new("stained-glass", "glowing panes between lead") { Paint = Pieces.StainedGlass, Ground = 0x101010 },
        new("mosaic", "small stones in rows") { Paint = Pieces.Mosaic, Ground = 0x6A645A },
        new("cubist", "facets in ochre and grey") { Paint = Pieces.Cubist, Ground = 0x8A7A5A },
        new("op-art", "a chequered plane that bulges") { Paint = Patterns.OpArt },
        new("batik", "wax and indigo, with cracks") { Paint = Patterns.Batik, Ground = 0x14264F },
    ];

    /// <summary>The manner of a name.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static Painting Find(string name) => All.FirstOrDefault(p => p.Name == name) ?? throw new BadInputException($"{name}: no manner of painting{Spelling.Suggest(name, All.Select(p => p.Name))}");

    /// <summary>Paints.</summary>
    /// <param name="size">Rows and columns, 16 to 4096.</param>
    /// <param name="seed">Another picture in the same manner for every number.</param>
    /// <returns>RGB, 8 bits; the same bytes for the same size and seed.</returns>
    /// <exception cref="BadInputException">The size is out of range.</exception>
    public Bitmap Draw(int size, long seed = 0)
    {
        if (size is < Smallest or > Largest) throw new BadInputException($"size {size}: {Smallest} to {Largest} pixels are expected");
        var canvas = new Canvas(size, Canvas.Hex(Ground));
        Paint(canvas, new Dice(seed, Name.Length * 1000 + Name[0]));
        return canvas.Finish();
    }

    /// <inheritdoc/>
    public bool Equals(Painting? other) => other?.Name == Name;

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
