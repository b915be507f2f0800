using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

public class LeakTests
{
    static long ResidentMegabytes => long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS")).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;

    static void Settle()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>One forward and backward pass through two small layers, all in a scope.</summary>
    static void Step(Tensor input, Tensor first, Tensor second)
    {
        using var scope = NewDisposeScope();
        var loss = input.matmul(first).relu().matmul(second).pow(2).mean();
        loss.backward();
        using var off = no_grad();
        first.sub_(first.grad! * 1e-3);
        first.grad!.zero_();
        second.grad!.zero_();
    }

    static void Train(int steps)
    {
        using var scope = NewDisposeScope();
        var (input, first, second) = (rand(16, 8), rand(8, 32, requires_grad: true), rand(32, 1, requires_grad: true));
        for (int i = 0; i < steps; i++) Step(input, first, second);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Ten_thousand_steps_leave_nothing_behind(bool elsewhere)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the resident memory is read from /proc");
        Run(() => Train(200));
        Settle();
        var (tensors, memory) = (Tensor.TotalCount, ResidentMegabytes);
        Run(() => Train(10_000));
        Settle();
        Assert.InRange(Tensor.TotalCount, 0, tensors + 4);
        Assert.InRange(ResidentMegabytes, 0, memory + 50);

        void Run(Action action)
        {
            if (!elsewhere)
            {
                action();
                return;
            }
            Exception? failure = null;
            var thread = new Thread(() =>
            {
                try { action(); }
                catch (Exception e) { failure = e; }
            });
            thread.Start();
            thread.Join();
            Assert.Null(failure);
        }
    }

    [Fact]
    public void Memory_stays_bounded_without_scopes_and_without_dispose()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the resident memory is read from /proc");
        Settle();
        long before = ResidentMegabytes, most = 0;
        for (int i = 0; i < 10_000; i++)
        {
            // 4 MB, of which every page is touched.
            ones(1024, 1024);
            if (i % 50 == 0) most = Math.Max(most, ResidentMegabytes);
        }
        // All of them together would be 40 GB.
        Assert.InRange(most, 0, before + 500);
    }

    [Fact]
    public void Scopes_end_with_break_and_exception()
    {
        Settle();
        long living = Tensor.TotalCount;
        for (int i = 0; i < 100; i++)
        {
            using var scope = NewDisposeScope();
            ones(2).add(1);
            if (i == 5) break;
        }
        try
        {
            using var scope = NewDisposeScope();
            ones(2).add(1);
            ones(2, 3).mm(ones(2, 3));
        }
        catch (System.Runtime.InteropServices.ExternalException)
        {
            Assert.Null(CurrentDisposeScope);
        }
        Assert.Equal(living, Tensor.TotalCount);
    }

    [Fact]
    public void An_outer_scope_ends_inner_ones_that_were_never_closed()
    {
        Tensor lost;
        using (NewDisposeScope())
        {
            NewDisposeScope();
            lost = ones(2);
        }
        Assert.True(lost.IsInvalid);
        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void What_moves_out_or_is_detached_survives()
    {
        Tensor moved, detached, kept, died;
        using (var outer = NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                moved = ones(1).MoveToOuterDisposeScope();
                detached = ones(1).DetachFromDisposeScope();
                died = ones(1);
                kept = ones(1);
                inner.DisposeEverythingBut(kept, moved);
                Assert.True(inner.Contains(kept));
                outer.Attach(kept);
            }
            Assert.True(died.IsInvalid);
            Assert.False(moved.IsInvalid || kept.IsInvalid);
            Assert.Equal(2, outer.DisposablesCount);
        }
        Assert.True(moved.IsInvalid && kept.IsInvalid);
        Assert.False(detached.IsInvalid);
        detached.Dispose();
    }

    [Fact]
    public void Each_thread_has_scopes_of_its_own()
    {
        using var scope = NewDisposeScope();
        var mine = ones(1);
        Parallel.For(0, 8, _ =>
        {
            for (int i = 0; i < 200; i++)
            {
                Tensor made;
                using (var own = NewDisposeScope())
                {
                    made = ones(3).add(i);
                    Assert.Equal(2, own.DisposablesCount);
                }
                Assert.True(made.IsInvalid);
            }
        });
        Assert.Same(scope, CurrentDisposeScope);
        Assert.False(mine.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void A_long_lived_scope_does_not_grow_with_what_is_disposed_inside()
    {
        using var scope = NewDisposeScope();
        var first = ones(1);
        for (int i = 0; i < 1000; i++) ones(1).Dispose();
        Assert.Equal(1, scope.DisposablesCount);
        Assert.False(first.IsInvalid);
    }

    [Fact]
    public void Statistics_count_what_happens()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        ones(1).Dispose();
        using (NewDisposeScope()) ones(1);
        Assert.Equal((1, 1, 1, 1), (statistics.CreatedOutsideScopeCount, statistics.DisposedOutsideScopeCount, statistics.CreatedInScopeCount, statistics.DisposedInScopeCount));
        Assert.Equal(0, statistics.ThreadTotalLiveCount);
    }
}
