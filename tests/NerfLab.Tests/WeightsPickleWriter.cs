using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace NerfLab.Tests;

/// <summary>Writes pickles operation by operation, as torch.save does it and as an attacker would.</summary>
internal sealed class WeightsPickleWriter
{
    private readonly MemoryStream _bytes = new();

    public WeightsPickleWriter(int protocol = 2) => Raw(0x80, (byte)protocol);

    public WeightsPickleWriter Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public WeightsPickleWriter Raw(string operations) => Raw(Encoding.Latin1.GetBytes(operations));

    public WeightsPickleWriter Global(string module, string name) => Raw($"c{module}\n{name}\n");

    public WeightsPickleWriter Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Raw("X").Raw(Four(utf8.Length)).Raw(utf8);
    }

    public WeightsPickleWriter Long(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Raw(0x8a, 8).Raw(bytes);
    }

    public WeightsPickleWriter Tuple(params long[] numbers)
    {
        Raw("(");
        foreach (var number in numbers) Long(number);
        return Raw("t");
    }

    /// <summary>A tensor as torch.save describes it: the rebuilding function, a persistent identifier, offset, sizes, strides.</summary>
    public WeightsPickleWriter Tensor(string storage, string key, long elements, long offset, long[] shape, long[] strides) =>
        Global("torch._utils", "_rebuild_tensor_v2").Raw("(").Storage(storage, key, elements).Long(offset).Tuple(shape).Tuple(strides).Raw(0x89).Global("collections", "OrderedDict").Raw(")RtR");

    public WeightsPickleWriter Storage(string storage, string key, long elements) => Raw("(").Text("storage").Global("torch", storage).Text(key).Text("cpu").Long(elements).Raw("tQ");

    /// <summary>The finished pickle.</summary>
    public byte[] Stop() => Raw(".")._bytes.ToArray();

    public static byte[] Four(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }

    /// <summary>The archive that torch.save makes of a pickle and storages.</summary>
    public static byte[] Zip(byte[] pickle, Dictionary<string, byte[]> storages, CompressionLevel level = CompressionLevel.NoCompression, string? order = "little")
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            void Add(string name, byte[] content)
            {
                using var entry = zip.CreateEntry($"archive/{name}", level).Open();
                entry.Write(content);
            }
            Add("data.pkl", pickle);
            if (order != null) Add("byteorder", Encoding.ASCII.GetBytes(order));
            foreach (var (key, bytes) in storages) Add($"data/{key}", bytes);
            Add("version", "3\n"u8.ToArray());
        }
        return memory.ToArray();
    }

    /// <summary>The elements of an array as the bytes of a storage.</summary>
    public static byte[] Bytes<T>(params T[] values) where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(values).ToArray();
}
