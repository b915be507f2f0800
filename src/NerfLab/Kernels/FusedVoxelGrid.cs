using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.RowArithmetic;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="VoxelGrid.InterpolateAll"/> without intermediate tensors: the voxels around eight samples are found together, then the eight rows around a sample are mixed where they lie.</summary>
/// <remarks>
/// The gradient is scattered by owners: every row belongs to one thread, which goes through all samples and adds what is its own.
/// No two threads write the same number, and every number is summed in the order of the samples, so the bits do not depend on the
/// number of threads. Limited by the traffic of rows.
/// </remarks>
internal static unsafe class FusedVoxelGrid
{
    const int Bundle = 8, Block = 64 * Bundle; // samples

    /// <summary>Forward pass; the reference takes what this does not know: other devices and dtypes, and gradients of positions.</summary>
    public static Tensor Interpolate(Tensor u, IReadOnlyList<Tensor> rows, VoxelLayout layout, Tensor? links) =>
        AreFloats([u, .. rows]) && !u.requires_grad
        && (links is null ? layout.Count <= int.MaxValue : links.dtype == torch.ScalarType.Int32)
            ? Function.apply([u, .. rows, new Grid(layout, links)])
            : VoxelGrid.InterpolateAll(u, rows, layout, links);

    /// <summary>What is not differentiated.</summary>
    sealed record Grid(VoxelLayout Layout, Tensor? Links);

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedVoxelGrid);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var (u, grid) = (((Tensor)vars[0]).contiguous(), (Grid)vars[^1]);
            Tensor[] rows = [.. vars[1..^1].Select(r => ((Tensor)r).contiguous())];
            ctx.save_for_backward([u]);
            ctx.save_data("grid", grid);
            ctx.save_data("shapes", rows.Select(r => r.shape).ToArray());
            var mixed = torch.empty([u.shape[0], rows.Sum(r => r.shape[1])]);
            Forward(Floats(u), Sets(rows), Floats(mixed), (int)u.shape[0], grid);
            GC.KeepAlive((u, rows)); // copies that contiguous() made would otherwise be free to go
            return mixed;
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            var (u, grid, given) = (ctx.get_saved_variables()[0], (Grid)ctx.get_data("grid"), grad_output.contiguous());
            Tensor[] gradients = [.. ((long[][])ctx.get_data("shapes")).Select(s => torch.zeros(s))];
            Backward(Floats(u), Floats(given), Sets(gradients), (int)u.shape[0], grid);
            GC.KeepAlive((u, given, gradients));
            return [null!, .. gradients, null!];
        }
    }

    /// <summary>Rows of so many channels, and where these begin among all.</summary>
    readonly record struct Set(nint Rows, int Channels, int First);

    static Set[] Sets(Tensor[] rows)
    {
        var sets = new Set[rows.Length];
        for (int i = 0, first = 0; i < rows.Length; first += sets[i++].Channels) sets[i] = new Set((nint)Floats(rows[i]), (int)rows[i].shape[1], first);
        return sets;
    }

    /// <summary>The voxels around eight samples; bit 0 of a corner's number is the upper z, bit 1 y, bit 2 x.</summary>
    struct Corners
    {
        public fixed int Rows[8 * Bundle]; // -1 for none
        public fixed float Weights[8 * Bundle];

        /// <summary>Looks up at most eight samples; places that are not needed repeat the last one.</summary>
        public void Find(float* point, int count, in VoxelLayout layout, int* links)
        {
            float* places = stackalloc float[3 * Bundle];
            for (int s = 0; s < Bundle; s++, point += s < count ? 3 : 0)
                for (int axis = 0; axis < 3; axis++) places[axis * Bundle + s] = point[axis];
            Vector256<int> x = Cell(places, layout.X, layout.Corners, out var fx), y = Cell(places + Bundle, layout.Y, layout.Corners, out var fy), z = Cell(places + 2 * Bundle, layout.Z, layout.Corners, out var fz);
            var first = (x * layout.Y + y) * layout.Z + z;
            Vector256<float> one = Vector256<float>.One, gx = one - fx, gy = one - fy, gz = one - fz;
            for (int c = 0; c < 8; c++)
            {
                fixed (int* rows = Rows) (first + Vector256.Create(((c >> 2) * layout.Y + ((c >> 1) & 1)) * layout.Z + (c & 1))).Store(rows + Bundle * c);
                fixed (float* weights = Weights) (((c & 4) != 0 ? fx : gx) * ((c & 2) != 0 ? fy : gy) * ((c & 1) != 0 ? fz : gz)).Store(weights + Bundle * c);
            }
            if (links == null) return;
            for (int i = 0; i < 8 * Bundle; i++) Rows[i] = links[Rows[i]];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<int> Cell(float* u, int count, bool corners, out Vector256<float> fraction)
        {
            // Not-a-number, which a minimum hands on when it comes second, goes to some cell with a weight that is not a number, so that it is seen.
            var (place, last) = (Vector256.Load(u), Vector256.Create(count - 1f));
            var g = corners ? Inside(place, Vector256<float>.One) * last : Inside(place * (float)count - Vector256.Create(0.5f), last);
            var cell = Vector256.Max(Vector256<int>.Zero, Vector256.Min(Vector256.Create(count - 2), Vector256.ConvertToInt32Native(g)));
            fraction = g - Vector256.ConvertToSingle(cell);
            return cell;

            static Vector256<float> Inside(Vector256<float> value, Vector256<float> most) => Vector256.MinNative(most, Vector256.MaxNative(Vector256<float>.Zero, value));
        }
    }

    static void Forward(float* u, Set[] sets, float* mixed, int count, Grid grid)
    {
        var (layout, links, width) = (grid.Layout, grid.Links is null ? 0 : (nint)Integers(grid.Links), sets[^1].First + sets[^1].Channels);
        Parallel.For(0, (count + Block - 1) / Block, block =>
        {
            Unsafe.SkipInit(out Corners corners);
            for (int i = block * Block, end = int.Min(count, i + Block); i < end; i += Bundle)
            {
                int samples = int.Min(Bundle, end - i);
                corners.Find(u + 3L * i, samples, layout, (int*)links);
                for (int s = 0; s < samples; s++)
                    foreach (var set in sets) Mix(corners.Rows + s, corners.Weights + s, (float*)set.Rows, set.Channels, mixed + (long)width * (i + s) + set.First);
            }
        });
    }

    /// <summary>The weighted sum of the rows of one sample.</summary>
    static void Mix(int* row, float* weight, float* rows, int channels, float* target)
    {
        int k = 0;
        for (; k <= channels - 8; k += 8)
        {
            var sum = Vector256<float>.Zero;
            for (int c = 0; c < 8 * Bundle; c += Bundle)
                if (row[c] >= 0) sum += Vector256.Create(weight[c]) * Vector256.Load(rows + (long)channels * row[c] + k);
            sum.Store(target + k);
        }
        for (; k <= channels - 4; k += 4)
        {
            var sum = Vector128<float>.Zero;
            for (int c = 0; c < 8 * Bundle; c += Bundle)
                if (row[c] >= 0) sum += Vector128.Create(weight[c]) * Vector128.Load(rows + (long)channels * row[c] + k);
            sum.Store(target + k);
        }
        for (; k < channels; k++)
        {
            float sum = 0;
            for (int c = 0; c < 8 * Bundle; c += Bundle)
                if (row[c] >= 0) sum += weight[c] * rows[(long)channels * row[c] + k];
            target[k] = sum;
        }
    }

    static void Backward(float* u, float* given, Set[] sets, int count, Grid grid)
    {
        var (layout, links, width) = (grid.Layout, grid.Links is null ? 0 : (nint)Integers(grid.Links), sets[^1].First + sets[^1].Channels);
        int owners = 1;
        while (2 * owners <= int.Min(Environment.ProcessorCount, 16)) owners *= 2;
        Parallel.For(0, owners, owner =>
        {
            Unsafe.SkipInit(out Corners corners);
            for (int i = 0; i < count; i += Bundle)
            {
                int samples = int.Min(Bundle, count - i);
                corners.Find(u + 3L * i, samples, layout, (int*)links);
                for (int s = 0; s < samples; s++)
                {
                    float* source = given + (long)width * (i + s);
                    if (new ReadOnlySpan<float>(source, width).IndexOfAnyExcept(0) < 0) continue; // samples that no light comes back from
                    for (int c = s; c < 8 * Bundle; c += Bundle)
                    {
                        int row = corners.Rows[c];
                        // Neighbouring rows belong together: an owner has their pages and lines of the cache to itself.
                        if (row < 0 || ((row >> 6) & (owners - 1)) != owner) continue;
                        foreach (var set in sets) AddScaled((float*)set.Rows + (long)set.Channels * row, source + set.First, corners.Weights[c], set.Channels);
                    }
                }
            }
        });
    }
}
