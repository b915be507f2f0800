using System.Numerics;

namespace NerfLab.Exports;

/// <summary>A field as numbers of 8 bits on a grid, in bricks of 8x8x8 cells of which the empty ones are left out: what a graphics card can march through.</summary>
/// <remarks>
/// Each of a brick's 9x9x9 samples (its outermost ones are its neighbours' too) has a colour, an opacity over the length of one cell, and a lobe: the colour
/// seen in direction d is colour + lobe · d in all three channels, which is the part of degree 1 in spherical harmonics of a light of one colour.
/// </remarks>
public sealed class BakedVolume
{
    const int Side = 8, Samples = Side + 1, PerBrick = Samples * Samples * Samples;
    const int MostBricks = 28 * 28 * 28; // three-dimensional textures of 256 along each side are what every WebGL 2 has
    const float Empty = 1 / 200f;
    const double LargestPage = 15e6; // bytes before they are written as text, which takes a third more

    // The corners of an icosahedron: a mean over them is exact for polynomials up to degree 5.
    static readonly Vector3[] s_directions = [.. from s in new[] { 1f, -1 } from t in new[] { 1f, -1 } from axis in Enumerable.Range(0, 3)
                                                 select Vector3.Normalize(axis switch { 0 => new Vector3(0, s, t * 1.618034f), 1 => new(s, t * 1.618034f, 0), _ => new(t * 1.618034f, 0, s) })];

    BakedVolume(Box box, int resolution, (int X, int Y, int Z) size) => (Low, Resolution, Cell, Size) = (box.Min, resolution, FieldMesh.CellOf(box, resolution + 1), size);

    /// <summary>Cells along the longest side of the box.</summary>
    public int Resolution { get; }

    /// <summary>The length of a cell, world units.</summary>
    public float Cell { get; }

    /// <summary>The corner with the smallest coordinates.</summary>
    public Vector3 Low { get; }

    /// <summary>Bricks along the axes.</summary>
    public (int X, int Y, int Z) Size { get; }

    /// <summary>Bricks that are not empty.</summary>
    public int Bricks { get; private set; }

    /// <summary>[Z,Y,X]: the number of each brick from 1 on, x running fastest; 0 where it is empty.</summary>
    public int[] Index { get; private set; } = [];

    /// <summary>[bricks, 9, 9, 9, 4]: red, green, blue and opacity over the length of a cell; x running fastest among samples.</summary>
    public byte[] Base { get; private set; } = [];

    /// <summary>[bricks, 9, 9, 9, 3]: x, y and z of the lobe; 128 is 0, 255 is 1/2.</summary>
    public byte[] Lobe { get; private set; } = [];

    /// <summary>Asks a field about everything that a page needs to know of it.</summary>
    /// <param name="field">Asked at world points.</param>
    /// <param name="box">The part of the world.</param>
    /// <param name="resolution">Cells along its longest side; null for the largest of 256, 192, 128, 96 and 64 that keeps the page below 20 MB.</param>
    /// <param name="progress">Told which share is done, 0 to 1.</param>
    /// <exception cref="BadInputException">There is nothing dense in the box, or more than a page can hold.</exception>
    public static BakedVolume Of(FieldPoints field, Box box, int? resolution, Action<double>? progress = null)
    {
        foreach (int n in resolution is { } one ? [one] : (int[])[256, 192, 128, 96, 64])
        {
            var sides = box.Size / FieldMesh.CellOf(box, n + 1) / Side;
            var volume = new BakedVolume(box, n, (Count(sides.X), Count(sides.Y), Count(sides.Z)));
            volume.Find(field, share => progress?.Invoke(0.3 * share));
            if (volume.Bricks == 0) throw new BadInputException("there is nothing dense in the box; another --box is expected");
            bool fits = volume.Bricks <= MostBricks && (resolution is not null || volume.Bricks * 7.0 * PerBrick <= LargestPage);
            if (!fits && resolution is null && n > 64) continue;
            if (volume.Bricks > MostBricks) throw new BadInputException($"resolution {n}: {volume.Bricks} bricks are not empty, at most {MostBricks} fit into a texture; a smaller --resolution or --box is expected");
            volume.Fill(field, share => progress?.Invoke(0.3 + 0.7 * share));
            return volume;
        }
        throw new InvalidOperationException();

        static int Count(float sides) => int.Max(1, (int)MathF.Ceiling(sides - 1e-3f));
    }

