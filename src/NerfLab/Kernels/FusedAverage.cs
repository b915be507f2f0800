using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="MovingAverage.Step"/> in one pass.</summary>
/// <remarks>Limited by memory: 12 bytes a number.</remarks>
static unsafe class FusedAverage
{
    const long Piece = 1 << 15; // numbers

    /// <summary>The reference takes other devices and dtypes, and what is not contiguous.</summary>
    public static void Step(Tensor average, Tensor value, double decay)
    {
        if (!AreFloats(average, value) || !average.is_contiguous() || !value.is_contiguous() || !average.shape.SequenceEqual(value.shape))
        {
            MovingAverage.Step(average, value, decay);
            return;
        }
        float* a = Floats(average), x = Floats(value);
        long count = average.numel();
        float take = (float)(1 - decay);
        Parallel.For(0, (count + Piece - 1) / Piece, piece =>
        {
            long i = piece * Piece, end = long.Min(count, i + Piece);
            for (; i + 8 <= end; i += 8)
            {
                var old = Vector256.Load(a + i);
                (old + take * (Vector256.Load(x + i) - old)).Store(a + i);
            }
            for (; i < end; i++) a[i] += take * (x[i] - a[i]);
        });
        GC.KeepAlive((average, value));
    }
}
