using System.Runtime.Intrinsics;
using static NerfLab.Kernels.MatrixBlocks;
using static NerfLab.Kernels.RowArithmetic;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary>Linear layers with ReLU over a tile of rows that lie in the cache, forward and backward.</summary>
/// <remarks>
/// Rows are as far apart as <see cref="Pitch"/> says, in multiples of <see cref="MatrixBlocks.Rows"/>; columns beyond a layer's width are zeros.
/// </remarks>
sealed unsafe class TileNetwork
{
    readonly int[] _padded;
    readonly long[] _starts; // of each layer's matrix, in either packing
    readonly bool _activateLast;

    public TileNetwork(IReadOnlyList<Tensor> weights, bool biased, bool activateLast)
    {
        (Layers, Biased, _activateLast) = (weights.Count, biased, activateLast);
        Widths = [(int)weights[0].shape[1], .. weights.Select(w => (int)w.shape[0])];
        _padded = [.. Widths.Select(Padded)];
        Pitch = [.. Widths.Select(MatrixBlocks.Pitch)];
        _starts = new long[Layers + 1];
        // Both packings fit: [inputs, padded outputs] forward, [padded outputs, padded inputs] backward.
        for (int l = 0; l < Layers; l++) _starts[l + 1] = _starts[l] + (long)Pitch[l] * Pitch[l + 1];
    }

    public int Layers { get; }

    public bool Biased { get; }

    /// <summary>Width of the input and of each layer's output.</summary>
    public int[] Widths { get; }

    /// <summary>From row to row, of the input and of each layer's output.</summary>
    public int[] Pitch { get; }

    /// <summary>The widest of them.</summary>
    public int WidestPitch => Pitch.Max();

    /// <summary>Numbers that the gradients of all matrices and biases take.</summary>
    public long Gradients => _starts[Layers] + _padded.Skip(1).Sum();

    /// <summary>Transposed matrices, then biases, padded with zeros.</summary>
    public Scratch Pack(IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor>? biases)
    {
        var packed = Scratch.Zeros(Gradients);
        float* bias = packed.First + _starts[Layers];
        for (int l = 0; l < Layers; bias += _padded[++l])
        {
            using var matrix = weights[l].detach().contiguous();
            float* source = Floats(matrix), target = packed.First + _starts[l];
            for (int o = 0; o < Widths[l + 1]; o++)
                for (int i = 0; i < Widths[l]; i++) target[(long)i * Pitch[l + 1] + o] = source[(long)o * Widths[l] + i];
            if (biases is null) continue;
            using var vector = biases[l].detach().contiguous();
            new Span<float>(Floats(vector), Widths[l + 1]).CopyTo(new Span<float>(bias, Widths[l + 1]));
        }
        return packed;
    }

    /// <summary>The matrices as they are, padded with zeros.</summary>
    public Scratch PackBackward(IReadOnlyList<Tensor> weights)
    {
        var packed = Scratch.Zeros(_starts[Layers]);
        for (int l = 0; l < Layers; l++)
        {
            using var matrix = weights[l].detach().contiguous();
            CopyRows(Floats(matrix), Widths[l], packed.First + _starts[l], Pitch[l], Widths[l + 1], Widths[l]);
        }
        return packed;
    }

    /// <summary>Y = ReLU(X Wᵀ + b), layer by layer.</summary>
    /// <param name="packed">From <see cref="Pack"/>.</param>
    /// <param name="input">The rows.</param>
    /// <param name="outputs">Where each layer's rows go.</param>
    /// <param name="rows">Any number; the next multiple of <see cref="MatrixBlocks.Rows"/> is computed.</param>
    public void Forward(Scratch packed, float* input, float** outputs, int rows)
    {
        float* bias = packed.First + _starts[Layers];
        for (int l = 0; l < Layers; bias += _padded[++l])
        {
            Multiply(input, Pitch[l], 1, packed.First + _starts[l], Pitch[l + 1], outputs[l], Pitch[l + 1], Whole(rows), _padded[l + 1], Widths[l],
                l < Layers - 1 || _activateLast ? Ending.BiasRelu : Ending.Bias, Biased ? bias : null);
            input = outputs[l];
        }
    }

