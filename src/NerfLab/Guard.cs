using System.Runtime.CompilerServices;

namespace NerfLab;

/// <summary>Checks of shapes where tensors pass from one room to another; the sentence names the caller's expression.</summary>
internal static class Guard
{
    /// <summary>[...,3].</summary>
    public static Tensor Vectors(Tensor value, [CallerArgumentExpression(nameof(value))] string what = "") =>
        value.ndim > 0 && value.shape[^1] == 3 ? value : throw new ArgumentException($"{what}: expected [...,3], got {Text(value)}");

    /// <summary>Exactly this shape; -1 stands for any size.</summary>
    public static Tensor Shape(Tensor value, long[] expected, [CallerArgumentExpression(nameof(value))] string what = "")
    {
        var shape = value.shape;
        bool same = shape.Length == expected.Length;
        for (int i = 0; same && i < expected.Length; i++) same = expected[i] == -1 || expected[i] == shape[i];
        return same ? value : throw new ArgumentException($"{what}: expected [{string.Join(',', expected).Replace("-1", "any")}], got {Text(value)}");
    }

    static string Text(Tensor value) => $"[{string.Join(',', value.shape)}]";
}
