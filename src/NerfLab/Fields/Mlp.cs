namespace NerfLab.Fields;

/// <summary>Linear layers with ReLU between them.</summary>
public sealed class Mlp : nn.Module<Tensor, Tensor>
{
    readonly Kernels.Kernels _kernels;
    readonly int _layers;
    readonly bool _bias;

    /// <summary>Makes the layers.</summary>
    /// <param name="widths">Input width, hidden widths, output width; at least two.</param>
    /// <param name="random">Draws the first weights.</param>
    /// <param name="kernels">The operations to use.</param>
    /// <param name="bias">Whether layers add a constant; tiny networks go without.</param>
    /// <param name="activateLast">Whether ReLU also follows the last layer.</param>
    public Mlp(int[] widths, torch.Generator random, Kernels.Kernels kernels, bool bias = true, bool activateLast = false) : base(nameof(Mlp))
    {
        (_kernels, _layers, _bias, ActivateLast) = (kernels, widths.Length - 1, bias, activateLast);
        for (int i = 0; i < _layers; i++)
        {
            // Glorot and Bengio 2010, equation 16, which the original codes of NeRF and of Instant-NGP use; biases begin at 0.
            float limit = MathF.Sqrt(6f / (widths[i] + widths[i + 1]));
            var weight = torch.rand([widths[i + 1], widths[i]], generator: random) * (2 * limit) - limit;
            register_parameter($"weight{i}", nn.Parameter(weight));
            if (bias) register_parameter($"bias{i}", nn.Parameter(torch.zeros(widths[i + 1])));
        }
    }

    /// <summary>Whether ReLU also follows the last layer.</summary>
    public bool ActivateLast { get; }

    /// <summary>The matrices, each [outputs, inputs].</summary>
    public IReadOnlyList<Tensor> Weights => Named("weight");

    /// <summary>The constants, each [outputs]; null where there are none.</summary>
    public IReadOnlyList<Tensor>? Biases => _bias ? Named("bias") : null;

    /// <summary>[N, first width] -> [N, last width].</summary>
    public override Tensor forward(Tensor x) => _kernels.PassLayers(x, Weights, Biases, ActivateLast);

    // Asked for by name: moving a module may replace its parameters.
    Tensor[] Named(string kind) => [.. Enumerable.Range(0, _layers).Select(i => get_parameter($"{kind}{i}")!)];
}
