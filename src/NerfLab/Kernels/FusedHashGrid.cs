using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary>
/// <see cref="HashGrid.Encode"/> without intermediate tensors: the corners around eight samples are found together, then each
/// sample gathers and mixes its rows in a register. The backward pass finds them again, which is cheaper than storing them.
/// </summary>
/// <remarks>
/// The gradient of the table is scattered level by level, one thread a level: no two threads write the same row, and every
/// row is summed in the order of the samples, so the bits do not depend on the number of threads. Limited by the latency of
/// the table's rows, so those of the next eight samples are fetched while the present ones are mixed.
/// </remarks>
internal static unsafe class FusedHashGrid
{
    const int Block = 512; // samples; a multiple of a bundle: one level after the other keeps its rows in the cache
    const int Bundle = 8;

    /// <summary>Forward pass; the reference takes what this does not know: other devices and dtypes, and gradients of positions.</summary>
    public static Tensor Encode(Tensor x, Tensor table, HashGridLayout layout) =>
        AreFloats(x, table) && !x.requires_grad && layout.Features is 2 or 4
            ? Function.apply(x, table, layout)
            : HashGrid.Encode(x, table, layout);

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedHashGrid);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, table, layout) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous(), (HashGridLayout)vars[2]);
            ctx.save_for_backward([x]);
            ctx.save_data("layout", layout);
            var encoded = torch.empty([x.shape[0], (long)layout.Levels * layout.Features]);
            Forward(Floats(x), Floats(table), Floats(encoded), (int)x.shape[0], layout);
            GC.KeepAlive((x, table)); // copies that contiguous() made would otherwise be free to go
            return encoded;
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            var (x, layout) = (ctx.get_saved_variables()[0], (HashGridLayout)ctx.get_data("layout"));
            var (given, gradient) = (grad_output.contiguous(), torch.empty([layout.FirstRows[^1], layout.Features]));
            Backward(Floats(x), Floats(given), Floats(gradient), (int)x.shape[0], layout);
            GC.KeepAlive((x, given));
            return [null!, gradient, null!];
        }
    }

    /// <summary>A level of the grid, as its arithmetic needs it.</summary>
    readonly struct Level(HashGridLayout layout, int level)
    {
        public readonly int Resolution = layout.Resolutions[level];

        /// <summary>Takes a hash modulo the table's size; 0 for a level that has a row for each corner.</summary>
        public readonly uint Mask = layout.IsDense(level) ? 0 : (uint)(layout.TableSize - 1);
    }

    /// <summary>Coordinates of a block of samples, axis by axis; beyond the last sample zeros.</summary>
    struct Places
    {
        public fixed float X[Block], Y[Block], Z[Block];

        public void Read(float* x, int count)
        {
            for (int i = 0; i < count; i++, x += 3) (X[i], Y[i], Z[i]) = (x[0], x[1], x[2]);
            Fill(count);
        }

        /// <summary>Completes the last bundle.</summary>
        public void Fill(int count)
        {
            for (int i = count; i % Bundle != 0; i++) X[i] = Y[i] = Z[i] = 0;
        }
    }

    /// <summary>The corners around eight samples on one level; bit 0 of a corner's number is the upper x, bit 1 y, bit 2 z.</summary>
    struct Corners
    {
        public fixed uint Rows[8 * Bundle]; // relative to the level's first row
        public fixed float Weights[8 * Bundle];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Find(float* x, float* y, float* z, in Level level)
        {
            Vector256<uint> cx = Cell(x, level.Resolution, out var fx), cy = Cell(y, level.Resolution, out var fy), cz = Cell(z, level.Resolution, out var fz);
            Vector256<uint> x1 = cx + Vector256<uint>.One, y0, y1, z0, z1;
            if (level.Mask == 0)
            {
                // Every corner has a row of its own: x fastest.
                uint side = (uint)level.Resolution + 1;
                (y0, z0) = (cy * side, cz * (side * side));
                (y1, z1) = (y0 + Vector256.Create(side), z0 + Vector256.Create(side * side));
            }
            else
            {
                (y0, z0) = (cy * HashGrid.Primes[1], cz * HashGrid.Primes[2]);
                (y1, z1) = (y0 + Vector256.Create(HashGrid.Primes[1]), z0 + Vector256.Create(HashGrid.Primes[2]));
            }
            Vector256<float> one = Vector256<float>.One, x0f = one - fx, y0f = one - fy, z0f = one - fz, a = y0f * z0f, b = fy * z0f, c = y0f * fz, d = fy * fz;
            var mask = Vector256.Create(level.Mask);
            Keep(0, cx, y0, z0, x0f * a, mask);
            Keep(1, x1, y0, z0, fx * a, mask);
            Keep(2, cx, y1, z0, x0f * b, mask);
            Keep(3, x1, y1, z0, fx * b, mask);
            Keep(4, cx, y0, z1, x0f * c, mask);
            Keep(5, x1, y0, z1, fx * c, mask);
            Keep(6, cx, y1, z1, x0f * d, mask);
            Keep(7, x1, y1, z1, fx * d, mask);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Keep(int corner, Vector256<uint> x, Vector256<uint> y, Vector256<uint> z, Vector256<float> weight, Vector256<uint> mask)
        {
            var row = mask == Vector256<uint>.Zero ? x + y + z : (x ^ y ^ z) & mask;
            fixed (uint* rows = Rows) row.Store(rows + Bundle * corner);
            fixed (float* weights = Weights) weight.Store(weights + Bundle * corner);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<uint> Cell(float* u, int resolution, out Vector256<float> fraction)
        {
            // As the reference: what lies outside goes to the boundary, and the last cell includes its upper wall. Not-a-number, which
            // a minimum hands on when it comes second, goes to some cell with a weight that is not a number, so that it is seen.
            var inside = Vector256.MinNative(Vector256<float>.One, Vector256.MaxNative(Vector256<float>.Zero, Vector256.Load(u)));
            var scaled = inside * Vector256.Create((float)resolution);
            var cell = Vector256.Max(Vector256<int>.Zero, Vector256.Min(Vector256.Create(resolution - 1), Vector256.ConvertToInt32Native(scaled)));
            fraction = scaled - Vector256.ConvertToSingle(cell);
            return cell.AsUInt32();
        }
    }

    /// <summary>Goes along a block of samples on one level: while one bundle is used, the rows of the next are on their way.</summary>
    ref struct Walk
    {
        readonly ref Places _places;
        readonly Level _level;
        readonly float* _rows;
        readonly int _count, _features;
        Corners _even, _odd;

        public Walk(ref Places places, int count, Level level, float* rows, int features)
        {
            _places = ref places;
            _rows = rows;
            (_level, _count, _features) = (level, count, features);
            Unsafe.SkipInit(out _even);
            Unsafe.SkipInit(out _odd);
            if (count > 0) Find(ref _even, 0);
        }

        /// <summary>The corners of the bundle that begins with sample <paramref name="i"/>; to be asked for one bundle after the other.</summary>
        [UnscopedRef, MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref Corners Bundle(int i)
        {
            bool even = (i / FusedHashGrid.Bundle & 1) == 0;
            if (i + FusedHashGrid.Bundle < _count) Find(ref (even ? ref _odd : ref _even), i + FusedHashGrid.Bundle);
            return ref (even ? ref _even : ref _odd);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Find(ref Corners corners, int i)
        {
            fixed (float* x = _places.X, y = _places.Y, z = _places.Z) corners.Find(x + i, y + i, z + i, _level);
            if (Sse.IsSupported)
                for (int c = 0; c < 8 * FusedHashGrid.Bundle; c++) Sse.Prefetch0(_rows + (long)corners.Rows[c] * _features);
        }
    }

    static void Forward(float* x, float* table, float* encoded, int count, HashGridLayout layout)
    {
        int features = layout.Features, width = layout.Levels * features;
        Parallel.For(0, (count + Block - 1) / Block, block =>
        {
            int first = block * Block, samples = int.Min(count - first, Block);
            Unsafe.SkipInit(out Places places);
            places.Read(x + 3L * first, samples);
            for (int l = 0; l < layout.Levels; l++)
            {
                float* rows = table + layout.FirstRows[l] * features, target = encoded + (long)width * first + l * features;
                var walk = new Walk(ref places, samples, new Level(layout, l), rows, features);
                for (int i = 0; i < samples; i += Bundle)
                {
                    ref var corners = ref walk.Bundle(i);
                    for (int s = 0; s < int.Min(Bundle, samples - i); s++, target += width)
                    {
                        var sum = Vector128<float>.Zero;
                        if (features == 4)
                        {
                            for (int c = s; c < 8 * Bundle; c += Bundle)
                                sum = Vector128.FusedMultiplyAdd(Vector128.Create(corners.Weights[c]), Vector128.Load(rows + 4L * corners.Rows[c]), sum);
                            sum.Store(target);
                        }
                        else
                        {
                            for (int c = s; c < 8 * Bundle; c += Bundle)
                                sum = Vector128.FusedMultiplyAdd(Vector128.Create(corners.Weights[c]), Two(rows + 2L * corners.Rows[c]), sum);
                            StoreTwo(sum, target);
                        }
                    }
                }
            }
        });
    }

    static void Backward(float* x, float* grad, float* table, int count, HashGridLayout layout)
    {
        int features = layout.Features, width = layout.Levels * features;
        Parallel.For(0, layout.Levels, l =>
        {
            var level = new Level(layout, l);
            float* rows = table + layout.FirstRows[l] * features;
            NativeMemory.Clear(rows, (nuint)((layout.FirstRows[l + 1] - layout.FirstRows[l]) * features * sizeof(float)));
            float** sources = stackalloc float*[Block];
            Unsafe.SkipInit(out Places places);
            for (int first = 0; first < count; first += Block)
            {
                // Samples that no light comes back from have no gradient and take no part.
                int lit = 0;
                for (int i = first; i < int.Min(count, first + Block); i++)
                {
                    float* source = grad + (long)i * width + l * features;
                    if (features == 4 ? Vector128.Load(source) == Vector128<float>.Zero : Two(source) == Vector128<float>.Zero) continue;
                    (places.X[lit], places.Y[lit], places.Z[lit]) = (x[3L * i], x[3L * i + 1], x[3L * i + 2]);
                    sources[lit++] = source;
                }
                places.Fill(lit);
                var walk = new Walk(ref places, lit, level, rows, features);
                for (int i = 0; i < lit; i += Bundle)
                {
                    ref var corners = ref walk.Bundle(i);
                    for (int s = 0; s < int.Min(Bundle, lit - i); s++)
                    {
                        if (features == 4)
                        {
                            var given = Vector128.Load(sources[i + s]);
                            for (int c = s; c < 8 * Bundle; c += Bundle)
                            {
                                float* target = rows + 4L * corners.Rows[c];
                                Vector128.FusedMultiplyAdd(Vector128.Create(corners.Weights[c]), given, Vector128.Load(target)).Store(target);
                            }
                        }
                        else
                        {
                            var given = Two(sources[i + s]);
                            for (int c = s; c < 8 * Bundle; c += Bundle)
                            {
                                float* target = rows + 2L * corners.Rows[c];
                                StoreTwo(Vector128.FusedMultiplyAdd(Vector128.Create(corners.Weights[c]), given, Two(target)), target);
                            }
                        }
                    }
                }
            }
        });
    }

    /// <summary>Two floats, and zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Two(float* source) => Vector128.CreateScalar(*(double*)source).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreTwo(Vector128<float> value, float* target) => *(double*)target = value.AsDouble().ToScalar();
}
