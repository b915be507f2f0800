using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>An argument of an operator: what kind it is, its bits, and the object behind it, which stays alive during the call.</summary>
internal readonly struct Arg
{
    internal readonly object? Object;
    internal readonly long Bits;
    internal readonly int Count;
    internal readonly Native.Kind Kind;

    Arg(Native.Kind kind, long bits, object? o = null, int count = 0) => (Kind, Bits, Object, Count) = (kind, bits, o, count);

    /// <summary>No value: the operator's optional argument is absent.</summary>
    internal static Arg None => default;

    public static implicit operator Arg(torch.Tensor? tensor) => tensor is null ? default : new(Native.Kind.Tensor, tensor.Handle, tensor);
    public static implicit operator Arg(long value) => new(Native.Kind.Int, value);
    public static implicit operator Arg(long? value) => value is { } v ? v : default(Arg);
    public static implicit operator Arg(int? value) => value is { } v ? (long)v : default(Arg);
    public static implicit operator Arg(bool value) => new(Native.Kind.Bool, value ? 1 : 0);
    public static implicit operator Arg(bool? value) => value is { } v ? v : default(Arg);
    public static implicit operator Arg(double value) => new(Native.Kind.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(double? value) => value is { } v ? v : default(Arg);
    public static implicit operator Arg(Scalar? scalar) => scalar is null ? default : scalar.ToArg();
    public static implicit operator Arg(torch.ScalarType type) => (long)type;
    public static implicit operator Arg(torch.ScalarType? type) => type is { } t ? (long)t : default(Arg);
    public static implicit operator Arg(torch.Device? device) => device is null ? default : new(Native.Kind.Device, (long)device.type, null, device.index);
    public static implicit operator Arg(torch.Generator? generator) => generator is null ? default : new(Native.Kind.Generator, generator.Handle, generator);
    public static implicit operator Arg(string? text) => text is null ? default : new(Native.Kind.String, 0, text);
    public static implicit operator Arg(long[]? list) => list is null ? default : new(Native.Kind.IntList, 0, list, list.Length);
    public static implicit operator Arg(ReadOnlySpan<long> list) => list.ToArray();
    public static implicit operator Arg(double[]? list) => list is null ? default : new(Native.Kind.DoubleList, 0, list, list.Length);
    public static implicit operator Arg(bool[]? list) => list is null ? default : new(Native.Kind.BoolList, 0, list, list.Length);
    public static implicit operator Arg(torch.Tensor[] list) => new(Native.Kind.TensorList, 0, list, list.Length);

    /// <summary>A list in which a missing tensor stands for "all of this dimension" (the indices of <c>index</c>).</summary>
    internal static Arg Optional(torch.Tensor?[] list) => new(Native.Kind.OptionalTensorList, 0, list, list.Length);

    /// <summary>A number where the operator takes a tensor as second operand: it does not change the dtype as a tensor would.</summary>
    internal static Arg Number(long value) => new(Native.Kind.Number, value, null, (int)Native.Kind.Int);

    internal static Arg Number(double value) => new(Native.Kind.Number, BitConverter.DoubleToInt64Bits(value), null, (int)Native.Kind.Double);

    internal static Arg Complex(double real, double imaginary) => new(Native.Kind.Complex, 0, new[] { real, imaginary }, 2);

    /// <summary>Room that <see cref="Write"/> needs for a list or a text, in bytes; a multiple of 8.</summary>
    internal int ScratchBytes => Kind switch
    {
        Native.Kind.IntList or Native.Kind.DoubleList or Native.Kind.TensorList or Native.Kind.OptionalTensorList or Native.Kind.Complex => 8 * Count,
        Native.Kind.BoolList => (Count + 7) & ~7,
        Native.Kind.String => (System.Text.Encoding.UTF8.GetByteCount((string)Object!) + 7) & ~7,
        _ => 0,
    };

    /// <summary>The native form; lists are copied to <paramref name="scratch"/>, so that nothing has to be pinned.</summary>
    internal unsafe Native.Value Write(byte* scratch)
    {
        var (bits, count) = (Bits, Count);
        switch (Kind)
        {
            case Native.Kind.IntList: ((long[])Object!).CopyTo(new Span<long>(scratch, count)); break;
            case Native.Kind.DoubleList or Native.Kind.Complex: ((double[])Object!).CopyTo(new Span<double>(scratch, count)); break;
            case Native.Kind.BoolList: ((bool[])Object!).CopyTo(new Span<bool>(scratch, count)); break;
            case Native.Kind.String: count = System.Text.Encoding.UTF8.GetBytes((string)Object!, new Span<byte>(scratch, ScratchBytes)); break;
            case Native.Kind.TensorList or Native.Kind.OptionalTensorList:
                var tensors = (torch.Tensor?[])Object!;
                for (int i = 0; i < tensors.Length; i++)
                    ((nint*)scratch)[i] = tensors[i]?.Handle ?? (Kind == Native.Kind.OptionalTensorList ? 0 : throw new ArgumentNullException("tensors", $"element {i} of the list of tensors is null"));
                break;
            default: return new Native.Value { Kind = Kind, Bits = bits, Count = count };
        }
        return new Native.Value { Kind = Kind, Bits = (long)scratch, Count = count };
    }
}

/// <summary>Calls of libtorch's operators by schema name, such as <c>sum.dim_IntList</c>. Trailing arguments may be left out where the schema has defaults.</summary>
internal static unsafe class Op
{
    // The names are literals, so their identity is enough to find them again.
    static readonly ConcurrentDictionary<string, nint> Operators = new(ReferenceEqualityComparer.Instance);

    static nint Find(string name)
    {
        if (Operators.TryGetValue(name, out var op)) return op;
        int dot = name.IndexOf('.');
        return Operators[name] = Native.Check(Native.nl_operator("aten::" + (dot < 0 ? name : name[..dot]), dot < 0 ? "" : name[(dot + 1)..]));
    }

    /// <summary>Whether this libtorch has the operator.</summary>
    internal static bool Exists(string name)
    {
        int dot = name.IndexOf('.');
        return Native.nl_operator("aten::" + (dot < 0 ? name : name[..dot]), dot < 0 ? "" : name[(dot + 1)..]) != 0;
    }

    [SkipLocalsInit]
    static int Invoke(string name, ReadOnlySpan<Arg> arguments, Native.Value* results, int capacity, Native.Value** spill)
    {
        const int OnStack = 1024;
        int bytes = 0;
        foreach (ref readonly var argument in arguments) bytes += argument.ScratchBytes;
        var values = stackalloc Native.Value[arguments.Length];
        byte* stack = stackalloc byte[bytes <= OnStack ? bytes : 0];
        byte* scratch = bytes <= OnStack ? stack : (byte*)NativeMemory.Alloc((nuint)bytes);
        try
        {
            int used = 0;
            for (int i = 0; i < arguments.Length; i++)
            {
                values[i] = arguments[i].Write(scratch + used);
                used += arguments[i].ScratchBytes;
            }
            int count = Native.nl_call(Find(name), values, arguments.Length, results, capacity, spill);
            foreach (ref readonly var argument in arguments) GC.KeepAlive(argument.Object);
            return count != Native.Failed ? count : throw Native.Error();
        }
        finally
        {
            if (bytes > OnStack) NativeMemory.Free(scratch);
        }
    }

    static torch.Tensor Wrap(in Native.Value value) => value.Kind == Native.Kind.Tensor && value.Bits != 0
        ? new torch.Tensor((nint)value.Bits, value.Bytes)
        : throw new InvalidOperationException("the operator returned no tensor");

    /// <summary>An operator with one tensor as result.</summary>
    [SkipLocalsInit]
    internal static torch.Tensor Call(string name, params ReadOnlySpan<Arg> arguments)
    {
        Native.Value result;
        Native.Value* spill = null;
        Invoke(name, arguments, &result, 1, &spill);
        return Wrap(result);
    }

    /// <summary>An operator that changes its first argument and returns it.</summary>
    internal static torch.Tensor InPlace(string name, params ReadOnlySpan<Arg> arguments)
    {
        Invoke(name, arguments, null, 0, null);
        return (torch.Tensor)arguments[0].Object!;
    }

    /// <summary>An operator with several results, or with a list of tensors as result.</summary>
    internal static torch.Tensor[] List(string name, params ReadOnlySpan<Arg> arguments)
    {
        const int Capacity = 8;
        var inline = stackalloc Native.Value[Capacity];
        Native.Value* spill = null;
        int count = Invoke(name, arguments, inline, Capacity, &spill);
        var values = spill == null ? inline : spill;
        var tensors = new torch.Tensor[count];
        for (int i = 0; i < count; i++) tensors[i] = values[i].Bits == 0 ? null! : Wrap(values[i]);
        Native.nl_free(spill);
        return tensors;
    }

    /// <summary>An operator with two tensors as result.</summary>
    internal static (torch.Tensor, torch.Tensor) Pair(string name, params ReadOnlySpan<Arg> arguments)
    {
        var results = List(name, arguments);
        return (results[0], results[1]);
    }

    /// <summary>An operator with three tensors as result.</summary>
    internal static (torch.Tensor, torch.Tensor, torch.Tensor) Triple(string name, params ReadOnlySpan<Arg> arguments)
    {
        var results = List(name, arguments);
        return (results[0], results[1], results[2]);
    }

    /// <summary>An operator whose result is an integer or a truth value.</summary>
    internal static long Number(string name, params ReadOnlySpan<Arg> arguments)
    {
        Native.Value result;
        Native.Value* spill = null;
        Invoke(name, arguments, &result, 1, &spill);
        return result.Bits;
    }
}
