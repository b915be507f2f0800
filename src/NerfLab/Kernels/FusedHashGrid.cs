using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary>
/// <see cref="HashGrid.Encode"/> without intermediate tensors: each sample's corners are found, gathered and mixed in
/// registers. The backward pass finds them again, which is cheaper than storing them.
/// </summary>
/// <remarks>
/// The gradient of the table is scattered level by level, one thread a level: no two threads write the same row, and every
/// row is summed in the order of the samples, so the bits do not depend on the number of threads. The work is bound by the
/// latency of the table's rows, which lie in the second-level cache for tables up to 2¹⁵ rows of 4.
/// </remarks>
internal static unsafe class FusedHashGrid
{
    /// <summary>Forward pass; the reference takes what this does not know: other devices and dtypes, and gradients of positions.</summary>
    public static Tensor Encode(Tensor x, Tensor table, HashGridLayout layout) =>
        x.device_type == DeviceType.CPU && x.dtype == torch.ScalarType.Float32 && table.dtype == torch.ScalarType.Float32 && !x.requires_grad && layout.Features is 2 or 4
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
            var (given, gradient) = (grad_output.contiguous(), torch.zeros([layout.FirstRows[^1], layout.Features]));
            Backward(Floats(x), Floats(given), Floats(gradient), (int)x.shape[0], layout);
            GC.KeepAlive((x, given));
            return [null!, gradient, null!];
        }
    }

    /// <summary>The corners around a point on one level: the rows of the eight, and the weights of the upper ones per axis.</summary>
    struct Corners
    {
        public float X, Y, Z;
        public fixed uint Rows[8]; // relative to the level's first row; bit 0 of the index is the upper x, bit 1 y, bit 2 z

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Find(float* point, int resolution, uint mask)
        {
            uint x = Cell(point[0], resolution, out X), y = Cell(point[1], resolution, out Y), z = Cell(point[2], resolution, out Z);
            if (mask == 0)
            {
                // Every corner has a row of its own: x fastest.
                uint side = (uint)resolution + 1, row = x + side * (y + side * z), up = side * side;
                (Rows[0], Rows[1], Rows[2], Rows[3]) = (row, row + 1, row + side, row + side + 1);
                (Rows[4], Rows[5], Rows[6], Rows[7]) = (row + up, row + up + 1, row + up + side, row + up + side + 1);
                return;
            }
            unchecked
            {
                uint y0 = y * 2654435761, y1 = y0 + 2654435761, z0 = z * 805459861, z1 = z0 + 805459861, a = y0 ^ z0, b = y1 ^ z0, c = y0 ^ z1, d = y1 ^ z1;
                (Rows[0], Rows[1], Rows[2], Rows[3]) = ((x ^ a) & mask, ((x + 1) ^ a) & mask, (x ^ b) & mask, ((x + 1) ^ b) & mask);
                (Rows[4], Rows[5], Rows[6], Rows[7]) = ((x ^ c) & mask, ((x + 1) ^ c) & mask, (x ^ d) & mask, ((x + 1) ^ d) & mask);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static uint Cell(float u, int resolution, out float fraction)
        {
            // As the reference: what lies outside goes to the boundary, and the last cell includes its upper wall. Not-a-number
            // goes to the first cell with a weight that is not a number, so that it is seen.
            float scaled = float.Clamp(u, 0, 1) * resolution;
            int cell = int.Clamp((int)scaled, 0, resolution - 1);
            fraction = scaled - cell;
            return (uint)cell;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly float Weight(int corner) =>
            ((corner & 1) != 0 ? X : 1 - X) * ((corner & 2) != 0 ? Y : 1 - Y) * ((corner & 4) != 0 ? Z : 1 - Z);
    }

    /// <summary>0 for a dense level, otherwise the mask that takes a hash modulo the table's size.</summary>
    static uint Mask(HashGridLayout layout, int level) => layout.IsDense(level) ? 0 : (uint)(layout.TableSize - 1);

    static void Forward(float* x, float* table, float* encoded, int count, HashGridLayout layout)
    {
        const int Block = 512; // samples: one level after the other keeps its rows in the cache
        int features = layout.Features, width = layout.Levels * features;
        Parallel.For(0, (count + Block - 1) / Block, block =>
        {
            int first = block * Block, end = int.Min(count, first + Block);
            Unsafe.SkipInit(out Corners corners);
            for (int level = 0; level < layout.Levels; level++)
            {
                var (resolution, mask) = (layout.Resolutions[level], Mask(layout, level));
                float* rows = table + layout.FirstRows[level] * features, target = encoded + level * features;
                for (int i = first; i < end; i++)
                {
                    corners.Find(x + 3L * i, resolution, mask);
                    if (features == 4)
                    {
                        var sum = Vector128<float>.Zero;
                        for (int c = 0; c < 8; c++) sum += corners.Weight(c) * Vector128.Load(rows + 4L * corners.Rows[c]);
                        sum.Store(target + (long)width * i);
                    }
                    else
                    {
                        float a = 0, b = 0;
                        for (int c = 0; c < 8; c++)
                        {
                            float weight = corners.Weight(c);
                            float* row = rows + 2L * corners.Rows[c];
                            (a, b) = (a + weight * row[0], b + weight * row[1]);
                        }
                        (target[(long)width * i], target[(long)width * i + 1]) = (a, b);
                    }
                }
            }
        });
    }

    static void Backward(float* x, float* grad, float* table, int count, HashGridLayout layout)
    {
        int features = layout.Features, width = layout.Levels * features;
        Parallel.For(0, layout.Levels, level =>
        {
            var (resolution, mask) = (layout.Resolutions[level], Mask(layout, level));
            float* rows = table + layout.FirstRows[level] * features, source = grad + level * features;
            Unsafe.SkipInit(out Corners corners);
            for (int i = 0; i < count; i++)
            {
                corners.Find(x + 3L * i, resolution, mask);
                if (features == 4)
                {
                    var g = Vector128.Load(source + (long)width * i);
                    for (int c = 0; c < 8; c++)
                    {
                        float* row = rows + 4L * corners.Rows[c];
                        (Vector128.Load(row) + corners.Weight(c) * g).Store(row);
                    }
                }
                else
                {
                    float a = source[(long)width * i], b = source[(long)width * i + 1];
                    for (int c = 0; c < 8; c++)
                    {
                        float weight = corners.Weight(c);
                        float* row = rows + 2L * corners.Rows[c];
                        (row[0], row[1]) = (row[0] + weight * a, row[1] + weight * b);
                    }
                }
            }
        });
    }
}
