namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            static Tensor Reduced(Tensor loss, Reduction reduction) => reduction switch
            {
                Reduction.Mean => Op.Call("mean", loss),
                Reduction.Sum => Op.Call("sum", loss),
                _ => loss,
            };

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => Op.Call("mse_loss", input, target, (long)reduction);

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => Op.Call("l1_loss", input, target, (long)reduction);

            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1) => Op.Call("smooth_l1_loss", input, target, (long)reduction, beta);

            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1, Reduction reduction = Reduction.Mean) => Op.Call("huber_loss", input, target, (long)reduction, delta);

            public static Tensor soft_margin_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => Op.Call("soft_margin_loss", input, target, (long)reduction);

            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Op.Call("binary_cross_entropy", input, target, weight, (long)reduction);

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                Op.Call("binary_cross_entropy_with_logits", input, target, weight, pos_weights, (long)reduction);

            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                Op.Call("nll_loss_nd", input, target, weight, (long)reduction, -100L);

            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Op.Call("cross_entropy_loss", input, target, weight, (long)reduction, ignore_index, label_smoothing);

            /// <summary>The pointwise divergence; the mean is over all elements. Here <paramref name="log_target"/> is true by default.</summary>
            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean) => Op.Call("kl_div", input, target, (long)reduction, log_target);

            /// <summary>½ (ln v + (x - t)² / v) with the variance clamped to eps from below (without a gradient), plus ½ ln 2π when full.</summary>
            public static Tensor gaussian_nll_loss(Tensor input, Tensor target, Tensor variance, bool full = false, float eps = 1e-6f, Reduction reduction = Reduction.Mean)
            {
                if (variance.ndim == input.ndim - 1) variance = Op.Call("unsqueeze", variance, -1L);
                using (no_grad())
                    if (Op.Call("any", Op.Call("lt.Scalar", variance, 0L)).ToBoolean()) throw new ArgumentException("gaussian_nll_loss: the variance has negative entries");
                var bounded = Op.Call("clone", variance);
                using (no_grad()) Op.InPlace("clamp_min_", bounded, (double)eps);
                var difference = Op.Call("sub.Tensor", input, target);
                var loss = Op.Call("mul.Scalar", Op.Call("add.Tensor", Op.Call("log", bounded), Op.Call("div.Tensor", Op.Call("mul.Tensor", difference, difference), bounded)), 0.5);
                if (full) loss = Op.Call("add.Scalar", loss, 0.5 * Math.Log(2 * Math.PI));
                return Reduced(loss, reduction);
            }
        }
    }
}
