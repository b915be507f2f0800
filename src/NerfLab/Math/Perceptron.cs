namespace NerfLab.Math;

/// <summary>A small network; see <see cref="Perceptron.Apply"/>. It is declared here because <see cref="RadianceHead"/> knows no kernels.</summary>
/// <param name="x">[N,inputs].</param>
/// <param name="weights">Each [outputs,inputs].</param>
/// <param name="biases">Each [outputs]; null for none.</param>
/// <param name="activateLast">Whether ReLU also follows the last layer.</param>
/// <returns>[N,outputs].</returns>
public delegate Tensor PassLayers(Tensor x, IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor>? biases, bool activateLast);

/// <summary>Fully connected networks.</summary>
public static class Perceptron
{
    /// <summary>Linear layers with ReLU between them: h ← max(W h + b, 0), the last one without ReLU unless it is asked for.</summary>
    /// <param name="x">[N, inputs of the first layer].</param>
    /// <param name="weights">Each [outputs, inputs].</param>
    /// <param name="biases">Each [outputs]; null for none.</param>
    /// <param name="activateLast">Whether ReLU also follows the last layer.</param>
    /// <returns>[N, outputs of the last layer].</returns>
    public static Tensor Apply(Tensor x, IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor>? biases, bool activateLast)
    {
        for (int i = 0; i < weights.Count; i++)
        {
            x = F.linear(x, weights[i], biases?[i]);
            if (activateLast || i < weights.Count - 1) x = F.relu(x);
        }
        return x;
    }
}
