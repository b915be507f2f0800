using System.IO.Compression;
using NerfLab.Weights;
using TorchSharp;
using static NerfLab.Tests.WeightsPickleWriter;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Damaged files end as tensors or as one sentence: never another exception, a hang, or memory out of proportion.</summary>
public class WeightsFuzzTests
{
    private static Dictionary<string, byte[]> Storages => new() { ["0"] = Bytes(1f, 2f, 3f, 4f, 5f, 6f), ["1"] = Bytes(-1L, 99L) };

    [Fact]
    public void Safetensors_headers()
    {
        using var scope = NewDisposeScope();
        using var stream = new MemoryStream();
        Safetensors.Write(stream, [("a.weight", ones(2, 3)), ("b", ones(4, dtype: ScalarType.Bool)), ("none", zeros(0, 3)), ("s", ones(1).half())], new Dictionary<string, string> { ["k"] = "v" });
        Damage(stream.ToArray(), 3000, mostAccepted: 0.5);
    }

    // The pickle is changed inside the archive: changing the archive would mostly test the zip reader.
    [Theory]
    [InlineData(2), InlineData(4)]
    public void Pickles(int protocol)
    {
        var pickle = protocol == 2 ? WeightsPythonFiles.Protocol2 : WeightsPythonFiles.Protocol4;
        Damage(pickle, 1500, mostAccepted: 0.7, p => Zip(p, Storages));
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression), InlineData(CompressionLevel.SmallestSize)]
    public void Archives(CompressionLevel level) => Damage(Zip(WeightsPythonFiles.Protocol2, Storages, level), 1500, mostAccepted: 0.8);

    [Fact]
    public void The_older_format() => Damage(WeightsPythonFiles.Legacy, 1500, mostAccepted: 0.7);

    [Fact]
    public void Random_pickle_programs()
    {
        // Every operation that there is, with small numbers behind it, so that programs get far.
        byte[] operations = [.. "(012NJKMGXUTCB)t]lae}dsuRbQqrhj"u8, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x96, 0x85, 0x86, 0x87, 0x8f, 0x91, 0x90, 0x81, 0x94, 0x93, 0x95];
        string[] globals = ["ctorch._utils\n_rebuild_tensor_v2\n", "ccollections\nOrderedDict\n", "ctorch\nFloatStorage\n", "c__builtin__\nset\n", "ctorch\nSize\n", "c_codecs\nencode\n"];
        Cases(2000, seed =>
        {
            var random = new Random(seed);
            var writer = new WeightsPickleWriter(random.Next(2, 6));
            for (var k = random.Next(1, 120); k > 0; k--)
            {
                switch (random.Next(6))
                {
                    case 0: writer.Raw(globals[random.Next(globals.Length)]); break;
                    case 1: writer.Storage("FloatStorage", "0", 6); break;
                    case 2: writer.Raw((byte)'K', (byte)random.Next(4)); break;
                    default: writer.Raw(operations[random.Next(operations.Length)]).Raw(random.Next(4) == 0 ? new byte[] { (byte)random.Next(4) } : []); break;
                }
            }
            return Zip(writer.Stop(), Storages);
        });
    }

    private static void Damage(byte[] content, int cases, double mostAccepted, Func<byte[], byte[]>? wrap = null)
    {
        var accepted = Cases(cases, seed => (wrap ?? (c => c))(Mutate(content, new Random(seed))));
        Assert.InRange(accepted, 1, (int)(cases * mostAccepted));
    }

    /// <summary>How many of the files gave tensors.</summary>
    private static int Cases(int count, Func<int, byte[]> make)
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var accepted = 0;
        for (var seed = 0; seed < count; seed++)
        {
            var content = make(seed);
            var path = folder["f"];
            File.WriteAllBytes(path, content);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = WeightFile.Open(path);
                long bytes = 0;
                foreach (var (name, tensor) in file.ReadAll())
                {
                    Assert.Equal(file.Shape(name), tensor.shape);
                    bytes += tensor.NumberOfElements * tensor.ElementSize;
                    tensor.Dispose();
                }
                Assert.InRange(bytes, 0, 64 << 20);
                accepted++;
            }
            catch (BadInputException e)
            {
                Assert.StartsWith(path + ": ", e.Message);
                Assert.DoesNotContain('\n', e.Message);
            }
            catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);
        }
        return accepted;
    }

    private static byte[] Mutate(byte[] file, Random random)
    {
        var at = random.Next(file.Length);
        var length = int.Min(random.Next(1, 20), file.Length - at);
        switch (random.Next(8))
        {
            case 0: return file[..at];
            case 1: return [.. file[..at], .. file[(at + length)..]];
            case 2: return [.. file[..(at + length)], .. file[at..]];
            case 3:
                var from = random.Next(file.Length - length + 1);
                byte[] moved = [.. file];
                file.AsSpan(from, length).CopyTo(moved.AsSpan(at));
                return moved;
            default:
                byte[] broken = [.. file];
                for (var k = random.Next(1, 5); k > 0; k--)
                {
                    var place = random.Next(file.Length);
                    broken[place] = random.Next(4) switch { 0 => 0xFF, 1 => 0, 2 => (byte)(broken[place] + random.Next(-2, 3)), _ => (byte)random.Next(256) };
                }
                return broken;
        }
    }
}
