namespace TorchSharp;

/// <summary>
/// Owns what is created while it is the innermost scope of its thread, and disposes it at its end. Scopes belong to the
/// thread that opened them.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    readonly List<IDisposable?> _items = [];
    readonly DisposeScopeManager _manager;
    bool _open = true;

    internal DisposeScope(DisposeScopeManager manager, DisposeScope? outer) => (_manager, Outer) = (manager, outer);

    internal DisposeScope? Outer { get; }

    public int DisposablesCount => _items.Count(item => item is not null);

    public IReadOnlyList<IDisposable> DisposablesView => _items.OfType<IDisposable>().ToList();

    public bool Contains(IDisposable disposable) => disposable is torch.Tensor tensor ? tensor.Scope == this : _items.Contains(disposable);

    internal void Add(torch.Tensor tensor)
    {
        tensor.SetScope(this, _items.Count);
        _items.Add(tensor);
    }

    internal void Remove(torch.Tensor tensor)
    {
        _items[tensor.ScopeSlot] = null;
        tensor.SetScope(null, -1);
        // Everything behind the last living item is free again: a long-lived scope does not grow for ever.
        while (_items.Count > 0 && _items[^1] is null) _items.RemoveAt(_items.Count - 1);
    }

    bool Release(IDisposable disposable)
    {
        if (disposable is torch.Tensor tensor)
        {
            if (tensor.Scope is not { } owner) return false;
            owner.Remove(tensor);
            return true;
        }
        int index = _items.IndexOf(disposable);
        if (index >= 0) _items.RemoveAt(index);
        if (index >= 0) Renumber(index);
        return index >= 0;
    }

    void Renumber(int from)
    {
        for (int i = from; i < _items.Count; i++)
            if (_items[i] is torch.Tensor tensor) tensor.SetScope(this, i);
    }

    public void Attach(IDisposable disposable)
    {
        Release(disposable);
        if (disposable is torch.Tensor tensor)
        {
            Add(tensor);
            _manager.Count(s => s.AttachedToScopeCount++);
        }
        else _items.Add(disposable);
    }

    public void Attach(params IDisposable[] disposables) => Array.ForEach(disposables, Attach);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        var list = disposables.ToList();
        list.ForEach(Attach);
        return list;
    }

    /// <summary>Takes the object out of its scope: its life time is then the caller's business.</summary>
    public T Detach<T>(T disposable) where T : IDisposable
    {
        if (Release(disposable) && disposable is torch.Tensor) _manager.Count(s => s.DetachedFromScopeCount++);
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => (Detach(first), Detach(second));

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (Detach(first), Detach(second), Detach(third));

    public void Detach(params IDisposable[] disposables)
    {
        foreach (var item in disposables) Detach<IDisposable>(item);
    }

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (var item in disposables) Detach<IDisposable>(item);
    }

    /// <summary>Hands the object to the enclosing scope; without one it is detached.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(Outer, disposable);

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => (MoveToOuter(first), MoveToOuter(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(Outer, disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(Outer, disposables);

    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        if (scope is null) return Detach(disposable);
        Release(disposable);
        if (disposable is torch.Tensor tensor) scope.Add(tensor);
        else scope._items.Add(disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOther<T1, T2>(DisposeScope? scope, T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (MoveToOther(scope, first), MoveToOther(scope, second));

    public (T1 first, T2 second, T3 third) MoveToOther<T1, T2, T3>(DisposeScope? scope, T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOther(scope, first), MoveToOther(scope, second), MoveToOther(scope, third));

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables)
    {
        foreach (var item in disposables) MoveToOther<IDisposable>(scope, item);
    }

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        foreach (var item in disposables) MoveToOther<IDisposable>(scope, item);
    }

    /// <summary>Forgets an object that was disposed by other means.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        if (Release(disposable) && disposable is torch.Tensor) _manager.Count(s => s.DisposedInScopeCount++);
    }

    /// <summary>Disposes all that the scope owns; the scope stays open.</summary>
    public void DisposeEverything() => DisposeEverythingBut(Array.Empty<IDisposable>());

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep) => DisposeEverythingBut(inKeep.ToArray());

    public void DisposeEverythingBut(params IDisposable[] keep)
    {
        var kept = keep.Where(Contains).ToList();
        foreach (var item in kept) Release(item);
        var handles = new List<nint>(_items.Count);
        foreach (var item in _items)
        {
            if (item is torch.Tensor tensor)
            {
                if (tensor.Abandon() is var handle and not 0) handles.Add(handle);
            }
            else item?.Dispose();
        }
        _items.Clear();
        _manager.Count(s => s.DisposedInScopeCount += handles.Count);
        torch.Tensor.Free(handles);
        foreach (var item in kept)
        {
            if (item is torch.Tensor tensor) Add(tensor);
            else _items.Add(item);
        }
    }

    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut(new IDisposable[] { keep });
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut(new IDisposable[] { first, second });
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut(new IDisposable[] { first, second, third });
        return (first, second, third);
    }

    public void Dispose()
    {
        if (!_open) return;
        _open = false;
        DisposeEverything();
        _manager.Close(this);
    }
}

