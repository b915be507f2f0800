using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>What a function's forward leaves for its backward.</summary>
        public class AutogradContext : IDisposable
        {
            readonly Dictionary<string, object> _data = [];

            internal AutogradContext() { }

            internal List<Tensor> ToSave { get; private set; } = [];

            internal List<Tensor> Dirty { get; private set; } = [];

            internal List<Tensor> NonDifferentiable { get; private set; } = [];

            /// <summary>Which of the arguments of apply were tensors: those that gradients go to.</summary>
            internal bool[] IsTensor { get; init; } = [];

            internal nint Node { get; set; }

            internal Func<AutogradContext, List<Tensor>, List<Tensor>> Backward { get; init; } = null!;

            public bool MaterializeGrads { get; private set; } = true;

            public void save_for_backward(List<Tensor> tensors) => ToSave = [.. tensors];

            public void mark_dirty(List<Tensor> tensors) => Dirty = [.. tensors];

            public void mark_non_differentiable(List<Tensor> tensors) => NonDifferentiable = [.. tensors];

            /// <summary>Whether outputs that nobody used get a gradient of zeros (the default) or null.</summary>
            public void set_materialize_grads(bool value) => MaterializeGrads = value;

            public void save_data(string key, object value) => _data[key] = value;

            public object get_data(string key) => _data[key];

            int _saved;

            public unsafe List<Tensor> get_saved_variables()
            {
                if (Node == 0) return [.. ToSave];
                var handles = new nint[_saved];
                fixed (nint* first = handles) Native.Check(Native.nl_function_saved(Node, first, handles.Length));
                return [.. handles.Select(h => new Tensor(h, 0))];
            }

            /// <summary>From here on the saved tensors are the node's: they go when the graph goes.</summary>
            internal void Attached(nint node)
            {
                (Node, _saved) = (node, ToSave.Count);
                (ToSave, Dirty, NonDifferentiable) = ([], [], []);
            }

            protected virtual void Dispose(bool disposing) { }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }
        }

        /// <summary>An operator whose gradient is written in C#.</summary>
        public abstract class Function<T> where T : Function<T>, new()
        {
            public abstract string Name { get; }

            internal abstract List<Tensor> Forward(AutogradContext ctx, object[] vars);

            internal abstract List<Tensor> Backward(AutogradContext ctx, List<Tensor> grads);

            public static List<Tensor> apply_internal(params object[] vars)
            {
                var function = new T();
                var ctx = new AutogradContext { IsTensor = Array.ConvertAll(vars, v => v is Tensor), Backward = function.Backward };
                List<Tensor> results;
                using (no_grad()) results = function.Forward(ctx, vars);
                return Graph.Attach(function.Name, ctx, vars.OfType<Tensor>().ToList(), results);
            }
        }

        public abstract class SingleTensorFunction<T> : Function<T> where T : SingleTensorFunction<T>, new()
        {
            public static Tensor apply(params object[] vars) => apply_internal(vars)[0];

            public abstract Tensor forward(AutogradContext ctx, params object[] vars);

            /// <summary>The gradients for all arguments of forward, in their order; null for those that have none.</summary>
            public abstract List<Tensor> backward(AutogradContext ctx, Tensor grad_output);

            internal sealed override List<Tensor> Forward(AutogradContext ctx, object[] vars) => [forward(ctx, vars)];

            internal sealed override List<Tensor> Backward(AutogradContext ctx, List<Tensor> grads) => backward(ctx, grads[0]);
        }

        public abstract class MultiTensorFunction<T> : Function<T> where T : MultiTensorFunction<T>, new()
        {
            public static List<Tensor> apply(params object[] vars) => apply_internal(vars);

            public abstract List<Tensor> forward(AutogradContext ctx, params object[] vars);

            public abstract List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs);

            internal sealed override List<Tensor> Forward(AutogradContext ctx, object[] vars) => forward(ctx, vars);

            internal sealed override List<Tensor> Backward(AutogradContext ctx, List<Tensor> grads) => backward(ctx, grads);
        }

        /// <summary>The nodes of libtorch's graph that lead back into C#.</summary>
        static unsafe class Graph
        {
            static readonly ConcurrentDictionary<long, AutogradContext> Contexts = new();
            static long s_last;

            static Graph() => Native.nl_function_callbacks(&OnBackward, &OnRelease);

            internal static List<Tensor> Attach(string name, AutogradContext ctx, List<Tensor> inputs, List<Tensor> results)
            {
                long id = Interlocked.Increment(ref s_last);
                var (from, to) = (Handles(inputs), Handles(results));
                var (dirty, constant, saved) = (Handles(ctx.Dirty), Handles(ctx.NonDifferentiable), Handles(ctx.ToSave));
                nint node;
                Contexts[id] = ctx;
                int status;
                fixed (nint* f = from, t = to, d = dirty, c = constant, s = saved)
                    status = Native.nl_function_attach(id, name, ctx.MaterializeGrads ? 1 : 0, f, from.Length, t, to.Length, d, dirty.Length, c, constant.Length, s, saved.Length, &node);
                GC.KeepAlive((inputs, results, ctx));
                if (status == Native.Failed || node == 0) Contexts.TryRemove(id, out _);
                Native.Check(status);
                if (node != 0) ctx.Attached(node);
                var attached = new List<Tensor>(to.Length);
                for (int i = 0; i < to.Length; i++)
                {
                    // An argument changed in place keeps its identity: the caller's object is the result.
                    bool same = ctx.Dirty.Contains(results[i]) || inputs.Any(input => ReferenceEquals(input, results[i]));
                    attached.Add(to[i] == 0 ? null! : new Tensor(to[i], 0));
                    if (!same) results[i]?.Dispose();
                }
                return attached;
            }

            [UnmanagedCallersOnly]
            static int OnBackward(long id, nint* grads, int count, nint* results, int capacity)
            {
                try
                {
                    using var scope = NewDisposeScope();
                    var ctx = Contexts[id];
                    var given = new List<Tensor>(count);
                    for (int i = 0; i < count; i++) given.Add(grads[i] == 0 ? null! : new Tensor(grads[i], 0));
                    var gradients = ctx.Backward(ctx, given);
                    int tensors = ctx.IsTensor.Count(t => t);
                    // Either one gradient for each argument, or one for each argument that is a tensor.
                    if (gradients.Count == ctx.IsTensor.Length) gradients = [.. gradients.Where((_, i) => ctx.IsTensor[i])];
                    if (gradients.Count != tensors) throw new InvalidOperationException($"backward returned {gradients.Count} gradients for {ctx.IsTensor.Length} arguments");
                    for (int i = 0; i < capacity; i++) results[i] = gradients[i] is { } g ? Native.nl_tensor_alias(g.Handle) : 0;
                    GC.KeepAlive(gradients);
                    return 0;
                }
                catch (Exception e)
                {
                    Native.Thrown[id] = ExceptionDispatchInfo.Capture(e);
                    return Native.Failed;
                }
            }

            [UnmanagedCallersOnly]
            static void OnRelease(long id) => Contexts.TryRemove(id, out _);
        }
    }
}
