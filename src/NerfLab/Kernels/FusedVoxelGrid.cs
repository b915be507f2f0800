using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="VoxelGrid.Interpolate"/> without intermediate tensors: the eight rows around a sample are mixed where they lie.</summary>
/// <remarks>
/// The gradient is scattered in strips of eight channels, one thread a strip: no two threads write the same number, and every
/// number is summed in the order of the samples, so the bits do not depend on the number of threads.
/// </remarks>
internal static unsafe class FusedVoxelGrid
{
    const int Strip = 8;

    /// <summary>Forward pass; the reference takes what this does not know: other devices and dtypes, and gradients of positions.</summary>
    public static Tensor Interpolate(Tensor u, Tensor rows, VoxelLayout layout, Tensor? links) =>
        u.device_type == DeviceType.CPU && u.dtype == torch.ScalarType.Float32 && rows.dtype == torch.ScalarType.Float32 && !u.requires_grad
        && (links is null || links.dtype == torch.ScalarType.Int32)
            ? Function.apply(u, rows, new Grid(layout, links))
            : VoxelGrid.Interpolate(u, rows, layout, links);

    /// <summary>What is not differentiated.</summary>
    sealed record Grid(VoxelLayout Layout, Tensor? Links);

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedVoxelGrid);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var (u, rows, grid) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous(), (Grid)vars[2]);
            ctx.save_for_backward([u]);
            ctx.save_data("grid", grid);
            ctx.save_data("shape", rows.shape);
            var mixed = torch.empty([u.shape[0], rows.shape[1]]);
            Forward(Floats(u), Floats(rows), Floats(mixed), (int)u.shape[0], (int)rows.shape[1], grid);
            GC.KeepAlive((u, rows)); // copies that contiguous() made would otherwise be free to go
            return mixed;
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            var (u, grid, shape) = (ctx.get_saved_variables()[0], (Grid)ctx.get_data("grid"), (long[])ctx.get_data("shape"));
            var (given, gradient) = (grad_output.contiguous(), torch.zeros(shape));
            Backward(Floats(u), Floats(given), Floats(gradient), (int)u.shape[0], (int)shape[1], grid);
            GC.KeepAlive((u, given));
            return [null!, gradient, null!];
        }
    }

    static int* Rows(Tensor? links) => links is null ? null : Integers(links);

    /// <summary>The rows of the eight voxels around a point, -1 for none, and their weights; bit 0 of the index is the upper z, bit 1 y, bit 2 x.</summary>
    struct Corners
    {
        public fixed long Row[8];
        public fixed float Weight[8];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Find(float* point, in VoxelLayout layout, int* links)
        {
            long x = Cell(point[0], layout.X, layout.Corners, out float fx), y = Cell(point[1], layout.Y, layout.Corners, out float fy), z = Cell(point[2], layout.Z, layout.Corners, out float fz);
            for (int c = 0; c < 8; c++)
            {
                long voxel = ((x + (c >> 2)) * layout.Y + y + ((c >> 1) & 1)) * layout.Z + z + (c & 1);
                Row[c] = links == null ? voxel : links[voxel];
                Weight[c] = ((c & 4) != 0 ? fx : 1 - fx) * ((c & 2) != 0 ? fy : 1 - fy) * ((c & 1) != 0 ? fz : 1 - fz);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static int Cell(float u, int count, bool corners, out float fraction)
        {
            // Not-a-number goes to the first cell with a weight that is not a number, so that it is seen.
            float g = corners ? float.Clamp(u, 0, 1) * (count - 1) : float.Clamp(u * count - 0.5f, 0, count - 1);
            int cell = int.Clamp((int)g, 0, count - 2);
            fraction = g - cell;
            return cell;
        }
    }

    static void Forward(float* u, float* rows, float* mixed, int count, int channels, Grid grid)
    {
        const int Block = 512;
        var (layout, links) = (grid.Layout, (nint)Rows(grid.Links));
        Parallel.For(0, (count + Block - 1) / Block, block =>
        {
            Unsafe.SkipInit(out Corners corners);
            for (int i = block * Block, end = int.Min(count, i + Block); i < end; i++)
            {
                corners.Find(u + 3L * i, layout, (int*)links);
                float* target = mixed + (long)channels * i;
                new Span<float>(target, channels).Clear();
                for (int c = 0; c < 8; c++)
                    if (corners.Row[c] >= 0) AddScaled(target, rows + channels * corners.Row[c], corners.Weight[c], channels);
            }
        });
    }

    static void Backward(float* u, float* grad, float* rows, int count, int channels, Grid grid)
    {
        var (layout, links) = (grid.Layout, (nint)Rows(grid.Links));
        Parallel.For(0, (channels + Strip - 1) / Strip, strip =>
        {
            int first = strip * Strip, width = int.Min(Strip, channels - first);
            Unsafe.SkipInit(out Corners corners);
            for (int i = 0; i < count; i++)
            {
                corners.Find(u + 3L * i, layout, (int*)links);
                float* source = grad + (long)channels * i + first;
                for (int c = 0; c < 8; c++)
                    if (corners.Row[c] >= 0) AddScaled(rows + channels * corners.Row[c] + first, source, corners.Weight[c], width);
            }
        });
    }

    /// <summary>target += scale · source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddScaled(float* target, float* source, float scale, int count)
    {
        int i = 0;
        for (; i <= count - 8; i += 8) (Vector256.Load(target + i) + scale * Vector256.Load(source + i)).Store(target + i);
        for (; i < count; i++) target[i] += scale * source[i];
    }
}