/// <summary>The stack of dispose scopes of one thread.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] static DisposeScopeManager? t_manager;

    internal static DisposeScopeManager OfThread => t_manager ??= new DisposeScopeManager();

    internal DisposeScope? Current { get; private set; }

    internal ThreadDisposeScopeStatistics ThreadStatistics { get; } = new();

    public static ThreadDisposeScopeStatistics Statistics => OfThread.ThreadStatistics;

    internal DisposeScope Open() => Current = new DisposeScope(this, Current);

    internal void Close(DisposeScope scope)
    {
        // Scopes that were opened inside and never closed end with it.
        for (var inner = Current; inner is not null && inner != scope; inner = inner.Outer)
            if (inner.Outer == scope) inner.Dispose();
        if (Current == scope) Current = scope.Outer;
    }

    internal void Count(Action<LifetimeStatistics> change) => change(ThreadStatistics.TensorStatistics);
}

/// <summary>How many tensors this thread has made and disposed, inside and outside of scopes.</summary>
public class ThreadDisposeScopeStatistics
{
    public LifetimeStatistics TensorStatistics { get; } = new();

    public LifetimeStatistics PackedSequenceStatistics { get; } = new();

    public long CreatedOutsideScopeCount => TensorStatistics.CreatedOutsideScopeCount + PackedSequenceStatistics.CreatedOutsideScopeCount;

    public long DisposedOutsideScopeCount => TensorStatistics.DisposedOutsideScopeCount + PackedSequenceStatistics.DisposedOutsideScopeCount;

    public long CreatedInScopeCount => TensorStatistics.CreatedInScopeCount + PackedSequenceStatistics.CreatedInScopeCount;

    public long DisposedInScopeCount => TensorStatistics.DisposedInScopeCount + PackedSequenceStatistics.DisposedInScopeCount;

    public long AttachedToScopeCount => TensorStatistics.AttachedToScopeCount + PackedSequenceStatistics.AttachedToScopeCount;

    public long DetachedFromScopeCount => TensorStatistics.DetachedFromScopeCount + PackedSequenceStatistics.DetachedFromScopeCount;

    public long ThreadTotalLiveCount => TensorStatistics.ThreadTotalLiveCount + PackedSequenceStatistics.ThreadTotalLiveCount;

    public void Reset()
    {
        TensorStatistics.Reset();
        PackedSequenceStatistics.Reset();
    }

    public override string ToString() => TensorStatistics.ToString();
}

/// <summary>Counts of one kind of object on one thread since the last reset.</summary>
public class LifetimeStatistics
{
    public long CreatedOutsideScopeCount { get; internal set; }

    public long DisposedOutsideScopeCount { get; internal set; }

    public long CreatedInScopeCount { get; internal set; }

    public long DisposedInScopeCount { get; internal set; }

    public long AttachedToScopeCount { get; internal set; }

    public long DetachedFromScopeCount { get; internal set; }

    public long ThreadTotalLiveCount => CreatedOutsideScopeCount + CreatedInScopeCount - DisposedOutsideScopeCount - DisposedInScopeCount;

    public void Reset() => CreatedOutsideScopeCount = DisposedOutsideScopeCount = CreatedInScopeCount = DisposedInScopeCount = AttachedToScopeCount = DetachedFromScopeCount = 0;

    public override string ToString() =>
        $"ThreadTotalLiveCount: {ThreadTotalLiveCount}; CreatedOutsideScopeCount: {CreatedOutsideScopeCount}, DisposedOutsideScopeCount: {DisposedOutsideScopeCount}, " +
        $"CreatedInScopeCount: {CreatedInScopeCount}, DisposedInScopeCount: {DisposedInScopeCount}, AttachedToScopeCount: {AttachedToScopeCount}, DetachedFromScopeCount: {DetachedFromScopeCount}";
}

public static partial class torch
{
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.OfThread.Open();

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.OfThread.Current;

    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }
}
