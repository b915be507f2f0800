using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Adam's step for many parameters in one native call.</summary>
static unsafe class AdamStep
{
    /// <param name="parameters">Those without a gradient are left out.</param>
    /// <param name="advance">The moments of a parameter, and the number of this step, counted from 1.</param>
    internal static void Run(IEnumerable<Parameter> parameters, Func<Parameter, (Tensor Mean, Tensor Square, Tensor? Largest, long Step)> advance,
        double learningRate, double beta1, double beta2, double epsilon, double weightDecay, bool decoupled, bool maximize)
    {
        var list = parameters.ToList();
        // Five rows of handles: parameters, gradients, means, squares, largest squares.
        var handles = new nint[5 * list.Count];
        var steps = new long[list.Count];
        int stride = list.Count, count = 0;
        var gradients = new List<nint>(list.Count);
        try
        {
            foreach (var parameter in list)
            {
                // Raw handles: no tensor objects are made for gradients that live during this call only.
                nint gradient = Native.nl_tensor_grad(parameter.Handle);
                if (gradient == 0) continue;
                gradients.Add(gradient);
                var (mean, square, largest, step) = advance(parameter);
                handles[count] = parameter.Handle;
                handles[stride + count] = gradient;
                handles[2 * stride + count] = mean.Handle;
                handles[3 * stride + count] = square.Handle;
                handles[4 * stride + count] = largest?.Handle ?? 0;
                steps[count++] = step;
            }
            fixed (nint* h = handles)
            fixed (long* s = steps)
                Native.Check(Native.nl_adam(count, h, h + stride, h + 2 * stride, h + 3 * stride, h + 4 * stride, s,
                    learningRate, beta1, beta2, epsilon, weightDecay, decoupled ? 1 : 0, maximize ? 1 : 0));
        }
        finally
        {
            fixed (nint* g = gradients.ToArray()) Native.nl_tensors_delete(g, gradients.Count);
            GC.KeepAlive(list);
        }
    }
}
