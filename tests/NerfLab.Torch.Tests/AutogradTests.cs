using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace NerfLab.Torch.Tests;

public class AutogradTests
{
    /// <summary>x^3, whose gradient is written with differentiable operators, so that it can be derived again.</summary>
    sealed class Cube : SingleTensorFunction<Cube>
    {
        public override string Name => nameof(Cube);

        public override Tensor forward(AutogradContext ctx, params object[] vars)
        {
            var x = (Tensor)vars[0];
            ctx.save_for_backward([x]);
            return x * x * x;
        }

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
        {
            var x = ctx.get_saved_variables()[0];
            return [3 * x * x * grad_output];
        }
    }

    /// <summary>exp(factor x): saves its result, takes a number among its arguments and returns null for it.</summary>
    sealed class Exponential : SingleTensorFunction<Exponential>
    {
        public override string Name => nameof(Exponential);

        public override Tensor forward(AutogradContext ctx, params object[] vars)
        {
            var result = (((Tensor)vars[0]) * (double)vars[1]).exp();
            ctx.save_for_backward([result]);
            ctx.save_data("factor", vars[1]);
            return result;
        }

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
            [grad_output * ctx.get_saved_variables()[0] * (double)ctx.get_data("factor"), null!];
    }

    /// <summary>(a b, a + b, sign of a); the last has no gradient.</summary>
    sealed class Several : MultiTensorFunction<Several>
    {
        internal static bool Materialize = true;
        internal static List<bool> Given = [];

        public override string Name => nameof(Several);

        public override List<Tensor> forward(AutogradContext ctx, params object[] vars)
        {
            var (a, b) = ((Tensor)vars[0], (Tensor)vars[1]);
            ctx.set_materialize_grads(Materialize);
            ctx.save_for_backward([a, b]);
            var sign = a.sign();
            ctx.mark_non_differentiable([sign]);
            return [a * b, a + b, sign];
        }

