using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="RowAdam.Step"/> in one pass: of rows that a step has not touched only the gradient is read.</summary>
/// <remarks>Limited by memory: 4 bytes a number of untouched rows, 28 of others.</remarks>
static unsafe class FusedRowAdam
{
    const long Piece = 1 << 14; // numbers, about

    /// <summary>The reference takes other devices and dtypes, and what is not contiguous.</summary>
    public static void Step(Tensor parameter, Tensor gradient, Tensor mean, Tensor square, AdamNumbers numbers)
    {
        if (!AreFloats(parameter, gradient, mean, square) || parameter.ndim == 0 || !parameter.is_contiguous() || !gradient.is_contiguous() || !mean.is_contiguous() || !square.is_contiguous())
        {
            RowAdam.Step(parameter, gradient, mean, square, numbers);
            return;
        }
        var rates = new Rates(numbers);
        int width = (int)parameter.shape[^1];
        if (parameter.numel() == 0) return;
        long rows = parameter.numel() / width, each = long.Max(2, Piece / width) / 2 * 2;
        float* p = Floats(parameter), g = Floats(gradient), m = Floats(mean), v = Floats(square);
        Parallel.For(0, (rows + each - 1) / each, piece =>
        {
            for (long row = piece * each, end = long.Min(rows, row + each); row < end;)
            {
                long at = row * width;
                if (width == 4 && row + 1 < end)
                {
                    // Two rows of four are one vector.
                    var given = Vector256.Load(g + at);
                    var (low, high) = (given.GetLower() != Vector128<float>.Zero, given.GetUpper() != Vector128<float>.Zero);
                    if (low && high) Eight(p + at, given, m + at, v + at, rates);
                    else if (low) Four(p + at, given.GetLower(), m + at, v + at, rates);
                    else if (high) Four(p + at + 4, given.GetUpper(), m + at + 4, v + at + 4, rates);
                    row += 2;
                    continue;
                }
                if (new ReadOnlySpan<float>(g + at, width).ContainsAnyExcept(0f)) Row(p + at, g + at, m + at, v + at, width, rates);
                row++;
            }
        });
        GC.KeepAlive((parameter, gradient, mean, square));
    }

    readonly struct Rates(AdamNumbers n)
    {
        public readonly float Keep1 = (float)n.Beta1, Take1 = (float)(1 - n.Beta1), Keep2 = (float)n.Beta2, Take2 = (float)(1 - n.Beta2);
        public readonly float Scale = (float)n.Scale, Root = (float)n.Root, Epsilon = (float)n.Epsilon;
    }

    static void Row(float* p, float* g, float* m, float* v, int width, Rates r)
    {
        int i = 0;
        for (; i + 8 <= width; i += 8) Eight(p + i, Vector256.Load(g + i), m + i, v + i, r);
        for (; i < width; i++)
        {
            m[i] = r.Keep1 * m[i] + r.Take1 * g[i];
            v[i] = r.Keep2 * v[i] + r.Take2 * g[i] * g[i];
            p[i] -= r.Scale * m[i] / (float.Sqrt(v[i]) * r.Root + r.Epsilon);
        }
    }

    static void Eight(float* p, Vector256<float> g, float* m, float* v, Rates r)
    {
        var mean = r.Keep1 * Vector256.Load(m) + r.Take1 * g;
        var square = r.Keep2 * Vector256.Load(v) + r.Take2 * g * g;
        mean.Store(m);
        square.Store(v);
        (Vector256.Load(p) - r.Scale * mean / (Vector256.Sqrt(square) * r.Root + Vector256.Create(r.Epsilon))).Store(p);
    }

    static void Four(float* p, Vector128<float> g, float* m, float* v, Rates r)
    {
        var mean = r.Keep1 * Vector128.Load(m) + r.Take1 * g;
        var square = r.Keep2 * Vector128.Load(v) + r.Take2 * g * g;
        mean.Store(m);
        square.Store(v);
        (Vector128.Load(p) - r.Scale * mean / (Vector128.Sqrt(square) * r.Root + Vector128.Create(r.Epsilon))).Store(p);
    }
}
