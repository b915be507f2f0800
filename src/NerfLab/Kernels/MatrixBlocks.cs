using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NerfLab.Kernels;

/// <summary>Products of small matrices whose rows and columns are padded with zeros, so that no edge needs code of its own.</summary>
/// <remarks>
/// Blocks of four rows by two vectors stay in registers while the sum runs. Limited by arithmetic as long as the second
/// factor fits into the first-level cache; each number of the first factor is used for two vectors.
/// </remarks>
static unsafe class MatrixBlocks
{
    /// <summary>Rows come in multiples of this.</summary>
    public const int Rows = 4;

    /// <summary>Columns come in multiples of this.</summary>
    public const int Columns = 16;

    /// <summary>The next multiple of <see cref="Columns"/>.</summary>
    public static int Padded(int columns) => (columns + Columns - 1) / Columns * Columns;

    /// <summary>How far rows of so many columns should be apart: were it a large power of two, a column of them would share a few sets of the cache.</summary>
    public static int Pitch(int columns) => Padded(columns) is var padded && padded % 64 == 0 ? padded + Columns : padded;

    /// <summary>How a product is stored.</summary>
    public enum Ending
    {
        /// <summary>Added to what is there.</summary>
        Add,

        /// <summary>Added to a row of biases, or to nothing where there are none.</summary>
        Bias,

        /// <summary>The same, and negative sums become 0.</summary>
        BiasRelu,
    }

    /// <summary>c[i,j] = Σ_k a[i,k] b[k,j].</summary>
    /// <param name="a">Number (i,k) is at i·<paramref name="aRow"/> + k·<paramref name="aStep"/>.</param>
    /// <param name="aRow">See <paramref name="a"/>.</param>
    /// <param name="aStep">See <paramref name="a"/>.</param>
    /// <param name="b">Number (k,j) is at k·<paramref name="bStep"/> + j.</param>
    /// <param name="bStep">See <paramref name="b"/>.</param>
    /// <param name="c">Number (i,j) is at i·<paramref name="cRow"/> + j.</param>
    /// <param name="cRow">See <paramref name="c"/>.</param>
    /// <param name="rows">Of a and c: a multiple of <see cref="Rows"/>.</param>
    /// <param name="columns">Of b and c: a multiple of <see cref="Columns"/>.</param>
    /// <param name="steps">Columns of a and rows of b.</param>
    /// <param name="ending">How the product is stored.</param>
    /// <param name="bias">As many as columns; null for none.</param>
    public static void Multiply(float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, int rows, int columns, int steps, Ending ending, float* bias = null)
    {
        if (Vector512.IsHardwareAccelerated) Multiply<Vector512<float>, Lanes16>(a, aRow, aStep, b, bStep, c, cRow, rows, columns, steps, ending, bias);
        else Multiply<Vector256<float>, Lanes8>(a, aRow, aStep, b, bStep, c, cRow, rows, columns, steps, ending, bias);
    }

    /// <summary>The same with vectors of a chosen width.</summary>
    public static void Multiply<TVector, TLanes>(float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, int rows, int columns, int steps, Ending ending, float* bias)
        where TVector : struct where TLanes : ILanes<TVector>
    {
        int pair = 2 * TLanes.Count, j = 0;
        for (; j <= columns - pair; j += pair)
            for (int i = 0; i < rows; i += Rows)
                Pair<TVector, TLanes>(a + i * aRow, aRow, aStep, b + j, bStep, c + i * cRow + j, cRow, steps, ending, bias == null ? null : bias + j);
        for (; j < columns; j += TLanes.Count)
            for (int i = 0; i < rows; i += Rows)
                One<TVector, TLanes>(a + i * aRow, aRow, aStep, b + j, bStep, c + i * cRow + j, cRow, steps, ending, bias == null ? null : bias + j);
    }

