using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules
{
    /// <summary>A table of vectors, looked up by row number.</summary>
    public sealed class Embedding : nn.Module<Tensor, Tensor>
    {
        readonly long? _padding;
        readonly double? _longest;
        readonly double _norm;
        readonly bool _byFrequency, _sparse;

        internal Embedding(Parameter table, long? padding_idx, double? max_norm, double norm_type, bool scale_grad_by_freq, bool sparse) : base(nameof(Embedding))
        {
            long rows = table.shape[0];
            if (padding_idx is { } padding && (padding < -rows || padding >= rows)) throw new ArgumentException($"Embedding: padding_idx {padding} of {rows} rows");
            (_padding, _longest, _norm, _byFrequency, _sparse) = (padding_idx < 0 ? padding_idx + rows : padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
            weight = table;
        }

        [field: ComponentName(Name = "weight")]
        public Parameter? weight
        {
            get;
            set => ConditionallyRegisterParameter("weight", field = value);
        }

        public override Tensor forward(Tensor input)
        {
            if (_longest is { } longest)
                using (no_grad()) Op.InPlace("embedding_renorm_", weight, Op.Call("contiguous", input), longest, _norm);
            return Op.Call("embedding", weight, input, _padding ?? -1, _byFrequency, _sparse);
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                var table = New([num_embeddings, embedding_dims], dtype, device);
                init.normal_(table);
                if (padding_idx is { } padding)
                    using (no_grad())
                    using (var row = Op.Call("select.int", table, 0L, padding)) Op.InPlace("zero_", row);
                return new Embedding(table, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
            }

            public static Embedding Embedding_from_pretrained(Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null, double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                if (embeddings.ndim != 2) throw new ArgumentException($"Embedding_from_pretrained needs 2 dimensions, got {embeddings.ndim}");
                using var table = Op.Call("to.device", embeddings, device ?? embeddings.device, dtype ?? embeddings.dtype);
                return new Embedding(new Parameter(table, !freeze), padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);
            }
        }
    }
}
