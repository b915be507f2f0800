namespace TorchSharp;

/// <summary>While it lives, a backward pass on any thread stops at the first NaN and names the operator that it came from.</summary>
public class AnomalyMode : IDisposable
{
    readonly bool _before = IsEnabled, _checkedBefore = ShouldCheckNaN;

    public AnomalyMode(bool enabled, bool check_nan = true) => Native.nl_set_anomaly(enabled ? 1 : 0, check_nan ? 1 : 0);

    public static bool IsEnabled => Native.nl_anomaly() != 0;

    public static bool ShouldCheckNaN => Native.nl_anomaly_checks_nan() != 0;

    protected virtual void Dispose(bool disposing) => Native.nl_set_anomaly(_before ? 1 : 0, _checkedBefore ? 1 : 0);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }
}

public static partial class torch
{
    public static partial class autograd
    {
        public static AnomalyMode detect_anomaly(bool check_nan = true) => new(true, check_nan);

        public static AnomalyMode set_detect_anomaly(bool mode, bool check_nan = true) => new(mode, check_nan);

        /// <summary>Derivatives of every element of the outputs by every element of the inputs.</summary>
        public static class functional
        {
            public static Tensor jacobian(Func<Tensor, Tensor> function, Tensor inputs) => Of(x => [function(x[0])], [inputs])[0][0];

            public static IEnumerable<Tensor> jacobian(Func<Tensor, Tensor[]> function, Tensor inputs) => Of(x => function(x[0]), [inputs]).Select(row => row[0]).ToArray();

            public static IEnumerable<Tensor> jacobian(Func<Tensor[], Tensor> function, params Tensor[] inputs) => Of(x => [function(x)], inputs)[0];

            public static IEnumerable<Tensor> jacobian(Func<Tensor[], Tensor[]> function, params Tensor[] inputs) => Of(function, inputs).SelectMany(row => row).ToArray();

            /// <summary>For every output and every input a tensor with the output's dimensions and then the input's.</summary>
            static Tensor[][] Of(Func<Tensor[], Tensor[]> function, Tensor[] inputs)
            {
                using var grads = enable_grad();
                var leaves = Array.ConvertAll(inputs, input => input.detach().requires_grad_());
                var outputs = function(leaves);
                return Array.ConvertAll(outputs, output =>
                {
                    var flat = output.reshape(-1);
                    var rows = Array.ConvertAll(leaves, _ => new List<Tensor>());
                    for (long i = 0; i < flat.shape[0]; i++)
                    {
                        var row = grad([flat[i]], leaves, retain_graph: true, allow_unused: true);
                        for (int k = 0; k < leaves.Length; k++) rows[k].Add(row[k] ?? leaves[k].detach().clone().zero_());
                    }
                    return rows.Select((row, k) => stack(row).reshape([.. output.shape, .. inputs[k].shape])).ToArray();
                });
            }
        }
    }
}
