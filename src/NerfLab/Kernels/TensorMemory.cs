using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NerfLab.Kernels;

/// <summary>The memory of contiguous tensors on the CPU; it does not move, and lives as long as the tensor.</summary>
static unsafe class TensorMemory
{
    /// <summary>Whether all are 32-bit floating-point numbers in memory that can be read here.</summary>
    public static bool AreFloats(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
            if (tensor.device_type != DeviceType.CPU || tensor.dtype != torch.ScalarType.Float32) return false;
        return true;
    }

    /// <summary>32-bit floating-point numbers.</summary>
    public static float* Floats(Tensor tensor) => (float*)First(tensor);

    /// <summary>32-bit integers.</summary>
    public static int* Integers(Tensor tensor) => (int*)First(tensor);

    /// <summary>64-bit integers.</summary>
    public static long* Longs(Tensor tensor) => (long*)First(tensor);

    /// <summary>Bytes, or truth values.</summary>
    public static byte* Bytes(Tensor tensor) => (byte*)First(tensor);

    static void* First(Tensor tensor) => Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
