namespace NerfLab.Fields;

/// <summary>Linear layers with ReLU between them.</summary>
public sealed class Mlp : nn.Module<Tensor, Tensor>
{
    readonly (Parameter Weight, Parameter? Bias)[] _layers;

    /// <summary>Makes the layers.</summary>
    /// <param name="widths">Input width, hidden widths, output width; at least two.</param>
    /// <param name="random">Draws the first weights.</param>
    /// <param name="bias">Whether layers add a constant; tiny networks go without.</param>
    /// <param name="activateLast">Whether ReLU also follows the last layer.</param>
    public Mlp(int[] widths, torch.Generator random, bool bias = true, bool activateLast = false) : base(nameof(Mlp))
    {
        ActivateLast = activateLast;
        _layers = new (Parameter, Parameter?)[widths.Length - 1];
        for (int i = 0; i < _layers.Length; i++)
        {
            // PyTorch's default for linear layers: uniform in ±1/sqrt(inputs).
            float limit = 1 / MathF.Sqrt(widths[i]);
            Parameter Draw(long[] shape) => nn.Parameter(torch.rand(shape, generator: random) * (2 * limit) - limit);
            _layers[i] = (Draw([widths[i + 1], widths[i]]), bias ? Draw([widths[i + 1]]) : null);
            register_parameter($"weight{i}", _layers[i].Weight);
            if (_layers[i].Bias is { } b) register_parameter($"bias{i}", b);
        }
    }

    /// <summary>Whether ReLU also follows the last layer.</summary>
    public bool ActivateLast { get; }

    /// <summary>[N, first width] -> [N, last width].</summary>
    public override Tensor forward(Tensor x)
    {
        for (int i = 0; i < _layers.Length; i++)
        {
            x = F.linear(x, _layers[i].Weight, _layers[i].Bias);
            if (ActivateLast || i < _layers.Length - 1) x = F.relu(x);
        }
        return x;
    }
}