    // Four rows written out: as an array the sums would live in memory. Eight sums are as many as two units of multiply-add
    // with a delay of four cycles need, and leave room in AVX2's sixteen registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Pair<TVector, TLanes>(float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, int steps, Ending ending, float* bias)
        where TVector : struct where TLanes : ILanes<TVector>
    {
        TVector p0 = default, p1 = default, p2 = default, p3 = default, q0 = default, q1 = default, q2 = default, q3 = default;
        float* a2 = a + 2 * aRow;
        for (int k = 0; k < steps; k++, a += aStep, a2 += aStep, b += bStep)
        {
            TVector first = TLanes.Load(b), second = TLanes.Load(b + TLanes.Count);
            var s = TLanes.Spread(*a);
            (p0, q0) = (TLanes.MultiplyAdd(s, first, p0), TLanes.MultiplyAdd(s, second, q0));
            s = TLanes.Spread(a[aRow]);
            (p1, q1) = (TLanes.MultiplyAdd(s, first, p1), TLanes.MultiplyAdd(s, second, q1));
            s = TLanes.Spread(*a2);
            (p2, q2) = (TLanes.MultiplyAdd(s, first, p2), TLanes.MultiplyAdd(s, second, q2));
            s = TLanes.Spread(a2[aRow]);
            (p3, q3) = (TLanes.MultiplyAdd(s, first, p3), TLanes.MultiplyAdd(s, second, q3));
        }
        End<TVector, TLanes>(p0, p1, p2, p3, c, cRow, ending, bias);
        End<TVector, TLanes>(q0, q1, q2, q3, c + TLanes.Count, cRow, ending, bias == null ? null : bias + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One<TVector, TLanes>(float* a, nint aRow, nint aStep, float* b, nint bStep, float* c, nint cRow, int steps, Ending ending, float* bias)
        where TVector : struct where TLanes : ILanes<TVector>
    {
        TVector p0 = default, p1 = default, p2 = default, p3 = default;
        float* a2 = a + 2 * aRow;
        for (int k = 0; k < steps; k++, a += aStep, a2 += aStep, b += bStep)
        {
            var first = TLanes.Load(b);
            p0 = TLanes.MultiplyAdd(TLanes.Spread(*a), first, p0);
            p1 = TLanes.MultiplyAdd(TLanes.Spread(a[aRow]), first, p1);
            p2 = TLanes.MultiplyAdd(TLanes.Spread(*a2), first, p2);
            p3 = TLanes.MultiplyAdd(TLanes.Spread(a2[aRow]), first, p3);
        }
        End<TVector, TLanes>(p0, p1, p2, p3, c, cRow, ending, bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void End<TVector, TLanes>(TVector r0, TVector r1, TVector r2, TVector r3, float* c, nint cRow, Ending ending, float* bias)
        where TVector : struct where TLanes : ILanes<TVector>
    {
        float* c2 = c + 2 * cRow;
        if (ending == Ending.Add)
        {
            TLanes.Store(TLanes.Add(r0, TLanes.Load(c)), c);
            TLanes.Store(TLanes.Add(r1, TLanes.Load(c + cRow)), c + cRow);
            TLanes.Store(TLanes.Add(r2, TLanes.Load(c2)), c2);
            TLanes.Store(TLanes.Add(r3, TLanes.Load(c2 + cRow)), c2 + cRow);
            return;
        }
        var added = bias == null ? default : TLanes.Load(bias);
        (r0, r1, r2, r3) = (TLanes.Add(r0, added), TLanes.Add(r1, added), TLanes.Add(r2, added), TLanes.Add(r3, added));
        if (ending == Ending.BiasRelu) (r0, r1, r2, r3) = (TLanes.Max(r0, default), TLanes.Max(r1, default), TLanes.Max(r2, default), TLanes.Max(r3, default));
        TLanes.Store(r0, c);
        TLanes.Store(r1, c + cRow);
        TLanes.Store(r2, c2);
        TLanes.Store(r3, c2 + cRow);
    }
}
