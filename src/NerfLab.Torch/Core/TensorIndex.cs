namespace TorchSharp;

public static partial class torch
{
    /// <summary>One position of an index expression: a number, a slice, a truth value, a tensor, <c>None</c> or <c>...</c>.</summary>
    public struct TensorIndex
    {
        internal enum What { Colon, Single, Slice, Bool, Tensor, None, Ellipsis }

        internal What Kind;
        internal long? Start, Stop, Step;
        internal Tensor? Indices;

        public static readonly TensorIndex Ellipsis = new() { Kind = What.Ellipsis };

        /// <summary>A new dimension of size 1.</summary>
        public static readonly TensorIndex None = new() { Kind = What.None };

        public static readonly TensorIndex Null = None;

        public static readonly TensorIndex Colon = new() { Kind = What.Colon };

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) => new() { Kind = What.Slice, Start = start, Stop = stop, Step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range) => Slice(
            range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
            // ^0 is the end itself, which as a negative number would be zero.
            range.End.IsFromEnd ? (range.End.Value == 0 ? null : -range.End.Value) : range.End.Value);

        public static TensorIndex Bool(bool value) => new() { Kind = What.Bool, Start = value ? 1 : 0 };

        public static TensorIndex Single(long? index) => new() { Kind = What.Single, Start = index };

        public static TensorIndex Tensor(Tensor tensor) => new() { Kind = What.Tensor, Indices = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);

        /// <summary>TorchSharp converts in this direction only; to mix tensors with slices, write TensorIndex.Tensor(t).</summary>
        public static implicit operator Tensor(TensorIndex value) => value.Indices ?? throw new InvalidCastException("only an index that was made of a tensor is one");

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);
    }

    public partial class Tensor
    {
        /// <summary>
        /// Applies numbers, slices, None and ... as views, from left to right, and collects the tensors among the indices
        /// for one gather (or scatter) at the end, as in NumPy.
        /// </summary>
        (Tensor View, Tensor?[]? Gather) Resolve(TensorIndex[] indices)
        {
            // What an ellipsis stands for: the dimensions that no other index uses.
            long used = indices.Sum(i => i.Kind switch
            {
                TensorIndex.What.Colon or TensorIndex.What.Single or TensorIndex.What.Slice => 1,
                TensorIndex.What.Tensor => i.Indices!.dtype == ScalarType.Bool ? i.Indices.ndim : 1,
                _ => 0,
            });
            if (used > ndim) throw new System.Runtime.InteropServices.ExternalException($"too many indices for tensor of dimension {ndim}");
            if (indices.Count(i => i.Kind == TensorIndex.What.Ellipsis) > 1) throw new ArgumentException("an index expression can have one ellipsis only");

            var view = this;
            var gather = new List<Tensor?>();
            bool gathers = false;
            long dimension = 0, masked = 0, free = ndim - used;
            foreach (var index in indices)
            {
                switch (index.Kind)
                {
                    case TensorIndex.What.Colon:
                        dimension++;
                        break;
                    case TensorIndex.What.Single:
                        view = Op.Call("select.int", view, dimension, index.Start ?? 0);
                        break;
                    case TensorIndex.What.Slice:
                        view = Op.Call("slice.Tensor", view, dimension++, index.Start, index.Stop, index.Step ?? 1);
                        break;
                    case TensorIndex.What.None:
                        view = Op.Call("unsqueeze", view, dimension++);
                        break;
                    case TensorIndex.What.Ellipsis:
                        dimension += free;
                        break;
                    case TensorIndex.What.Bool:
                        view = Op.Call("unsqueeze", view, dimension);
                        Place(tensor(new[] { index.Start != 0 }, device: device));
                        break;
                    case TensorIndex.What.Tensor:
                        Place(index.Indices!);
                        break;
                }
            }
            return (view, gathers ? gather.ToArray() : null);

            void Place(Tensor indices)
            {
                // A mask over several dimensions is one entry of the list: entries are counted apart from dimensions.
                while (gather.Count < dimension - masked) gather.Add(null);
                gather.Add(indices);
                long covered = indices.dtype == ScalarType.Bool ? indices.ndim : 1;
                dimension += covered;
                masked += covered - 1;
                gathers = true;
            }
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var (view, gather) = Resolve(indices);
            if (gather is not null) return Op.Call("index.Tensor", view, Arg.Optional(gather));
            return ReferenceEquals(view, this) ? alias() : view;
        }

        public Tensor index(params Tensor[] indices) => Op.Call("index.Tensor", this, Arg.Optional(indices));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, accumulate: false);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            var (view, gather) = Resolve(indices);
            if (gather is not null) Op.InPlace("index_put_", view, Arg.Optional(gather), value.to(view.dtype), accumulate);
            else if (accumulate) Op.InPlace("add_.Tensor", view, value, 1L);
            else Op.InPlace("copy_", view, value);
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, accumulate: false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) => Op.InPlace("index_put_", this, Arg.Optional(indices), value.to(dtype), accumulate);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            var (view, gather) = Resolve(indices);
            if (gather is not null) Op.InPlace("index_put_", view, Arg.Optional(gather), Constant(value), false);
            else Op.InPlace("fill_.Scalar", view, value);
            return this;
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices) => Op.InPlace("index_put_", this, Arg.Optional(indices), Constant(value), false);

        Tensor Constant(Scalar value) => Op.Call("full", Array.Empty<long>(), value, dtype, Arg.None, device);

        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[params long[] indices]
        {
            get => index(Array.ConvertAll(indices, i => (TensorIndex)i));
            set => index_put_(value, Array.ConvertAll(indices, i => (TensorIndex)i));
        }

        public Tensor this[long i1]
        {
            get => Op.Call("select.int", this, 0L, i1);
            set => index_put_(value, i1);
        }

        public Tensor this[long i1, long i2]
        {
            get => index(i1, i2);
            set => index_put_(value, i1, i2);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => index(i1, i2, i3);
            set => index_put_(value, i1, i2, i3);
        }

        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(i1, i2, i3, i4);
            set => index_put_(value, i1, i2, i3, i4);
        }

        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => index(i1, i2, i3, i4, i5);
            set => index_put_(value, i1, i2, i3, i4, i5);
        }

        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6]
        {
            get => index(i1, i2, i3, i4, i5, i6);
            set => index_put_(value, i1, i2, i3, i4, i5, i6);
        }
    }
}
