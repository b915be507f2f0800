using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

public class ModuleFileTests
{
    static Sequential Net() => nn.Sequential(("a", nn.Linear(2, 3)), ("n", nn.BatchNorm1d(3)), ("c", nn.Linear(3, 1)));

    static byte[] Bytes(nn.Module m, IList<string>? skip = null)
    {
        using var stream = new MemoryStream();
        m.save(stream, skip);
        return stream.ToArray();
    }

    [Fact]
    public void The_bytes_are_TorchSharps()
    {
        using var m = nn.Linear(1, 1, false);
        m.weight = nn.Parameter(full(1, 1, 0.5f));
        Assert.Equal("0106776569676874060201010000003F", Convert.ToHexString(Bytes(m)));
    }

    [Fact]
    public void What_was_saved_is_loaded_to_the_bit()
    {
        using var a = Net();
        using var b = Net();
        a.call(rand(4, 2)).sum().backward();
        b.load(new MemoryStream(Bytes(a)));
        Assert.Equal(Bytes(a), Bytes(b));
        var file = Path.Combine(Path.GetTempPath(), $"nerflab-{Guid.NewGuid()}.dat");
        try
        {
            a.save(file);
            Assert.Equal(Bytes(a), File.ReadAllBytes(file));
            using var c = Net();
            var before = c.parameters().ToList();
            c.load(file);
            Assert.Equal(before, c.parameters(), ReferenceEqualityComparer.Instance);
            Assert.Equal(Bytes(a), Bytes(c));
            Assert.Single(Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(file) + "*"));
        }
        finally
        {
            File.Delete(file);
        }
        Assert.Throws<FileNotFoundException>(() => a.load(file));
    }

    [Fact]
    public void Names_must_agree_unless_told_otherwise()
    {
        using var a = Net();
        using var b = nn.Sequential(("a", nn.Linear(2, 3)));
        var bytes = Bytes(a);
        Assert.Throws<ArgumentException>(() => b.load(new MemoryStream(bytes)));
        var loaded = new Dictionary<string, bool>();
        b.load(new MemoryStream(bytes), strict: false, loadedParameters: loaded);
        Assert.True(loaded["a.weight"]);
        Assert.False(loaded["c.weight"]);
        Assert.Equal(a.state_dict()["a.weight"].data<float>().ToArray(), b.state_dict()["a.weight"].data<float>().ToArray());

        using var c = Net();
        loaded.Clear();
        var kept = c.state_dict()["c.bias"].ToSingle();
        c.load(new MemoryStream(bytes), skip: ["c.bias"], loadedParameters: loaded);
        Assert.Equal(kept, c.state_dict()["c.bias"].ToSingle());
        Assert.False(loaded["c.bias"]);
        c.load(new MemoryStream(Bytes(a, ["c.bias"])), skip: ["c.bias"]);
        Assert.Equal(kept, c.state_dict()["c.bias"].ToSingle());
        Assert.Contains("c.bins", Assert.Throws<ArgumentException>(() => c.load(new MemoryStream(Swap(bytes, "c.bias", "c.bins")))).Message);

        using var wide = nn.Sequential(("a", nn.Linear(3, 2)));
        Assert.Throws<ArgumentException>(() => wide.load(new MemoryStream(Bytes(b))));
        Assert.Throws<ArgumentException>(() => b.to(float64).load(new MemoryStream(Bytes(Net()[..1]))));
    }

    static byte[] Swap(byte[] bytes, string from, string to) => System.Text.Encoding.Latin1.GetBytes(System.Text.Encoding.Latin1.GetString(bytes).Replace(from, to));

    [Fact]
    public void Damaged_files_are_refused_with_a_sentence()
    {
        using var m = Net();
        var bytes = Bytes(m);
        for (int cut = 0; cut < bytes.Length; cut++)
        {
            var e = Record.Exception(() => m.load(new MemoryStream(bytes[..cut])));
            Assert.True(e is InvalidDataException or ArgumentException, $"cut at {cut}: {e}");
        }
        var random = new Random(1);
        for (int i = 0; i < 3000; i++)
        {
            var damaged = (byte[])bytes.Clone();
            for (int k = random.Next(1, 4); k > 0; k--) damaged[random.Next(80)] = (byte)random.Next(256);
            // Values may change unseen; anything else is refused, and nothing else happens.
            var e = Record.Exception(() => m.load(new MemoryStream(damaged)));
            Assert.True(e is null or InvalidDataException or ArgumentException, $"damage {i}: {e}");
        }
        // A name or a tensor that claims to be huge.
        foreach (var hostile in new[] { "01FFFFFFFF07", "FFFFFFFF0F", "0101780602FFFFFFFF0FFFFFFFFF0F", "01017806FFFF03" })
            Assert.ThrowsAny<Exception>(() => nn.Linear(1, 1, false).load(new MemoryStream(Convert.FromHexString(hostile)), strict: false));
    }
}
