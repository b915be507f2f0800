using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// A dataset in batches: a new order for each enumeration when shuffled, the same orders for the same seed. Workers fetch the items of
/// a batch at once; their order does not depend on the number of workers. A batch is disposed when the next one is asked for.
/// </summary>
public class DataLoader<T, S> : IEnumerable<S>, IDisposable
{
    readonly bool _shuffle;
    readonly int? _seed;
    readonly IEnumerable<long>? _order;
    int _enumerations;

    public DataLoader(utils.data.Dataset<T> dataset, int batchSize, Func<IEnumerable<T>, Device, S> collate_fn, IEnumerable<long> shuffler, Device? device = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true)
        : this(dataset, batchSize, collate_fn, false, device, null, num_worker, drop_last, disposeBatch, disposeDataset) => _order = shuffler;

    public DataLoader(utils.data.Dataset<T> dataset, int batchSize, Func<IEnumerable<T>, Device, S> collate_fn, bool shuffle = false, Device? device = null, int? seed = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true)
    {
        if (batchSize <= 0) throw new ArgumentException($"batch size {batchSize}, expected 1 or more");
        (this.dataset, batch_size, this.collate_fn, _shuffle, _seed) = (dataset, batchSize, collate_fn, shuffle, seed);
        (Device, num_workers, this.drop_last, DisposeBatch, DisposeDataset) = (device ?? CPU, Math.Max(1, num_worker), drop_last, disposeBatch, disposeDataset);
    }

    public utils.data.Dataset<T> dataset { get; }

    public int batch_size { get; }

    public bool drop_last { get; }

    public int num_workers { get; }

    public Func<IEnumerable<T>, Device, S> collate_fn { get; }

    public Device Device { get; }

    public bool DisposeBatch { get; }

    public bool DisposeDataset { get; }

    /// <summary>The number of batches.</summary>
    public long Count => drop_last ? dataset.Count / batch_size : (dataset.Count + batch_size - 1) / batch_size;

    /// <summary>The order of the items in the enumeration that begins next.</summary>
    public IEnumerable<long> sampler
    {
        get
        {
            if (_order is not null) return _order;
            var order = new long[dataset.Count];
            for (long i = 0; i < order.Length; i++) order[i] = i;
            if (_shuffle) (_seed is { } seed ? new Random(unchecked(seed + 7919 * _enumerations)) : new Random()).Shuffle(order);
            return order;
        }
    }

    public IEnumerator<S> GetEnumerator()
    {
        var order = sampler;
        _enumerations++;
        foreach (var indices in order.Chunk(batch_size))
        {
            if (drop_last && indices.Length < batch_size) yield break;
            var batch = Collated(indices);
            yield return batch;
            if (DisposeBatch) ForEachDisposable(batch, one => one.Dispose());
        }
    }

    S Collated(long[] indices)
    {
        using var scope = NewDisposeScope();
        var items = new T[indices.Length];
        var made = new List<IDisposable>[indices.Length];
        void Fetch(int i)
        {
            // Scopes belong to threads: what a worker makes is handed to the scope of this one.
            using var own = NewDisposeScope();
            items[i] = dataset.GetTensor(indices[i]);
            made[i] = own.DisposablesView.ToList();
            own.Detach(made[i]);
        }
        if (num_workers == 1)
            for (int i = 0; i < items.Length; i++) Fetch(i);
        else Parallel.For(0, items.Length, new ParallelOptions { MaxDegreeOfParallelism = num_workers }, Fetch);
        foreach (var list in made) scope.Attach(list);
        var batch = collate_fn(items, Device);
        ForEachDisposable(batch, one => scope.MoveToOuter(one));
        return batch;
    }

    static void ForEachDisposable(object? value, Action<IDisposable> use)
    {
        switch (value)
        {
            case IDisposable one: use(one); break;
            case IDictionary named:
                foreach (var one in named.Values) ForEachDisposable(one, use);
                break;
            case IEnumerable<Tensor> many:
                foreach (var one in many) use(one);
                break;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing && DisposeDataset) dataset.Dispose();
    }
}

/// <summary>Batches of tensors by name: each stacks the items' tensors of that name.</summary>
public class DataLoader : DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>>
{
    public DataLoader(utils.data.Dataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true)
        : base(dataset, batchSize, Stacked, shuffler, device, num_worker, drop_last, disposeBatch, disposeDataset) { }

    public DataLoader(utils.data.Dataset dataset, int batchSize, bool shuffle = false, Device? device = null, int? seed = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true)
        : base(dataset, batchSize, Stacked, shuffle, device, seed, num_worker, drop_last, disposeBatch, disposeDataset) { }

    static Dictionary<string, Tensor> Stacked(IEnumerable<Dictionary<string, Tensor>> items, Device device)
    {
        var list = items.ToList();
        return list[0].Keys.ToDictionary(key => key, key => Batch.Stack(list.Select(item => item[key]), device));
    }
}

/// <summary>Batches of lists of tensors: each entry stacks the items' tensors at that place.</summary>
public class IterableDataLoader : DataLoader<IList<Tensor>, IList<Tensor>>
{
    internal IterableDataLoader(utils.data.IterableDataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device, int num_worker, bool drop_last, bool disposeBatch, bool disposeDataset)
        : base(dataset, batchSize, Stacked, shuffler, device, num_worker, drop_last, disposeBatch, disposeDataset) { }

    internal IterableDataLoader(utils.data.IterableDataset dataset, int batchSize, bool shuffle, Device? device, int? seed, int num_worker, bool drop_last, bool disposeBatch, bool disposeDataset)
        : base(dataset, batchSize, Stacked, shuffle, device, seed, num_worker, drop_last, disposeBatch, disposeDataset) { }

    static IList<Tensor> Stacked(IEnumerable<IList<Tensor>> items, Device device)
    {
        var list = items.ToList();
        return Enumerable.Range(0, list[0].Count).Select(i => Batch.Stack(list.Select(item => item[i]), device)).ToList();
    }
}

static class Batch
{
    internal static Tensor Stack(IEnumerable<Tensor> tensors, Device device)
    {
        var stacked = Op.Call("stack", tensors.ToArray(), 0L);
        if (device.type == DeviceType.CPU) return stacked;
        using (stacked) return Op.Call("to.device", stacked, device, stacked.dtype);
    }
}
