using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules
{
    /// <summary>
    /// Vaswani et al. 2017, section 3.2.2, for queries (L, N, E), keys (S, N, kdim) and values (S, N, vdim). Names and initial values
    /// are PyTorch's: one matrix for all three projections where the dimensions are equal.
    /// </summary>
    public sealed class MultiheadAttention : nn.Module<Tensor, Tensor, Tensor, Tensor?, bool, Tensor?, Tuple<Tensor, Tensor>>
    {
        readonly long _dimension, _heads;
        readonly double _dropout;
        readonly bool _addZero;
        [ComponentName(Name = "in_proj_weight")] readonly Parameter? _all;
        [ComponentName(Name = "q_proj_weight")] readonly Parameter? _query;
        [ComponentName(Name = "k_proj_weight")] readonly Parameter? _key;
        [ComponentName(Name = "v_proj_weight")] readonly Parameter? _value;
        [ComponentName(Name = "in_proj_bias")] readonly Parameter? _allBias;
        [ComponentName(Name = "bias_k")] readonly Parameter? _keyRow;
        [ComponentName(Name = "bias_v")] readonly Parameter? _valueRow;
        [ComponentName(Name = "out_proj")] readonly Linear _out;

        internal MultiheadAttention(long embedded_dim, long num_heads, double dropout, bool bias, bool add_bias_kv, bool add_zero_attn, long? kdim, long? vdim) : base(nameof(MultiheadAttention))
        {
            if (num_heads <= 0 || embedded_dim % num_heads != 0) throw new ArgumentException($"MultiheadAttention: {embedded_dim} dimensions do not divide into {num_heads} heads");
            (_dimension, _heads, _dropout, _addZero) = (embedded_dim, num_heads, dropout, add_zero_attn);
            long e = embedded_dim;
            if ((kdim ?? e) == e && (vdim ?? e) == e) _all = nn.New([3 * e, e], null, null);
            else (_query, _key, _value) = (nn.New([e, e], null, null), nn.New([e, kdim ?? e], null, null), nn.New([e, vdim ?? e], null, null));
            if (bias) _allBias = nn.New([3 * e], null, null);
            _out = nn.Linear(e, e, bias);
            if (add_bias_kv) (_keyRow, _valueRow) = (nn.New([1, 1, e], null, null), nn.New([1, 1, e], null, null));
            foreach (var weight in new[] { _all, _query, _key, _value })
                if (weight is not null) nn.init.xavier_uniform_(weight);
            if (bias)
            {
                nn.init.zeros_(_allBias!);
                nn.init.zeros_(_out.bias!);
            }
            if (_keyRow is not null) nn.init.xavier_normal_(_keyRow);
            if (_valueRow is not null) nn.init.xavier_normal_(_valueRow);
            RegisterComponents();
        }

        public new Tuple<Tensor, Tensor> call(Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask = null, bool need_weights = true, Tensor? attn_mask = null) =>
            base.call(query, key, value, key_padding_mask, need_weights, attn_mask);

        Tensor Project(Tensor input, int part, Parameter? own)
        {
            Tensor Part(Tensor of) => Op.Call("slice.Tensor", of, 0L, part * _dimension, (part + 1) * _dimension, 1L);
            return F.linear(input, own ?? Part(_all!), _allBias is null ? null : Part(_allBias));
        }

        /// <summary>(length, N, E) to (N, heads, length, E / heads).</summary>
        Tensor Split(Tensor x, long length, long batch) => Op.Call("permute", x.reshape(length, batch, _heads, _dimension / _heads), new long[] { 1, 2, 0, 3 });

        /// <returns>The result (L, N, E), and the weights (N, L, S) averaged over the heads, or null when they are not needed.</returns>
        /// <param name="key_padding_mask">(N, S): true, or minus infinity, for keys that nobody may attend to.</param>
        /// <param name="attn_mask">(L, S) or (N * heads, L, S): true for forbidden pairs, or numbers that are added.</param>
        public override Tuple<Tensor, Tensor> forward(Tensor query, Tensor key, Tensor value, Tensor? key_padding_mask, bool need_weights, Tensor? attn_mask)
        {
            var (q, k, v) = (Project(query, 0, _query), Project(key, 1, _key), Project(value, 2, _value));
            long length = query.shape[0], batch = query.shape[1], keys = key.shape[0];
            var mask = Additive(attn_mask, q.dtype);
            if (mask is not null) mask = mask.ndim == 3 ? mask.reshape(batch, _heads, length, keys) : mask.reshape(1, 1, length, keys);
            var hidden = Additive(key_padding_mask, q.dtype)?.reshape(batch, 1, 1, keys);
            if (_keyRow is not null) (k, v) = (More(k, _keyRow), More(v, _valueRow!));
            if (_addZero) (k, v) = (More(k, null), More(v, null));
            long all = k.shape[0];
            // Masks know nothing of the added rows, which everyone may attend to.
            if (all > keys && mask is not null) mask = F.pad(mask, [0, all - keys]);
            if (all > keys && hidden is not null) hidden = F.pad(hidden, [0, all - keys]);

            var scores = Op.Call("matmul", Op.Call("mul.Scalar", Split(q, length, batch), 1 / Math.Sqrt(_dimension / _heads)), Op.Call("transpose.int", Split(k, all, batch), -2L, -1L));
            if (mask is not null) scores = Op.Call("add.Tensor", scores, mask);
            if (hidden is not null) scores = Op.Call("add.Tensor", scores, hidden);
            var weights = F.softmax(scores, -1);
            var mixed = Op.Call("matmul", training && _dropout > 0 ? F.dropout(weights, _dropout) : weights, Split(v, all, batch));
            var result = _out.call(Op.Call("permute", mixed, new long[] { 2, 0, 1, 3 }).reshape(length, batch, _dimension));
            return new(result, need_weights ? Op.Call("mean.dim", weights, new long[] { 1 }) : null!);

            Tensor More(Tensor rows, Tensor? row) =>
                Op.Call("cat", new[] { rows, row is null ? Op.Call("zeros_like", Op.Call("slice.Tensor", rows, 0L, 0L, 1L, 1L)) : Op.Call("expand", row, new[] { 1, batch, _dimension }) }, 0L);
        }

        static Tensor? Additive(Tensor? mask, ScalarType dtype)
        {
            if (mask is null) return null;
            if (mask.dtype != ScalarType.Bool) return Op.Call("to.dtype", mask, dtype);
            return Op.Call("masked_fill.Scalar", Op.Call("zeros_like", mask, dtype), mask, double.NegativeInfinity);
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static MultiheadAttention MultiheadAttention(long embedded_dim, long num_heads, double dropout = 0, bool bias = true, bool add_bias_kv = false, bool add_zero_attn = false, long? kdim = null, long? vdim = null) =>
                new(embedded_dim, num_heads, dropout, bias, add_bias_kv, add_zero_attn, kdim, vdim);
        }
    }
}
