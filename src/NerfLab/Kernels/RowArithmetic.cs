using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NerfLab.Kernels;

/// <summary>Sums and products of rows of floats, of any length.</summary>
static unsafe class RowArithmetic
{
    /// <summary>target += source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(float* target, float* source, int count)
    {
        int i = 0;
        for (; i <= count - 8; i += 8) (Vector256.Load(target + i) + Vector256.Load(source + i)).Store(target + i);
        for (; i < count; i++) target[i] += source[i];
    }

    /// <summary>target += scale · source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled(float* target, float* source, float scale, int count)
    {
        int i = 0;
        for (; i <= count - 8; i += 8) (Vector256.Load(target + i) + scale * Vector256.Load(source + i)).Store(target + i);
        for (; i <= count - 4; i += 4) (Vector128.Load(target + i) + scale * Vector128.Load(source + i)).Store(target + i);
        for (; i < count; i++) target[i] += scale * source[i];
    }

    /// <summary>target = scale · source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(float* target, float* source, float scale, int count)
    {
        int i = 0;
        for (; i <= count - 8; i += 8) (scale * Vector256.Load(source + i)).Store(target + i);
        for (; i < count; i++) target[i] = scale * source[i];
    }

    /// <summary>Σ a b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(float* a, float* b, int count)
    {
        var sums = Vector256<float>.Zero;
        int i = 0;
        for (; i <= count - 8; i += 8) sums += Vector256.Load(a + i) * Vector256.Load(b + i);
        float sum = Vector256.Sum(sums);
        for (; i < count; i++) sum += a[i] * b[i];
        return sum;
    }
}
