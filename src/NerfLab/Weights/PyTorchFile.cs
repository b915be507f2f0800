using System.Globalization;
using System.Numerics;
using static TorchSharp.torch;

namespace NerfLab.Weights;

/// <summary>
/// A checkpoint that <c>torch.save</c> wrote (.pt, .pth), of any version since PyTorch 0.4, opened for reading. Only tensors and plain containers are read;
/// a file that asks for anything else of Python is refused by the name of what it asks for, and nothing of it is run.
/// </summary>
/// <remarks>
/// Dictionaries, lists and tuples in each other are flattened: the tensor at <c>["model"]["layers"][0]</c> is named <c>model.layers.0</c>,
/// a file that is one tensor names it <c>tensor</c>. Numbers and texts are in <see cref="Metadata"/> under names made the same way.
/// Tensors that share memory in the file are read as separate tensors.
/// </remarks>
public sealed class PyTorchFile : WeightFile
{
    private const int MostDepth = 64;

    private readonly PyTorchContainer _container;
    private readonly Dictionary<string, PyTorchTensor> _tensors = [];
    private readonly List<string> _names = [];
    private readonly Dictionary<string, string> _metadata = [];
    private long _bytesLeft;
    private long _textLeft;

    /// <summary>Opens a file, reads its pickle and checks that every tensor lies within its storage.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">The file is missing, damaged, or refers to something that is not data.</exception>
    public PyTorchFile(string path) : base(path)
    {
        var stream = OpenStream(path);
        try
        {
            // Weights hardly compress. Below this a small archive of zeros stays readable, above it a bomb does not go off.
            _bytesLeft = long.Max(64 << 20, stream.Length <= long.MaxValue / 100 ? 100 * stream.Length : long.MaxValue);
            Span<byte> start = stackalloc byte[PyTorchStream.Magic.Length];
            start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            if (!Begins(start)) throw new InvalidDataException("is no file that torch.save wrote; a zip archive or its older format is expected");
            if (start[0] != 'P' && !start.SequenceEqual(PyTorchStream.Magic)) throw new InvalidDataException("is a bare pickle; a file that torch.save wrote is expected");
            stream.Position = 0;
            _container = start[0] == 'P' ? new PyTorchZip(stream, _bytesLeft) : new PyTorchStream(stream);
            _textLeft = (1 << 20) + 128L * _container.Operations;
            Flatten(_container.Value, "", 0);
        }
        catch (Exception e)
        {
            stream.Dispose();
            if (IsDamage(e)) throw Bad(Sentence(e), e);
            throw;
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Names => _names;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <inheritdoc/>
    public override long[] Shape(string name) => [.. Find(name).Shape];

    /// <inheritdoc/>
    public override ScalarType Dtype(string name) => Find(name).Type;

    /// <inheritdoc/>
    public override Tensor Read(string name)
    {
        var described = Find(name);
        try
        {
            if (described.Shape.Contains(0)) return empty(described.Shape, described.Type, CPU);
            var stream = _container.OpenStorage(described.Storage.Key, described.Offset * described.Type.ElementSize());
            using var owned = _container is PyTorchZip ? stream : null; // the older format has one stream for all
            if (IsRowMajor(described)) return TensorBytes.Read(stream, described.Shape, described.Type);
            using var span = TensorBytes.Read(stream, [1 + LastElement(described)], described.Type);
            using var view = span.as_strided(described.Shape, described.Strides);
            return view.contiguous();
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Bad($"tensor \"{Shorten(name)}\" cannot be read: the file {Sentence(e)}", e);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _container.Dispose();

    /// <summary>Whether a file that begins so can be a PyTorch file: a zip archive or a pickle.</summary>
    internal static bool Begins(ReadOnlySpan<byte> start) => start.StartsWith("PK\x03\x04"u8) || start.Length >= 2 && start[0] == 0x80 && start[1] is >= 2 and <= 5;

    // What the zip and stream readers throw for bytes that make no sense.
    private static bool IsDamage(Exception e) => e is InvalidDataException or IOException or NotSupportedException or OverflowException;

    private static string Sentence(Exception e) => e is InvalidDataException ? e.Message.TrimEnd('.') : $"is truncated or damaged ({e.Message.TrimEnd('.')})";

    private PyTorchTensor Find(string name) => _tensors.GetValueOrDefault(name) ?? throw Missing(name);

    /// <summary>Gives every leaf a name. A pickle may name one container many times, even inside itself, so depth, names and the bytes of all tensors have limits.</summary>
    private void Flatten(object? value, string name, int depth)
    {
        const int leafCost = 32;
        if (depth > MostDepth) throw new InvalidDataException($"has containers in each other {MostDepth} deep, at \"{Shorten(name)}\"");
        if ((_textLeft -= name.Length + leafCost) < 0) throw Repetitive();
        switch (value)
        {
            case PyTorchTensor tensor: Add(name == "" ? "tensor" : name, tensor); break;
            case PickleDictionary items: foreach (var (key, item) in items) Flatten(item, Join(name, key), depth + 1); break;
            case List<object?> items: for (var k = 0; k < items.Count; k++) Flatten(items[k], Join(name, k.ToString(CultureInfo.InvariantCulture)), depth + 1); break;
            case object?[] items: for (var k = 0; k < items.Length; k++) Flatten(items[k], Join(name, k.ToString(CultureInfo.InvariantCulture)), depth + 1); break;
            case string or bool or long or double or BigInteger: _metadata.TryAdd(name, Convert.ToString(value, CultureInfo.InvariantCulture)!); break;
        }
    }

    private string Join(string name, string key)
    {
        if (name.Length + key.Length > _textLeft) throw Repetitive();
        return name == "" ? key : $"{name}.{key}";
    }

    private static InvalidDataException Repetitive() => new("makes more of its containers than it says, by naming the same ones again and again");

    private void Add(string name, PyTorchTensor tensor)
    {
        var label = $"has a tensor \"{Shorten(name)}\" that";
        if (!_tensors.TryAdd(name, tensor)) throw new InvalidDataException($"has two tensors named \"{Shorten(name)}\"");
        _names.Add(name);
        if (!TensorBytes.TrySize(tensor.Shape, tensor.Type.ElementSize(), out var bytes, out var complaint)) throw new InvalidDataException($"{label} {complaint}");
        if (tensor.Shape.Length != tensor.Strides.Length || tensor.Offset < 0 || Array.Exists(tensor.Strides, s => s < 0))
            throw new InvalidDataException($"{label} has offset {tensor.Offset}, {tensor.Shape.Length} sizes and strides [{string.Join(',', tensor.Strides)}]; an offset and as many strides as sizes from 0 are expected");
        if (bytes == 0) return;
        if ((_bytesLeft -= bytes) < 0) throw new InvalidDataException($"{label} brings all tensors to over a hundred times the size of the file");
        var (key, _, elements) = (tensor.Storage.Key, tensor.Storage.Type, tensor.Storage.Length);
        var last = LastElement(tensor, from: tensor.Offset);
        if (last >= elements) throw new InvalidDataException($"{label} reaches element {last} of storage \"{Shorten(key)}\", which has {elements}");
        var stored = _container.StorageBytes(key);
        if (stored < (Int128)elements * tensor.Type.ElementSize())
            throw new InvalidDataException(stored < 0 ? $"{label} needs storage \"{Shorten(key)}\", which is missing" : $"{label} needs storage \"{Shorten(key)}\" of {elements} elements, which has only {stored} bytes");
    }

    // Saturates: an element that far out is beyond any storage.
    private static long LastElement(PyTorchTensor tensor, long from = 0)
    {
        Int128 last = from;
        for (var k = 0; k < tensor.Shape.Length; k++) last += (Int128)(tensor.Shape[k] - 1) * tensor.Strides[k];
        return last > long.MaxValue ? long.MaxValue : (long)last;
    }

    private static bool IsRowMajor(PyTorchTensor tensor)
    {
        long expected = 1;
        for (var k = tensor.Shape.Length - 1; k >= 0; k--)
        {
            if (tensor.Shape[k] != 1 && tensor.Strides[k] != expected) return false;
            expected *= tensor.Shape[k];
        }
        return true;
    }
}
