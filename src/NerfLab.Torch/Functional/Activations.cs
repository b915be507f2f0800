using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // In place, the result is another object over the input's memory, as TorchSharp returns it.
        public static partial class functional
        {
            public static Tensor celu(Tensor x, double alpha, bool inplace = false) => inplace ? Op.InPlace("celu_", x, alpha).alias() : Op.Call("celu", x, alpha);

            public static Tensor elu(Tensor x, double alpha, bool inplace = false) => inplace ? Op.InPlace("elu_", x, alpha).alias() : Op.Call("elu", x, alpha);

            public static Tensor gelu(Tensor x) => gelu(x, Modules.GELU.Approximate.none);

            public static Tensor gelu(Tensor x, bool inplace) => gelu(x, Modules.GELU.Approximate.none, inplace);

            public static Tensor gelu(Tensor x, GELU.Approximate approximate, bool inplace = false) =>
                inplace ? Op.InPlace("gelu_", x, approximate.ToString()).alias() : Op.Call("gelu", x, approximate.ToString());

            public static Tensor glu(Tensor input, long dim = -1) => Op.Call("glu", input, dim);

            public static Tensor hardshrink(Tensor x, double lambda = 0.5) => Op.Call("hardshrink", x, lambda);

            public static Tensor softshrink(Tensor x, double lambda = 0.5) => Op.Call("softshrink", x, lambda);

            public static Tensor hardsigmoid(Tensor input, bool inplace = false) => inplace ? Op.InPlace("hardsigmoid_", input).alias() : Op.Call("hardsigmoid", input);

            public static Tensor hardswish(Tensor input, bool inplace = false) => inplace ? Op.InPlace("hardswish_", input).alias() : Op.Call("hardswish", input);

            public static Tensor hardtanh(Tensor x, double min_val = -1, double max_val = 1, bool inplace = false) =>
                inplace ? Op.InPlace("hardtanh_", x, min_val, max_val).alias() : Op.Call("hardtanh", x, min_val, max_val);

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                inplace ? Op.InPlace("leaky_relu_", input, negative_slope).alias() : Op.Call("leaky_relu", input, negative_slope);

            public static Tensor logsigmoid(Tensor x) => Op.Call("log_sigmoid", x);

            public static Tensor log_softmax(Tensor x, long dim) => Op.Call("log_softmax.int", x, dim);

            public static Tensor softmin(Tensor x, long dim) => Op.Call("softmax.int", Op.Call("neg", x), dim);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => Op.Call("softmax.int", input, dim, dtype);

            /// <summary>Softmax over the channels of (N, C, H, W) or (C, H, W).</summary>
            public static Tensor softmax2d(Tensor x) => x.ndim is 3 or 4 ? softmax(x, -3) : throw new ArgumentException($"softmax2d needs 3 or 4 dimensions, got {x.ndim}");

            public static Tensor mish(Tensor x, bool inplace = false) => inplace ? Op.InPlace("mish_", x).alias() : Op.Call("mish", x);

            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? Op.InPlace("relu_", x).alias() : Op.Call("relu", x);

            public static Tensor relu6(Tensor x, bool inplace = false) => inplace ? Op.InPlace("hardtanh_", x, 0.0, 6.0).alias() : Op.Call("hardtanh", x, 0.0, 6.0);

            public static Tensor selu(Tensor x, bool inplace = false) => inplace ? Op.InPlace("selu_", x).alias() : Op.Call("selu", x);

            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? Op.InPlace("silu_", x).alias() : Op.Call("silu", x);

            public static Tensor sigmoid(Tensor x) => Op.Call("sigmoid", x);

            public static Tensor sigmoid(Tensor x, bool inplace) => inplace ? Op.InPlace("sigmoid_", x).alias() : sigmoid(x);

            public static Tensor softsign(Tensor x, bool inplace = false)
            {
                // The gradient needs x as it was, so the copy is what the quotient is made of.
                if (inplace) return Op.InPlace("copy_", x, softsign(Op.Call("clone", x))).alias();
                return Op.Call("div.Tensor", x, Op.Call("add.Scalar", Op.Call("abs", x), 1L));
            }

            public static Tensor tanh(Tensor x, bool inplace = false) => inplace ? Op.InPlace("tanh_", x).alias() : Op.Call("tanh", x);

            public static Tensor tanhshrink(Tensor x, bool inplace = false)
            {
                var bent = Op.Call("tanh", x);
                return inplace ? Op.InPlace("sub_.Tensor", x, bent).alias() : Op.Call("sub.Tensor", x, bent);
            }

            public static Tensor prelu(Tensor input, Tensor weight) => Op.Call("prelu", input, weight);

            /// <summary>With the mean slope, as in evaluation; the module <see cref="RReLU"/> draws slopes while it trains.</summary>
            public static Tensor rrelu(Tensor x, double lower = 0.125, double upper = 1.0 / 3, bool inplace = false) => rrelu(x, lower, upper, inplace, false);

            internal static Tensor rrelu(Tensor x, double lower, double upper, bool inplace, bool training) =>
                inplace ? Op.InPlace("rrelu_", x, lower, upper, training).alias() : Op.Call("rrelu", x, lower, upper, training);

            /// <summary>ln(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold.</summary>
            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) => Op.Call("softplus", x, beta, threshold);

            public static Tensor threshold(Tensor x, double threshold, double value, bool inplace = false) =>
                inplace ? Op.InPlace("threshold_", x, threshold, value).alias() : Op.Call("threshold", x, threshold, value);

            // --- dropout -----------------------------------------------------------------------------------------

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? Op.InPlace("dropout_", input, p, training).alias() : Op.Call("dropout", input, p, training);

            public static Tensor dropout1d(Tensor input, double p = 0.5, bool training = true, bool inplace = false) => Channels(input, 1, p, training, inplace);

            public static Tensor dropout2d(Tensor input, double p = 0.5, bool training = true, bool inplace = false) => Channels(input, 2, p, training, inplace);

            public static Tensor dropout3d(Tensor input, double p = 0.5, bool training = true, bool inplace = false) => Channels(input, 3, p, training, inplace);

            /// <summary>Drops whole channels of (N, C, ...) or (C, ...).</summary>
            static Tensor Channels(Tensor input, int spatial, double p, bool training, bool inplace)
            {
                if (input.ndim == spatial + 2) return inplace ? Op.InPlace("feature_dropout_", input, p, training).alias() : Op.Call("feature_dropout", input, p, training);
                if (input.ndim != spatial + 1) throw new ArgumentException($"dropout{spatial}d needs {spatial + 1} or {spatial + 2} dimensions, got {input.ndim}");
                // The operator takes the first dimension for a batch.
                var batch = Op.Call("unsqueeze", input, 0L);
                return Op.Call("squeeze.dim", inplace ? Op.InPlace("feature_dropout_", batch, p, training) : Op.Call("feature_dropout", batch, p, training), 0L);
            }

            public static Tensor alpha_dropout(Tensor input, double p = 0.5, bool training = false, bool inplace = false) =>
                inplace ? Op.InPlace("alpha_dropout_", input, p, training).alias() : Op.Call("alpha_dropout", input, p, training);

            public static Tensor feature_alpha_dropout(Tensor input, double p = 0.5, bool training = false, bool inplace = false) =>
                inplace ? Op.InPlace("feature_alpha_dropout_", input, p, training).alias() : Op.Call("feature_alpha_dropout", input, p, training);
        }
    }
}
