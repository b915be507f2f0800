using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime;

namespace NerfLab.Notebooks;

/// <summary>
/// The thread on which a cell runs. What follows an <c>await</c> comes back to it, so that a cell stays on one thread and the runtime can
/// stop it even in a loop that never ends.
/// </summary>
internal sealed class CellThread : SynchronizationContext
{
    private const int StackSize = 16 << 20; // bytes

    /// <summary>How long a cell has to stop where it says or shows something, before the runtime stops it wherever it is.</summary>
    private const int Milliseconds = 500;

    private readonly BlockingCollection<(SendOrPostCallback Call, object? State)> _calls = [];

    /// <summary>Runs <paramref name="work"/> to its end.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Task<T> Run<T>(Func<Task<T>> work, IOutput output, CancellationToken stop)
    {
        var stopped = new CancellationTokenSource();
        var outcome = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
            CellConsole.Install();
            CellConsole.Output = output;
            CellConsole.Stop = stop;
            var later = stop.Register(() => stopped.CancelAfter(Milliseconds));
            try
            {
                T? result = default;
#pragma warning disable SYSLIB0046 // made for exactly this: to stop code that a user typed
                ControlledExecution.Run(() => result = new CellThread().Pump(work), stopped.Token);
#pragma warning restore SYSLIB0046
                outcome.SetResult(result!);
            }
            catch (Exception e)
            {
                // However it was stopped: in the middle of code, or while it waited.
                outcome.SetException(stop.IsCancellationRequested ? new OperationCanceledException("the cell was stopped", e) : e);
            }
            finally
            {
                later.Dispose();
                stopped.Dispose();
            }
        }, StackSize) { IsBackground = true, Name = "cell" };
        // The runtime cannot stop a thread that sleeps: it is woken first.
        var waking = stop.Register(thread.Interrupt);
        outcome.Task.ContinueWith(_ => waking.Dispose(), TaskScheduler.Default);
        thread.Start();
        return outcome.Task;
    }

    public override void Post(SendOrPostCallback call, object? state)
    {
        try
        {
            _calls.Add((call, state));
        }
        catch (InvalidOperationException)
        {
            ThreadPool.QueueUserWorkItem(_ => call(state)); // something that the cell did not wait for
        }
    }

    public override void Send(SendOrPostCallback call, object? state) => call(state);

    private T Pump<T>(Func<Task<T>> work)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            var task = work();
            task.ContinueWith(_ => _calls.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            // Between the parts of a cell that waits in a loop it ends in an orderly way, too.
            foreach (var (call, state) in _calls.GetConsumingEnumerable(CellConsole.Stop)) call(state);
            return task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
