using static TorchSharp.torch;

namespace NerfLab.Weights;

/// <summary>A piece of raw memory in a PyTorch file, from which tensors are cut.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Length">Its elements.</param>
internal sealed record PyTorchStorage(string Key, ScalarType Type, long Length);

/// <summary>A tensor as a PyTorch file describes it: a view of a storage, in elements of <paramref name="Type"/>.</summary>
internal sealed record PyTorchTensor(PyTorchStorage Storage, ScalarType Type, long Offset, long[] Shape, long[] Strides);

/// <summary>
/// The Python names that a PyTorch file of weights may use: storages, tensors, and containers. Everything else is refused by its name,
/// because a pickle can ask for any function of Python, to run with any arguments.
/// </summary>
internal sealed class PyTorchVocabulary : Pickle.IVocabulary
{
    private enum Callable { Tensor, Parameter, Dictionary, Items, Tuple, Device, Bytes }

    private sealed record StorageType(ScalarType Type);

    private static readonly Dictionary<string, object> s_names = new()
    {
        ["torch._utils._rebuild_tensor"] = Callable.Tensor,
        ["torch._utils._rebuild_tensor_v2"] = Callable.Tensor,
        ["torch._utils._rebuild_parameter"] = Callable.Parameter,
        ["collections.OrderedDict"] = Callable.Dictionary,
        ["collections.Counter"] = Callable.Dictionary,
        ["builtins.dict"] = Callable.Dictionary,
        ["builtins.set"] = Callable.Items,
        ["builtins.frozenset"] = Callable.Items,
        ["builtins.list"] = Callable.Items,
        ["torch.Size"] = Callable.Tuple,
        ["torch.device"] = Callable.Device,
        ["builtins.bytes"] = Callable.Bytes,
        ["_codecs.encode"] = Callable.Bytes, // how protocol 2 writes bytes
        ["torch.DoubleStorage"] = new StorageType(ScalarType.Float64),
        ["torch.FloatStorage"] = new StorageType(ScalarType.Float32),
        ["torch.HalfStorage"] = new StorageType(ScalarType.Float16),
        ["torch.BFloat16Storage"] = new StorageType(ScalarType.BFloat16),
        ["torch.LongStorage"] = new StorageType(ScalarType.Int64),
        ["torch.IntStorage"] = new StorageType(ScalarType.Int32),
        ["torch.ShortStorage"] = new StorageType(ScalarType.Int16),
        ["torch.CharStorage"] = new StorageType(ScalarType.Int8),
        ["torch.ByteStorage"] = new StorageType(ScalarType.Byte),
        ["torch.BoolStorage"] = new StorageType(ScalarType.Bool),
        ["torch.UntypedStorage"] = new StorageType(ScalarType.Byte),
        ["torch.storage.UntypedStorage"] = new StorageType(ScalarType.Byte),
        ["torch.float64"] = ScalarType.Float64,
        ["torch.float32"] = ScalarType.Float32,
        ["torch.float16"] = ScalarType.Float16,
        ["torch.bfloat16"] = ScalarType.BFloat16,
        ["torch.int64"] = ScalarType.Int64,
        ["torch.int32"] = ScalarType.Int32,
        ["torch.int16"] = ScalarType.Int16,
        ["torch.int8"] = ScalarType.Int8,
        ["torch.uint8"] = ScalarType.Byte,
        ["torch.bool"] = ScalarType.Bool,
    };

    /// <summary>The storages that were mentioned, by key.</summary>
    public Dictionary<string, PyTorchStorage> Storages { get; } = [];

    public object Global(string module, string name)
    {
        // Python 2's name for builtins, which protocol 2 keeps.
        var full = $"{(module == "__builtin__" ? "builtins" : module)}.{name}";
        return s_names.GetValueOrDefault(full)
            ?? throw new InvalidDataException($"refers to {WeightFile.Shorten($"{module}.{name}")}, which is not data; only tensors, numbers, texts and plain containers of them are read");
    }

    // Lists, dictionaries and texts are handed through, not copied: a pickle may name the same one many times.
    public object? Call(object? callee, object?[] arguments) => (callee, arguments) switch
    {
        (Callable.Tensor, [PyTorchStorage storage, long offset, object?[] shape, object?[] strides, ..]) => new PyTorchTensor(storage, storage.Type, offset, Numbers(shape), Numbers(strides)),
        (Callable.Parameter, [PyTorchTensor tensor, ..]) => tensor,
        (Callable.Dictionary, []) => new PickleDictionary(),
        (Callable.Dictionary, [PickleDictionary items]) => items,
        (Callable.Dictionary, [List<object?> pairs]) => Pairs(pairs),
        (Callable.Items, []) => new List<object?>(),
        (Callable.Items, [List<object?> items]) => items,
        (Callable.Tuple, [object?[] items]) => items,
        (Callable.Device, [string { Length: <= 16 } type]) => type,
        (Callable.Device, [string { Length: <= 16 } type, long index]) => $"{type}:{index}",
        (Callable.Bytes, [string, ..] or []) => Array.Empty<byte>(), // no one asks for their value
        (Callable known, _) => throw new InvalidDataException($"makes a {known.ToString().ToLowerInvariant()} from arguments that do not fit"),
        _ => throw new InvalidDataException("calls something that is not a function"),
    };

    public object? Outside(object? identifier)
    {
        if (identifier is not object?[] { Length: 5 or 6 } parts || parts is not ["storage", StorageType type, string key, string, long and >= 0 and var length, ..])
            throw new InvalidDataException("refers to something outside its pickle that is not a storage");
        if (parts is [.., not null] and { Length: 6 }) throw new InvalidDataException($"has storage \"{WeightFile.Shorten(key)}\" as a part of another, as PyTorch before 0.4 wrote; load it there and save it again");
        var storage = new PyTorchStorage(key, type.Type, length);
        if (!Storages.TryAdd(key, storage)) storage = Storages[key] == storage ? Storages[key] : throw new InvalidDataException($"describes storage \"{WeightFile.Shorten(key)}\" in two ways");
        return storage;
    }

    /// <summary>How Python 2 wrote an ordered dictionary. The list is emptied, so that naming it a thousand times does not make a thousand dictionaries.</summary>
    private static PickleDictionary Pairs(List<object?> pairs)
    {
        var items = pairs.SelectMany(p => p is object?[] { Length: 2 } or List<object?> { Count: 2 } ? (IEnumerable<object?>)p : throw new InvalidDataException("makes a dictionary from something else than pairs")).ToArray();
        pairs.Clear();
        return new PickleDictionary().With(items);
    }

    private static long[] Numbers(object?[] tuple)
    {
        const int mostDimensions = 64;
        if (tuple.Length > mostDimensions) throw new InvalidDataException($"has a tensor of {tuple.Length} dimensions; at most {mostDimensions} are expected");
        return Array.ConvertAll(tuple, n => n is long number ? number : throw new InvalidDataException("has a tensor whose size or stride is not a whole number"));
    }
}