    Vector3[] Points(int brick)
    {
        var corner = new Vector3(brick % Size.X, brick / Size.X % Size.Y, brick / Size.X / Size.Y) * Side;
        var points = new Vector3[PerBrick];
        for (int i = 0; i < PerBrick; i++) points[i] = Low + Cell * (corner + new Vector3(i % Samples, i / Samples % Samples, i / Samples / Samples));
        return points;
    }

    float OpacityOf(float density) => 1 - MathF.Exp(-density * Cell);

    /// <summary>Numbers the bricks in which something is dense.</summary>
    void Find(FieldPoints field, Action<double> progress)
    {
        const int AtOnce = 128;
        Index = new int[Size.X * Size.Y * Size.Z];
        for (int begin = 0; begin < Index.Length; begin += AtOnce)
        {
            int count = int.Min(AtOnce, Index.Length - begin);
            var density = field.Densities([.. Enumerable.Range(begin, count).SelectMany(Points)]);
            for (int b = 0; b < count; b++)
                if (Array.Exists(density[(b * PerBrick)..((b + 1) * PerBrick)], d => OpacityOf(d) > Empty)) Index[begin + b] = ++Bricks;
            progress((begin + count) / (double)Index.Length);
        }
    }

    void Fill(FieldPoints field, Action<double> progress)
    {
        (Base, Lobe) = (new byte[4 * PerBrick * Bricks], new byte[3 * PerBrick * Bricks]);
        for (int brick = 0; brick < Index.Length; brick++)
        {
            if (Index[brick] == 0) continue;
            var points = Points(brick);
            var (density, normals) = (field.Densities(points), field.Normals(points, Cell / 2));
            var colors = s_directions.Select(d => field.Colors(points, [.. Enumerable.Repeat(d, points.Length)])).ToArray();
            for (int i = 0; i < PerBrick; i++)
            {
                int at = (Index[brick] - 1) * PerBrick + i;
                var (color, lobe) = Fit(i, normals[i], colors);
                (Base[4 * at], Base[4 * at + 1], Base[4 * at + 2], Base[4 * at + 3]) = (Byte(color.X), Byte(color.Y), Byte(color.Z), Byte(OpacityOf(density[i])));
                for (int c = 0; c < 3; c++) Lobe[3 * at + c] = (byte)(128 + (int)MathF.Round(254 * float.Clamp(lobe[c], -0.5f, 0.5f)));
            }
            progress(Index[brick] / (double)Bricks);
        }

        static byte Byte(float unit) => (byte)(float.Clamp(unit, 0, 1) * 255 + 0.5f);
    }

    /// <summary>Colour and lobe by weighted least squares. Directions from which the surface is seen count most: no photograph shows it from behind.</summary>
    static (Vector3 Color, Vector3 Lobe) Fit(int point, Vector3 normal, Vector3[][] colors)
    {
        const float Behind = 0.02f, Ridge = 0.05f;
        Vector3 meanColor = default, meanDirection = default;
        float weights = 0;
        Span<float> weight = stackalloc float[s_directions.Length];
        for (int k = 0; k < weight.Length; k++)
        {
            weight[k] = Behind + float.Max(0, -Vector3.Dot(s_directions[k], normal));
            weights += weight[k];
            meanColor += weight[k] * colors[k][point];
            meanDirection += weight[k] * s_directions[k];
        }
        (meanColor, meanDirection) = (meanColor / weights, meanDirection / weights);
        // The lobe explains how the mean of the three channels differs from its mean: (Σ w δδᵀ + r I) lobe = Σ w δ ε.
        var (right, a) = (Vector3.Zero, new float[6]);
        for (int k = 0; k < weight.Length; k++)
        {
            var d = s_directions[k] - meanDirection;
            right += weight[k] / weights * Vector3.Dot(colors[k][point] - meanColor, new Vector3(1 / 3f)) * d;
            float w = weight[k] / weights;
            a[0] += w * d.X * d.X; a[1] += w * d.Y * d.Y; a[2] += w * d.Z * d.Z;
            a[3] += w * d.X * d.Y; a[4] += w * d.X * d.Z; a[5] += w * d.Y * d.Z;
        }
        var matrix = new Matrix4x4(a[0] + Ridge, a[3], a[4], 0, a[3], a[1] + Ridge, a[5], 0, a[4], a[5], a[2] + Ridge, 0, 0, 0, 0, 1);
        var lobe = Matrix4x4.Invert(matrix, out var inverse) ? Vector3.TransformNormal(right, inverse) : Vector3.Zero;
        return (meanColor - new Vector3(Vector3.Dot(lobe, meanDirection)), lobe);
    }
}
