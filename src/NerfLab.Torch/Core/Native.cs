using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The exported functions of the shim (native/*.cpp), and its errors as C# exceptions.</summary>
internal static unsafe partial class Native
{
    const string Shim = "nerflab_torch";

    /// <summary>
    /// What the OpenMP library reads once, when it is loaded with the shim; the user's own settings stay. Idle threads sleep
    /// rather than spin after each operator, which would starve kernels that run on .NET's threads. And all processors of
    /// this process are used: some builds of libtorch take one where there are two.
    /// </summary>
    static Native()
    {
        setenv("OMP_WAIT_POLICY", "passive", overwrite: 0);
        setenv("OMP_NUM_THREADS", Environment.ProcessorCount.ToString(System.Globalization.CultureInfo.InvariantCulture), overwrite: 0);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)] private static partial int setenv(string name, string value, int overwrite);

    /// <summary>One boxed argument or result; the layout is <c>shim::Value</c>'s.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Value
    {
        internal Kind Kind;
        internal int Count;
        internal long Bits;
        internal long Bytes;
    }

    internal enum Kind
    {
        None = 0, Tensor = 1, Int = 2, Double = 3, Bool = 4, IntList = 5, DoubleList = 6, TensorList = 7,
        OptionalTensorList = 8, String = 9, Device = 10, Generator = 11, BoolList = 12, Complex = 13, Number = 14,
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Info
    {
        internal long Numel, Offset;
        internal int Dtype, Device, DeviceIndex, Dimensions, ElementSize, Flags;

        internal readonly bool RequiresGrad => (Flags & 1) != 0;
        internal readonly bool IsLeaf => (Flags & 2) != 0;
        internal readonly bool IsContiguous => (Flags & 4) != 0;
        internal readonly bool IsSparse => (Flags & 8) != 0;
        internal readonly bool IsConj => (Flags & 16) != 0;
        internal readonly bool IsNeg => (Flags & 32) != 0;
    }

    /// <summary>Switches of CUDA's kernels; the numbers are <c>Switch</c>'s of the shim.</summary>
    internal enum Switch { Tf32Matmul, Tf32Cudnn, HalfReduction, FlashAttention, MathAttention }

    internal static bool Get(Switch what) => nl_switch(what) != 0;

    internal static void Set(Switch what, bool on) => Check(nl_set_switch(what, on ? 1 : 0));

    internal const int Failed = -1;

    /// <summary>Exceptions thrown by C# code that libtorch called, until the outer call returns.</summary>
    internal static readonly ConcurrentDictionary<long, ExceptionDispatchInfo> Thrown = new();

    /// <summary>Throws what the last failed call of this thread left behind.</summary>
    internal static Exception Error()
    {
        long managed;
        var message = Marshal.PtrToStringUTF8((nint)nl_error(&managed)) ?? "";
        if (managed != 0 && Thrown.TryRemove(managed, out var thrown)) thrown.Throw();
        return new ExternalException(message);
    }

    internal static void Check(int status)
    {
        if (status == Failed) throw Error();
    }

    internal static nint Check(nint handle) => handle != 0 ? handle : throw Error();

    [LibraryImport(Shim)] internal static partial byte* nl_error(long* managed);
    [LibraryImport(Shim, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint nl_operator(string name, string overload);
    [LibraryImport(Shim)] internal static partial int nl_call(nint op, Value* arguments, int count, Value* results, int capacity, Value** spill);
    [LibraryImport(Shim)] internal static partial void nl_free(void* block);

    [LibraryImport(Shim)] internal static partial void nl_tensor_delete(nint tensor);
    [LibraryImport(Shim)] internal static partial void nl_tensors_delete(nint* tensors, int count);
    [LibraryImport(Shim)] internal static partial nint nl_tensor_alias(nint tensor);
    [LibraryImport(Shim)] internal static partial int nl_tensor_info(nint tensor, Info* info);
    [LibraryImport(Shim)] internal static partial void nl_tensor_sizes(nint tensor, long* sizes);
    [LibraryImport(Shim)] internal static partial int nl_tensor_strides(nint tensor, long* strides);
    [LibraryImport(Shim)] internal static partial nint nl_tensor_data(nint tensor);
    [LibraryImport(Shim)] internal static partial int nl_tensor_item(nint tensor, long* integer, double* real, double* imaginary);
    [LibraryImport(Shim)] internal static partial nint nl_tensor_from_blob(void* data, long* sizes, int count, int dtype, delegate* unmanaged<void*, void> release, void* context);
    [LibraryImport(Shim)] internal static partial nint nl_tensor_grad(nint tensor);
    [LibraryImport(Shim)] internal static partial int nl_tensor_set_grad(nint tensor, nint grad);
    [LibraryImport(Shim)] internal static partial int nl_tensor_set_requires_grad(nint tensor, int on);
    [LibraryImport(Shim)] internal static partial int nl_tensor_retain_grad(nint tensor);
    [LibraryImport(Shim)] internal static partial int nl_tensor_set_data(nint tensor, nint source);
    [LibraryImport(Shim, StringMarshalling = StringMarshalling.Utf8)] internal static partial int nl_tensor_save(nint tensor, string path);
    [LibraryImport(Shim, StringMarshalling = StringMarshalling.Utf8)] internal static partial nint nl_tensor_load(string path);

    [LibraryImport(Shim)] internal static partial int nl_grad_enabled();
    [LibraryImport(Shim)] internal static partial void nl_set_grad_enabled(int on);
    [LibraryImport(Shim)] internal static partial nint nl_inference_mode(int on);
    [LibraryImport(Shim)] internal static partial void nl_inference_mode_end(nint guard);
    [LibraryImport(Shim)] internal static partial int nl_inference_mode_enabled();

    [LibraryImport(Shim)] internal static partial nint nl_generator(ulong seed, int device, int index);
    [LibraryImport(Shim)] internal static partial nint nl_generator_default(int device, int index);
    [LibraryImport(Shim)] internal static partial void nl_generator_delete(nint generator);
    [LibraryImport(Shim)] internal static partial int nl_generator_seed(nint generator, ulong seed);
    [LibraryImport(Shim)] internal static partial long nl_generator_initial_seed(nint generator);
    [LibraryImport(Shim)] internal static partial nint nl_generator_state(nint generator);
    [LibraryImport(Shim)] internal static partial int nl_generator_set_state(nint generator, nint state);
    [LibraryImport(Shim)] internal static partial int nl_manual_seed(ulong seed);

    [LibraryImport(Shim)] internal static partial int nl_cuda_count();
    [LibraryImport(Shim)] internal static partial int nl_cudnn_available();
    [LibraryImport(Shim)] internal static partial int nl_threads();
    [LibraryImport(Shim)] internal static partial int nl_set_threads(int count);
    [LibraryImport(Shim)] internal static partial int nl_interop_threads();
    [LibraryImport(Shim)] internal static partial int nl_set_interop_threads(int count);
    [LibraryImport(Shim)] internal static partial int nl_switch(Switch what);
    [LibraryImport(Shim)] internal static partial int nl_set_switch(Switch what, int on);
    [LibraryImport(Shim)] internal static partial byte* nl_version();

    [LibraryImport(Shim)] internal static partial void nl_function_callbacks(delegate* unmanaged<long, nint*, int, nint*, int, int> backward, delegate* unmanaged<long, void> release);
    [LibraryImport(Shim, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int nl_function_attach(long id, string name, int materialize, nint* inputs, int inputCount, nint* outputs, int outputCount,
        nint* dirty, int dirtyCount, nint* constant, int constantCount, nint* saved, int savedCount, nint* node);
    [LibraryImport(Shim)] internal static partial int nl_function_saved(nint node, nint* tensors, int capacity);
    [LibraryImport(Shim)] internal static partial int nl_backward(nint* tensors, int count, nint* grads, int gradCount, int retainGraph, int createGraph, nint* inputs, int inputCount);
    [LibraryImport(Shim)] internal static partial int nl_grad(nint* outputs, int count, nint* inputs, int inputCount, nint* grads, int gradCount, int retainGraph, int createGraph, int allowUnused, nint* results);
    [LibraryImport(Shim)] internal static partial int nl_anomaly();
    [LibraryImport(Shim)] internal static partial int nl_anomaly_checks_nan();
    [LibraryImport(Shim)] internal static partial void nl_set_anomaly(int on, int checkNan);
    [LibraryImport(Shim)] internal static partial int nl_adam(int count, nint* parameters, nint* grads, nint* means, nint* squares, nint* maxima, long* steps,
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay, int decoupled, int maximize);
}
