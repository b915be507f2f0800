using System.Collections;
using System.IO.Compression;
using System.Numerics;
using NerfLab.Procedural;
using static System.FormattableString;

namespace NerfLab.Data;

/// <summary>Shapes of voxels that are full or empty, from an array in NumPy's format.</summary>
/// <param name="Depth">Voxels along the first axis.</param>
/// <param name="Height">Along the second.</param>
/// <param name="Width">Along the third.</param>
/// <param name="Grids">The different shapes, each of Depth·Height·Width voxels; empty ones and repetitions are left out.</param>
public sealed record VoxelGrids(int Depth, int Height, int Width, IReadOnlyList<BitArray> Grids)
{
    private const long LargestData = 1L << 32;
    private const int MostVoxels = 512;

    /// <summary>How many shapes of the file were empty or had been there before.</summary>
    public int LeftOut { get; init; }

    /// <summary>Whether a path ends as these files do.</summary>
    public static bool Knows(string path) => path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".npy.gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a file: shape [N,D,H,W] or [N,1,D,H,W] for many shapes or [D,H,W] for one; a voxel is full where the number is above ½.</summary>
    /// <param name="path">A .npy file of numbers or truth values, or one that gzip has made smaller.</param>
    /// <exception cref="BadInputException">The file is no such array.</exception>
    public static VoxelGrids Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
            return Read(path, new BufferedStream(stream, 1 << 16));
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException($"{path}: the compressed data is damaged ({e.Message.TrimEnd('.')})", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    private static VoxelGrids Read(string path, Stream stream)
    {
        var header = NpyHeader.Read(path, stream);
        var shape = header.Shape.ToList();
        if (shape.Count == 5 && shape[1] == 1) shape.RemoveAt(1);
        if (shape.Count == 3) shape.Insert(0, 1);
        if (shape.Count != 4 || shape.Skip(1).Any(n => n is < 1 or > MostVoxels) || header.IsFortran)
            throw new BadInputException($"{path}: the shape is ({string.Join(", ", header.Shape)}){(header.IsFortran ? " in Fortran order" : "")}; [N,D,H,W] voxels of at most {MostVoxels} per side in C order are expected");
        int voxels = shape[1] * shape[2] * shape[3], size = header.ItemBytes;
        if ((long)shape[0] * voxels * size > LargestData) throw new BadInputException(Invariant($"{path}: {(long)shape[0] * voxels * size >> 20} MiB of numbers; at most {LargestData >> 20} are expected"));
        var (grids, known, bytes) = (new List<BitArray>(), new HashSet<string>(), new byte[voxels * size]);
        for (var n = 0; n < shape[0]; n++)
        {
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw new BadInputException($"{path}: the file ends within shape {n} of {shape[0]}");
            var grid = new BitArray(voxels);
            for (var i = 0; i < voxels; i++) grid[i] = header.Value(bytes.AsSpan(i * size, size)) > 0.5;
            // Hashing the bits finds repetitions without keeping every grid twice.
            var packed = new byte[(voxels + 7) / 8];
            grid.CopyTo(packed, 0);
            if (grid.HasAnySet() && known.Add(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(packed)))) grids.Add(grid);
        }
        if (stream.ReadByte() >= 0) throw new BadInputException($"{path}: something follows the {shape[0]} shapes");
        if (grids.Count == 0) throw new BadInputException($"{path}: all {shape[0]} shapes are empty; full voxels are expected");
        return new VoxelGrids(shape[1], shape[2], shape[3], grids) { LeftOut = shape[0] - grids.Count };
    }

    /// <summary>The surface of a shape: the faces between full and empty voxels, in the cube of half side ½ about the origin.</summary>
    /// <remarks>The first two axes of the array lie on the ground and the third is up, as in ModelNet's voxels.</remarks>
    /// <param name="index">From 0.</param>
    public Mesh Surface(int index)
    {
        var grid = Grids[index];
        int[] sides = [Depth, Height, Width];
        var unit = 1f / sides.Max();
        var corners = new Dictionary<(int, int, int), int>();
        var (positions, triangles) = (new List<Vector3>(), new List<int>());
        Span<int> cell = stackalloc int[3];
        for (var i = 0; i < grid.Length; i++)
        {
            if (!grid[i]) continue;
            (cell[0], cell[1], cell[2]) = (i / (Height * Width), i / Width % Height, i % Width);
            for (var axis = 0; axis < 3; axis++)
                for (var side = 0; side < 2; side++)
                    if (!IsFull(cell, axis, side == 1 ? 1 : -1)) AddFace(cell, axis, side);
        }
        return new Mesh([.. positions], [.. triangles]);

        bool IsFull(ReadOnlySpan<int> at, int axis, int step)
        {
            var moved = at[axis] + step;
            if (moved < 0 || moved >= sides[axis]) return false;
            return grid[((axis == 0 ? moved : at[0]) * Height + (axis == 1 ? moved : at[1])) * Width + (axis == 2 ? moved : at[2])];
        }

        void AddFace(ReadOnlySpan<int> at, int axis, int side)
        {
            // Corners of the face counter-clockwise as seen from outside.
            Span<int> quad = stackalloc int[4];
            for (var k = 0; k < 4; k++)
            {
                var (u, v) = (k is 1 or 2 ? 1 : 0, k >= 2 ? 1 : 0);
                if (side == 0) (u, v) = (v, u);
                int a = at[0], b = at[1], c = at[2];
                (a, b, c) = axis switch { 0 => (a + side, b + u, c + v), 1 => (a + v, b + side, c + u), _ => (a + u, b + v, c + side) };
                if (!corners.TryGetValue((a, b, c), out quad[k]))
                {
                    corners[(a, b, c)] = quad[k] = positions.Count;
                    positions.Add(unit * new Vector3(a - Depth / 2f, b - Height / 2f, c - Width / 2f));
                }
            }
            triangles.AddRange([quad[0], quad[1], quad[2], quad[0], quad[2], quad[3]]);
        }
    }
}
