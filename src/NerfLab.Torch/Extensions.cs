using static TorchSharp.torch;

namespace TorchSharp;

public static partial class TensorExtensionMethods
{
    public static Modules.Parameter AsParameter(this Tensor tensor) => new(tensor);

    public static ReadOnlySpan<int> IntShape(this Tensor tensor) => Array.ConvertAll(tensor.shape, size => checked((int)size));

    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>A tensor over the array's memory, or over that of a copy of it.</summary>
    public static Tensor ToTensor<T>(this T[] rawArray, long[] dimensions, bool doCopy = false, bool requires_grad = false) =>
        Over(doCopy ? (T[])rawArray.Clone() : rawArray, dimensions).requires_grad_(requires_grad);

    public static Tensor ToTensor<T>(this T scalar, Device? device = null, bool requires_grad = false) where T : struct =>
        Over(new[] { scalar }, [], device).requires_grad_(requires_grad);
}