    /// <summary>The gradients of what <see cref="Forward"/> computed.</summary>
    /// <param name="packed">From <see cref="PackBackward"/>.</param>
    /// <param name="input">The rows that went in.</param>
    /// <param name="outputs">What came out of each layer.</param>
    /// <param name="above">Gradients of the last layer's rows; overwritten.</param>
    /// <param name="below">As much room as the widest rows take.</param>
    /// <param name="rows">As before. Rows up to the next multiple of <see cref="MatrixBlocks.Rows"/> may hold anything finite.</param>
    /// <param name="sums">What the gradients of matrices and biases are added to.</param>
    /// <param name="wantsInput">Whether the gradient of the input is computed.</param>
    /// <returns>Gradients of the input's rows, at <paramref name="above"/> or <paramref name="below"/>.</returns>
    public float* Backward(Scratch packed, float* input, float** outputs, float* above, float* below, int rows, float* sums, bool wantsInput)
    {
        if (_activateLast) Mask(above, outputs[Layers - 1], rows * Pitch[Layers]);
        float* bias = sums + Gradients;
        for (int l = Layers - 1; l >= 0; l--)
        {
            bias -= _padded[l + 1];
            float* activation = l == 0 ? input : outputs[l - 1];
            // dW += dYᵀ X and db += Σ dY.
            Multiply(above, 1, Pitch[l + 1], activation, Pitch[l], sums + _starts[l], Pitch[l], _padded[l + 1], _padded[l], rows, Ending.Add);
            for (int r = 0; Biased && r < rows; r++) Add(bias, above + (long)r * Pitch[l + 1], _padded[l + 1]);
            if (l == 0 && !wantsInput) break;
            // dX = dY W, where ReLU let X through.
            Multiply(above, Pitch[l + 1], 1, packed.First + _starts[l], Pitch[l], below, Pitch[l], Whole(rows), _padded[l], Widths[l + 1], Ending.Bias);
            if (l > 0) Mask(below, activation, rows * Pitch[l]);
            float* done = above;
            above = below;
            below = done;
        }
        return above;
    }

    /// <summary>Adds the gradients of several parts in their order and hands them out as tensors.</summary>
    public (Tensor[] Weights, Tensor[] Biases) Sum(float* sums, int parts)
    {
        for (int part = 1; part < parts; part++)
            for (long at = 0; at < Gradients; at += Columns) Add(sums + at, sums + Gradients * part + at, Columns);
        float* bias = sums + _starts[Layers];
        var (matrices, vectors) = (new Tensor[Layers], new Tensor[Biased ? Layers : 0]);
        for (int l = 0; l < Layers; bias += _padded[++l])
        {
            matrices[l] = torch.empty([Widths[l + 1], Widths[l]]);
            CopyRows(sums + _starts[l], Pitch[l], Floats(matrices[l]), Widths[l], Widths[l + 1], Widths[l]);
            if (!Biased) continue;
            vectors[l] = torch.empty([Widths[l + 1]]);
            CopyRows(bias, _padded[l + 1], Floats(vectors[l]), Widths[l + 1], 1, Widths[l + 1]);
        }
        return (matrices, vectors);
    }

    /// <summary>The next multiple of <see cref="MatrixBlocks.Rows"/>.</summary>
    public static int Whole(int rows) => (rows + Rows - 1) / Rows * Rows;

    /// <summary>Gradients pass only where an activation is above 0; counts are multiples of a vector.</summary>
    static void Mask(float* gradient, float* activation, int count)
    {
        for (int i = 0; i < count; i += 8)
            (Vector256.GreaterThan(Vector256.Load(activation + i), Vector256<float>.Zero) & Vector256.Load(gradient + i)).Store(gradient + i);
    }

    public static void CopyRows(float* source, int sourceRow, float* target, int targetRow, int rows, int columns)
    {
        for (int r = 0; r < rows; r++) new Span<float>(source + (long)r * sourceRow, columns).CopyTo(new Span<float>(target + (long)r * targetRow, columns));
    }
}
