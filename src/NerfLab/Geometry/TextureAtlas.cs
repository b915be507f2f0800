using System.Numerics;

namespace NerfLab.Geometry;

/// <summary>Several textures in one picture, with the coordinates of the parts moved into it.</summary>
/// <remarks>
/// A texture that a triangle repeats is laid out as often as that triangle needs it. Around each one runs a margin of what
/// repetition would show there, so that interpolation never sees a neighbour. If the picture would become larger than
/// 4096x4096 pixels, all textures are shrunk.
/// </remarks>
internal static class TextureAtlas
{
    private const int Margin = 1, MostRepetitions = 256;
    private const double MostPixels = 4096.0 * 4096;

    /// <summary>The parts with new coordinates, and their common texture. Parts without one get a white patch.</summary>
    /// <exception cref="BadInputException">A texture repeats too often across one triangle.</exception>
    public static (IReadOnlyList<MeshPart> Parts, Bitmap Texture) Of(IReadOnlyList<MeshPart> parts)
    {
        var white = new Bitmap(2, 2, 3);
        Array.Fill(white.Samples, (byte)255);
        var tiles = new Dictionary<Bitmap, Tile>();
        var moved = parts.Select(p => MeshParts.IsTextured(p) ? Folded(p) : p with { Mesh = p.Mesh with { TextureCoordinates = new Vector2[p.Mesh.Positions.Length] }, Material = p.Material with { Texture = white } }).ToList();
        foreach (var part in moved)
        {
            var most = part.Mesh.TextureCoordinates!.Aggregate(Vector2.Zero, Vector2.Max);
            if (most.X > MostRepetitions || most.Y > MostRepetitions) throw new BadInputException(FormattableString.Invariant($"a texture repeats {float.Max(most.X, most.Y):0} times across one triangle; among several textures at most {MostRepetitions} are expected"));
            if (!tiles.TryGetValue(part.Material.Texture!, out var tile)) tiles.Add(part.Material.Texture!, tile = new Tile(part.Material.Texture!.To8Bit().ToColor()));
            (tile.Across, tile.Down) = (int.Max(tile.Across, (int)MathF.Ceiling(most.X)), int.Max(tile.Down, (int)MathF.Ceiling(most.Y)));
        }

        var shrink = double.Min(1, double.Sqrt(MostPixels / tiles.Values.Sum(t => (double)t.Width * t.Height)));
        foreach (var tile in tiles.Values) tile.Picture = tile.Picture.Resize(int.Max(1, (int)(tile.Picture.Width * shrink)), int.Max(1, (int)(tile.Picture.Height * shrink)));
        var atlas = Place([.. tiles.Values.OrderByDescending(t => t.Height)]);
        foreach (var tile in tiles.Values) tile.Draw(atlas);
        return ([.. moved.Select(p =>
        {
            var tile = tiles[p.Material.Texture!];
            var (origin, scale, size) = (new Vector2(tile.Left + Margin, tile.Top + Margin), new Vector2(tile.Picture.Width, tile.Picture.Height), new Vector2(atlas.Width, atlas.Height));
            return p with { Mesh = p.Mesh with { TextureCoordinates = [.. p.Mesh.TextureCoordinates!.Select(t => (origin + t * scale) / size)] } };
        })], atlas);
    }

    /// <summary>Moves each triangle's coordinates by whole repetitions to where they start in [0, 1); corners that triangles move differently become several.</summary>
    private static MeshPart Folded(MeshPart part)
    {
        var (mesh, from) = (part.Mesh, part.Mesh.TextureCoordinates!);
        var numbers = new Dictionary<(int Corner, Vector2 Shift), int>();
        var triangles = new int[mesh.Triangles.Length];
        for (var t = 0; t < triangles.Length; t += 3)
        {
            var low = Vector2.Min(Vector2.Min(from[mesh.Triangles[t]], from[mesh.Triangles[t + 1]]), from[mesh.Triangles[t + 2]]);
            var shift = new Vector2(MathF.Floor(low.X), MathF.Floor(low.Y));
            for (var k = t; k < t + 3; k++)
                if (!numbers.TryGetValue((mesh.Triangles[k], shift), out triangles[k])) numbers.Add((mesh.Triangles[k], shift), triangles[k] = numbers.Count);
        }
        var corners = numbers.Keys.ToArray();
        return part with
        {
            Mesh = new Mesh([.. corners.Select(c => mesh.Positions[c.Corner])], triangles)
            {
                Normals = mesh.Normals is { } normals ? [.. corners.Select(c => normals[c.Corner])] : null,
                Colors = mesh.Colors is { } colors ? [.. corners.Select(c => colors[c.Corner])] : null,
                TextureCoordinates = [.. corners.Select(c => from[c.Corner] - c.Shift)],
            },
        };
    }

    /// <summary>In rows from top to bottom, the picture about as wide as high.</summary>
    private static Bitmap Place(Tile[] tiles)
    {
        var width = int.Max(tiles.Max(t => t.Width), (int)double.Sqrt(tiles.Sum(t => (double)t.Width * t.Height)));
        int left = 0, top = 0, row = 0;
        foreach (var tile in tiles)
        {
            if (left + tile.Width > width) (left, top, row) = (0, top + row, 0);
            (tile.Left, tile.Top) = (left, top);
            (left, row) = (left + tile.Width, int.Max(row, tile.Height));
        }
        return new Bitmap(width, top + row, 3);
    }

    private sealed class Tile(Bitmap picture)
    {
        public Bitmap Picture = picture;
        public int Across = 1, Down = 1, Left, Top;

        public int Width => Across * Picture.Width + 2 * Margin;

        public int Height => Down * Picture.Height + 2 * Margin;

        public void Draw(Bitmap atlas)
        {
            for (var y = 0; y < Height; y++)
                for (var x = 0; x < Width; x++)
                {
                    int i = (x - Margin + Picture.Width) % Picture.Width, j = (y - Margin + Picture.Height) % Picture.Height;
                    Picture.Samples.AsSpan((j * Picture.Width + i) * Picture.Channels, 3).CopyTo(atlas.Samples.AsSpan(((Top + y) * atlas.Width + Left + x) * 3));
                }
        }
    }
}
