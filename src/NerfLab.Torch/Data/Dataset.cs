using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>Tensors that have one row for each item.</summary>
    public class TensorDataset : utils.data.IterableDataset
    {
        readonly Tensor[] _tensors;

        internal TensorDataset(Tensor[] tensors)
        {
            if (tensors.Length == 0) throw new ArgumentException("TensorDataset needs a tensor");
            Count = tensors[0].shape[0];
            foreach (var tensor in tensors)
                if (tensor.shape[0] != Count) throw new ArgumentException($"TensorDataset: {tensor.shape[0]} rows in one tensor, {Count} in the first");
            _tensors = Array.ConvertAll(tensors, tensor => tensor.alias().DetachFromDisposeScope());
        }

        public override long Count { get; }

        public IList<Tensor> this[long index] => GetTensor(index);

        public override IList<Tensor> GetTensor(long index) => Array.ConvertAll(_tensors, tensor => tensor[index]);

        protected override void Dispose(bool disposing)
        {
            if (disposing) Array.ForEach(_tensors, tensor => tensor.Dispose());
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class utils
        {
            public static partial class data
            {
                /// <summary>Items by number.</summary>
                public abstract class Dataset<T> : IDisposable
                {
                    protected Dataset() { }

                    public abstract long Count { get; }

                    public abstract T GetTensor(long index);

                    public void Dispose()
                    {
                        Dispose(true);
                        GC.SuppressFinalize(this);
                    }

                    protected virtual void Dispose(bool disposing) { }
                }

                /// <summary>Items that are tensors by name.</summary>
                public abstract class Dataset : Dataset<Dictionary<string, Tensor>>
                {
                    protected Dataset() { }
                }

                /// <summary>Items that are lists of tensors.</summary>
                public abstract class IterableDataset : Dataset<IList<Tensor>>
                {
                    protected IterableDataset() { }
                }

                public static TensorDataset TensorDataset(params Tensor[] tensors) => new(tensors);

                public static DataLoader DataLoader(Dataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true) =>
                    new(dataset, batchSize, shuffler, device, num_worker, drop_last, disposeBatch, disposeDataset);

                public static DataLoader DataLoader(Dataset dataset, int batchSize, bool shuffle = false, Device? device = null, int? seed = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true) =>
                    new(dataset, batchSize, shuffle, device, seed, num_worker, drop_last, disposeBatch, disposeDataset);

                public static IterableDataLoader DataLoader(IterableDataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true) =>
                    new(dataset, batchSize, shuffler, device, num_worker, drop_last, disposeBatch, disposeDataset);

                public static IterableDataLoader DataLoader(IterableDataset dataset, int batchSize, bool shuffle = false, Device? device = null, int? seed = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true) =>
                    new(dataset, batchSize, shuffle, device, seed, num_worker, drop_last, disposeBatch, disposeDataset);
            }
        }
    }
}
