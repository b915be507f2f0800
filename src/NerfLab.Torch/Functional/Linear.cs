namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Op.Call("linear", input, weights, bias);

            public static Tensor bilinear(Tensor input1, Tensor input2, Tensor weight, Tensor? bias = null) => Op.Call("bilinear", input1, input2, weight, bias);

            public static Tensor one_hot(Tensor x, long num_classes = -1) => Op.Call("one_hot", x, num_classes);

            // --- convolutions ------------------------------------------------------------------------------------

            static long[] Each(long? value, long missing) => [value ?? missing];

            static string Name(Padding padding) => padding == Padding.Same ? "same" : "valid";

            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? dilation = null, long groups = 1) =>
                Op.Call("conv1d", input, weight, bias, Each(stride, 1), Each(padding, 0), Each(dilation, 1), groups);

            public static Tensor conv1d_padding(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, Padding padding = Padding.Valid, long? dilation = null, long groups = 1) =>
                Op.Call("conv1d.padding", input, weight, bias, Each(stride, 1), Name(padding), Each(dilation, 1), groups);

            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) =>
                Op.Call("conv2d", input, weight, bias, strides ?? [1, 1], padding ?? [0, 0], dilation ?? [1, 1], groups);

            public static Tensor conv2d_padding(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, Padding padding = Padding.Valid, long[]? dilation = null, long groups = 1) =>
                Op.Call("conv2d.padding", input, weight, bias, strides ?? [1, 1], Name(padding), dilation ?? [1, 1], groups);

            public static Tensor conv3d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) =>
                Op.Call("conv3d", input, weight, bias, strides ?? [1, 1, 1], padding ?? [0, 0, 0], dilation ?? [1, 1, 1], groups);

            public static Tensor conv3d_padding(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, Padding padding = Padding.Valid, long[]? dilation = null, long groups = 1) =>
                Op.Call("conv3d.padding", input, weight, bias, strides ?? [1, 1, 1], Name(padding), dilation ?? [1, 1, 1], groups);

            public static Tensor conv_transpose1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? output_padding = null, long? dilation = null, long groups = 1) =>
                Op.Call("conv_transpose1d", input, weight, bias, Each(stride, 1), Each(padding, 0), Each(output_padding, 0), groups, Each(dilation, 1));

            public static Tensor conv_transpose2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? output_padding = null, long[]? dilation = null, long groups = 1) =>
                Op.Call("conv_transpose2d.input", input, weight, bias, strides ?? [1, 1], padding ?? [0, 0], output_padding ?? [0, 0], groups, dilation ?? [1, 1]);

            public static Tensor conv_transpose3d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? output_padding = null, long[]? dilation = null, long groups = 1) =>
                Op.Call("conv_transpose3d.input", input, weight, bias, strides ?? [1, 1, 1], padding ?? [0, 0, 0], output_padding ?? [0, 0, 0], groups, dilation ?? [1, 1, 1]);

            // --- normalisation -----------------------------------------------------------------------------------

            /// <summary>x divided by its p-norm over a dimension, or by eps where the norm is smaller.</summary>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                var norm = Op.Call("norm.ScalarOpt_dim", input, p, new[] { dim }, true);
                return Op.Call("div.Tensor", input, Op.Call("clamp_min", norm, eps));
            }

            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1, double eps = 1e-05) =>
                Op.Call("batch_norm", input, weight, bias, running_mean, running_var, training, momentum, eps, true);

            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05) =>
                Op.Call("group_norm", input, num_groups, weight, bias, eps, true);

            public static Tensor instance_norm(Tensor input, Tensor? running_mean = null, Tensor? running_var = null, Tensor? weight = null, Tensor? bias = null, bool use_input_stats = true, double momentum = 0.1, double eps = 1e-05) =>
                Op.Call("instance_norm", input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, true);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05) =>
                Op.Call("layer_norm", input, normalized_shape, weight, bias, eps, true);

            /// <summary>x / (k + alpha * mean of x^2 over `size` neighbouring channels)^beta.</summary>
            public static Tensor local_response_norm(Tensor input, long size, double alpha = 0.0001, double beta = 0.75, double k = 1)
            {
                if (input.ndim < 3) throw new ArgumentException($"local_response_norm needs 3 dimensions or more, got {input.ndim}");
                var shape = input.shape;
                // Channels become the length of a one-dimensional pooling.
                var squares = Op.Call("mul.Tensor", input, input).reshape(shape[0], 1, shape[1], -1);
                squares = pad(squares, [0, 0, size / 2, (size - 1) / 2]);
                var mean = avg_pool2d(squares, [size, 1], [1, 1]).reshape(shape);
                return Op.Call("div.Tensor", input, Op.Call("pow.Tensor_Scalar", Op.Call("add.Scalar", Op.Call("mul.Scalar", mean, alpha), k), beta));
            }

            // --- distances ---------------------------------------------------------------------------------------

            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1e-08) => Op.Call("cosine_similarity", x1, x2, dim, eps);

            public static Tensor pairwise_distance(Tensor input1, Tensor input2, double p = 2, double eps = 1e-06, bool keepdim = false) => Op.Call("pairwise_distance", input1, input2, p, eps, keepdim);

            // --- attention ---------------------------------------------------------------------------------------

            /// <summary>
            /// softmax(query keyᵀ / √E + mask) value (Vaswani et al. 2017, equation 1) for queries (..., L, E), keys (..., S, E)
            /// and values (..., S, Ev). A mask of truth values says who may be attended to, another mask is added.
            /// </summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false)
            {
                if (is_casual && attn_mask is not null) throw new ArgumentException("scaled_dot_product_attention takes a mask or is_casual, not both");
                var shape = query.shape;
                var scores = Op.Call("matmul", Op.Call("mul.Scalar", query, 1 / Math.Sqrt(shape[^1])), Op.Call("transpose.int", key, -2L, -1L));
                if (is_casual)
                {
                    var later = Op.Call("triu", Op.Call("ones", new[] { shape[^2], key.shape[^2] }, ScalarType.Bool, Arg.None, query.device), 1L);
                    scores = Op.Call("masked_fill.Scalar", scores, later, double.NegativeInfinity);
                }
                else if (attn_mask is not null)
                {
                    scores = attn_mask.dtype == ScalarType.Bool
                        ? Op.Call("masked_fill.Scalar", scores, Op.Call("logical_not", attn_mask), double.NegativeInfinity)
                        : Op.Call("add.Tensor", scores, attn_mask);
                }
                var weights = softmax(scores, -1);
                return Op.Call("matmul", p > 0 ? dropout(weights, p) : weights, value);
            }
        }
    }
}
