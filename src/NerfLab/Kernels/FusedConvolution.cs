using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static NerfLab.Kernels.TensorMemory;
using static System.Runtime.Intrinsics.Vector256;
using Lanes = System.Runtime.Intrinsics.Vector256<float>;

namespace NerfLab.Kernels;

/// <summary>A 3x3 convolution over maps that are continued as in a mirror, with ReLU where wanted; its weights stay as they are.</summary>
/// <remarks>
/// Winograd's minimal filtering F(4x4, 3x3) after Lavin and Gray 2016: pieces of 6x6 numbers and the weights are brought into a space of 36
/// numbers, in which 4x4 results cost 36 products instead of 144. A thread takes 32 tiles at a time from the map to the result, so that
/// nothing between lies in memory: the mirror, the bias and ReLU cost no pass of their own. Limited by arithmetic where there are many channels,
/// by the transforms where there are few. Rounding is that of sums of some ten more terms: a few parts in a million of the largest number.
/// </remarks>
sealed unsafe class FusedConvolution : IDisposable
{
    const int Tile = 4, Patch = 6, Space = Patch * Patch; // rows and columns of results, of what they depend on, and the numbers of the latter
    const int Group = 32; // tiles of a block; a multiple of MatrixBlocks.Columns

    readonly Tensor _weight, _bias;
    Scratch? _forward, _backward; // transformed weights

    /// <param name="weight">[O,I,3,3]; has to live as long as this.</param>
    /// <param name="bias">[O]; likewise.</param>
    public FusedConvolution(Tensor weight, Tensor bias) => (_weight, _bias) = (weight, bias);

    /// <summary>The convolution, differentiable for <paramref name="x"/>; the reference takes other devices and dtypes, and weights that are trained.</summary>
    /// <param name="x">[B,I,H,W], at least two rows and columns.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <returns>[B,O,H,W].</returns>
    public Tensor Apply(Tensor x, bool relu)
    {
        bool gradients = torch.is_grad_enabled();
        if (!AreFloats(x, _weight, _bias) || (gradients && (_weight.requires_grad || _bias.requires_grad))) return Reference(x, _weight, _bias, relu);
        if (gradients && x.requires_grad) return Function.apply([x, this, relu]);
        using var map = x.contiguous();
        return Forward(map, relu);
    }

    /// <summary>Frees the transformed weights; they are made again when they are needed.</summary>
    public void Dispose()
    {
        Interlocked.Exchange(ref _forward, null)?.Dispose();
        Interlocked.Exchange(ref _backward, null)?.Dispose();
    }