        public override List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs)
        {
            Given = [.. grad_outputs.Select(g => g is not null)];
            var saved = ctx.get_saved_variables();
            var (product, sum) = (grad_outputs[0], grad_outputs[1]);
            Tensor da = zeros_like(saved[0]), db = zeros_like(saved[1]);
            if (product is not null) (da, db) = (da + product * saved[1], db + product * saved[0]);
            if (sum is not null) (da, db) = (da + sum, db + sum);
            return [da, db];
        }
    }

    sealed class NoGradient : SingleTensorFunction<NoGradient>
    {
        public override string Name => nameof(NoGradient);

        public override Tensor forward(AutogradContext ctx, params object[] vars) => (Tensor)vars[0] + (Tensor)vars[1];

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) => [grad_output, null!];
    }

    sealed class Doubled : SingleTensorFunction<Doubled>
    {
        public override string Name => nameof(Doubled);

        public override Tensor forward(AutogradContext ctx, params object[] vars)
        {
            var x = (Tensor)vars[0];
            x.mul_(2);
            ctx.mark_dirty([x]);
            return x;
        }

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) => [grad_output * 2];
    }

    sealed class MyException(string message, int code) : Exception(message)
    {
        public int Code => code;
    }

    sealed class Thrower : SingleTensorFunction<Thrower>
    {
        internal static Exception? Last;

        public override string Name => nameof(Thrower);

        public override Tensor forward(AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).clone();

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) =>
            throw (Last = new MyException("this gradient fails", 42));
    }

    /// <summary>Its backward runs a backward of its own, through <see cref="Thrower"/>.</summary>
    sealed class Outer : SingleTensorFunction<Outer>
    {
        public override string Name => nameof(Outer);

        public override Tensor forward(AutogradContext ctx, params object[] vars) => ((Tensor)vars[0]).clone();

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
        {
            using (enable_grad())
            {
                var inner = ones(1, requires_grad: true);
                Thrower.apply(inner).sum().backward();
            }
            return [grad_output];
        }
    }

    sealed class WrongCount : SingleTensorFunction<WrongCount>
    {
        public override string Name => nameof(WrongCount);

        public override Tensor forward(AutogradContext ctx, params object[] vars) => (Tensor)vars[0] + (Tensor)vars[1];

        public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output) => [grad_output, grad_output, grad_output];
    }

    static Tensor Leaf(params double[] values) => tensor(values, device: TestDevice.Current, requires_grad: true);

    static double[] Values(Tensor? t) => t!.cpu().detach().to(float64).data<double>().ToArray();

    [Fact]
    public void A_function_has_its_value_and_its_gradient()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(1, 2, -3);
        var y = Cube.apply(x);
        Assert.Equal([1, 8, -27], Values(y));
        Assert.True(y.requires_grad && !y.is_leaf);
        (y * tensor(new[] { 1.0, 10, 100 }, device: TestDevice.Current)).sum().backward();
        Assert.Equal([3, 120, 2700], Values(x.grad));
    }

    [Fact]
    public void Saved_results_and_arguments_that_are_no_tensors()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(0, 0.5);
        Exponential.apply(x, 2.0).sum().backward();
        Assert.Equal([2, 2 * Math.E], Values(x.grad), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_function_can_be_derived_twice()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(2);
        var first = grad([Cube.apply(x).sum()], [x], create_graph: true)[0];
        Assert.Equal([12], Values(first));
        var second = grad([first.sum()], [x], create_graph: true)[0];
        Assert.Equal([12], Values(second));
        Assert.Equal([6], Values(grad([second.sum()], [x])[0]));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Unused_results_get_zeros_or_null(bool materialize)
    {
        using var scope = NewDisposeScope();
        Several.Materialize = materialize;
        var (a, b) = (Leaf(2, -3), Leaf(5, 7));
        var results = Several.apply(a, b);
        Assert.Equal([true, true, false], results.Select(r => r.requires_grad));
        results[1].sum().backward();
        Assert.Equal([1, 1], Values(a.grad));
        Assert.Equal([materialize, true], Several.Given.Take(2));
        (a.grad, b.grad) = (null, null);
        results = Several.apply(a, b);
        (results[0] + results[1]).sum().backward();
        Assert.Equal([6, 8], Values(a.grad));
        Assert.Equal([3, -2], Values(b.grad));
    }

    [Fact]
    public void A_null_gradient_leaves_the_argument_without_one()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Leaf(1), Leaf(2));
        NoGradient.apply(a, b).sum().backward();
        Assert.Equal([1], Values(a.grad));
        Assert.Null(b.grad);
    }

    [Fact]
    public void An_argument_changed_in_place_stays_the_result()
    {
        using var scope = NewDisposeScope();
        var leaf = Leaf(1, 2);
        var x = leaf * 3;
        var y = Doubled.apply(x);
        Assert.Equal([6, 12], Values(y));
        Assert.Equal([6, 12], Values(x));
        (x * x).sum().backward();
        // d/dleaf (6 leaf)^2
        Assert.Equal([72, 144], Values(leaf.grad));
    }

    [Fact]
    public void Without_gradients_nothing_is_attached()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(2);
        using (no_grad()) Assert.False(Cube.apply(x).requires_grad);
        Assert.False(Cube.apply(ones(1)).requires_grad);
        Assert.Equal([8], Values(Cube.apply(x)));
    }

    [Fact]
    public void An_exception_of_backward_arrives_as_itself_and_life_goes_on()
    {
        using var scope = NewDisposeScope();
        for (int i = 0; i < 3; i++)
        {
            var x = Leaf(1);
            var thrown = Assert.Throws<MyException>(() => Thrower.apply(x).sum().backward());
            Assert.Same(Thrower.Last, thrown);
            Assert.Equal(("this gradient fails", 42), (thrown.Message, thrown.Code));
            Assert.Null(x.grad);
        }
        var other = Leaf(3);
        Cube.apply(other).sum().backward();
        Assert.Equal([27], Values(other.grad));
    }

    [Fact]
    public void An_exception_of_a_nested_backward_arrives_as_itself()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(1);
        var thrown = Assert.Throws<MyException>(() => Outer.apply(x * 2).sum().backward());
        Assert.Same(Thrower.Last, thrown);
        Assert.Equal(42, thrown.Code);
        // The error left nothing behind that the next failure would show.
        var native = Assert.Throws<ExternalException>(() => ones(2, 3).mm(ones(2, 3)));
        Assert.Contains("cannot be multiplied", native.Message);
    }

    [Fact]
    public void Too_many_gradients_are_an_error() =>
        Assert.Contains("3 gradients", Assert.Throws<InvalidOperationException>(() => WrongCount.apply(Leaf(1), Leaf(2)).sum().backward()).Message);

    [Fact]
    public void A_second_backward_without_retained_graph_is_refused_in_a_sentence()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(2);
        var y = Cube.apply(x).sum();
        y.backward(retain_graph: true);
        y.backward();
        Assert.Equal([24], Values(x.grad));
        Assert.Equal("the saved tensors of Cube were freed by an earlier backward; pass retain_graph: true to it", Assert.Throws<ExternalException>(() => y.backward()).Message);
        // libtorch's own nodes say it in their words.
        var z = x.exp();
        z.backward([ones_like(z)]);
        Assert.Contains("second time", Assert.Throws<ExternalException>(() => z.backward([ones_like(z)])).Message);
    }

    [Fact]
    public void Unused_inputs_are_an_error_or_null()
    {
        using var scope = NewDisposeScope();
        var (used, unused) = (Leaf(2), Leaf(3));
        Assert.Throws<ExternalException>(() => grad([used.pow(2).sum()], [used, unused]));
        var gradients = grad([used.pow(2).sum()], [used, unused], allow_unused: true);
        Assert.Equal([4], Values(gradients[0]));
        Assert.Null(gradients[1]);
    }

    [Fact]
    public void Gradients_of_vectors_take_weights_and_may_go_to_chosen_inputs()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Leaf(1, 2), Leaf(3, 4));
        backward(a * b, tensor(new[] { 1.0, 10.0 }, device: TestDevice.Current), inputs: [a]);
        Assert.Equal([3, 40], Values(a.grad));
        Assert.Null(b.grad);
        Assert.Equal([2, 20], Values(grad([a * b], [b], [tensor(new[] { 2.0, 10.0 }, device: TestDevice.Current)])[0]));
    }

    [Fact]
    public void Gradient_modes_belong_to_their_thread()
    {
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            bool? other = null;
            var thread = new Thread(() => other = is_grad_enabled());
            thread.Start();
            thread.Join();
            Assert.True(other);
            using (enable_grad()) Assert.True(is_grad_enabled());
            Assert.False(is_grad_enabled());
            using (set_grad_enabled(true)) Assert.True(is_grad_enabled());
        }
        Assert.True(is_grad_enabled());
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((ones(1, requires_grad: false) * 2).requires_grad);
        }
        Assert.False(is_inference_mode_enabled());
    }

    [Fact]
    public void Functions_run_on_several_threads_at_once()
    {
        var results = new double[8];
        Parallel.For(0, results.Length, i =>
        {
            using var scope = NewDisposeScope();
            for (int k = 0; k < 50; k++)
            {
                var x = tensor(new double[] { i }, requires_grad: true);
                Cube.apply(x).sum().backward();
                results[i] = x.grad!.ToDouble();
            }
        });
        Assert.Equal(results.Select((_, i) => 3.0 * i * i), results);
    }

    [Fact]
    public void Contexts_go_with_their_graphs()
    {
        var contexts = (System.Collections.ICollection)typeof(autograd).GetNestedType("Graph", System.Reflection.BindingFlags.NonPublic)!
            .GetField("Contexts", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.GetValue(null)!;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        int before = contexts.Count;
        long living = Tensor.TotalCount;
        using (var x = Leaf(2))
        {
            for (int i = 0; i < 10_000; i++)
            {
                using var scope = NewDisposeScope();
                var y = Cube.apply(x);
                // Some graphs are used, others are dropped.
                if (i % 2 == 0) y.sum().backward();
            }
            x.grad!.Dispose();
        }
        Assert.Equal(before, contexts.Count);
        Assert.InRange(Tensor.TotalCount, living - 10, living + 2);
    }
}
