using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

/// <summary>Several threads at the same time: their own scopes, grad modes and generators; the same results as one thread.</summary>
public class ThreadTests
{
    const int Threads = 4;

    /// <summary>Runs the body on all threads at once and returns their results; the first exception comes out.</summary>
    static T[] Together<T>(Func<int, T> body)
    {
        var results = new T[Threads];
        Exception? thrown = null;
        using var start = new Barrier(Threads);
        var threads = Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            try { results[i] = body(i); }
            catch (Exception e) { Interlocked.CompareExchange(ref thrown, e, null); }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.Null(thrown);
        return results;
    }

    static float[] Values(Tensor t) => t.cpu().contiguous().data<float>().ToArray();

    /// <summary>A little of everything, with a backward pass.</summary>
    static float[] Work(int seed)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)seed);
        var x = rand([8, 8], generator: random).requires_grad_();
        var w = rand([8, 8], generator: random);
        for (int step = 0; step < 20; step++)
        {
            using var inner = NewDisposeScope();
            var y = (x.matmul(w).sigmoid() * 2 - x[.., ^1].unsqueeze(1)).cumsum(1);
            y = cat([y, y.flip(0)], 1).sort(1).Values.gather(1, zeros([8, 3], dtype: int64));
            var gradient = autograd.grad([y.square().mean()], [x])[0];
            using var off = no_grad();
            x.sub_(gradient);
        }
        return Values(x);
    }

    [Fact]
    public void Threads_compute_what_one_thread_computes()
    {
        var alone = Enumerable.Range(0, Threads).Select(Work).ToArray();
        for (int round = 0; round < 5; round++) Assert.Equal(alone, Together(Work));
    }

    [Fact]
    public void Grad_mode_belongs_to_its_thread()
    {
        using var scope = NewDisposeScope();
        var leaf = ones(2, requires_grad: true);
        var recorded = Together(i =>
        {
            using var inner = NewDisposeScope();
            using var mode = i % 2 == 0 ? no_grad() : enable_grad();
            return Enumerable.Range(0, 1000).Count(_ => (leaf * 2).requires_grad);
        });
        Assert.Equal([0, 1000, 0, 1000], recorded);
        Assert.True(is_grad_enabled());
        using (no_grad()) Assert.Equal([true, true, true, true], Together(_ => is_grad_enabled()));
    }

    [Fact]
    public void Scopes_belong_to_their_thread()
    {
        using var outer = NewDisposeScope();
        long before = outer.DisposablesCount;
        var alive = Together(_ =>
        {
            Assert.Null(CurrentDisposeScope);
            Tensor kept;
            using (NewDisposeScope()) kept = (ones(3) + 1).DetachFromDisposeScope();
            float sum = kept.sum().ToSingle();
            kept.Dispose();
            return sum;
        });
        Assert.All(alive, sum => Assert.Equal(6, sum));
        Assert.Equal(before, outer.DisposablesCount);
    }

    [Fact]
    public void A_tensor_may_be_used_on_other_threads_than_its_own()
    {
        using var scope = NewDisposeScope();
        var shared = arange(1000).to(float32);
        Assert.All(Together(i => { using var inner = NewDisposeScope(); return (shared * i).sum().ToSingle(); }).Select((sum, i) => sum - 499500f * i), error => Assert.Equal(0, error));
    }

    [Fact]
    public void The_default_generator_gives_every_number_to_one_thread_only()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var expected = Values(rand(Threads * 100 * 16)).Order().ToArray();
        manual_seed(5);
        var drawn = Together(_ =>
        {
            using var inner = NewDisposeScope();
            return Enumerable.Range(0, 100).SelectMany(_ => Values(rand(16))).ToArray();
        });
        Assert.Equal(expected, drawn.SelectMany(values => values).Order());
    }

    [Fact]
    public void Errors_belong_to_their_thread()
    {
        var messages = Together(i =>
        {
            using var inner = NewDisposeScope();
            var wide = ones(2, i + 5);
            for (int k = 0; k < 200; k++)
            {
                var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => wide.mm(wide));
                Assert.Contains($"[2, {i + 5}]", error.Message);
            }
            return true;
        });
        Assert.DoesNotContain(false, messages);
    }

    [Fact]
    public void No_tensor_is_lost_or_counted_twice()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        Together(Work);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
