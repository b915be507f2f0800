using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;
using static NerfLab.Kernels.TileNetwork;

namespace NerfLab.Kernels;

/// <summary><see cref="Perceptron.Apply"/> tile by tile: a few rows go through all layers while they lie in the cache.</summary>
/// <remarks>
/// Training keeps the activations of the hidden layers and computes nothing twice. The rows are cut into parts whose number
/// does not depend on the machine; each sums the gradients of the weights by itself, and the parts are added in their order: the same
/// bits with any number of threads. Limited by arithmetic; libtorch's layers are limited by the traffic between them.
/// </remarks>
static unsafe class FusedPerceptron
{
    const int Tile = 64; // rows; a multiple of MatrixBlocks.Rows

    /// <summary>Forward pass; the reference takes what this does not know: other devices and dtypes.</summary>
    public static Tensor Apply(Tensor x, IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor>? biases, bool activateLast)
    {
        var all = biases is null ? weights : [.. weights, .. biases];
        if (x.ndim != 2 || !AreFloats([x, .. all])) return Perceptron.Apply(x, weights, biases, activateLast);
        var network = new TileNetwork(weights, biases is not null, activateLast);
        if (torch.is_grad_enabled() && all.Append(x).Any(t => t.requires_grad)) return Function.apply([x, .. all, network, activateLast, x.requires_grad]);
        using var input = x.contiguous();
        using var packed = network.Pack(weights, biases);
        return Forward(network, input, packed, []);
    }

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedPerceptron);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var network = (TileNetwork)vars[^3];
            var (x, parameters) = (((Tensor)vars[0]).contiguous(), vars[1..^3].Cast<Tensor>().ToArray());
            using var packed = network.Pack(parameters[..network.Layers], network.Biased ? parameters[network.Layers..] : null);
            // Activations that the backward pass needs: of the hidden layers, and of the last where ReLU follows it.
            Tensor[] kept = [.. Enumerable.Range(1, (bool)vars[^2] ? network.Layers : network.Layers - 1).Select(l => torch.empty([Whole((int)x.shape[0]), network.Pitch[l]]))];
            var result = Forward(network, x, packed, kept);
            ctx.save_for_backward([x, .. kept, .. parameters[..network.Layers]]);
            ctx.save_data("network", network);
            ctx.save_data("input", vars[^1]);
            return result;
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            var network = (TileNetwork)ctx.get_data("network");
            var saved = ctx.get_saved_variables();
            int kept = saved.Count - 1 - network.Layers;
            using var packed = network.PackBackward([.. saved.Skip(1 + kept)]);
            using var grad = grad_output.contiguous();
            var (input, weights, biases) = Backward(network, saved[0], [.. saved.Skip(1).Take(kept)], packed, grad, (bool)ctx.get_data("input"));
            return [input!, .. weights, .. biases, null!, null!, null!];
        }
    }

    static Tensor Forward(TileNetwork network, Tensor x, Scratch packed, Tensor[] kept)
    {
        int rows = (int)x.shape[0], layers = network.Layers, first = network.Widths[0], last = network.Widths[layers];
        var result = torch.empty([rows, last]);
        nint from = (nint)Floats(x), to = (nint)Floats(result);
        nint[] outputs = Memory(kept);
        InParts(rows, (part, begin, end) =>
        {
            float* scratch = Scratch.OfThread((long)Tile * network.Pitch.Sum());
            float** output = stackalloc float*[layers];
            for (int row = begin; row < end; row += Tile)
            {
                int count = int.Min(Tile, end - row);
                float* free = scratch + (long)Tile * network.Pitch[0];
                for (int l = 0; l < layers; free += (long)Tile * network.Pitch[++l]) output[l] = l < outputs.Length ? (float*)outputs[l] + (long)row * network.Pitch[l + 1] : free;
                CopyRows((float*)from + (long)row * first, first, scratch, network.Pitch[0], count, first);
                network.Forward(packed, scratch, output, count);
                CopyRows(output[layers - 1], network.Pitch[layers], (float*)to + (long)row * last, last, count, last);
            }
        });
        GC.KeepAlive((x, kept));
        return result;
    }

    static (Tensor? Input, Tensor[] Weights, Tensor[] Biases) Backward(TileNetwork network, Tensor x, Tensor[] kept, Scratch packed, Tensor grad, bool wantsInput)
    {
        int rows = (int)x.shape[0], parts = int.Max(Parts(rows), 1), layers = network.Layers, first = network.Widths[0], last = network.Widths[layers];
        using var sums = Scratch.Zeros(network.Gradients * parts);
        var gradient = wantsInput ? torch.empty([rows, first]) : null;
        nint from = (nint)Floats(x), given = (nint)Floats(grad), to = gradient is null ? 0 : (nint)Floats(gradient);
        nint[] outputs = Memory(kept);
        InParts(rows, (part, begin, end) =>
        {
            int widest = network.WidestPitch, pitch = network.Pitch[0], given1 = network.Pitch[layers];
            long size = (long)Tile * (pitch + 2 * widest);
            float* input = Scratch.OfThread(size), above = input + (long)Tile * pitch, below = above + (long)Tile * widest;
            new Span<float>(input, (int)size).Clear();
            float** output = stackalloc float*[layers];
            for (int row = begin; row < end; row += Tile)
            {
                int count = int.Min(Tile, end - row);
                for (int l = 0; l < outputs.Length; l++) output[l] = (float*)outputs[l] + (long)row * network.Pitch[l + 1];
                CopyRows((float*)from + (long)row * first, first, input, pitch, count, first);
                new Span<float>(above, Tile * given1).Clear(); // columns beyond the last layer's width hold gradients of another
                CopyRows((float*)given + (long)row * last, last, above, given1, count, last);
                float* done = network.Backward(packed, input, output, above, below, count, sums.First + network.Gradients * part, wantsInput);
                if (wantsInput) CopyRows(done, pitch, (float*)to + (long)row * first, first, count, first);
            }
        });
        GC.KeepAlive((x, kept, grad));
        var (weights, biases) = network.Sum(sums.First, parts);
        return (gradient, weights, biases);
    }

    static nint[] Memory(Tensor[] tensors) => [.. tensors.Select(t => (nint)Floats(t))];

    static int Parts(int rows) => int.Min(16, (rows + Tile - 1) / Tile);

    /// <summary>Runs the parts of the rows at once; they begin at multiples of a tile.</summary>
    static void InParts(int rows, Action<int, int, int> work)
    {
        int parts = Parts(rows), tiles = (rows + Tile - 1) / Tile;
        if (parts == 1) work(0, 0, rows);
        else Parallel.For(0, parts, part => work(part, (int)((long)tiles * part / parts) * Tile, int.Min(rows, (int)((long)tiles * (part + 1) / parts) * Tile)));
    }
}
