using System.IO.Compression;
using System.Text;
using NerfLab.Weights;
using static NerfLab.Tests.WeightsPickleWriter;

namespace NerfLab.Tests;

public sealed class WeightsPyTorchBadInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("os", "system", "refers to os.system, which is not data")]
    [InlineData("posix", "system", "refers to posix.system, which is not data")]
    [InlineData("builtins", "eval", "refers to builtins.eval, which is not data")]
    [InlineData("__builtin__", "exec", "refers to __builtin__.exec, which is not data")]
    [InlineData("__builtin__", "getattr", "refers to __builtin__.getattr")]
    [InlineData("torch", "load", "refers to torch.load")]
    [InlineData("torch._utils", "_rebuild_tensor_v2.__globals__", "refers to torch._utils._rebuild_tensor_v2.__globals__")]
    [InlineData("__torch__.net", "Module", "refers to __torch__.net.Module")]
    public void Code_is_refused_by_its_name(string module, string name, string sentence)
    {
        Refused(sentence, new WeightsPickleWriter().Global(module, name).Raw("(").Text("touch /nerflab").Raw("tR").Stop());
        Refused(sentence, new WeightsPickleWriter(4).Raw(0x8c, (byte)module.Length).Raw(module).Raw(0x8c, (byte)name.Length).Raw(name).Raw(0x93).Stop());
        Refused(sentence, new WeightsPickleWriter().Raw("}").Text("w").Global(module, name).Raw("s").Stop()); // named but not called
    }

    [Theory]
    [InlineData("X\xff\xff\xff\xff", "has a pickle value of 4294967295 bytes")]
    [InlineData("X\x00\x00\x00\x70", "has a pickle value of 1879048192 bytes")]
    [InlineData("T\xff\xff\xff\x7f", "has a pickle value of 2147483647 bytes")]
    [InlineData("B\xff\xff\xff\x7f", "has a pickle value of 2147483647 bytes")]
    [InlineData("\x8d\xff\xff\xff\xff\xff\xff\xff\x7f", "has a pickle value of 9223372036854775807 bytes")]
    [InlineData("\x8e\x00\x00\x00\x00\x00\x00\x00\x80", "has a pickle value of 9223372036854775808 bytes")]
    [InlineData("\x8b\xff\xff\xff\x7f", "has a pickle value of 2147483647 bytes")]
    [InlineData("\x95\xff\xff\xff\xff\xff\xff\xff\xff", "has a pickle value of 18446744073709551615 bytes")]
    [InlineData("Nr\xff\xff\xff\x7f", "remembers value 2147483647")]
    [InlineData("Nr\xff\xff\xff\xff", "has a pickle value of 4294967295")]
    [InlineData("h\x05", "recalls value 5")]
    [InlineData("Nq\x01h\x00", "recalls value 0")]
    [InlineData("j\xff\xff\xff\x7f", "recalls value 2147483647")]
    [InlineData("", "empty pickle stack")]
    [InlineData("0", "empty pickle stack")]
    [InlineData("N(0", "empty pickle stack")]
    [InlineData("N(2", "empty pickle stack")]
    [InlineData("t", "closes a pickle list that was not opened")]
    [InlineData("Nu", "closes a pickle list that was not opened")]
    [InlineData("Na", "empty pickle stack")]
    [InlineData("NNa", "adds items to something else than a list")]
    [InlineData("N(Ne", "adds items to something else than a list")]
    [InlineData("NNNs", "sets items of something else")]
    [InlineData("}(Nu", "a dictionary key without a value")]
    [InlineData("}(NNu", "a dictionary key that is neither")]
    [InlineData("}(K\x01NK\x01Nu", "has the dictionary key \"1\" twice")]
    [InlineData("]}b", "sets the state of something else")]
    [InlineData("}]b", "sets the state of something else")]
    [InlineData("N)R", "calls something that is not a function")]
    [InlineData("ctorch\nFloatStorage\n)R", "calls something that is not a function")]
    [InlineData("ccollections\nOrderedDict\nNR", "without a tuple")]
    [InlineData("ccollections\nOrderedDict\nN\x85R", "makes a dictionary from arguments")]
    [InlineData("ccollections\nOrderedDict\n(](Netq\x00R", "from something else than pairs")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R", "makes a tensor from arguments")]
    [InlineData("NQ", "outside its pickle that is not a storage")]
    [InlineData("NN\x93", "a name that is not a text")]
    [InlineData("i__main__\nX\n", "the pickle operation 0x69 at byte 2")]
    [InlineData("I12\n", "the pickle operation 0x49")]
    [InlineData("\x82\x01", "the pickle operation 0x82")]
    public void Damaged_pickles(string operations, string sentence) => Refused(sentence, new WeightsPickleWriter().Raw(operations).Stop());

    [Fact]
    public void Pickles_of_other_protocols()
    {
        Refused("no pickle of protocol 2 to 5", Encoding.ASCII.GetBytes("(dp0\n."));
        Refused("no pickle of protocol 2 to 5", [0x80, 6, (byte)'N', (byte)'.']);
        Refused("ends in the middle", []);
    }

    [Fact]
    public void Pickles_cut_anywhere()
    {
        for (var length = 0; length < WeightsPythonFiles.Protocol2.Length; length += 3) Refused("", WeightsPythonFiles.Protocol2[..length]);
        for (var length = 0; length < WeightsPythonFiles.Protocol4.Length; length += 3) Refused("", WeightsPythonFiles.Protocol4[..length]);
        for (var length = 0; length < WeightsPythonFiles.Legacy.Length; length++) RefusedFile("", WeightsPythonFiles.Legacy[..length]);
    }

    [Theory]
    [InlineData(0, new long[] { 7 }, new long[] { 1 }, "reaches element 6 of storage \"0\", which has 6")]
    [InlineData(1, new long[] { 2, 3 }, new long[] { 3, 1 }, "reaches element 6")]
    [InlineData(6, new long[] { }, new long[] { }, "reaches element 6")]
    [InlineData(-1, new long[] { 1 }, new long[] { 1 }, "has offset -1")]
    [InlineData(5, new long[] { 2 }, new long[] { -1 }, "strides [-1]")]
    [InlineData(0, new long[] { -1 }, new long[] { 1 }, "negative size -1")]
    [InlineData(0, new long[] { 2, 3 }, new long[] { 1 }, "2 sizes and strides [1]")]
    [InlineData(0, new long[] { 2 }, new long[] { long.MaxValue }, "reaches element 9223372036854775807")]
    [InlineData(0, new long[] { 3, 3 }, new long[] { long.MaxValue, long.MaxValue }, "reaches element 9223372036854775807")]
    [InlineData(long.MaxValue, new long[] { 2 }, new long[] { 1 }, "reaches element 9223372036854775807")]
    [InlineData(0, new long[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 }, "more elements than can be counted")]
    [InlineData(0, new long[] { 1L << 20, 1L << 20 }, new long[] { 0, 0 }, "over a hundred times the size of the file")]
    public void Views_outside_their_storage(long offset, long[] shape, long[] strides, string sentence) =>
        Refused(sentence, new WeightsPickleWriter().Tensor("FloatStorage", "0", 6, offset, shape, strides).Stop());

    [Fact]
    public void Storages_that_are_not_as_described()
    {
        Refused("storage \"9\", which is missing", new WeightsPickleWriter().Tensor("FloatStorage", "9", 6, 0, [6], [1]).Stop());
        Refused("storage \"../0\", which is missing", new WeightsPickleWriter().Tensor("FloatStorage", "../0", 6, 0, [6], [1]).Stop());
        Refused("which has only 24 bytes", new WeightsPickleWriter().Tensor("FloatStorage", "0", 7, 0, [7], [1]).Stop());
        Refused("which has only 24 bytes", new WeightsPickleWriter().Tensor("DoubleStorage", "0", long.MaxValue, 0, [2], [1]).Stop());
        Refused("describes storage \"0\" in two ways", new WeightsPickleWriter().Storage("FloatStorage", "0", 6).Storage("IntStorage", "0", 6).Raw("t").Stop());
        Refused("not a storage", new WeightsPickleWriter().Storage("FloatStorage", "0", -6).Stop());
        Refused("torch.ComplexFloatStorage, which is not data", new WeightsPickleWriter().Tensor("ComplexFloatStorage", "0", 1, 0, [1], [1]).Stop());
        Refused("65 dimensions", new WeightsPickleWriter().Tensor("FloatStorage", "0", 6, 0, new long[65], new long[65]).Stop());
    }

    [Fact]
    public void Names_that_collide() => Refused("two tensors named \"a.b\"",
        new WeightsPickleWriter().Raw("}(").Text("a.b").Tensor("FloatStorage", "0", 6, 0, [1], [1]).Text("a").Raw("}").Text("b").Tensor("FloatStorage", "0", 6, 0, [1], [1]).Raw("su").Stop());

    [Fact]
    public void Containers_in_themselves()
    {
        Refused("64 deep", new WeightsPickleWriter().Raw("]q\x00h\x00" + "a").Stop());
        Refused("64 deep", new WeightsPickleWriter().Raw(string.Concat(Enumerable.Repeat("]", 100_000)) + new string('a', 99_999)).Stop());
        // Twenty lists, each of which holds the one before ten times.
        var laughs = new WeightsPickleWriter().Raw("(K\x01K\x01lq\x00");
        for (byte k = 1; k <= 20; k++) laughs.Raw("(" + string.Concat(Enumerable.Repeat($"h{(char)(k - 1)}", 10)) + "l").Raw((byte)'q', k);
        Refused("again and again", laughs.Stop());
        // One long key, used at every depth.
        var keys = new WeightsPickleWriter().Text(new string('k', 500_000)).Raw("q\x00");
        for (var k = 0; k < 60; k++) keys.Raw("}h\x00");
        Refused("", keys.Raw("N" + new string('s', 60)).Stop());
    }

    [Fact]
    public void Many_views_of_one_storage_take_no_more_than_the_file_allows()
    {
        var pickle = new WeightsPickleWriter().Raw("(").Tensor("FloatStorage", "z", 1 << 22, 0, [1 << 22], [1]).Raw("q\x00");
        for (var k = 0; k < 1000; k++) pickle.Raw("h\x00");
        RefusedFile("over a hundred times the size of the file", Zip(pickle.Raw("l").Stop(), new() { ["z"] = new byte[4 << 22] }, CompressionLevel.SmallestSize));
    }

    [Fact]
    public void Archives_that_are_not_checkpoints()
    {
        var pickle = WeightsPythonFiles.Protocol2;
        RefusedFile("no entry data.pkl", Archive(("a.npy", [1])));
        RefusedFile("more than one entry data.pkl", Archive(("a/data.pkl", pickle), ("b/data.pkl", pickle)));
        RefusedFile("byte order \"big\"", Zip(pickle, [], order: "big"));
        RefusedFile("byteorder", Zip(pickle, [], order: new string('x', 1000)));
        RefusedFile("a bare pickle", pickle);
        // A bomb: a pickle that unpacks to a thousand times the archive.
        RefusedFile("at most", Zip(new byte[200 << 20], [], CompressionLevel.SmallestSize));
        RefusedFile("", [.. "PK\x03\x04"u8, .. new byte[100]]);
    }

    [Fact]
    public void The_older_format()
    {
        var good = WeightsPythonFiles.Legacy;
        void Changed(string sentence, string text, byte[] replacement)
        {
            var at = good.AsSpan().IndexOf(Encoding.Latin1.GetBytes(text));
            Assert.True(at > 0);
            byte[] bad = [.. good];
            replacement.CopyTo(bad, at);
            RefusedFile(sentence, bad);
        }
        Changed("byte order is little", "little_endian", "fiddle_endian"u8.ToArray());
        Changed("has the version 770", "M\xe9\x03.", [(byte)'M', 2, 3]);
        Changed("promises 9223372036854775807 elements", "\x06\0\0\0\0\0\0\0\0\0\x80\x3f", Bytes(long.MaxValue));
        Changed("promises -1 elements", "\x06\0\0\0\0\0\0\0\0\0\x80\x3f", Bytes(-1L));
        Changed("is truncated: storage \"1\"", "\x06\0\0\0\0\0\0\0\0\0\x80\x3f", [5]);
    }

    private static byte[] Archive(params (string Name, byte[] Content)[] entries)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(content);
            }
        return memory.ToArray();
    }

    private void Refused(string sentence, byte[] pickle) => RefusedFile(sentence, Zip(pickle, new() { ["0"] = Bytes(1f, 2f, 3f, 4f, 5f, 6f) }));

    private void RefusedFile(string sentence, byte[] content)
    {
        var path = _folder["bad.pt"];
        File.WriteAllBytes(path, content);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var message = Assert.Throws<BadInputException>(() => WeightFile.Open(path).Dispose()).Message;
        // Refused before memory is taken: what is read of the file and some small change.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (64 << 20) + 200L * content.Length);
        Assert.StartsWith(path + ": ", message);
        Assert.Contains(sentence, message);
        Assert.DoesNotContain('\n', message);
        Assert.True(message.Length < 600, "a sentence, not a page");
    }
}
