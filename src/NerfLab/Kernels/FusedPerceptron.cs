using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.MatrixBlocks;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="Perceptron.Apply"/> tile by tile: a few rows go through all layers while they lie in the cache.</summary>
/// <remarks>
/// Training keeps the activations of the hidden layers and computes nothing twice. The rows are cut into as many parts as there
/// are processors; each sums the gradients of the weights by itself, and the parts are added in their order, so the same
/// machine gives the same bits. Limited by arithmetic; libtorch's layers are limited by the traffic between them.
/// </remarks>
static unsafe class FusedPerceptron
{
    const int Tile = 64; // rows; a multiple of MatrixBlocks.Rows

    /// <summary>Forward pass; the reference takes what this does not know: other devices and dtypes.</summary>
    public static Tensor Apply(Tensor x, IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor>? biases, bool activateLast)
    {
        var all = biases is null ? weights : [.. weights, .. biases];
        if (x.ndim != 2 || all.Append(x).Any(t => t.device_type != DeviceType.CPU || t.dtype != torch.ScalarType.Float32)) return Perceptron.Apply(x, weights, biases, activateLast);
        var network = new Network(weights, biases is not null, activateLast);
        if (torch.is_grad_enabled() && all.Append(x).Any(t => t.requires_grad)) return Function.apply([x, .. all, network, x.requires_grad]);
        using var input = x.contiguous();
        using var packed = network.Pack([.. weights], biases is null ? null : [.. biases]);
        return network.Forward(input, packed, null);
    }

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedPerceptron);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var network = (Network)vars[^2];
            var (x, parameters) = (((Tensor)vars[0]).contiguous(), vars[1..^2].Cast<Tensor>().ToArray());
            using var packed = network.Pack(parameters[..network.Layers], network.Biased ? parameters[network.Layers..] : null);
            var hidden = network.Buffers(x.shape[0]);
            var result = network.Forward(x, packed, hidden);
            ctx.save_for_backward([x, .. hidden, .. parameters[..network.Layers]]);
            ctx.save_data("network", network);
            ctx.save_data("input", vars[^1]);
            return result;
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            var network = (Network)ctx.get_data("network");
            var saved = ctx.get_saved_variables();
            int hidden = saved.Count - 1 - network.Layers;
            using var packed = network.PackBackward([.. saved.Skip(1 + hidden)]);
            using var grad = grad_output.contiguous();
            var (input, weights, biases) = network.Backward(saved[0], [.. saved.Skip(1).Take(hidden)], packed, grad, (bool)ctx.get_data("input"));
            return [input!, .. weights, .. biases, null!, null!];
        }
    }

    /// <summary>Aligned memory of floats, zeros at first.</summary>
    sealed class Memory(long count) : IDisposable
    {
        float* _first = Zeros(count);

        public float* First => _first;

        static float* Zeros(long count)
        {
            var bytes = (nuint)long.Max(count, 1) * sizeof(float);
            var first = NativeMemory.AlignedAlloc(bytes, 64);
            NativeMemory.Clear(first, bytes);
            return (float*)first;
        }

        public void Dispose()
        {
            NativeMemory.AlignedFree(_first);
            _first = null;
        }
    }

    /// <summary>The shape of a network and its passes.</summary>
    sealed class Network
    {
        readonly int[] _widths, _padded, _pitch;
        readonly long[] _starts; // of each layer's matrix, in either packing
        readonly bool _activateLast;

        public Network(IReadOnlyList<Tensor> weights, bool biased, bool activateLast)
        {
            (Layers, Biased, _activateLast) = (weights.Count, biased, activateLast);
            _widths = [(int)weights[0].shape[1], .. weights.Select(w => (int)w.shape[0])];
            _padded = [.. _widths.Select(Padded)];
            _pitch = [.. _widths.Select(Pitch)];
            _starts = new long[Layers + 1];
            // Both packings fit: [inputs, padded outputs] forward, [padded outputs, padded inputs] backward.
            for (int l = 0; l < Layers; l++) _starts[l + 1] = _starts[l] + (long)_pitch[l] * _pitch[l + 1];
        }

        public int Layers { get; }

        public bool Biased { get; }

        /// <summary>Activations that the backward pass needs: of the hidden layers, and of the last where ReLU follows it.</summary>
        public Tensor[] Buffers(long rows) => [.. Enumerable.Range(1, _activateLast ? Layers : Layers - 1).Select(l => torch.empty([(rows + Rows - 1) / Rows * Rows, _pitch[l]]))];

        /// <summary>Transposed matrices, then biases, padded with zeros.</summary>
        public Memory Pack(Tensor[] weights, Tensor[]? biases)
        {
            var packed = new Memory(_starts[Layers] + _padded.Skip(1).Sum());
            float* bias = packed.First + _starts[Layers];
            for (int l = 0; l < Layers; bias += _padded[++l])
            {
                using var matrix = weights[l].detach().contiguous();
                float* source = Floats(matrix), target = packed.First + _starts[l];
                for (int o = 0; o < _widths[l + 1]; o++)
                    for (int i = 0; i < _widths[l]; i++) target[(long)i * _pitch[l + 1] + o] = source[(long)o * _widths[l] + i];
                if (biases is null) continue;
                using var vector = biases[l].detach().contiguous();
                new Span<float>(Floats(vector), _widths[l + 1]).CopyTo(new Span<float>(bias, _widths[l + 1]));
            }
            return packed;
        }

        /// <summary>The matrices as they are, padded with zeros.</summary>
        public Memory PackBackward(Tensor[] weights)
        {
            var packed = new Memory(_starts[Layers]);
            for (int l = 0; l < Layers; l++)
            {
                using var matrix = weights[l].detach().contiguous();
                Copy(Floats(matrix), _widths[l], packed.First + _starts[l], _pitch[l], _widths[l + 1], _widths[l]);
            }
            return packed;
        }

        public Tensor Forward(Tensor x, Memory packed, Tensor[]? hidden)
        {
            int rows = (int)x.shape[0];
            var result = torch.empty([rows, _widths[^1]]);
            float* bias0 = packed.First + _starts[Layers];
            nint from = (nint)Floats(x), to = (nint)Floats(result);
            nint[] kept = hidden is null ? [] : [.. hidden.Select(h => (nint)Floats(h))];
            InParts(rows, (part, begin, end) =>
            {
                using var scratch = new Memory((long)Tile * _pitch.Sum());
                for (int row = begin; row < end; row += Tile)
                {
                    int count = int.Min(Tile, end - row), padded = (count + Rows - 1) / Rows * Rows;
                    float* input = scratch.First, bias = bias0, free = input + (long)Tile * _pitch[0];
                    Copy((float*)from + (long)row * _widths[0], _widths[0], input, _pitch[0], count, _widths[0]);
                    for (int l = 0; l < Layers; bias += _padded[++l])
                    {
                        float* output = l < kept.Length ? (float*)kept[l] + (long)row * _pitch[l + 1] : free;
                        free += (long)Tile * _pitch[l + 1];
                        Multiply(input, _pitch[l], 1, packed.First + _starts[l], _pitch[l + 1], output, _pitch[l + 1], padded, _padded[l + 1], _widths[l],
                            l < Layers - 1 || _activateLast ? Ending.BiasRelu : Ending.Bias, bias);
                        input = output;
                    }
                    Copy(input, _pitch[Layers], (float*)to + (long)row * _widths[Layers], _widths[Layers], count, _widths[Layers]);
                }
            });
            GC.KeepAlive((x, hidden));
            return result;
        }

        public (Tensor? Input, Tensor[] Weights, Tensor[] Biases) Backward(Tensor x, Tensor[] hidden, Memory packed, Tensor grad, bool wantsInput)
        {
            int rows = (int)x.shape[0], parts = Parts(rows);
            long size = _starts[Layers] + _padded.Skip(1).Sum();
            using var sums = new Memory(size * int.Max(parts, 1));
            var gradient = wantsInput ? torch.empty([rows, _widths[0]]) : null;
            nint first = (nint)Floats(x), given = (nint)Floats(grad), to = gradient is null ? 0 : (nint)Floats(gradient);
            nint[] kept = [.. hidden.Select(h => (nint)Floats(h))];
            InParts(rows, (part, begin, end) =>
            {
                int widest = _pitch.Max();
                using var scratch = new Memory((long)Tile * (_pitch[0] + 2 * widest));
                float* sum = sums.First + size * part;
                for (int row = begin; row < end; row += Tile)
                {
                    int count = int.Min(Tile, end - row), padded = (count + Rows - 1) / Rows * Rows;
                    float* input = scratch.First, above = input + (long)Tile * _pitch[0], below = above + (long)Tile * widest;
                    // What a shorter last tile leaves of the one before must not be summed up.
                    if (count < Tile) new Span<float>(input, Tile * (_pitch[0] + 2 * widest)).Clear();
                    Copy((float*)first + (long)row * _widths[0], _widths[0], input, _pitch[0], count, _widths[0]);
                    new Span<float>(above, Tile * _pitch[Layers]).Clear();
                    Copy((float*)given + (long)row * _widths[Layers], _widths[Layers], above, _pitch[Layers], count, _widths[Layers]);
                    if (_activateLast) Mask(above, (float*)kept[Layers - 1] + (long)row * _pitch[Layers], count * _pitch[Layers]);
                    float* bias = sum + size;
                    for (int l = Layers - 1; l >= 0; l--)
                    {
                        bias -= _padded[l + 1];
                        float* activation = l == 0 ? input : (float*)kept[l - 1] + (long)row * _pitch[l];
                        // dW += dYᵀ X and db += Σ dY.
                        Multiply(above, 1, _pitch[l + 1], activation, _pitch[l], sum + _starts[l], _pitch[l], _padded[l + 1], _padded[l], count, Ending.Add);
                        for (int r = 0; r < count; r++) Add(bias, above + (long)r * _pitch[l + 1], _padded[l + 1]);
                        if (l == 0 && to == 0) break;
                        // dX = dY W, where ReLU let X through.
                        Multiply(above, _pitch[l + 1], 1, packed.First + _starts[l], _pitch[l], below, _pitch[l], padded, _padded[l], _widths[l + 1], Ending.Bias);
                        if (l > 0) Mask(below, activation, count * _pitch[l]);
                        float* done = above;
                        above = below;
                        below = done;
                    }
                    if (to != 0) Copy(above, _pitch[0], (float*)to + (long)row * _widths[0], _widths[0], count, _widths[0]);
                }
            });
            GC.KeepAlive((x, hidden, grad));
            for (int part = 1; part < parts; part++)
                for (int l = 0; l < Layers; l++) // in pieces that an int can count
                    Add(sums.First + _starts[l], sums.First + size * part + _starts[l], (int)(_starts[l + 1] - _starts[l]));
            for (int part = 1; part < parts; part++) Add(sums.First + _starts[Layers], sums.First + size * part + _starts[Layers], (int)(size - _starts[Layers]));
            float* biases = sums.First + _starts[Layers];
            var (matrices, vectors) = (new Tensor[Layers], new Tensor[Biased ? Layers : 0]);
            for (int l = 0; l < Layers; biases += _padded[++l])
            {
                matrices[l] = torch.empty([_widths[l + 1], _widths[l]]);
                Copy(sums.First + _starts[l], _pitch[l], Floats(matrices[l]), _widths[l], _widths[l + 1], _widths[l]);
                if (!Biased) continue;
                vectors[l] = torch.empty([_widths[l + 1]]);
                Copy(biases, _padded[l + 1], Floats(vectors[l]), _widths[l + 1], 1, _widths[l + 1]);
            }
            return (gradient, matrices, vectors);
        }

        /// <summary>Gradients pass only where an activation is above 0; counts are multiples of a vector.</summary>
        static void Mask(float* gradient, float* activation, int count)
        {
            for (int i = 0; i < count; i += 8)
                (Vector256.GreaterThan(Vector256.Load(activation + i), Vector256<float>.Zero) & Vector256.Load(gradient + i)).Store(gradient + i);
        }

        static void Add(float* target, float* source, int count)
        {
            for (int i = 0; i < count; i += 8) (Vector256.Load(target + i) + Vector256.Load(source + i)).Store(target + i);
        }

        static void Copy(float* source, int sourceRow, float* target, int targetRow, int rows, int columns)
        {
            for (int r = 0; r < rows; r++) new Span<float>(source + (long)r * sourceRow, columns).CopyTo(new Span<float>(target + (long)r * targetRow, columns));
        }
    }

    static int Parts(int rows) => int.Min(Environment.ProcessorCount, (rows + Tile - 1) / Tile);

    /// <summary>Runs one part of the rows on each processor; parts begin at multiples of a tile.</summary>
    static void InParts(int rows, Action<int, int, int> work)
    {
        int parts = Parts(rows), tiles = (rows + Tile - 1) / Tile;
        if (parts == 1) work(0, 0, rows);
        else Parallel.For(0, parts, part => work(part, (int)((long)tiles * part / parts) * Tile, int.Min(rows, (int)((long)tiles * (part + 1) / parts) * Tile)));
    }
}
