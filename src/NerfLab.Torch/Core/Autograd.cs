namespace TorchSharp;

public static partial class torch
{
    /// <summary>Switches the recording of gradients for this thread and switches it back when disposed.</summary>
    sealed class GradMode : IDisposable
    {
        readonly int _before = Native.nl_grad_enabled();

        internal GradMode(bool on) => Native.nl_set_grad_enabled(on ? 1 : 0);

        public void Dispose() => Native.nl_set_grad_enabled(_before);
    }

    sealed class InferenceMode(bool on) : IDisposable
    {
        nint _guard = Native.nl_inference_mode(on ? 1 : 0);

        public void Dispose()
        {
            if (_guard != 0) Native.nl_inference_mode_end(_guard);
            _guard = 0;
        }
    }

    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_grad_enabled() => Native.nl_grad_enabled() != 0;

    public static bool is_inference_mode_enabled() => Native.nl_inference_mode_enabled() != 0;

    static nint[] Handles(IEnumerable<Tensor?>? tensors) => tensors?.Select(t => t?.Handle ?? 0).ToArray() ?? [];

    public partial class Tensor
    {
        public void backward() => autograd.backward(this);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward(new[] { this }, grad_tensors!, retain_graph, create_graph, inputs!);
    }

    public static partial class autograd
    {
        public static unsafe IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor> grad_outputs = null!, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            var (from, with, to) = (Handles(outputs), Handles(grad_outputs), Handles(inputs));
            var results = new nint[to.Length];
            fixed (nint* f = from, w = with, t = to, r = results)
                Native.Check(Native.nl_grad(f, from.Length, t, to.Length, w, with.Length, retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, r));
            GC.KeepAlive((outputs, inputs, grad_outputs));
            return Array.ConvertAll(results, handle => handle == 0 ? null! : new Tensor(handle, 0));
        }

        public static unsafe void backward(IList<Tensor> tensors, IList<Tensor> grad_tensors = null!, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null!)
        {
            var (from, with, to) = (Handles(tensors), Handles(grad_tensors), Handles(inputs));
            fixed (nint* f = from, w = with, t = to)
                Native.Check(Native.nl_backward(f, from.Length, w, with.Length, retain_graph ?? create_graph ? 1 : 0, create_graph ? 1 : 0, t, to.Length));
            GC.KeepAlive((tensors, grad_tensors, inputs));
        }

        public static void backward(Tensor tensor, IList<Tensor> grad_tensors = null!, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null!) =>
            backward(new[] { tensor }, grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null!) =>
            backward(new[] { tensor }, new[] { grad_tensor }, retain_graph, create_graph, inputs);
    }
}