    /// <summary>The same as operations of libtorch.</summary>
    public static Tensor Reference(Tensor x, Tensor weight, Tensor bias, bool relu)
    {
        using var scope = torch.NewDisposeScope();
        var made = F.conv2d(F.pad(x, [1, 1, 1, 1], PaddingModes.Reflect), weight, bias);
        return (relu ? made.relu_() : made).MoveToOuterDisposeScope();
    }

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedConvolution);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var (convolution, relu) = ((FusedConvolution)vars[1], (bool)vars[2]);
            using var map = ((Tensor)vars[0]).contiguous();
            var made = convolution.Forward(map, relu);
            ctx.save_data("convolution", convolution);
            ctx.save_for_backward(relu ? [made] : []);
            return made;
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            var saved = ctx.get_saved_variables();
            using var scope = torch.NewDisposeScope();
            var gradient = saved.Count > 0 ? grad_output * (saved[0] > 0) : grad_output;
            return [((FusedConvolution)ctx.get_data("convolution")).Backward(gradient.contiguous()).MoveToOuterDisposeScope(), null!, null!];
        }
    }

    Tensor Forward(Tensor map, bool relu)
    {
        var made = torch.empty([map.shape[0], _weight.shape[0], map.shape[2], map.shape[3]]);
        var weights = LazyInitializer.EnsureInitialized(ref _forward, () => Transformed(_weight))!;
        Convolve(map, made, weights, Floats(_bias), relu, mirror: true);
        GC.KeepAlive(_bias);
        return made;
    }

    /// <summary>The gradient of the map: what a zero-padded convolution with turned weights gives, its borders folded back to where the mirror took them from.</summary>
    Tensor Backward(Tensor gradient)
    {
        long rows = gradient.shape[2], columns = gradient.shape[3];
        var padded = torch.empty([gradient.shape[0], _weight.shape[1], rows + 2, columns + 2]);
        var weights = LazyInitializer.EnsureInitialized(ref _backward, () =>
        {
            using var turned = _weight.detach().flip(2, 3).transpose(0, 1).contiguous();
            return Transformed(turned);
        })!;
        Convolve(gradient, padded, weights, null, relu: false, mirror: false);
        Fold(2, rows);
        Fold(3, columns);
        return padded.narrow(2, 1, rows).narrow(3, 1, columns).contiguous();

        void Fold(int dimension, long count)
        {
            padded.narrow(dimension, 2, 1).add_(padded.narrow(dimension, 0, 1));
            padded.narrow(dimension, count - 1, 1).add_(padded.narrow(dimension, count + 1, 1));
        }
    }

    /// <summary>G g Gᵀ of every pair of channels, [36, O rounded up, I].</summary>
    static Scratch Transformed(Tensor weight)
    {
        using var weights = weight.detach().contiguous();
        int outputs = (int)weight.shape[0], inputs = (int)weight.shape[1], rounded = Rounded(outputs);
        var made = Scratch.Zeros((long)Space * rounded * inputs);
        nint from = (nint)Floats(weights), to = (nint)made.First;
        Parallel.For(0, outputs, o =>
        {
            float* half = stackalloc float[Patch * 3];
            float* whole = stackalloc float[Patch];
            for (int i = 0; i < inputs; i++)
            {
                float* g = (float*)from + ((long)o * inputs + i) * 9;
                for (int k = 0; k < 3; k++) Spread(g[k], g[3 + k], g[6 + k], half + k, 3);
                for (int r = 0; r < Patch; r++)
                {
                    Spread(half[r * 3], half[r * 3 + 1], half[r * 3 + 2], whole, 1);
                    for (int c = 0; c < Patch; c++) ((float*)to)[((long)(r * Patch + c) * rounded + o) * inputs + i] = whole[c];
                }
            }
        });
        return made;

        static void Spread(float a, float b, float c, float* target, int step)
        {
            float even = a + 4 * c, sum = a + c;
            target[0] = a / 4;
            target[step] = -(sum + b) / 6;
            target[2 * step] = -(sum - b) / 6;
            target[3 * step] = (even + 2 * b) / 24;
            target[4 * step] = (even - 2 * b) / 24;
            target[5 * step] = c;
        }
    }

    static int Rounded(int outputs) => (outputs + MatrixBlocks.Rows - 1) / MatrixBlocks.Rows * MatrixBlocks.Rows;

    /// <summary>What a map has at places beyond its border: the mirror image one place wide, or zeros two places wide.</summary>
    static int Inside(int place, int count, bool mirror)
    {
        if (place >= 0 && place < count) return place;
        if (!mirror) return -1;
        int image = place < 0 ? -place : 2 * count - 2 - place;
        return image >= 0 && image < count ? image : -1; // only tiles that hang over the border ask for more
    }

    static void Convolve(Tensor map, Tensor made, Scratch weights, float* bias, bool relu, bool mirror)
    {
        int batch = (int)map.shape[0], inputs = (int)map.shape[1], height = (int)map.shape[2], width = (int)map.shape[3];
        int outputs = (int)made.shape[1], madeHeight = (int)made.shape[2], madeWidth = (int)made.shape[3], border = mirror ? 1 : 2, rounded = Rounded(outputs);
        int tileRows = (madeHeight + Tile - 1) / Tile, tileColumns = (madeWidth + Tile - 1) / Tile;
        int across = int.Min(Group, tileColumns), down = int.Max(1, Group / tileColumns);
        int blockRows = (tileRows + down - 1) / down, blockColumns = (tileColumns + across - 1) / across;
        nint from = (nint)Floats(map), to = (nint)Floats(made), transformed = (nint)weights.First, biases = (nint)bias;
        Parallel.For(0, batch * blockRows * blockColumns, block =>
        {
            int picture = block / (blockRows * blockColumns), firstRow = block / blockColumns % blockRows * down, firstColumn = block % blockColumns * across;
            int rows = int.Min(down, tileRows - firstRow), columns = int.Min(across, tileColumns - firstColumn), count = MatrixBlocks.Padded((rows - 1) * columns + (columns + 7) / 8 * 8);
            int pitch = (columns + 1 + 15) / 8 * 8; // of a row of patches, with room for the last vector
            float* taken = Scratch.OfThread((long)Space * (inputs + rounded) * count + 2L * Patch * Tile * pitch);
            float* products = taken + (long)Space * inputs * count;
            float* patches = products + (long)Space * rounded * count;
            for (int i = 0; i < inputs; i++)
            {
                float* plane = (float*)from + ((long)picture * inputs + i) * height * width;
                for (int r = 0; r < rows; r++)
                {
                    Split(plane, (firstRow + r) * Tile - border, firstColumn * Tile - border, height, width, mirror, patches, pitch, columns);
                    Take(patches, pitch, columns, taken + (long)i * count + r * columns, (long)inputs * count);
                }
            }
            for (int s = 0; s < Space; s++)
                MatrixBlocks.Multiply((float*)transformed + (long)s * rounded * inputs, inputs, 1, taken + (long)s * inputs * count, count,
                    products + (long)s * rounded * count, count, rounded, count, inputs, MatrixBlocks.Ending.Bias);
            for (int o = 0; o < outputs; o++)
            {
                float* plane = (float*)to + ((long)picture * outputs + o) * madeHeight * madeWidth;
                for (int r = 0; r < rows; r++)
                    Give(products + (long)o * count + r * columns, (long)rounded * count, columns, biases == 0 ? 0 : ((float*)biases)[o], relu,
                        plane, (firstRow + r) * Tile, firstColumn * Tile, madeHeight, madeWidth);
            }
        });
        GC.KeepAlive((map, made, weights));
    }

    /// <summary>Six rows of a map, each split into four by the place within a tile: number t of part k is what stands at 4 t + k.</summary>
    static void Split(float* plane, int top, int left, int height, int width, bool mirror, float* patches, int pitch, int columns)
    {
        for (int y = 0; y < Patch; y++)
        {
            int row = Inside(top + y, height, mirror);
            float* target = patches + (long)y * Tile * pitch;
            if (row < 0)
            {
                new Span<float>(target, Tile * pitch).Clear();
                continue;
            }
            float* source = plane + (long)row * width;
            for (int t = 0; t <= columns; t++)
            {
                int x = left + Tile * t;
                if (x >= 0 && x + Tile <= width)
                {
                    target[t] = source[x];
                    target[pitch + t] = source[x + 1];
                    target[2 * pitch + t] = source[x + 2];
                    target[3 * pitch + t] = source[x + 3];
                }
                else
                    for (int k = 0; k < Tile; k++) target[k * pitch + t] = Inside(x + k, width, mirror) is >= 0 and var inside ? source[inside] : 0;
            }
        }
    }

    /// <summary>Bᵀ d B of a row of patches.</summary>
    /// <param name="patches">From <see cref="Split"/>; as much memory behind it is used.</param>
    /// <param name="pitch">Between its parts.</param>
    /// <param name="columns">Patches.</param>
    /// <param name="target">Number 0 of the 36 of the first patch; up to seven places behind the last patch are overwritten.</param>
    /// <param name="step">From one of the 36 to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Take(float* patches, int pitch, int columns, float* target, long step)
    {
        long row = (long)Tile * pitch;
        float* halves = patches + Patch * row;
        for (long n = 0; n < row; n += 8)
            Bt(Load(patches + n), Load(patches + row + n), Load(patches + 2 * row + n), Load(patches + 3 * row + n), Load(patches + 4 * row + n), Load(patches + 5 * row + n),
                halves + n, row);
        for (int y = 0; y < Patch; y++, halves += row, target += Patch * step)
            for (int t = 0; t < columns; t += 8)
                Bt(Load(halves + t), Load(halves + pitch + t), Load(halves + 2 * pitch + t), Load(halves + 3 * pitch + t), Load(halves + t + 1), Load(halves + pitch + t + 1),
                    target + t, step);
    }

    /// <summary>Aᵀ m A of a row of tiles, into the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Give(float* products, long step, int columns, float bias, bool relu, float* plane, int top, int left, int height, int width)
    {
        float* halves = stackalloc float[Tile * Patch * 8];
        float* tiles = stackalloc float[Tile * Tile * 8];
        var added = Vector256.Create(bias);
        var least = Vector256.Create(relu ? 0 : float.NegativeInfinity);
        int rows = int.Min(Tile, height - top);
        for (int t = 0; t < columns; t += 8)
        {
            for (int k = 0; k < Patch; k++)
            {
                float* p = products + k * step + t;
                var (a, b, c, d) = At(Load(p), Load(p + 6 * step), Load(p + 12 * step), Load(p + 18 * step), Load(p + 24 * step), Load(p + 30 * step));
                a.Store(halves + k * 8);
                b.Store(halves + (Patch + k) * 8);
                c.Store(halves + (2 * Patch + k) * 8);
                d.Store(halves + (3 * Patch + k) * 8);
            }
            for (int y = 0; y < rows; y++)
            {
                float* h = halves + y * Patch * 8;
                var (a, b, c, d) = At(Load(h), Load(h + 8), Load(h + 16), Load(h + 24), Load(h + 32), Load(h + 40));
                Vector256.Max(a + added, least).Store(tiles);
                Vector256.Max(b + added, least).Store(tiles + 8);
                Vector256.Max(c + added, least).Store(tiles + 16);
                Vector256.Max(d + added, least).Store(tiles + 24);
                float* target = plane + (long)(top + y) * width + left + t * Tile;
                int most = int.Min(8, columns - t), whole = int.Min(most, (width - left) / Tile - t);
                for (int n = 0; n < whole; n++) Vector128.Create(tiles[n], tiles[8 + n], tiles[16 + n], tiles[24 + n]).Store(target + n * Tile);
                if (whole < most)
                    for (int k = 0; k < width - left - (t + whole) * Tile; k++) target[whole * Tile + k] = tiles[k * 8 + whole];
            }
        }
    }

    /// <summary>Bᵀ of six numbers, stored <paramref name="step"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Bt(Lanes a, Lanes b, Lanes c, Lanes d, Lanes e, Lanes f, float* target, long step)
    {
        Lanes even = e - 4 * c, odd = d - 4 * b, far = e - c, side = 2 * (d - b);
        (4 * a - 5 * c + e).Store(target);
        (even + odd).Store(target + step);
        (even - odd).Store(target + 2 * step);
        (far + side).Store(target + 3 * step);
        (far - side).Store(target + 4 * step);
        (4 * b - 5 * d + f).Store(target + 5 * step);
    }

    /// <summary>Aᵀ of six numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (Lanes A, Lanes B, Lanes C, Lanes D) At(Lanes a, Lanes b, Lanes c, Lanes d, Lanes e, Lanes f)
    {
        Lanes even = b + c, odd = b - c, far = d + e, side = d - e;
        return (a + even + far, odd + 2 * side, even + 4 * far, odd + 8 * side + f);
    }
}
