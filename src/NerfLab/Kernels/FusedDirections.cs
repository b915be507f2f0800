using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="SphericalHarmonics.Encode"/> of eight directions at once, without intermediate tensors.</summary>
internal static unsafe class FusedDirections
{
    const int Block = 1024, Lanes = 8;

    /// <summary>The basis functions; the reference takes what this does not know: other devices and dtypes, and gradients of directions.</summary>
    public static Tensor Encode(Tensor d, int degree)
    {
        if (!AreFloats(d) || d.requires_grad || d.ndim != 2 || d.shape[1] != 3
            || degree is < 1 or > SphericalHarmonics.MaxDegree)
            return SphericalHarmonics.Encode(d, degree);
        using var directions = d.contiguous();
        long count = d.shape[0];
        var basis = torch.empty([count, (long)degree * degree]);
        float* from = Floats(directions), to = Floats(basis);
        Parallel.For(0, (count + Block - 1) / Block, block => Encode(from, to, block * Block, long.Min(count, (block + 1) * Block), degree));
        return basis;
    }

    static void Encode(float* d, float* basis, long first, long last, int degree)
    {
        int functions = degree * degree;
        float* rest = stackalloc float[3 * Lanes], bands = stackalloc float[functions * Lanes];
        for (long i = first; i < last; i += Lanes)
        {
            int filled = (int)long.Min(Lanes, last - i);
            float* s = d + 3 * i;
            if (filled < Lanes)
            {
                new Span<float>(rest, 3 * Lanes).Clear();
                new Span<float>(s, 3 * filled).CopyTo(new Span<float>(rest, 3 * filled));
                s = rest;
            }
            Bands(Axis(s), Axis(s + 1), Axis(s + 2), bands, degree);
            float* target = basis + i * functions;
            for (int k = 0; k < filled; k++, target += functions)
            {
                float* own = bands + k;
                int b = 0;
                for (; b <= functions - 4; b += 4, own += 4 * Lanes) Vector128.Create(own[0], own[Lanes], own[2 * Lanes], own[3 * Lanes]).Store(target + b);
                if (b < functions) target[b] = *own; // 1 and 9 are one more than multiples of 4
            }
        }
    }

    /// <summary>One coordinate of eight vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Axis(float* d) => Vector256.Create(d[0], d[3], d[6], d[9], d[12], d[15], d[18], d[21]);

    /// <summary>The polynomials of the reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Bands(Vector256<float> x, Vector256<float> y, Vector256<float> z, float* bands, int degree)
    {
        Vector256.Create(0.28209479177387814f).Store(bands);
        if (degree == 1) return;
        (-0.48860251190291987f * y).Store(bands + Lanes);
        (0.48860251190291987f * z).Store(bands + 2 * Lanes);
        (-0.48860251190291987f * x).Store(bands + 3 * Lanes);
        if (degree == 2) return;
        Vector256<float> xx = x * x, yy = y * y, zz = z * z;
        (1.0925484305920792f * x * y).Store(bands + 4 * Lanes);
        (-1.0925484305920792f * y * z).Store(bands + 5 * Lanes);
        (0.94617469575756008f * zz - Vector256.Create(0.31539156525252005f)).Store(bands + 6 * Lanes);
        (-1.0925484305920792f * x * z).Store(bands + 7 * Lanes);
        (0.54627421529603959f * (xx - yy)).Store(bands + 8 * Lanes);
        if (degree == 3) return;
        var upright = Vector256<float>.One - 5 * zz;
        (0.59004358992664352f * y * (yy - 3 * xx)).Store(bands + 9 * Lanes);
        (2.8906114426405538f * x * y * z).Store(bands + 10 * Lanes);
        (0.45704579946446572f * y * upright).Store(bands + 11 * Lanes);
        (0.3731763325901154f * z * (5 * zz - Vector256.Create(3f))).Store(bands + 12 * Lanes);
        (0.45704579946446572f * x * upright).Store(bands + 13 * Lanes);
        (1.4453057213202769f * z * (xx - yy)).Store(bands + 14 * Lanes);
        (0.59004358992664352f * x * (3 * yy - xx)).Store(bands + 15 * Lanes);
    }
}
