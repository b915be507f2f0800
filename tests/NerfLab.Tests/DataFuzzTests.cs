using System.Numerics;
using NerfLab.Data;

namespace NerfLab.Tests;

/// <summary>Damaged binary files end as data or as one sentence, and never need more memory than their size calls for.</summary>
public class DataFuzzTests
{
    private const int Cases = 1500;

    [Fact]
    public void Npy() => Damage(File.ReadAllBytes(RealData.Path("scenes/llff_fern/poses_bounds.npy")), file => NpyFile.Read(file).Values.Length, 128);

    [Fact]
    public void Cameras() => Damage(File.ReadAllBytes(RealData.Path("scenes/llff_fern/sparse/0/cameras.bin")), file =>
    {
        var cameras = ColmapBinary.Cameras(file);
        foreach (var camera in cameras.Values)
            try { camera.At(default); } catch (BadInputException e) { Assert.StartsWith("damaged camera ", e.Message); }
        return cameras.Count;
    }, 64);

    // The first 400 points of the real file: its structure is the same all along.
    [Fact]
    public void Points()
    {
        var all = File.ReadAllBytes(RealData.Path("scenes/llff_fern/sparse/0/points3D.bin"));
        int at = 8;
        for (int i = 0; i < 400; i++) at += 51 + 8 * (int)BitConverter.ToUInt64(all, at + 43);
        BitConverter.TryWriteBytes(all, 400L);
        Damage(all[..at], file => ColmapBinary.Points(file).Count, at);
    }

    [Fact]
    public void Images() => Damage(ColmapFiles.Images([.. Enumerable.Range(0, 12).Select(i => ($"folder/picture {i}.jpg", 1u, (double[])[0.6, 0, 0.8, 0], (double[])[i, 2, 3]))]), file => ColmapBinary.Images(file).Count, 1200);

    private static void Damage(byte[] file, Func<BinaryFile, int> read, int structure)
    {
        int good = 0, refused = 0;
        Assert.True(read(new BinaryFile("damaged", file)) > 0);
        for (var seed = 0; seed < Cases; seed++)
        {
            var broken = Mutate(file, structure, new Random(seed));
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(new BinaryFile("damaged", broken));
                good++;
            }
            catch (BadInputException e)
            {
                Assert.StartsWith("damaged", e.Message);
                Assert.DoesNotContain("\n", e.Message);
                refused++;
            }
            // Exceptions and regular expressions need a little of their own.
            var used = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(used < 20 * broken.Length + 100_000, $"seed {seed}: {used} bytes for a file of {broken.Length}");
        }
        Assert.True(refused > Cases / 4, $"only {refused} of {Cases} damaged files were refused, {good} were read");
    }

    /// <summary>Some bytes changed, a count made huge, or a piece cut, removed or doubled.</summary>
    private static byte[] Mutate(byte[] file, int structure, Random random)
    {
        int Position() => random.Next(int.Min(file.Length, random.Next(3) == 0 ? file.Length : structure));
        var bytes = (byte[])file.Clone();
        switch (random.Next(5))
        {
            case 0:
                return bytes[..Position()];
            case 1:
                int start = Position(), end = int.Min(file.Length, start + 1 + random.Next(40));
                return [.. bytes[..start], .. bytes[end..]];
            case 2:
                start = Position();
                end = int.Min(file.Length, start + 1 + random.Next(40));
                return [.. bytes[..end], .. bytes[start..]];
            case 3:
                // A count or length of 64 bits; the most dangerous ones wrap around when they are multiplied.
                ulong[] values = [ulong.MaxValue, 1UL << 61, 1UL << 60, 1UL << 32, int.MaxValue, (ulong)random.NextInt64()];
                start = random.Next(2) == 0 ? 0 : int.Min(Position(), file.Length - 8);
                BitConverter.TryWriteBytes(bytes.AsSpan(start), values[random.Next(values.Length)]);
                return bytes;
            default:
                for (int n = 1 + random.Next(6); n > 0; n--) bytes[Position()] = (byte)random.Next(256);
                return bytes;
        }
    }
}
